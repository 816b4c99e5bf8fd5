"""What an audit package may say: the tables, their columns, and what is kept back.

A column that is not listed is not exported. People served appear by code only; workers of the
supplier by family name; passwords, secrets and drafts never. Bids and their papers stay out until
the opening, panels and scores until the result is announced or the procedure ends without one
(O87 art 39).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session

from procure.desks.auditing.models import AuditExport
from procure.desks.auditing.verify_trail import MONEY_EVENTS, RECORDS
from procure.kernel.clock import to_micros
from procure.kernel.events import Json, plain
from procure.kernel.lifecycle import TRANSITIONS, Aggregate, ReviewState, TenderState
from procure.registers.accounts.models import Organisation, User
from procure.registers.deadlines.models import Deadline
from procure.registers.documents.audiences import SEALED_KINDS
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.funds.models import (
    BudgetLine,
    BudgetLineChange,
    FundShare,
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
)
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Lot, Project, ProjectParty, StageEntry
from procure.stages.acceptance.models import (
    Acceptance,
    AcceptanceApplication,
    AcceptanceItem,
    AcceptanceMember,
    AcceptanceRectification,
    AcceptanceResult,
    AcceptanceSignature,
    AcceptanceStandard,
    OpinionSlip,
)
from procure.stages.awards.models import (
    BidCheck,
    BidderRelation,
    CandidatePassed,
    LowPriceReview,
    MemberAbsence,
    PanelMember,
    RankedBid,
    Review,
    Score,
)
from procure.stages.bids.events import stream_of
from procure.stages.bids.models import Bid, BidVersion, OpenedBid, OpeningObjections
from procure.stages.catalogue.models import CatalogueIndicator, CatalogueItem
from procure.stages.contracts.models import (
    Contract,
    ContractEarlyEnd,
    ContractMilestone,
    ContractPost,
    ContractSettlement,
    ContractShare,
    ContractTarget,
    Instalment,
)
from procure.stages.delivery.models import Milestone, Recipient, ServiceRecord, StaffMember
from procure.stages.evaluation.models import (
    Evaluation,
    EvaluationCharge,
    EvaluationDeclaration,
    EvaluationIndicator,
    SampleCheck,
)
from procure.stages.payments.models import (
    MilestoneExcuse,
    PaymentCheck,
    PaymentRequest,
    PaymentReturn,
    PaymentReversal,
    SupplierRefund,
    TreasuryPayment,
)
from procure.stages.plans.models import Plan, PlanChange
from procure.stages.tenders.events import stream_of_taker
from procure.stages.tenders.models import (
    DocumentTaker,
    PaymentTerm,
    Tender,
    TenderCriterion,
    TenderTarget,
)
from procure.store.base import Model
from procure.store.trail import Link

ExportedRow = dict[str, Json]
ExportedTables = dict[str, list[ExportedRow]]

OPENED, TAKEN, DECIDED = "opened tender", "taken tender", "decided review"
LINES = "lines of the case"
"""Names of id sets that are narrower than a table's rows."""


@dataclass(frozen=True)
class Content:
    """A table of the package: which columns, and which rows by the ids of what they belong to."""

    model: type[Model]
    columns: str
    by: str
    of: str
    scrubbed: bool = False
    """Whether names of people served are replaced by their codes in its texts."""

    @property
    def table(self) -> Table:
        """The table itself."""
        found = self.model.__table__
        assert isinstance(found, Table)
        return found


