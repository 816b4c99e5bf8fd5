"""Lots named in free text (采购包、标项、标段): what the purchase of a single lot must not say.

Lots that exist only in a sentence would be bid for and ranked as one. Words of subcontracting
(转包、向他人分包) and of everyday language (包括、承包、服务包) are left alone.
"""

import re
from typing import Final

from procure.kernel.text import half_width

_COUNT: Final = "[一二三四五六七八九十两0-9]+"
_NOT_MORE: Final = "(?![括含裹装准志杆识的本注])"
_NO_VERB: Final = "(?<![打承面钱书红药背外腰荷全总每])"
_WAYS: Final = (
    "标项|标段|采购包|合同包|子包|包组|兼投",
    rf"第\s*{_COUNT}\s*个?[包标]{_NOT_MORE}",
    rf"{_COUNT}\s*个\s*[包标]{_NOT_MORE}",
    rf"[一二三四五六七八九十]标{_NOT_MORE}",
    rf"(?<![A-Za-z])[A-Z]\s*包{_NOT_MORE}",
    rf"{_NO_VERB}包\s*{_COUNT}(?![0-9\s]*[个名人次元家户项份袋年月天日周%])",
    rf"{_NO_VERB}包\s*[A-Z](?![A-Za-z])",
    rf"分[为成作]?\s*{_COUNT}\s*[包标]{_NOT_MORE}",
    rf"分包\s*(?:采购|招标|投标|报价|评审|编号|情况|如下|预算|[:：]|{_COUNT})",
    r"(?:项目|采购|招标|本次)\s*(?:共|实行|采取|采用|进行)?\s*分包",
)
_LOTS: Final = re.compile("|".join(_WAYS))
_NONE: Final = re.compile(
    r"(?:不再?|未|无|没有)\s*(?:划?分|设)(?:成|为)?\s*(?:采购包|标段|标项|[包标])"
)
"""That there are none may be said."""


def named_lots(text: str) -> tuple[str, ...]:
    """The words by which a text speaks of several lots, each once, in their order."""
    rest = _NONE.sub("，", half_width(text))
    return tuple(dict.fromkeys(found[0] for found in _LOTS.finditer(rest)))
