"""What the case page and the to-do list show of a review, for one reader."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, OrganisationKind, Permission
from procure.kernel.case_lines import Task
from procure.kernel.clock import local_date
from procure.kernel.day_words import instant_words
from procure.kernel.deadline_lines import DeadlineLine, deadline_line
from procure.kernel.lifecycle import Audience, ReviewState, Stage, Tone
from procure.kernel.paths import case_path
from procure.registers.deadlines.queries import running_for, term_line
from procure.registers.documents.queries import papers_of, seats_of
from procure.registers.projects.models import Project
from procure.stages.awards import pages, papers, policies, queries
from procure.stages.awards.models import Review
from procure.stages.awards.queries import OwnResult
from procure.stages.awards.standing import ReviewCase
from procure.stages.awards.steps import (
    BUYER_STEPS,
    DECIDE_ABSENCE,
    MEMBER_STEPS,
    AbsenceFacts,
    ReviewFacts,
)
from procure.stages.awards.use_cases.decision import SIGNING_TERM
from procure.stages.awards.use_cases.scores import missing_marks
from procure.stages.bids.policies import may_read_round
from procure.stages.bids.queries import earlier_rounds, find_tender
from procure.stages.tenders.models import Tender
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Badge, Fact, Link, Quantity
from procure.web.rounds import round_address
from procure.web.step_table import offered, tasks_of

TITLE = "评审定标"


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The stage for this reader; None before the opening and for outsiders before the result. What
    was reviewed when the purchase was put out before is led to from here.
    """
    found, earlier = _newest_panel(session, actor, project, now), _earlier(session, actor, project)
    if not earlier:
        return found
    if found is None:
        found = CasePanel(Stage.AWARD, TITLE, Badge(Tone.QUIET, "这一次采购尚未开标"))
    return replace(found, links=(*found.links, *earlier))


def _earlier(session: Session, actor: Actor, project: Project) -> tuple[Link, ...]:
    newest = find_tender(session, project.id)
    if newest is None:
        return ()
    return tuple(
        Link(
            f"第 {tender.round} 次采购：评审情况",
            f"{round_address(project.number, tender.round)}/review",
        )
        for tender in earlier_rounds(session, newest)
        if _reads(session, actor, project, tender)
    )


def _reads(session: Session, actor: Actor, project: Project, tender: Tender) -> bool:
    """Whether the reader finds a review of that round; a reader kept from it is not led there."""
    case = queries.find_review_case(session, actor, project, tender.round)
    seats = seats_of(session, actor, project.id)
    return case is not None and case.review is not None and may_read_round(seats, tender).ok


def _newest_panel(
    session: Session, actor: Actor, project: Project, now: datetime
) -> CasePanel | None:
    case = queries.find_review_case(session, actor, project)
    if case is not None:
        return panel_of(session, actor, case, now)
    tender = find_tender(session, project.id)
    if tender is None or tender.opened_at is None:
        return None
    if actor.organisation_kind is OrganisationKind.SUPPLIER and actor.may(Permission.BID_VIEW_OWN):
        result = queries.find_own_result(session, actor, tender.id)
        if result is not None:
            own = Link("查看本单位的评审结果", case_path(project.number, "bid", "result"))
            return CasePanel(
                Stage.AWARD,
                TITLE,
                Badge(ReviewState.ANNOUNCED),
                deadlines=_signing(session, result, now),
                links=(own,),
            )
    return None


def panel_of(session: Session, actor: Actor, case: ReviewCase, now: datetime) -> CasePanel:
    """The stage for the buyer's side, audit and the panel."""
    review = case.review
    if review is None and not policies.is_going_on(case.tender).ok:
        return CasePanel(Stage.AWARD, TITLE, Badge(case.tender.state))
    steps = steps_of(session, actor, case, now)
    if review is None:
        return CasePanel(Stage.AWARD, TITLE, Badge(Tone.WAITING, "待抽取评审小组"), steps=steps)
    ended = not policies.is_going_on(case.tender).ok
    return CasePanel(
        stage=Stage.AWARD,
        title=TITLE,
        badge=Badge(case.tender.state if ended else review.state, audience=Audience.BUYER),
        facts=_facts(session, case, review),
        steps=() if ended else steps,
        deadlines=_deadlines(session, review, now),
        papers=tuple(
            papers_of(session, actor, project_id=case.project.id, subject_ids=(review.id,))
        ),
        people=pages.people(case) if policies.sees_names(case) else (),
        links=(Link("查看评审情况", _base(case)),),
    )


def _base(case: ReviewCase) -> str:
    return case_path(case.project.number, "review")


def _facts(session: Session, case: ReviewCase, review: Review) -> tuple[Fact, ...]:
    facts = [
        Fact("评审小组", Quantity(len(case.seated), "人")),
        Fact("评审开始时间", review.session_at),
    ]
    if review.state is ReviewState.CHECKED:
        locked = sum(row.member.locked_at is not None for row in case.seated)
        facts.append(Fact("已锁定评分", Quantity(locked, "人")))
    told = policies.may_read_bids(case).ok or review.state is ReviewState.ANNOUNCED
    if review.winner_bid_id is not None and told:
        names = {row.bid_id: row.supplier.name for row in queries.rows_of(session, case.tender)}
        facts.append(Fact(f"{papers.award_word(case.tender)}人", names[review.winner_bid_id]))
    if review.ended_reason:
        facts.append(Fact("评审结束的原因", review.ended_reason))
    return tuple(facts)


