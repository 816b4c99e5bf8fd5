"""What an audit package may say: the tables, their columns, and what is kept back.

What each table gives is listed in `tests/unit/desks/audit_columns.txt`: a new column waits there for a
decision. People served appear by code only; workers of the supplier by family name; passwords,
secrets and drafts never. Bids and their papers stay out until the opening, panels and scores until
the result is announced or the procedure ends without one (O87 art 39).
"""

import re
from collections.abc import Callable, Iterator, Mapping
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
from procure.registers.documents.models import Document, DocumentKind, PaperOrder
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
LINES, ENTRIES = "lines of the case", "entries of the case"
PEOPLE, ORGANISATIONS = "people of the case", "organisations of the case"
"""Names of id sets that are narrower than a table's rows."""

NAMES_PERSON = re.compile(r".*_by|actor_id|user_id|evaluator_id|received_from")
NAMES_ORGANISATION = re.compile(r"buyer_id|supplier_id|organisation_id|assessor_id|owner_id")
"""The columns whose values are people, and organisations."""


@dataclass(frozen=True)
class Content:
    """A table of the package, and which of its rows: those that refer by the column `by` to what is
    in the package already, or whose `by` is among the ids that `of` names.

    Where people's own data stand beside it, `columns` are all that goes out; of any other table `but`
    is what stays, beside the version of the row.
    """

    model: type[Model]
    by: str
    of: str = ""
    columns: str = ""
    but: str = ""
    scrubbed: bool = False
    """Whether names of people served are replaced by their codes in its texts."""

    @property
    def table(self) -> Table:
        """The table itself."""
        found = self.model.__table__
        assert isinstance(found, Table)
        return found

    @property
    def exported(self) -> tuple[str, ...]:
        """The names of the columns that go out."""
        stays = {"version", *self.but.split()}
        every = [column.name for column in self.table.columns if column.name not in stays]
        return tuple(self.columns.split() or every)

    @property
    def source(self) -> str:
        """Whose ids its rows are found by: as told, else of the table that `by` refers to."""
        if self.of:
            return self.of
        (key,) = self.table.c[self.by].foreign_keys
        return key.column.table.name


