"""`procure db check` says in words which table and column differ, and how."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from procure.cli.main import main
from procure.store.base import install

CHANGES = {
    "CREATE TABLE left_over (id text)": "多出表 left_over",
    "DROP TABLE login_attempt": "缺少表 login_attempt",
    "ALTER TABLE organisation ADD COLUMN nickname text": "表 organisation 多出列 nickname",
    "ALTER TABLE organisation DROP COLUMN phone; ALTER TABLE organisation ADD COLUMN phone bigint": "表 organisation 的列 phone：类型应为 VARCHAR(40)，现在是 BIGINT",
    "DROP INDEX ix_trail_event_project_id": "表 trail_event 缺少索引 ix_trail_event_project_id（列 project_id、at）",
    "CREATE INDEX ix_more ON organisation (name)": "表 organisation 多出索引 ix_more（列 name）",
}  # fmt: skip
SERVED_CHANGES = CHANGES | {
    "ALTER TABLE organisation DROP COLUMN level": "表 organisation 缺少列 level",
    "ALTER TABLE organisation ALTER name DROP NOT NULL": "表 organisation 的列 name：可否为空应为 不可为空，现在是 可以为空",
    "ALTER TABLE organisation ALTER name TYPE varchar(77)": "表 organisation 的列 name：类型应为 VARCHAR(100)，现在是 VARCHAR(77)",
    "COMMENT ON TABLE organisation IS 'x'": "表 organisation 多出说明",
    "ALTER TABLE organisation ADD CONSTRAINT one_name UNIQUE (name, id)": "表 organisation 多出约束 one_name（列 name、id）",
    "ALTER TABLE organisation ADD CONSTRAINT own FOREIGN KEY (name) REFERENCES organisation (id) NOT VALID": "表 organisation 多出外键 own（列 name）",
}  # fmt: skip


def differences(
    url: str, statement: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """What the command prints after a change behind the migrations' back."""
    owner = create_engine(url)
    install(owner, guarded=False)
    with owner.begin() as connection:
        for one in statement.split("; "):
            connection.exec_driver_sql(one)
    owner.dispose()
    monkeypatch.setenv("PROCURE_MODE", "demo")
    monkeypatch.setenv("PROCURE_DATABASE_URL", url)
    assert main(["db", "check"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["equal"] is False
    found: list[str] = said["differences"]
    return found


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PROCURE_SECRET_DIR", str(tmp_path / "secrets"))


def test_check_of_a_file_as_the_migrations_make_it_finds_nothing(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Columns that were widened on PostgreSQL alone are no difference: SQLite keeps to no length."""
    monkeypatch.setenv("PROCURE_MODE", "demo")
    monkeypatch.setenv("PROCURE_DATABASE_URL", sqlite_database)

    assert main(["db", "check"]) == 0
    assert json.loads(capsys.readouterr().out) == {"equal": True, "differences": []}


@pytest.mark.parametrize("statement", CHANGES)
def test_check_of_a_changed_file_says_what_differs(
    sqlite_database: str,
    statement: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = differences(sqlite_database, statement, monkeypatch, capsys)
    assert CHANGES[statement] in found


@pytest.mark.parametrize("statement", SERVED_CHANGES)
def test_check_of_a_changed_server_says_what_differs(
    postgres_database: str,
    statement: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = differences(postgres_database, statement, monkeypatch, capsys)
    assert SERVED_CHANGES[statement] in found
