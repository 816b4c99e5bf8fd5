"""The contract as the public reads it: whole, but for what invites fraud on the supplier's payments.

The law asks for the contract to be published without secrets (政府采购法实施条例 art 50). Where money
is to be sent and whom to call is no business of third parties, and a forged letter about a changed
account needs just these (个人信息保护法 art 6).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from procure.render.wording import Section, phrase, worded_notice
from procure.stages.contracts.paper import WORDS
from procure.stages.contracts.redaction import Known, redacted

PRIVATE = frozenset({"bank", "account_no", "contact", "phone"})
"""Names of fields of the contract's template that the public copy does not show."""
PUBLIC_NUMBERS = frozenset(
    {
        "credit_code",
        "contract_no",
        "project_no",
        "document_no",
        "document_sha256",
        "bid_sha256",
        "award_notice_no",
        "award_sha256",
        "plan_no",
        "signed_sha256",
        "trail_head",
    }
)
"""Names of fields whose numbers are public, there and wherever they are written again."""


def publication_data(signed: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    """The data of the publication copy, from those of the signed text with this digest."""
    note = phrase(WORDS, "copy_note", sha256=sha256)
    return {**_masked(signed, _known(signed)), "publication_note": note}


def _masked(value: Any, known: Known, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {each: _masked(inner, known, each) for each, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, known, name) for inner in value]
    hidden = phrase(WORDS, "hidden")
    if name in PRIVATE:
        return hidden
    if not isinstance(value, str) or name in PUBLIC_NUMBERS:
        return value
    return redacted(value, known, f"（{hidden}）")


def _known(signed: Mapping[str, Any]) -> Known:
    """What this contract itself says is private or public."""
    said = list(_said(signed))
    private = {text for name, text in said if name in PRIVATE}
    # Who signs is named in public, also where they are who can be called.
    names = private - {text for name, text in said if name not in PRIVATE}
    return Known(
        numbers=private,
        names={text for text in names if not any(sign.isdecimal() for sign in text)},
        codes={text for name, text in said if name in PUBLIC_NUMBERS},
    )


def _said(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for each, inner in value.items():
            yield from _said(inner, each)
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner, name)
    elif isinstance(value, str) and value:
        yield name, value


def copy_section(sha256: str, copy_sha256: str) -> list[Section]:
    """What the notice says of the copy beside it and of the original that it stands for."""
    return worded_notice("contract-copy@2", {"sha256": sha256, "copy_sha256": copy_sha256})
