"""`procure demo`: walk a story, or prepare what `script/server` opens on. Demo mode only."""

import argparse
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from procure.app import PLATFORM_KEY
from procure.cli.status import DONE
from procure.config import Config, UnsafeConfiguration, from_environment, root_of
from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS, PASSWORD
from procure.demonstration.app import application
from procure.demonstration.clock import MovableClock
from procure.demonstration.loading import is_torn, keeps_mark, load, mark_loading, start_for
from procure.demonstration.papers import leave_papers
from procure.demonstration.people import install_people, is_installed
from procure.demonstration.route import Stop, walk_to
from procure.demonstration.steps.planning import load_catalogue
from procure.demonstration.story import Story, load_story, story_names
from procure.demonstration.walk import Walk
from procure.kernel.clock import FixedClock, SystemClock
from procure.registers.installation.belonging import require_own_mode
from procure.registers.installation.queries import recorded_mode
from procure.store import migrate
from procure.store.base import db
from procure.web.fields.files import EXTENSION


def add_demo(subparsers: Any) -> None:
    """Register `demo`."""
    parser = subparsers.add_parser("demo", help="走完一个演示故事，或准备演示数据")
    parser.add_argument(
        "--story", metavar="NAME", help=f"要走的故事，可用：{'、'.join(story_names())}"
    )
    parser.add_argument("--fresh", action="store_true", help="先清空演示数据，从头开始")
    parser.add_argument("--load", action="store_true", help="数据库为空时装入演示数据")
    parser.add_argument("--accounts", action="store_true", help="列出演示账号")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; nothing asked means the first story."""
    config = from_environment()
    if not config.is_demo:
        raise UnsafeConfiguration(
            "生产环境没有演示功能：procure demo 只在 PROCURE_MODE=demo 时可用。"
        )
    if arguments.accounts:
        print_accounts()
        return DONE
    # Read before anything is emptied: a name mistyped must not cost the data.
    story = load_story(arguments.story or story_names()[0])
    if begins_anew(config, arguments.fresh):
        empty(config)
    migrate.upgrade(config.database_url)
    app = application(config)
    with app.app_context():
        if arguments.load:
            return fill(app, config)
        return tell(app, config, story)


def print_accounts() -> None:
    """One line per listed account."""
    print(f"演示账号（密码都是 {PASSWORD}，登录页上点一下也能进入）：")
    for account in DEMONSTRATION_ACCOUNTS:
        if account.listed:
            roles = "、".join(role.label for role in account.roles)
            print(f"  {account.username:<12} {account.name}，{roles}：{account.what}")


def begins_anew(config: Config, asked: bool) -> bool:
    """Whether the demonstration is to be emptied first: asked for, or it was broken off last time.

    From here until it is filled again it counts as torn, so that this may be broken off as well.
    Raises UnsafeConfiguration for a database of production.
    """
    engine = migrate.engine_for(config.database_url, guarded=True)
    try:
        with Session(engine) as session:
            require_own_mode(config, recorded_mode(session))
            if not keeps_mark(session):
                return asked
            torn = is_torn(session)
            if torn and not asked:
                print("上次装入演示数据时中断，没有装完；现在清空，重新开始。", file=sys.stderr)
            if asked:
                mark_loading(session, SystemClock(), True)
    finally:
        engine.dispose()
    return torn or asked


def empty(config: Config) -> None:
    """Remove what the demonstration made: its papers, then its database; keys and settings stay."""
    for folder in (root_of(config.storage_url), config.data_dir / "demo"):
        shutil.rmtree(folder, ignore_errors=True)
    if config.is_sqlite:
        path = Path(config.database_url.removeprefix("sqlite:///"))
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
    else:
        migrate.downgrade(config.database_url, "base")


def fill(app: Flask, config: Config) -> int:
    """Fill an empty installation for `script/server`."""

    def progress(words: str) -> None:
        print(f"{words}…", file=sys.stderr, flush=True)

    staging = app.extensions[EXTENSION].staging
    done = load(db.session(), app.extensions[PLATFORM_KEY], staging, MovableClock().now(), progress)
    if done:
        db.session.remove()
        migrate.analyse(config.database_url)
    print("演示数据已就绪。" if done else "沿用已有的演示数据。", file=sys.stderr)
    return DONE


def tell(app: Flask, config: Config, story: Story) -> int:
    """Walk one story from the first day to the last and leave its papers behind."""
    session = db.session()
    now = MovableClock().now()
    begin = start_for(Stop.END, now)
    if not is_installed(session):
        install_people(session, FixedClock(begin - timedelta(days=1)))
    walk = Walk(
        session=session,
        key=app.extensions[PLATFORM_KEY],
        staging=app.extensions[EXTENSION].staging,
        story=story,
        clock=FixedClock(begin),
        report=lambda line: print(line, flush=True),
        title=story.title,
    )
    load_catalogue(walk)
    walk_to(walk, Stop.END)
    for line in leave_papers(walk, config.data_dir / "demo"):
        print(line)
    return DONE
