"""Settings: what production refuses to start with, sentence by sentence, and keys made once."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from procure.config import (
    CHECKOUT,
    SETTINGS,
    Mode,
    UnsafeConfiguration,
    database_from_environment,
    from_environment,
)

KEYS = ("cookie.key", "platform.age", "platform.ed25519")
STARTERS = 6


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """The environment of a production machine in which nothing is wrong."""
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    for name in KEYS:
        (folder / name).touch(mode=0o600)
        (folder / name).write_text("k" * 64, encoding="ascii")
    (tmp_path / "var").mkdir(mode=0o700)
    return {
        "PROCURE_MODE": "production",
        "PROCURE_DATABASE_URL": "postgresql://procure_app@db/procure",
        "PROCURE_DATA_DIR": str(tmp_path / "var"),
        "PROCURE_SECRET_DIR": str(folder),
        "PROCURE_MAIL_URL": "smtp://mail:25",
        "PROCURE_PUBLIC_URL": "https://procure.example",
    }


def test_production_with_everything_in_order_starts(production: dict[str, str]) -> None:
    assert from_environment(production).mode is Mode.PRODUCTION


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PROCURE_MODE", "prod", "PROCURE_MODE 只能是"),
        ("PROCURE_DATABASE_URL", "mysql://db/procure", "只支持 sqlite 与 postgresql"),
        (
            "PROCURE_DATABASE_URL",
            "postgresql://a:1,b:2/procure",
            "host=主机一:5432&host=主机二:5432",
        ),
        ("PROCURE_DATABASE_URL", "postgresql://a:x/procure", "端口应是一个整数"),
        ("PROCURE_DATABASE_URL", "", "PROCURE_SINGLE_MACHINE"),
        ("PROCURE_DATABASE_URL", "sqlite:////srv/procure.db", "PROCURE_SINGLE_MACHINE"),
        ("PROCURE_STORAGE_URL", "s3://bucket", "PROCURE_STORAGE_URL"),
        ("PROCURE_SECRET_DIR", "", "必须设置 PROCURE_SECRET_DIR"),
        ("PROCURE_SECRET_DIR", "/nowhere/at/all", "文件夹不存在"),
        ("PROCURE_MAIL_URL", "", "必须设置 PROCURE_MAIL_URL"),
        ("PROCURE_MAIL_URL", "http://mail.example", "PROCURE_MAIL_URL 只能是 smtps://"),
        ("PROCURE_MAIL_URL", "https://mail.example", "PROCURE_MAIL_URL 只能是 smtps://"),
        ("PROCURE_MAIL_URL", "mail.example:25", "PROCURE_MAIL_URL 只能是 smtps://"),
        ("PROCURE_MAIL_URL", "smtp://", "PROCURE_MAIL_URL 只能是 smtps://"),
        ("PROCURE_MAIL_URL", "smtps://mail.example:port", "PROCURE_MAIL_URL 只能是 smtps://"),
        ("PROCURE_PUBLIC_URL", "http://procure.example", "https://"),
        ("FLASK_DEBUG", "1", "FLASK_DEBUG"),
    ],
)
def test_production_refuses_an_unsafe_setting_by_name(
    production: dict[str, str], name: str, value: str, said: str
) -> None:
    with pytest.raises(UnsafeConfiguration, match=said):
        from_environment({**production, name: value})


DATABASE = "postgresql://procure_app:{}@db:5432/procure"
MAIL = "smtps://clerk:{}@mail.example:465"


@pytest.mark.parametrize(
    ("name", "url"), [("PROCURE_DATABASE_URL", DATABASE), ("PROCURE_MAIL_URL", MAIL)]
)
@pytest.mark.parametrize(
    ("password", "signs"),
    [
        ("ab#cd", ["# 写成 %23"]),
        ("12#34", ["# 写成 %23"]),
        ("12/34", ["/ 写成 %2F"]),
        ("#", ["# 写成 %23"]),
        ("a?b/c", ["? 写成 %3F", "/ 写成 %2F"]),
        ("[x", ["[ 写成 %5B"]),
        ("a b]", ["空格 写成 %20", "] 写成 %5D"]),
        ("100%", ["% 写成 %25"]),
        ("p%zz", ["% 写成 %25"]),
        ("a@b#c", ["# 写成 %23"]),
    ],
)
def test_password_that_an_address_cannot_hold_is_refused_with_how_to_write_it(
    production: dict[str, str], name: str, url: str, password: str, signs: list[str]
) -> None:
    """A # in it ended the address: the refusal spoke of the port, or another host was asked."""
    with pytest.raises(UnsafeConfiguration, match=f"{name} 的账号或密码里") as refused:
        from_environment({**production, name: url.format(password)})
    assert all(sign in str(refused.value) for sign in signs)
    assert not re.search("[a-z0-9]", re.sub("%[0-9A-F]{2}", "", str(refused.value)))
    assert from_environment({**production, name: url.format(quote(password, safe=""))})


