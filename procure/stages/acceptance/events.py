"""What happens to acceptance: opened with a drawn sample, opinions, items, group, decided, public.

No event names a recipient: slips are numbered, and only the register knows whose they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from procure.kernel.events import Exposure, ProjectEvent, told_day
from procure.kernel.money import Money
from procure.stages.acceptance.models import (
    CHANNEL_LABELS,
    OUTCOME_LABELS,
    OpinionChannel,
    Outcome,
)


@dataclass(frozen=True, kw_only=True)
class AcceptanceEvent(ProjectEvent):
    """An event of the acceptance of one contract; `number` is the contract's."""

    number: str
    round: int


@dataclass(frozen=True, kw_only=True)
class AcceptanceOpened(AcceptanceEvent):
    """Acceptance began and the sample was drawn by the system; the draw can be repeated."""

    label: ClassVar[str] = "启动履约验收"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    contract_id: str
    population: int
    population_sha256: str
    seed: str
    sampled: int
    due_on: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"服务对象 {data['population']:,} 人，随机抽取 {data['sampled']:,} 人征求意见，"
            f"最迟 {told_day(data['due_on'])}完成验收"
        )


@dataclass(frozen=True, kw_only=True)
class OpinionSlipsPrinted(AcceptanceEvent):
    """Slips were printed with new codes; codes printed before are void."""

    label: ClassVar[str] = "印制意见卡"

    slips: int

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['slips']:,} 张，此前印制的意见码同时作废"


@dataclass(frozen=True, kw_only=True)
class RecipientUnreached(AcceptanceEvent):
    """A sampled recipient was called or visited and not reached."""

    label: ClassVar[str] = "登记联系不上"
    minor: ClassVar[bool] = True

    slip: int
    attempts: int

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"第 {data['slip']} 号意见卡，第 {data['attempts']} 次联系"


@dataclass(frozen=True, kw_only=True)
class OpinionRecorded(AcceptanceEvent):
    """A slip was answered; `answers` are five values from 1 to 5, `entered_by` empty for a code."""

    label: ClassVar[str] = "登记服务对象意见"
    minor: ClassVar[bool] = True

    slip: int
    channel: OpinionChannel
    answers: Sequence[int]
    score: int
    has_comment: bool
    entered_by: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"第 {data['slip']} 号意见卡，{CHANNEL_LABELS[OpinionChannel(data['channel'])]}"


@dataclass(frozen=True, kw_only=True)
class AcceptanceItemsSaved(AcceptanceEvent):
    """Every standard of the contract was looked at on its own (GPL-R art 45)."""

    label: ClassVar[str] = "逐项核验服务目标和服务标准"
    minor: ClassVar[bool] = True

    items: Sequence[Mapping[str, Any]]
    #: The service standards; earlier versions did not ask for them.
    standards: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        judged = [*data["items"], *data.get("standards", ())]
        failed = sum(not item["passed"] for item in judged)
        return f"{len(judged)} 项，不符合 {failed} 项"


@dataclass(frozen=True, kw_only=True)
class AcceptanceGroupSaved(AcceptanceEvent):
    """Who sits in the acceptance group and what each says."""

    label: ClassVar[str] = "登记验收小组和意见"
    minor: ClassVar[bool] = True

    members: Sequence[Mapping[str, Any]]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return "、".join(
            f"{member['name']}（{member['unit']}{_verdict(member)}）" for member in data["members"]
        )


def _verdict(member: Mapping[str, Any]) -> str:
    """What a member thinks; earlier versions did not ask."""
    return "，不同意" if member.get("agrees") is False else ""


@dataclass(frozen=True, kw_only=True)
class AcceptancePassed(AcceptanceEvent):
    """The contract's delivery was accepted; the certificate's digest stands beside the figures."""

    label: ClassVar[str] = "确认验收合格"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    conclusion: str
    population: int
    sampled: int
    answered: int
    satisfied: int
    mean: str
    interval: Sequence[str]
    low_response_reason: str
    #: Why it was accepted against a member of the group; earlier versions did not ask.
    dissent_reason: str = ""
    items: int
    #: How many items fell short or were judged not to conform; earlier versions did not count.
    short: int = 0
    group: Sequence[str]
    document_id: str
    sha256: str
    contract_signed_by: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"核验服务目标 {data['items']} 项；服务对象答复 {data['answered']:,} 人，"
            f"平均 {data['mean']} 分；验收书校验码 {data['sha256'][:12]}"
        )