CONTENTS: tuple[Content, ...] = (
    Content(
        Project,
        "id number title buyer_id year budget_fen stage created_at is_public closed_at discarded_at",
        "id",
        "project",
    ),
    Content(Lot, "id project_id number title budget_fen", "project_id", "project"),
    Content(ProjectParty, "id project_id organisation_id part since", "project_id", "project"),
    Content(StageEntry, "id project_id stage entered_at", "project_id", "project"),
    Content(
        Deadline,
        "id project_id subject_id rule label kind starts_on due_on due_at provisional status met_at met_on",
        "project_id",
        "project",
    ),
    Content(
        Document,
        "id project_id subject_id kind title filename media_type size sha256 audience owner_id"
        " template created_by created_at",
        "project_id",
        "project",
    ),
    Content(
        Notice,
        "id number project_id kind title sections published_at period_until period_rule buyer_name"
        " sha256",
        "project_id",
        "project",
    ),
    Content(
        Plan,
        "id project_id catalogue_item_id budget_line_id state method mode price_way amount_fen"
        " ceiling_fen term_months expected_on requested_by reason outline survey negative_list"
        " term_conditions funding_note ceiling_reason surveyed_on drafted_by submitted_at"
        " returned_reason approved_by approved_at intention_published_at",
        "project_id",
        "project",
    ),
    Content(
        PlanChange,
        "id plan_id act content reason proposed_by proposed_at decided_by decided_at confirmed"
        " refusal",
        "plan_id",
        "plan",
    ),
    Content(
        BudgetLine,
        "id code year buyer_id name function_code economic_code fund_source amount_fen"
        " registered_by registered_at",
        "id",
        LINES,
    ),
    Content(
        BudgetLineChange,
        "id budget_line_id content reason proposed_by proposed_at decided_by decided_at confirmed"
        " refusal",
        "budget_line_id",
        "budget_line",
    ),
    Content(
        FundShare,
        "id budget_line_id level position weight amount_fen",
        "budget_line_id",
        "budget_line",
    ),
    Content(
        CatalogueItem,
        "id class_code code edition name unit mode commodity_code recipients procedure quality"
        " time_limit responsibility published_at",
        "id",
        "plan.catalogue_item_id",
    ),
    Content(
        CatalogueIndicator,
        "id item_id position dimension name points standard evidence unit period at_least each",
        "item_id",
        "catalogue_item",
    ),
    Content(
        Tender,
        "id project_id round state method price_way budget_fen ceiling_fen term_months requirement"
        " service_place staffing qualification starred acceptance_way price_points hours_floor"
        " deduction_rate low_mean low_second low_ceiling validity_days opening_place"
        " documents_until takes_consortia start_within_days deadline_at drafted_by submitted_at returned_reason published_by"
        " published_at opened_at ended_reason",
        "project_id",
        "project",
    ),
    Content(
        TenderCriterion,
        "id tender_id position name points objective standard evidence",
        "tender_id",
        "tender",
    ),
    Content(
        TenderTarget,
        "id tender_id position what unit period at_least each condition",
        "tender_id",
        "tender",
    ),
    Content(PaymentTerm, "id tender_id position percent trigger", "tender_id", "tender"),
    Content(DocumentTaker, "id tender_id supplier_id taken_by taken_at", "tender_id", TAKEN),
    Content(Bid, "id tender_id lot_id supplier_id state drafted_at", "tender_id", OPENED),
    Content(
        BidVersion,
        "id bid_id number sha256 size received_at received_from receipt signature",
        "bid_id",
        "bid",
    ),
    Content(
        OpeningObjections,
        "tender_id has_any said document_id recorded_by recorded_at",
        "tender_id",
        OPENED,
    ),
    Content(
        OpenedBid,
        "bid_id tender_id supplier_id price_fen hours claims_deduction project_manager proposal"
        " manager_experience answers statements institution_class damaged damage opened_at",
        "tender_id",
        OPENED,
    ),
    Content(
        Review,
        "id tender_id project_id state draw tie_seed drawn_by drawn_at checked_at scored_at reported_at"
        " report_document_id winner_bid_id decided_by decided_at decision_reason announced_at"
        " ended_reason",
        "id",
        DECIDED,
    ),
    Content(
        PanelMember,
        "id review_id user_id position seat is_chair declared_at has_conflict conflict_reason"
        " replaced_at locked_at signed_at dissent prices_sound",
        "review_id",
        DECIDED,
    ),
    Content(
        MemberAbsence,
        "id review_id member_id kind reason reported_by reported_at decided_by decided_at confirmed"
        " decision_reason",
        "review_id",
        DECIDED,
    ),
    Content(
        BidCheck,
        "id review_id bid_id qualified conforms reason checked_by checked_at",
        "review_id",
        DECIDED,
    ),
    Content(
        BidderRelation,
        "id review_id bid_id other_bid_id facts is_barred reason decided_by decided_at",
        "review_id",
        DECIDED,
    ),
    Content(
        Score,
        "id review_id member_id bid_id criterion_id points reason saved_at",
        "review_id",
        DECIDED,
    ),
    Content(
        RankedBid,
        "review_id bid_id rank price_points quality_points total_points evaluated_price_fen flags",
        "review_id",
        DECIDED,
    ),
    Content(
        CandidatePassed,
        "id review_id bid_id ground reason document_id recorded_by recorded_at",
        "review_id",
        DECIDED,
    ),
    Content(
        LowPriceReview,
        "review_id bid_id asked_at answer_until explanation basis reasonable judged_by judged_at",
        "review_id",
        DECIDED,
    ),
    Content(
        Contract,
        "id project_id lot_id bid_id number buyer_id supplier_id amount_fen promised_hours state"
        " template starts_on ends_on term_months place buyer_contact supplier_contact payee_bank"
        " payee_account premises special_terms recipients recipients_number document_id"
        " signed_document_id issued_by"
        " issued_at late_reason window_reason counts_source supplier_signed_by"
        " supplier_signed_at buyer_signed_by buyer_signed_at published_at filed_at filed_on filing_number"
        " completed_at ended_early_on settled_at",
        "project_id",
        "project",
    ),
    Content(
        ContractEarlyEnd,
        "id contract_id kind last_on reason proposed_by proposed_at decided_by decided_at confirmed"
        " refusal",
        "contract_id",
        "contract",
        scrubbed=True,
    ),
    Content(
        ContractSettlement,
        "id contract_id ground unpaid_fen reason proposed_by proposed_at answer_by answered_by"
        " answered_at agreed answer decided_by decided_at confirmed decision",
        "contract_id",
        "contract",
        scrubbed=True,
    ),
    Content(
        ContractTarget,
        "id contract_id position what unit period at_least each each_count condition total",
        "contract_id",
        "contract",
    ),
    Content(
        ContractPost,
        "id contract_id position post people qualification duty",
        "contract_id",
        "contract",
    ),
    Content(
        ContractMilestone,
        "id contract_id position title due_on lead_unit assisting_unit",
        "contract_id",
        "contract",
    ),
    Content(
        Instalment,
        "id contract_id position percent amount_fen trigger left_to_acceptance",
        "contract_id",
        "contract",
    ),
    Content(
        ContractShare, "id contract_id position level weight amount_fen", "contract_id", "contract"
    ),
    Content(Recipient, "id contract_id code enrolled_on left_on", "contract_id", "contract"),
    Content(
        StaffMember,
        "id contract_id name post certificate joined_on left_on",
        "contract_id",
        "contract",
    ),
    Content(
        Milestone,
        "id contract_id position title due_on lead_unit assisting_unit state report reported_by"
        " reported_at returned_reason confirmed_by confirmed_at",
        "contract_id",
        "contract",
        scrubbed=True,
    ),
    Content(
        ServiceRecord,
        "id contract_id target_id staff_id recipient_id served_on started_minute ended_minute place"
        " quantity people volunteer_hours content backfilled backfill_reason state recorded_by"
        " recorded_at reviewed_by reviewed_at review_reason not_payable ended_reason",
        "contract_id",
        "contract",
        scrubbed=True,
    ),
    Content(
        Evaluation,
        "id contract_id kind round due_on state assessor_id evaluator_id assigned_by assigned_at"
        " charge visited_on summary problems total_points grade report_document_id submitted_by"
        " submitted_at returned_reason confirmed_by confirmed_at declared_by declared_at"
        " records_checked records_sound survey_sampled survey_answered survey_satisfied"
        " survey_channel achievements advice rectification_demand rectification_note rectified_by"
        " rectified_at rectification_refusal waiver waived_by waived_at settled_by settled_at"
        " settled_reason rest_conclusion",
        "contract_id",
        "contract",
        scrubbed=True,
    ),
    Content(
        EvaluationDeclaration,
        "id evaluation_id charge user_id declared_at",
        "evaluation_id",
        "evaluation",
    ),
    Content(
        EvaluationCharge,
        "id evaluation_id number assessor_id evaluator_id assigned_at ground reason work ended_by"
        " ended_at",
        "evaluation_id",
        "evaluation",
        scrubbed=True,
    ),
    Content(
        SampleCheck,
        "id evaluation_id charge record_id verdict reason judged_by judged_at",
        "evaluation_id",
        "evaluation",
        scrubbed=True,
    ),
    Content(
        EvaluationIndicator,
        "id evaluation_id position dimension name points standard evidence score reason scored_by"
        " scored_at",
        "evaluation_id",
        "evaluation",
        scrubbed=True,
    ),
    Content(
        Acceptance,
        "id contract_id state opened_by opened_at round place method items_saved_at opinion_excerpts"
        " low_response_reason conclusion rectification_demand rectify_by decided_by decided_at"
        " certificate_document_id published_at",
        "contract_id",
        "contract",
        scrubbed=True,
    ),
    Content(
        AcceptanceItem,
        "id acceptance_id position what unit promised delivered passed note",
        "acceptance_id",
        "acceptance",
        scrubbed=True,
    ),
    Content(
        AcceptanceApplication,
        "id contract_id statement applied_by applied_at due_on",
        "contract_id",
        "contract",
        scrubbed=True,
    ),
    Content(
        AcceptanceRectification,
        "id acceptance_id round report reported_by reported_at returned_reason returned_by"
        " returned_at",
        "acceptance_id",
        "acceptance",
        scrubbed=True,
    ),
    Content(
        AcceptanceStandard,
        "id acceptance_id position standard passed note",
        "acceptance_id",
        "acceptance",
        scrubbed=True,
    ),
    Content(
        AcceptanceMember,
        "id acceptance_id round position seat name unit title agrees comment user_id",
        "acceptance_id",
        "acceptance",
        scrubbed=True,
    ),
    Content(
        AcceptanceResult,
        "id acceptance_id round outcome opinion shortfalls deduction_fen claim_fen reckoned_fen"
        " reckoning below_reason deduction_rule deduction_reason dissent_reason conclusion decided_by decided_at",
        "acceptance_id",
        "acceptance",
        scrubbed=True,
    ),
    Content(
        AcceptanceSignature,
        "id acceptance_id round signed_by document_id covers sha256 recorded_by recorded_at",
        "acceptance_id",
        "acceptance",
    ),
    Content(
        OpinionSlip,
        "id acceptance_id round position recipient_id channel answers comment entered_by answered_at",
        "acceptance_id",
        "acceptance",
        scrubbed=True,
    ),
    Content(
        PaymentRequest,
        "id contract_id instalment_id number amount_fen state invoice_number invoice_on"
        " invoice_document_id invoice_amount_fen invoice_seller invoice_buyer round pay_rule"
        " days_from first_due_on invoice_received_on purpose requested_by requested_at returned_reason reviewed_by"
        " reviewed_at review_note approved_by approved_at approval_note sheet_document_id paid_at",
        "contract_id",
        "contract",
    ),
    Content(
        PaymentReturn,
        "id payment_request_id round kind reason returned_by returned_at resubmitted_at",
        "payment_request_id",
        "payment_request",
    ),
    Content(
        PaymentCheck,
        "id payment_request_id round item expected evidence checked_by checked_at",
        "payment_request_id",
        "payment_request",
    ),
    Content(
        MilestoneExcuse,
        "id milestone_id reason excused_by excused_at",
        "milestone_id",
        "milestone",
        scrubbed=True,
    ),
    Content(
        TreasuryPayment,
        "id payment_request_id level attempt amount_fen order_number payee_name payee_account paid_by"
        " paid_at bank_on received_number quota_number method year_reason",
        "payment_request_id",
        "payment_request",
    ),
    Content(
        SupplierRefund,
        "id contract_id amount_fen reference bank_on note proposed_by proposed_at agreed decided_by"
        " decided_at decision_note entry_id",
        "contract_id",
        "contract",
    ),
    Content(
        PaymentReversal,
        "id treasury_payment_id kind reference bank_on reason proposed_by proposed_at agreed"
        " decided_by decided_at decision_note entry_id",
        "treasury_payment_id",
        "treasury_payment",
    ),
    Content(LedgerLine, "entry_id line account_id amount_fen", "entry_id", "ledger_entry"),
    Content(
        LedgerAccount,
        "id budget_line_id level kind subject_id guarded",
        "id",
        "ledger_line.account_id",
    ),
    Content(
        AuditExport,
        "id project_id exported_by exported_at reason sha256 size",
        "project_id",
        "project",
    ),
    Content(User, "id name organisation_id", "id", "people"),
    Content(Organisation, "id name kind level credit_code", "id", "organisations"),
)

