"""Evaluations on both databases: each verb by the right person, in the right state, in time."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from procure.kernel.case_lines import Paper
from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, IllegalTransition, Invalid, Stale, TooEarly
from procure.kernel.holiday_table import OfficialYear
from procure.kernel.lifecycle import EvaluationState, ServiceRecordState, Stage
from procure.kernel.vocabulary import Dimension, Grade
from procure.kernel.workdays import WorkCalendar, add_months
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.deadlines.queries import find_term, running_for
from procure.registers.deadlines.use_cases import cancel_terms, settle_all_provisional, start_term
from procure.registers.documents.models import Document, DocumentAudience
from procure.registers.documents.queries import papers_of
from procure.registers.projects.models import Part, ProjectParty
from procure.stages.delivery import queries as deliveries
from procure.stages.delivery.models import ServiceRecord
from procure.stages.evaluation import queries
from procure.stages.evaluation.case import todo
from procure.stages.evaluation.checks import find_problems
from procure.stages.evaluation.models import Evaluation, SampleVerdict
from procure.stages.evaluation.results import FULL
from procure.stages.evaluation.sampling import draw
from procure.stages.evaluation.use_cases.confirm import (
    ConfirmEvaluation,
    RefuseRectification,
    ReportRectification,
    ReturnEvaluation,
    SettleEvaluation,
    SubmitEvaluation,
    WaiveRectification,
    confirm_evaluation,
    refuse_rectification,
    report_rectification,
    return_evaluation,
    settle_evaluation,
    submit_evaluation,
    waive_rectification,
)
from procure.stages.evaluation.use_cases.schedule import (
    ScheduleAgain,
    assign_evaluation,
    schedule_again,
)
from procure.stages.evaluation.use_cases.score import (
    DeclareIndependence,
    DrawRecords,
    RecordCheck,
    declare_independence,
    draw_records,
    save_checks,
    save_scores,
    save_summary,
    save_visit,
)
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork
from tests.factories.contracts import APPROVER, CLERK, MEMBER, SIGNATORY, contract_of
from tests.factories.evaluation import (
    EVALUATOR,
    FINAL,
    LEAD,
    MIDTERM,
    assignment,
    checks_for,
    evaluation_of,
    given_assigned_evaluation,
    given_confirmed_evaluation,
    given_scored_evaluation,
    given_submitted_evaluation,
    in_final_window,
    indicators_of,
    scores_for,
    summary_for,
    visit_for,
)
from tests.world import World


def test_schedule_at_signing_sets_both_dates_with_terms(served_world: World) -> None:
    contract = contract_of(served_world)
    midterm, final = evaluation_of(served_world), evaluation_of(served_world, FINAL)

    assert contract.starts_on is not None
    assert contract.ends_on is not None
    assert midterm.due_on == add_months(contract.starts_on, 6)[0]
    assert final.due_on == contract.ends_on
    for evaluation in (midterm, final):
        term = queries.term_of(served_world.session, evaluation)
        assert term is not None
        assert (term.status, term.due_on) == (TermStatus.RUNNING, evaluation.due_on)


def test_assign_by_clerk_copies_indicators_and_lets_the_assessor_in(served_world: World) -> None:
    given_assigned_evaluation(served_world)
    evaluation = evaluation_of(served_world)
    contract = contract_of(served_world)
    item, told = queries.indicators_of_catalogue(served_world.session, contract.project_id)

    assert item.edition == 1
    copied = indicators_of(served_world, evaluation)
    assert [(row.name, row.points) for row in copied] == [(r.name, r.points) for r in told]
    assert sum(row.points for row in copied) == FULL
    of_project = ProjectParty.project_id == contract.project_id
    parts = served_world.session.scalars(select(ProjectParty.part).where(of_project))
    assert Part.ASSESSOR in parts.all()


def test_assign_refuses_an_assessor_that_bid_for_the_project(served_world: World) -> None:
    evaluation, contract = evaluation_of(served_world), contract_of(served_world)
    choices = queries.evaluator_choices(served_world.session, contract)
    bidders = queries.bidders_of(served_world.session, contract.project_id)

    assert contract.supplier_id in bidders
    assert all(not choice.refusal for choice in choices)
    stranger = replace(assignment(served_world, evaluation), evaluator_id="nobody")
    with pytest.raises(Invalid, match="没有这位评估员"), served_world.uow(CLERK) as uow:
        assign_evaluation(uow, stranger)


def test_assign_by_another_office_is_denied(served_world: World) -> None:
    evaluation = evaluation_of(served_world)

    for username in (APPROVER, MEMBER, EVALUATOR, "guoku", "shenji"):
        with pytest.raises(Denied), served_world.uow(username) as uow:
            assign_evaluation(uow, assignment(served_world, evaluation))


def test_assign_twice_is_refused(served_world: World) -> None:
    evaluation = given_assigned_evaluation(served_world)

    with pytest.raises(IllegalTransition), served_world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(served_world, evaluation))


def test_score_before_the_declaration_is_refused(served_world: World) -> None:
    evaluation = evaluation_of(served_world)
    with served_world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(served_world, evaluation))
    command = scores_for(served_world, MIDTERM, Dimension.OUTPUT, Decimal(1))

    with pytest.raises(IllegalTransition, match="独立性声明"), served_world.uow(EVALUATOR) as uow:
        save_scores(uow, command)


def test_declare_twice_is_refused(served_world: World) -> None:
    evaluation = given_assigned_evaluation(served_world)

    with pytest.raises(IllegalTransition), served_world.uow(EVALUATOR) as uow:
        declare_independence(uow, DeclareIndependence(evaluation.id))


def test_draw_records_takes_accepted_ones_and_can_be_repeated(served_world: World) -> None:
    evaluation = given_assigned_evaluation(served_world)
    with served_world.uow(EVALUATOR) as uow:
        draw_records(uow, DrawRecords(evaluation.id, evaluation.version))
    evaluation = evaluation_of(served_world)

    drawn = evaluation.sampled_ids
    assert evaluation.sample is not None
    assert evaluation.sample["population"] == len(drawn) == 3
    assert draw(drawn, str(evaluation.sample["seed"]), len(drawn)).ids == drawn
    with pytest.raises(Invalid, match="不能重抽"), served_world.uow(EVALUATOR) as uow:
        draw_records(uow, DrawRecords(evaluation.id, evaluation.version))


def test_score_without_reason_is_refused_and_keeps_nothing(served_world: World) -> None:
    evaluation = given_assigned_evaluation(served_world)
    command = scores_for(served_world, MIDTERM, Dimension.OUTPUT, Decimal(1))
    silent = replace(command, scores=tuple(replace(one, reason=" ") for one in command.scores))

    with pytest.raises(Invalid, match="理由"), served_world.uow(EVALUATOR) as uow:
        save_scores(uow, silent)
    assert all(row.score is None for row in indicators_of(served_world, evaluation))


def test_score_above_the_points_is_refused(served_world: World) -> None:
    given_assigned_evaluation(served_world)
    command = scores_for(served_world, MIDTERM, Dimension.OUTPUT, Decimal("1.01"))

    with pytest.raises(Invalid, match="得分应当在"), served_world.uow(EVALUATOR) as uow:
        save_scores(uow, command)


def test_score_on_an_old_page_is_refused(served_world: World) -> None:
    given_assigned_evaluation(served_world)
    command = scores_for(served_world, MIDTERM, Dimension.OUTPUT, Decimal(1))
    with served_world.uow(EVALUATOR) as uow:
        save_scores(uow, command)

    with pytest.raises(Stale), served_world.uow(LEAD) as uow:
        save_scores(uow, command)


def test_score_by_another_office_is_denied(served_world: World) -> None:
    given_assigned_evaluation(served_world)
    command = scores_for(served_world, MIDTERM, Dimension.OUTPUT, Decimal(1))

    for username in (CLERK, APPROVER, MEMBER, "zhuanjia1"):
        with pytest.raises(Denied), served_world.uow(username) as uow:
            save_scores(uow, command)


def test_visit_on_a_day_to_come_is_refused(served_world: World) -> None:
    given_assigned_evaluation(served_world)
    command = visit_for(served_world, MIDTERM)
    tomorrow = replace(command, visited_on=command.visited_on + timedelta(days=1))

    with pytest.raises(Invalid, match="走访日期"), served_world.uow(EVALUATOR) as uow:
        save_visit(uow, tomorrow)


def test_untrue_record_counts_nowhere_and_holds_the_scores_down(served_world: World) -> None:
    """A sample with untrue records cannot pass unremarked: who, why, and what of the rest."""
    world = served_world
    given_scored_evaluation(world)
    contract = contract_of(world)
    before = _accepted(world)
    with world.uow(EVALUATOR) as uow:
        save_checks(uow, checks_for(world, MIDTERM, SampleVerdict.FALSE, SampleVerdict.UNCLEAR))

    evaluation = evaluation_of(world)
    record = world.session.get_one(ServiceRecord, evaluation.sampled_ids[0])
    assert record.state is ServiceRecordState.VOIDED
    assert _accepted(world) == before - 1
    assert (evaluation.records_checked, evaluation.records_sound) == (3, 1)
    told = [link.data for link in trail.links_of_project(world.session, contract.project_id)]
    assert any(one.get("reason") == "服务对象说没有这次服务。" for one in told)
    with pytest.raises(Denied, match="没有填写或者不符合规定"), world.uow(LEAD) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))
    words = "、".join(_findings(world))
    assert "不属实 1 条，无法核实 1 条" in words
    assert "站点开放”最多 2.66 分" in words

    with world.uow(EVALUATOR) as uow:
        save_checks(uow, checks_for(world, MIDTERM))
    assert record.state is ServiceRecordState.ACCEPTED, "a corrected verdict lets it count again"
    assert _accepted(world) == before
    evaluation = evaluation_of(world)
    with world.uow(LEAD) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))


def test_doubts_need_a_reason_and_a_conclusion_for_the_rest(embedded_served_world: World) -> None:
    world = embedded_served_world
    given_scored_evaluation(world)
    command = checks_for(world, MIDTERM, SampleVerdict.UNCLEAR)
    bare = replace(command, checks=tuple(replace(one, reason="") for one in command.checks))
    with pytest.raises(Invalid, match="要写明理由") as refused, world.uow(EVALUATOR) as uow:
        save_checks(uow, bare)
    assert refused.value.field == "reason_1"
    stranger = replace(command, checks=(RecordCheck("0" * 32, SampleVerdict.TRUE),))
    with pytest.raises(Invalid, match="没有抽中"), world.uow(EVALUATOR) as uow:
        save_checks(uow, stranger)

    with world.uow(EVALUATOR) as uow:
        save_checks(uow, command)
    assert any("请写明" not in one and "无法核实 1 条" in one for one in _findings(world))
    for dimension in (Dimension.OUTPUT,):
        with world.uow(EVALUATOR) as uow:
            save_scores(uow, scores_for(world, MIDTERM, dimension, Decimal("0.5")))
    with world.uow(EVALUATOR) as uow:
        rest = "其余记录与签到表一致，可以采信。"
        save_checks(uow, checks_for(world, MIDTERM, SampleVerdict.UNCLEAR, rest=rest))
    evaluation = evaluation_of(world)
    with world.uow(LEAD) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))
    decision = world.client(APPROVER).get(_address(world, "decide")).text
    assert rest in decision
    assert "无法核实 1 条" in decision


def test_answers_below_the_floor_hold_satisfaction_down(embedded_served_world: World) -> None:
    world = embedded_served_world
    given_scored_evaluation(world)
    for answered, satisfied, most in (
        (5, 4, "6.66"),
        (5, 3, "3.33"),
        (8, 3, "0.00"),
        (0, 0, "0.00"),
    ):
        with world.uow(EVALUATOR) as uow:
            visit = visit_for(world, MIDTERM)
            save_visit(
                uow,
                replace(
                    visit, survey_sampled=8, survey_answered=answered, survey_satisfied=satisfied
                ),
            )
        evaluation = evaluation_of(world)
        with pytest.raises(Denied, match="不符合规定"), world.uow(LEAD) as uow:
            submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))
        assert any(f"老年人和家属满意度”最多 {most} 分" in one for one in _findings(world))
    with world.uow(EVALUATOR) as uow:
        save_scores(uow, scores_for(world, MIDTERM, Dimension.SATISFACTION, Decimal(0)))
    evaluation = evaluation_of(world)
    with world.uow(LEAD) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))
    assert "没有服务对象的有效回答" in world.client(APPROVER).get(_address(world, "decide")).text


def _accepted(world: World) -> int:
    contract = contract_of(world)
    return sum(row.accepted for row in deliveries.progress(world.session, contract.id))


def _findings(world: World) -> list[str]:
    evaluation = evaluation_of(world)
    dossier = queries.dossier_of(world.session, evaluation, contract_of(world))
    found = find_problems(evaluation, dossier.indicators, dossier.sample, dossier.floor, "")
    return [finding.message for finding in found]


def _address(world: World, page: str) -> str:
    return f"/projects/{contract_of(world).project.number}/evaluations/midterm/{page}"


def test_submit_with_open_scores_is_refused(served_world: World) -> None:
    evaluation = given_assigned_evaluation(served_world)

    with pytest.raises(Denied, match="没有填写"), served_world.uow(LEAD) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))


def test_submit_by_the_evaluator_alone_is_denied(served_world: World) -> None:
    evaluation = given_scored_evaluation(served_world)

    with pytest.raises(Denied), served_world.uow(EVALUATOR) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))


def test_submit_adds_up_grades_and_files_a_report_for_the_buyer(served_world: World) -> None:
    evaluation = given_submitted_evaluation(served_world, ratio=Decimal("0.80"))

    assert evaluation.state is EvaluationState.SUBMITTED
    assert (evaluation.total_points, evaluation.grade) == (8_000, Grade.GOOD)
    document = served_world.session.get_one(Document, evaluation.report_document_id)
    assert document.audience is DocumentAudience.BUYER
    assert _reports(served_world, MEMBER) == []
    assert len(_reports(served_world, CLERK)) == 1


def test_return_lets_the_assessor_correct_and_submit_again(served_world: World) -> None:
    evaluation = given_submitted_evaluation(served_world)
    with served_world.uow(APPROVER) as uow:
        reason = "走访记录缺少照片。"
        return_evaluation(uow, ReturnEvaluation(evaluation.id, evaluation.version, reason))
    evaluation = evaluation_of(served_world)

    assert (evaluation.state, evaluation.grade) == (EvaluationState.ASSIGNED, None)
    with served_world.uow(LEAD) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))
    assert evaluation_of(served_world).returned_reason == ""


def test_return_without_reason_is_refused(served_world: World) -> None:
    evaluation = given_submitted_evaluation(served_world)

    with pytest.raises(Invalid, match="理由"), served_world.uow(APPROVER) as uow:
        return_evaluation(uow, ReturnEvaluation(evaluation.id, evaluation.version, " "))


def test_confirm_by_another_office_is_denied(served_world: World) -> None:
    evaluation = given_submitted_evaluation(served_world)

    for username in (CLERK, LEAD, MEMBER, "yanshou"):
        with pytest.raises(Denied), served_world.uow(username) as uow:
            confirm_evaluation(uow, ConfirmEvaluation(evaluation.id, evaluation.version))


def test_confirm_meets_the_term_and_shows_the_report_to_the_provider(
    confirmed_world: World,
) -> None:
    world = confirmed_world
    evaluation = evaluation_of(world)

    term = find_term(world.session, evaluation.id, queries.rule_of(evaluation))
    assert term is not None
    assert term.status is TermStatus.MET
    shown = _reports(world, MEMBER)
    assert len(shown) == 1
    digests = {paper.digest for paper in _reports(world, CLERK)}
    assert digests == {shown[0].digest}, "the confirmed report is the submitted one, byte for byte"


def test_confirm_a_failed_result_needs_a_demand_and_starts_thirty_days(served_world: World) -> None:
    evaluation = given_submitted_evaluation(served_world, ratio=Decimal("0.5"))
    with pytest.raises(Invalid, match="整改要求"), served_world.uow(APPROVER) as uow:
        confirm_evaluation(uow, ConfirmEvaluation(evaluation.id, evaluation.version))

    with served_world.uow(APPROVER) as uow:
        demand = "按月探访，补齐记录。"
        confirm_evaluation(uow, ConfirmEvaluation(evaluation.id, evaluation.version, demand))
    term = find_term(served_world.session, evaluation.id, "T70")
    assert term is not None
    assert term.due_on >= local_date(served_world.now) + timedelta(days=30)
    assert term.organisation_id == contract_of(served_world).supplier_id


def test_failed_evaluation_is_mended_reported_and_repeated(failed_world: World) -> None:
    world = failed_world
    failed = evaluation_of(world)
    with world.uow(MEMBER) as uow:
        report_rectification(
            uow, ReportRectification(failed.id, failed.version, "已补齐三月探访记录。")
        )
    due = local_date(world.now) + timedelta(days=20)
    with world.uow(CLERK) as uow:
        schedule_again(uow, ScheduleAgain(failed.id, due))

    second = evaluation_of(world)
    assert (second.round, second.state) == (2, EvaluationState.SCHEDULED)
    repeated = given_confirmed_evaluation(world, ratio=Decimal("0.85"))
    assert (repeated.round, repeated.grade) == (2, Grade.GOOD)
    term = find_term(world.session, failed.id, "T70")
    assert term is not None
    assert term.status is TermStatus.MET


def test_schedule_again_after_a_passed_round_is_refused(confirmed_world: World) -> None:
    world = confirmed_world
    evaluation = evaluation_of(world)
    due = local_date(world.now) + timedelta(days=20)

    with pytest.raises(IllegalTransition, match="已经合格"), world.uow(CLERK) as uow:
        schedule_again(uow, ScheduleAgain(evaluation.id, due))


@pytest.mark.parametrize("days", [-1, 91])
def test_schedule_again_too_far_off_is_refused(failed_world: World, days: int) -> None:
    world = failed_world
    failed = evaluation_of(world)
    due = local_date(world.now) + timedelta(days=days)

    with pytest.raises(Invalid, match="复评日期"), world.uow(CLERK) as uow:
        schedule_again(uow, ScheduleAgain(failed.id, due))


def test_final_evaluation_is_neither_offered_nor_assigned_before_its_month(
    embedded_served_world: World,
) -> None:
    world = embedded_served_world
    final = evaluation_of(world, FINAL)

    with pytest.raises(TooEarly, match="末期评估最早于"), world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(world, final))
    in_final_window(world)
    with pytest.raises(IllegalTransition, match="中期评估"), world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(world, evaluation_of(world, FINAL)))
    assert evaluation_of(world, FINAL).state is EvaluationState.SCHEDULED


def test_each_person_declares_for_themselves(served_world: World) -> None:
    evaluation = evaluation_of(served_world)
    with served_world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(served_world, evaluation))
    with served_world.uow(LEAD) as uow:
        declare_independence(uow, DeclareIndependence(evaluation.id))

    evaluation = evaluation_of(served_world)
    for act, command in (
        (draw_records, DrawRecords(evaluation.id, evaluation.version)),
        (save_visit, visit_for(served_world, MIDTERM)),
        (save_summary, summary_for(served_world, MIDTERM)),
        (save_scores, scores_for(served_world, MIDTERM, Dimension.OUTPUT, Decimal(1))),
    ):
        with (
            pytest.raises(IllegalTransition, match="您还没有签署"),
            served_world.uow(EVALUATOR) as uow,
        ):
            act(uow, command)
    with served_world.uow(EVALUATOR) as uow:
        declare_independence(uow, DeclareIndependence(evaluation.id))
    signed = queries.declarations_of(served_world.session, evaluation.id)
    assert {one.user_id for one in signed} == {
        served_world.actor(name).user_id for name in (EVALUATOR, LEAD)
    }


def test_rectification_is_sent_back_with_new_days_and_planning_again_ends_them(
    failed_world: World,
) -> None:
    world = failed_world
    failed = evaluation_of(world)
    first = find_term(world.session, failed.id, "T70").due_on
    _report(world, failed.id)
    failed = evaluation_of(world)
    with pytest.raises(IllegalTransition, match="已经报送"):
        _report(world, failed.id)
    world.at(first)
    with world.uow(CLERK) as uow:
        refuse_rectification(uow, RefuseRectification(failed.id, failed.version, "缺三月记录。"))

    asked = find_term(world.session, failed.id, "T70")
    assert (asked.status, asked.starts_on) == (TermStatus.RUNNING, first)
    assert asked.due_on > first
    failed = evaluation_of(world)
    assert (failed.rectified_at, failed.rectification_refusal) == (None, "缺三月记录。")
    with world.uow(CLERK) as uow:
        schedule_again(uow, ScheduleAgain(failed.id, first + timedelta(days=20)))
    running = running_for(world.session, [failed.id])
    assert not running, "no term of the first round is left that nobody can meet"
    _report(world, failed.id)
    first_round = world.session.get_one(Evaluation, failed.id)
    assert first_round.rectified_at is not None, "the report goes to the round that asked"
    assert evaluation_of(world).rectified_at is None


def test_failed_round_again_is_closed_by_the_approver_and_frees_the_final(
    embedded_failed_world: World,
) -> None:
    world = embedded_failed_world
    failed = evaluation_of(world)
    closing = SettleEvaluation(failed.id, failed.version, "机构无力整改。")
    with pytest.raises(TooEarly), world.uow(APPROVER) as uow:
        settle_evaluation(uow, closing)
    in_final_window(world)
    with pytest.raises(IllegalTransition, match="不合格"), world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(world, evaluation_of(world, FINAL)))
    with world.uow(APPROVER) as uow:
        settle_evaluation(uow, closing)

    assert not running_for(world.session, [failed.id])
    assert evaluation_of(world).settled_reason == "机构无力整改。"
    with world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(world, evaluation_of(world, FINAL)))
    assert evaluation_of(world, FINAL).state is EvaluationState.ASSIGNED


def test_failed_final_is_closed_after_the_days_for_putting_right_or_a_waiver(
    embedded_served_world: World,
) -> None:
    """Planning a further round at once and failing again does not shorten the days either."""
    world = embedded_served_world
    for _ in range(2):
        failed = given_confirmed_evaluation(world, FINAL, Decimal("0.5"))
        _settle_too_early(world, failed)
        if failed.round == 1:
            with world.uow(CLERK) as uow:
                schedule_again(uow, ScheduleAgain(failed.id, local_date(world.now)))
    first_days = find_term(world.session, failed.id, "T70").due_on
    world.at(first_days)
    _settle_too_early(world, failed)
    assert "/settle" not in [
        task.href for task in todo(world.session, world.actor(APPROVER), world.now)
    ]

    command = WaiveRectification(failed.id, failed.version, "机构已无人员。")
    with pytest.raises(Denied), world.uow(MEMBER) as uow:
        waive_rectification(uow, command)
    with pytest.raises(Invalid), world.uow(SIGNATORY) as uow:
        waive_rectification(uow, replace(command, reason=" "))
    page = f"/projects/{contract_of(world).project.number}/evaluations/final/rectification/waive"
    world.client(SIGNATORY).post(page, {"reason": command.reason, "confirmed": "yes"})
    assert not running_for(world.session, [failed.id])
    waiting = todo(world.session, world.actor(APPROVER), world.now)
    assert [task.href[-7:] for task in waiting] == ["/settle"]
    with world.uow(APPROVER) as uow:
        settle_evaluation(uow, SettleEvaluation(failed.id, command.version + 1, "不再复评。"))
    assert evaluation_of(world, FINAL).is_closed


def _settle_too_early(world: World, failed: Evaluation) -> None:
    with pytest.raises(TooEarly, match="整改期限到"), world.uow(APPROVER) as uow:
        settle_evaluation(uow, SettleEvaluation(failed.id, failed.version, "不再复评。"))


def test_date_that_becomes_final_is_carried_on_to_the_evaluation(
    embedded_served_world: World,
) -> None:
    """Terms of older releases were counted by T68 and may still be provisional."""
    world = embedded_served_world
    final = evaluation_of(world, FINAL)
    with UnitOfWork(world.session, world.actor("system"), world.clock) as uow:
        cancel_terms(uow, final.id)
        old = start_term(
            uow,
            project_id=contract_of(world).project_id,
            subject_id=final.id,
            rule="T68",
            starts_on=final.due_on,
        )
    announced = WorkCalendar([OfficialYear(old.due_on.year, ("国办发明电〔2026〕9号",), ())])
    with UnitOfWork(world.session, world.actor("system"), world.clock) as uow:
        assert settle_all_provisional(uow, work=announced) == 1

    settled = world.session.get_one(Deadline, old.id)
    assert not settled.provisional
    assert evaluation_of(world, FINAL).due_on == settled.due_on


def _report(world: World, evaluation_id: str) -> None:
    version = world.session.get_one(Evaluation, evaluation_id).version
    with world.uow(MEMBER) as uow:
        report_rectification(uow, ReportRectification(evaluation_id, version, "已补齐三月记录。"))


def test_stage_is_entered_with_the_first_assignment(served_world: World) -> None:
    given_assigned_evaluation(served_world)

    assert contract_of(served_world).project.stage is Stage.EVALUATION


def _reports(world: World, username: str) -> list[Paper]:
    evaluation = evaluation_of(world)
    contract = contract_of(world)
    actor = world.actor(username)
    return papers_of(
        world.session, actor, project_id=contract.project_id, subject_ids=[evaluation.id]
    )
