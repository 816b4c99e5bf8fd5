"""A small case from budget to the last payment, for tests of what auditors see.

Money goes through the ledger's own verbs; the stages' rows and events are written as their verbs
would write them, by a stand-in event that may carry any name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import UnionType
from typing import Any, ClassVar, Union, get_origin, get_type_hints

from sqlalchemy import Enum
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR, Actor, Level, OrganisationKind, Role
from procure.kernel.clock import FixedClock
from procure.kernel.events import EVENT_TYPES, Json, ProjectEvent, plain
from procure.kernel.lifecycle import (
    AcceptanceState,
    BidState,
    CatalogueItemState,
    ContractState,
    MilestoneState,
    PaymentRequestState,
    PlanState,
    ReviewState,
    ServiceRecordState,
    Stage,
    TenderState,
)
from procure.kernel.money import Money
from procure.kernel.uploads import PDF
from procure.kernel.vocabulary import (
    BuyMode,
    NoticeKind,
    OpinionChannel,
    PaymentTrigger,
    Period,
    PriceWay,
    ProcurementMethod,
)
from procure.registers.accounts.models import Organisation, User
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.storage import FileStore
from procure.registers.documents.use_cases import file_content
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.queries import Purse
from procure.registers.funds.use_cases import (
    RegisterBudgetLine,
    ShareDraft,
    commit,
    pay,
    register_budget_line,
    reserve,
)
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Lot, Part, Project
from procure.registers.projects.use_cases import add_party, enter_stage, open_project
from procure.stages.acceptance.models import Acceptance, OpinionSlip
from procure.stages.awards.models import PanelMember, Review, Seat
from procure.stages.bids.models import Bid, BidVersion, OpenedBid
from procure.stages.catalogue.models import CatalogueClass, CatalogueItem
from procure.stages.contracts.models import Contract, ContractShare, ContractTarget, Instalment
from procure.stages.delivery.models import Milestone, Recipient, ServiceRecord, StaffMember
from procure.stages.payments.models import PaymentRequest, TreasuryPayment
from procure.stages.plans.models import Plan
from procure.stages.tenders.models import DocumentTaker, Tender, TenderKey
from procure.store import trail
from procure.store.types import CanonicalJson, new_id
from procure.store.unit_of_work import UnitOfWork

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
AMOUNT = 185_400_000
RECIPIENT_NAME = "欧阳秋菊"


def neutral(hint: Any) -> Json:
    """A value of the type that says nothing."""
    origin = get_origin(hint) or hint
    if origin in (UnionType, Union):
        return None
    if isinstance(origin, type) and issubclass(origin, StrEnum):
        return next(iter(origin)).value
    plain_values: dict[Any, Json] = {
        str: "", int: 0, bool: False, date: "2026-03-02", datetime: START.isoformat(),
    }  # fmt: skip
    if origin in plain_values:
        return plain_values[origin]
    return {} if origin in (dict, Mapping) or origin is get_origin(Mapping[str, Any]) else []


class Told(ProjectEvent):
    """An event under any name: what a stage's verb would have said."""

    label: ClassVar[str] = "测试事件"

    told: str
    data: Mapping[str, Any] = field(default_factory=dict)
    chain: str = ""

    @property
    def name(self) -> str:
        return self.told

    @property
    def stream(self) -> str:
        return self.chain or f"project:{self.project}"

    @property
    def project_id(self) -> str | None:
        return None if self.chain else self.project

    def body(self) -> dict[str, Json]:
        """The data, and a neutral value for every other field of the real event's class."""
        kind = EVENT_TYPES.get(self.told)
        hints = get_type_hints(kind) if kind is not None else {}
        known = {item.name: neutral(hints[item.name]) for item in fields(kind)} if kind else {}
        return {
            **known,
            "subject_id": self.subject_id,
            **{k: plain(v) for k, v in self.data.items()},
        }


