"""What happens in a review, from the draw to the announced result.

Single scores stay out of the project's chain until all are locked: what is saved and locked before
carries the digest of the member's whole sheet, and `BidsRanked` carries the sheets themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from procure.kernel.events import Exposure, ProjectEvent
from procure.kernel.money import Money
from procure.kernel.vocabulary import ABSENCE_LABELS, AbsenceKind


@dataclass(frozen=True, kw_only=True)
class ReviewEvent(ProjectEvent):
    """Something happened in a review; who sits on the panel is secret until the result is out
    (R-COM-7).
    """

    exposure: ClassVar[Exposure] = Exposure.REVIEW


def points_words(hundredths: int) -> str:
    """Hundredths of a point as people read them: 93.11."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


CONFLICT = "conflict"


def cause_words(cause: str) -> str:
    """Why a member left the panel: a conflict, or a kind of absence."""
    return "应当回避" if cause == CONFLICT else ABSENCE_LABELS[AbsenceKind(cause)]


@dataclass(frozen=True, kw_only=True)
class PanelDrawn(ReviewEvent):
    """The panel was drawn; `draw` holds seed, pool and digest, so that anybody can draw again."""

    label: ClassVar[str] = "抽取评审小组"

    tender_id: str
    size: int
    session_at: datetime
    draw: Mapping[str, Any]
    members: tuple[Mapping[str, Any], ...]
    skipped: tuple[Mapping[str, Any], ...]
    buyer_seat: str
    authorisation: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"共 {data['size']} 人，专家库 {len(data['draw']['pool'])} 人，随机数已登记"


@dataclass(frozen=True, kw_only=True)
class SessionMoved(ReviewEvent):
    """The clerk put the panel's session at another time."""

    label: ClassVar[str] = "修改评审时间"

    before: datetime
    session_at: datetime
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"原因：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class InterestDeclared(ReviewEvent):
    """A member declared, having seen the bidders' names, whether there is a conflict. `is_later`: one
    found after another declaration, before the signature.
    """

    label: ClassVar[str] = "签署回避声明"

    member_id: str
    user_id: str
    has_conflict: bool
    reason: str
    is_later: bool

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        if data.get("is_later"):
            return "声明以后发现应当回避"
        return "应当回避" if data["has_conflict"] else "没有应当回避的情形"


@dataclass(frozen=True, kw_only=True)
class AbsenceReported(ReviewEvent):
    """The clerk reports that a member cannot take part, for another person to decide on."""

    label: ClassVar[str] = "登记评审成员缺席"

    absence_id: str
    member_id: str
    user_id: str
    kind: str
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cause_words(data['kind'])}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class AbsenceDecided(ReviewEvent):
    """A second person found that the member is to be replaced, or stays."""

    label: ClassVar[str] = "审核评审成员缺席"

    absence_id: str
    member_id: str
    confirmed: bool
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        found = "同意更换" if data["confirmed"] else "不同意更换"
        return f"{found}：{data['reason']}" if data["reason"] else found


@dataclass(frozen=True, kw_only=True)
class PanelMemberReplaced(ReviewEvent):
    """A member left and the next of the draw took the seat. `cause` is a conflict, or an absence
    that two people agreed on; `skipped` says who of the order could not take it, and why;
    `supplement` is a draw among experts who joined the pool since, once the order is exhausted.
    Marks that the leaving member gave count no more.
    """

    label: ClassVar[str] = "更换评审专家"

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

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        words = f"原因：{data['reason']}"
        if cause := data.get("cause"):
            words = f"原因：{cause_words(cause)}，{data['reason']}"
        if data.get("void_marks"):
            words += f"；原成员的 {data['void_marks']} 项评分作废"
        return words


@dataclass(frozen=True, kw_only=True)
class ScoringReopened(ReviewEvent):
    """A member was replaced after the ranking: it counts no more, the successor gives marks, and
    whoever had signed signs anew. `void_signatures` are those members.
    """

    label: ClassVar[str] = "更换成员以后重新评分"

    void_signatures: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        count = len(data["void_signatures"])
        return f"原排序作废，{count} 份签署作废" if count else "原排序作废"


@dataclass(frozen=True, kw_only=True)
class BidCheckRecorded(ReviewEvent):
    """Qualification and conformity of one bid were judged."""

    label: ClassVar[str] = "登记投标文件审查意见"
    minor: ClassVar[bool] = True

    bid_id: str
    supplier_name: str
    qualified: bool
    conforms: bool
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        if data["qualified"] and data["conforms"]:
            return f"{data['supplier_name']}：通过"
        return f"{data['supplier_name']}：不通过，{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class RelationJudged(ReviewEvent):
    """The buyer's clerk judged what two bidders share: whether they may not bid together."""

    label: ClassVar[str] = "核实两家供应商的关系"

    bid_ids: tuple[str, str]
    supplier_names: tuple[str, str]
    facts: tuple[str, ...]
    is_barred: bool
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        found = "属实，不得同时参加" if data["is_barred"] else "不影响两家同时参加"
        return (
            f"{'、'.join(data['supplier_names'])}：{'；'.join(data['facts'])}。"
            f"{found}，理由：{data['reason']}"
        )


