"""What can be read of evaluations: one for its page, the list, what waits for whom."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from procure.kernel.access import Actor, OrganisationKind, Permission, Role
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import EvaluationState
from procure.kernel.vocabulary import EvaluationKind, Grade
from procure.registers.accounts.models import IS_HELD, Organisation, RoleGrant, User
from procure.registers.accounts.queries import names_of
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.queries import find_term
from procure.registers.projects.models import Project
from procure.registers.projects.queries import buyers_in_view
from procure.stages.bids.models import Bid
from procure.stages.catalogue.models import CatalogueIndicator, CatalogueItem
from procure.stages.catalogue.queries import indicators_of as indicators_of_item
from procure.stages.contracts import queries as contracts
from procure.stages.contracts.agreed import agreed_of
from procure.stages.contracts.models import Contract, ContractTarget
from procure.stages.delivery.models import ServiceRecord
from procure.stages.evaluation import policies
from procure.stages.evaluation.events import name_of
from procure.stages.evaluation.models import (
    ChargeGround,
    Evaluation,
    EvaluationCharge,
    EvaluationDeclaration,
    EvaluationIndicator,
    SampleCheck,
)
from procure.stages.evaluation.results import Result, result_of
from procure.stages.evaluation.sampling import SampleResult
from procure.stages.plans.models import Plan
from procure.stages.tenders.models import Tender
from procure.store.holding import hold
from procure.store.lists import Source, equal, waiting_first
from procure.store.rows import in_order

MIDTERM_RULE, FINAL_RULE = "C-EMID", "C-EFINAL"
AGAIN_RULE = "C-EAGAIN"
OLD_FINAL_RULE = "T68"
"""Under which releases up to 0.2.0 counted the final evaluation: those terms keep their date."""

_SUPPLIER = aliased(Organisation)
"""Made once: an alias brings a copy of all columns with it."""


@dataclass(frozen=True)
class EvaluationDossier:
    """One evaluation with all that its pages show."""

    evaluation: Evaluation
    contract: Contract
    indicators: Sequence[EvaluationIndicator]
    earlier: Sequence[Evaluation]
    assessor: Organisation | None
    names: dict[str, str]
    term: Deadline | None
    midterm: Evaluation | None
    rectify_until: date | None
    """The last of the days that the provider of a failed service has for putting things right."""
    declarations: Sequence[EvaluationDeclaration]
    sample: SampleResult
    floor: Decimal
    ended: Sequence[EvaluationCharge]
    """The charges that ended without a report, the first one first."""

    def has_declared(self, actor: Actor) -> bool:
        """Whether this person has signed their own declaration."""
        return any(one.user_id == actor.user_id for one in self.declarations)

    @property
    def title(self) -> str:
        """What people call it."""
        return name_of(self.evaluation.kind, self.evaluation.round)

    @property
    def result(self) -> Result:
        """What the scores add up to so far."""
        return result_of(self.indicators)

    def name(self, user_id: str | None) -> str:
        """A person's name; empty for nobody."""
        return self.names.get(user_id or "", "")


@dataclass(frozen=True)
class EvaluationRow:
    """A line of the list of evaluations."""

    project_number: str
    title: str
    supplier: str
    kind: EvaluationKind
    round: int
    due_on: date
    state: EvaluationState
    assessor: str | None
    total_points: int | None
    grade: Grade | None
    supplier_id: str


@dataclass(frozen=True)
class EvaluatorChoice:
    """A person who could evaluate, with why their organisation may not when it may not."""

    user_id: str
    name: str
    organisation_id: str
    organisation_name: str
    refusal: str


def rule_of(evaluation: Evaluation) -> str:
    """Under which rule an evaluation's term runs."""
    if evaluation.round > 1:
        return AGAIN_RULE
    return MIDTERM_RULE if evaluation.kind is EvaluationKind.MIDTERM else FINAL_RULE


