"""Tables of evaluations. Points are hundredths."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.labelled import LabelledEnum
from procure.kernel.lifecycle import EvaluationState
from procure.kernel.vocabulary import Dimension, EvaluationKind, Grade
from procure.store.base import AppendOnly, Identified, Model, Versioned
from procure.store.types import CanonicalJson, id_type, one_of


class Evaluation(Identified, Versioned, Model):
    """One evaluation of one contract; its grade opens or holds the instalment that waits for it."""

    __table_args__ = (
        UniqueConstraint("contract_id", "kind", "round"),
        CheckConstraint("(grade IS NULL) = (total_points IS NULL)", name="grade_and_total"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> submitted_by", name="two_people"),
        CheckConstraint(
            "records_sound IS NULL OR records_sound <= records_checked", name="sound_were_checked"
        ),
        CheckConstraint(
            "survey_answered IS NULL OR (survey_answered <= survey_sampled"
            " AND survey_satisfied <= survey_answered)",
            name="survey_in_order",
        ),
        Index("ix_evaluation_assessor", "assessor_id", "state"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    kind: Mapped[EvaluationKind] = mapped_column(one_of(EvaluationKind, "evaluation_kind"))
    round: Mapped[int] = mapped_column(default=1)
    due_on: Mapped[date]
    state: Mapped[EvaluationState] = mapped_column(one_of(EvaluationState, "evaluation_state"))
    charge: Mapped[int] = mapped_column(default=1)
    """How many assessors have been charged, the present one included; see `EvaluationCharge`."""
    assessor_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    evaluator_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    assigned_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    assigned_at: Mapped[datetime | None]
    declared_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    """Who declared first, in releases up to 0.2.0; each person's own is an EvaluationDeclaration."""
    declared_at: Mapped[datetime | None]
    sample: Mapped[dict[str, object] | None] = mapped_column(CanonicalJson)
    """The service records drawn to be looked into: seed, population, ids (see `sampling`)."""
    records_checked: Mapped[int | None]
    records_sound: Mapped[int | None]
    rest_conclusion: Mapped[str] = mapped_column(Text, default="")
    """What is concluded about the records not looked into, where some were untrue or none seen."""
    visited_on: Mapped[date | None]
    survey_sampled: Mapped[int | None]
    survey_answered: Mapped[int | None]
    survey_satisfied: Mapped[int | None]
    survey_channel: Mapped[str] = mapped_column(String(60), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    achievements: Mapped[str] = mapped_column(Text, default="")
    problems: Mapped[str] = mapped_column(Text, default="")
    advice: Mapped[str] = mapped_column(Text, default="")
    total_points: Mapped[int | None]
    grade: Mapped[Grade | None] = mapped_column(one_of(Grade, "grade"))
    report_document_id: Mapped[str | None] = mapped_column(id_type())
    submitted_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]
    rectification_demand: Mapped[str] = mapped_column(Text, default="")
    rectification_note: Mapped[str] = mapped_column(Text, default="")
    rectified_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    rectified_at: Mapped[datetime | None]
    rectification_refusal: Mapped[str] = mapped_column(Text, default="")
    """Why the last report of rectification was sent back; empty once it is reported anew."""
    waiver: Mapped[str] = mapped_column(Text, default="")
    """Why the provider says in writing that it will put nothing right."""
    waived_by: Mapped[str | None] = mapped_column(id_type())
    waived_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(id_type())
    settled_at: Mapped[datetime | None]
    settled_reason: Mapped[str] = mapped_column(Text, default="")
    """Why a failed evaluation is closed without a further round."""

    @property
    def is_closed(self) -> bool:
        """Whether it failed and the buyer closed it without a further round."""
        return self.settled_at is not None

    @property
    def sampled_ids(self) -> tuple[str, ...]:
        """The ids of the service records drawn, in the order of the draw."""
        drawn = (self.sample or {}).get("records", ())
        return tuple(str(one) for one in drawn) if isinstance(drawn, list | tuple) else ()


class ChargeGround(LabelledEnum):
    """Why a charge ended without a report."""

    CLOSED = "closed", "评估机构或者评估人员已停用"
    DECLINED = "declined", "评估机构无法承担"
    CONFLICT = "conflict", "有利害关系，应当回避"
    OVERDUE = "overdue", "逾期没有提交评估报告"


class EvaluationCharge(Identified, AppendOnly, Model):
    """A charge that ended without a report: whose it was, why it ended, and in `work` what had been
    drawn, scored and written by then. Kept for the auditor; it counts no more.
    """

    __table_args__ = (
        UniqueConstraint("evaluation_id", "number"),
        CheckConstraint("length(reason) > 0", name="has_reason"),
    )

    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluation.id"))
    number: Mapped[int]
    assessor_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    evaluator_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    assigned_at: Mapped[datetime]
    ground: Mapped[ChargeGround] = mapped_column(one_of(ChargeGround, "charge_ground"))
    reason: Mapped[str] = mapped_column(Text)
    work: Mapped[dict[str, object]] = mapped_column(CanonicalJson)
    ended_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime]


class SampleVerdict(LabelledEnum):
    """What looking into a sampled service record showed."""

    TRUE = "true", "属实"
    FALSE = "false", "不属实"
    UNCLEAR = "unclear", "无法核实"


class SampleCheck(Identified, Versioned, Model):
    """What one drawn service record turned out to be, and why when it is not simply true."""

    __table_args__ = (
        UniqueConstraint("evaluation_id", "charge", "record_id"),
        CheckConstraint("verdict = 'true' OR length(reason) > 0", name="doubt_has_reason"),
    )

    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluation.id"))
    charge: Mapped[int] = mapped_column(default=1)
    record_id: Mapped[str] = mapped_column(ForeignKey("service_record.id"))
    verdict: Mapped[SampleVerdict] = mapped_column(one_of(SampleVerdict, "sample_verdict"))
    reason: Mapped[str] = mapped_column(Text, default="")
    judged_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    judged_at: Mapped[datetime]


class EvaluationDeclaration(Identified, AppendOnly, Model):
    """One person's declaration to have no interest; whoever takes part has signed their own
    (政府采购法实施条例 art 9).
    """

    __table_args__ = (UniqueConstraint("evaluation_id", "charge", "user_id"),)

    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluation.id"))
    charge: Mapped[int] = mapped_column(default=1)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    declared_at: Mapped[datetime]


class EvaluationIndicator(Identified, Versioned, Model):
    """An indicator of this evaluation, copied from the catalogue when assigned, so that a running
    evaluation keeps the edition it began under.
    """

    __table_args__ = (
        UniqueConstraint("evaluation_id", "position"),
        CheckConstraint("points > 0 AND points <= 10000", name="points_range"),
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= points)", name="score_in_range"),
        CheckConstraint("score IS NULL OR length(reason) > 0", name="score_has_reason"),
    )

    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluation.id"))
    position: Mapped[int]
    dimension: Mapped[Dimension] = mapped_column(one_of(Dimension, "indicator_dimension"))
    name: Mapped[str] = mapped_column(String(80))
    points: Mapped[int]
    standard: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(String(200))
    score: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    scored_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    scored_at: Mapped[datetime | None]
