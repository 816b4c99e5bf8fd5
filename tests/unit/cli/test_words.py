"""What the command line says to people: in Chinese, with an exit status, never a traceback."""

import re
from pathlib import Path

import pytest

from procure.cli.main import COMMANDS, main, parser_for
from procure.cli.words import complaint_words, fault_words
from procure.desks.auditing import verify_trail

ENGLISH = re.compile(
    r"usage|options:|positional|show this|required|invalid|unrecognized|expected", re.IGNORECASE
)
SUBCOMMANDS = (
    ("workdays", "due"),
    ("workdays", "check"),
    ("codes", "check"),
    ("contract", "render"),
    ("trail", "export"),
    ("trail", "verify"),
    ("trail", "fsck"),
    ("db", "upgrade"),
    ("db", "check"),
    ("accounts", "create-first"),
)


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS), *SUBCOMMANDS])
def test_help_speaks_chinese_and_ends_with_done(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([*words, "--help"])

    out, err = capsys.readouterr()
    assert status == 0
    assert err == ""
    assert out.startswith(f"用法：{' '.join(('procure', *words))}")
    assert not ENGLISH.search(out)
    described = out.split("\n\n")[1]
    assert re.search("[一-鿿]", described)


def test_help_lists_every_command_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])

    listed = capsys.readouterr().out
    for name, (_, words) in COMMANDS.items():
        assert re.search(rf"^ +{name}\s+{re.escape(words)}$", listed, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "缺少参数：命令。"),
        (("nope",), "命令：没有 'nope'，可用的有 "),
        (("trail",), "缺少参数：export|verify|fsck。"),
        (("trail", "export"), "缺少参数：--project, --out。"),
        (("trail", "fsck", "--deep"), "不认识的参数：--deep。"),
        (("trail", "verify"), "缺少参数：FILE.zip。"),
        (("serve", "--port"), "--port 后面缺少值。"),
        (("serve", "--port", "0"), "--port：端口应是 1 到 65535 的整数。"),
        (("serve", "--port", "八千"), "--port：端口应是 1 到 65535 的整数。"),
        (("demo", "--fresh=yes"), "--fresh 后面不能带值：'yes'。"),
        (
            ("accounts", "create-first", "--organisation", "局", "--system", "x"),
            "--system：应写成“用户名:姓名”。",
        ),
    ],
)
def test_main_wrong_usage_is_said_in_chinese_with_status_two(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(words)

    out, err = capsys.readouterr()
    assert status == 2
    assert out == ""
    assert err.startswith("用法：procure")
    assert said in err
    assert not ENGLISH.search(err)


def test_demo_story_that_is_none_leaves_the_data_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("PROCURE_DATABASE_URL", raising=False)
    (tmp_path / "procure.db").write_text("what was done so far")

    status = main(["demo", "--story", "nope", "--fresh"])

    assert status == 1
    assert (tmp_path / "procure.db").read_text() == "what was done so far"
    assert capsys.readouterr().err == ("没有名为“nope”的故事，可用的有：doumen-home-care。\n")


def test_main_missing_package_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["trail", "verify", str(tmp_path / "none.zip")])

    assert status == 2
    assert capsys.readouterr().err == f"读不到文件 {tmp_path / 'none.zip'}：不存在。\n"


def test_main_database_that_is_none_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "procure.db").mkdir()
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("PROCURE_DATABASE_URL", raising=False)

    status = main(["trail", "fsck"])

    assert status == 1
    assert capsys.readouterr().err.startswith("数据库连不上或不能读写。")


def test_main_data_folder_that_cannot_be_made_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path / "file" / "var"))

    status = main(["trail", "fsck"])

    assert status == 1
    assert "路径中有一段不是文件夹。" in capsys.readouterr().err


def test_complaint_words_of_unknown_complaint_stay_chinese() -> None:
    assert complaint_words("argument --x: not allowed with argument --y") == "参数的写法不对。"


def test_fault_words_of_unknown_fault_give_its_number() -> None:
    assert fault_words(OSError(5, "Input/output error", "盘")) == "盘：系统拒绝，代码 5"


def test_parser_for_loads_only_the_command_asked_for() -> None:
    arguments = parser_for("capitals").parse_args(["capitals", "1"])

    assert arguments.amount == "1"


@pytest.mark.parametrize(
    "words",
    [
        [],
        [""],
        ["--bogus"],
        ["a.zip", "b.zip"],
        ["a.zip", "b.zip", "c.zip"],
        ["a.zip", "--checkpoint"],
        ["--checkpoint", "heads.json"],
    ],
)
def test_verify_trail_wrong_usage_explains_itself_in_chinese(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_trail.main(words) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"{verify_trail.HELP}\n"
    assert not ENGLISH.search(err)


def test_verify_trail_help_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_trail.main(["--help"]) == 0
    assert capsys.readouterr() == (f"{verify_trail.HELP}\n", "")


@pytest.mark.parametrize("point_first", [True, False])
def test_verify_trail_missing_file_is_named(
    point_first: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package, point = str(tmp_path / "none.zip"), str(tmp_path / "heads.json")
    words = ["--checkpoint", point, package] if point_first else [package, "--checkpoint", point]

    assert verify_trail.main(words) == 2

    err = capsys.readouterr().err
    assert err == f"读不到 {package}、{point}，请核对路径和权限。\n"
