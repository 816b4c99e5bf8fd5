"""Pages of the public portal.

| address | method | endpoint | who |
|---|---|---|---|
| / | GET | portal.home | everybody |
| /notices | GET | portal.notices | everybody; also as CSV and XLSX |
| /notices/<number> | GET | portal.notice | everybody |
| /feeds/notices.atom | GET | portal.feed | everybody |
"""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from procure.desks.portal import queries
from procure.desks.portal.atom import FEED_LENGTH, MEDIA_TYPE, write_feed
from procure.desks.portal.cached_response import ready
from procure.desks.portal.pages import (
    COLUMNS,
    bid_deadline_of,
    notice_list,
    period_of,
)
from procure.desks.portal.queries import NoticeLine
from procure.kernel.access import Permission
from procure.kernel.paths import notice_path
from procure.registers.installation.queries import installation_id
from procure.registers.notices.queries import get_notice
from procure.web.access import permits, read_session, request_now, settings
from procure.web.columns import table_of
from procure.web.lists import ListOf, shows_list

blueprint = Blueprint("portal", __name__)


@blueprint.get("/")
@permits(Permission.PUBLIC)
@ready
def home() -> str:
    """What this site is, what is open for bids, what was published last."""
    session, now = read_session(), request_now()
    tenders = [(one, bid_deadline_of(one, now)) for one in queries.open_tenders(session, now)]
    newest = table_of(
        "最近公告",
        COLUMNS,
        queries.newest_notices(session),
        lambda line: notice_path(line.number),
        empty="还没有公告。",
    )
    return render_template("portal/home.html", tenders=tenders, newest=newest, server_now=None)


@blueprint.get("/notices")
@permits(Permission.PUBLIC)
@ready
@shows_list("portal/notices.html")
def notices() -> ListOf[NoticeLine]:
    """The public notices, found by words and kind."""
    return notice_list()


@blueprint.get("/notices/<number>")
@permits(Permission.PUBLIC)
def notice(number: str) -> str:
    """One notice as published, with the arithmetic of its period."""
    session = read_session()
    found = get_notice(session, number)
    return render_template(
        "portal/notice.html",
        notice=found,
        kind=found.kind_words,
        period=period_of(found, request_now()),
        papers=queries.papers_of_notice(session, found),
    )


@blueprint.get("/feeds/notices.atom")
@permits(Permission.PUBLIC)
@ready
def feed() -> Response:
    """The newest notices for feed readers."""
    session = read_session()
    lines = queries.newest_notices(session, FEED_LENGTH)
    feed = write_feed(lines, settings().public_url, installation_id(session), request_now())
    return Response(feed, content_type=MEDIA_TYPE)