ENTRY_COLUMNS = "id kind memo project_id subject_id at actor_id"

PEOPLE = re.compile(r"(.*_by|actor_id|user_id|evaluator_id|received_from)")
ORGANISATIONS = ("buyer_id", "supplier_id", "organisation_id", "assessor_id", "owner_id")

REVIEW_OVER = (ReviewState.ANNOUNCED, ReviewState.FAILED, ReviewState.ENDED)
TENDER_OVER = (TenderState.FAILED, TenderState.TERMINATED)

REVIEW_EVENTS = frozenset(row.event for row in TRANSITIONS if row.aggregate is Aggregate.REVIEW)


@dataclass(frozen=True)
class Kept:
    """What is kept back at this moment of a case, as ids."""

    opened_tenders: frozenset[str]
    taken_tenders: frozenset[str]
    """Those opened, and, while no other is to be bid for, those ended before: who took their document
    and was told of the end is told; what was bid for the latter stays sealed."""

    decided_reviews: frozenset[str]
    sealed_bids: frozenset[str]
    opened_streams: frozenset[str]
    """Chains of bids that are open, and of takers who may be told."""

    sealed_documents: frozenset[str]
    sealed_people: frozenset[str]
    """People of suppliers who may be bidding now."""


def kept_back(session: Session, project_id: str) -> Kept:
    """What may not leave the platform yet, by the states of the case's tenders and reviews."""
    tenders = session.execute(
        select(Tender.id, Tender.opened_at, Tender.state).where(Tender.project_id == project_id)
    ).all()
    opened = frozenset(ident for ident, at, _ in tenders if at is not None)
    closed = [ident for ident, at, _ in tenders if at is None]
    over = frozenset(ident for ident, _, state in tenders if state in TENDER_OVER)
    # Who took the first round's document is who bids in the second (rulebook 1.16).
    taken = opened | over if over.issuperset(closed) else opened
    # A review that a termination cut short is over as well, however far it had come.
    decided = frozenset(
        session.scalars(
            select(Review.id)
            .join(Tender, Tender.id == Review.tender_id)
            .where(
                Review.project_id == project_id,
                or_(Review.state.in_(REVIEW_OVER), Tender.state.in_(TENDER_OVER)),
            )
        )
    )
    sealed_bids = frozenset(session.scalars(select(Bid.id).where(Bid.tender_id.in_(closed))))
    open_bids = frozenset(session.scalars(select(Bid.id).where(Bid.tender_id.in_(opened))))
    takings = session.scalars(select(DocumentTaker.id).where(DocumentTaker.tender_id.in_(taken)))
    versions = set(session.scalars(select(BidVersion.id).where(BidVersion.bid_id.in_(open_bids))))
    papers = session.execute(
        select(Document.id, Document.subject_id).where(
            Document.project_id == project_id, Document.kind.in_(SEALED_KINDS)
        )
    ).all()
    reports = session.scalars(
        select(Document.id).where(
            Document.project_id == project_id,
            Document.kind.in_((DocumentKind.REVIEW_REPORT, DocumentKind.CANDIDATE_PROOF)),
            Document.subject_id.not_in(decided),
        )
    )
    bidders = select(Bid.supplier_id).where(Bid.tender_id.in_(closed))
    takers = select(DocumentTaker.supplier_id).where(DocumentTaker.tender_id.in_(closed))
    members = select(ProjectParty.organisation_id).where(ProjectParty.project_id == project_id)
    return Kept(
        opened_tenders=opened,
        taken_tenders=taken,
        decided_reviews=decided,
        sealed_bids=sealed_bids,
        opened_streams=frozenset({*map(stream_of, open_bids), *map(stream_of_taker, takings)}),
        sealed_documents=frozenset(
            ident for ident, subject in papers if closed and subject not in open_bids | versions
        )
        | frozenset(reports),
        sealed_people=frozenset(
            session.scalars(
                select(User.id).where(
                    or_(User.organisation_id.in_(bidders), User.organisation_id.in_(takers)),
                    User.organisation_id.not_in(members),
                )
            )
        ),
    )


