"""Terms: counted by the law of their first day, kept, met late or in time, settled when known."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, time, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.clock import FixedClock, at_local, end_of_day
from procure.kernel.day_words import day_in_words
from procure.kernel.deadline_lines import Urgency
from procure.kernel.errors import Conflict, Invalid
from procure.kernel.holiday_table import Festival, OfficialYear
from procure.kernel.laws import NotInForce
from procure.kernel.workdays import WorkCalendar
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines import queries, use_cases
from procure.registers.deadlines.models import Deadline, TermKind, TermStatus
from procure.registers.projects.events import ProjectClosed
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import close_project, open_project
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork

Begin = Callable[[Actor], AbstractContextManager[UnitOfWork]]
TODAY = date(2026, 3, 2)
SUBJECT = "s" * 32


@pytest.fixture
def project(uow_as: Begin, clerk: Actor, buyer: Organisation) -> Project:
    """A project to hang terms on."""
    with uow_as(clerk) as uow:
        return open_project(uow, title="社工站", buyer=buyer, budget_fen=100)


def start(uow: UnitOfWork, project: Project, rule: str, **more: object) -> Deadline:
    values = {"subject_id": SUBJECT, "starts_on": TODAY, **more}
    return use_cases.start_term(uow, project_id=project.id, rule=rule, **values)


def test_start_term_counts_thirty_calendar_days_and_says_how(
    session: Session, uow_as: Begin, clerk: Actor, project: Project
) -> None:
    with uow_as(clerk) as uow:
        deadline = start(uow, project, "T28", permission=Permission.CONTRACT_SIGN_BUYER)

    assert deadline.due_on == date(2026, 4, 1)
    assert deadline.due_at == end_of_day(date(2026, 4, 1))
    assert deadline.label == "签订采购合同期限"
    assert not deadline.provisional
    told = trail.links_of_project(session, project.id)[-1]
    assert told.event == "TermStarted"
    assert "《政府采购法》第四十六条" in told.words
    assert "满30日" in told.words


def test_start_term_again_gives_the_running_one_and_another_date_conflicts(
    session: Session, uow_as: Begin, clerk: Actor, project: Project
) -> None:
    with uow_as(clerk) as uow:
        first, second = start(uow, project, "T29"), start(uow, project, "T29")
        assert first.id == second.id
        with pytest.raises(Conflict, match="已经在计算"):
            start(uow, project, "T29", due_on=date(2026, 3, 20))

    assert len(queries.of_project(session, project.id)) == 1


@pytest.mark.parametrize(
    ("rule", "kind", "due_on", "over"),
    [
        ("T22", TermKind.AT_MOST, date(2026, 3, 4), at_local(date(2026, 3, 5))),
        ("T10", TermKind.AT_LEAST, date(2026, 3, 12), at_local(date(2026, 3, 12))),
        ("T08", TermKind.AT_LEAST, date(2026, 3, 5), at_local(date(2026, 3, 6))),
        ("T56/agreed", TermKind.AT_MOST, date(2026, 5, 6), at_local(date(2026, 5, 7))),
        ("T68", TermKind.BEFORE, date(2026, 2, 2), at_local(date(2026, 2, 3))),
    ],
)
def test_start_term_of_each_shape_ends_when_the_act_is_due_or_may_come(
    uow_as: Begin,
    clerk: Actor,
    project: Project,
    rule: str,
    kind: TermKind,
    due_on: date,
    over: object,
) -> None:
    with uow_as(clerk) as uow:
        deadline = start(uow, project, rule)

    assert (deadline.kind, deadline.due_on, deadline.due_at) == (kind, due_on, over)


def test_start_term_of_a_contract_needs_label_and_date(
    session: Session, uow_as: Begin, clerk: Actor, project: Project, clock: FixedClock
) -> None:
    opening = at_local(date(2026, 3, 20), time(9, 30))
    with uow_as(clerk) as uow:
        with pytest.raises(Invalid):
            start(uow, project, "C-BID")
        with pytest.raises(Invalid, match="不能早于起算日"):
            start(uow, project, "C-BID", label="投标截止", due_on=date(2026, 3, 1))
        with pytest.raises(Invalid, match="截止时刻"):
            start(uow, project, "C-BID", label="甲", due_on=TODAY, due_at=opening)
        for missing in ({"due_on": TODAY}, {"label": "投标截止"}):
            with pytest.raises(Invalid, match="要写明名称和最后一日"):
                start(uow, project, "C-BID", **missing)
        deadline = start(uow, project, "C-BID", label="投标截止", due_at=opening)

    assert deadline.due_on == date(2026, 3, 20)
    assert not queries.is_over(deadline, opening - timedelta(microseconds=1))
    assert queries.is_over(deadline, opening)
    line = queries.term_line(deadline, clock.now(), gate=True)
    assert line.words == "还有 14 个工作日，3月20日 09:30 截止"


def test_start_term_before_its_rule_was_in_force_is_refused(
    uow_as: Begin, clerk: Actor, project: Project
) -> None:
    with pytest.raises(NotInForce), uow_as(clerk) as uow:
        start(uow, project, "T28", starts_on=date(2002, 1, 1))


@pytest.mark.parametrize(("days", "late"), [(2, False), (3, True)])
def test_meet_term_says_whether_late(
    session: Session,
    uow_as: Begin,
    clerk: Actor,
    project: Project,
    clock: FixedClock,
    days: int,
    late: bool,
) -> None:
    with uow_as(clerk) as uow:
        start(uow, project, "T29")
    clock.move_to(at_local(TODAY + timedelta(days=days), time(23, 59)))
    with uow_as(clerk) as uow:
        met = use_cases.meet_term(uow, SUBJECT, "T29")
        again = use_cases.meet_term(uow, SUBJECT, "T29")

    assert met is not None
    assert again is None
    assert met.status is TermStatus.MET
    told = trail.links_of_project(session, project.id)[-1]
    assert (told.event, told.data["late"]) == ("TermMet", late)
    line = queries.term_line(met, clock.now())
    assert line.urgency is Urgency.MET
    found = queries.find_term(session, SUBJECT, "T29")
    assert found is not None
    assert found.id == met.id


@pytest.mark.parametrize(("done_after", "late"), [(2, False), (3, True)])
def test_meet_term_on_an_earlier_day_is_judged_by_that_day(
    session: Session,
    uow_as: Begin,
    clerk: Actor,
    project: Project,
    clock: FixedClock,
    done_after: int,
    late: bool,
) -> None:
    with uow_as(clerk) as uow:
        start(uow, project, "T29")
    clock.move_to(at_local(TODAY + timedelta(days=20), time(9)))
    done_on = TODAY + timedelta(days=done_after)
    with uow_as(clerk) as uow:
        with pytest.raises(Invalid, match="还没有到"):
            use_cases.meet_term(uow, SUBJECT, "T29", on=TODAY + timedelta(days=21))
        met = use_cases.meet_term(uow, SUBJECT, "T29", on=done_on)

    assert met is not None
    assert (met.met_at, met.met_on) == (clock.now(), done_on)
    told = trail.links_of_project(session, project.id)[-1]
    assert (told.data["late"], told.data["met_on"]) == (late, done_on.isoformat())
    assert day_in_words(done_on) in told.words
    assert f"{done_on.month}月{done_on.day}日" in queries.term_line(met, clock.now()).words


def test_meet_term_allows_the_same_rule_to_start_again(
    session: Session, uow_as: Begin, clerk: Actor, project: Project
) -> None:
    with uow_as(clerk) as uow:
        start(uow, project, "T29")
        use_cases.meet_term(uow, SUBJECT, "T29")
        second = start(uow, project, "T29", starts_on=date(2026, 3, 3))

    found = queries.find_term(session, SUBJECT, "T29")
    assert found is not None
    assert found.id == second.id
    assert [term.id for term in queries.running_for(session, [SUBJECT])] == [second.id]


def test_cancel_terms_of_a_subject_stops_them_once(
    session: Session, uow_as: Begin, clerk: Actor, project: Project
) -> None:
    with uow_as(clerk) as uow:
        start(uow, project, "T29")
        start(uow, project, "T30")
        start(uow, project, "T28", subject_id="other")
        assert use_cases.cancel_terms(uow, SUBJECT, "T30") == 1
        assert use_cases.cancel_terms(uow, SUBJECT) == 1
        assert use_cases.cancel_terms(uow, SUBJECT) == 0

    assert [term.rule for term in queries.running_for(session, [SUBJECT, "other"])] == ["T28"]
    assert queries.find_term(session, SUBJECT, "T29") is None
    last = trail.links_of_project(session, project.id)[-1]
    assert (last.event, last.words) == ("TermsCancelled", "合同公告期限")


def test_closed_case_and_period_run_out_leave_nothing_running(
    session: Session, uow_as: Begin, clerk: Actor, project: Project, clock: FixedClock
) -> None:
    with uow_as(clerk) as uow:
        for rule in ("T23", "T29", "T28"):
            start(uow, project, rule)
        start(uow, project, "T23", subject_id="other", starts_on=date(2026, 5, 6))
    clock.move_to(at_local(date(2026, 5, 7)))
    with uow_as(clerk) as uow:
        assert use_cases.end_terms(uow) == 1
        assert use_cases.end_terms(uow) == 0
        close_project(uow, project)
        use_cases.on_project_closed(uow, ProjectClosed(subject_id=project.id, project=project.id))

    terms = {(t.subject_id, t.rule): t for t in queries.of_project(session, project.id)}
    period = terms[SUBJECT, "T23"]
    assert (period.status, period.met_on) == (TermStatus.MET, period.due_on)
    assert {t.status for t in terms.values() if t is not period} == {TermStatus.CANCELLED}
    told = trail.links_of_project(session, project.id)
    met = [link.data for link in told if link.event == "TermMet"]
    assert [(one["rule"], one["late"]) for one in met] == [("T23", False)]


def test_overdue_lists_duties_past_and_no_waiting_periods(
    session: Session, uow_as: Begin, clerk: Actor, project: Project, clock: FixedClock
) -> None:
    with uow_as(clerk) as uow:
        start(uow, project, "T29")
        start(uow, project, "T08")
        start(uow, project, "T28")
    later = at_local(date(2026, 3, 10))

    assert [term.rule for term in queries.overdue(session, later)] == ["T29"]
    assert queries.overdue(session, clock.now()) == []
    duty, wait = (queries.find_term(session, SUBJECT, rule) for rule in ("T29", "T08"))
    assert duty is not None
    assert wait is not None
    assert queries.term_line(duty, later).words.startswith("已逾期 4 个工作日")
    assert queries.term_line(wait, clock.now()).words.startswith("还需等")
    assert queries.term_line(wait, later).words.endswith("可以办理")
    assert queries.term_line(duty, later).rule == "《政府采购法实施条例》第五十条"
    assert len(queries.term_line(duty, later).basis) == 3


def test_settle_provisional_waits_for_the_year_and_then_moves_the_date(
    session: Session, uow_as: Begin, clerk: Actor, project: Project, clock: FixedClock
) -> None:
    with uow_as(clerk) as uow:
        deadline = start(uow, project, "T29", starts_on=date(2031, 5, 28))
    provisional_on = deadline.due_on
    assert deadline.provisional
    assert queries.term_line(deadline, clock.now()).provisional
    announced = WorkCalendar(
        [
            OfficialYear(
                2031,
                ("国办发明电〔2030〕1号",),
                (Festival("端午节", date(2031, 5, 29), date(2031, 6, 3), ()),),
            )
        ]
    )

    with uow_as(clerk) as uow:
        assert not use_cases.settle_provisional(uow, deadline)
        assert use_cases.settle_all_provisional(uow) == 0
    shown = queries.term_line(deadline, clock.now(), work=announced)
    assert shown.on == provisional_on
    assert "以登记的日期为准" in shown.basis_words
    with uow_as(clerk) as uow:
        assert use_cases.settle_all_provisional(uow, work=announced) == 1
        assert not use_cases.settle_provisional(uow, deadline, work=announced)

    assert deadline.due_on == date(2031, 6, 5)
    assert deadline.due_at == end_of_day(date(2031, 6, 5))
    assert not deadline.provisional
    told = trail.links_of_project(session, project.id)[-1]
    assert told.event == "TermSettled"
    before = day_in_words(provisional_on)
    assert told.words == f"合同公告期限：由暂定的 {before}改为 2031年6月5日"


def test_queries_take_one_statement_however_many_terms(
    session: Session,
    engine: Engine,
    uow_as: Begin,
    clerk: Actor,
    project: Project,
    clock: FixedClock,
) -> None:
    with uow_as(clerk) as uow:
        for number in range(30):
            start(uow, project, "T29", subject_id=f"subject-{number}")
    project_id = project.id
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    terms = queries.of_project(session, project_id)
    lines = [queries.term_line(term, clock.now()) for term in terms]

    assert len(lines) == 30
    assert len([text for text in statements if text.startswith("SELECT")]) == 1
