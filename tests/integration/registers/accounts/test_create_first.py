"""`procure accounts create-first`: a new production installation can be entered, once."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from procure.cli.main import main
from procure.registers.accounts.events import SecondFactorResetAtMachine
from procure.store import trail
from tests.world import as_application

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


def test_create_first_asks_for_a_second_security_administrator(
    installation: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASKED, "--security", "anquan2:赵六"]) == 0
    said = capsys.readouterr()

    roles = [line["role"] for line in json.loads(said.out)]
    assert roles == ["system_admin", "security_admin", "security_admin", "audit_admin"]
    assert "安全管理员只有一位" not in said.err


def test_create_first_with_one_security_administrator_warns(
    installation: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(ASKED) == 0
    assert "安全管理员只有一位" in capsys.readouterr().err


# --- the only security administrator loses the telephone ---

RESET = ["accounts", "reset-second-factor", "--reason", "手机遗失，当面核对身份证"]


def _reset(user: str, by: str = "钱七", witness: str = "孙八") -> int:
    return main([*RESET, "--user", user, "--by", by, "--witness", witness])


def test_second_factor_of_an_office_is_reset_at_the_machine_by_two(
    installation: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    main(ASKED)
    with installation.begin() as connection:
        bound = text("UPDATE user_account SET totp_secret = :s, totp_confirmed_at = 1")
        connection.execute(bound, {"s": b"lost"})
    for by, witness in (("钱七", "钱七"), ("李四", "孙八"), ("钱七", "李四"), ("钱七", " ")):
        assert _reset("anquan1", by, witness) == 1
        assert "必须是两个人，都不是本人" in capsys.readouterr().err
    assert _reset("meiyou") == 1
    assert "没有这个用户名" in capsys.readouterr().err
    assert _reset("anquan1") == 0
    assert "登录后重新绑定" in capsys.readouterr().err
    assert _reset("anquan1") == 1
    assert "还没有绑定" in capsys.readouterr().err

    with Session(installation) as session:
        left = session.execute(
            text("SELECT count(*) FROM user_account WHERE totp_secret IS NOT NULL")
        ).scalar_one()
        assert left == 2
        told = [
            link
            for link in trail.read(session)
            if link.event == SecondFactorResetAtMachine.__name__
        ]
        assert [SecondFactorResetAtMachine.words_of(link.data) for link in told] == [
            "李四，由钱七办理、孙八见证，原因：手机遗失，当面核对身份证"
        ]
        assert trail.fsck(session) == []


def test_reset_at_the_machine_is_the_owners(
    postgres_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PROCURE_MODE", "demo")
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PROCURE_DATABASE_URL", as_application(postgres_database))
    assert _reset("anquan") == 1
    assert "不是数据库的所有者" in capsys.readouterr().err
    monkeypatch.setenv("PROCURE_DATABASE_URL", postgres_database)
    assert _reset("anquan") == 1
    assert "还没有绑定" in capsys.readouterr().err
    assert _reset("jingban") == 1
    assert "不是系统管理员、安全管理员或审计管理员" in capsys.readouterr().err