@dataclass(frozen=True)
class Names:
    """The names of people served, and the codes that stand for them outside."""

    codes: Mapping[str, str]

    def scrub(self, value: Json) -> Json:
        """The value with every name replaced by its code, however deep."""
        if isinstance(value, str):
            return self._pattern.sub(lambda found: self.codes[found[0]], value)
        if isinstance(value, list):
            return [self.scrub(item) for item in value]
        if isinstance(value, dict):
            return {key: self.scrub(item) for key, item in value.items()}
        return value

    def occur_in(self, text: str) -> bool:
        """Whether a name stands in the text."""
        return bool(self.codes) and self._pattern.search(text) is not None

    @property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.codes, key=lambda name: (-len(name), name))
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


NEVER_WITHHELD = frozenset({*RECORDS, *MONEY_EVENTS})
"""Events whose bodies are compared with rows; they carry no names of people served."""


def why_withheld(link: Link, project_id: str, kept: Kept, names: Names) -> str:
    """Why an event's body is kept back: one of the verifier's words, "" when it is not."""
    if link.project_id is not None and link.project_id != project_id:
        return "other"
    if link.event in REVIEW_EVENTS and link.subject_id not in kept.decided_reviews:
        return "sealed"
    if link.subject_id in kept.sealed_documents:
        return "sealed"
    if link.subject_id in kept.sealed_bids:
        return "sealed"
    if link.actor_id in kept.sealed_people and link.stream not in kept.opened_streams:
        return "sealed"
    if link.event not in NEVER_WITHHELD and names.occur_in(link.body):
        return "privacy"
    return ""


