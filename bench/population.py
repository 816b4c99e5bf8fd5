"""A seeded population: thousands of projects with plans, tenders, notices and bids in all states.

    python -m bench.population DATABASE-URL FOLDER [--tenders 2000] [--bids 10000] [--seed 20170]

For benches and load rigs only: every title ends with （测速 n）. People and organisations come in
through the use cases; everything else is written in bulk, with sound hash chains and a complete
search index, so that pages, searches, submissions and `fsck` work on it as on real cases. Short of
reality: no money is reserved for the plans, all tenders share one sealing key, bids of the
population name one envelope that belongs to none of them, and openings have no printed record.
"""

import argparse
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from procure.app import PLATFORM_KEY, create_app
from procure.config import Config, Mode
from procure.demonstration.accounts import PASSWORD
from procure.demonstration.people import actor_of, install_people, is_installed
from procure.desks.portal.bigrams import array_pieces, phrase_tokens
from procure.desks.portal.models import SearchEntry
from procure.desks.portal.use_cases import INDEX, text_of
from procure.desks.reminders.models import InboxMessage
from procure.kernel.access import SYSTEM_ACTOR, Actor, Level, OrganisationKind, Role
from procure.kernel.clock import FixedClock, SystemClock, at_local, local_date
from procure.kernel.events import Event
from procure.kernel.lifecycle import BidState, PlanState, Stage, TenderState
from procure.kernel.money import Money
from procure.kernel.numbering import derived_number, project_number
from procure.kernel.vocabulary import (
    BuyMode,
    NoticeKind,
    PaymentTrigger,
    Period,
    PriceWay,
    ProcurementMethod,
)
from procure.registers.accounts.models import Organisation, RoleGrant, User
from procure.registers.accounts.passwords import Passwords
from procure.registers.documents.storage import file_store
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.use_cases import RegisterBudgetLine, ShareDraft, register_budget_line
from procure.registers.notices.events import NoticePublished
from procure.registers.notices.models import Notice
from procure.registers.notices.queries import digest_of
from procure.registers.notices.use_cases import NUMBER_LETTERS
from procure.registers.projects.events import (
    PartyAdded,
    ProjectMadePublic,
    ProjectOpened,
    StageEntered,
)
from procure.registers.projects.models import Lot, Part, Project, ProjectParty, StageEntry
from procure.stages.bids.content import STATEMENTS, BidContent, Draft, DraftFile, wrap
from procure.stages.bids.events import BidDrafted, BidOpened, BidSubmitted, BidWithdrawn, stream_of
from procure.stages.bids.models import Bid, BidVersion, OpenedBid
from procure.stages.bids.receipts import make_receipt
from procure.stages.bids.sealing import ENVELOPE, Address, Manifest
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.catalogue.use_cases import load_shipped_catalogue
from procure.stages.plans.events import PlanDrafted, PlanSubmitted
from procure.stages.plans.models import Plan
from procure.stages.tenders.events import TenderDrafted, TenderSubmitted
from procure.stages.tenders.keys import make_key
from procure.stages.tenders.models import (
    DocumentTaker,
    PaymentTerm,
    Tender,
    TenderCriterion,
    TenderKey,
    TenderTarget,
)
from procure.store import migrate, trail
from procure.store.base import WRITES, db
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork

MARK = "测速"
BATCH = 2000
INBOX = 60

PLACES = [
    "井岸镇",
    "白蕉镇",
    "斗门镇",
    "乾务镇",
    "莲洲镇",
    "白藤街道",
    "拱北街道",
    "香湾街道",
    "唐家湾镇",
    "南屏镇",
]
SERVICES = (
    "社区居家养老服务站",
    "困难残疾人托养照护",
    "社会工作服务站",
    "儿童关爱保护",
    "困境家庭个案帮扶",
    "社区矫正对象帮教",
    "志愿服务队伍培育",
    "长者饭堂助餐配送",
    "殡葬礼仪引导",
    "社会组织等级评估",
)
CRITERIA = (("服务方案", 4000), ("项目团队", 3000), ("同类服务经验", 2000))
PROPOSAL = "每站配备持证社会工作者，按月探访、按季评估，活动有方案、有签到、有小结。" * 12

