"""A tender document in memory, as a clerk would have finished it."""

from datetime import UTC, date, datetime, time

import pytest

from procure.kernel.access import Level, OrganisationKind
from procure.kernel.clock import at_local
from procure.kernel.lifecycle import Stage, TenderState
from procure.kernel.vocabulary import PaymentTrigger, Period, PriceWay, ProcurementMethod
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.plans.models import Plan
from procure.stages.tenders.models import PaymentTerm, Tender, TenderCriterion, TenderTarget
from procure.stages.tenders.queries import TenderDossier

NOW = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
INTENTION = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def criterion(position: int, name: str, points: int, standard: str = "") -> TenderCriterion:
    """A factor; the standard defines what earns the points unless told otherwise."""
    return TenderCriterion(
        id=f"c{position}",
        position=position,
        name=name,
        points=points,
        objective=False,
        standard=standard or "写明人员、时间和步骤的满分，缺一样扣三分之一，没有的零分。",
        evidence="服务方案",
    )


def finished_page() -> TenderDossier:
    """A consultation for two stations with everything in order, to be published on 1 April 2026."""
    tender = Tender(
        id="t",
        project_id="p",
        round=1,
        state=TenderState.DRAFT,
        method=ProcurementMethod.CONSULTATION,
        price_way=PriceWay.LOW_PRICE_FIRST,
        budget_fen=18_000_000,
        ceiling_fen=18_000_000,
        term_months=12,
        start_within_days=30,
        takes_consortia=False,
        requirement="在两个社区各运营一个居家养老服务站。",
        service_place="斗门区井岸镇",
        staffing="每站一名持证社会工作者",
        qualification="具有独立承担民事责任的能力；\n三年内没有重大违法记录；",
        starred="★ 每周开放不少于四天",
        acceptance_way="邀请服务对象参与验收并公告结果",
        price_points=1_000,
        hours_floor=None,
        deduction_rate=1_000,
        low_mean=5_000,
        low_second=5_000,
        low_ceiling=4_500,
        validity_days=90,
        opening_place="会议室",
        documents_until=date(2026, 4, 9),
        deadline_at=at_local(date(2026, 4, 13), time(9, 30)),
        drafted_by="drafter",
        returned_reason="",
        ended_reason="",
    )
    return TenderDossier(
        tender=tender,
        project=Project(
            id="p",
            number="DMMZ-2026-001",
            title="居家养老服务站项目",
            buyer_id="bureau",
            stage=Stage.TENDER,
            budget_fen=18_000_000,
        ),
        buyer=Organisation(
            id="bureau",
            name="斗门区民政局",
            kind=OrganisationKind.CIVIL_AFFAIRS_BUREAU,
            level=Level.DISTRICT,
            address="井岸镇示例街2号",
            phone="0756-0000020",
        ),
        plan=Plan(
            id="plan",
            price_way=PriceWay.LOW_PRICE_FIRST,
            outline="两个站点的运营",
            intention_published_at=INTENTION,
        ),
        item=CatalogueItem(code="0201", name="社区居家养老服务站运营服务", edition=1),
        criteria=(criterion(1, "服务方案", 6_000), criterion(2, "项目团队", 3_000)),
        targets=(
            TenderTarget(
                position=1,
                what="站点开放",
                unit="天",
                period=Period.WEEK,
                at_least=4,
                each="站点",
                condition="",
            ),
        ),
        payments=(
            PaymentTerm(position=1, percent=3_000, trigger=PaymentTrigger.SIGNING),
            PaymentTerm(position=2, percent=7_000, trigger=PaymentTrigger.ACCEPTANCE),
        ),
        drafted_by="陈晓岚",
        published_by="",
    )


@pytest.fixture
def dossier() -> TenderDossier:
    """A finished document of this test alone."""
    return finished_page()