def names_of_recipients(session: Session, project_id: str) -> Names:
    """The people served under the project's contracts."""
    rows = session.execute(
        select(Recipient.name, Recipient.code)
        .join(Contract, Contract.id == Recipient.contract_id)
        .where(Contract.project_id == project_id)
    )
    return Names({name: code for name, code in rows if len(name) > 1})


def read_tables(
    session: Session, project_id: str, kept: Kept, names: Names, actors: frozenset[str]
) -> ExportedTables:
    """All rows of the package by table, each table in the order of its primary key.

    `actors` are the people whose acts stand in the exported part of the trail.
    """
    found: ExportedTables = {}
    ids: dict[str, set[str]] = {
        "project": {project_id},
        OPENED: set(kept.opened_tenders),
        TAKEN: set(kept.taken_tenders),
        DECIDED: set(kept.decided_reviews),
    }
    for content in CONTENTS:
        if content.model is BudgetLine:
            ids[LINES] = _values_of(found, "plan.budget_line_id") | _former_lines(
                session, project_id
            )
        if content.model is LedgerLine:
            found["ledger_entry"] = _entries(session, project_id, ids["budget_line"])
            ids["ledger_entry"] = {str(row["id"]) for row in found["ledger_entry"]}
        if content.model is User:
            ids["people"] = _values(found, PEOPLE) | actors
        if content.model is Organisation:
            ids["organisations"] = _values(found, re.compile("|".join(ORGANISATIONS)))
        name = content.table.name
        found[name] = [
            _row(content, row, kept, names)
            for row in _select(session, content, _ids(ids, found, content.of))
            if row["id" if "id" in row else content.by] not in kept.sealed_documents
        ]
        ids[name] = {str(row["id"]) for row in found[name] if "id" in row}
    return {name: _sorted(name, rows) for name, rows in found.items()}