def _signing(session: Session, result: OwnResult, now: datetime) -> tuple[DeadlineLine, ...]:
    """Until when the winner has to sign, while that runs (GPL art 46)."""
    if not result.is_winner:
        return ()
    return tuple(
        term_line(term, now)
        for term in running_for(session, (result.review_id,))
        if term.rule == SIGNING_TERM
    )


def _deadlines(session: Session, review: Review, now: datetime) -> tuple[DeadlineLine, ...]:
    return tuple(term_line(term, now) for term in running_for(session, (review.id,)))


def steps_of(
    session: Session, actor: Actor, case: ReviewCase, now: datetime
) -> tuple[NextStep, ...]:
    """What the reader has to do as a member, as the buyer's clerk or approver."""
    review = case.review
    note, is_marked = "", False
    if review is not None and review.state is ReviewState.SCORED:
        note = _signing_note(session, review)
    if review is not None and review.state is ReviewState.CHECKED and case.own is not None:
        own = queries.scores_of(session, review.id, case.own.id)
        is_marked = not missing_marks(case, queries.valid_rows(session, case), own)
    facts = ReviewFacts(
        actor,
        case.state,
        case.project,
        note=note,
        method=case.tender.method,
        review=case,
        now=now,
        is_marked=is_marked,
    )
    found = (*offered(MEMBER_STEPS, facts), *offered(BUYER_STEPS, facts))
    return found if review is None else (*found, *_absences(session, actor, case))


def _absences(session: Session, actor: Actor, case: ReviewCase) -> tuple[NextStep, ...]:
    """The absences that wait for a second person."""
    if not actor.may(Permission.ABSENCE_DECIDE):
        return ()
    names = {row.member.id: row.user.name for row in case.seated}
    return tuple(
        step
        for absence in queries.absences_of(session, case.started.id)
        if absence.decided_at is None and absence.member_id in names
        for step in offered(
            (DECIDE_ABSENCE,),
            AbsenceFacts(
                actor,
                case.started.state,
                case.project,
                at={"member_id": absence.member_id},
                which=names[absence.member_id],
                review=case,
                absence=absence,
            ),
        )
    )


def _signing_note(session: Session, review: Review) -> str:
    """What a member has to know before signing: low prices come first; until when there is time."""
    if waiting := len(queries.low_waiting(session, review.id)):
        return f"有 {waiting} 份报价要先做异常低价审查"
    until = policies.sign_until(queries.concluded_at(session, review))
    return f"请在 {instant_words(until)} 前签署或者写明不同意见"


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What waits for the actor as a member, as the buyer's clerk or approver."""
    return [
        *_member_tasks(session, actor, now),
        *_buyer_tasks(session, actor, now),
        *_absence_tasks(session, actor),
    ]


def _member_tasks(session: Session, actor: Actor, now: datetime) -> list[Task]:
    if not actor.may(Permission.BID_SCORE):
        return []
    cases = queries.cases_of_member(session, actor)
    lines = _lines(session, cases, now)
    return tasks_of(
        MEMBER_STEPS,
        [_member_facts(session, case, lines, now) for case in cases],
    )


def _task_facts(case: ReviewCase, lines: Mapping[str, DeadlineLine], now: datetime) -> ReviewFacts:
    return ReviewFacts(
        case.reader,
        case.state,
        case.project,
        deadline=lines.get(case.started.id) if case.review is not None else None,
        method=case.tender.method,
        review=case,
        now=now,
    )


def _member_facts(
    session: Session, case: ReviewCase, lines: Mapping[str, DeadlineLine], now: datetime
) -> ReviewFacts:
    """The same for who sits on the panel: they go by the session where no term runs."""
    facts = _task_facts(case, lines, now)
    return replace(
        facts,
        deadline=facts.deadline or _session_line(case.started, now),
        aside=_sign_until(session, case.started),
    )


def _session_line(review: Review, now: datetime) -> DeadlineLine:
    """When the session begins, or began: what a member goes by until the marks are summed up."""
    at = review.session_at
    begins = f"评审{'已' if at <= now else ''}于 {instant_words(at)} 开始"
    return replace(deadline_line(local_date(at), now, at=at), words=begins)


def _sign_until(session: Session, review: Review) -> str:
    """What a member has to know once the marks are summed up: until when to sign."""
    if review.state is not ReviewState.SCORED:
        return ""
    until = policies.sign_until(queries.concluded_at(session, review))
    return f"请在 {instant_words(until)} 前签署；到时不签署也不书面说明的，视为同意"


def _lines(session: Session, cases: Sequence[ReviewCase], now: datetime) -> dict[str, DeadlineLine]:
    """The nearest date that binds each review."""
    ids = [case.started.id for case in cases if case.review is not None]
    if not ids:
        return {}
    return {term.subject_id: term_line(term, now) for term in reversed(running_for(session, ids))}


def _buyer_tasks(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What waits for the buyer's people; who declared a conflict on a review is not sent to pages
    that they keep away from.
    """
    if not actor.is_buyer:
        return []
    cases = queries.cases_of_buyer(session, actor)
    lines = _lines(session, cases, now)
    return tasks_of(BUYER_STEPS, [_task_facts(case, lines, now) for case in cases])


def _absence_tasks(session: Session, actor: Actor) -> list[Task]:
    if not actor.may(Permission.ABSENCE_DECIDE):
        return []
    found = [
        AbsenceFacts(
            actor,
            review.state,
            project,
            at={"member_id": absence.member_id},
            review=ReviewCase(reader=actor, project=project, tender=tender, review=review),
            absence=absence,
        )
        for absence, review, tender, project in queries.absences_to_decide(session, actor)
    ]
    return tasks_of((DECIDE_ABSENCE,), found)
