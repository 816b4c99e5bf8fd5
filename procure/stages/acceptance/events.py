"""What happens to acceptance: opened with a drawn sample, opinions, items, group, decided, public.

No event names a recipient: slips are numbered, and only the register knows whose they are.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from procure.kernel.events import Exposure, ProjectEvent
from procure.kernel.phrases import Each, Rows
from procure.kernel.vocabulary import OpinionChannel, Outcome


class AcceptanceEvent(ProjectEvent):
    """An event of the acceptance of one contract; `number` is the contract's."""

    number: str
    round: int


class AcceptanceOpened(AcceptanceEvent):
    """Acceptance began and the sample was drawn by the system; the draw can be repeated."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        "服务对象 {population:figure} 人，随机抽取 {sampled:figure} 人征求意见，"
        "最迟 {due_on:day}完成验收"
    )

    contract_id: str
    population: int
    population_sha256: str
    seed: str
    sampled: int
    due_on: date


class OpinionSlipsPrinted(AcceptanceEvent):
    """Slips were printed with new codes; codes printed before are void."""

    label: ClassVar[str] = "印制意见卡"
    says: ClassVar[str] = "{slips:figure} 张，此前印制的意见码同时作废"

    slips: int


class RecipientUnreached(AcceptanceEvent):
    """A sampled recipient was called or visited and not reached."""

    label: ClassVar[str] = "登记联系不上"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "第 {slip} 号意见卡，第 {attempts} 次联系"

    slip: int
    attempts: int


class OpinionRecorded(AcceptanceEvent):
    """A slip was answered; `answers` are five values from 1 to 5, `entered_by` empty for a code."""

    minor: ClassVar[bool] = True
    says: ClassVar[str] = "第 {slip} 号意见卡，{channel:label}"

    slip: int
    channel: OpinionChannel
    answers: Sequence[int]
    score: int
    has_comment: bool
    entered_by: str


class AcceptanceItemsSaved(AcceptanceEvent):
    """Every standard of the contract was looked at on its own (GPL-R art 45)."""

    label: ClassVar[str] = "逐项核验服务目标和服务标准"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{judged:count} 项，不符合 {failed:count} 项"

    items: Sequence[Mapping[str, Any]]
    #: The service standards; earlier versions did not ask for them.
    standards: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        judged = [*data["items"], *data.get("standards", ())]
        return {**data, "judged": judged, "failed": [one for one in judged if not one["passed"]]}


class AcceptanceGroupSaved(AcceptanceEvent):
    """Who sits in the acceptance group and what each says."""

    label: ClassVar[str] = "登记验收小组和意见"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{members:each}"
    #: Earlier versions did not ask what a member thinks.
    each: ClassVar[Rows] = {"members": Each("{name}（{unit}[{agrees:not}，不同意]）", between="、")}

    members: Sequence[Mapping[str, Any]]


class AcceptancePassed(AcceptanceEvent):
    """The contract's delivery was accepted; what the certificate says is told by its digest."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        "核验服务目标 {items} 项；服务对象答复 {answered:figure} 人，"
        "平均 {mean} 分；验收书[校验码 {sha256:12}|内容校验码 {snapshot_sha256:12}]"
    )
    earlier: ClassVar[tuple[str, ...]] = ("sha256",)

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
    #: Of the data it is printed from; earlier versions told the digest of the printed certificate.
    snapshot_sha256: str = ""
    contract_signed_by: str


class AcceptancePassedPartly(AcceptancePassed):
    """A part was accepted: what fell short is told, and in fen what is taken off or claimed back."""

    says: ClassVar[str] = (
        "{shortfalls:each}[扣减 {deduction_fen:money}][{deduction_fen:if}{claim_fen:if}，]"
        "[要求退回 {claim_fen:money}]"
        "[{below_reason:if}（按数量计算为 {reckoned_fen:money}，少扣的理由：{below_reason}）]；"
        + AcceptancePassed.says
    )
    each: ClassVar[Rows] = {"shortfalls": Each("{0}", between="")}

    shortfalls: Sequence[str]
    deduction_fen: int
    #: What the provider is to pay back; earlier versions took off only.
    claim_fen: int = 0
    #: What the missing quantities come to, and why less is taken; earlier versions did not reckon.
    reckoned_fen: int = 0
    below_reason: str = ""
    deduction_rule: str
    deduction_reason: str


class AcceptanceRefused(AcceptanceEvent):
    """The delivery was not accepted; what must be put right till when."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{conclusion}；应于 {rectify_by:day}前整改：{rectification_demand}"

    conclusion: str
    rectification_demand: str
    rectify_by: date


class AcceptanceReopened(AcceptanceEvent):
    """After rectification the acceptance begins anew, with a new sample."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "第 {round} 次验收，重新抽取 {sampled:figure} 人；{reason}"

    reason: str
    population: int
    population_sha256: str
    seed: str
    sampled: int


class AcceptancePublished(AcceptanceEvent):
    """The result was announced with the recipients' opinion (GPL-R art 45)."""

    exposure: ClassVar[Exposure] = Exposure.PUBLIC
    says: ClassVar[str] = (
        "公告 {notice_number}，验收[{outcome:label}|合格]，"
        "服务对象 {answered:figure} 人给出意见，平均 {mean} 分"
    )

    contract_id: str
    notice_number: str
    mean: str
    answered: int
    outcome: Outcome = Outcome.FULL


class CertificateSigned(AcceptanceEvent):
    """A member of the group signed the certificate with this digest in the platform (GPL art 41)."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{member}，验收书校验码 {sha256:12}"

    member: str
    signed_by: str
    sha256: str
    #: Whether nobody's signature is missing any more; earlier versions did not say.
    is_last: bool = False


class SignedCopyFiled(AcceptanceEvent):
    """The certificate signed on paper by members without an account was put on file."""

    label: ClassVar[str] = "归档验收书签字件"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{members:list}签字，签字件校验码 {copy_sha256:12}"

    members: Sequence[str]
    document_id: str
    copy_sha256: str
    sha256: str
    #: Whether nobody's signature is missing any more; earlier versions did not say.
    is_last: bool = False


class AcceptanceApplied(ProjectEvent):
    """The provider asked to be accepted; the contract's working days run from now."""

    label: ClassVar[str] = "申请验收"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{number}，最迟 {due_on:day}完成验收；{statement}"

    number: str
    statement: str
    due_on: date


class AmendsReported(AcceptanceEvent):
    """The provider says that what was refused is put right, with evidence."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{report}；材料 {evidence_sha256:count} 份"

    report: str
    evidence_sha256: Sequence[str]


class AmendsReturned(AcceptanceEvent):
    """The report was not enough: new days run."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{reason}；应于 {rectify_by:day}前整改"

    reason: str
    rectify_by: date
