"""A database that fails under somebody's hands: the page says so, and what was typed is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from procure.kernel.clock import FixedClock
from procure.scheduler import Process
from procure.store import base, trail
from tests import postgres
from tests.integration.stages.plans.test_plan_pages import answers
from tests.world import World, build_world


def fails(cause: psycopg.Error):
    def fail(*_: object) -> None:
        raise OperationalError("COMMIT", {}, cause)

    return fail


def test_lost_race_keeps_the_form_and_the_same_submission_then_succeeds(
    embedded_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = embedded_world.client("jingban")
    typed = answers(embedded_world)
    with monkeypatch.context() as broken:
        broken.setattr(trail, "append", fails(psycopg.errors.DeadlockDetected()))
        page = clerk.post("/plans/new", typed, status=409)

    assert "没有保存成功" in page.text
    assert "请再提交一次" in page.text
    assert typed["title"] in [field.get("value") for field in page.root.iter()]
    assert typed["reason"] in page.text
    assert clerk.get("/projects/DMMZ-2026-001/plan", status=404)
    answer = clerk.post("/plans/new", typed, page=page)
    assert answer.headers["Location"] == "/projects/DMMZ-2026-001/plan"


def test_short_outage_keeps_the_form_under_the_same_key(
    embedded_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = embedded_world.client("jingban")
    typed = answers(embedded_world)
    blank = clerk.get("/plans/new")
    monkeypatch.setattr(trail, "append", fails(psycopg.errors.AdminShutdown()))

    page = clerk.post("/plans/new", typed, page=blank, status=503)

    assert "暂时不能读取或保存数据" in page.text
    assert typed["title"] in [field.get("value") for field in page.root.iter()]
    assert page.hidden()["idempotency_key"] == blank.hidden()["idempotency_key"]


@pytest.fixture
def served(postgres_database: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """The application on PostgreSQL."""
    yield from build_world(postgres_database, tmp_path, clock)


def test_database_that_is_away_is_told_on_every_page_and_comes_back_by_itself(
    served: World, postgres_server: postgres.Server
) -> None:
    clerk = served.client("jingban")
    typed = answers(served)
    blank = clerk.get("/plans/new")
    served.session.rollback()
    with unreachable(postgres_server, served):
        for path in ("/", "/projects", "/notices"):
            away = clerk.get(path, status=503)
            assert away.response.headers["Retry-After"] == "30"
            assert away.heading == "平台暂时不能办理"
        said = clerk.raw("GET", "/api/notices?q=养老")
        assert (said.status_code, said.headers["Retry-After"]) == (503, "30")
        assert "暂时不能" in said.json["error"]["message"]
        clerk.post("/plans/new", typed, page=blank, status=503)

    assert clerk.post("/plans/new", typed, page=blank).status_code == 302


def test_outage_fills_the_log_with_lines_and_not_with_tracebacks(
    served: World, postgres_server: postgres.Server, caplog: pytest.LogCaptureFixture
) -> None:
    """A restart of the database left 124 lines of traceback, the same for every request and tick."""
    clerk, process = served.client("jingban"), Process(served.app, {})
    clerk.get("/")
    process.tick(process.renew)
    served.session.rollback()
    with unreachable(postgres_server, served):
        caplog.clear()
        for _ in range(3):
            clerk.get("/projects", status=503)
            assert clerk.raw("GET", "/readyz").status_code == 503
            process.tick(process.renew)
            process.tick(partial(process.attempt, "cleanup"))
        lines = [record for record in caplog.records if record.name.startswith("procure")]
        assert [record for record in lines if record.exc_info] == []
        assert all("\n" not in record.getMessage() for record in lines)
        ticks = [record.getMessage() for record in lines if record.name == "procure.scheduler"]
        assert len([words for words in ticks if "is away" in words]) == 1
    caplog.clear()
    process.tick(process.renew)
    assert "the database is back" in caplog.text
    process.resign()


@contextmanager
def unreachable(server: postgres.Server, world: World) -> Iterator[None]:
    """The world's database as it is while the server restarts."""
    name = world.session.get_bind().url.database
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as owner:
        owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        end_connections(server, world)
        yield
        owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def end_connections(postgres_server: postgres.Server, world: World) -> None:
    """What a restart of the server does to the connections of the application."""
    world.session.rollback()
    with psycopg.connect(postgres_server.dsn("postgres"), autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (world.session.get_bind().url.database,),
        )


def test_restarted_server_is_not_noticed_by_who_only_reads(
    served: World, postgres_server: postgres.Server
) -> None:
    clerk = served.client("jingban")
    typed = answers(served)
    blank = clerk.get("/plans/new")
    end_connections(postgres_server, served)

    assert clerk.get("/projects").heading == "采购项目"

    end_connections(postgres_server, served)
    clerk.post("/plans/new", typed, page=blank, status=503)
    # Each request has a session of its own; those of a test share one.
    served.session.rollback()
    assert clerk.post("/plans/new", typed, page=blank).status_code == 302


def test_connection_that_lay_idle_is_tested_before_a_change(
    served: World, postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = served.client("jingban")
    typed = answers(served)
    blank = clerk.get("/plans/new")
    end_connections(postgres_server, served)
    monkeypatch.setattr(base, "IDLE_SECONDS", 0)

    assert clerk.post("/plans/new", typed, page=blank).status_code == 302


def test_connection_waits_neither_for_a_silent_server_nor_for_a_lock_for_ever(
    served: World,
) -> None:
    connection = served.session.connection()
    parameters = connection.connection.driver_connection.info.get_parameters()
    assert parameters["connect_timeout"] == "5"
    assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "14s"
