"""What happens in a review, from the draw to the announced result.

Single scores stay out of the project's chain until all are locked: what is saved and locked before
carries the digest of the member's whole sheet, and `BidsRanked` carries the sheets themselves.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Final

from procure.kernel.events import Exposure, ProjectEvent
from procure.kernel.phrases import Each, Labels, Rows
from procure.kernel.vocabulary import AbsenceKind


class ReviewEvent(ProjectEvent):
    """Something happened in a review; who sits on the panel is secret until the result is out
    (R-COM-7).
    """

    exposure: ClassVar[Exposure] = Exposure.REVIEW


CONFLICT = "conflict"
CAUSE_LABELS: Final = {CONFLICT: "应当回避"} | AbsenceKind.labels()
"""Why a member left the panel: a conflict, or a kind of absence."""


class PanelDrawn(ReviewEvent):
    """The panel was drawn; `draw` holds seed, pool and digest, so that anybody can draw again."""

    says: ClassVar[str] = "共 {size} 人，专家库 {pool:count} 人，随机数已登记"

    tender_id: str
    size: int
    session_at: datetime
    draw: Mapping[str, Any]
    members: tuple[Mapping[str, Any], ...]
    skipped: tuple[Mapping[str, Any], ...]
    buyer_seat: str
    authorisation: str

    @classmethod
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**data, "pool": data["draw"]["pool"]}


class SessionMoved(ReviewEvent):
    """The clerk put the panel's session at another time."""

    says: ClassVar[str] = "原因：{reason}"

    before: datetime
    session_at: datetime
    reason: str


class InterestDeclared(ReviewEvent):
    """A member declared, having seen the bidders' names, whether there is a conflict. `is_later`: one
    found after another declaration, before the signature.
    """

    says: ClassVar[str] = (
        "[{is_later:if}声明以后发现应当回避|{has_conflict:if}应当回避|没有应当回避的情形]"
    )

    member_id: str
    user_id: str
    has_conflict: bool
    reason: str
    is_later: bool


class AbsenceReported(ReviewEvent):
    """The clerk reports that a member cannot take part, for another person to decide on."""

    says: ClassVar[str] = "{kind:label}：{reason}"
    labels: ClassVar[Labels] = {"kind": CAUSE_LABELS}

    absence_id: str
    member_id: str
    user_id: str
    kind: str
    reason: str


class AbsenceDecided(ReviewEvent):
    """A second person found that the member is to be replaced, or stays."""

    says: ClassVar[str] = "[{confirmed:if}同意更换|不同意更换][：{reason}]"

    absence_id: str
    member_id: str
    confirmed: bool
    reason: str


class PanelMemberReplaced(ReviewEvent):
    """A member left and the next of the draw took the seat. `cause` is a conflict, or an absence
    that two people agreed on; `skipped` says who of the order could not take it, and why;
    `supplement` is a draw among experts who joined the pool since, once the order is exhausted.
    Marks that the leaving member gave count no more.
    """

    says: ClassVar[str] = "原因：[{cause:label}，]{reason}[；原成员的 {void_marks} 项评分作废]"
    labels: ClassVar[Labels] = {"cause": CAUSE_LABELS}

    member_id: str
    user_id: str
    cause: str
    reason: str
    absence_id: str
    new_member_id: str
    new_user_id: str
    skipped: tuple[Mapping[str, Any], ...]
    supplement: Mapping[str, Any]
    void_marks: int


class ScoringReopened(ReviewEvent):
    """A member was replaced after the ranking: it counts no more, the successor gives marks, and
    whoever had signed signs anew. `void_signatures` are those members.
    """

    says: ClassVar[str] = "原排序作废[，{void_signatures:count} 份签署作废]"

    void_signatures: tuple[str, ...]


class BidCheckRecorded(ReviewEvent):
    """Qualification and conformity of one bid were judged."""

    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{supplier_name}：[{qualified:if}{conforms:if}通过|不通过，{reason}]"

    bid_id: str
    supplier_name: str
    qualified: bool
    conforms: bool
    reason: str


class RelationJudged(ReviewEvent):
    """The buyer's clerk judged what two bidders share: whether they may not bid together."""

    says: ClassVar[str] = (
        "{supplier_names:list}：{facts:each}。"
        "[{is_barred:if}属实，不得同时参加|不影响两家同时参加]，理由：{reason}"
    )
    each: ClassVar[Rows] = {"facts": Each("{0}")}

    bid_ids: tuple[str, str]
    supplier_names: tuple[str, str]
    facts: tuple[str, ...]
    is_barred: bool
    reason: str


class BidsChecked(ReviewEvent):
    """All bids are checked and enough are left; scoring begins."""

    says: ClassVar[str] = "有效 {valid:count} 家，无效 {invalid:count} 家"

    valid: tuple[str, ...]
    invalid: tuple[Mapping[str, Any], ...]