def test_password_with_an_at_sign_would_name_another_database_server(
    production: dict[str, str],
) -> None:
    with pytest.raises(UnsafeConfiguration, match="@ 写成 %40"):
        from_environment({**production, "PROCURE_DATABASE_URL": DATABASE.format("a@b")})


def test_password_of_the_databases_owner_is_looked_at_too() -> None:
    with pytest.raises(UnsafeConfiguration, match="PROCURE_DATABASE_URL 的账号或密码里"):
        database_from_environment({"PROCURE_DATABASE_URL": DATABASE.format("a#b")})
    assert database_from_environment({"PROCURE_DATABASE_URL": DATABASE.format("a%23b:c!")})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://procure_app:x@/procure?host=a:5432&host=b:5432",
        "postgresql:///procure?host=/run/postgresql",
        "postgresql+psycopg://procure_app:p+w!~@[::1]:5432/procure",
    ],
)
def test_other_ways_to_write_the_database_stay(production: dict[str, str], url: str) -> None:
    assert from_environment({**production, "PROCURE_DATABASE_URL": url}).database_url == url


def test_mail_box_may_be_the_account_of_the_mail_server(production: dict[str, str]) -> None:
    url = "smtps://procure@example.gov.cn:word@mail.example:465"
    assert from_environment({**production, "PROCURE_MAIL_URL": url}).mail_url == url


@pytest.mark.parametrize(
    "value",
    [
        "平台",
        "procure",
        "procure@",
        "@example.gov.cn",
        "a b@example.gov.cn",
        "平台@例子",
        "平台 <procure>",
    ],
)
def test_sender_that_is_no_address_is_refused(production: dict[str, str], value: str) -> None:
    with pytest.raises(UnsafeConfiguration, match="PROCURE_MAIL_FROM"):
        from_environment({**production, "PROCURE_MAIL_FROM": value})


@pytest.mark.parametrize(
    "value",
    ["procure@example.gov.cn", "采购平台 <procure@example.gov.cn>", "procure@localhost", ""],
)
def test_sender_with_an_address_is_taken(production: dict[str, str], value: str) -> None:
    config = from_environment({**production, "PROCURE_MAIL_FROM": value})
    assert config.mail_from == (value or "procure@localhost")


@pytest.mark.parametrize("value", ["\u200b", "\ufeff \u2060", "\u3164\u3164", "\u3000 "])
def test_contact_that_nobody_can_see_is_refused(production: dict[str, str], value: str) -> None:
    with pytest.raises(UnsafeConfiguration, match="PROCURE_SUPPORT_CONTACT"):
        from_environment({**production, "PROCURE_SUPPORT_CONTACT": value})


