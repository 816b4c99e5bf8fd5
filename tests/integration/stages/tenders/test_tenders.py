"""Tenders through their use cases on both databases: done, refused, too early, second person."""

from dataclasses import replace
from datetime import date, time, timedelta

import pyrage
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from procure.kernel.access import Role
from procure.kernel.clock import at_local, end_of_day, local_date
from procure.kernel.errors import (
    DeadlinePassed,
    Denied,
    IllegalTransition,
    Invalid,
    NotFound,
    Stale,
    TooEarly,
)
from procure.kernel.lifecycle import Stage, TenderState
from procure.kernel.money import Money
from procure.kernel.vocabulary import NoticeKind, Period, PriceWay, ProcurementMethod
from procure.registers.deadlines.models import TermStatus
from procure.registers.deadlines.queries import find_term, of_project
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.storage import file_store
from procure.registers.funds import queries as funds
from procure.registers.funds.models import AccountKind
from procure.registers.notices import queries as notices
from procure.registers.projects.models import Project
from procure.render.documents import digest_of_data
from procure.stages.plans import queries as plans
from procure.stages.tenders import queries
from procure.stages.tenders.content import (
    Factor,
    Policy,
    Qualification,
    Requirement,
    Schedule,
    Scoring,
    Target,
    Targets,
)
from procure.stages.tenders.keys import release_identity
from procure.stages.tenders.models import DocumentTaker, Tender, TenderKey
from procure.stages.tenders.scheme import digest_of_scheme
from procure.stages.tenders.terms import DEADLINE_RULE
from procure.stages.tenders.use_cases.document_pickup import TakeDocument, take_document
from procure.stages.tenders.use_cases.drafting import (
    DraftTender,
    EditTender,
    SubmitTender,
    draft_tender,
    edit_tender,
    submit_tender,
)
from procure.stages.tenders.use_cases.publishing import (
    PublishTender,
    ReturnTender,
    publish_tender,
    return_tender,
)
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork
from tests.factories.bids import the_tender
from tests.factories.plans import given_announced_plan, given_approved_plan, plan_content
from tests.factories.tenders import (
    FACTORS,
    PLACE,
    TARGETS,
    at_deadline,
    given_drafted_tender,
    given_published_tender,
    given_submitted_tender,
    given_taken_document,
    given_written_tender,
    lawful_schedule,
    platform_key,
    save,
    tender_project,
    usual_sections,
)
from tests.paper_readers import mupdf_text
from tests.world import World

FIRST_DAY = date(2026, 4, 1)
"""The first lawful day when the intention is public on 2 March 2026 (T01)."""


def events_of(world: World, tender: Tender) -> list[str]:
    """The names of what happened in the tender's project, oldest first."""
    return [link.event for link in trail.links_of_project(world.session, tender.project_id)]


def test_draft_tender_takes_plan_standard_and_frequencies(world: World) -> None:
    tender = given_drafted_tender(world)
    assert tender.method is ProcurementMethod.CONSULTATION
    assert tender.ceiling_fen == 18_000_000
    assert "每站至少配备一名" in tender.requirement
    assert "第二十二条" not in tender.qualification
    targets = queries.targets_of(world.session, tender.id)
    assert {(row.period, row.at_least) for row in targets} >= {(Period.WEEK, 4), (Period.MONTH, 1)}
    assert tender_project(world, tender).stage is Stage.TENDER


def test_draft_tender_before_the_intention_is_refused(embedded_world: World) -> None:
    world = embedded_world
    plan = given_approved_plan(world)
    with pytest.raises(IllegalTransition, match="意向"), world.uow("jingban") as uow:
        draft_tender(uow, DraftTender(plan.project_id))


def test_draft_tender_twice_is_refused(embedded_world: World) -> None:
    world = embedded_world
    tender = given_drafted_tender(world)
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        draft_tender(uow, DraftTender(tender.project_id))


def test_draft_tender_by_others_is_denied(embedded_world: World) -> None:
    world = embedded_world
    plan = given_announced_plan(world)
    for username in ("shenhe", "yanshou", "yusuan"):
        with pytest.raises(Denied), world.uow(username) as uow:
            draft_tender(uow, DraftTender(plan.project_id))


def test_draft_tender_by_a_supplier_finds_nothing(embedded_world: World) -> None:
    world = embedded_world
    plan = given_announced_plan(world)
    with pytest.raises(NotFound), world.uow("jigou1") as uow:
        draft_tender(uow, DraftTender(plan.project_id))


