"""Pages of the public portal.

| address | method | endpoint | who |
|---|---|---|---|
| / | GET | portal.home | everybody |
| /notices | GET | portal.notices | everybody; also as CSV and XLSX |
| /notices/<number> | GET | portal.notice | everybody |
| /feeds/notices.atom | GET | portal.feed | everybody |
"""

from flask import Blueprint, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from procure.config import Config
from procure.desks.portal import queries
from procure.desks.portal.atom import FEED_LENGTH, MEDIA_TYPE, write_feed
from procure.desks.portal.cached_response import ready
from procure.desks.portal.pages import (
    COLUMNS,
    SHEET,
    bid_deadline_of,
    period_of,
    row_of,
    sheet_row_of,
)
from procure.kernel.access import Permission
from procure.kernel.paging import page_request
from procure.kernel.vocabulary import NOTICE_LABELS
from procure.registers.installation.queries import installation_id
from procure.registers.notices.queries import get_notice
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.exports import FORMATS, sheet_answer
from procure.web.listing import Filter, Listing

blueprint = Blueprint("portal", __name__)

CONFIG = "procure.config"


@blueprint.get("/")
@permits(Permission.PUBLIC)
@ready
def home() -> str:
    """What this site is, what is open for bids, what was published last."""
    session, now = read_session(), request_now()
    tenders = [(one, bid_deadline_of(one, now)) for one in queries.open_tenders(session, now)]
    newest = queries.newest_notices(session)
    rows = [row_of(line) for line in newest]
    return render_template(
        "portal/home.html", tenders=tenders, columns=COLUMNS, rows=rows, server_now=None
    )


@blueprint.get("/notices")
@permits(Permission.PUBLIC)
@ready
def notices() -> str | Response:
    """The public notices, found by words and kind."""
    wanted = page_request(request.args, queries.SORTS, queries.FILTERS)
    session = read_session()
    if kind := request.args.get("format"):
        rows = map(sheet_row_of, queries.export_notices(session, wanted))
        return sheet_answer(kind, "公告", SHEET, rows, current_actor())
    found = queries.list_notices(session, wanted)
    listing = Listing(
        url_for(".notices"),
        found,
        COLUMNS,
        [row_of(line) for line in found.rows],
        filters=(
            Filter("kind", "种类", tuple((kind, words) for kind, words in NOTICE_LABELS.items())),
        ),
        noun="公告",
        measure="份",
        caption="公告",
        empty="还没有公告。",
        exports=FORMATS,
        search_label="查找标题、编号、单位或公告中的名称",
    )
    return render_template("portal/notices.html", listing=listing, server_now=None)


@blueprint.get("/notices/<number>")
@permits(Permission.PUBLIC)
def notice(number: str) -> str:
    """One notice as published, with the arithmetic of its period."""
    session = read_session()
    found = get_notice(session, number)
    return render_template(
        "portal/notice.html",
        notice=found,
        kind=NOTICE_LABELS[found.kind],
        period=period_of(found, request_now()),
        papers=queries.papers_of_notice(session, found),
    )


@blueprint.get("/feeds/notices.atom")
@permits(Permission.PUBLIC)
@ready
def feed() -> Response:
    """The newest notices for feed readers."""
    config: Config = current_app.extensions[CONFIG]
    session = read_session()
    lines = queries.newest_notices(session, FEED_LENGTH)
    feed = write_feed(lines, config.public_url, installation_id(session), request_now())
    return Response(feed, content_type=MEDIA_TYPE)
