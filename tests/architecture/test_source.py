"""Rules about the source itself, read with `ast` so that no later hurry can bend them unseen."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.sources import parsed

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "procure").rglob("*.py"))
CLOCK = ROOT / "procure/kernel/clock.py"
COMMIT = {ROOT / "procure/store/unit_of_work.py"}


def tree_of(path: Path) -> ast.Module:
    return parsed(path.read_text(encoding="utf-8"))


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))


def test_sources_are_found() -> None:
    assert len(SOURCES) > 300


def test_every_list_page_offers_its_list_as_a_file() -> None:
    """A list page has filters, an order, pages and its export."""
    without = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SOURCES
        if path.parent != ROOT / "procure/web"
        for call in calls(path)
        if isinstance(call.func, ast.Name) and call.func.id == "Listing"
        and not any(given.arg == "exports" and ast.unparse(given.value) == "FORMATS"
                    for given in call.keywords)
    ]  # fmt: skip

    assert without == []


def test_no_export_stops_at_a_number_of_rows() -> None:
    """A file that ends early without a word is taken for the whole list."""
    cut = [
        f"{path.name} {function.name}"
        for path in SOURCES
        for function in ast.walk(tree_of(path))
        if isinstance(function, ast.FunctionDef) and function.name.startswith("export_")
        for call in ast.walk(function)
        if isinstance(call, ast.Attribute) and call.attr in ("limit", "fetchmany")
    ]
    assert cut == []


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_module_says_what_it_is_for() -> None:
    assert not [name_of(path) for path in SOURCES if not ast.get_docstring(tree_of(path))]


def test_only_the_clock_asks_the_time() -> None:
    asked = [
        f"{name_of(path)}:{call.lineno}"
        for path in SOURCES
        if path != CLOCK
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("now", "utcnow", "today")
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("datetime", "date", "dt")
    ]
    assert not asked


def test_only_the_unit_of_work_commits() -> None:
    commits = [
        f"{name_of(path)}:{call.lineno}"
        for path in SOURCES
        if path not in COMMIT
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "commit"
        and ast.unparse(call.func.value).endswith(("session", "session()", "connection", "db"))
    ]
    assert not commits


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        for function in ast.walk(tree_of(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


FLOATS_ALLOWED = {
    "procure/render",
    "procure/scheduler.py",
    "procure/web",
    "procure/desks/reminders",
    "procure/desks/portal",
    "procure/registers/accounts",
}


def test_no_float_near_money_or_scores() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        if not any(name_of(path).startswith(allowed) for allowed in FLOATS_ALLOWED)
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "float"
        )
    ]
    assert not found


def test_remedy_never_asks_to_reload_a_page() -> None:
    """What changed is looked at on the page opened anew; `REOPEN` says so."""
    pages = [*SOURCES, *(ROOT / "templates").rglob("*.html"), *(ROOT / "static/js").rglob("*.js")]
    asking = [name_of(path) for path in pages if "刷新" in path.read_text(encoding="utf-8")]

    assert asking == []


def test_no_room_for_leftovers() -> None:
    banned = {"utils", "helpers", "common", "services"}
    assert not [name_of(p) for p in SOURCES if p.stem in banned or p.parent.name in banned]


def test_static_files_are_our_own_or_made_by_set_up() -> None:
    """Fonts, libraries and icons of others come from packages; set-up lays them in these folders.
    The pictures of the help are taken of our own pages by tests/browser/test_pictures.py.
    """
    laid = (ROOT / "static/vendor", ROOT / "static/fonts/subset", ROOT / "static/img/help")
    strangers = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "static").rglob("*"))
        if path.is_file()
        and not any(path.is_relative_to(folder) for folder in laid)
        and (path.suffix not in {".css", ".html", ".js", ".svg"} or path.stat().st_size > 100_000)
    ]
    assert not strangers
