"""Acceptance on both databases: sample, slips, items, group, decision, announcement."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from procure.kernel.clock import end_of_day, local_date
from procure.kernel.errors import Conflict, Denied, IllegalTransition, Invalid, NotFound, Stale
from procure.kernel.lifecycle import AcceptanceState, Stage
from procure.kernel.vocabulary import OpinionChannel
from procure.registers.deadlines.queries import running_for
from procure.registers.documents.models import Document, DocumentAudience
from procure.registers.notices.models import Notice
from procure.stages.acceptance import queries
from procure.stages.acceptance.case import todo
from procure.stages.acceptance.models import OpinionSlip
from procure.stages.acceptance.use_cases.collect import (
    AnswerSlip,
    NoteUnreached,
    OpenAcceptance,
    RecordOpinion,
    answer_slip,
    note_unreached,
    open_acceptance,
    record_opinion,
)
from procure.stages.acceptance.use_cases.decide import (
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
from procure.stages.contracts.queries import instrument_name
from procure.stages.evaluation.sampling import draw
from procure.store import trail
from tests.factories.acceptance import (
    ACCEPTER,
    HAPPY,
    MEMBERS,
    acceptance_of,
    after_the_term,
    dossier_of,
    given_answers,
    given_judged_acceptance,
    given_opened_acceptance,
    given_passed_acceptance,
    given_published_acceptance,
    given_reported_amends,
    given_signed_certificate,
    given_tokens,
    judgements,
    passing,
    visitor,
)
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.evaluation import NAMES, recipients_of
from tests.world import World


def test_open_before_the_final_evaluation_is_refused(served_world: World) -> None:
    after_the_term(served_world)
    command = OpenAcceptance(contract_of(served_world).id)

    with pytest.raises(IllegalTransition, match="末期评估"), served_world.uow(ACCEPTER) as uow:
        open_acceptance(uow, command)


def test_open_by_another_office_is_denied(evaluated_world: World) -> None:
    command = OpenAcceptance(contract_of(evaluated_world).id)

    for username in (CLERK, APPROVER, MEMBER, "pinggu2", "shenji"):
        with pytest.raises(Denied), evaluated_world.uow(username) as uow:
            open_acceptance(uow, command)


def test_open_draws_a_sample_that_can_be_drawn_again(evaluated_world: World) -> None:
    acceptance = given_opened_acceptance(evaluated_world)
    everybody = [recipient.id for recipient in recipients_of(evaluated_world)]
    again = draw(everybody, str(acceptance.sample["seed"]))

    assert acceptance.sample["recipients"] == list(again.ids)
    assert acceptance.sample["population"] == len(NAMES)
    assert acceptance.sample["population_sha256"] == again.population_sha256
    assert len(queries.slips_of(evaluated_world.session, acceptance)) == len(NAMES)
    assert contract_of(evaluated_world).project.stage is Stage.ACCEPTANCE


def test_open_twice_is_refused(evaluated_world: World) -> None:
    given_opened_acceptance(evaluated_world)

    with pytest.raises(IllegalTransition), evaluated_world.uow(ACCEPTER) as uow:
        open_acceptance(uow, OpenAcceptance(contract_of(evaluated_world).id))


def test_print_keeps_only_digests_and_voids_earlier_codes(evaluated_world: World) -> None:
    given_opened_acceptance(evaluated_world)
    first, second = given_tokens(evaluated_world), given_tokens(evaluated_world)

    kept = set(evaluated_world.session.scalars(select(OpinionSlip.token_digest)))
    assert kept == {queries.digest_of(token) for token in second}
    assert kept.isdisjoint(first + second)
    assert all(len(token) >= 22 for token in second)
    with pytest.raises(NotFound), visitor(evaluated_world) as uow:
        answer_slip(uow, AnswerSlip(first[0], HAPPY))


def test_answer_by_code_counts_once_and_names_nobody(evaluated_world: World) -> None:
    given_opened_acceptance(evaluated_world)
    tokens = given_answers(evaluated_world, 1)

    with pytest.raises(NotFound) as used, visitor(evaluated_world) as uow:
        answer_slip(uow, AnswerSlip(tokens[0], HAPPY))
    with pytest.raises(NotFound) as unknown, visitor(evaluated_world) as uow:
        answer_slip(uow, AnswerSlip("nobody-has-this-code", HAPPY))
    assert used.value.message == unknown.value.message
    assert dossier_of(evaluated_world).opinion.answered == 1
    said = [
        str(link.data)
        for link in trail.read(
            evaluated_world.session,
            trail.TrailEvent.project_id == contract_of(evaluated_world).project_id,
            trail.TrailEvent.event == "OpinionRecorded",
        )
    ]
    people = recipients_of(evaluated_world)
    assert len(said) == 1
    assert not [one for one in people if one.name in said[0] or one.id in said[0]]


def test_answer_that_is_not_whole_is_refused(evaluated_world: World) -> None:
    given_opened_acceptance(evaluated_world)
    token = given_tokens(evaluated_world)[0]

    for answers in ((), (5, 5, 5, 5), (5, 5, 5, 5, 6), (0, 5, 5, 5, 5)):
        with pytest.raises(Invalid, match="五个问题"), visitor(evaluated_world) as uow:
            answer_slip(uow, AnswerSlip(token, answers))


def test_record_opinion_by_phone_needs_the_buyers_people(evaluated_world: World) -> None:
    given_opened_acceptance(evaluated_world)
    command = spoken(evaluated_world)

    with pytest.raises(Denied), evaluated_world.uow(MEMBER) as uow:
        record_opinion(uow, command)
    with evaluated_world.uow(CLERK) as uow:
        record_opinion(uow, command)
    with pytest.raises(Invalid, match="已经答复"), evaluated_world.uow(CLERK) as uow:
        record_opinion(uow, command)


def test_record_opinion_as_if_by_code_is_refused(evaluated_world: World) -> None:
    given_opened_acceptance(evaluated_world)
    command = replace(spoken(evaluated_world), channel=OpinionChannel.CODE)

    with pytest.raises(Invalid, match="本人"), evaluated_world.uow(CLERK) as uow:
        record_opinion(uow, command)


def test_unreached_recipient_stays_in_the_sample(evaluated_world: World) -> None:
    acceptance = given_opened_acceptance(evaluated_world)
    with evaluated_world.uow(CLERK) as uow:
        note_unreached(uow, NoteUnreached(acceptance.id, 1, 1))
    with pytest.raises(Stale), evaluated_world.uow(CLERK) as uow:
        note_unreached(uow, NoteUnreached(acceptance.id, 1, 1))

    slips = queries.slips_of(evaluated_world.session, acceptance_of(evaluated_world))
    assert slips[0].attempts == 1
    assert len(slips) == len(NAMES)


def test_item_that_fell_short_needs_a_note(evaluated_world: World) -> None:
    given_opened_acceptance(evaluated_world, whole=False)

    with pytest.raises(Invalid, match="数量不足"), evaluated_world.uow(ACCEPTER) as uow:
        save_items(uow, judgements(evaluated_world, note=" "))


def test_group_with_who_signed_the_contract_is_refused_however_it_is_written(
    evaluated_world: World,
) -> None:
    acceptance = given_opened_acceptance(evaluated_world)
    for unit, between in (
        ("珠海市斗门区民政局", ""),
        ("珠海市 斗\u2ed4区民政局\u200b", "\u200b"),
        ("斗门区民政局", " "),
    ):
        name = between.join(evaluated_world.actor(APPROVER).name)
        signer = replace(MEMBERS[0], name=name, unit=unit)

        with pytest.raises(Invalid, match="不能参加"), evaluated_world.uow(ACCEPTER) as uow:
            save_group(uow, SaveGroup(acceptance.id, acceptance.version, (signer, MEMBERS[1])))


def test_group_holds_nobody_twice_however_the_name_is_written(evaluated_world: World) -> None:
    acceptance = given_opened_acceptance(evaluated_world)
    twice = replace(MEMBERS[1], name=" ".join(MEMBERS[0].name))

    with pytest.raises(Invalid, match="登记了两次"), evaluated_world.uow(ACCEPTER) as uow:
        save_group(uow, SaveGroup(acceptance.id, acceptance.version, (MEMBERS[0], twice)))


def test_pass_without_opinions_is_blocked(evaluated_world: World) -> None:
    given_judged_acceptance(evaluated_world, answers=0)

    with pytest.raises(Denied, match="不具备"), evaluated_world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(evaluated_world, "联系不上。"))


def test_pass_with_a_failed_item_needs_a_deduction(evaluated_world: World) -> None:
    given_judged_acceptance(evaluated_world)
    with evaluated_world.uow(ACCEPTER) as uow:
        save_items(uow, judgements(evaluated_world, passed=False))

    with pytest.raises(Invalid, match="扣减"), evaluated_world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(evaluated_world))


def test_pass_below_sixty_percent_needs_a_reason_that_is_kept(evaluated_world: World) -> None:
    given_judged_acceptance(evaluated_world, answers=3)
    with pytest.raises(Invalid, match="60%"), evaluated_world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(evaluated_world))

    with evaluated_world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(evaluated_world, "三人住院，两次电话未接。"))
    assert acceptance_of(evaluated_world).low_response_reason == "三人住院，两次电话未接。"


def test_pass_by_another_office_is_denied(evaluated_world: World) -> None:
    given_judged_acceptance(evaluated_world)

    for username in (CLERK, APPROVER, MEMBER, "pinggu2"):
        with pytest.raises(Denied), evaluated_world.uow(username) as uow:
            pass_acceptance(uow, passing(evaluated_world))


def test_pass_files_a_certificate_for_the_parties(evaluated_world: World) -> None:
    acceptance = given_passed_acceptance(evaluated_world)

    assert acceptance.state is AcceptanceState.PASSED
    document = evaluated_world.session.get_one(Document, acceptance.certificate_document_id)
    assert document.audience is DocumentAudience.PARTIES
    assert document.snapshot is not None
    assert document.snapshot["conclusion"] == "合格"
    with pytest.raises(IllegalTransition), evaluated_world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(evaluated_world))


def test_answer_after_the_decision_finds_nothing(evaluated_world: World) -> None:
    given_opened_acceptance(evaluated_world)
    given_judged = given_answers(evaluated_world, 5)
    with evaluated_world.uow(ACCEPTER) as uow:
        save_items(uow, judgements(evaluated_world))
    with evaluated_world.uow(ACCEPTER) as uow:
        acceptance = acceptance_of(evaluated_world)
        save_group(uow, SaveGroup(acceptance.id, acceptance.version, MEMBERS))
    with evaluated_world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(evaluated_world))

    with pytest.raises(NotFound), visitor(evaluated_world) as uow:
        answer_slip(uow, AnswerSlip(given_judged[5], HAPPY))


def test_refuse_mend_and_begin_anew_asks_again(evaluated_world: World) -> None:
    acceptance = given_judged_acceptance(evaluated_world)
    day = local_date(evaluated_world.now) + timedelta(days=20)
    with evaluated_world.uow(ACCEPTER) as uow:
        refuse_acceptance(
            uow,
            RefuseAcceptance(
                acceptance.id, acceptance.version, "探访次数不足。", "补足探访。", day
            ),
        )
    refused = acceptance_of(evaluated_world)
    assert refused.state is AcceptanceState.NOT_PASSED
    refused = given_reported_amends(evaluated_world)
    with evaluated_world.uow(ACCEPTER) as uow:
        reopen_acceptance(uow, ReopenAcceptance(refused.id, refused.version, "已补足。"))

    again = acceptance_of(evaluated_world)
    assert (again.state, again.round) == (AcceptanceState.COLLECTING, 2)
    dossier = dossier_of(evaluated_world)
    assert dossier.opinion.answered == 0
    assert again.sample["seed"] != acceptance.sample["population_sha256"]
    assert dossier.items == []


def test_refused_delivery_is_overdue_for_all_to_see_until_it_is_put_right_and_accepted(
    evaluated_world: World,
) -> None:
    """The remedy walked to its end: the second round is heard, judged and announced like a first."""
    world = evaluated_world
    acceptance = given_judged_acceptance(world)
    day = local_date(world.now) + timedelta(days=10)
    with world.uow(ACCEPTER) as uow:
        refuse_acceptance(
            uow, RefuseAcceptance(acceptance.id, acceptance.version, "不足。", "补足探访。", day)
        )
    world.clock.move_to(end_of_day(day + timedelta(days=4)))
    address = f"/projects/{contract_of(world).project.number}"
    for person in (ACCEPTER, MEMBER, APPROVER, "shenji"):
        assert "验收不合格整改" in world.client(person).get(address).text, person
        assert "已逾期" in world.client(person).get(address).text, person
    [task] = todo(world.session, world.actor(MEMBER), world.now)
    assert task.deadline is not None
    assert "已逾期" in task.deadline.words
    assert "补足探访。" in world.client(MEMBER).get(task.href).text

    refused = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        reopen_acceptance(uow, ReopenAcceptance(refused.id, refused.version, "已补足。"))
    assert todo(world.session, world.actor(MEMBER), world.now) == []
    given_answers(world, 5)
    with world.uow(ACCEPTER) as uow:
        save_items(uow, judgements(world))
    judged = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        save_group(uow, SaveGroup(judged.id, judged.version, MEMBERS))
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world))
    passed = given_signed_certificate(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(passed.id, passed.version))
    assert acceptance_of(world).state is AcceptanceState.PUBLISHED
    assert not running_for(world.session, [passed.id]), "nothing of it is overdue any more"


def test_refuse_with_a_day_that_has_passed_is_refused(evaluated_world: World) -> None:
    acceptance = given_judged_acceptance(evaluated_world)
    today = local_date(evaluated_world.now)

    with pytest.raises(Invalid, match="整改期限"), evaluated_world.uow(ACCEPTER) as uow:
        refuse_acceptance(
            uow, RefuseAcceptance(acceptance.id, acceptance.version, "不足。", "补足。", today)
        )


def test_publish_tells_opinion_and_items_and_no_person_served(evaluated_world: World) -> None:
    given_published_acceptance(evaluated_world)
    notice = evaluated_world.session.scalars(
        select(Notice).where(Notice.title.contains("验收结果公告"))
    ).one()
    text = str(notice.sections)

    assert "答复率 83.3%" in text
    assert instrument_name(contract_of(evaluated_world)) in text
    assert "郑明德" in text
    assert not [name for name in NAMES if name in text]
    codes = [recipient.code for recipient in recipients_of(evaluated_world)]
    assert not [code for code in codes if code in text]
    assert contract_of(evaluated_world).project.stage is Stage.PAYMENT


def test_publish_by_another_office_is_denied(evaluated_world: World) -> None:
    given_passed_acceptance(evaluated_world)
    acceptance = given_signed_certificate(evaluated_world)

    for username in (ACCEPTER, APPROVER, MEMBER):
        with pytest.raises(Denied), evaluated_world.uow(username) as uow:
            publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))


def test_publish_twice_is_refused(evaluated_world: World) -> None:
    acceptance = given_published_acceptance(evaluated_world)

    with pytest.raises((IllegalTransition, Conflict)), evaluated_world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))


def spoken(world: World) -> RecordOpinion:
    """What the first recipient said on the phone."""
    acceptance = acceptance_of(world)
    slip = queries.slips_of(world.session, acceptance)[0]
    return RecordOpinion(acceptance.id, 1, slip.version, OpinionChannel.PHONE, HAPPY)
