"""Keys and files belong to the installation: with others nothing starts, and /readyz says so."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.app import create_app
from procure.cli.main import main
from procure.config import Mode, UnsafeConfiguration
from procure.kernel.access import OrganisationKind
from procure.registers.accounts.models import Organisation, User
from procure.registers.documents.storage import MARK, StoreAway, file_store
from procure.registers.installation.queries import recorded_marks
from procure.store import migrate
from procure.store.base import db
from procure.store.secrets import PlatformKey, make_keys
from procure.store.trail import TrailEvent
from tests.world import START, World, config_for


def start(world: World, **other: object) -> None:
    """Start the application once more on the world's database and let go of it."""
    config = config_for(str(world.app.config["SQLALCHEMY_DATABASE_URI"]), world.folder)
    app = create_app(replace(config, **other), clock=world.clock)
    with app.app_context():
        db.engine.dispose()


def lose(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir(mode=0o700)


def renew_keys(secrets: Path) -> None:
    for file in secrets.iterdir():
        if file.suffix != ".key":
            file.unlink()
    make_keys(secrets)


def mark_as_another(files: Path) -> None:
    (files / MARK).write_text("0" * 32)


@pytest.mark.parametrize(
    ("harm", "setting", "said", "check"),
    [
        (lambda at: lose(at / "secrets"), "PROCURE_SECRET_DIR", "没有密钥文件", "keys"),
        (lambda at: renew_keys(at / "secrets"), "PROCURE_SECRET_DIR", "platform.age", "keys"),
        (lambda at: lose(at / "files"), "PROCURE_STORAGE_URL", "没有本平台的标记", "storage"),
        (lambda at: shutil.rmtree(at / "files"), "PROCURE_STORAGE_URL", "标记", "storage"),
        (lambda at: mark_as_another(at / "files"), "PROCURE_STORAGE_URL", "另一个", "storage"),
    ],
    ids=["no secrets", "other keys", "empty files", "no folder of files", "other files"],
)
def test_other_keys_or_files_stop_the_start_and_the_readiness(
    world: World, harm: Callable[[Path], None], setting: str, said: str, check: str
) -> None:
    """An empty or wrong folder looked well until the opening: none of the bids could be opened."""
    start(world)
    assert world.client().raw("GET", "/readyz").json["checks"][check] is True
    harm(world.folder)

    with pytest.raises(UnsafeConfiguration, match=f"{setting}.*{said}"):
        start(world)
    answer = world.client().raw("GET", "/readyz")
    assert answer.status_code == 503
    assert [name for name, holds in answer.json["checks"].items() if not holds] == [check]
    if check == "storage":
        with pytest.raises(StoreAway):
            file_store().put(b"a paper that would go astray")
        with pytest.raises(StoreAway):
            file_store().read("0" * 64)
        assert {path.name for path in world.folder.glob("files/*")} <= {MARK}


def test_restored_database_starts_with_its_keys_and_its_moved_files(world: World) -> None:
    moved = world.folder / "mounted" / "elsewhere"
    shutil.copytree(world.folder / "files", moved)
    shutil.copytree(world.folder / "secrets", world.folder / "restored")

    start(world, storage_url=f"file://{moved}", secret_dir=world.folder / "restored")
    before = set(moved.rglob("*"))
    assert file_store().read(file_store().put(b"kept")) == b"kept"
    assert set(moved.rglob("*")) > before


def test_demonstration_without_its_database_is_told_how_to_begin_anew(
    embedded_world: World, tmp_path: Path
) -> None:
    (embedded_world.folder / "files" / "ab").mkdir()
    url = f"sqlite:///{tmp_path / 'other.db'}"
    migrate.upgrade(url)
    with pytest.raises(UnsafeConfiguration, match="另一个平台的文件.*script/server --fresh"):
        create_app(config_for(url, embedded_world.folder))


def test_cookie_key_of_another_installation_is_named(world: World) -> None:
    with pytest.raises(UnsafeConfiguration, match=r"cookie\.key 不是这个数据库的密钥"):
        start(world, secret_key="x" * 64)


def test_what_was_recorded_is_in_the_trail_without_a_secret(world: World) -> None:
    marks = recorded_marks(world.session)
    [link] = world.session.scalars(select(TrailEvent).where(TrailEvent.stream == "installation"))
    assert (link.event, link.subject_id) == ("InstallationRecorded", marks.store)
    for file in (world.folder / "secrets").iterdir():
        assert file.read_text() not in repr(marks)


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new production machine whose database is at the newest schema; its folder."""
    for name in ("var", "secrets"):
        (tmp_path / name).mkdir(mode=0o700)
    monkeypatch.setenv("PROCURE_MODE", "production")
    monkeypatch.setenv("PROCURE_SINGLE_MACHINE", "yes")
    monkeypatch.delenv("PROCURE_DATABASE_URL", raising=False)
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("PROCURE_SECRET_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("PROCURE_MAIL_URL", "smtp://mail:25")
    monkeypatch.setenv("PROCURE_PUBLIC_URL", "https://procure.example")
    assert main(["db", "upgrade"]) == 0
    return tmp_path


def said_by(capsys: pytest.CaptureFixture[str], *arguments: str, status: int) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == status
    return capsys.readouterr().err


def test_production_gets_its_keys_by_the_command_alone_and_once(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = lambda: {file.name: file.read_text() for file in (fresh / "secrets").iterdir()}  # noqa: E731
    assert "procure keys create" in said_by(capsys, "routes", status=1)
    assert kept() == {}

    said = said_by(capsys, "keys", "create", status=0)
    assert "立即备份" in said
    assert f"密钥，给文件存放处 {fresh / 'var' / 'files'} 做了标记" in said
    made = kept()
    assert set(made) == {"cookie.key", "platform.age", "platform.ed25519"}
    said_by(capsys, "routes", status=0)
    assert "早已建立" in said_by(capsys, "keys", "create", status=0)
    assert kept() == made

    lose(fresh / "secrets")
    assert "放回或挂载原来的密钥文件夹" in said_by(capsys, "keys", "create", status=1)
    assert kept() == {}
    make_keys(fresh / "secrets")
    others = kept()
    assert "不是这个数据库的密钥" in said_by(capsys, "keys", "create", status=1)
    assert kept() == others


def test_new_database_is_not_given_a_store_that_has_an_owner(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = fresh / "var" / "files"
    (files / "ab").mkdir(parents=True, mode=0o700)
    mark_as_another(files)
    assert "另一个平台的文件" in said_by(capsys, "keys", "create", status=1)

    # One that was stopped between its mark and its record finds nothing else there.
    (files / "ab").rmdir()
    said_by(capsys, "keys", "create", status=0)
    assert (files / MARK).read_text() == "0" * 32


def test_keys_command_marks_no_mistyped_folder(
    fresh: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It made the folder, keys and mark in it, and the share with room for the files stayed empty."""
    monkeypatch.chdir(fresh)
    before = sorted(fresh.rglob("*"))
    for url in ("file://nfs/files", f"file://{fresh / 'nfs' / 'files'}"):
        monkeypatch.setenv("PROCURE_STORAGE_URL", url)
        assert "PROCURE_STORAGE_URL" in said_by(capsys, "keys", "create", status=1)
    assert sorted(fresh.rglob("*")) == before


def test_filled_database_nobody_has_claimed_takes_only_keys_that_open_it(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A database of an earlier version, restored without its secrets."""
    make_keys(fresh / "old")
    wrapped = PlatformKey(fresh / "old").wrap(b"a second factor")
    engine = migrate.engine_for(f"sqlite:///{fresh / 'var' / 'procure.db'}")
    with Session(engine) as session:
        centre = Organisation(name="平台运行中心", kind=OrganisationKind.PLATFORM)
        session.add(centre)
        session.flush()
        session.add(
            User(
                username="xitong1",
                name="张三",
                organisation_id=centre.id,
                password_hash="",
                totp_secret=wrapped,
                created_at=START,
            )
        )
        session.commit()
    engine.dispose()
    assert "没有密钥文件 platform.age" in said_by(capsys, "keys", "create", status=1)
    make_keys(fresh / "secrets")
    assert "打不开" in said_by(capsys, "keys", "create", status=1)

    shutil.copytree(fresh / "old", fresh / "secrets", dirs_exist_ok=True)
    said_by(capsys, "keys", "create", status=0)


def test_data_of_production_is_neither_served_nor_emptied_as_a_demonstration(
    fresh: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In demo mode anybody enters with one click, and `demo --fresh` empties the database."""
    said_by(capsys, "keys", "create", status=0)
    monkeypatch.setenv("PROCURE_PUBLIC_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("PROCURE_MODE", "demo")
    for command in (["routes"], ["demo", "--fresh"], ["demo", "--load"]):
        assert "这个数据库是生产数据" in said_by(capsys, *command, status=1)
    monkeypatch.setenv("PROCURE_PUBLIC_URL", "https://procure.example")
    monkeypatch.setenv("PROCURE_MODE", "production")
    said_by(capsys, "routes", status=0)


def test_data_of_a_demonstration_is_not_served_in_production(embedded_world: World) -> None:
    with pytest.raises(UnsafeConfiguration, match="密码人人知道，不能用于生产"):
        start(embedded_world, mode=Mode.PRODUCTION, testing=False)
