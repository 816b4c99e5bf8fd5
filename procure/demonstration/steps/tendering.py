"""Tender document, check by a second person, notice."""

from datetime import time, timedelta
from decimal import Decimal

from procure.demonstration.walk import Walk
from procure.kernel.clock import at_local
from procure.kernel.lifecycle import Stage
from procure.kernel.money import Money
from procure.kernel.vocabulary import PaymentTrigger, Period, PriceWay
from procure.kernel.workdays import CHINA, Unit
from procure.stages.tenders.content import (
    Factor,
    Instalment,
    Payments,
    Qualification,
    Requirement,
    Schedule,
    Scoring,
    SectionContent,
    Target,
    Targets,
)
from procure.stages.tenders.models import Tender
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


def hundredths(points: str) -> int:
    """Points as typed, in hundredths."""
    return int(Decimal(points) * 100)


def tender_of(walk: Walk) -> Tender:
    """The walk's tender as it stands."""
    return walk.session.get_one(Tender, walk.made["tender"])


def draft_the_tender(walk: Walk) -> None:
    """Once the intention was public for thirty days, the clerk fills in every section."""
    walk.on(CHINA.next_workday(walk.made["activity_from"]), 9)
    with walk.as_("jingban") as uow:
        walk.made["tender"] = draft_tender(uow, DraftTender(walk.project_id)).id
    walk.say("jingban", Stage.TENDER, "编制采购文件")
    for section in (*_sections(walk), _schedule(walk)):
        with walk.as_("jingban") as uow:
            edit_tender(uow, EditTender(tender_of(walk).id, tender_of(walk).version, section))
    with walk.as_("jingban") as uow:
        submit_tender(uow, SubmitTender(tender_of(walk).id, tender_of(walk).version))
    walk.say("jingban", Stage.TENDER, "送审采购文件")


def publish_the_tender(walk: Walk) -> None:
    """The approver publishes; terms run, a key is made that nobody holds before the deadline."""
    with walk.as_("shenhe") as uow:
        tender = tender_of(walk)
        publish_tender(uow, PublishTender(tender.id, tender.version), walk.key)
    walk.say("shenhe", Stage.TENDER, "发布采购公告", Money(tender_of(walk).ceiling_fen))
    for number in (1, 2, 3):
        with walk.as_(f"jigou{number}") as uow:
            take_document(uow, TakeDocument(tender_of(walk).id))
        walk.say(f"jigou{number}", Stage.BID, "领取采购文件")


def _sections(walk: Walk) -> tuple[SectionContent, ...]:
    told = walk.told
    return (
        Requirement(
            requirement=told["outline"].strip(),
            service_place=told["place"],
            staffing=told["staffing"],
            acceptance_way=told["acceptance_way"],
        ),
        Targets(
            tuple(
                Target(
                    what=target["what"],
                    unit=target["unit"],
                    period=Period(target["period"]),
                    at_least=target["at_least"],
                    each=target["each"],
                )
                for target in walk.story.facts["frequency_targets"]
            )
        ),
        Qualification(told["qualification"], told["starred"]),
        Scoring(
            price_way=PriceWay(told["price_way"]),
            price_points=hundredths(told["price_points"]),
            hours_floor=None,
            factors=tuple(
                Factor(
                    name=factor["name"],
                    points=hundredths(factor["points"]),
                    objective=factor["objective"],
                    standard=factor["standard"],
                    evidence=factor["evidence"],
                )
                for factor in told["criteria"]
            ),
        ),
        Payments(
            tuple(
                Instalment(term["percent"] * 100, PaymentTrigger(term["trigger"]))
                for term in told["payment_terms"]
            )
        ),
    )


def _schedule(walk: Walk) -> Schedule:
    """Five working days for the document, and a deadline well over ten days on (T09, T10)."""
    documents = CHINA.due(walk.today, 5, Unit.WORKDAY).on
    deadline = CHINA.next_workday(walk.today + timedelta(days=18))
    walk.made["deadline"] = deadline
    return Schedule(
        documents_until=documents,
        deadline_at=at_local(deadline, time(9, 30)),
        opening_place=walk.told["opening_place"],
        validity_days=90,
    )
