"""`procure trail`: export, verify, fsck, with their answers and exit statuses."""

import json
from pathlib import Path

import pytest

from procure.cli import main as cli
from procure.registers.documents.storage import file_store
from procure.store import trail
from tests.factories.auditing import Case, CaseBuilder
from tests.world import World


@pytest.fixture
def case(embedded_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A finished case in the installation that the command line is told of."""
    builder = CaseBuilder(embedded_world.session, file_store())
    made = builder.build()
    monkeypatch.setenv("PROCURE_DATABASE_URL", f"sqlite:///{tmp_path / 'procure.db'}")
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PROCURE_SECRET_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("PROCURE_MODE", "demo")
    return made


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict, str]:
    capsys.readouterr()
    status = cli.main(["trail", *arguments])
    printed = capsys.readouterr()
    return status, json.loads(printed.out) if printed.out else {}, printed.err


def test_export_then_verify_then_fsck_all_say_whole(
    embedded_world: World, case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "p.zip"

    status, answer, said = run(capsys, "export", "--project", case.number, "--out", str(out))
    assert (status, answer["size"]) == (0, out.stat().st_size), said
    told = list(
        trail.read(embedded_world.session, trail.TrailEvent.event == "AuditPackageExported")
    )
    assert [link.data["sha256"] for link in told] == [answer["sha256"]]
    assert told[0].actor_id == "system"

    assert run(capsys, "verify", str(out))[:2] == (
        0,
        {**run(capsys, "verify", str(out))[1], "ok": True},
    )
    status, answer, said = run(capsys, "fsck")
    assert (status, answer["ok"], answer["faults"]) == (0, True, [])


def test_verify_of_changed_file_exits_1_and_of_no_file_2(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "p.zip"
    run(capsys, "export", "--project", case.number, "--out", str(out), "--reason", "抽查一次")
    data = bytearray(out.read_bytes())
    data[len(data) // 2] ^= 4
    out.write_bytes(data)

    status, answer, said = run(capsys, "verify", str(out))

    assert (status, answer["ok"]) == (1, False)
    assert "核对不通过" in said
    assert run(capsys, "verify", str(tmp_path / "none.zip"))[0] == 2
    assert run(capsys, "verify")[0] == 2


def test_export_of_unknown_project_exits_1_in_words(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("export", "--project", "NONE-2026-001", "--out", str(tmp_path / "p.zip"))

    status, answer, said = run(capsys, *arguments)

    assert (status, answer) == (1, {})
    assert "没有找到" in said
    assert not (tmp_path / "p.zip").exists()