CONTENTS: tuple[Content, ...] = (
    Content(Project, "id", "project"),
    Content(Lot, "project_id"),
    Content(ProjectParty, "project_id"),
    Content(StageEntry, "project_id"),
    Content(
        Deadline,
        "project_id",
        but="permission organisation_id",
    ),
    # What became of an upload stands in its event.
    Content(
        Document,
        "project_id",
        but="snapshot outcome notes original_sha256",
    ),
    Content(PaperOrder, "project_id", but="snapshot"),
    Content(Notice, "project_id"),
    Content(Plan, "project_id"),
    Content(PlanChange, "plan_id"),
    Content(BudgetLine, "id", LINES),
    Content(BudgetLineChange, "budget_line_id"),
    Content(FundShare, "budget_line_id"),
    Content(
        CatalogueItem,
        "id",
        "plan.catalogue_item_id",
        but="state retired_at",
    ),
    Content(CatalogueIndicator, "item_id"),
    Content(Tender, "project_id"),
    Content(TenderCriterion, "tender_id"),
    Content(TenderTarget, "tender_id"),
    Content(PaymentTerm, "tender_id"),
    Content(DocumentTaker, "tender_id", TAKEN),
    Content(Bid, "tender_id", OPENED, columns="id tender_id lot_id supplier_id state drafted_at"),
    Content(BidVersion, "bid_id"),
    Content(OpeningObjections, "tender_id", OPENED),
    Content(OpenedBid, "tender_id", OPENED),
    Content(Review, "id", DECIDED),
    Content(PanelMember, "review_id"),
    Content(MemberAbsence, "review_id"),
    Content(BidCheck, "review_id"),
    Content(BidderRelation, "review_id"),
    Content(Score, "review_id"),
    Content(RankedBid, "review_id"),
    Content(CandidatePassed, "review_id"),
    Content(LowPriceReview, "review_id"),
    Content(
        Contract,
        "project_id",
        but="buyer_phone supplier_phone saved",
    ),
    Content(ContractEarlyEnd, "contract_id", scrubbed=True),
    Content(ContractSettlement, "contract_id", scrubbed=True),
    Content(ContractTarget, "contract_id"),
    Content(ContractPost, "contract_id"),
    Content(ContractMilestone, "contract_id"),
    Content(Instalment, "contract_id"),
    Content(ContractShare, "contract_id"),
    Content(Recipient, "contract_id", columns="id contract_id code enrolled_on left_on"),
    Content(StaffMember, "contract_id"),
    Content(Milestone, "contract_id", scrubbed=True),
    Content(ServiceRecord, "contract_id", scrubbed=True),
    Content(
        Evaluation,
        "contract_id",
        but="sample",
        scrubbed=True,
    ),
    Content(EvaluationDeclaration, "evaluation_id"),
    Content(EvaluationCharge, "evaluation_id", scrubbed=True),
    Content(SampleCheck, "evaluation_id", scrubbed=True),
    Content(EvaluationIndicator, "evaluation_id", scrubbed=True),
    Content(
        Acceptance,
        "contract_id",
        but="sample",
        scrubbed=True,
    ),
    Content(AcceptanceItem, "acceptance_id", scrubbed=True),
    Content(AcceptanceApplication, "contract_id", scrubbed=True),
    Content(AcceptanceRectification, "acceptance_id", scrubbed=True),
    Content(AcceptanceStandard, "acceptance_id", scrubbed=True),
    Content(AcceptanceMember, "acceptance_id", scrubbed=True),
    Content(AcceptanceResult, "acceptance_id", scrubbed=True),
    Content(AcceptanceSignature, "acceptance_id"),
    Content(
        OpinionSlip,
        "acceptance_id",
        columns="id acceptance_id round position recipient_id channel answers comment entered_by answered_at",
        scrubbed=True,
    ),
    Content(PaymentRequest, "contract_id"),
    Content(PaymentReturn, "payment_request_id"),
    Content(PaymentCheck, "payment_request_id"),
    Content(MilestoneExcuse, "milestone_id", scrubbed=True),
    Content(TreasuryPayment, "payment_request_id"),
    Content(SupplierRefund, "contract_id"),
    Content(PaymentReversal, "treasury_payment_id"),
    Content(LedgerEntry, "id", ENTRIES),
    Content(LedgerLine, "entry_id"),
    Content(LedgerAccount, "id", "ledger_line.account_id"),
    Content(AuditExport, "project_id"),
    Content(User, "id", PEOPLE, columns="id name organisation_id"),
    Content(Organisation, "id", ORGANISATIONS, columns="id name kind level credit_code"),
)

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
    reports = {
        ident
        for paper in (Document, PaperOrder)
        for ident in session.scalars(
            select(paper.id).where(
                paper.project_id == project_id,
                paper.kind.in_((DocumentKind.REVIEW_REPORT, DocumentKind.CANDIDATE_PROOF)),
                paper.subject_id.not_in(decided),
            )
        )
    }
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
        | reports,
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
    if link.subject_id in kept.sealed_documents | kept.sealed_bids:
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
    gathered: dict[str, Callable[[], set[str]]] = {
        LINES: lambda: (
            _values_of(found, "plan.budget_line_id") | _former_lines(session, project_id)
        ),
        ENTRIES: lambda: _entries(session, project_id, ids["budget_line"]),
        PEOPLE: lambda: _values(found, NAMES_PERSON) | actors,
        ORGANISATIONS: lambda: _values(found, NAMES_ORGANISATION),
    }
    for content in CONTENTS:
        of, table = content.source, content.table
        if of not in ids:
            ids[of] = gathered[of]() if of in gathered else _values_of(found, of)
        rows = [_row(content, row, names) for row in _select(session, content, ids[of])]
        key = [column.name for column in table.primary_key]
        found[table.name] = sorted(
            (row for row in rows if row.get("id") not in kept.sealed_documents),
            key=lambda row: [row[name] for name in key],
        )
        ids[table.name] = {str(row["id"]) for row in found[table.name] if "id" in row}
    return found


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


def _entries(session: Session, project_id: str, lines: set[str]) -> set[str]:
    """The case's own movements, and the appropriation of its budget lines."""
    query = select(LedgerEntry.id).where(
        or_(
            LedgerEntry.project_id == project_id,
            LedgerEntry.project_id.is_(None) & LedgerEntry.subject_id.in_(sorted(lines)),
        )
    )
    return set(session.scalars(query))


def _select(session: Session, content: Content, ids: set[str]) -> Iterator[Mapping[str, Any]]:
    table = content.table
    wanted = sorted(ids)
    columns = table.c[content.exported]
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        query = select(*columns).where(table.c[content.by].in_(part))
        yield from (row._asdict() for row in session.execute(query))


def _row(content: Content, row: Mapping[str, Any], names: Names) -> ExportedRow:
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
