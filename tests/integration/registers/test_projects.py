"""Projects: opened once, numbered without gaps, seen by those they concern."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR, VISITOR, Actor, Level, OrganisationKind, Role
from procure.kernel.case_lines import StepStanding
from procure.kernel.clock import FixedClock
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.lifecycle import Stage
from procure.kernel.paging import PageRequest
from procure.registers.accounts.models import Organisation
from procure.registers.projects import queries, use_cases
from procure.registers.projects.models import Lot, Part, Project, ProjectParty, StageEntry
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork
from tests.factories.registers import actor_of

Begin = Callable[[Actor], AbstractContextManager[UnitOfWork]]


def open_one(uow: UnitOfWork, buyer: Organisation, title: str = "镇街社工站服务") -> Project:
    return use_cases.open_project(uow, title=title, buyer=buyer, budget_fen=185_000_000)


def test_open_project_of_a_buyer_gives_number_lot_party_and_stage(
    session: Session, uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    with uow_as(clerk) as uow:
        project = open_one(uow, buyer)

    assert project.number == "DMMZ-2026-001"
    assert [lot.budget_fen for lot in queries.lots_of(session, project.id)] == [185_000_000]
    assert queries.parts_of(session, clerk, project.id) == {Part.BUYER}
    assert session.scalars(select(ProjectParty.organisation_id)).all() == [buyer.id]
    links = trail.links_of_project(session, project.id)
    assert [link.event for link in links] == ["ProjectOpened", "StageEntered", "PartyAdded"]
    assert "¥1,850,000.00" in links[0].words
    assert links[1].words == "计划"
    assert links[2].words == "斗门区民政局（民政局）作为采购人"


def test_prefix_taken_over_goes_on_after_the_highest_number(
    session: Session, uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    """After a reform of the organs of state another organisation may hold an old prefix."""
    with uow_as(clerk) as uow:
        for _ in range(2):
            open_one(uow, buyer)
        buyer.number_prefix = "DMQM"
        heir = Organisation(
            name="斗门区社会工作部", kind=buyer.kind, level=buyer.level, number_prefix="DMMZ"
        )
        uow.session.flush()
        uow.session.add(heir)
        uow.session.flush()
        assert open_one(uow, heir).number == "DMMZ-2026-003"
        assert open_one(uow, buyer).number == "DMQM-2026-001"


def test_open_project_many_at_once_numbers_without_gap(
    engine: Engine, buyer: Organisation, clerk: Actor, clock: FixedClock
) -> None:
    buyer_id, together, numbers = buyer.id, Barrier(8), []

    def work() -> None:
        with Session(engine) as own:
            together.wait()
            with UnitOfWork(own, clerk, clock) as uow:
                project = open_one(uow, own.get_one(Organisation, buyer_id))
                number = project.number
            numbers.append(number)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == [f"DMMZ-2026-{count:03d}" for count in range(1, 9)]


def test_open_project_with_wrong_input_is_refused(
    uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    for title, budget, field in (
        (" ", 1, "title"),
        ("长" * 121, 1, "title"),
        ("社工站", 0, "budget"),
    ):
        with pytest.raises(Invalid) as refusal, uow_as(clerk) as uow:
            use_cases.open_project(uow, title=title, buyer=buyer, budget_fen=budget)

        assert refusal.value.field == field


def test_open_project_by_a_supplier_is_refused(
    session: Session, uow_as: Begin, supplier: Organisation
) -> None:
    with pytest.raises(Invalid, match="不能作为购买主体"), uow_as(SYSTEM_ACTOR) as uow:
        open_one(uow, supplier)

    assert session.scalars(select(Lot)).all() == []


def test_enter_stage_twice_records_once_and_never_goes_back(
    session: Session, uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    with uow_as(clerk) as uow:
        project = open_one(uow, buyer)
        use_cases.enter_stage(uow, project, Stage.PAYMENT)
        use_cases.enter_stage(uow, project, Stage.DELIVERY)
        use_cases.enter_stage(uow, project, Stage.DELIVERY)

    assert project.stage is Stage.PAYMENT
    entries = session.scalars(select(StageEntry).where(StageEntry.project_id == project.id)).all()
    assert sorted(entry.stage for entry in entries) == ["delivery", "payment", "plan"]
    standings = {step.label: step.standing for step in queries.stage_steps(session, project)}
    assert standings["履约"] is StepStanding.CURRENT
    assert standings["验收"] is StepStanding.AHEAD
    assert standings["招标（磋商）"] is StepStanding.SKIPPED
    assert standings["支付"] is StepStanding.CURRENT
    assert standings["办结"] is StepStanding.AHEAD


def test_stages_of_a_running_contract_stand_beside_one_another(
    session: Session, uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    """Paid for at signing, served for a year: neither is done, and acceptance will come."""
    with uow_as(clerk) as uow:
        project = open_one(uow, buyer)
        for stage in (Stage.CONTRACT, Stage.DELIVERY, Stage.PAYMENT, Stage.EVALUATION):
            use_cases.enter_stage(uow, project, stage)

    def told() -> dict[str, StepStanding]:
        return {step.label: step.standing for step in queries.stage_steps(session, project)}

    running = told()
    assert running["合同"] is StepStanding.DONE
    assert {running[name] for name in ("履约", "评估", "支付")} == {StepStanding.CURRENT}
    assert running["验收"] is StepStanding.AHEAD
    with uow_as(clerk) as uow:
        use_cases.enter_stage(uow, project, Stage.ACCEPTANCE)
    assert told()["履约"] is told()["评估"] is StepStanding.DONE
    assert told()["验收"] is told()["支付"] is StepStanding.CURRENT


def test_enter_stage_closed_is_left_to_close_project(
    uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    with uow_as(clerk) as uow:
        project = open_one(uow, buyer)
        with pytest.raises(Invalid):
            use_cases.enter_stage(uow, project, Stage.CLOSED)


def test_close_project_twice_closes_once(
    session: Session, uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    with uow_as(clerk) as uow:
        project = open_one(uow, buyer)
        use_cases.close_project(uow, project)
        use_cases.close_project(uow, project)

    events = [link.event for link in trail.links_of_project(session, project.id)]
    assert events.count("ProjectClosed") == 1
    assert project.stage is Stage.CLOSED
    steps = queries.stage_steps(session, project)
    assert all(step.standing in (StepStanding.DONE, StepStanding.SKIPPED) for step in steps)


def test_add_party_twice_adds_once(
    session: Session, uow_as: Begin, buyer: Organisation, supplier: Organisation, clerk: Actor
) -> None:
    with uow_as(clerk) as uow:
        project = open_one(uow, buyer)
        first = use_cases.add_party(uow, project.id, supplier.id, Part.SUPPLIER)
        second = use_cases.add_party(uow, project.id, supplier.id, Part.SUPPLIER)

    assert first.id == second.id
    assert session.scalars(select(ProjectParty.part).order_by(ProjectParty.since)).all() == [
        Part.BUYER,
        Part.SUPPLIER,
    ]


def test_add_party_unknown_organisation_is_not_found(
    uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    with uow_as(clerk) as uow:
        project = open_one(uow, buyer)
        with pytest.raises(NotFound):
            use_cases.add_party(uow, project.id, "0" * 32, Part.SUPPLIER)


@pytest.fixture
def others(engine: Engine) -> dict[str, Organisation]:
    """Organisations around the buyer: above, beside, finance, audit."""
    made = {
        "city": Organisation(
            name="珠海市民政局",
            kind=OrganisationKind.CIVIL_AFFAIRS_BUREAU,
            level=Level.CITY,
            number_prefix="ZHMZ",
        ),
        "beside": Organisation(
            name="金湾区民政局",
            kind=OrganisationKind.CIVIL_AFFAIRS_BUREAU,
            level=Level.DISTRICT,
            number_prefix="JWMZ",
        ),
        "audit": Organisation(
            name="斗门区审计局", kind=OrganisationKind.AUDIT, level=Level.DISTRICT
        ),
    }
    with Session(engine, expire_on_commit=False) as own:
        own.add_all(made.values())
        own.commit()
        own.expunge_all()
    return made


def test_visibility_before_publication_follows_the_line_of_command(
    session: Session,
    uow_as: Begin,
    buyer: Organisation,
    supplier: Organisation,
    finance: Organisation,
    clerk: Actor,
    others: dict[str, Organisation],
) -> None:
    with uow_as(clerk) as uow:
        project = open_one(uow, buyer)
    above = actor_of(others["city"], Role.CLERK, scope=frozenset({others["city"].id, buyer.id}))
    member = actor_of(supplier, Role.SUPPLIER_MEMBER)
    readers = {
        "own": clerk,
        "above": above,
        "beside": actor_of(others["beside"], Role.CLERK),
        "finance": actor_of(finance, Role.TREASURER),
        "audit": actor_of(others["audit"], Role.AUDITOR),
        "supplier": member,
        "visitor": VISITOR,
        "system": SYSTEM_ACTOR,
    }

    def who_sees() -> set[str]:
        return {
            name
            for name, actor in readers.items()
            if queries.projects_in_view(actor).page(session, PageRequest()).total
        }

    assert who_sees() == {"own", "above", "finance", "audit", "system"}
    with pytest.raises(NotFound):
        queries.get_project(session, member, project.number)
    with pytest.raises(NotFound):
        queries.get_project_by_id(session, VISITOR, project.id)

    with uow_as(clerk) as uow:
        use_cases.add_party(uow, project.id, supplier.id, Part.SUPPLIER)
    assert "supplier" in who_sees()
    assert "visitor" not in who_sees()

    with uow_as(clerk) as uow:
        use_cases.make_public(uow, project)
        use_cases.make_public(uow, project)
    assert who_sees() == set(readers)


def test_get_project_typed_carelessly_is_found(
    session: Session, uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    with uow_as(clerk) as uow:
        open_one(uow, buyer)

    assert queries.get_project(session, clerk, " dmmz－2026－001 ").number == "DMMZ-2026-001"
    with pytest.raises(NotFound):
        queries.get_project(session, clerk, "nonsense")


def test_list_projects_filters_sorts_and_pages_in_one_statement(
    session: Session, engine: Engine, uow_as: Begin, buyer: Organisation, clerk: Actor
) -> None:
    with uow_as(clerk) as uow:
        for number in range(1, 26):
            project = open_one(uow, buyer, f"社工站 {number:02d} 期 100%")
            if number > 20:
                use_cases.enter_stage(uow, project, Stage.TENDER)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    shown = queries.projects_in_view(clerk)
    first = shown.page(session, PageRequest(sort="title"))
    asked = len([text for text in statements if text.startswith("SELECT")])
    second = shown.page(session, PageRequest(page=2, sort="title"))
    tenders = shown.page(session, PageRequest(filters={"stage": "tender"}))
    found = shown.page(session, PageRequest(search="03 期 100%"))
    none = shown.page(session, PageRequest(search="_"))

    assert asked == 1
    assert (len(first.rows), len(second.rows), first.total, first.pages) == (20, 5, 25, 2)
    assert [row.title for row in first.rows] == sorted(row.title for row in first.rows)
    assert tenders.total == 5
    assert [row.title for row in found.rows] == ["社工站 03 期 100%"]
    assert none.total == 0
    assert len(list(shown.every(session, PageRequest()))) == 25