#: What becomes of every tenth project: stage reached, state of its plan, state of its tender.
FATES: tuple[tuple[Stage, PlanState, TenderState | None], ...] = (
    (Stage.PLAN, PlanState.DRAFT, None),
    (Stage.PLAN, PlanState.INTENTION_PUBLISHED, None),
    (Stage.TENDER, PlanState.INTENTION_PUBLISHED, TenderState.SUBMITTED),
    (Stage.BID, PlanState.INTENTION_PUBLISHED, TenderState.PUBLISHED),
    (Stage.BID, PlanState.INTENTION_PUBLISHED, TenderState.PUBLISHED),
    (Stage.BID, PlanState.INTENTION_PUBLISHED, TenderState.PUBLISHED),
    (Stage.AWARD, PlanState.INTENTION_PUBLISHED, TenderState.OPENED),
    (Stage.AWARD, PlanState.INTENTION_PUBLISHED, TenderState.OPENED),
    (Stage.AWARD, PlanState.INTENTION_PUBLISHED, TenderState.OPENED),
    (Stage.CLOSED, PlanState.INTENTION_PUBLISHED, TenderState.FAILED),
)
TAKING = (TenderState.PUBLISHED, TenderState.OPENED, TenderState.FAILED)


@dataclass(frozen=True)
class Sizes:
    """How many of each."""

    tenders: int = 2000
    bids: int = 10_000
    suppliers: int = 600


@dataclass(frozen=True)
class Bidding:
    """A bid that takes submissions: the project's number and who may sign for the bidder."""

    project_number: str
    signatory: str


@dataclass
class Rows:
    """Rows gathered by table, written in batches in the order of their first appearance."""

    by_table: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, model: Any, **values: Any) -> dict[str, Any]:
        """Gather a row of a model."""
        self.by_table.setdefault(model.__table__, []).append(values)
        return values

    def write(self, session: Session) -> None:
        """Write what was gathered."""
        for table, rows in self.by_table.items():
            for start in range(0, len(rows), BATCH):
                session.execute(insert(table), rows[start : start + BATCH])
        self.by_table.clear()


@dataclass
class Chains:
    """Events gathered and chained as the trail would have done."""

    rows: Rows
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, actor: Actor, at: datetime, *events: Event) -> None:
        """Gather what happened at one instant."""
        for event in events:
            self.heads.setdefault(event.stream, (0, trail.GENESIS))
        links, bodies = trail.linked(events, self.heads, actor, at)
        for link, body in zip(links, bodies, strict=True):
            self.rows.add(trail.TrailEvent, **link)
            self.rows.add(trail.TrailBody, **body)


@dataclass(frozen=True)
class Supplier:
    """An organisation that bids, with the person who signs for it."""

    id: str
    name: str
    signatory: str
    username: str