def test_edit_tender_replaces_rows_and_counts_versions(world: World) -> None:
    tender = given_drafted_tender(world)
    seen = tender.version
    with world.uow("jingban") as uow:
        edit_tender(uow, EditTender(tender.id, seen, Targets(TARGETS.rows[:2])))
    assert len(queries.targets_of(world.session, tender.id)) == 2
    with pytest.raises(Stale), world.uow("jingban") as uow:
        edit_tender(uow, EditTender(tender.id, seen, TARGETS))


def test_edit_tender_after_sending_is_refused(embedded_world: World) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        edit_tender(uow, EditTender(tender.id, tender.version, TARGETS))


def test_edit_tender_by_outsiders_finds_nothing(embedded_world: World) -> None:
    world = embedded_world
    tender = given_drafted_tender(world)
    for username in ("jigou1", "zhuanjia1", "pinggu1"):
        with pytest.raises(NotFound), world.uow(username) as uow:
            edit_tender(uow, EditTender(tender.id, tender.version, TARGETS))


def test_submit_tender_that_does_not_add_up_is_refused(embedded_world: World) -> None:
    world = embedded_world
    tender = given_written_tender(world)
    save(world, tender, Scoring(PriceWay.LOW_PRICE_FIRST, 1_000, None, FACTORS[:2]))
    with pytest.raises(Invalid, match="现为 80 分"), world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))
    world.session.refresh(tender)
    assert tender.state is TenderState.DRAFT


def test_submit_tender_with_size_of_firm_as_demand_is_refused(embedded_world: World) -> None:
    world = embedded_world
    tender = given_written_tender(world)
    save(world, tender, Qualification("注册资本不少于一百万元；", ""))
    with pytest.raises(Invalid, match="规模条件"), world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))


def test_submit_tender_keeps_warnings_in_the_trail(embedded_world: World) -> None:
    world = embedded_world
    tender = given_written_tender(world)
    told = Requirement(tender.requirement, "白蕉镇", "两名人员坐班。", tender.acceptance_way)
    save(world, tender, told)
    with world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))
    links = trail.links_of_project(world.session, tender.project_id)
    sent = next(link for link in links if link.event == "TenderSubmitted")
    assert any("坐班" in words for words in sent.data["warnings"])


def test_return_tender_brings_it_back_with_the_reason(embedded_world: World) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    with world.uow("shenhe") as uow:
        return_tender(uow, ReturnTender(tender.id, tender.version, "评分标准要分段。"))
    world.session.refresh(tender)
    assert (tender.state, tender.returned_reason) == (TenderState.DRAFT, "评分标准要分段。")


def test_publish_tender_puts_everything_out_at_once(published_world: World) -> None:
    world = published_world
    tender = the_tender(world)
    project = tender_project(world, tender)
    assert tender.state is TenderState.PUBLISHED
    assert project.stage is Stage.BID
    assert tender.published_by == world.actor("shenhe").user_id
    notice = notices.of_project(world.session, project.id)[-1]
    assert notice.kind is NoticeKind.TENDER
    assert notice.period_until == date(2026, 4, 7)
    subjects = (tender.id, notice.id)
    papers = world.session.scalars(select(Document).where(Document.subject_id.in_(subjects))).all()
    assert {(paper.kind, paper.audience) for paper in papers} == {
        (DocumentKind.TENDER_DOCUMENT, DocumentAudience.PARTIES),
        (DocumentKind.CONTRACT_DRAFT, DocumentAudience.PUBLIC),
        (DocumentKind.NOTICE, DocumentAudience.PUBLIC),
    }
    document = queries.find_document(world.session, tender.id)
    assert document is not None
    assert document.template == "tender-document@4"
    key = world.session.get_one(TenderKey, tender.id)
    said = str(notice.sections)
    criteria = queries.criteria_of(world.session, tender.id)
    assert digest_of_scheme(tender, criteria) in said
    assert key.recipient in said
    assert document.snapshot is not None
    assert digest_of_data(document.snapshot) in said
    draft = queries.papers_out(world.session, tender.id).get(DocumentKind.CONTRACT_DRAFT)
    assert draft is not None
    assert draft.content in said
    assert document.snapshot["contract_sha256"] == draft.content
    text = mupdf_text(file_store().read(draft.digest))
    assert "草案，未经双方签署不生效" in text
    assert "站点开放" in text and "＿＿＿＿" in text
    assert trail.fsck(world.session) == []


