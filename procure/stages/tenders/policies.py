"""Who may do what with a tender, and when; who wrote it and who publishes it are two people.

`is_author` says that the trail names the actor among those who drafted, edited or sent a tender of the
case: a second round carries the text of the first.
"""

from datetime import date, datetime

from procure.kernel.access import Actor, OrganisationKind, Permission, carries
from procure.kernel.clock import end_of_day, local_date
from procure.kernel.day_words import date_words
from procure.kernel.errors import (
    ALLOWED,
    DeadlinePassed,
    IllegalTransition,
    TooEarly,
    Verdict,
    first_refusal,
    refused,
    refused_if,
)
from procure.kernel.laws import cite
from procure.kernel.lifecycle import PlanState, TenderState, may_take
from procure.kernel.methods import words_of
from procure.registers.projects.models import Project
from procure.registers.projects.policies import is_buyer, not_closed
from procure.stages.plans.models import Plan
from procure.stages.plans.policies import RULE_INTENTION, RULE_SEPARATION
from procure.stages.tenders.models import Tender

RULE_DOCUMENTS = cite("document_changed")
RAN_OUT = (TenderState.FAILED, TenderState.TERMINATED)
"""How a purchase ends that may be put out again."""


def may_draft_tender(actor: Actor, plan: Plan, project: Project, newest: Tender | None) -> Verdict:
    """Whether a tender document may be begun: the intention is public and no other tender runs."""
    return first_refusal(
        carries(actor, Permission.TENDER_DRAFT),
        is_buyer(actor, project),
        refused_if(
            plan.state is not PlanState.INTENTION_PUBLISHED,
            "采购意向还没有公开，不能编制采购文件。",
            rule=RULE_INTENTION,
            remedy="请先批准采购计划并公开采购意向。",
            error=IllegalTransition,
        ),
        refused_if(
            newest is not None and newest.state not in RAN_OUT,
            "这个项目已经有采购文件。",
            remedy="请打开已有的采购文件继续办理。",
            error=IllegalTransition,
        ),
        not_closed(project),
    )


def may_as_buyer(
    action: str, actor: Actor, tender: Tender, project: Project, *also: Verdict
) -> Verdict:
    """Whether a person of the buyer may take the step; `also` is what it asks besides."""
    return may_take(action, actor, tender.state, is_buyer(actor, project), *also)


def may_return_tender(
    actor: Actor, tender: Tender, project: Project, *, is_author: bool
) -> Verdict:
    """Whether the actor may judge the document, and so send it back."""
    two_people = _two_people(actor, tender, is_author)
    return may_as_buyer("return_tender", actor, tender, project, two_people)


def may_publish_tender(
    actor: Actor,
    tender: Tender,
    project: Project,
    now: datetime,
    earliest: date | None,
    *,
    is_author: bool,
) -> Verdict:
    """Whether the actor may publish now: nobody who wrote any of it, T01 run out.

    `earliest` is the first lawful day, None while the intention is not public. What the document
    says is asked of `checks.check_tender`.
    """
    return may_as_buyer(
        "publish_tender",
        actor,
        tender,
        project,
        _two_people(actor, tender, is_author),
        _waited(earliest, now),
    )


def _waited(earliest: date | None, now: datetime) -> Verdict:
    when = "采购意向公开满 30 日" if earliest is None else date_words(earliest)
    return refused_if(
        earliest is None or local_date(now) < earliest,
        f"采购意向公开还不满 30 日，{when}起才可以发布采购公告。",
        rule=RULE_INTENTION,
        remedy="请在期满以后发布；期间可以继续完善采购文件。",
        error=TooEarly,
    )


def _two_people(actor: Actor, tender: Tender, is_author: bool) -> Verdict:
    return refused_if(
        actor.user_id == tender.drafted_by or is_author,
        "这份采购文件由您编制、修改或者送审，不能由您审核发布。",
        rule=RULE_SEPARATION,
        remedy="请由本单位的另一位审核负责人办理。",
    )


def may_take_document(actor: Actor, tender: Tender, now: datetime) -> Verdict:
    """Whether the actor's organisation may fetch the document now (GPL-R art 31)."""
    if actor.organisation_kind is not OrganisationKind.SUPPLIER or not actor.may(
        Permission.BID_DRAFT
    ):
        return refused(
            "采购文件由承接主体领取，您所在的单位不是承接主体。",
            remedy="已经登记的承接主体登录后可以领取；公告内容对所有人公开。",
        )
    if tender.state is not TenderState.PUBLISHED:
        return refused("这个项目现在不提供采购文件。", error=IllegalTransition)
    if tender.documents_until is None or now >= end_of_day(tender.documents_until):
        until = date_words(tender.documents_until) if tender.documents_until else "截止日"
        return refused(
            f"采购文件已于 {until} 24:00 停止提供。",
            rule=RULE_DOCUMENTS,
            remedy="请关注以后的采购公告。",
            error=DeadlinePassed,
        )
    if tender.deadline_at is None or now >= tender.deadline_at:
        said = words_of(tender.method)
        return refused(
            f"{said.deadline}时间已过，不再提供{said.document}。",
            rule=RULE_DOCUMENTS,
            error=DeadlinePassed,
        )
    return ALLOWED


def may_read_document(
    actor: Actor, tender: Tender, *, in_view: bool, taken: bool, announced: bool
) -> Verdict:
    """Whether the actor may open the printed document.

    The buyer's side, its overseers, who fetched it, and everybody once the result is out, with
    which it is published (政府采购法实施条例 art 43).
    """
    return refused_if(
        not (in_view or taken or announced),
        "采购文件领取以后才能打开。",
        rule=RULE_DOCUMENTS,
        remedy="承接主体请登录后在本页领取；结果公告以后，采购文件对所有人公开。",
    )


def may_terminate_tender(actor: Actor, tender: Tender, project: Project) -> Verdict:
    """Whether the actor may end the purchase."""
    undecided = _no_result_yet(tender, project)
    return may_as_buyer("terminate_tender", actor, tender, project, undecided)


def termination_rule(tender: Tender) -> str:
    """The article on giving up a purchase, for pages and letters (O87 art 29, CC214 art 34, 35)."""
    return cite("termination", tender.method)


def is_undecided(tender: Tender, project: Project) -> bool:
    """Whether the purchase is announced and neither over nor decided: what may still be ended."""
    running = tender.state in (TenderState.PUBLISHED, TenderState.OPENED)
    return running and _no_result_yet(tender, project).ok


def _no_result_yet(tender: Tender, project: Project) -> Verdict:
    return refused_if(
        project.has_result,
        f"{words_of(tender.method).win}结果已经公告，不能终止采购活动。",
        rule=termination_rule(tender),
        remedy="合同不能履行的，请按合同约定变更或者解除。",
        error=IllegalTransition,
    )
