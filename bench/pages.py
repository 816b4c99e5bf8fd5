"""Hot pages and the submission of a bid, beside bare Flask, Jinja and SQLAlchemy Core.

    python -m bench.pages [--secs 5] [--rounds 3] [--only list,case] [--database sqlite] [--quick]

Both applications are served alike (gunicorn, two synchronous workers, no proxy) and take the same
load (wrk, eight connections) in interleaved rounds; without wrk they are called in this process.
Our pages are whole: sign-in, permission, layout with all its bars, for submissions the deadline
check, sealing of three attachments, a signed receipt and chained events. Printed as ratios to the
bare page, by requests per second and by server CPU for each request (PostgreSQL's included).
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import bare, stand
from bench.population import Bidding, Sizes, populate, settings
from bench.stand import Call, Figure, InProcess, Load
from procure.app import create_app
from procure.kernel.lifecycle import Stage
from procure.registers.accounts.models import Organisation, User
from procure.registers.projects.models import Project
from procure.store.base import db

SEED = 20170
BIDDERS = 64
CASES = 50
SEEN = 8
"""Cases looked at again and again; few, so that both workers soon have seen each."""
FORM = ("Content-Type", "application/x-www-form-urlencoded")
SLOWEST = 2.5
"""How many times the bare page's 99th percentile ours may take."""
QUICK = Sizes(tenders=60, bids=240, suppliers=30)


@dataclass(frozen=True)
class Job:
    """A hot job: the bare page it is measured by and what the ratio must reach."""

    name: str
    words: str
    measure: str
    target: float


JOBS = (
    Job("list", "project list, signed in", "core", 0.60),
    Job("public", "public notices, visitor", "core", 1.00),
    Job("case", "case page, signed in, seen before", "detail", 0.55),
    Job("first", "case page, bidder, never kept", "detail", 0.55),
    Job("search", "filtered search of notices, signed in", "search", 0.50),
    Job("bid", "bid submission, complete", "bid", 0.35),
)
BARE: dict[str, tuple[Call, ...]] = {
    "hello": (Call("/hello", "hello"),),
    "core": (Call("/core", "</table>"),),
    "detail": tuple(Call(f"/detail/{at}", "</table>") for at in range(3, 3 + CASES)),
    "search": (Call("/search?q=%E5%85%BB%E8%80%81&status=%E6%8A%95%E6%A0%87", "</table>"),),
    "bid": (Call("/bid", "id", "POST", "tender_id=9&supplier=A&price=100", (FORM,), status=201),),
}


def our_calls(url: str, folder: Path, bidding: Sequence[Bidding]) -> dict[str, tuple[Call, ...]]:
    """The requests of every job, by people who are signed in."""
    app = create_app(settings(url, folder))
    with app.app_context():
        session = db.session()
        clerk = session.scalars(select(User.id).where(User.username == "jingban")).one()
        numbers = session.scalars(
            select(Project.number)
            .join(Organisation, Organisation.id == Project.buyer_id)
            .where(
                Project.stage.in_((Stage.BID, Stage.AWARD)), Organisation.number_prefix == "DMMZ"
            )
            .order_by(Project.created_at)
            .limit(SEEN)
        ).all()
        signed_in, *bidders = stand.cookies_of(
            app, [clerk, *(one.signatory for one in bidding[:BIDDERS])]
        )
        db.session.remove()
        db.engine.dispose()
    answer = (("Accept", "application/json"), FORM)
    return {
        "list": (Call("/projects", "退出登录", headers=signed_in),),
        "public": (Call("/notices", "登录"),),
        "case": tuple(Call(f"/projects/{one}", "办理经过", headers=signed_in) for one in numbers),
        "first": tuple(
            Call(f"/projects/{one.project_number}", "办理经过", headers=headers)
            for one, headers in zip(bidding[:BIDDERS], bidders, strict=True)
        ),
        "search": (
            Call("/notices?q=%E5%85%BB%E8%80%81&kind=tender", "清除条件", headers=signed_in),
        ),
        "bid": tuple(
            Call(
                f"/projects/{one.project_number}/bid/submit",
                "signature",
                "POST",
                "confirmed=y",
                (*headers, *answer),
            )
            for one, headers in zip(bidding[:BIDDERS], bidders, strict=True)
        ),
    }


def spread(bidding: Sequence[Bidding]) -> list[Bidding]:
    """One bid of each signatory, so that no two requests at a time are of one bid."""
    return list({one.signatory: one for one in bidding}.values())


@dataclass(frozen=True)
class Arguments:
    """What the command line asked for."""

    secs: float
    rounds: int
    jobs: tuple[Job, ...]
    kinds: tuple[str, ...]
    sizes: Sizes
    in_process: bool