def test_publish_tender_starts_its_terms_and_meets_the_intention(published_world: World) -> None:
    world = published_world
    tender = the_tender(world)
    plan = plans.find_plan(world.session, tender.project_id)
    assert plan is not None
    met = find_term(world.session, plan.id, "T01")
    assert met is not None
    assert met.status is TermStatus.MET
    running = {
        term.rule: term
        for term in of_project(world.session, tender.project_id)
        if term.subject_id == tender.id
    }
    assert set(running) == {"T08", "T09", "T10", DEADLINE_RULE, "T17/consultation"}
    assert running[DEADLINE_RULE].due_at == tender.deadline_at
    assert running["T09"].due_on == date(2026, 4, 9)


def test_open_tender_has_its_own_terms_and_waits_twenty_days(embedded_world: World) -> None:
    world = embedded_world
    told = plan_content(world, method=ProcurementMethod.OPEN_TENDER)
    tender = given_published_tender(world, told)
    rules = {
        term.rule
        for term in of_project(world.session, tender.project_id)
        if term.subject_id == tender.id
    }
    assert {"T02", "T03", "T04"} <= rules
    assert tender.deadline_at is not None
    assert local_date(tender.deadline_at) >= date(2026, 4, 21)


def test_publish_tender_before_the_intention_is_old_enough_is_too_early(
    embedded_world: World,
) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    world.at(FIRST_DAY - timedelta(days=1), 23, 59)
    with pytest.raises(TooEarly, match="还不满 30 日"), world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))


def test_publish_tender_a_day_late_asks_for_later_dates(embedded_world: World) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    world.at(FIRST_DAY + timedelta(days=1))
    with pytest.raises(Invalid, match="时间与地点") as refused, world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))
    assert "退回经办人" in (refused.value.remedy or "")
    world.session.refresh(tender)
    assert tender.state is TenderState.SUBMITTED
    assert world.session.get(TenderKey, tender.id) is None


def test_publish_tender_by_its_drafter_is_denied(embedded_world: World) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    world.session.execute(
        text("UPDATE tender SET drafted_by=:u"), {"u": world.actor("shenhe").user_id}
    )
    world.session.commit()
    world.session.refresh(tender)
    world.at(FIRST_DAY)
    with pytest.raises(Denied, match="由您编制"), world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))


def test_publish_tender_by_who_sent_it_in_another_office_is_denied(embedded_world: World) -> None:
    """SOD-1 by person, whatever the drafter's column says."""
    world = embedded_world
    tender = given_written_tender(world)
    with world.uow_in_role("shenhe", Role.CLERK) as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))
    world.session.refresh(tender)
    world.at(FIRST_DAY)

    with pytest.raises(Denied, match="由您编制、修改或者送审"), world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))
    number = tender_project(world, tender).number
    page = world.client("shenhe").get(f"/projects/{number}/tender/decision")
    assert "由您编制、修改或者送审" in page.text


def test_publish_tender_by_others_is_denied(embedded_world: World) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    world.at(FIRST_DAY)
    for username in ("jingban", "yanshou", "yusuan"):
        with pytest.raises(Denied), world.uow(username) as uow:
            publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))


def test_publish_tender_twice_is_refused(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    with pytest.raises(IllegalTransition), world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))


def test_database_refuses_one_person_as_drafter_and_publisher(world: World) -> None:
    tender = given_submitted_tender(world)
    with pytest.raises(DatabaseError, match="two_people"):
        world.session.execute(
            text("UPDATE tender SET published_by=drafted_by WHERE id=:i"), {"i": tender.id}
        )
    world.session.rollback()


def test_database_refuses_publication_without_dates(world: World) -> None:
    tender = given_drafted_tender(world)
    with pytest.raises(DatabaseError, match="published_has_dates"):
        world.session.execute(
            text("UPDATE tender SET state='published' WHERE id=:i"), {"i": tender.id}
        )
    world.session.rollback()


def test_edit_targets_drops_a_condition_written_for_a_service_that_was_replaced(
    embedded_world: World,
) -> None:
    world = embedded_world
    tender = given_drafted_tender(world)
    first = Target("日间照料", "次", Period.MONTH, 20, condition="签到表")
    second = Target("入户探访", "次", Period.MONTH, 30, condition="探访记录")
    save(world, tender, Targets((first, second)))

    replaced = replace(first, what="节日活动")
    save(world, tender, Targets((replaced, second, replace(second, what="电话探访"))))

    rows = queries.targets_of(world.session, tender.id)
    assert [(row.what, row.condition) for row in rows] == [
        ("节日活动", ""),
        ("入户探访", "探访记录"),
        ("电话探访", "探访记录"),
    ]
    save(world, tender, Targets((replaced,)))
    assert queries.targets_of(world.session, tender.id)[0].condition == "签到表"


