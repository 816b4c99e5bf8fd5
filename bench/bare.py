"""The measure of our pages: bare Flask, Jinja and SQLAlchemy Core on the same rows.

Two tables of their own hold what the project's pages show; no sign-in, no permission, no layout, no
trail. Served by gunicorn as `bench.bare:served()`.
"""

import os
from typing import Any

from flask import Flask, request
from sqlalchemy import (
    Column,
    Engine,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    create_engine,
    func,
    insert,
    select,
)

from procure.kernel.clock import local
from procure.kernel.lifecycle import Stage
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project
from procure.stages.bids.models import Bid
from procure.stages.tenders.models import Tender

LIST = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1><table><thead><tr><th>编号</th><th>项目名称</th><th>采购人</th>
<th>预算（元）</th><th>阶段</th><th>截止</th></tr></thead><tbody>
{% for row in rows %}<tr><td>{{ row.code }}</td><td><a href="/t/{{ row.id }}">{{ row.title }}</a></td>
<td>{{ row.buyer }}</td><td class="num">{{ "{:,.2f}".format(row.budget) }}</td>
<td>{{ row.status }}</td><td>{{ row.deadline }}</td></tr>
{% endfor %}</tbody></table><p>共 {{ total }} 条</p></body></html>"""
DETAIL = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{{ one.title }}</title>
</head><body><h1>{{ one.title }}</h1><p>{{ one.body }}</p><table>
{% for bid in bids %}<tr><td>{{ bid.supplier }}</td><td>{{ bid.price }}</td><td>{{ bid.created }}</td>
</tr>{% endfor %}</table></body></html>"""
PAGE_ROWS = 20

metadata = MetaData()
tender = Table(
    "bare_tender",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", Text),
    Column("title", Text),
    Column("buyer", Text),
    Column("budget", Numeric(14, 2)),
    Column("status", Text),
    Column("deadline", Text),
    Column("body", Text),
    Index("bare_tender_deadline", "deadline"),
    Index("bare_tender_status", "status", "deadline"),
)
bid = Table(
    "bare_bid",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tender_id", Integer, index=True),
    Column("supplier", Text),
    Column("price", Numeric(14, 2)),
    Column("created", Text),
)


def fill(url: str) -> None:
    """Copy the population's tenders and bids into the two tables."""
    engine = create_engine(url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        ids: dict[str, int] = {}
        tenders: list[dict[str, Any]] = []
        found = connection.execute(
            select(Project, Organisation.name, Tender.id, Tender.deadline_at)
            .join(Organisation, Organisation.id == Project.buyer_id)
            .outerjoin(Tender, Tender.project_id == Project.id)
            .order_by(Project.created_at)
        ).mappings()
        for at, row in enumerate(found, start=1):
            ids[row["id_1"] or str(at)] = at
            until = row["deadline_at"] or row["created_at"]
            tenders.append(
                {
                    "id": at,
                    "code": row["number"],
                    "title": row["title"],
                    "buyer": row["name"],
                    "budget": row["budget_fen"] // 100,
                    "status": Stage(row["stage"]).label,
                    "deadline": f"{local(until):%Y-%m-%d %H:%M}",
                    "body": row["title"] * 12,
                }
            )
        bids = [
            {"tender_id": ids[row.tender_id], "supplier": row.name, "price": 90_000 + at}
            | {"created": "2026-11-01 08:00"}
            for at, row in enumerate(
                connection.execute(
                    select(Bid.tender_id, Organisation.name)
                    .join(Organisation, Organisation.id == Bid.supplier_id)
                    .order_by(Bid.id)
                )
            )
        ]
        connection.execute(insert(tender), tenders)
        connection.execute(insert(bid), bids)
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def create(url: str) -> Flask:
    """The bare application on a database."""
    app = Flask("bare")
    engine: Engine = create_engine(url)
    page = app.jinja_env.from_string(LIST)
    detail = app.jinja_env.from_string(DETAIL)
    columns = [column for column in tender.c if column.name != "body"]
    newest = (
        select(*columns).order_by(tender.c.deadline.desc(), tender.c.id.desc()).limit(PAGE_ROWS)
    )
    number = select(func.count()).select_from(tender)

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/core")
    def core() -> str:
        with engine.connect() as connection:
            rows, total = connection.execute(newest).all(), connection.scalar(number)
            return page.render(title="采购公告", rows=rows, total=total)

    @app.get("/detail/<int:at>")
    def one(at: int) -> str:
        with engine.connect() as connection:
            found = connection.execute(select(tender).where(tender.c.id == at)).first()
            bids = connection.execute(select(bid).where(bid.c.tender_id == at)).all()
            return detail.render(one=found, bids=bids)

    @app.get("/search")
    def search() -> str:
        wanted = tender.c.title.contains(request.args["q"])
        wanted &= tender.c.status == request.args["status"]
        with engine.connect() as connection:
            rows = connection.execute(newest.where(wanted)).all()
            return page.render(
                title="检索", rows=rows, total=connection.scalar(number.where(wanted))
            )

    @app.post("/bid")
    def submit() -> tuple[dict[str, int], int]:
        form = request.form
        with engine.begin() as connection:
            made = connection.execute(
                insert(bid).values(
                    tender_id=int(form["tender_id"]),
                    supplier=form["supplier"],
                    price=form["price"],
                    created="2026-11-01 08:00",
                )
            )
            return {"id": made.inserted_primary_key[0]}, 201

    return app


def served() -> Flask:
    """What gunicorn serves."""
    return create(os.environ["BENCH_URL"])