def term_of(session: Session, evaluation: Evaluation) -> Deadline | None:
    """The term in which the evaluation is due: the running one, else the latest met."""
    found = find_term(session, evaluation.id, rule_of(evaluation))
    if found is None and rule_of(evaluation) == FINAL_RULE:
        return find_term(session, evaluation.id, OLD_FINAL_RULE)
    return found


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Evaluation (joined with Contract): what this actor may know of.

    The buyer's side and its overseers, the provider, and the assessor it was given to.
    """
    if not actor.may(Permission.EVALUATION_VIEW):
        return false()
    ways = [buyers_in_view(actor, Contract.buyer_id)]
    if actor.organisation_id:
        ways += [
            Contract.supplier_id == actor.organisation_id,
            Evaluation.assessor_id == actor.organisation_id,
        ]
    return or_(*ways)


def get_dossier(
    session: Session,
    actor: Actor,
    number: str,
    kind: EvaluationKind,
    *,
    that_asked: bool = False,
) -> EvaluationDossier:
    """The newest round of that kind of evaluation of a project.

    With `that_asked` the newest that asked for rectification, if any did: a report goes to the
    round that wants it, even when a further one is planned. Raises NotFound when there is none
    (yet) or it is not for this actor.
    """
    contract = contracts.get_contract(session, actor, number)
    rounds = session.scalars(
        select(Evaluation)
        .join(Contract, Contract.id == Evaluation.contract_id)
        .where(Evaluation.contract_id == contract.id, Evaluation.kind == kind, visible_to(actor))
        .order_by(Evaluation.round.desc())
    ).all()
    if not rounds:
        raise NotFound(f"这个项目没有{kind.label}，或您无权查看。")
    asked = (at for at, one in enumerate(rounds) if one.rectification_demand)
    at = next(asked, 0) if that_asked else 0
    return dossier_of(session, rounds[at], contract, rounds[at + 1 :])


def dossier_of(
    session: Session,
    evaluation: Evaluation,
    contract: Contract,
    earlier: Sequence[Evaluation] = (),
) -> EvaluationDossier:
    """Everything about one evaluation; a fixed number of statements."""
    assessor = session.get(Organisation, evaluation.assessor_id) if evaluation.assessor_id else None
    people = [
        evaluation.evaluator_id,
        evaluation.assigned_by,
        evaluation.submitted_by,
        evaluation.confirmed_by,
        evaluation.rectified_by,
        evaluation.waived_by,
        evaluation.settled_by,
    ]
    declarations = declarations_of(session, evaluation.id)
    people += [one.user_id for one in declarations]
    ended = ended_charges(session, evaluation.id)
    people += [person for one in ended for person in (one.evaluator_id, one.ended_by)]
    return EvaluationDossier(
        evaluation,
        contract,
        indicators_of(session, evaluation.id),
        earlier,
        assessor,
        names_of(session, people),
        term_of(session, evaluation),
        latest_of(session, contract.id).get(EvaluationKind.MIDTERM),
        rectify_until(session, [evaluation]).get(evaluation.id),
        declarations,
        sample_of(session, evaluation),
        agreed_of(session, contract).satisfaction_floor,
        ended,
    )


def sample_of(session: Session, evaluation: Evaluation) -> SampleResult:
    """What became of the drawn records so far, by their targets."""
    rows = session.execute(
        select(ContractTarget.what, SampleCheck.verdict)
        .join(ServiceRecord, ServiceRecord.id == SampleCheck.record_id)
        .join(ContractTarget, ContractTarget.id == ServiceRecord.target_id)
        .where(SampleCheck.evaluation_id == evaluation.id, SampleCheck.charge == evaluation.charge)
    )
    return SampleResult(len(evaluation.sampled_ids), tuple((what, one) for what, one in rows))


def ended_charges(session: Session, evaluation_id: str) -> Sequence[EvaluationCharge]:
    """The charges of an evaluation that ended without a report, the first one first."""
    return session.scalars(
        select(EvaluationCharge)
        .where(EvaluationCharge.evaluation_id == evaluation_id)
        .order_by(EvaluationCharge.number)
    ).all()


def able_to_evaluate(session: Session, evaluations: Collection[Evaluation]) -> dict[str, bool]:
    """Whether who is charged can finish: the assessor is in business, its evaluator has the account
    and the office, and somebody there may submit the report. One statement, none for nobody.
    """
    charged = [one for one in evaluations if one.assessor_id is not None]
    working = set(_evaluators(session, {one.assessor_id for one in charged})) if charged else set()
    leads = {place for _, place, role in working if role is Role.LEAD_EVALUATOR}
    people = {person for person, _, _ in working}
    return {one.id: one.assessor_id in leads and one.evaluator_id in people for one in charged}


def _evaluators(
    session: Session, organisation_ids: Collection[str | None]
) -> Iterator[tuple[str, str, Role]]:
    """The active people who evaluate for these organisations, each with where and as what."""
    query = (
        select(User.id, Organisation.id, RoleGrant.role)
        .join(Organisation, Organisation.id == User.organisation_id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(Organisation.id.in_(organisation_ids), *_CAN_EVALUATE)
    )
    return ((person, place, role) for person, place, role in session.execute(query))


_CAN_EVALUATE = (
    Organisation.is_active,
    User.is_active,
    RoleGrant.role.in_((Role.EVALUATOR, Role.LEAD_EVALUATOR)),
    IS_HELD,
)
"""Conditions on a person, where they work and an office of theirs, that they evaluate."""


def checks_of(session: Session, evaluation: Evaluation) -> dict[str, SampleCheck]:
    """Record → what looking into it showed, by who is charged now."""
    found = session.scalars(
        select(SampleCheck).where(
            SampleCheck.evaluation_id == evaluation.id, SampleCheck.charge == evaluation.charge
        )
    )
    return {one.record_id: one for one in found}


def declarations_of(session: Session, evaluation_id: str) -> Sequence[EvaluationDeclaration]:
    """Who of those charged now declared to have no interest, in the order in which they did."""
    return session.scalars(
        select(EvaluationDeclaration)
        .join(Evaluation, Evaluation.id == EvaluationDeclaration.evaluation_id)
        .where(
            EvaluationDeclaration.evaluation_id == evaluation_id,
            EvaluationDeclaration.charge == Evaluation.charge,
        )
        .order_by(EvaluationDeclaration.declared_at, EvaluationDeclaration.id)
    ).all()


def has_declared(session: Session, actor: Actor, evaluation: Evaluation) -> bool:
    """Whether this person has signed their own declaration."""
    return any(one.user_id == actor.user_id for one in declarations_of(session, evaluation.id))


def load(session: Session, evaluation_id: str) -> tuple[Evaluation, Contract]:
    """The evaluation of that id with its contract, both held for verbs; NotFound when there is none."""
    contract_id = session.scalar(
        select(Evaluation.contract_id).where(Evaluation.id == evaluation_id)
    )
    if contract_id is None:
        raise NotFound("没有找到这次评估。")
    contract = contracts.load_contract(session, contract_id)
    return hold(session, Evaluation, evaluation_id), contract


def indicators_of(session: Session, evaluation_id: str) -> Sequence[EvaluationIndicator]:
    """The indicators of an evaluation in their order."""
    return in_order(
        session, EvaluationIndicator, EvaluationIndicator.evaluation_id == evaluation_id
    )


def latest_of(session: Session, contract_id: str) -> dict[EvaluationKind, Evaluation]:
    """The newest round of each kind of evaluation of a contract."""
    return latest_of_many(session, [contract_id])[contract_id]


def latest_of_many(
    session: Session, contract_ids: Collection[str]
) -> dict[str, dict[EvaluationKind, Evaluation]]:
    """The same for several contracts in one statement; every contract has an entry."""
    latest: dict[str, dict[EvaluationKind, Evaluation]] = {one: {} for one in contract_ids}
    for evaluation in session.scalars(
        select(Evaluation)
        .where(Evaluation.contract_id.in_(latest))
        .order_by(Evaluation.contract_id, Evaluation.kind, Evaluation.round)
    ):
        latest[evaluation.contract_id][evaluation.kind] = evaluation
    return latest


def rectify_until(session: Session, failed: Collection[Evaluation]) -> dict[str, date]:
    """Until when the provider has time to put things right, by the newest round that failed; those
    are left out whose provider needs no more: it reported in a round before, or waived it.

    Two statements, none where nothing failed.
    """
    asked = [one for one in failed if one.rectification_demand and one.settled_at is None]
    if not asked:
        return {}
    rounds: dict[tuple[str, EvaluationKind], list[Evaluation]] = {}
    for one in session.scalars(
        select(Evaluation).where(
            Evaluation.contract_id.in_({each.contract_id for each in asked}),
            Evaluation.rectification_demand != "",
        )
    ):
        rounds.setdefault((one.contract_id, one.kind), []).append(one)
    last_days: dict[str, date] = {}
    for subject_id, due_on in session.execute(
        select(Deadline.subject_id, func.max(Deadline.due_on))
        .where(
            Deadline.subject_id.in_([one.id for own in rounds.values() for one in own]),
            Deadline.rule == policies.RECTIFICATION,
        )
        .group_by(Deadline.subject_id)
    ):
        last_days[subject_id] = due_on
    found = {}
    for latest in asked:
        own = [one for one in rounds[latest.contract_id, latest.kind] if one.round <= latest.round]
        if latest.waived_at is not None or any(
            one.rectified_at is not None and one.round < latest.round for one in own
        ):
            continue
        days = [last_days[one.id] for one in own if one.id in last_days]
        if days:
            found[latest.id] = min(days)
    return found


def indicators_of_catalogue(
    session: Session, project_id: str
) -> tuple[CatalogueItem, Sequence[CatalogueIndicator]]:
    """The catalogue item the project buys, in the edition it was planned with, and indicators."""
    item = session.scalars(
        select(CatalogueItem)
        .join(Plan, Plan.catalogue_item_id == CatalogueItem.id)
        .where(Plan.project_id == project_id)
    ).one()
    return item, indicators_of_item(session, item.id)


def evaluator_choices(session: Session, contract: Contract) -> list[EvaluatorChoice]:
    """Everybody who evaluates for an assessor; of those who may not, why; four statements."""
    rows = session.execute(
        select(User, Organisation)
        .join(Organisation, Organisation.id == User.organisation_id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(
            Organisation.kind == OrganisationKind.ASSESSOR,
            *_CAN_EVALUATE,
        )
        .order_by(Organisation.name, User.name, User.id)
        .distinct()
    ).all()
    bidders = bidders_of(session, contract.project_id)
    supplier = session.get_one(Organisation, contract.supplier_id)
    recused = frozenset(
        session.scalars(
            select(EvaluationCharge.assessor_id)
            .join(Evaluation, Evaluation.id == EvaluationCharge.evaluation_id)
            .where(
                Evaluation.contract_id == contract.id,
                EvaluationCharge.ground == ChargeGround.CONFLICT,
            )
        )
    )
    return [
        EvaluatorChoice(
            user.id,
            user.name,
            organisation.id,
            organisation.name,
            policies.is_independent(
                organisation,
                contract,
                supplier,
                has_bid=organisation.id in bidders,
                recused=organisation.id in recused,
            ).reason,
        )
        for user, organisation in rows
    ]


def bidders_of(session: Session, project_id: str) -> frozenset[str]:
    """The organisations that ever bid for the project; only verbs and checks read this."""
    return frozenset(
        session.scalars(
            select(Bid.supplier_id)
            .join(Tender, Tender.id == Bid.tender_id)
            .where(Tender.project_id == project_id)
        )
    )


def evaluations_in_view(actor: Actor) -> Source[EvaluationRow]:
    """The evaluations the actor may know of, those still to be finished first by their last day."""
    assessor = select(Organisation.name).where(Organisation.id == Evaluation.assessor_id)
    over = (EvaluationState.CONFIRMED, EvaluationState.CANCELLED)
    return Source(
        lines=select(
            Project.number,
            Project.title,
            _SUPPLIER.name,
            Evaluation.kind,
            Evaluation.round,
            Evaluation.due_on,
            Evaluation.state,
            assessor.scalar_subquery(),
            Evaluation.total_points,
            Evaluation.grade,
            Contract.supplier_id,
        )
        .join(Contract, Contract.id == Evaluation.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .join(_SUPPLIER, _SUPPLIER.id == Contract.supplier_id)
        .where(visible_to(actor)),
        line=EvaluationRow,
        ident=Evaluation.id,
        first=waiting_first(Evaluation.state.not_in(over), Evaluation.due_on),
        sorts={
            "due": Evaluation.due_on,
            "number": Project.number,
            "kind": Evaluation.kind,
            "supplier": _SUPPLIER.name,
        },
        filters={
            "state": lambda state: (
                Evaluation.state.in_(_states(actor, EvaluationState(state))) if state else true()
            ),
            "kind": equal(Evaluation.kind),
        },
        search=(Project.title, Project.number),
    )


def waiting(session: Session, actor: Actor) -> Sequence[tuple[Evaluation, Contract, Project]]:
    """The evaluations of the actor's organisation that may wait for somebody, the nearest date first:
    what is not confirmed, and what failed last.
    """
    own = actor.organisation_id
    rows = session.execute(
        select(Evaluation, Contract, Project)
        .join(Contract, Contract.id == Evaluation.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(
            or_(
                Contract.buyer_id == own, Contract.supplier_id == own, Evaluation.assessor_id == own
            ),
            or_(
                Evaluation.state != EvaluationState.CONFIRMED,
                and_(Evaluation.grade == Grade.FAIL, _is_latest()),
            ),
        )
        .order_by(Evaluation.due_on, Evaluation.id)
    )
    return [(evaluation, contract, project) for evaluation, contract, project in rows]


def terms_waiting(session: Session, evaluations: Sequence[Evaluation]) -> dict[str, Deadline]:
    """The running term of each evaluation's state; what a term was for that is met says nothing of
    who acts next.
    """
    found = {
        (term.subject_id, term.rule): term
        for term in session.scalars(
            select(Deadline).where(Deadline.subject_id.in_([one.id for one in evaluations]))
        )
    }
    terms = {}
    for one in evaluations:
        term = found.get((one.id, _term_rule(one))) or found.get((one.id, OLD_FINAL_RULE))
        if term is not None and term.met_at is None:
            terms[one.id] = term
    return terms


def declared_by(session: Session, actor: Actor) -> frozenset[str]:
    """The evaluations for whose present charge the actor signed their independence."""
    mine = (
        select(EvaluationDeclaration.evaluation_id)
        .join(Evaluation, Evaluation.id == EvaluationDeclaration.evaluation_id)
        .where(
            EvaluationDeclaration.user_id == actor.user_id,
            EvaluationDeclaration.charge == Evaluation.charge,
        )
    )
    return frozenset(session.scalars(mine))


def _term_rule(evaluation: Evaluation) -> str:
    confirmed = evaluation.state is EvaluationState.CONFIRMED
    return policies.RECTIFICATION if confirmed else rule_of(evaluation)


def _is_latest() -> ColumnElement[bool]:
    later = aliased(Evaluation)
    return ~(
        select(later.id)
        .where(
            later.contract_id == Evaluation.contract_id,
            later.kind == Evaluation.kind,
            later.round > Evaluation.round,
        )
        .exists()
    )


def _states(actor: Actor, state: EvaluationState) -> Sequence[EvaluationState]:
    """Which states a filter means: the provider is not told that a report was submitted."""
    if actor.organisation_kind is not OrganisationKind.SUPPLIER:
        return (state,)
    if state is EvaluationState.ASSIGNED:
        return (state, EvaluationState.SUBMITTED)
    return () if state is EvaluationState.SUBMITTED else (state,)
