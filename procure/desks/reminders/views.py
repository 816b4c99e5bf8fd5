"""Pages of reminders.

| address | method | endpoint | who |
|---|---|---|---|
| /inbox | GET | reminders.index | whoever is signed in; as a file with format=csv, xlsx |
| /inbox/<message_id> | POST | reminders.open_message | its owner: marks it read, leads to its page |
| /inbox/read | POST | reminders.read_all | whoever is signed in |
| /calendar/<secret>.ics | GET | reminders.calendar | whoever knows the secret |
| /admin/mail | GET | reminders.mails | system administrator; as a file with format=csv, xlsx |
| /admin/mail/<mail_id> | POST | reminders.resend | system administrator |
"""

from flask import Blueprint, current_app, url_for
from werkzeug.wrappers import Response

from procure.desks.reminders import calendar as calendars
from procure.desks.reminders import queries, use_cases
from procure.desks.reminders.mail import MOST_TRIES
from procure.desks.reminders.queries import FailedMail, InboxLine
from procure.kernel.access import Permission
from procure.registers.installation.queries import installation_id
from procure.render.sheets import CellKind
from procure.web.access import current_actor, permits, read_session, request_now, settings
from procure.web.columns import Col
from procure.web.downloads import download
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.steps import Press, as_bookkeeping, press

blueprint = Blueprint("reminders", __name__)


@blueprint.get("/inbox")
@permits(Permission.SIGNED_IN)
@shows_list("reminders/inbox.html")
def index() -> ListOf[InboxLine]:
    """消息."""
    return ListOf(
        title="消息",
        source=queries.inbox(current_actor(), request_now()),
        columns=(
            Col("created_at", "时间", kind=CellKind.INSTANT),
            Col("title", "标题"),
            Col("words", "内容"),
            Col("read_at", "已读时间", kind=CellKind.INSTANT),
            Col("outcome", "办理情况"),
        ),
        filters=(Filter("show", "显示", ((queries.UNREAD, "未读"),)),),
        noun="消息",
        shows=_inbox_parts,
    )


def _inbox_parts() -> dict[str, object]:
    session, user_id = read_session(), current_actor().user_id
    secret = calendars.secret_of(session, current_app.config["SECRET_KEY"], user_id)
    return {
        "unread": queries.unread(session, user_id, request_now()),
        "address": queries.mail_address(session, user_id) if settings().mail_url else "",
        "calendar": f"{settings().public_url}{url_for('.calendar', secret=secret)}",
    }


@press(blueprint, "/inbox/<message_id>", Permission.SIGNED_IN)
def open_message(message_id: str) -> Press[str]:
    """Mark a message as read and go where it leads."""
    return Press(
        act=lambda uow: use_cases.read_message(uow, message_id),
        carry=as_bookkeeping,
        back=str,
        page=url_for(".index"),
    )


@press(blueprint, "/inbox/read", Permission.SIGNED_IN)
def read_all() -> Press[None]:
    """Mark all messages as read."""
    return Press(
        act=use_cases.read_all_messages,
        carry=as_bookkeeping,
        done="已将全部消息标为已读。",
        back=url_for(".index"),
        page=url_for(".index"),
    )


@blueprint.get("/calendar/<secret>.ics")
@permits(Permission.PUBLIC)
def calendar(secret: str) -> Response:
    """A person's duties for a calendar program."""
    session, now = read_session(), request_now()
    person = calendars.person_behind(session, current_app.config["SECRET_KEY"], secret)
    public_url = settings().public_url
    text = calendars.write_calendar(
        calendars.duties_of(session, person, now),
        public_url,
        installation_id(session),
        now,
    )
    return download(text.encode(), "procure.ics", calendars.MEDIA_TYPE)


@blueprint.get("/admin/mail")
@permits(Permission.ACCOUNT_KEEP)
@shows_list("reminders/mails.html")
def mails() -> ListOf[FailedMail]:
    """未送达的邮件."""
    return ListOf(
        title="未送达的邮件",
        source=queries.failed_mails(),
        columns=(
            Col("given_up_at", "停止发送时间", kind=CellKind.INSTANT),
            Col("name", "收件人"),
            Col("address", "邮箱"),
            Col("tries", "试过次数", kind=CellKind.INTEGER),
            Col("last_error", "原因"),
        ),
        noun="邮件",
        measure="封",
        shows=lambda: {"most": MOST_TRIES},
    )


@press(blueprint, "/admin/mail/<mail_id>", Permission.ACCOUNT_KEEP)
def resend(mail_id: str) -> Press[None]:
    """Have a mail tried again."""
    return Press(
        act=lambda uow: use_cases.send_again(uow, mail_id),
        carry=as_bookkeeping,
        done="邮件已重新排入发送队列。",
        back=url_for(".mails"),
        page=url_for(".mails"),
    )