def test_contact_is_kept_without_marks_that_nobody_sees(production: dict[str, str]) -> None:
    named = {**production, "PROCURE_SUPPORT_CONTACT": "\ufeff运行中心， 电话\u200b 0756-1\n"}
    assert from_environment(named).support_contact == "运行中心， 电话 0756-1"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PROCURE_DATADIR", "PROCURE_DATA_DIR"),
        ("PROCURE_DATABASE_URI", "PROCURE_DATABASE_URL"),
        ("PROCURE_TRUSTED_PROXIES", "PROCURE_TRUSTED_PROXY"),
        ("PROCURE_SINGLEMACHINE", "PROCURE_SINGLE_MACHINE"),
    ],
)
def test_mistyped_name_of_a_setting_is_told_with_the_name_meant(
    production: dict[str, str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    meant: str,
) -> None:
    """It passed in silence, and what was meant kept its default."""
    for read in (from_environment, database_from_environment):
        with pytest.raises(UnsafeConfiguration, match=f"{name}（是不是 {meant}？）"):
            read({**production, name: "x"})
    assert from_environment({"PROCURE_DATA_DIR": str(tmp_path), name: "x"}).is_demo
    assert f"{name}（是不是 {meant}？）" in caplog.text


def test_name_like_no_setting_is_told_and_set_ups_own_are_known(production: dict[str, str]) -> None:
    with pytest.raises(UnsafeConfiguration, match="不认识的设置：PROCURE_XYZZY。"):
        from_environment({**production, "PROCURE_XYZZY": "1"})
    assert from_environment({**production, "PROCURE_SYSROOT": "/opt/root", "PROCUREMENT": "1"})


def test_readme_lists_every_setting() -> None:
    printed = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(PROCURE_\w+)`", printed, re.MULTILINE)) == SETTINGS


def test_production_on_one_small_machine_may_use_the_embedded_database_on_purpose(
    production: dict[str, str],
) -> None:
    del production["PROCURE_DATABASE_URL"]
    assert from_environment({**production, "PROCURE_SINGLE_MACHINE": "yes"}).is_sqlite
    with pytest.raises(UnsafeConfiguration, match="PostgreSQL"):
        from_environment({**production, "PROCURE_SINGLE_MACHINE": "maybe"})


@pytest.fixture
def single_machine(production: dict[str, str]) -> dict[str, str]:
    """The same with the embedded database, its folder private."""
    return {**production, "PROCURE_DATABASE_URL": "", "PROCURE_SINGLE_MACHINE": "yes"}


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o710, 0o701, 0o707])
def test_production_on_one_machine_refuses_data_others_may_read(
    single_machine: dict[str, str], mode: int
) -> None:
    folder = Path(single_machine["PROCURE_DATA_DIR"])
    folder.chmod(mode)
    with pytest.raises(UnsafeConfiguration, match=f"现在是 {mode:04o}") as refused:
        from_environment(single_machine)
    assert f"chmod 700 {folder}" in str(refused.value)
    folder.chmod(0o700)
    assert from_environment(single_machine).is_sqlite


@pytest.mark.parametrize(
    ("name", "scheme", "file"),
    [("PROCURE_DATABASE_URL", "sqlite:///", "/procure.db"), ("PROCURE_STORAGE_URL", "file://", "")],
)
def test_production_on_one_machine_looks_where_the_data_is(
    single_machine: dict[str, str], tmp_path: Path, name: str, scheme: str, file: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    with pytest.raises(UnsafeConfiguration, match=f"chmod 700 {elsewhere}"):
        from_environment({**single_machine, name: f"{scheme}{elsewhere}{file}"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROCURE_DATA_DIR", "{}"),
        ("PROCURE_DATABASE_URL", "sqlite:///{}/procure.db"),
        ("PROCURE_STORAGE_URL", "file://{}"),
    ],
)
def test_production_refuses_a_folder_mistyped_by_the_settings_name_and_makes_none(
    single_machine: dict[str, str], tmp_path: Path, name: str, value: str
) -> None:
    mistyped = {**single_machine, name: value.format(tmp_path / "vra")}
    for read in (from_environment, database_from_environment):
        with pytest.raises(UnsafeConfiguration, match=f"{name} .*{tmp_path / 'vra'} 不存在"):
            read(mistyped)
    assert not (tmp_path / "vra").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROCURE_STORAGE_URL", "file://srv/procure/files"),
        ("PROCURE_STORAGE_URL", "file://localhost/srv/procure/files"),
        ("PROCURE_STORAGE_URL", "file://./files"),
        ("PROCURE_STORAGE_URL", "file://"),
        ("PROCURE_DATA_DIR", "var"),
        ("PROCURE_DATA_DIR", "./var"),
        ("PROCURE_SECRET_DIR", "secrets"),
    ],
)
@pytest.mark.parametrize("database", ["postgresql://procure_app@db/procure", ""])
def test_production_refuses_a_folder_that_depends_on_where_a_command_is_run(
    single_machine: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    database: str,
) -> None:
    """Two slashes for three made a folder of files beside whatever was the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "srv/procure/files").mkdir(parents=True, mode=0o700)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UnsafeConfiguration, match=f"{name} .*完整的路径"):
        from_environment(
            {**single_machine, "PROCURE_DATABASE_URL": database, name: value}, before_keys=True
        )
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("url", ["sqlite:///procure.db", "sqlite:///var/procure.db", "sqlite://"])
def test_production_refuses_an_embedded_database_that_depends_on_where_a_command_is_run(
    single_machine: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for read in (from_environment, database_from_environment):
        with pytest.raises(UnsafeConfiguration, match="PROCURE_DATABASE_URL .*完整的路径"):
            read({**single_machine, "PROCURE_DATABASE_URL": url})


def test_folder_of_files_named_for_production_must_be_there_whatever_the_database(
    production: dict[str, str], single_machine: dict[str, str], tmp_path: Path
) -> None:
    """Only the one in the data folder is made, by the command that makes the keys."""
    inside, elsewhere = Path(production["PROCURE_DATA_DIR"]) / "flies", tmp_path / "nfs" / "files"
    for settings in (production, single_machine):
        assert from_environment(settings).storage_url.endswith("/var/files")
        for folder in (inside, elsewhere):
            with pytest.raises(UnsafeConfiguration, match=f"PROCURE_STORAGE_URL .*{folder} 不存在"):
                from_environment(
                    {**settings, "PROCURE_STORAGE_URL": f"file://{folder}"}, before_keys=True
                )
    assert not inside.exists()
    assert not elsewhere.parent.exists()
    elsewhere.mkdir(parents=True, mode=0o700)
    assert from_environment({**production, "PROCURE_STORAGE_URL": f"file://{elsewhere}"})


def test_production_with_a_server_needs_its_data_folder_too(production: dict[str, str]) -> None:
    Path(production["PROCURE_DATA_DIR"]).rmdir()
    with pytest.raises(UnsafeConfiguration, match="PROCURE_DATA_DIR .*不存在"):
        from_environment(production)


def test_address_of_the_database_alone_asks_for_no_keys(production: dict[str, str]) -> None:
    """Whoever owns the database migrates it and may not enter the secret folder."""
    del production["PROCURE_SECRET_DIR"], production["PROCURE_MAIL_URL"]
    assert database_from_environment(production) == production["PROCURE_DATABASE_URL"]


def test_production_that_is_refused_makes_no_folder(single_machine: dict[str, str]) -> None:
    folder = Path(single_machine["PROCURE_DATA_DIR"])
    folder.rmdir()
    with pytest.raises(UnsafeConfiguration, match="https"):
        from_environment({**single_machine, "PROCURE_PUBLIC_URL": "http://procure.example"})
    assert not folder.exists()


def test_production_on_one_machine_refuses_data_of_another_user(
    single_machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(single_machine["PROCURE_DATA_DIR"])
    lstat = os.lstat

    def as_if_given_away(path: str | Path, **given: object) -> os.stat_result:
        found = lstat(path, **given)
        owner = found.st_uid + (Path(path) == folder)
        return os.stat_result((*found[:4], owner, *found[5:]))

    monkeypatch.setattr(os, "lstat", as_if_given_away)
    with pytest.raises(UnsafeConfiguration, match="数据可能被他更换"):
        from_environment(single_machine)


def test_production_with_a_server_leaves_the_folder_to_its_owner(
    production: dict[str, str],
) -> None:
    Path(production["PROCURE_DATA_DIR"]).chmod(0o750)
    assert not from_environment(production).is_sqlite


@pytest.mark.parametrize(
    ("named", "networks"),
    [
        ("", []),
        ("127.0.0.1", ["127.0.0.1/32"]),
        (" 127.0.0.1 , 10.0.8.0/24,fd00::/8,", ["127.0.0.1/32", "10.0.8.0/24", "fd00::/8"]),
        ("fc00::/7,10.0.0.0/8,127.0.0.0/8", ["fc00::/7", "10.0.0.0/8", "127.0.0.0/8"]),
        ("8.0.0.0/8,8.1.0.0/16,2408:8000::/32", ["8.0.0.0/8", "8.1.0.0/16", "2408:8000::/32"]),
    ],
)
def test_trusted_proxies_are_addresses_or_networks(
    tmp_path: Path, named: str, networks: list[str]
) -> None:
    config = from_environment({"PROCURE_DATA_DIR": str(tmp_path), "PROCURE_TRUSTED_PROXY": named})
    assert [str(network) for network in config.trusted_proxies] == networks


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("nginx", "“nginx”不是地址"),
        ("127.0.0.1 10.0.0.1", "“127.0.0.1 10.0.0.1”不是地址"),
        ("10.0.8.1/24", "“10.0.8.1/24”不是地址"),
        ("*", "“*”不是地址"),
        ("127.0.0.1, 0.0.0.0/0", "0.0.0.0/0 太宽"),
        ("::/0", "::/0 太宽"),
        ("0.0.0.0/1,128.0.0.0/1", "0.0.0.0/1、128.0.0.0/1 太宽"),
        ("10.0.0.1, 64.0.0.0/2", "64.0.0.0/2 太宽"),
        (",".join(f"{first}.0.0.0/8" for first in range(256)), "太宽"),
        (",".join(f"{first}.0.0.0/8" for first in range(1, 256, 2)), "太宽"),
        ("8.0.0.0/8,12.0.0.0/16", "8.0.0.0/8、12.0.0.0/16 太宽"),
        ("2000::/3", "2000::/3 太宽"),
        ("2408:8000::/20", "2408:8000::/20 太宽"),
        ("::/1,8000::/1,127.0.0.1", "::/1、8000::/1 太宽"),
        ("::ffff:0:0/96", "::ffff:0:0/96"),
    ],
)
def test_trusted_proxies_that_are_none_or_far_too_many_are_refused(
    tmp_path: Path, named: str, words: str
) -> None:
    with pytest.raises(UnsafeConfiguration, match="PROCURE_TRUSTED_PROXY") as refused:
        from_environment({"PROCURE_DATA_DIR": str(tmp_path), "PROCURE_TRUSTED_PROXY": named})
    assert words in str(refused.value)


def test_demo_uses_the_embedded_database_without_being_asked(tmp_path: Path) -> None:
    config = from_environment({"PROCURE_DATA_DIR": str(tmp_path)})
    assert config.is_demo
    assert config.is_sqlite


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROCURE_DATABASE_URL", "postgresql://procure_app@db/procure"),
        ("PROCURE_DATABASE_URL", "postgresql+psycopg://procure_app@db/procure"),
        ("PROCURE_PUBLIC_URL", "https://procure.example"),
    ],
)
@pytest.mark.parametrize("unsaid", [{}, {"PROCURE_MODE": ""}])
def test_what_looks_like_production_is_no_demonstration_unless_said(
    tmp_path: Path, name: str, value: str, unsaid: dict[str, str]
) -> None:
    settings = {"PROCURE_DATA_DIR": str(tmp_path), name: value, **unsaid}
    with pytest.raises(UnsafeConfiguration, match=f"没有设置 PROCURE_MODE，而 {name}"):
        from_environment(settings)
    assert from_environment({**settings, "PROCURE_MODE": "demo"}).is_demo


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770])
def test_production_refuses_a_key_folder_others_may_enter(
    production: dict[str, str], mode: int
) -> None:
    folder = Path(production["PROCURE_SECRET_DIR"])
    (folder / "cookie.key").unlink()
    folder.chmod(mode)
    with pytest.raises(UnsafeConfiguration, match="0700") as refused:
        from_environment(production)
    assert f"{mode:04o}" in str(refused.value)
    assert "chmod 700" in str(refused.value)
    assert not (folder / "cookie.key").exists()


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700])
def test_production_refuses_a_key_others_may_read_or_run(
    production: dict[str, str], name: str, mode: int
) -> None:
    (Path(production["PROCURE_SECRET_DIR"]) / name).chmod(mode)
    with pytest.raises(UnsafeConfiguration, match="0600") as refused:
        from_environment(production)
    assert name in str(refused.value)
    assert f"{mode:04o}" in str(refused.value)


def test_production_takes_keys_that_nobody_may_change(production: dict[str, str]) -> None:
    for name in KEYS:
        (Path(production["PROCURE_SECRET_DIR"]) / name).chmod(0o400)
    assert from_environment(production).secret_key == "k" * 64


@pytest.mark.parametrize("name", ["", *KEYS])
def test_production_refuses_keys_of_another_user(
    production: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alien = Path(production["PROCURE_SECRET_DIR"]) / name
    lstat = os.lstat
    inode = lstat(alien).st_ino

    def as_if_given_away(path: str | Path, **given: object) -> os.stat_result:
        found = lstat(path)
        owner = found.st_uid + (found.st_ino == inode)
        return os.stat_result((*found[:4], owner, *found[5:]))

    monkeypatch.setattr(os, "lstat", as_if_given_away)
    with pytest.raises(UnsafeConfiguration, match="chown") as refused:
        from_environment(production)
    assert str(alien) in str(refused.value)


def test_production_refuses_a_key_that_is_a_link(
    production: dict[str, str], tmp_path: Path
) -> None:
    key = Path(production["PROCURE_SECRET_DIR"]) / "cookie.key"
    key.rename(tmp_path / "elsewhere")
    key.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeConfiguration, match="普通文件"):
        from_environment(production)


def test_production_refuses_a_short_key(production: dict[str, str]) -> None:
    (Path(production["PROCURE_SECRET_DIR"]) / "cookie.key").write_text("short")
    with pytest.raises(UnsafeConfiguration, match="太短"):
        from_environment(production)


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_production_makes_no_key_in_place_of_a_lost_one(
    production: dict[str, str], content: str | None
) -> None:
    """A key made silently would look well until the bids sealed to it are to be opened."""
    key = Path(production["PROCURE_SECRET_DIR"]) / "cookie.key"
    key.unlink()
    if content is not None:
        key.touch(mode=0o600)
        key.write_text(content)
    with pytest.raises(UnsafeConfiguration, match="没有密钥文件 cookie.key.*keys create"):
        from_environment(production)
    assert from_environment(production, before_keys=True).secret_key == ""
    assert key.exists() is (content is not None)


@pytest.mark.parametrize("content", ["", "\n"])
def test_demo_makes_an_empty_key_anew_and_private(tmp_path: Path, content: str) -> None:
    key = tmp_path / "secrets" / "cookie.key"
    key.parent.mkdir(mode=0o700)
    key.touch(mode=0o600)
    key.write_text(content)
    demo = {"PROCURE_DATA_DIR": str(tmp_path)}
    made = from_environment(demo).secret_key
    assert len(made) == 64
    assert from_environment(demo).secret_key == made == key.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("begins", ["absent", "empty"])
def test_processes_that_start_together_sign_with_one_key(tmp_path: Path, begins: str) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    if begins == "empty":
        (secrets / "cookie.key").touch(mode=0o600)
    gate = tmp_path / "gate"
    program = (
        "import pathlib, sys, time\n"
        "from procure.config import from_environment\n"
        "print('ready', flush=True)\n"
        f"while not pathlib.Path({str(gate)!r}).exists(): pass\n"
        "print(from_environment().secret_key)\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=CHECKOUT,
            env={**os.environ, "PROCURE_MODE": "demo", "PROCURE_SECRET_DIR": str(secrets)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(STARTERS)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    gate.touch()
    keys = {process.communicate(timeout=120)[0] for process in started}

    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64
    assert [file.name for file in secrets.iterdir()] == ["cookie.key"]