def loads(
    kind: str, url: str, folder: Path, pids: Any, told: Arguments, stack: ExitStack
) -> tuple[Load, Load]:
    """Our application and the bare one, ready to be loaded."""
    if told.in_process:
        return InProcess(create_app(settings(url, folder))), InProcess(bare.create(url))
    environment = {"BENCH_URL": url, "BENCH_FOLDER": str(folder)}
    ours = stack.enter_context(stand.gunicorn("bench.stand:project()", environment, pids))
    measure = stack.enter_context(stand.gunicorn("bench.bare:served()", environment, pids))
    return ours, measure


def cases(
    kind: str, url: str, folder: Path, pids: Any, told: Arguments, stack: ExitStack
) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Every case of a database by name, every request sent once to see that it is answered as it should."""
    print(f"  filling {kind}", file=sys.stderr)
    bidding = spread(populate(url, folder, told.sizes, SEED))
    bare.fill(url)
    calls = our_calls(url, folder, bidding)
    ours, measure = loads(kind, url, folder, pids, told, stack)
    names = ["hello", *dict.fromkeys(job.measure for job in told.jobs)]
    pairs = [(f"{kind} bare {name}", measure, BARE[name]) for name in names]
    pairs += [(f"{kind} {job.name}", ours, calls[job.name]) for job in told.jobs]
    for name, load, several in pairs:
        for call in several * (1 if len(several) > SEEN else 4):
            load.probe(call)
        load.run(several, min(1, told.secs))
        yield name, lambda load=load, several=several: load.run(several, told.secs)


def table(told: Arguments, figures: dict[str, Figure]) -> Iterator[str]:
    """The ratios, as Markdown."""
    yield (
        "| job | ours, req/s | bare | ratio by req/s | ratio by CPU | target | p50 / p99 ms "
        f"| p99 of bare (≤ {SLOWEST}) | CPU ms | errors |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for kind in told.kinds:
        for job in told.jobs:
            ours, limit = figures[f"{kind} {job.name}"], figures[f"{kind} bare {job.measure}"]
            ratio, by_cpu = ours.rate / limit.rate, limit.cpu / max(ours.cpu, 1e-9)
            met = "met" if min(ratio, by_cpu) >= job.target else "missed"
            yield (
                f"| {kind}: {job.words} | {ours.rate:,.0f} | {job.measure} {limit.rate:,.0f} "
                f"| {ratio:.2f} | {by_cpu:.2f} | {job.target:.2f} {met} "
                f"| {ours.p50:.1f} / {ours.p99:.1f} | {ours.p99 / max(limit.p99, 1e-9):.1f} "
                f"| {ours.cpu:.2f} | {ours.errors} |"
            )
        hello, core = figures[f"{kind} bare hello"], figures.get(f"{kind} bare core")
        if core:
            yield (
                f"| {kind}: bare hello | {hello.rate:,.0f} | core {core.rate:,.0f} "
                f"| {hello.rate / core.rate:.2f} | {core.cpu / max(hello.cpu, 1e-9):.2f} | "
                f"| {hello.p50:.1f} / {hello.p99:.1f} | | {hello.cpu:.2f} | {hello.errors} |"
            )


def read_arguments() -> Arguments:
    """The command line; `--quick` is a small population, called in this process for an instant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--secs", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="jobs, parted by commas")
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    parser.add_argument("--tenders", type=int, default=Sizes.tenders)
    parser.add_argument("--quick", action="store_true")
    told = parser.parse_args()
    only = set(filter(None, told.only.split(",")))
    jobs = tuple(job for job in JOBS if not only or job.name in only)
    kinds = (told.database,) if told.database else ("sqlite", "postgresql")
    if told.quick:
        return Arguments(0.1, 1, jobs, kinds[:1], QUICK, in_process=True)
    sizes = Sizes(told.tenders, told.tenders * 5)
    return Arguments(told.secs, told.rounds, jobs, kinds, sizes, not stand.has_wrk())


def main() -> None:
    """Fill, load, print."""
    told = read_arguments()
    disk = os.environ.get("BENCH_DISK")
    with (
        ExitStack() as stack,
        tempfile.TemporaryDirectory(dir=disk) as folder,
        stand.databases(told.kinds, Path(folder)) as places,
    ):
        every: dict[str, Callable[[], Figure]] = {}
        for kind, (url, pids) in places.items():
            own = Path(folder, kind)
            own.mkdir()
            every |= cases(kind, url, own, pids, told, stack)
        figures = stand.measured(every, told.rounds)
        stack.close()
    print(f"{stand.machine()}; {told.sizes}; in process: {told.in_process}")
    for line in table(told, figures):
        print(line)


if __name__ == "__main__":
    main()
