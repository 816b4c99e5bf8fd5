"""Words for templates: filters, tests of kind, and the few globals every page has."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask, g, request, url_for
from markupsafe import Markup, escape

from procure.kernel.clock import local_date
from procure.kernel.day_words import date_words, day_words, instant_words, time_words
from procure.kernel.laws import cite, quote
from procure.kernel.lifecycle import label_of
from procure.kernel.methods import told_in
from procure.kernel.number_words import number_words, percent_words, points_words, quantity_words
from procure.kernel.text import titled
from procure.web import presenters
from procure.web.cells import simple, table_rows
from procure.web.icons import icon
from procure.web.presenters import short_digest, size_words
from procure.web.words import capital_words, iso, kind_of, money_words

# Split by it, what is at odd places is whole: a date with its day of the week, a telephone number.
_WHOLE = re.compile(
    r"([0-9]{4} ?年 ?[0-9]{1,2} ?月(?: ?[0-9]{1,2} ?日)?(?:（星期[一二三四五六日]）)?|[0-9]{3,4}-[0-9]{7,8})"
)


def drawing(svg: str) -> Markup:
    """A chart of render/charts, which draws without script, style or outside address."""
    return Markup(svg)  # noqa: S704 - our own drawing, cleaned where it is made


def unbroken(text: str) -> Markup:
    """A text whose dates and telephone numbers never break at the end of a line."""
    return Markup("").join(
        Markup('<span class="unbroken">{}</span>').format(piece) if position % 2 else escape(piece)
        for position, piece in enumerate(_WHOLE.split(text))
    )


def _asset_finder(app: Flask) -> Callable[..., str]:
    """A function from a file's name to its address, asked of the router once for each file.

    The address changes with the content, so that a browser may keep the file and still shows a new
    release as it is meant.
    """
    known: dict[tuple[str, str, str], str] = {}

    def asset(filename: str, endpoint: str = "static") -> str:
        key = (request.script_root, endpoint, filename)
        if key not in known:
            owner = app.blueprints.get(endpoint.rpartition(".")[0], app)
            content = Path(owner.static_folder or "", filename).read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            known[key] = url_for(endpoint, filename=filename, v=version)
        return known[key]

    return asset


def next_id(stem: str) -> str:
    """An id that no other part of this page has."""
    g.ids = g.get("ids", 0) + 1
    return f"{stem}-{g.ids}"


def init_app(app: Flask, now: Callable[[], datetime]) -> None:
    """Give every template the words, and `server_now`, the instant of this request."""
    app.jinja_env.filters.update(
        money=money_words,
        capitals=capital_words,
        date=date_words,
        instant=instant_words,
        time=time_words,
        percent=percent_words,
        points=points_words,
        number=number_words,
        quantity=quantity_words,
        filesize=size_words,
        short_digest=short_digest,
        day=lambda day: day_words(day, local_date(now())),
        iso=iso,
        told_in=lambda words, method: told_in(method, words),
        titled=titled,
        kind_of=kind_of,
        simple=simple,
        drawing=drawing,
        unbroken=unbroken,
    )
    app.jinja_env.globals.update(
        asset=_asset_finder(app),
        badge_parts=presenters.badge_parts,
        icon=icon,
        label_of=label_of,
        next_id=next_id,
        cite=cite,
        quote=quote,
        site_name=presenters.SITE_NAME,
        table_rows=table_rows,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def server_time() -> dict[str, object]:
        return {"server_now": now()}