def _ids(ids: Mapping[str, set[str]], found: ExportedTables, of: str) -> set[str]:
    if of in ids:
        return ids[of]
    return _values_of(found, of)


def _values_of(found: ExportedTables, of: str) -> set[str]:
    table, column = of.split(".")
    return {str(row[column]) for row in found[table] if row[column] is not None}


def _former_lines(session: Session, project_id: str) -> set[str]:
    """The budget lines that the case's money moved on, also before its plan chose another."""
    query = (
        select(LedgerAccount.budget_line_id)
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.project_id == project_id)
        .distinct()
    )
    return set(session.scalars(query))


def _select(session: Session, content: Content, ids: set[str]) -> Iterator[Mapping[str, Any]]:
    table = content.table
    wanted = sorted(ids)
    columns = [table.c[name] for name in content.columns.split()]
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        query = select(*columns).where(table.c[content.by].in_(part))
        yield from (row._asdict() for row in session.execute(query))


def _entries(session: Session, project_id: str, lines: set[str]) -> list[ExportedRow]:
    """The case's own movements, and the appropriation of its budget lines."""
    table = LedgerEntry.__table__
    query = select(*(table.c[name] for name in ENTRY_COLUMNS.split())).where(
        or_(
            table.c.project_id == project_id,
            table.c.project_id.is_(None) & table.c.subject_id.in_(sorted(lines)),
        )
    )
    return [_plain(row._asdict()) for row in session.execute(query)]


