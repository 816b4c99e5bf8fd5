"""What two bidders of one purchase share, and what a person found about it (R-ELIG-2).

Pure: the facts come from the rows of the opening, from the register and from the digests of the
attachments. A shared fact is a clue and never a finding by itself; no bid passes while one with whom
it shares something has not been judged, and none passes beside whom it may not bid.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from procure.kernel.laws import cite
from procure.kernel.text import key
from procure.kernel.vocabulary import ProcurementMethod
from procure.stages.awards.models import BidderRelation
from procure.stages.bids.queries import OpenedRow
from procure.stages.tenders.models import Tender

RULE_RELATED = cite("related_bidders")
RULE_COLLUSION = cite("bids_in_concert", ProcurementMethod.OPEN_TENDER)
RULE_COLLUSION_CONSULTATION = cite("collusion")


@dataclass(frozen=True)
class Evidence:
    """What is known of bidders beside their bids: by supplier those above it in the register, by bid
    the names of its attachments by digest.
    """

    above: Mapping[str, Collection[str]] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class SharedFact:
    """Something that another bidder has too, in words, with the article it matters by."""

    words: str
    rule: str


def shared_with_others(
    tender: Tender, rows: Sequence[OpenedRow], of: OpenedRow, evidence: Evidence
) -> dict[str, tuple[SharedFact, ...]]:
    """What the bid shares with each other one, by that one's id, in the order of the rows; bids that
    share nothing are left out.
    """
    found = {
        other.bid_id: (*_related(of, other, evidence), *_alike(tender, of, other, evidence))
        for other in rows
        if other.bid_id != of.bid_id
    }
    return {bid_id: facts for bid_id, facts in found.items() if facts}


def pair_of(one: str, other: str) -> tuple[str, str]:
    """Two bids in the one order in which they are kept."""
    return (one, other) if one < other else (other, one)


def is_settled(decided: BidderRelation | None, facts: Sequence[SharedFact]) -> bool:
    """Whether a person has judged every one of these facts; one found since is judged anew."""
    return decided is not None and {fact.words for fact in facts} <= set(decided.facts)


def _related(of: OpenedRow, other: OpenedRow, evidence: Evidence) -> list[SharedFact]:
    """Same person in charge, or control: who may not take part in one purchase together."""
    mine, theirs = of.supplier, other.supplier
    said = []
    if _same(mine.representative, theirs.representative):
        said.append(f"负责人相同（{min(mine.representative, theirs.representative)}）")
    above_me, above_them = (evidence.above.get(one.id, ()) for one in (mine, theirs))
    if mine.id in above_them or theirs.id in above_me:
        said.append("登记为上下级，存在管理关系")
    elif set(above_me) & set(above_them):
        said.append("登记的上级单位相同")
    if _same(mine.address, theirs.address):
        said.append("地址相同")
    return [SharedFact(words, RULE_RELATED) for words in said]


def _alike(tender: Tender, of: OpenedRow, other: OpenedRow, evidence: Evidence) -> list[SharedFact]:
    """What bids written apart do not share; said alike from either side."""
    rule = (
        RULE_COLLUSION
        if tender.method is ProcurementMethod.OPEN_TENDER
        else RULE_COLLUSION_CONSULTATION
    )
    said = []
    if _same(of.supplier.phone, other.supplier.phone):
        said.append("联系电话相同")
    if _same(of.supplier.bank_account, other.supplier.bank_account):
        said.append("银行账号相同")
    mine, theirs = of.opened.project_manager, other.opened.project_manager
    if _same(mine, theirs):
        said.append(f"项目负责人姓名相同（{min(mine, theirs)}）")
    said += sorted(
        f"一方的项目负责人与另一方的负责人姓名相同（{min(manager, representative)}）"
        for manager, representative in (
            (mine, other.supplier.representative),
            (theirs, of.supplier.representative),
        )
        if _same(manager, representative)
    )
    files, others = (evidence.files.get(one.bid_id, {}) for one in (of, other))
    names = sorted({min(files[digest], others[digest]) for digest in files if digest in others})
    if names:
        said.append(f"有 {len(names)} 个附件逐字节相同（{'、'.join(names)}）")
    return [SharedFact(words, rule) for words in said]


def _same(one: str, other: str) -> bool:
    """Whether two facts are one: a number, a name, a place is written many ways."""
    return bool(_letters(one)) and _letters(one) == _letters(other)


def _letters(fact: str) -> str:
    return "".join(filter(str.isalnum, key(fact)))