class Population:
    """Makes everything out of one seed, at one instant, for one empty installation."""

    def __init__(self, session: Session, key: PlatformKey, now: datetime, seed: int) -> None:
        self.session, self.key, self.now = session, key, now
        self.draw = random.Random(seed)
        self.rows = Rows()
        self.chains = Chains(self.rows)
        self.numbers = {prefix: count(1) for prefix in ("DMMZ", "DMJA", "ZHMZ")}
        self.open_for_bids: list[Bidding] = []

    def id(self) -> str:
        """A random id out of the seed."""
        return f"{self.draw.getrandbits(128):032x}"

    def make(self, sizes: Sizes) -> None:
        """Fill the installation. Raises RuntimeError when it has projects already."""
        if self.session.scalars(select(Project.id).limit(1)).first() is not None:
            raise RuntimeError("the population goes into an empty installation only")
        first = self.now - timedelta(days=700)
        if not is_installed(self.session):
            install_people(self.session, FixedClock(first))
        with UnitOfWork(self.session, actor_of(self.session, "mulu"), FixedClock(first)) as uow:
            load_shipped_catalogue(uow)
        self._load_people()
        lines = self._budget_lines()
        self._begin()
        suppliers = self._suppliers(sizes.suppliers)
        self._keep_papers()
        taking = [
            tender
            for number in range(1, sizes.tenders + 1)
            if (tender := self._case(number, sizes.tenders, lines)) is not None
        ]
        self._bids(taking, suppliers, sizes.bids)
        self._inbox()
        self.rows.write(self.session)
        self._index()
        self.session.commit()

    def _begin(self) -> None:
        """Begin the one transaction that everything is written in.

        On PostgreSQL the triggers' statements are planned once, while the tables are still empty:
        they would read each table through for every row, and filling took eight minutes of ten.
        """
        connection = self.session.connection(execution_options={WRITES: True})
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")

    # --- people and money ---

    def _load_people(self) -> None:
        names = ("jingban", "shenhe", "jiedao", "jiedaoshenhe")
        self.actors = {name: actor_of(self.session, name) for name in names}
        self.buyers = {
            str(buyer.number_prefix): buyer
            for buyer in self.session.scalars(
                select(Organisation).where(Organisation.number_prefix.is_not(None))
            )
        }
        self.item = self.session.scalars(
            select(CatalogueItem).order_by(CatalogueItem.code).limit(1)
        ).one()
        self.item_id, self.item_name = self.item.id, self.item.name

    def _budget_lines(self) -> dict[tuple[str, int], str]:
        officer = actor_of(self.session, "yusuan")
        lines = {}
        this = local_date(self.now).year
        for prefix in ("DMMZ", "DMJA"):
            for year in range(this - 2, this + 1):
                with UnitOfWork(self.session, officer, FixedClock(self.now)) as uow:
                    line: BudgetLine = register_budget_line(
                        uow,
                        RegisterBudgetLine(
                            buyer_id=self.buyers[prefix].id,
                            year=year,
                            code="2080299-01",
                            name=f"社区服务经费（{MARK}）",
                            function_code="2081006",
                            economic_code="50299",
                            fund_source="一般公共预算",
                            amount=Money.from_yuan(900_000_000),
                            shares=(ShareDraft(Level.CITY, 5), ShareDraft(Level.DISTRICT, 5)),
                        ),
                    )
                    lines[prefix, year] = line.id
        return lines

    def _suppliers(self, number: int) -> list[Supplier]:
        """Organisations with one signatory each; all share the demonstration's password."""
        made = []
        password = Passwords("cheap").hash(PASSWORD)
        since = self.now - timedelta(days=690)
        for at in range(1, number + 1):
            one = Supplier(
                self.id(),
                f"{self.draw.choice(PLACES)}第{at}社会工作服务中心（{MARK}）",
                self.id(),
                f"gys{at:04d}",
            )
            made.append(one)
            self.rows.add(
                Organisation,
                id=one.id,
                name=one.name,
                kind=OrganisationKind.SUPPLIER,
                credit_code=f"52440400MJL{at:06d}X",
                version=1,
            )
            self.rows.add(
                User,
                id=one.signatory,
                username=one.username,
                name=f"负责人{at}",
                organisation_id=one.id,
                password_hash=password,
                created_at=since,
                version=1,
            )
            self.rows.add(
                RoleGrant,
                id=self.id(),
                user_id=one.signatory,
                role=Role.SUPPLIER_SIGNATORY,
                requested_by=SYSTEM_ACTOR.user_id,
                requested_at=since,
                granted_by="installer",
                granted_at=since,
            )
        return made

    def _keep_papers(self) -> None:
        """Three attachments and one envelope on disk, named by every bid."""
        store = file_store()
        self.sealing = make_key(self.key)
        self.files = []
        for name in ("法人登记证书.txt", "项目团队.txt", "同类服务合同.txt"):
            content = f"{name} {MARK}\n".encode() * 40
            self.files.append(
                DraftFile(
                    name,
                    "text/plain",
                    len(content),
                    hashlib.sha256(content).hexdigest(),
                    store.put(self.key.wrap(content)),
                )
            )
        nobody = Manifest(Address("0" * 32, "0" * 32, "0" * 32, 1), "", {})
        self.envelope = ENVELOPE.seal(self.sealing.recipient, nobody, ())
        self.envelope_sha256 = store.put(self.envelope)

    # --- cases ---

    def _case(self, number: int, of: int, lines: dict[tuple[str, int], str]) -> Tender | None:
        """One project as far as its fate lets it come; its tender when that takes bids."""
        draw = self.draw
        stage, plan_state, tender_state = FATES[number % len(FATES)]
        street = draw.random() < 0.2
        prefix = "DMJA" if street else "DMMZ"
        clerk = self.actors["jiedao" if street else "jingban"]
        approver = self.actors["jiedaoshenhe" if street else "shenhe"]
        buyer = self.buyers[prefix]
        begun = self.now - timedelta(days=600) * (of - number) / of - timedelta(days=60)
        begun = begun.replace(microsecond=0)
        amount = draw.randrange(80_000, 3_000_000) * 100
        title = f"斗门区{draw.choice(PLACES)}{draw.choice(SERVICES)}政府购买服务（{MARK} {number}）"
        public = plan_state is PlanState.INTENTION_PUBLISHED
        project = Project(
            id=self.id(),
            number=project_number(prefix, begun.year, next(self.numbers[prefix])),
            title=title,
            buyer_id=buyer.id,
            year=begun.year,
            budget_fen=amount,
            stage=stage,
            created_at=begun,
            is_public=public,
            closed_at=self.now if stage is Stage.CLOSED else None,
        )
        self._write(project)
        self.rows.add(
            Lot, id=self.id(), project_id=project.id, number=1, title=title, budget_fen=amount
        )
        self.rows.add(
            ProjectParty,
            id=self.id(),
            project_id=project.id,
            organisation_id=buyer.id,
            part=Part.BUYER,
            since=begun,
        )
        about = {"subject_id": project.id, "project": project.id}
        self.chains.add(
            clerk,
            begun,
            ProjectOpened(
                **about,
                number=project.number,
                title=title,
                buyer_id=buyer.id,
                buyer_name=buyer.name,
                budget_fen=amount,
            ),
            PartyAdded(
                **about,
                organisation_id=buyer.id,
                organisation_name=buyer.name,
                organisation_kind=buyer.kind,
                part=Part.BUYER.value,
                part_words=Part.BUYER.label,
            ),
        )
        self._stages(project, clerk, begun)
        line = lines[prefix, begun.year]
        self._plan(project, plan_state, line, (clerk, approver), begun)
        if public:
            at = begun + timedelta(days=3)
            self.chains.add(approver, at, ProjectMadePublic(**about))
            self._notice(project, NoticeKind.INTENTION, at, approver)
        if tender_state is None:
            return None
        return self._tender(project, tender_state, (clerk, approver), begun)

    def _stages(self, project: Project, clerk: Actor, begun: datetime) -> None:
        order = list(Stage)
        reached = [Stage.PLAN, Stage.TENDER, Stage.BID, Stage.AWARD]
        passed = [one for one in reached if order.index(one) <= order.index(project.stage)]
        if project.stage is Stage.CLOSED:
            passed.append(Stage.CLOSED)
        for days, stage in enumerate(passed):
            at = begun + timedelta(days=8 * days)
            self.rows.add(
                StageEntry, id=self.id(), project_id=project.id, stage=stage, entered_at=at
            )
            entered = StageEntered(subject_id=project.id, project=project.id, stage=stage)
            self.chains.add(clerk, at, entered)

    def _plan(
        self,
        project: Project,
        state: PlanState,
        line: str,
        people: tuple[Actor, Actor],
        begun: datetime,
    ) -> None:
        clerk, approver = people
        public = state is PlanState.INTENTION_PUBLISHED
        plan_id = self.id()
        expected = local_date(begun) + timedelta(days=45)
        self.rows.add(
            Plan,
            id=plan_id,
            version=1,
            project_id=project.id,
            catalogue_item_id=self.item_id,
            budget_line_id=line,
            state=state,
            method=ProcurementMethod.OPEN_TENDER,
            mode=BuyMode.PROJECT,
            price_way=PriceWay.LOW_PRICE_FIRST,
            amount_fen=project.budget_fen,
            ceiling_fen=project.budget_fen,
            term_months=12,
            expected_on=expected,
            requested_by="街道办事处",
            reason="服务对象多，现有站点不够用。",
            outline="运营一个服务站，服务期十二个月。",
            survey="调查三家社会工作机构。",
            negative_list=[False] * 6,
            term_conditions=[False] * 4,
            drafted_by=clerk.user_id,
            submitted_at=begun + timedelta(days=1) if public else None,
            approved_by=approver.user_id if public else None,
            approved_at=begun + timedelta(days=2) if public else None,
            intention_published_at=begun + timedelta(days=3) if public else None,
        )
        about = {"subject_id": plan_id, "project": project.id}
        digest = hashlib.sha256(project.title.encode()).hexdigest()
        drafted = PlanDrafted(
            **about,
            title=project.title,
            catalogue_item=self.item_name,
            budget_line="2080299-01",
            amount_fen=project.budget_fen,
            ceiling_fen=project.budget_fen,
            method=ProcurementMethod.OPEN_TENDER,
            mode=BuyMode.PROJECT,
            price_way=PriceWay.LOW_PRICE_FIRST,
            term_months=12,
            expected_on=expected,
            requested_by="街道办事处",
            digest=digest,
        )
        self.chains.add(clerk, begun, drafted)
        if public:
            submitted = PlanSubmitted(
                **about, amount_fen=project.budget_fen, digest=digest, warnings=()
            )
            self.chains.add(clerk, begun + timedelta(days=1), submitted)

    def _notice(self, project: Project, kind: NoticeKind, at: datetime, actor: Actor) -> None:
        notice = Notice(
            id=self.id(),
            number=derived_number(project.number, NUMBER_LETTERS[kind]),
            project_id=project.id,
            kind=kind,
            title=f"{project.title}{kind.label}",
            sections=[
                {
                    "title": "项目基本情况",
                    "rows": [
                        ["项目编号", project.number],
                        ["预算金额", Money(project.budget_fen).format()],
                        ["采购方式", ProcurementMethod.OPEN_TENDER.label],
                    ],
                }
            ],
            published_at=at,
            period_until=local_date(at) + timedelta(days=7),
        )
        notice.sha256 = digest_of(notice)
        self._write(notice)
        published = NoticePublished(
            subject_id=notice.id,
            project=project.id,
            number=notice.number,
            kind=kind,
            title=notice.title,
            period_until=notice.period_until,
            sha256=notice.sha256,
        )
        self.chains.add(actor, at, published)

    def _tender(
        self,
        project: Project,
        state: TenderState,
        people: tuple[Actor, Actor],
        begun: datetime,
    ) -> Tender | None:
        clerk, approver = people
        drafted_at = begun + timedelta(days=10)
        announced = state in TAKING
        published = begun + timedelta(days=40) if announced else None
        tender = Tender(
            id=self.id(),
            version=1,
            project_id=project.id,
            round=1,
            state=state,
            method=ProcurementMethod.OPEN_TENDER,
            price_way=PriceWay.LOW_PRICE_FIRST,
            budget_fen=project.budget_fen,
            ceiling_fen=project.budget_fen,
            term_months=12,
            requirement="运营一个服务站，服务期十二个月。",
            service_place="珠海市斗门区",
            staffing="不少于一名持证社会工作者。",
            price_points=1000,
            low_mean=5000,
            low_second=5000,
            low_ceiling=4500,
            validity_days=90,
            opening_place="珠海市斗门区民政局二楼会议室",
            deadline_at=self._deadline(state, begun) if announced else None,
            documents_until=local_date(published) + timedelta(days=7) if published else None,
            drafted_by=clerk.user_id,
            submitted_at=drafted_at,
            published_by=approver.user_id if announced else None,
            published_at=published,
            opened_at=begun + timedelta(days=62) if state is TenderState.OPENED else None,
            ended_reason="有效投标不足三家" if state is TenderState.FAILED else "",
        )
        self._write(tender)
        for place, (name, points) in enumerate(CRITERIA, start=1):
            self.rows.add(
                TenderCriterion,
                id=self.id(),
                tender_id=tender.id,
                position=place,
                name=name,
                points=points,
                objective=place > 1,
                standard="逐项评审，缺一样减三分之一。",
            )
        self.rows.add(
            TenderTarget,
            id=self.id(),
            tender_id=tender.id,
            position=1,
            what="困难老年人探访",
            unit="次",
            period=Period.MONTH,
            at_least=4,
        )
        for place, trigger in enumerate((PaymentTrigger.SIGNING, PaymentTrigger.ACCEPTANCE), 1):
            self.rows.add(
                PaymentTerm,
                id=self.id(),
                tender_id=tender.id,
                position=place,
                percent=5000,
                trigger=trigger,
            )
        about = {"subject_id": tender.id, "project": project.id}
        self.chains.add(
            clerk,
            drafted_at,
            TenderDrafted(
                **about,
                plan_id=project.id,
                round=1,
                method=tender.method,
                price_way=tender.price_way,
                budget_fen=tender.budget_fen,
                ceiling_fen=tender.ceiling_fen,
                term_months=12,
                catalogue_item=self.item_name,
            ),
            TenderSubmitted(**about, digest="0" * 64, warnings=()),
        )
        if published is None:
            return None
        self.rows.add(
            TenderKey,
            tender_id=tender.id,
            recipient=self.sealing.recipient,
            wrapped=self.sealing.wrapped,
            made_at=published,
            released_at=tender.opened_at,
        )
        self._notice(project, NoticeKind.TENDER, published, approver)
        if state is TenderState.FAILED:
            self._notice(project, NoticeKind.FAILURE, begun + timedelta(days=62), approver)
        # What `_bids` needs of the case; transient, never in the session.
        tender.project = project
        return tender

    def _deadline(self, state: TenderState, begun: datetime) -> datetime:
        if state is TenderState.PUBLISHED:
            day: date = local_date(self.now) + timedelta(days=self.draw.randrange(5, 60))
            return at_local(day, time(9, 30))
        return at_local(local_date(begun) + timedelta(days=61), time(9, 30))

    # --- bids ---

    def _bids(self, tenders: Sequence[Tender], suppliers: Sequence[Supplier], number: int) -> None:
        lots = {row["project_id"]: row["id"] for row in self.rows.by_table[Lot.__table__]}
        offset = self.draw.randrange(len(suppliers))
        for at in range(number):
            round_, place = divmod(at, len(tenders))
            supplier = suppliers[(place * 7 + round_ + offset) % len(suppliers)]
            self._bid(tenders[place], lots[tenders[place].project_id], supplier, at)

    def _bid(self, tender: Tender, lot: str, supplier: Supplier, at: int) -> None:
        assert tender.deadline_at is not None
        assert tender.published_at is not None
        price = tender.ceiling_fen * self.draw.randrange(70, 100) // 100
        content = BidContent(
            price_fen=price,
            hours=1200,
            claims_deduction=False,
            proposal=PROPOSAL,
            answers=tuple(f"响应{name}：{PROPOSAL[:60]}" for name, _ in CRITERIA),
            statements=(True,) * len(STATEMENTS),
            project_manager="项目主管",
            manager_experience="从事居家养老服务六年。",
            files=tuple(self.files),
        )
        state = BidState.OPENED
        if tender.state is TenderState.PUBLISHED:
            state = (BidState.SUBMITTED, BidState.DRAFT, BidState.SUBMITTED, BidState.WITHDRAWN)[
                at % 4
            ]
        drafted_at = tender.published_at + timedelta(days=2)
        sent = state is not BidState.DRAFT
        draft = Draft(content, content if sent else None, 1 if sent else 0)
        bid = Bid(
            id=self.id(),
            version=1,
            tender_id=tender.id,
            lot_id=lot,
            supplier_id=supplier.id,
            state=state,
            draft=wrap(draft, self.key),
            drafted_at=drafted_at,
        )
        self._write(bid)
        self.rows.add(
            DocumentTaker,
            id=self.id(),
            tender_id=tender.id,
            supplier_id=supplier.id,
            taken_by=supplier.signatory,
            taken_at=drafted_at,
        )
        who = Actor(
            supplier.signatory,
            f"负责人{supplier.username}",
            supplier.id,
            supplier.name,
            OrganisationKind.SUPPLIER,
            None,
            frozenset({Role.SUPPLIER_SIGNATORY}),
        )
        drafted = BidDrafted(
            subject_id=bid.id,
            tender_id=tender.id,
            lot_id=lot,
            supplier_id=supplier.id,
            draft_sha256=hashlib.sha256(bid.draft).hexdigest(),
        )
        self.chains.add(who, drafted_at, drafted)
        if sent:
            self._submission(bid, tender, who, drafted_at + timedelta(hours=3))
        if state is BidState.WITHDRAWN:
            withdrawn = BidWithdrawn(subject_id=bid.id, number=1, reason="")
            self.chains.add(who, drafted_at + timedelta(hours=4), withdrawn)
        if state is BidState.OPENED:
            self._opening(bid, tender, content)
        if tender.state is TenderState.PUBLISHED:
            self.open_for_bids.append(Bidding(tender.project.number, supplier.signatory))

    def _submission(self, bid: Bid, tender: Tender, who: Actor, at: datetime) -> None:
        stream = stream_of(bid.id)
        seq, head = self.chains.heads[stream]
        receipt = make_receipt(
            self.key,
            tender=tender,
            bid=bid,
            number=1,
            sealed=self.envelope,
            received_at=at,
            chain=(stream, seq + 1, head),
        )
        version = self.rows.add(
            BidVersion,
            id=self.id(),
            bid_id=bid.id,
            number=1,
            sha256=self.envelope_sha256,
            size=len(self.envelope),
            received_at=at,
            received_from=who.user_id,
            receipt=receipt.body,
            signature=receipt.signature,
        )
        assert tender.deadline_at is not None
        submitted = BidSubmitted(
            subject_id=bid.id,
            tender_id=tender.id,
            version_id=version["id"],
            number=1,
            sha256=self.envelope_sha256,
            size=len(self.envelope),
            received_at=at,
            deadline_at=tender.deadline_at,
            receipt_id=str(receipt.body["receipt_id"]),
            receipt_sha256=receipt.sha256,
            signature=receipt.signature,
        )
        self.chains.add(who, at, submitted)

    def _opening(self, bid: Bid, tender: Tender, content: BidContent) -> None:
        assert tender.deadline_at is not None
        at = tender.deadline_at + timedelta(minutes=1)
        self.rows.add(
            OpenedBid,
            bid_id=bid.id,
            tender_id=tender.id,
            supplier_id=bid.supplier_id,
            price_fen=content.price_fen,
            hours=content.hours,
            claims_deduction=False,
            project_manager=content.project_manager,
            manager_experience=content.manager_experience,
            proposal=content.proposal,
            answers=list(content.answers),
            statements=list(content.stated),
            opened_at=at,
        )
        opened = BidOpened(subject_id=bid.id, number=1, sha256=self.envelope_sha256, damage="")
        self.chains.add(self.actors["jingban"], at, opened)

    # --- around ---

    def _inbox(self) -> None:
        for at in range(INBOX):
            self.rows.add(
                InboxMessage,
                id=self.id(),
                kind="deadline",
                subject_id=f"{at:032x}",
                occurrence="1",
                user_id=self.actors["jingban"].user_id,
                title=f"投标截止提醒（{MARK} {at}）",
                words="还有三个工作日截止。",
                path="/projects",
                created_at=self.now - timedelta(hours=at),
                read_at=None if at % 3 else self.now,
            )

    def _index(self) -> None:
        """Put every notice into the search index, in the order of publication."""
        embedded = self.session.get_bind().dialect.name == "sqlite"
        found = self.session.execute(
            select(Notice, Project.number, Project.title, Organisation.name)
            .join(Project, Project.id == Notice.project_id)
            .join(Organisation, Organisation.id == Project.buyer_id)
            .order_by(Notice.published_at, Notice.id)
        )
        for position, (notice, *names) in enumerate(found, start=1):
            words = text_of(notice, *names)
            grams = None if embedded else array_pieces(words, notice.kind)
            self.rows.add(SearchEntry, notice_id=notice.id, text=words, grams=grams)
            if embedded:
                tokens = phrase_tokens(words, notice.kind)
                self.session.execute(INDEX, {"position": position, "grams": tokens})
        self.rows.write(self.session)

    def _write(self, thing: Any) -> None:
        """Gather a transient record as a row."""
        given = {
            column.name: value
            for column in type(thing).__table__.columns
            if (value := getattr(thing, column.name)) is not None or column.default is None
        }
        self.rows.add(type(thing), **given)


