"""Tenders, each brought where a test needs it by the use cases of its people."""

from datetime import date, time

from procure.kernel.clock import at_local, local_date
from procure.kernel.lifecycle import TenderState
from procure.kernel.vocabulary import PaymentTrigger, Period, PriceWay
from procure.kernel.workdays import CHINA
from procure.registers.projects.models import Project
from procure.stages.bids.policies import opens_at
from procure.stages.plans.content import PlanContent
from procure.stages.plans.models import Plan
from procure.stages.plans.queries import find_plan
from procure.stages.tenders import queries
from procure.stages.tenders.content import (
    Factor,
    Instalment,
    Payments,
    Requirement,
    Schedule,
    Scoring,
    SectionContent,
    Target,
    Targets,
)
from procure.stages.tenders.dates import dates_of
from procure.stages.tenders.models import DocumentTaker, Tender
from procure.stages.tenders.use_cases.document_pickup import TakeDocument, take_document
from procure.stages.tenders.use_cases.drafting import (
    DraftTender,
    EditTender,
    SubmitTender,
    draft_tender,
    edit_tender,
    submit_tender,
)
from procure.stages.tenders.use_cases.publishing import PublishTender, publish_tender
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from procure.store.secrets import PlatformKey
from tests.factories.plans import first_lawful_day, given_announced_plan
from tests.world import World

TARGETS = Targets(
    (
        Target("站点开放", "天", Period.WEEK, 4, "站点", "每天不少于七小时"),
        Target("小组或者社区活动", "次", Period.MONTH, 1, "站点", "有方案、签到和小结"),
        Target("困难老年人探访", "次", Period.MONTH, 1, "名册老年人", "每次不少于二十分钟"),
        Target("志愿服务队伍", "支", Period.CONTRACT, 1, "站点", "每支不少于十人"),
    )
)
FACTORS = (
    Factor(
        "服务方案",
        4_000,
        False,
        "对开放、探访、活动、应急四项逐项评审，每项十分：写明人员、时间和步骤的十分，缺一样的六分，没有的零分。",
        "服务方案",
    ),
    Factor(
        "项目团队",
        3_000,
        True,
        "项目主管持社会工作师证书的十分；每名持证社会工作者五分，最多二十分。",
        "证书和社会保险缴纳证明",
    ),
    Factor("同类服务经验", 2_000, True, "近三年完成的养老服务合同，每份十分，最多二十分。", "合同"),
)
PAYMENTS = Payments(
    (
        Instalment(3_000, PaymentTrigger.SIGNING),
        Instalment(4_000, PaymentTrigger.MIDTERM),
        Instalment(3_000, PaymentTrigger.ACCEPTANCE),
    )
)
PLACE = "珠海市斗门区民政局二楼会议室"


def platform_key(world: World) -> PlatformKey:
    """The platform's key of this world."""
    key: PlatformKey = world.app.extensions["procure.platform_key"]
    return key


def lawful_schedule(plan: Plan, published_on: date) -> Schedule:
    """The shortest lawful dates for a publication on that day: morning of the first working day."""
    dates = dates_of(plan.method, published_on)
    day = CHINA.next_workday(dates.waiting.due.on)
    return Schedule(dates.documents.due.on, at_local(day, time(9, 30)), PLACE, 90)


def usual_sections(
    tender: Tender, schedule: Schedule, way: PriceWay = PriceWay.LOW_PRICE_FIRST
) -> tuple[SectionContent, ...]:
    """What a clerk fills in for two home-care stations; scores add up to 100 points."""
    return (
        Requirement(
            tender.requirement,
            "珠海市斗门区井岸镇、白蕉镇",
            "每站不少于一名持证社会工作者；项目主管一名。",
            tender.acceptance_way,
        ),
        TARGETS,
        Scoring(way, 1_000, None, FACTORS),
        PAYMENTS,
        schedule,
    )


def save(world: World, tender: Tender, *sections: SectionContent) -> Tender:
    """Have the clerk save some sections."""
    for section in sections:
        world.session.refresh(tender)
        with world.uow("jingban") as uow:
            edit_tender(uow, EditTender(tender.id, tender.version, section))
    world.session.refresh(tender)
    return tender


def given_drafted_tender(world: World, content: PlanContent | None = None) -> Tender:
    """A tender document just begun, prefilled from the catalogue."""
    plan = given_announced_plan(world, content)
    with world.uow("jingban") as uow:
        return draft_tender(uow, DraftTender(plan.project_id))


def given_written_tender(world: World, content: PlanContent | None = None) -> Tender:
    """A document with every section written, its dates lawful from the first lawful day on."""
    tender = given_drafted_tender(world, content)
    plan = queries.dossier_of(world.session, tender, tender_project(world, tender)).plan
    assert plan.intention_published_at is not None
    first = first_lawful_day(local_date(plan.intention_published_at))
    return save(world, tender, *usual_sections(tender, lawful_schedule(plan, first)))


def given_submitted_tender(world: World, content: PlanContent | None = None) -> Tender:
    """A document that waits for the approver."""
    tender = given_written_tender(world, content)
    with world.uow("jingban") as uow:
        return submit_tender(uow, SubmitTender(tender.id, tender.version))


def given_published_tender(world: World, content: PlanContent | None = None) -> Tender:
    """A tender published on the first lawful day, at nine; the clock stands there afterwards."""
    tender = given_submitted_tender(world, content)
    dossier = queries.dossier_of(world.session, tender, tender_project(world, tender))
    assert dossier.earliest is not None
    world.at(dossier.earliest.on)
    with world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))
    world.session.refresh(tender)
    return tender


def given_taken_document(world: World, tender: Tender, username: str = "jigou1") -> DocumentTaker:
    """The document fetched by a supplier."""
    with world.uow(username) as uow:
        return take_document(uow, TakeDocument(tender.id))


def tender_project(world: World, tender: Tender) -> Project:
    """The tender's project."""
    return world.session.get_one(Project, tender.project_id)


def at_deadline(world: World, tender: Tender) -> None:
    """Move the clock to the deadline instant itself."""
    assert tender.deadline_at is not None
    world.clock.move_to(tender.deadline_at)


def at_opening(world: World, tender: Tender) -> None:
    """Move the clock to the first instant at which the bids may be opened."""
    assert tender.deadline_at is not None
    world.clock.move_to(opens_at(tender.deadline_at))


def put_out_again(world: World, tender: Tender) -> Tender:
    """A second round, published and taken by all; the first is terminated unless it has failed."""
    world.session.refresh(tender)
    if tender.state is not TenderState.FAILED:
        with world.uow("shenhe") as uow:
            command = TerminateTender(tender.id, tender.version, "服务范围有变", False)
            terminate_tender(uow, command)
    with world.uow("jingban") as uow:
        second = draft_tender(uow, DraftTender(tender.project_id))
    plan = find_plan(world.session, tender.project_id)
    assert plan is not None
    save(world, second, lawful_schedule(plan, local_date(world.now)))
    with world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(second.id, second.version))
    world.session.refresh(second)
    with world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(second.id, second.version), platform_key(world))
    world.session.refresh(second)
    for number in (1, 2, 3):
        given_taken_document(world, second, f"jigou{number}")
    world.session.refresh(second)
    return second
