"""What the case page and the to-do list show of a review, for one reader."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, OrganisationKind, Permission
from procure.kernel.case_lines import Task
from procure.kernel.day_words import instant_words
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import BY_ACTION, Audience, ReviewState, Stage, Tone
from procure.kernel.methods import told_in
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.queries import running_for, term_line
from procure.registers.documents.queries import papers_of, seats_of
from procure.registers.projects.models import Project
from procure.stages.awards import pages, papers, policies, queries
from procure.stages.awards.models import PanelMember, Review
from procure.stages.awards.queries import OwnResult, ReviewCase
from procure.stages.awards.use_cases.decision import SIGNING_TERM
from procure.stages.awards.use_cases.scores import missing_marks
from procure.stages.bids.policies import may_read_round
from procure.stages.bids.queries import earlier_rounds, find_tender
from procure.stages.tenders.models import Tender
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Badge, Fact, Link, Quantity
from procure.web.rounds import round_address

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
            own = Link("查看本单位的评审结果", f"/projects/{project.number}/bid/result")
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
    if review is None:
        may = policies.may_draw_panel(actor, case.tender, None, case.parts)
        steps = (
            (NextStep("抽取评审小组", f"{_base(case)}/draw", may),)
            if actor.may(Permission.PANEL_DRAW)
            else ()
        )
        return CasePanel(Stage.AWARD, TITLE, Badge(Tone.WAITING, "待抽取评审小组"), steps=steps)
    named = policies.sees_names(
        review,
        oversees=case.oversees,
        on_panel=case.own is not None,
        is_auditor=actor.may(Permission.AUDIT_READ),
    )
    ended = not policies.is_going_on(case.tender).ok
    return CasePanel(
        stage=Stage.AWARD,
        title=TITLE,
        badge=Badge(case.tender.state if ended else review.state, audience=Audience.BUYER),
        facts=_facts(session, case, review),
        steps=()
        if ended
        else _member_steps(session, actor, case, now) + _buyer_steps(session, actor, case),
        deadlines=_deadlines(session, review, now),
        papers=tuple(
            papers_of(session, actor, project_id=case.project.id, subject_ids=(review.id,))
        ),
        people=pages.people(case) if named else (),
        links=(Link("查看评审情况", _base(case)),),
    )


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What waits for the actor as a member, as the buyer's clerk or approver."""
    tasks = []
    if actor.may(Permission.BID_SCORE):
        tasks += _member_tasks(session, actor, now)
    if actor.is_buyer and (actor.may(Permission.PANEL_DRAW) or actor.may(Permission.WINNER_DECIDE)):
        tasks += _buyer_tasks(session, actor, now)
    if actor.may(Permission.ABSENCE_DECIDE):
        tasks += [
            _task(
                project,
                _Step(
                    "评审成员缺席，待审核更换",
                    "审核评审成员缺席",
                    f"/members/{absence.member_id}/absence/decision",
                ),
                None,
                now,
            )
            for absence, project in queries.absences_to_decide(session, actor)
        ]
    return tasks


def _base(case: ReviewCase) -> str:
    return f"/projects/{case.project.number}/review"


def _facts(session: Session, case: ReviewCase, review: Review) -> tuple[Fact, ...]:
    facts = [
        Fact("评审小组", Quantity(len(case.seated), "人")),
        Fact("评审开始时间", review.session_at),
    ]
    if review.state is ReviewState.CHECKED:
        locked = sum(row.member.locked_at is not None for row in case.seated)
        facts.append(Fact("已锁定评分", Quantity(locked, "人")))
    told = case.may_read_bids.ok or review.state is ReviewState.ANNOUNCED
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


def _member_steps(
    session: Session, actor: Actor, case: ReviewCase, now: datetime
) -> tuple[NextStep, ...]:
    """What a member has to do now, one step."""
    review, member = case.started, case.own
    if member is None:
        return ()
    base = _base(case)
    if review.state is ReviewState.PANEL_DRAWN or member.has_conflict is None:
        may = policies.may_declare(actor, review, member)
        return (NextStep("签署回避声明", f"{base}/declaration", may),)
    if review.state is ReviewState.CHECKED:
        return (_score_step(session, actor, case, now),)
    if review.state is ReviewState.SCORED:
        judged = queries.low_price_reviews(session, review.id)
        waiting = sum(
            papers.is_low(row) and row.bid_id not in judged
            for row in queries.ranking_of(session, review.id)
        )
        seated = [row.member for row in case.seated]
        may = policies.may_sign(actor, review, member, seated, 0, now)
        until = policies.sign_until(queries.concluded_at(session, review))
        note = f"请在 {instant_words(until)} 前签署或者写明不同意见"
        if waiting:
            note = f"有 {waiting} 份报价要先做异常低价审查"
        return (NextStep("签署评审报告", f"{base}/report", may, note),)
    return ()


def _score_step(session: Session, actor: Actor, case: ReviewCase, now: datetime) -> NextStep:
    review, member = case.started, case.own
    assert member is not None
    may = policies.may_score(actor, review, member, now)
    if may.ok:
        rows = queries.valid_rows(session, case)
        own = queries.scores_of(session, review.id, member.id)
        if not missing_marks(case, rows, own):
            return NextStep("锁定评分", f"{_base(case)}/lock", may)
    return NextStep("填写评分", f"{_base(case)}/scores", may)