class ScoresSaved(ReviewEvent):
    """A member saved marks of one bid; only the digest of the sheet is told."""

    minor: ClassVar[bool] = True

    member_id: str
    sheet_sha256: str


class ScoresLocked(ReviewEvent):
    """A member's marks are final; the database refuses any change from now on."""

    says: ClassVar[str] = "[还有 {left} 人未锁定|全部成员已锁定]"

    member_id: str
    sheet_sha256: str
    left: int


class BidsRanked(ReviewEvent):
    """All marks were locked and added up. Points in hundredths, marks in hundredths, prices in fen;
    `drawn` is the order of a draw among bids that shared a rank, `tie_seed` what it was drawn by:
    made at this moment, when no mark could change any more. `void_sheets` are marks of members who
    were replaced.
    """

    says: ClassVar[str] = "{ranking:each}"
    each: ClassVar[Rows] = {
        "ranking": Each("[{rank:if}第 {rank} 名 {supplier_name} {total:points} 分]")
    }

    scheme_sha256: str
    sheets: tuple[Mapping[str, Any], ...]
    void_sheets: tuple[Mapping[str, Any], ...]
    ranking: tuple[Mapping[str, Any], ...]
    tie_seed: str
    drawn: tuple[str, ...]
    notices: tuple[str, ...]


class PriceQuestioned(ReviewEvent):
    """A member found a price clearly unreasonable: its bidder is asked (LOW2). `void_signatures` are
    members who had signed and sign anew.
    """

    says: ClassVar[str] = "{supplier_name}：{reason}"

    member_id: str
    bid_id: str
    supplier_name: str
    reason: str
    void_signatures: tuple[str, ...]


class LowPriceJudged(ReviewEvent):
    """An abnormally low price was questioned, answered and judged (LOW2); `ranking` is the new one
    when the bid became invalid.
    """

    says: ClassVar[str] = "{supplier_name}：[{reasonable:if}报价合理|不能证明报价合理，投标无效]"

    bid_id: str
    supplier_name: str
    asked_at: datetime
    answer_until: datetime
    explanation: str
    basis: str
    reasonable: bool
    ranking: tuple[Mapping[str, Any], ...] = ()


class ReviewReportSigned(ReviewEvent):
    """A member signed the report's findings, with a dissent where there is one."""

    says: ClassVar[str] = "[{dissent:if}附不同意见|同意]"

    member_id: str
    findings_sha256: str
    dissent: str
    prices_sound: bool | None = None


class ReviewReportDelivered(ReviewEvent):
    """The report went to the buyer; who had not signed counts as agreeing (GPL-R art 41)."""

    document_id: str
    #: Of the data it is printed from; earlier versions told the digest of the printed report.
    snapshot_sha256: str = ""
    unsigned: tuple[str, ...]


class CandidatePassedOver(ReviewEvent):
    """A candidate cannot be chosen, by a ground that the law names and with its proof (R-AWD-7)."""

    says: ClassVar[str] = "第 {rank} 名 {supplier_name}：{reason}"

    bid_id: str
    supplier_name: str
    rank: int
    ground: str
    reason: str
    document_id: str
    sha256: str


class WinnerDecided(ReviewEvent):
    """The buyer decided in the order of the ranking; another than the first needs a reason."""

    says: ClassVar[str] = "{supplier_name}，{amount_fen:money}，第 {rank} 名[，理由：{reason}]"

    bid_id: str
    supplier_id: str
    supplier_name: str
    rank: int
    amount_fen: int
    reason: str


class ResultAnnounced(ProjectEvent):
    """The result is public and the award notice is out; `subject_id` is the review's. The amount is
    the quoted price.
    """

    exposure: ClassVar[Exposure] = Exposure.PUBLIC
    says: ClassVar[str] = "{supplier_name}，{amount_fen:money}"

    tender_id: str
    bid_id: str
    supplier_id: str
    supplier_name: str
    amount_fen: int
    hours: int | None
    notice: str
    award_notice_id: str
    #: Of the data it is printed from; earlier versions told the digest of the printed notice.
    award_notice_snapshot_sha256: str = ""
    notice_until: date | None
    sign_by: date


class ReviewEnded(ReviewEvent):
    """The purchase was ended: nobody reviews its bids any more."""

    label: ClassVar[str] = "评审随采购活动终止"
    says: ClassVar[str] = "{reason}"

    reason: str


class ReviewFailed(ProjectEvent):
    """Too few bids are left, or another cause of article 36: nobody wins."""

    label: ClassVar[str] = "有效供应商不足，评审结束"
    exposure: ClassVar[Exposure] = Exposure.PUBLIC
    says: ClassVar[str] = "{reason}"

    reason: str
    notice: str
