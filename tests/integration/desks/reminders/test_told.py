"""Those who took a tender's document are written to in the transaction that terminates it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.desks.reminders.told import CONFIG
from procure.registers.accounts.models import User
from procure.stages.tenders.models import Tender
from procure.stages.tenders.use_cases.taking import TerminateTender, terminate_tender
from procure.store.unit_of_work import UnitOfWork
from tests.factories.bids import (
    given_submitted_bid,
    given_tender_for_bids,
    open_now,
    the_project,
)
from tests.factories.tenders import at_opening
from tests.world import World

REASON = "采购任务因重大变故取消"


def terminate(world: World, tender: Tender, *, cancelled: bool = True) -> None:
    with world.uow("shenhe") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, REASON, cancelled))


def told(world: World, kind: str = "terminated") -> set[str]:
    world.session.rollback()
    query = select(User.username).join(InboxMessage, InboxMessage.user_id == User.id)
    return set(world.session.scalars(query.where(InboxMessage.kind == kind)))


def test_termination_tells_all_who_took_the_document_and_nobody_else(world: World) -> None:
    """O87 art 29: those who took the document are told, whether they bid or not."""
    tender = given_tender_for_bids(world)
    given_submitted_bid(world, tender, 1)
    tender = world.session.get_one(Tender, tender.id)

    terminate(world, tender)

    assert told(world) == {
        f"{office}{number}" for office in ("jigou", "fuzeren") for number in (1, 2, 3)
    }
    message = world.session.scalars(
        select(InboxMessage).where(InboxMessage.kind == "terminated")
    ).first()
    assert message is not None
    assert the_project(world).title in message.title
    for words in (REASON, "第二十九条", "没有拆封", "不再采购", message.path.rpartition("/")[2]):
        assert words in message.words
    assert "和风" not in message.words and "jigou" not in message.words
    assert world.session.scalars(select(OutboxMail)).all() == []
    page = world.client("jigou2").get("/inbox").text
    assert "1 条未读" in page and "采购活动已终止" in page
    assert REASON in world.client("jigou2").get(message.path).text


def test_failure_tells_all_who_bid_why(embedded_world: World) -> None:
    """GPL art 36: all bidders are told the reason; who only took the document is none."""
    world = embedded_world
    tender = given_tender_for_bids(world)
    given_submitted_bid(world, tender, 1)
    at_opening(world, tender)

    open_now(world, tender)

    assert told(world, "failed") == {"jigou1", "fuzeren1"}
    words = world.session.scalars(select(InboxMessage.words)).first()
    assert words is not None
    for one in ("不足", "《政府采购法》第三十六条", "没有拆封", "重新领取采购文件"):
        assert one in words


def test_termination_that_is_not_kept_tells_nobody(embedded_world: World) -> None:
    world = embedded_world
    tender = given_tender_for_bids(world)
    command = TerminateTender(tender.id, tender.version, REASON, False)

    def breaks_off() -> None:
        with world.uow("shenhe") as uow:
            terminate_tender(uow, command)
            raise RuntimeError("power is gone")

    with pytest.raises(RuntimeError, match="power"):
        breaks_off()

    assert told(world) == set()


def test_termination_is_sent_by_mail_where_there_is_a_mail_server(embedded_world: World) -> None:
    world = embedded_world
    tender = given_tender_for_bids(world)
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        for user in uow.session.scalars(select(User).where(User.username.like("jigou%"))):
            user.email = f"{user.username}@example.cn"
    tender = world.session.get_one(Tender, tender.id)
    config = world.app.extensions[CONFIG]
    world.app.extensions[CONFIG] = replace(config, mail_url="smtp://mail:25")
    try:
        terminate(world, tender, cancelled=False)
    finally:
        world.app.extensions[CONFIG] = config

    world.session.rollback()
    mails = world.session.scalars(select(OutboxMail)).all()
    assert {mail.address for mail in mails} >= {f"jigou{at}@example.cn" for at in (1, 2, 3)}
    assert {mail.status for mail in mails} == {MailStatus.WAITING}
    words = world.session.scalars(select(InboxMessage.words)).first()
    assert words is not None and "重新领取采购文件" in words