@dataclass(frozen=True, kw_only=True)
class BidsChecked(ReviewEvent):
    """All bids are checked and enough are left; scoring begins."""

    label: ClassVar[str] = "完成资格与符合性审查"

    valid: tuple[str, ...]
    invalid: tuple[Mapping[str, Any], ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"有效 {len(data['valid'])} 家，无效 {len(data['invalid'])} 家"


@dataclass(frozen=True, kw_only=True)
class ScoresSaved(ReviewEvent):
    """A member saved marks of one bid; only the digest of the sheet is told."""

    label: ClassVar[str] = "保存评分"
    minor: ClassVar[bool] = True

    member_id: str
    sheet_sha256: str


@dataclass(frozen=True, kw_only=True)
class ScoresLocked(ReviewEvent):
    """A member's marks are final; the database refuses any change from now on."""

    label: ClassVar[str] = "锁定评分"

    member_id: str
    sheet_sha256: str
    left: int

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"还有 {data['left']} 人未锁定" if data["left"] else "全部成员已锁定"


@dataclass(frozen=True, kw_only=True)
class BidsRanked(ReviewEvent):
    """All marks were locked and added up. Points in hundredths, marks in hundredths, prices in fen;
    `drawn` is the order of a draw among bids that shared a rank, `tie_seed` what it was drawn by:
    made at this moment, when no mark could change any more. `void_sheets` are marks of members who
    were replaced.
    """

    label: ClassVar[str] = "汇总得分并排序"

    scheme_sha256: str
    sheets: tuple[Mapping[str, Any], ...]
    void_sheets: tuple[Mapping[str, Any], ...]
    ranking: tuple[Mapping[str, Any], ...]
    tie_seed: str
    drawn: tuple[str, ...]
    notices: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        placed = [row for row in data["ranking"] if row["rank"] is not None]
        return "；".join(
            f"第 {row['rank']} 名 {row['supplier_name']} {points_words(row['total'])} 分"
            for row in placed
        )


@dataclass(frozen=True, kw_only=True)
class PriceQuestioned(ReviewEvent):
    """A member found a price clearly unreasonable: its bidder is asked (LOW2). `void_signatures` are
    members who had signed and sign anew.
    """

    label: ClassVar[str] = "登记明显不合理的报价"

    member_id: str
    bid_id: str
    supplier_name: str
    reason: str
    void_signatures: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['supplier_name']}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class LowPriceJudged(ReviewEvent):
    """An abnormally low price was questioned, answered and judged (LOW2); `ranking` is the new one
    when the bid became invalid.
    """

    label: ClassVar[str] = "登记异常低价审查"

    bid_id: str
    supplier_name: str
    asked_at: datetime
    answer_until: datetime
    explanation: str
    basis: str
    reasonable: bool
    ranking: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        found = "报价合理" if data["reasonable"] else "不能证明报价合理，投标无效"
        return f"{data['supplier_name']}：{found}"


@dataclass(frozen=True, kw_only=True)
class ReviewReportSigned(ReviewEvent):
    """A member signed the report's findings, with a dissent where there is one."""

    label: ClassVar[str] = "签署评审报告"

    member_id: str
    findings_sha256: str
    dissent: str
    prices_sound: bool | None = None

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return "附不同意见" if data["dissent"] else "同意"


@dataclass(frozen=True, kw_only=True)
class ReviewReportDelivered(ReviewEvent):
    """The report went to the buyer; who had not signed counts as agreeing (GPL-R art 41)."""

    label: ClassVar[str] = "送达评审报告"

    document_id: str
    sha256: str
    unsigned: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CandidatePassedOver(ReviewEvent):
    """A candidate cannot be chosen, by a ground that the law names and with its proof (R-AWD-7)."""

    label: ClassVar[str] = "登记候选人不能成交的情形"

    bid_id: str
    supplier_name: str
    rank: int
    ground: str
    reason: str
    document_id: str
    sha256: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"第 {data['rank']} 名 {data['supplier_name']}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class WinnerDecided(ReviewEvent):
    """The buyer decided in the order of the ranking; another than the first needs a reason."""

    label: ClassVar[str] = "确定成交人"

    bid_id: str
    supplier_id: str
    supplier_name: str
    rank: int
    amount_fen: int
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        said = f"{data['supplier_name']}，{Money(data['amount_fen']).format()}"
        return f"{said}，第 {data['rank']} 名" + (
            f"，理由：{data['reason']}" if data["reason"] else ""
        )


@dataclass(frozen=True, kw_only=True)
class ResultAnnounced(ProjectEvent):
    """The result is public and the award notice is out; `subject_id` is the review's. The amount is
    the quoted price.
    """

    label: ClassVar[str] = "公告成交结果"
    exposure: ClassVar[Exposure] = Exposure.PUBLIC

    tender_id: str
    bid_id: str
    supplier_id: str
    supplier_name: str
    amount_fen: int
    hours: int | None
    notice: str
    award_notice_id: str
    award_notice_sha256: str
    notice_until: date | None
    sign_by: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['supplier_name']}，{Money(data['amount_fen']).format()}"


@dataclass(frozen=True, kw_only=True)
class ReviewEnded(ReviewEvent):
    """The purchase was ended: nobody reviews its bids any more."""

    label: ClassVar[str] = "评审随采购活动终止"

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return str(data["reason"])


@dataclass(frozen=True, kw_only=True)
class ReviewFailed(ProjectEvent):
    """Too few bids are left, or another cause of article 36: nobody wins."""

    label: ClassVar[str] = "有效供应商不足，评审结束"
    exposure: ClassVar[Exposure] = Exposure.PUBLIC

    reason: str
    notice: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return str(data["reason"])
