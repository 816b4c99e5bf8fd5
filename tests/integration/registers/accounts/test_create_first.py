"""`procure accounts create-first`: a new production installation can be entered, once."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from procure.cli.main import main

ASKED = [
    "accounts",
    "create-first",
    "--organisation",
    "平台运行中心",
    "--system",
    "xitong1:张三",
    "--security",
    "anquan1:李四",
    "--audit",
    "shenji1:王五",
]


@pytest.fixture
def installation(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The environment of an installation on the fresh database."""
    address = engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("PROCURE_MODE", "demo")
    monkeypatch.setenv("PROCURE_DATABASE_URL", address)
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    return engine


def test_create_first_prints_three_passwords_once(
    installation: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(ASKED) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [line["role"] for line in answer] == ["system_admin", "security_admin", "audit_admin"]
    assert len({line["password"] for line in answer}) == 3
    with installation.connect() as connection:
        kept = connection.execute(
            text("SELECT password_is_temporary, password_hash FROM user_account")
        ).all()
    assert [bool(row[0]) for row in kept] == [True] * 3
    assert all(row[1].startswith("$argon2id$v=19$m=19456") for row in kept)

    assert main(ASKED) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "已经有管理员" in said.err


def test_create_first_without_a_name_explains_the_form(
    installation: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASKED[:-1], "shenji1"]) == 2
    assert "用户名:姓名" in capsys.readouterr().err


def test_create_first_with_one_person_twice_is_refused(
    installation: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASKED[:-1], "xitong1:张三"]) == 1
    assert "必须是三个人" in capsys.readouterr().err


def test_create_first_takes_names_as_a_form_does(
    installation: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASKED[:-1], "shenji1:王\ue863"]) == 1
    assert "“姓名”中有印不到文书上的字符" in (said := capsys.readouterr().err)
    assert "请改填“䶮”" in said
    assert main([*ASKED[:-1], "\u200bＳhenji1:王\u200e五\u202c"]) == 0
    with installation.connect() as connection:
        names = connection.execute(text("SELECT username, name FROM user_account")).all()
    assert ("shenji1", "王五") in [tuple(row) for row in names]
