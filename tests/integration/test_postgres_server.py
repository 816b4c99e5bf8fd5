"""The throw-away PostgreSQL server: private, complete and gone afterwards."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import psycopg
import pytest

from procure.config import CHECKOUT
from tests import postgres


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.server() as running:
        yield running


def test_create_with_template_copies_its_rows(server: postgres.Server) -> None:
    with psycopg.connect(server.create("original")) as connection:
        connection.execute("CREATE TABLE notice (title text)")
        connection.execute("INSERT INTO notice VALUES ('斗门区居家养老服务采购公告')")
    with psycopg.connect(server.create("copy", template="original")) as connection:
        rows = connection.execute("SELECT title FROM notice").fetchall()
    assert rows == [("斗门区居家养老服务采购公告",)]


def test_create_without_template_is_empty_and_utf8(server: postgres.Server) -> None:
    with psycopg.connect(server.create("empty")) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
        encoding = connection.execute("SHOW server_encoding").fetchone()
    assert (tables, encoding) == ((0,), ("UTF8",))


def test_drop_with_open_connection_removes_the_database(server: postgres.Server) -> None:
    held = psycopg.connect(server.create("held"))
    server.drop("held")
    with pytest.raises(psycopg.OperationalError):
        held.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="held"):
        psycopg.connect(server.dsn("held"))


def test_server_listens_on_no_network_address(server: postgres.Server) -> None:
    with psycopg.connect(server.dsn("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_server_with_a_client_connected_stops_and_leaves_nothing() -> None:
    with postgres.server() as running:
        client = psycopg.connect(running.dsn("postgres"))
        folder = running.folder
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        client.execute("SELECT 1")


@pytest.mark.skipif(not postgres.WITH_PARENT, reason="util-linux is not installed")
def test_server_whose_run_is_killed_stops_by_itself() -> None:
    starts = (
        "import time; from tests.postgres import server\n"
        "with server() as running: print(running.folder, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", starts], stdout=PIPE, cwd=CHECKOUT) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().decode().strip())
        client = psycopg.connect(postgres.Server(folder).dsn("postgres"))
        run.kill()
    with pytest.raises(psycopg.OperationalError):
        client.execute("SELECT pg_sleep(%s)", [postgres.STOP_SECONDS])
    shutil.rmtree(folder)


def test_find_programs_takes_the_newest_of_an_unpacked_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("9", "15"):
        program = tmp_path / "usr/lib/postgresql" / version / "bin/initdb"
        program.parent.mkdir(parents=True)
        program.write_bytes(b"")
    monkeypatch.setenv("PROCURE_SYSROOT", str(tmp_path))
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path / "nothing-installed")
    assert postgres.find_programs() == tmp_path / "usr/lib/postgresql/15/bin"


def test_find_programs_without_any_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROCURE_SYSROOT", raising=False)
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path)
    with pytest.raises(postgres.ServerFailed, match="postgresql-15"):
        postgres.find_programs()
