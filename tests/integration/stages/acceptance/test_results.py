"""What acceptance may come to: not before its time, not beside the contract's floors, not by its own
people; and every paper tells the figures of the decision.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, IllegalTransition, Invalid, TooEarly
from procure.kernel.lifecycle import AcceptanceState
from procure.kernel.money import Money
from procure.kernel.vocabulary import EvaluationKind, Outcome
from procure.registers.documents.models import Document
from procure.registers.notices.models import Notice
from procure.stages.acceptance import checks, queries
from procure.stages.acceptance.models import AcceptanceMember, Seat
from procure.stages.acceptance.use_cases.collect import OpenAcceptance, open_acceptance
from procure.stages.acceptance.use_cases.decide import (
    Deduction,
    PublishAcceptance,
    RefuseAcceptance,
    ReopenAcceptance,
    SaveGroup,
    pass_acceptance,
    publish_acceptance,
    refuse_acceptance,
    reopen_acceptance,
    save_group,
    save_items,
)
from procure.stages.acceptance.use_cases.sign import SignCertificate, sign_certificate
from procure.stages.contracts.policies import last_service_day
from procure.stages.evaluation.models import Evaluation
from procure.store import trail
from tests.factories.acceptance import (
    ACCEPTER,
    MEMBERS,
    acceptance_of,
    after_the_term,
    dossier_of,
    given_answers,
    given_judged_acceptance,
    given_opened_acceptance,
    given_passed_acceptance,
    given_reported_amends,
    given_signed_certificate,
    given_whole_delivery,
    judgements,
    passing,
)
from tests.factories.contracts import APPROVER, CLERK, contract_of
from tests.world import World

UNHAPPY = (2, 2, 3, 2, 2)
TAKEN = Deduction(Money(120_000), "合同违约责任第 2 项", "少 24 次，每次 50 元。")
WHY_LESS = "其中 20 次服务对象外出，双方书面同意改到下月。"


def address(world: World) -> str:
    """Where the acceptance is read."""
    return f"/projects/{contract_of(world).project.number}/acceptance"


def snapshot_of(world: World) -> dict[str, object]:
    """What the certificate was printed from."""
    document = world.session.get_one(Document, acceptance_of(world).certificate_document_id)
    assert document.snapshot is not None
    return document.snapshot


def notice_of(world: World) -> str:
    """The published result."""
    return str(
        world.session.scalars(select(Notice).where(Notice.title.contains("验收结果公告")))
        .one()
        .sections
    )


def save_members(world: World, *members: object) -> None:
    """Put down the group."""
    acceptance = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        save_group(uow, SaveGroup(acceptance.id, acceptance.version, members))


def test_acceptance_waits_for_the_last_day_and_for_a_passed_final(evaluated_world: World) -> None:
    """Paid in month six (words-and-gates 1.1): neither before the term ends nor on a failed final."""
    world = evaluated_world
    contract = contract_of(world)
    command = OpenAcceptance(contract.id)
    if local_date(world.now) <= last_service_day(contract):
        with pytest.raises(TooEarly, match="才能验收"), world.uow(ACCEPTER) as uow:
            open_acceptance(uow, command)
    after_the_term(world)
    final = select(Evaluation.id).where(Evaluation.kind == EvaluationKind.FINAL)
    failed = {"id": world.session.scalars(final).one()}
    world.session.execute(text("UPDATE evaluation SET grade = 'fail' WHERE id = :id"), failed)
    world.session.commit()
    with pytest.raises(IllegalTransition, match="末期评估不合格"), world.uow(ACCEPTER) as uow:
        open_acceptance(uow, command)
    page = world.client(ACCEPTER).get(address(world))
    assert "末期评估不合格" in page.text


def test_shortfall_is_accepted_in_part_with_a_deduction_and_signed_by_all(
    evaluated_world: World,
) -> None:
    """Short items passed with a note alone (1.1): only with money taken off, all of it printed."""
    world = evaluated_world
    given_judged_acceptance(world, whole=False)
    dossier = dossier_of(world)
    assert dossier.retained_fen > TAKEN.amount.fen
    short = checks.find_shortfalls(dossier, "")
    assert short
    shown = world.client(ACCEPTER).get(f"{address(world)}/pass")
    assert "各项条件已经具备" not in shown.text
    asked = world.client(ACCEPTER).get(f"{address(world)}/items").text
    assert "基本符合" in asked, "who judges a short number says the word that is printed"
    assert short[0].message in shown.text
    for wrong in (
        None,
        replace(TAKEN, amount=Money(0)),
        replace(TAKEN, amount=Money(dossier.retained_fen + 1)),
        replace(TAKEN, rule=" "),
        replace(TAKEN, reason=" "),
    ):
        with pytest.raises(Invalid, match="扣减"), world.uow(ACCEPTER) as uow:
            pass_acceptance(uow, passing(world, deduction=wrong))
    reckoned = dossier.reckoned
    assert reckoned.total > TAKEN.amount
    for line in (*reckoned.lines, reckoned.total.format()):
        assert line in shown.text
    with pytest.raises(Invalid, match="要写明理由") as refused, world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world, deduction=TAKEN, below=" "))
    assert refused.value.field == "below_reason"
    assert dossier_of(world).result is None
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world, deduction=TAKEN, below=WHY_LESS))

    dossier = dossier_of(world)
    assert dossier.result is not None
    assert dossier.result.outcome is Outcome.PARTIAL
    assert dossier.result.deduction_fen == TAKEN.amount.fen
    assert queries.announced_results(world.session, [dossier.contract.id]) == {}
    printed = snapshot_of(world)
    assert printed["conclusion"] == "部分合格"
    assert printed["shortfalls"] == [one.message for one in short]
    assert printed["deduction"]["amount_fen"] == TAKEN.amount.fen
    assert printed["reckoning"] == {
        "amount_fen": reckoned.total.fen,
        "lines": list(reckoned.lines),
        "below_reason": WHY_LESS,
    }
    assert WHY_LESS in world.client(ACCEPTER).get(address(world)).text
    assert len(printed["standards"]) == len(dossier.agreed.standards) > 0
    assert [one["opinion"] for one in printed["panel"]] == [one.comment for one in MEMBERS]
    assert dossier.result.below_reason == WHY_LESS
    with pytest.raises(DBAPIError, match="append only|acceptance_result"):
        world.session.execute(text("UPDATE acceptance_result SET deduction_fen = 1"))
    world.session.rollback()

    acceptance = acceptance_of(world)
    publish = PublishAcceptance(acceptance.id, acceptance.version)
    with pytest.raises(IllegalTransition, match="2 人没有在验收书上签字"), world.uow(CLERK) as uow:
        publish_acceptance(uow, publish)
    stranger = SignCertificate(acceptance.id, acceptance.version, "0" * 64, "沈志远")
    with pytest.raises(IllegalTransition, match="不是这次验收小组"), world.uow(APPROVER) as uow:
        sign_certificate(uow, stranger)
    given_signed_certificate(world)
    assert dossier_of(world).missing.members == ()
    acceptance = acceptance_of(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))
    said = notice_of(world)
    assert "部分合格" in said
    assert TAKEN.amount.format() in said
    assert WHY_LESS in said
    [told] = [
        link
        for link in trail.read(world.session, trail.TrailEvent.event == "AcceptancePassedPartly")
    ]
    assert told.data["deduction_fen"] == TAKEN.amount.fen
    assert told.data["reckoned_fen"] == reckoned.total.fen
    announced = queries.announced_results(world.session, [dossier.contract.id])
    assert announced[dossier.contract.id].deduction_fen == TAKEN.amount.fen


def test_answers_below_the_contracts_floor_and_too_few_are_shortfalls(
    embedded_evaluated_world: World,
) -> None:
    """满意率 40 % beside a floor of 85 % (1.4), and one answer where a tenth was agreed."""
    world = embedded_evaluated_world
    given_opened_acceptance(world)
    given_answers(world, 5, UNHAPPY)
    with world.uow(ACCEPTER) as uow:
        save_items(uow, judgements(world))
    save_members(world, *MEMBERS)
    dossier = dossier_of(world)
    [short] = checks.find_shortfalls(dossier, "")
    assert "满意率 0.0%，低于合同约定的 85%" in short.message
    with pytest.raises(Invalid, match="扣减"), world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world))
    failing = replace(dossier, failed=[dossier.final])
    assert any(
        "不合格，已办结不再复评" in one.message for one in checks.find_shortfalls(failing, "")
    )
    crowd = replace(dossier, opinion=replace(dossier.opinion, population=200, satisfied=5))
    [few] = checks.find_shortfalls(crowd, "")
    assert "不到合同约定的总人数 200 人的 10%" in few.message


@pytest.mark.parametrize(
    ("seat", "name", "unit", "field", "words"),
    [
        (Seat.MEMBER, "representative", "珠海某大学", "members.1.name", "承接主体的负责人"),
        (Seat.EXPERT, "staff", "珠海某大学", "members.1.name", "派到这个项目"),
        (Seat.EXPERT, "account", "珠海某大学", "members.1.name", "承接主体"),
        (Seat.EXPERT, "signer", "珠海某大学", "members.1.name", "经办或者签订了合同"),
        (Seat.EXPERT, "郑明德", "supplier", "members.1.unit", "承接主体"),
        (Seat.EXPERT, "郑明德", "斗门区民政局福利科（退休）", "members.1.unit", "采购人以外"),
    ],
)
def test_provider_and_signers_sit_on_no_panel_however_they_are_written(
    embedded_evaluated_world: World, seat: Seat, name: str, unit: str, field: str, words: str
) -> None:
    world = embedded_evaluated_world
    given_opened_acceptance(world)
    contract = contract_of(world)
    people = {
        "representative": contract.supplier.representative,
        "staff": "赵敏（社工）",
        "account": " ".join(world.actor("jigou1").name),
        "signer": world.actor(APPROVER).name + "主任",
    }
    member = replace(
        MEMBERS[1],
        seat=seat,
        name=people.get(name, name),
        unit=f"{contract.supplier.name}办公室" if unit == "supplier" else unit,
    )
    with pytest.raises(Invalid, match=words) as refused:
        save_members(world, MEMBERS[0], member)
    assert refused.value.field == field
    assert refused.value.rule is not None


def test_dissent_is_answered_printed_and_asked_anew_in_the_next_round(
    evaluated_world: World,
) -> None:
    """A second acceptance on the first one's experts (bugs-money 4, bugs-procedure 5.1)."""
    world = evaluated_world
    given_judged_acceptance(world)
    against = replace(MEMBERS[1], agrees=False, comment="探访记录造假，不合格。")
    save_members(world, MEMBERS[0], against)
    with pytest.raises(Invalid, match="不同意验收"), world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world))
    acceptance = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        refuse_acceptance(
            uow,
            RefuseAcceptance(
                acceptance.id,
                acceptance.version,
                "记录不实。",
                "重新探访。",
                local_date(world.now) + timedelta(days=20),
            ),
        )
    refused = given_reported_amends(world)
    with world.uow(ACCEPTER) as uow:
        reopen_acceptance(uow, ReopenAcceptance(refused.id, refused.version, "已重新探访。"))
    dossier = dossier_of(world)
    assert (dossier.items, dossier.members, dossier.standards) == ([], [], [])
    again = acceptance_of(world)
    assert (again.place, again.method, again.opinion_excerpts, again.conclusion) == ("",) * 4
    kept = world.session.scalars(
        select(AcceptanceMember.comment).where(AcceptanceMember.round == 1)
    ).all()
    assert against.comment in kept
    given_answers(world, 5)
    with world.uow(ACCEPTER) as uow:
        save_items(uow, judgements(world))
    with pytest.raises(Denied, match="不具备"), world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world))
    save_members(world, MEMBERS[0], against)
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world, dissent="已逐条回访核实。"))
    printed = snapshot_of(world)
    assert printed["dissent_reason"] == "已逐条回访核实。"
    assert [one["verdict"] for one in printed["panel"]] == ["同意", "不同意"]
    assert printed["conclusion"] == "整改后合格"


def test_notice_tells_the_figures_of_the_decision(embedded_evaluated_world: World) -> None:
    """Certificate and notice that count differently (bugs-money 5)."""
    world = embedded_evaluated_world
    given_passed_acceptance(world)
    printed = snapshot_of(world)
    world.session.execute(
        text("UPDATE opinion_slip SET answers = '[1,1,1,1,1]' WHERE answered_at IS NOT NULL")
    )
    world.session.commit()
    acceptance = given_signed_certificate(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))
    assert acceptance_of(world).state is AcceptanceState.PUBLISHED
    assert f"{printed['recipients']['satisfied_percent']}%" in notice_of(world)
    assert "'满意率', '100.0%'" in notice_of(world)


def test_full_census_has_no_interval(embedded_evaluated_world: World) -> None:
    world = embedded_evaluated_world
    given_opened_acceptance(world, whole=False)
    given_whole_delivery(world)
    given_answers(world, 6)
    assert "置信区间" not in dossier_of(world).opinion.words
