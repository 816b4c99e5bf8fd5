"""Whether a text can be printed, asked when it is typed and said in words for its field."""

from procure.kernel.errors import Invalid, Unavailable
from procure.kernel.text import clean, unprintable
from procure.render.fonts import FontMissing, printable_characters

MOST_NAMED = 10
"""How many characters one message names."""


def unfit_words(label: str, text: str) -> tuple[str, str] | None:
    """What no paper can show of a cleaned text, and what to do about it; None when all can be shown.

    All characters are named at once, up to MOST_NAMED; `label` is the field's. Raises Unavailable
    where no font for papers is installed.
    """
    try:
        unfit = unprintable(text, printable_characters())
    except FontMissing as missing:
        raise Unavailable(
            "平台缺少印制文书的字体，暂时不能填写。", remedy=str(missing)
        ) from missing
    if not unfit:
        return None
    named = "；".join(f"{fault.shown}{fault.reason}" for fault in unfit[:MOST_NAMED])
    more = f"等 {len(unfit)} 个字符" if len(unfit) > MOST_NAMED else ""
    remedies = dict.fromkeys(fault.remedy for fault in unfit[:MOST_NAMED])
    return f"“{label}”中有印不到文书上的字符：{named}{more}。", "".join(remedies)


def printable_name(field: str, label: str, name: str) -> str:
    """A name as it may be kept, cleaned; raises Invalid at `field` when no paper can show it."""
    kept = clean(name)
    unfit = unfit_words(label, kept)
    if unfit:
        raise Invalid(field, unfit[0], remedy=unfit[1])
    return kept
