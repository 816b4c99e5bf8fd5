"""A PostgreSQL server that lives as long as a test run.

It listens on a Unix socket in a folder of its own, keeps nothing, and never touches a server that
the machine already runs. PostgreSQL refuses to work as root, so root hands it to `nobody`; that
account cannot enter private folders, hence the data in memory or under /tmp and the programs from
where the packages put them.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.place import passing_place

START_SECONDS = 120
STOP_SECONDS = 60

#: Root of what the machine's own packages hold.
INSTALLED = Path("/")

#: The account the application works under, as in production: it owns nothing.
APPLICATION = "procure_app"

#: The tests' data need not survive a crash: speed instead of safety, and no network. Which of two
#: acts was written first is asked of the races.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "track_commit_timestamp": "on",
    "max_connections": "60",
}

#: A run that is killed stops nothing any more: its server goes when it goes (util-linux).
WITH_PARENT = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []

#: What a server needs that production may trust.
SAFE = {"listen_addresses": ""}


class ServerFailed(Exception):
    """The server is not installed, or it did not start; the message holds what it said."""


@dataclass(frozen=True)
class Server:
    """A running server: `folder` holds its socket, the role `postgres` may do everything."""

    folder: Path

    def dsn(self, dbname: str, role: str = "postgres") -> str:
        """Give the address of a database, for psycopg and SQLAlchemy alike."""
        return f"postgresql://{role}@/{dbname}?host={self.folder}"

    def create(self, dbname: str, template: str | None = None) -> str:
        """Make a database, as a copy of `template` when given, and return its address.

        A template must have no open connection; copying its files takes some 0.02 s in memory, half of
        what writing them to the log as well would.
        """
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
            sql.Identifier(dbname), sql.Identifier(template or "template0")
        )
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(command)
        return self.dsn(dbname)

    def drop(self, dbname: str) -> None:
        """Throw a database away together with its open connections."""
        command = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(dbname))
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(command)


def find_programs() -> Path:
    """Find the folder of the newest server, installed or unpacked by set-up (PROCURE_SYSROOT)."""
    roots = [INSTALLED, *map(Path, filter(None, [os.environ.get("PROCURE_SYSROOT")]))]
    for root in roots:
        found = [
            program.parent
            for program in root.glob("usr/lib/postgresql/*/bin/initdb")
            if re.fullmatch(r"\d+", program.parents[1].name)
        ]
        if found:
            return max(found, key=lambda folder: int(folder.parent.name))
    raise ServerFailed("PostgreSQL is not installed: run script/test, or install postgresql-15.")


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Give `folder` to an account that may run the server, and how to become that account."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("nobody")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _await_answer(process: subprocess.Popen[bytes], server: Server, log: Path) -> None:
    patience = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(server.dsn("postgres")).close()
            return
        except psycopg.OperationalError as silence:
            if process.poll() is not None or time.monotonic() > patience:
                raise ServerFailed(log.read_text(errors="replace")) from silence
            time.sleep(0.03)


@contextmanager
def server(*, safe: bool = False) -> Iterator[Server]:
    """Start a server, give it to the block, stop it and remove all it wrote; raises ServerFailed.

    Ready in about a second; `safe` is one that production would take. SIGINT stops it, as SIGTERM would wait for clients to leave first.
    """
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="procure-pg-", dir=passing_place()))
    data, log = folder / "data", folder / "log"
    process: subprocess.Popen[bytes] | None = None
    try:
        identity = _unprivileged(folder)
        surroundings = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        cluster = ["-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        made = subprocess.run(
            [
                programs / "initdb",
                *cluster,
                "--locale=C.UTF-8",
                "--no-sync",
                *(["-k"] if safe else []),
            ],
            capture_output=True,
            cwd=folder,
            env=surroundings,
            **identity,
        )
        if made.returncode != 0:
            raise ServerFailed(made.stderr.decode(errors="replace"))
        chosen = SAFE if safe else SETTINGS
        settings = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*WITH_PARENT, programs / "postgres", "-D", data, "-k", folder, *settings],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=surroundings,
                # Ctrl-C is for the tests, which then stop the server themselves.
                start_new_session=True,
                **identity,
            )
        running = Server(folder)
        _await_answer(process, running, log)
        with psycopg.connect(running.dsn("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APPLICATION)))
        yield running
    finally:
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)
