"""Who signs the certificate, whose turn it is while signatures are missing, and who is told."""

from sqlalchemy import select

from procure.desks.reminders.models import InboxMessage
from procure.desks.reminders.staff import staff
from procure.desks.reminders.turns import standing_of
from procure.kernel.access import Role
from procure.kernel.lifecycle import AcceptanceState, Aggregate
from procure.registers.accounts.models import User
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.use_cases import adding, changing_people, roles
from procure.registers.accounts.use_cases.changing_people import deactivate_person
from procure.stages.acceptance import queries
from procure.stages.acceptance.case import todo
from procure.stages.acceptance.models import Seat
from procure.stages.acceptance.panel import MemberEntry
from procure.stages.acceptance.queries import PUBLISH_RULE
from procure.stages.acceptance.use_cases.decide import (
    PublishAcceptance,
    SaveGroup,
    pass_acceptance,
    publish_acceptance,
    save_group,
)
from procure.stages.acceptance.use_cases.sign import (
    FileSignedCopy,
    SignCertificate,
    file_signed_copy,
    sign_certificate,
)
from tests.factories.acceptance import (
    ACCEPTER,
    MEMBERS,
    acceptance_of,
    dossier_of,
    given_judged_acceptance,
    passing,
)
from tests.factories.bids import given_upload
from tests.factories.contracts import CLERK
from tests.factories.registers import pdf_file
from tests.world import World

SECOND = "yanshou2"


def test_signers_are_told_and_reminded_first_and_whose_account_was_closed_signs_on_paper(
    evaluated_world: World,
) -> None:
    world = evaluated_world
    given_judged_acceptance(world)
    _given_account(world)
    second = MemberEntry(Seat.MEMBER, "钟丽华科长", MEMBERS[0].unit, "科长", "同意验收。")
    acceptance = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        save_group(uow, SaveGroup(acceptance.id, acceptance.version, (*MEMBERS, second)))
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world))
    assert _at_work(world) == {ACCEPTER, SECOND}
    assert "请办理：签署验收书。" in _told(world, "AcceptancePassed", SECOND)[0]
    assert not _told(world, "CertificateSigned", CLERK)

    acceptance = acceptance_of(world)
    digest = queries.certificate_digest(world.session, acceptance)
    own = SignCertificate(acceptance.id, acceptance.version, digest, world.actor(ACCEPTER).name)
    with world.uow(ACCEPTER) as uow:
        sign_certificate(uow, own)
    assert _at_work(world) == {ACCEPTER, SECOND}, "the accepter has the paper of the expert to file"
    _file_copy(world)
    assert _at_work(world) == {SECOND}
    assert not _told(world, "SignedCopyFiled", CLERK), "one signature is still missing"

    person = world.session.scalars(select(User).where(User.username == SECOND)).one()
    with world.uow("xitong") as uow:
        deactivate_person(uow, changing_people.SwitchPerson(person.id, "已调离。", person.version))
    assert [one.name for one in dossier_of(world).missing.on_paper] == ["钟丽华科长"]
    assert _at_work(world) == {ACCEPTER}
    assert "/signed-copy" in str(todo(world.session, world.actor(ACCEPTER), world.now))
    _file_copy(world)

    assert dossier_of(world).missing.members == ()
    assert _at_work(world) == {CLERK}
    assert "请公告验收结果" not in "".join(_told(world, "SignedCopyFiled", ACCEPTER))
    assert _told(world, "SignedCopyFiled", CLERK)
    acceptance = acceptance_of(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))
    assert acceptance_of(world).state is AcceptanceState.PUBLISHED


def _given_account(world: World) -> None:
    place = world.actor(ACCEPTER).organisation_id
    with world.uow("xitong") as uow:
        person = adding.AddPerson(SECOND, "钟丽华", place, "p" * 12, False)
        made = adding.add_person(uow, person, Passwords("cheap"))
        office = roles.request_role(uow, roles.RequestRole(made, Role.ACCEPTER))
    with world.uow("anquan") as uow:
        roles.grant_role(uow, roles.GrantRole(office))


def _file_copy(world: World) -> None:
    token = given_upload(world, pdf_file(), "签字件.pdf", ACCEPTER)
    acceptance = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        file_signed_copy(uow, FileSignedCopy(acceptance.id, acceptance.version, token))


def _at_work(world: World) -> set[str]:
    """Whose the announcement's term is now."""
    standing = standing_of(world.session, Aggregate.ACCEPTANCE, acceptance_of(world).id)
    assert standing is not None
    ids = staff(world.session).at_any(standing.desks(PUBLISH_RULE))
    return set(world.session.scalars(select(User.username).where(User.id.in_(ids))))


def _told(world: World, kind: str, username: str) -> list[str]:
    query = (
        select(InboxMessage.words)
        .join(User, User.id == InboxMessage.user_id)
        .where(InboxMessage.kind == kind, User.username == username)
    )
    return list(world.session.scalars(query))
