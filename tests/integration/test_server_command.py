"""script/server refuses what it cannot do before it installs, loads or throws away anything."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.integration.test_supervise import COMMAND_LINE
from tests.served import free_port

ROOT = Path(__file__).parents[2]
COMMAND = ROOT / "script" / "server"


def _run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name[:8] != "PROCURE_"}
    return subprocess.run(
        [COMMAND, *arguments],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("port", ["0", "65536", "123456789", "http", "-1", ""])
def test_server_with_a_port_that_is_none_names_the_range(port: str) -> None:
    refused = _run("--port", port)
    assert refused.returncode == 2
    assert f"端口应是 1 到 65535 的整数：{port}\n用法：" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--prot", "8001"], "不认识的参数：--prot"),
        (["8001"], "不认识的参数：8001"),
        (["--port"], "--port 后面缺少值。"),
        (["--host"], "--host 后面缺少值。"),
        (["--host="], "--host 后面缺少值。"),
    ],
)
def test_server_with_wrong_arguments_shows_the_usage(arguments: list[str], reason: str) -> None:
    refused = _run(*arguments)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"{reason}\n用法：script/server")
    assert refused.stdout == ""


@pytest.mark.parametrize("name", ["PROCURE_DATA_DIR", "PROCURE_DATABASE_URL", "PROCURE_MODE"])
def test_server_told_to_start_over_on_data_of_others_leaves_them(tmp_path: Path, name: str) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF")
    setting = "production" if name == "PROCURE_MODE" else str(tmp_path)
    refused = _run("--fresh", **{name: setting})
    assert refused.returncode == 2
    assert "--fresh 只清空演示平台自己的 var/" in refused.stderr
    assert paper.read_bytes() == b"%PDF"


def test_server_asked_for_help_shows_the_usage_without_failure() -> None:
    helped = _run("--help")
    assert helped.returncode == 0
    assert "--fresh" in helped.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout set up like this one, with a command line that only pretends."""
    root = tmp_path / "checkout"
    root.mkdir()
    for entry in ROOT.iterdir():
        if entry.name not in ("procure", "script", ".deps", "var", ".git"):
            (root / entry.name).symlink_to(entry)
    shutil.copytree(ROOT / "script", root / "script")
    (root / ".deps").mkdir()
    for entry in (ROOT / ".deps").iterdir():
        if entry.name != "serving":
            (root / ".deps" / entry.name).symlink_to(entry)
    (root / "procure" / "render").mkdir(parents=True)
    (root / "procure" / "__init__.py").touch()
    (root / "procure" / "render" / "fonts.py").symlink_to(ROOT / "procure/render/fonts.py")
    (root / "procure" / "cli.py").write_text(COMMAND_LINE)
    return root


def test_data_are_not_thrown_away_under_what_a_killed_supervisor_left(
    checkout: Path, tmp_path: Path
) -> None:
    """The kernel killed it for want of memory; its web server takes a while to stop."""
    command = [checkout / "script" / "server", "--port", str(free_port())]
    inherited = {name: value for name, value in os.environ.items() if name[:8] != "PROCURE_"}
    environment = {**inherited, "NOTES": str(tmp_path), "STUBBORN": "serve"}
    supervisor = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline().startswith("平台已启动")
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    paper = checkout / "var" / "paper.pdf"
    paper.parent.mkdir(exist_ok=True)
    paper.write_bytes(b"%PDF")

    command[-1] = str(free_port())
    again = subprocess.run(
        [*command, "--fresh"], env=environment, capture_output=True, text=True, timeout=120
    )

    os.kill(int((tmp_path / "serve").read_text()), signal.SIGKILL)
    assert again.returncode == 1
    assert "演示平台正在运行，请先停止" in again.stderr
    assert paper.read_bytes() == b"%PDF"
