"""The contract as the public reads it: whole, but for what invites fraud on the supplier's payments.

The law asks for the contract to be published without secrets (政府采购法实施条例 art 50). Where money
is to be sent and whom to call is no business of third parties, and a forged letter about a changed
account needs just these (个人信息保护法 art 6).
"""

import re
from collections.abc import Mapping
from typing import Any

from procure.stages.contracts.notice import Sections

HIDDEN = "公告副本不公开"
WITHHELD = "收款账户、联系人和联系电话不公开"
PRIVATE = frozenset({"bank", "account_no", "contact", "phone"})
"""Names of fields of the contract's template that the public copy does not show."""
PUBLIC_NUMBERS = frozenset({"credit_code", "contract_no", "project_no", "trail_head"})
# What somebody wrote into a clause all the same: mobile and landline numbers, accounts in one run or
# in fours, identity numbers. Nothing else in a contract has ten digits in a row.
_NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])(?:1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[-— ]?\d{7,8}"
    r"|\d{10,25}[Xx]?|\d{4}(?: \d{4}){2,5}(?: \d{1,4})?)(?![0-9A-Za-z])"
)


def publication_data(signed: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    """The data of the publication copy, from those of the signed text with this digest."""
    note = f"{WITHHELD}，其余内容与双方签署的合同（SHA-256 {sha256}）相同。"
    return {**_masked(signed), "publication_note": note}


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {each: _masked(inner, each) for each, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, name) for inner in value]
    if name in PRIVATE:
        return HIDDEN
    if not isinstance(value, str) or name in PUBLIC_NUMBERS:
        return value
    return _NUMBERS.sub(f"（{HIDDEN}）", value)


def copy_section(sha256: str, copy_sha256: str) -> Sections:
    """What the notice says of the copy beside it and of the original that it stands for."""
    rows = [
        ["合同文本", f"随本公告公开的是公告副本，{WITHHELD}。"],
        ["双方签署的合同校验码（SHA-256）", sha256],
        ["公告副本校验码（SHA-256）", copy_sha256],
    ]
    return ({"title": "合同文本", "rows": rows},)