@dataclass(frozen=True, kw_only=True)
class AcceptancePassedPartly(AcceptancePassed):
    """A part was accepted: what fell short is told, and in fen what is taken off or claimed back."""

    label: ClassVar[str] = "确认部分合格"

    shortfalls: Sequence[str]
    deduction_fen: int
    #: What the provider is to pay back; earlier versions took off only.
    claim_fen: int = 0
    #: What the missing quantities come to, and why less is taken; earlier versions did not reckon.
    reckoned_fen: int = 0
    below_reason: str = ""
    deduction_rule: str
    deduction_reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        sums = (("扣减", data["deduction_fen"]), ("要求退回", data.get("claim_fen", 0)))
        asked = "，".join(f"{what} {Money(fen).format()}" for what, fen in sums if fen)
        if below := data.get("below_reason"):
            asked += f"（按数量计算为 {Money(data['reckoned_fen']).format()}，少扣的理由：{below}）"
        return f"{''.join(data['shortfalls'])}{asked}；{super().words_of(data)}"


@dataclass(frozen=True, kw_only=True)
class AcceptanceRefused(AcceptanceEvent):
    """The delivery was not accepted; what must be put right till when."""

    label: ClassVar[str] = "确认验收不合格"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    conclusion: str
    rectification_demand: str
    rectify_by: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['conclusion']}；应于 {told_day(data['rectify_by'])}前整改：{data['rectification_demand']}"


@dataclass(frozen=True, kw_only=True)
class AcceptanceReopened(AcceptanceEvent):
    """After rectification the acceptance begins anew, with a new sample."""

    label: ClassVar[str] = "重新启动验收"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    reason: str
    population: int
    population_sha256: str
    seed: str
    sampled: int

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"第 {data['round']} 次验收，重新抽取 {data['sampled']:,} 人；{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class AcceptancePublished(AcceptanceEvent):
    """The result was announced with the recipients' opinion (GPL-R art 45)."""

    label: ClassVar[str] = "公告验收结果"
    exposure: ClassVar[Exposure] = Exposure.PUBLIC

    contract_id: str
    notice_number: str
    mean: str
    answered: int
    outcome: Outcome = Outcome.FULL

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        result = OUTCOME_LABELS[Outcome(data.get("outcome", Outcome.FULL))]
        return (
            f"公告 {data['notice_number']}，验收{result}，"
            f"服务对象 {data['answered']:,} 人给出意见，平均 {data['mean']} 分"
        )


@dataclass(frozen=True, kw_only=True)
class CertificateSigned(AcceptanceEvent):
    """A member of the group signed the certificate with this digest in the platform (GPL art 41)."""

    label: ClassVar[str] = "签署验收书"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    member: str
    signed_by: str
    sha256: str
    #: Whether nobody's signature is missing any more; earlier versions did not say.
    is_last: bool = False

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['member']}，验收书校验码 {data['sha256'][:12]}"


@dataclass(frozen=True, kw_only=True)
class SignedCopyFiled(AcceptanceEvent):
    """The certificate signed on paper by members without an account was put on file."""

    label: ClassVar[str] = "归档验收书签字件"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    members: Sequence[str]
    document_id: str
    copy_sha256: str
    sha256: str
    #: Whether nobody's signature is missing any more; earlier versions did not say.
    is_last: bool = False

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{'、'.join(data['members'])}签字，签字件校验码 {data['copy_sha256'][:12]}"


@dataclass(frozen=True, kw_only=True)
class AcceptanceApplied(ProjectEvent):
    """The provider asked to be accepted; the contract's working days run from now."""

    label: ClassVar[str] = "申请验收"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    number: str
    statement: str
    due_on: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['number']}，最迟 {told_day(data['due_on'])}完成验收；{data['statement']}"


@dataclass(frozen=True, kw_only=True)
class AmendsReported(AcceptanceEvent):
    """The provider says that what was refused is put right, with evidence."""

    label: ClassVar[str] = "报送验收整改情况"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    report: str
    evidence_sha256: Sequence[str]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['report']}；材料 {len(data['evidence_sha256'])} 份"


@dataclass(frozen=True, kw_only=True)
class AmendsReturned(AcceptanceEvent):
    """The report was not enough: new days run."""

    label: ClassVar[str] = "退回验收整改情况"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    reason: str
    rectify_by: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['reason']}；应于 {told_day(data['rectify_by'])}前整改"