def test_draft_tender_sent_twice_with_one_key_makes_one_document(world: World) -> None:
    """Same key, same answer; a second request of its own is still refused."""
    plan = given_announced_plan(world)
    with world.uow("jingban") as uow:
        first = draft_tender(uow, DraftTender(plan.project_id, "k" * 24)).id
    with world.uow("jingban") as uow:
        assert draft_tender(uow, DraftTender(plan.project_id, "k" * 24)).id == first
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        draft_tender(uow, DraftTender(plan.project_id, "n" * 24))


# --- key ---------------------------------------------------------------------------------------


def test_key_opens_what_was_sealed_to_it_after_the_deadline(published_world: World) -> None:
    world = published_world
    tender = the_tender(world)
    recipient = world.session.get_one(TenderKey, tender.id).recipient
    sealed = pyrage.encrypt(b"price", [pyrage.x25519.Recipient.from_str(recipient)])
    at_deadline(world, tender)
    with UnitOfWork(world.session, world.actor("jingban"), world.clock, technical=True) as uow:
        identity = release_identity(uow, tender, platform_key(world))
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)]) == b"price"
    assert world.session.get_one(TenderKey, tender.id).released_at == tender.deadline_at


def test_key_before_the_deadline_is_too_early(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    assert tender.deadline_at is not None
    world.clock.move_to(tender.deadline_at - timedelta(microseconds=1))
    with pytest.raises(TooEarly), world.uow("system") as uow:
        release_identity(uow, tender, platform_key(world))
    assert world.session.get_one(TenderKey, tender.id).released_at is None


def test_secret_half_never_lies_open_in_the_database(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    key = world.session.get_one(TenderKey, tender.id)
    assert b"AGE-SECRET-KEY" not in key.wrapped
    said = "".join(link.body for link in trail.links_of_project(world.session, tender.project_id))
    assert "AGE-SECRET-KEY" not in said
    assert key.recipient in said


# --- documents ---------------------------------------------------------------------------------


def test_take_document_is_noted_once_and_tells_nobody(published_world: World) -> None:
    world = published_world
    tender = the_tender(world)
    before = events_of(world, tender)
    first = given_taken_document(world, tender, "jigou1")
    again = given_taken_document(world, tender, "fuzeren1")
    assert again.id == first.id
    assert world.session.scalar(select(func.count()).select_from(DocumentTaker)) == 1
    assert events_of(world, tender) == before
    assert queries.takers_of(world.session, tender) == []
    chain = list(trail.read(world.session, trail.TrailEvent.stream == f"taker:{first.id}"))
    assert [link.event for link in chain] == ["DocumentTaken"]
    assert chain[0].project_id is None


def test_take_document_after_its_last_day_is_refused(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    assert tender.documents_until is not None
    world.clock.move_to(end_of_day(tender.documents_until))
    with pytest.raises(DeadlinePassed, match="停止提供"), world.uow("jigou1") as uow:
        take_document(uow, TakeDocument(tender.id))


def test_take_document_by_others_is_denied(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    for username in ("jingban", "shenji", "zhuanjia1", "pinggu1"):
        with pytest.raises(Denied), world.uow(username) as uow:
            take_document(uow, TakeDocument(tender.id))


def test_take_document_before_publication_finds_nothing(embedded_world: World) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    with pytest.raises(NotFound), world.uow("jigou1") as uow:
        take_document(uow, TakeDocument(tender.id))


def test_takers_are_known_after_the_opening(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    given_taken_document(world, tender, "jigou2")
    tender.opened_at = tender.deadline_at
    names = [name for name, _ in queries.takers_of(world.session, tender)]
    world.session.rollback()
    assert names == [world.actor("jigou2").organisation_name]


# --- termination -------------------------------------------------------------------------------


def test_terminate_tender_cancelled_gives_the_money_back(published_world: World) -> None:
    world = published_world
    tender = the_tender(world)
    plan = plans.find_plan(world.session, tender.project_id)
    assert plan is not None
    with world.uow("shenhe") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, "任务取消", True))
    available = funds.standing_on(world.session, plan.budget_line_id, AccountKind.AVAILABLE)
    assert sum(available.values()) == Money.from_yuan(1_000_000).fen
    project = world.session.get_one(Project, tender.project_id)
    assert project.closed_at is not None
    assert notices.of_project(world.session, project.id)[-1].kind is NoticeKind.TERMINATION
    standing = {term.status for term in of_project(world.session, project.id)}
    assert TermStatus.RUNNING not in standing


def test_terminated_tender_is_put_out_again_from_what_it_said(
    embedded_published_world: World,
) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    with world.uow("shenhe") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, "文件有误", False))
    with world.uow("jingban") as uow:
        second = draft_tender(uow, DraftTender(tender.project_id))
    assert second.round == 2
    assert second.deadline_at is None
    assert second.opening_place == PLACE
    assert [row.name for row in queries.criteria_of(world.session, second.id)] == [
        factor.name for factor in FACTORS
    ]
    dossier = queries.dossier_of(world.session, second, tender_project(world, second))
    schedule = lawful_schedule(dossier.plan, local_date(world.now))
    save(world, second, *usual_sections(second, schedule))
    with world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(second.id, second.version))
    with world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(second.id, second.version), platform_key(world))
    assert second.state is TenderState.PUBLISHED