def whole(model: type[Any], **values: Any) -> Any:
    """A row with a neutral value in every column that must hold one and is not given."""
    for column in model.__table__.columns:
        must = not (column.nullable or column.default is not None or column.primary_key)
        if must and column.name not in values and not isinstance(column.type, Enum):
            neutral = {str: "", int: 0, bool: False, bytes: b""}
            kind = object if isinstance(column.type, CanonicalJson) else column.type.python_type
            values[column.name] = neutral.get(kind, [])
    return model(**values)


@dataclass(frozen=True)
class Case:
    """The ids tests ask for."""

    project_id: str
    number: str
    auditor: Actor
    people: Mapping[str, str]
    contract_id: str
    bids: tuple[str, ...]


class CaseBuilder:
    """Writes the case step by step; `stop` names the last step."""

    STEPS = ("plan", "tender", "bids", "opening", "award", "contract", "delivery", "payment")

    def __init__(self, session: Session, store: FileStore, prefix: str = "SJAL") -> None:
        self.session, self.store, self.prefix = session, store, prefix
        self.clock = FixedClock(START)
        self.people: dict[str, str] = {}
        self.bids: list[str] = []
        self.takers: list[str] = []

    def build(self, stop: str = "payment") -> Case:
        self._organisations()
        for step in self.STEPS[: self.STEPS.index(stop) + 1]:
            self.clock.move_to(self.clock.now() + timedelta(days=7))
            getattr(self, f"_{step}")()
        auditor = Actor(
            self.people["audit"], "沈计", self.organisations["audit"], "斗门区审计局",
            OrganisationKind.AUDIT, Level.DISTRICT, frozenset({Role.AUDITOR}),
        )  # fmt: skip
        self.session.rollback()
        return Case(
            self.project_id,
            self.number,
            auditor,
            self.people,
            getattr(self, "contract_id", ""),
            tuple(self.bids),
        )

    def uow(self, who: str = "") -> UnitOfWork:
        return UnitOfWork(self.session, self._actor(who), self.clock)

    def tell(self, uow: UnitOfWork, name: str, subject: str, chain: str = "", **data: Any) -> None:
        uow.emit(
            Told(subject_id=subject, project=self.project_id, told=name, data=data, chain=chain)
        )

    def _actor(self, who: str) -> Actor:
        if not who:
            return SYSTEM_ACTOR
        role, kind = {
            "buyer": (Role.CLERK, OrganisationKind.CIVIL_AFFAIRS_BUREAU),
            "supplier": (Role.SUPPLIER_SIGNATORY, OrganisationKind.SUPPLIER),
            "rival": (Role.SUPPLIER_SIGNATORY, OrganisationKind.SUPPLIER),
        }[who]
        name = {"buyer": "斗门区民政局", "supplier": "晴暖社工中心", "rival": "和风社工中心"}[who]
        return Actor(
            self.people[who], "陈晓岚", self.organisations[who], f"{name}{self.prefix}", kind,
            Level.DISTRICT if who == "buyer" else None, frozenset({role}),
        )  # fmt: skip

    def _organisations(self) -> None:
        self.organisations: dict[str, str] = {}
        kinds = {
            "buyer": ("斗门区民政局", OrganisationKind.CIVIL_AFFAIRS_BUREAU),
            "audit": ("斗门区审计局", OrganisationKind.AUDIT),
            "supplier": ("晴暖社工中心", OrganisationKind.SUPPLIER),
            "rival": ("和风社工中心", OrganisationKind.SUPPLIER),
            "third": ("邻里社工中心", OrganisationKind.SUPPLIER),
        }
        with UnitOfWork(self.session, SYSTEM_ACTOR, self.clock, technical=True) as uow:
            for key, (name, kind) in kinds.items():
                self.organisations[key], self.people[key] = new_id(), new_id()
                buyer = key == "buyer"
                uow.session.add(
                    Organisation(
                        id=self.organisations[key], name=f"{name}{self.prefix}", kind=kind,
                        level=Level.DISTRICT if key in ("buyer", "audit") else None,
                        number_prefix=self.prefix if buyer else None,
                    )
                )  # fmt: skip
                uow.session.flush()
                uow.session.add(
                    User(
                        id=self.people[key], username=f"{key}-{self.prefix}", name=f"陈{name[:1]}",
                        organisation_id=self.organisations[key], password_hash="secret-hash",
                        created_at=uow.now,
                    )
                )  # fmt: skip
            uow.session.merge(CatalogueClass(code="A", name="社区服务", description="x"))
            uow.session.flush()
            self.item_id = new_id()
            uow.session.add(
                whole(CatalogueItem, id=self.item_id, class_code="A", code=f"A-{self.prefix}", name="居家养老",
                    unit="小时", mode=BuyMode.PROJECT,
                    recipients="老人", procedure="上门", quality="好", time_limit="当日",
                    responsibility="机构", state=CatalogueItemState.PUBLISHED,
                )
            )  # fmt: skip

    def _plan(self) -> None:
        with self.uow() as uow:
            line = register_budget_line(
                uow,
                RegisterBudgetLine(
                    buyer_id=self.organisations["buyer"], year=2026, code="210-01", name="居家养老",
                    function_code="2081006", economic_code="50205", fund_source="一般公共预算",
                    amount=Money(300_000_000),
                    shares=(ShareDraft(Level.CITY, 4), ShareDraft(Level.DISTRICT, 6)),
                ),
            )  # fmt: skip
            self.line_id = line.id
        with self.uow("buyer") as uow:
            buyer = uow.session.get_one(Organisation, self.organisations["buyer"])
            project = open_project(
                uow, title="斗门区居家养老服务", buyer=buyer, budget_fen=190_000_000
            )
            self.project_id, self.number = project.id, project.number
            self.plan_id = new_id()
            uow.session.add(
                whole(Plan, id=self.plan_id, project_id=project.id, catalogue_item_id=self.item_id,
                    budget_line_id=self.line_id, state=PlanState.APPROVED,
                    method=ProcurementMethod.OPEN_TENDER, mode=BuyMode.PROJECT,
                    price_way=PriceWay.FIXED, amount_fen=190_000_000, ceiling_fen=188_000_000,
                    term_months=12, expected_on=date(2026, 4, 1), requested_by="养老科",
                    reason="老人多", outline="上门服务", survey="已调查", negative_list=[True],
                    term_conditions=[True], drafted_by=self.people["buyer"],
                )
            )  # fmt: skip
            self.tell(
                uow, "PlanDrafted", self.plan_id, amount_fen=190_000_000, ceiling_fen=188_000_000,
                method="open_tender", mode="project", price_way="fixed", term_months=12,
                expected_on=date(2026, 4, 1),
            )  # fmt: skip
            line = uow.session.get_one(BudgetLine, self.line_id)
            reserve(uow, Purse(line, project, self.plan_id), 190_000_000)
            self.tell(uow, "PlanApproved", self.plan_id, amount_fen=190_000_000)

    def _tender(self) -> None:
        with self.uow("buyer") as uow:
            project = uow.session.get_one(Project, self.project_id)
            enter_stage(uow, project, Stage.TENDER)
            self.tender_id = new_id()
            uow.session.add(
                whole(Tender, id=self.tender_id, project_id=project.id, state=TenderState.PUBLISHED,
                    method=ProcurementMethod.OPEN_TENDER, price_way=PriceWay.FIXED,
                    budget_fen=190_000_000, ceiling_fen=188_000_000, term_months=12,
                    drafted_by=self.people["buyer"], published_at=uow.now,
                    deadline_at=uow.now + timedelta(days=10),
                )
            )  # fmt: skip
            uow.session.flush()
            uow.session.add(
                whole(
                    TenderKey,
                    tender_id=self.tender_id,
                    recipient="age1x",
                    wrapped=b"key",
                    made_at=uow.now,
                )
            )
            for name in ("TenderDrafted", "TenderSubmitted", "TenderPublished"):
                self.tell(uow, name, self.tender_id, ceiling_fen=188_000_000)
            publish_notice(
                uow, project=project, kind=NoticeKind.TENDER, title="采购公告",
                sections=[{"title": "项目", "rows": [["预算", "1900000.00"]]}], period_days_rule=None,
            )  # fmt: skip

    def _bids(self) -> None:
        self.lot_id = self.session.query(Lot.id).filter_by(project_id=self.project_id).scalar()
        for who in ("supplier", "rival"):
            bid, version = new_id(), new_id()
            self.take(who, self.tender_id)
            with self.uow(who) as uow:
                uow.session.add(
                    whole(Bid, id=bid, tender_id=self.tender_id, lot_id=self.lot_id,
                        supplier_id=self.organisations[who], state=BidState.SUBMITTED,
                        draft=b"draft-canary", drafted_at=uow.now,
                    )
                )  # fmt: skip
                uow.session.flush()
                uow.session.add(
                    whole(BidVersion, id=version, bid_id=bid, number=1, sha256="ab" * 32, size=100,
                        received_at=uow.now, received_from=self.people[who],
                        receipt={"n": 1}, signature="sig",
                    )
                )  # fmt: skip
                self.tell(uow, "BidDrafted", bid, f"bid:{bid}")
                self.tell(uow, "BidSubmitted", bid, f"bid:{bid}", number=1, sha256="ab" * 32)
            self.bids.append(bid)

    def take(self, who: str, tender_id: str) -> None:
        """Have a supplier fetch the document of a tender."""
        taking, supplier = new_id(), self.organisations[who]
        with self.uow(who) as uow:
            uow.session.add(
                DocumentTaker(
                    id=taking, tender_id=tender_id, supplier_id=supplier,
                    taken_by=self.people[who], taken_at=uow.now,
                )
            )  # fmt: skip
            uow.session.flush()
            self.tell(
                uow, "DocumentTaken", taking, f"taker:{taking}",
                tender_id=tender_id, supplier_id=supplier,
            )  # fmt: skip
        self.takers.append(taking)

    def _ends(self, uow: UnitOfWork, kind: str, ids: list[str]) -> dict[str, list[Any]]:
        heads = trail.heads(uow.session, [f"{kind}:{ident}" for ident in ids])
        return {name: list(end) for name, end in heads.items()}

    def _opening(self) -> None:
        with self.uow("buyer") as uow:
            tender = uow.session.get_one(Tender, self.tender_id)
            tender.state, tender.opened_at = TenderState.OPENED, uow.now
            ends = self._ends(uow, "bid", self.bids)
            takers = self._ends(uow, "taker", self.takers)
            for bid, who, price in zip(self.bids, ("supplier", "rival"), (AMOUNT, 187_000_000)):
                uow.session.get_one(Bid, bid).state = BidState.OPENED
                uow.session.add(
                    whole(OpenedBid, bid_id=bid, tender_id=self.tender_id, supplier_id=self.organisations[who],
                        price_fen=price, claims_deduction=False, project_manager="何晚晴",
                        proposal="方案", answers=["一"], statements=["二"], opened_at=uow.now,
                    )
                )  # fmt: skip
                self.tell(uow, "BidOpened", bid, f"bid:{bid}", number=1)
            self.tell(uow, "BidsOpened", self.tender_id, streams=ends, takers=takers)

    def _award(self) -> None:
        with self.uow("buyer") as uow:
            self.review_id = new_id()
            uow.session.add(
                whole(Review, id=self.review_id, tender_id=self.tender_id, project_id=self.project_id,
                    state=ReviewState.PANEL_DRAWN, draw={"seed": "1"},
                    drawn_by=self.people["buyer"], drawn_at=uow.now,
                )
            )  # fmt: skip
            uow.session.flush()
            uow.session.add(
                whole(PanelMember, review_id=self.review_id, user_id=self.people["third"], position=1,
                    seat=Seat.EXPERT,
                )
            )  # fmt: skip
            self.tell(uow, "PanelDrawn", self.review_id, names=["专家甲"])

    def _contract(self) -> None:
        with self.uow("buyer") as uow:
            review = uow.session.get_one(Review, self.review_id)
            review.state, review.announced_at = ReviewState.ANNOUNCED, uow.now
            self.tell(uow, "ResultAnnounced", self.review_id, amount_fen=AMOUNT)
            project = uow.session.get_one(Project, self.project_id)
            add_party(uow, project.id, self.organisations["supplier"], Part.SUPPLIER)
            content = b"%PDF-1.7 contract of " + self.prefix.encode()
            paper = file_content(
                uow, content, "合同.pdf", PDF,
                project_id=project.id, subject_id=project.id, kind=DocumentKind.CONTRACT,
                title="服务合同", audience=DocumentAudience.PARTIES,
            )  # fmt: skip
            self.contract_id, self.paper_id = new_id(), paper.id
            by_level = {Level.CITY: AMOUNT * 4 // 10, Level.DISTRICT: AMOUNT - AMOUNT * 4 // 10}
            uow.session.add(
                whole(Contract, id=self.contract_id, project_id=project.id, lot_id=self.lot_id,
                    bid_id=self.bids[0], number=f"{self.number}-HT", amount_fen=AMOUNT,
                    buyer_id=self.organisations["buyer"],
                    supplier_id=self.organisations["supplier"], state=ContractState.FILED,
                    template="home-care@2", term_months=12, document_id=paper.id,
                    payee_account="622200001", buyer_signed_at=uow.now,
                    starts_on=date(2026, 4, 1), ends_on=date(2027, 3, 31), filing_number="BA-1",
                )
            )  # fmt: skip
            uow.session.flush()
            half = AMOUNT // 2
            self.instalments = [new_id(), new_id()]
            for position, fen in enumerate((half, AMOUNT - half)):
                uow.session.add(
                    whole(Instalment, id=self.instalments[position], contract_id=self.contract_id,
                        position=position + 1, percent=5000, amount_fen=fen,
                        trigger=PaymentTrigger.SIGNING,
                    )
                )  # fmt: skip
            for position, (level, fen) in enumerate(by_level.items()):
                uow.session.add(
                    whole(ContractShare, contract_id=self.contract_id, position=position, level=level,
                        weight=4 if level is Level.CITY else 6, amount_fen=fen,
                    )
                )  # fmt: skip
            for name in ("ContractDrafted", "ContractIssued", "ContractSigned", "ContractFiled"):
                self.tell(
                    uow, name, self.contract_id, amount_fen=AMOUNT, number=f"{self.number}-HT",
                    supplier_id=self.organisations["supplier"], bid_id=self.bids[0],
                    starts_on=date(2026, 4, 1), ends_on=date(2027, 3, 31), term_months=12,
                    payee_account="622200001", filing_number="BA-1",
                )  # fmt: skip
            purse = Purse(uow.session.get_one(BudgetLine, self.line_id), project, self.contract_id)
            commit(uow, purse, plan_id=self.plan_id, amount_fen=AMOUNT, by_level=by_level)

    def _delivery(self) -> None:
        with self.uow("buyer") as uow:
            target, staff, recipient, record = new_id(), new_id(), new_id(), new_id()
            milestones = [new_id(), new_id()]
            uow.session.add_all(
                [
                    whole(ContractTarget, id=target, contract_id=self.contract_id, position=1, what="上门",
                        unit="小时", period=Period.MONTH, at_least=10, total=120,
                    ),
                    whole(StaffMember, id=staff, contract_id=self.contract_id, name="陆向晚", post="护理员",
                        joined_on=date(2026, 4, 1),
                    ),
                    whole(Recipient, id=recipient, contract_id=self.contract_id, code="R001",
                        name=RECIPIENT_NAME, station="井岸", care_class="失能",
                        enrolled_on=date(2026, 4, 1),
                    ),
                    *(
                        whole(Milestone, id=each, contract_id=self.contract_id, position=n + 1,
                            title=f"=节点{n + 1}", due_on=date(2026, 6, 30), state=state,
                        )
                        for n, (each, state) in enumerate(
                            zip(milestones, (MilestoneState.MET, MilestoneState.PLANNED))
                        )
                    ),
                ]
            )  # fmt: skip
            uow.session.flush()
            uow.session.add(
                whole(ServiceRecord, id=record, contract_id=self.contract_id, target_id=target, staff_id=staff,
                    recipient_id=recipient, served_on=date(2026, 5, 1), started_minute=540,
                    ended_minute=600, place="家中", quantity=1, people=1, backfilled=False,
                    content=f"为{RECIPIENT_NAME}洗头", state=ServiceRecordState.RECORDED,
                    recorded_by=self.people["supplier"], recorded_at=uow.now,
                )
            )  # fmt: skip
            self.tell(uow, "ServiceRecorded", record, note=f"{RECIPIENT_NAME}")
            for each in milestones:
                self.tell(uow, "MilestonePlanned", each)
            self.tell(uow, "MilestoneReported", milestones[0])
            self.tell(uow, "MilestoneMet", milestones[0])
            acceptance = new_id()
            uow.session.add(
                whole(Acceptance, id=acceptance, contract_id=self.contract_id, state=AcceptanceState.COLLECTING,
                    opened_by=self.people["buyer"], opened_at=uow.now, sample={"seed": 1},
                )
            )  # fmt: skip
            uow.session.flush()
            uow.session.add(
                whole(OpinionSlip, acceptance_id=acceptance, recipient_id=recipient, token_digest=new_id() * 2,
                    channel=OpinionChannel.PHONE, answers=[5], answered_at=uow.now,
                    comment=f"{RECIPIENT_NAME}说很好",
                )
            )  # fmt: skip
            self.tell(uow, "AcceptanceOpened", acceptance)

    def _payment(self) -> None:
        for position in (0, 1):
            self._pay(position)

    def _pay(self, position: int) -> None:
        with self.uow("buyer") as uow:
            project = uow.session.get_one(Project, self.project_id)
            line = uow.session.get_one(BudgetLine, self.line_id)
            contract = uow.session.get_one(Contract, self.contract_id)
            instalment = uow.session.get_one(Instalment, self.instalments[position])
            request = new_id()
            number = f"{self.number}-ZF{position + 1}"
            uow.session.add(
                whole(PaymentRequest, id=request, contract_id=contract.id, instalment_id=instalment.id,
                    number=number, amount_fen=instalment.amount_fen, invoice_document_id=self.paper_id,
                    state=PaymentRequestState.PAID, invoice_number=f"FP-{number}",
                    invoice_on=date(2026, 6, 1), requested_by=self.people["supplier"],
                    requested_at=uow.now, invoice_amount_fen=instalment.amount_fen,
                    invoice_seller="晴暖社工中心", invoice_buyer="斗门区民政局",
                )
            )  # fmt: skip
            uow.session.flush()
            for name in ("PaymentRequested", "PaymentReviewed", "PaymentApproved"):
                self.tell(
                    uow, name, request, number=number, amount_fen=instalment.amount_fen,
                    invoice_number=f"FP-{number}", invoice_on=date(2026, 6, 1),
                    invoice_amount_fen=instalment.amount_fen,
                    invoice_seller="晴暖社工中心", invoice_buyer="斗门区民政局",
                )  # fmt: skip
            city = instalment.amount_fen * 4 // 10
            for level, fen in ((Level.CITY, city), (Level.DISTRICT, instalment.amount_fen - city)):
                order = f"GK-{number}-{level.value}"
                payment = whole(TreasuryPayment, id=new_id(), payment_request_id=request, level=level, amount_fen=fen,
                    order_number=order, payee_name="晴暖社工中心", payee_account="622200001",
                    paid_by=self.people["buyer"], paid_at=uow.now,
                )  # fmt: skip
                uow.session.add(payment)
                self.tell(
                    uow, "TreasuryPaid", request, level=level.value, amount_fen=fen,
                    order_number=order, payee_name=payment.payee_name,
                    payee_account=payment.payee_account,
                )  # fmt: skip
                purse = Purse(line, project, contract.id)
                pay(uow, purse, level, fen, f"第 {position + 1} 期")
            self.tell(
                uow, "PaymentSettled", request, number=number, amount_fen=instalment.amount_fen
            )