def _buyer_steps(session: Session, actor: Actor, case: ReviewCase) -> tuple[NextStep, ...]:
    """What the buyer's clerk or approver has to do now."""
    review, base = case.started, _base(case)
    steps = []
    if actor.may(Permission.PANEL_DRAW) and any(row.member.has_conflict for row in case.seated):
        steps.append(NextStep("更换评审专家", base, _may_replace_any(actor, case)))
    if review.state is ReviewState.PANEL_DRAWN and actor.may(Permission.BID_CHECK):
        may = policies.may_check(actor, review, case.parts, case.may_read_bids)
        steps.append(NextStep("审查资格和符合性", f"{base}/checks", may))
    if actor.may(Permission.ABSENCE_DECIDE):
        steps += _absence_steps(session, actor, case)
    if steps:
        return tuple(steps)
    if review.state is ReviewState.REPORTED and actor.may(Permission.WINNER_DECIDE):
        sat = any(row.member.user_id == actor.user_id for row in case.members)
        may = policies.may_decide(actor, review, case.parts, sat_on_panel=sat)
        return (NextStep("确定成交人", f"{base}/decision", may),)
    if review.state is ReviewState.DECIDED and actor.may(Permission.RESULT_ANNOUNCE):
        may = policies.may_announce(actor, review, case.parts, case.may_read_bids)
        return (NextStep("公告成交结果", f"{base}/announcement", may),)
    return ()


def _absence_steps(session: Session, actor: Actor, case: ReviewCase) -> list[NextStep]:
    """The absences that wait for a second person."""
    names = {row.member.id: row.user.name for row in case.seated}
    return [
        NextStep(
            f"审核{names[absence.member_id]}的缺席",
            f"{_base(case)}/members/{absence.member_id}/absence/decision",
            policies.may_decide_absence(actor, case.started, absence, case.parts),
        )
        for absence in queries.absences_of(session, case.started.id)
        if absence.decided_at is None and absence.member_id in names
    ]


def _may_replace_any(actor: Actor, case: ReviewCase) -> Verdict:
    leaving = next(row.member for row in case.seated if row.member.has_conflict)
    return policies.may_replace(actor, case.started, leaving, case.parts)


class _Step(NamedTuple):
    """A task before its case is known: what, in which words to do it, and at which page."""

    what: str
    verb: str
    address: str


def _task(
    project: Project, step: _Step, term: Deadline | None, now: datetime, note: str = ""
) -> Task:
    return Task(
        project.title,
        project.number,
        step.what,
        step.verb,
        f"/projects/{project.number}/review{step.address}",
        term_line(term, now) if term is not None else None,
        note=note,
    )


def _member_task(member: PanelMember, review: Review) -> _Step | None:
    """What a member has to do, None when others have to act."""
    if member.has_conflict is None:
        return _Step("评审前签署回避声明", "签署回避声明", "/declaration")
    if member.has_conflict:
        return None
    if review.state is ReviewState.CHECKED and member.locked_at is None:
        return _Step("独立评分并锁定", "填写评分", "/scores")
    if review.state is ReviewState.SCORED and member.signed_at is None:
        return _Step("签署评审报告", "签署评审报告", "/report")
    return None


def _member_tasks(session: Session, actor: Actor, now: datetime) -> list[Task]:
    tasks = []
    seats = queries.seats_waiting(session, actor)
    terms = _first_terms(session, [review.id for _, review, _ in seats])
    for member, review, project in seats:
        step = _member_task(member, review)
        if step is None:
            continue
        tasks.append(_task(project, step, terms.get(review.id), now, _note(session, review)))
    return tasks


def _note(session: Session, review: Review) -> str:
    """What a member has to know of the time: when the session begins, or until when to sign."""
    if review.state is ReviewState.SCORED:
        until = policies.sign_until(queries.concluded_at(session, review))
        return f"请在 {instant_words(until)} 前签署；到时不签署也不书面说明的，视为同意"
    return f"评审开始时间 {instant_words(review.session_at)}"


def _first_terms(session: Session, ids: Sequence[str]) -> dict[str, Deadline]:
    """The nearest date that binds each review."""
    if not ids:
        return {}
    return {term.subject_id: term for term in reversed(running_for(session, ids))}


def _buyer_tasks(session: Session, actor: Actor, now: datetime) -> list[Task]:
    found = queries.reviews_of_buyer(session, actor)
    ids = [review.id for _, _, review in found if review is not None]
    members = queries.states_of_panel(session, ids)
    terms = _first_terms(session, ids)
    tasks = []
    for tender, project, review in found:
        step = _buyer_task(actor, review, members.get(review.id, []) if review else [])
        if step is None:
            continue
        step = step._replace(
            what=told_in(tender.method, step.what), verb=told_in(tender.method, step.verb)
        )
        term = terms.get(review.id) if review else None
        tasks.append(_task(project, step, term, now))
    return tasks


def _buyer_task(actor: Actor, review: Review | None, members: list[PanelMember]) -> _Step | None:
    """What the buyer has to do, None when it is not the actor's.

    Who declared a conflict on this review is not sent to pages that they keep away from.
    """
    draws, decides = actor.may(Permission.PANEL_DRAW), actor.may(Permission.WINNER_DECIDE)
    if review is None:
        return _Step("已开标，待抽取评审小组", "抽取评审小组", "/draw") if draws else None
    checks = review.state is ReviewState.PANEL_DRAWN and draws
    replaces = review.state in BY_ACTION["replace_member"].sources and draws
    if replaces and any(member.has_conflict and not member.replaced_at for member in members):
        return _Step("有专家应当回避", "更换评审专家", "")
    if any(member.has_conflict and member.user_id == actor.user_id for member in members):
        return None
    if checks:
        return _Step("资格和符合性审查", "审查资格和符合性", "/checks")
    if review.state is ReviewState.REPORTED and decides:
        return _Step("评审报告已送达，待确定成交人", "确定成交人", "/decision")
    if review.state is ReviewState.DECIDED and draws:
        return _Step("已确定成交人，待公告结果", "公告成交结果", "/announcement")
    return None