def test_terminate_tender_without_reason_is_refused(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    with pytest.raises(Invalid) as refused, world.uow("shenhe") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, " ", False))
    assert refused.value.field == "reason"


def test_terminate_tender_names_who_took_the_document(embedded_published_world: World) -> None:
    """The chains of the takings are tied to the project's, so that none can be left out later."""
    world = embedded_published_world
    tender = the_tender(world)
    taking = given_taken_document(world, tender)
    stream = f"taker:{taking.id}"
    end = trail.heads(world.session, [stream])[stream]
    with world.uow("shenhe") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, "任务取消", True))
    told = trail.links_of_project(world.session, tender.project_id)
    [ended] = [link for link in told if link.event == "TenderTerminated"]
    assert ended.data["takers"] == {stream: list(end)}


def test_terminated_tender_releases_no_key(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    with world.uow("shenhe") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, "任务取消", True))
    at_deadline(world, tender)
    with pytest.raises(IllegalTransition), world.uow("system") as uow:
        release_identity(uow, tender, platform_key(world))


def test_terminate_tender_by_the_clerk_is_denied(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    with pytest.raises(Denied), world.uow("jingban") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, "任务取消", True))


# --- other ways of buying ----------------------------------------------------------------------


def test_hours_are_competed_for_at_a_fixed_price(embedded_world: World) -> None:
    world = embedded_world
    told = plan_content(world, price_way=PriceWay.RATIO_TO_MAX)
    tender = given_written_tender(world, told)
    save(
        world,
        tender,
        Scoring(
            PriceWay.RATIO_TO_MAX,
            1_500,
            4_800,
            (replace(FACTORS[0], points=8_500, standard="写明人员、时间和步骤的得 85 分。"),),
        ),
        Policy(0, 5_000, 5_000, 4_500),
    )
    with world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))
    world.at(FIRST_DAY)
    with world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))
    document = queries.find_document(world.session, tender.id)
    assert document is not None
    assert document.snapshot is not None
    assert "4,800 小时" in str(document.snapshot["price_rule"])


def test_schedule_is_checked_against_the_first_lawful_day_when_sent(embedded_world: World) -> None:
    world = embedded_world
    tender = given_written_tender(world)
    save(
        world,
        tender,
        Schedule(date(2026, 4, 8), at_local(date(2026, 4, 13), time(9, 30)), PLACE, 90),
    )
    with pytest.raises(Invalid, match="至少提供到"), world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))


def test_what_was_stored_before_entry_was_judged_stops_no_publication(
    embedded_world: World,
) -> None:
    """A mark nobody sees, a sign without glyph, the longest standard a form lets through."""
    world = embedded_world
    tender = given_written_tender(world)
    long = Factor("方案\u200d和\ue863", 9_000, False, "☑" + "一" * 1_499, "")
    save(world, tender, Scoring(PriceWay.LOW_PRICE_FIRST, 1_000, None, (long,)))
    with world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))
    world.at(FIRST_DAY)
    with world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))

    document = queries.find_document(world.session, tender.id)
    assert document is not None
    shown = mupdf_text(file_store().read(document.sha256))
    assert "方案和〔U+E863〕" in shown
    assert shown.count("一") >= 1_499 and "☑" in shown


def test_criteria_of_one_name_are_refused_before_the_document_is_sent(
    embedded_world: World,
) -> None:
    world = embedded_world
    tender = given_written_tender(world)
    two = (Factor("服务方案", 5_000, False, "优", ""), Factor("服务　方案", 4_000, False, "优", ""))
    save(world, tender, Scoring(PriceWay.LOW_PRICE_FIRST, 1_000, None, two))
    with pytest.raises(Invalid, match="服务　方案.*不止一次"), world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))