def _row(content: Content, row: Mapping[str, Any], kept: Kept, names: Names) -> ExportedRow:
    exported = _plain(row)
    if content.model is StaffMember:
        exported["name"] = masked(str(exported["name"]))
    if content.scrubbed:
        return {key: names.scrub(value) for key, value in exported.items()}
    return exported


def _plain(row: Mapping[str, Any]) -> ExportedRow:
    """A row as canonical JSON holds it; instants are whole microseconds, as stored."""
    return {
        name: to_micros(value) if isinstance(value, datetime) else plain(value)
        for name, value in row.items()
    }


def masked(name: str) -> str:
    """A person's name as outsiders may read it: the family name alone."""
    return f"{name[:1]}{'*' * (len(name) - 1)}"


def _values(found: ExportedTables, pattern: re.Pattern[str]) -> set[str]:
    """All values of the columns whose names match."""
    return {
        str(value)
        for rows in found.values()
        for row in rows
        for name, value in row.items()
        if value and pattern.fullmatch(name)
    }


PRIMARY: Mapping[str, Sequence[str]] = {
    content.table.name: [column.name for column in content.table.primary_key]
    for content in CONTENTS
}


def _sorted(name: str, rows: list[ExportedRow]) -> list[ExportedRow]:
    key = PRIMARY.get(name, ["id"])
    return sorted(rows, key=lambda row: [row[column] for column in key])
