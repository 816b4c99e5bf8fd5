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

from functools import partial

from flask import Blueprint, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from procure.config import Config
from procure.desks.reminders import calendar as calendars
from procure.desks.reminders import queries, use_cases
from procure.desks.reminders.mail import MOST_TRIES
from procure.kernel.access import Permission
from procure.kernel.paging import page_request
from procure.registers.installation.queries import installation_id
from procure.render import sheets
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.downloads import download
from procure.web.exports import FORMATS, every_row, sheet_answer
from procure.web.listing import Filter, Listing
from procure.web.steps import Press, as_bookkeeping, page_behind, press

blueprint = Blueprint("reminders", __name__)

CONFIG = "procure.config"
INBOX_SHEET = (
    sheets.SheetColumn("时间", sheets.CellKind.INSTANT),
    sheets.SheetColumn("标题"),
    sheets.SheetColumn("内容"),
    sheets.SheetColumn("已读时间", sheets.CellKind.INSTANT),
    sheets.SheetColumn("办理情况"),
)
MAIL_SHEET = (
    sheets.SheetColumn("停止发送时间", sheets.CellKind.INSTANT),
    sheets.SheetColumn("收件人"),
    sheets.SheetColumn("邮箱"),
    sheets.SheetColumn("试过次数", sheets.CellKind.INTEGER),
    sheets.SheetColumn("原因"),
)


def _config() -> Config:
    config: Config = current_app.extensions[CONFIG]
    return config


@blueprint.get("/inbox")
@permits(Permission.SIGNED_IN)
def index() -> str | Response:
    """消息."""
    session, actor = read_session(), current_actor()
    wanted = page_request(request.args, queries.SORTS, queries.FILTERS)
    if kind := request.args.get("format"):
        every = every_row(partial(queries.inbox, session, actor, request_now()), wanted)
        rows = ((r.created_at, r.title, r.words, r.read_at, r.outcome) for r in every)
        return sheet_answer(kind, "消息", INBOX_SHEET, rows, actor)
    found = queries.inbox(session, actor, request_now(), wanted)
    listing = Listing(
        url_for(".index"),
        found,
        (),
        (),
        filters=(Filter("show", "显示", ((queries.UNREAD, "未读"),)),),
        noun="消息",
        exports=FORMATS,
        search_label="",
    )
    secret = calendars.secret_of(session, current_app.config["SECRET_KEY"], actor.user_id)
    return render_template(
        "reminders/inbox.html",
        listing=listing,
        messages=found.rows,
        unread=queries.unread(session, actor.user_id, request_now()),
        address=queries.mail_address(session, actor.user_id) if _config().mail_url else "",
        calendar=f"{_config().public_url}{url_for('.calendar', secret=secret)}",
    )


@press(blueprint, "/inbox/<message_id>", Permission.SIGNED_IN)
def open_message(message_id: str) -> Press[str]:
    """Mark a message as read and go where it leads."""
    command = use_cases.ReadMessage(message_id)
    return Press(
        act=lambda uow: use_cases.read_message(uow, command),
        carry=as_bookkeeping,
        back=str,
        page=page_behind(index),
    )


@press(blueprint, "/inbox/read", Permission.SIGNED_IN)
def read_all() -> Press[None]:
    """Mark all messages as read."""
    return Press(
        act=use_cases.read_all_messages,
        carry=as_bookkeeping,
        done="已将全部消息标为已读。",
        back=url_for(".index"),
        page=page_behind(index),
    )


@blueprint.get("/calendar/<secret>.ics")
@permits(Permission.PUBLIC)
def calendar(secret: str) -> Response:
    """A person's duties for a calendar program."""
    session, now = read_session(), request_now()
    person = calendars.person_behind(session, current_app.config["SECRET_KEY"], secret)
    public_url = _config().public_url
    text = calendars.write_calendar(
        calendars.duties_of(session, person, now),
        public_url,
        installation_id(session),
        now,
    )
    return download(text.encode(), "procure.ics", calendars.MEDIA_TYPE)


@blueprint.get("/admin/mail")
@permits(Permission.ACCOUNT_KEEP)
def mails() -> str | Response:
    """未送达的邮件."""
    session, actor = read_session(), current_actor()
    wanted = page_request(request.args, queries.SORTS)
    if kind := request.args.get("format"):
        every = every_row(partial(queries.failed_mails, session, actor), wanted)
        rows = ((r.given_up_at, r.name, r.address, r.tries, r.last_error) for r in every)
        return sheet_answer(kind, "未送达的邮件", MAIL_SHEET, rows, actor)
    found = queries.failed_mails(session, actor, wanted)
    listing = Listing(
        url_for(".mails"),
        found,
        (),
        (),
        noun="邮件",
        measure="封",
        exports=FORMATS,
        search_label="",
    )
    return render_template(
        "reminders/mails.html", listing=listing, mails=found.rows, most=MOST_TRIES
    )


@press(blueprint, "/admin/mail/<mail_id>", Permission.ACCOUNT_KEEP)
def resend(mail_id: str) -> Press[None]:
    """Have a mail tried again."""
    return Press(
        act=lambda uow: use_cases.send_again(uow, mail_id),
        carry=as_bookkeeping,
        done="邮件已重新排入发送队列。",
        back=url_for(".mails"),
        page=page_behind(mails),
    )