def settings(url: str, folder: Path) -> Config:
    """The settings of an installation that keeps everything in one folder."""
    secrets = folder / "secrets"
    secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Config(
        mode=Mode.DEMO,
        database_url=url,
        data_dir=folder,
        secret_dir=secrets,
        mail_url="",
        storage_url=f"file://{folder / 'files'}",
        secret_key="b" * 64,
        password_hash_cost="cheap",
    )


def populate(url: str, folder: Path, sizes: Sizes, seed: int) -> list[Bidding]:
    """Migrate an empty database and fill it; gives the bids that take submissions."""
    migrate.upgrade(url)
    app = create_app(settings(url, folder))
    with app.app_context():
        population = Population(
            db.session(), app.extensions[PLATFORM_KEY], SystemClock().now(), seed
        )
        population.make(sizes)
        db.session.remove()
        db.engine.dispose()
    migrate.analyse(url)
    return population.open_for_bids


def main() -> None:
    """Fill the database that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    for name in ("tenders", "bids", "suppliers"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Sizes, name))
    parser.add_argument("--seed", type=int, default=20170)
    told = parser.parse_args()
    sizes = Sizes(told.tenders, told.bids, told.suppliers)
    populate(told.url, told.folder, sizes, told.seed)


if __name__ == "__main__":
    main()
