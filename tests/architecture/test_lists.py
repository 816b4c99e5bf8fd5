"""A list is declared once, for its page and its files (`procure/web/lists.py`), and the tables of
pages by columns that know their cells (`procure/web/columns.py`).
"""

import ast
from pathlib import Path

from tests.sources import parsed

PROCURE = Path(__file__).resolve().parents[2] / "procure"
BY_HAND = {"Listing", "Row", "Column", "sheet_answer", "page_request", "write_csv", "write_xlsx"}
"""What a list or table made by hand calls."""

MAKERS = {
    "web/columns.py": "makes heads and rows of what is declared",
    "web/lists.py": "draws what is declared",
    "web/exports.py": "writes the files of all lists",
    "web/tables.py": "writes what the database does not write itself",
    "web/styleguide.py": "shows the parts of a page, of invented rows",
    "render/sheets.py": "the writers themselves",
    "desks/auditing/package.py": "writes the tables of a package",
    "desks/auditing/verify_trail.py": "imports nothing of ours; its rows are those of a package",
}


def made_by_hand(source: str) -> set[str]:
    """What a module calls that only the maker of lists needs."""
    calls = [node.func for node in ast.walk(parsed(source)) if isinstance(node, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)} & BY_HAND


def test_no_list_is_made_by_hand() -> None:
    found = {
        str(path.relative_to(PROCURE))
        for path in PROCURE.rglob("*.py")
        if made_by_hand(path.read_text())
    }

    assert found <= set(MAKERS), found - set(MAKERS)


def test_a_list_made_by_hand_is_found() -> None:
    old = """
def index():
    wanted = page_request(request.args, SORTS, FILTERS)
    if kind := request.args.get("format"):
        return sheet_answer(kind, "名单", SHEET, rows, actor)
    return render_template("index.html", listing=Listing("/old", found, COLUMNS, rows))
"""

    assert made_by_hand(old) == {"page_request", "sheet_answer", "Listing"}


def test_a_table_made_by_hand_is_found() -> None:
    old = """
COLUMNS = (Column("level", "级次"), Column("amount", "金额", numeric=True))
def level_rows(shares):
    return tuple(Row((one.level.label, Money(one.amount_fen))) for one in shares)
"""

    assert made_by_hand(old) == {"Column", "Row"}


def test_no_template_is_given_heads_and_rows_apart() -> None:
    """A table comes whole, with its name; what is drawn of heads and rows is the macros' business."""
    templates = PROCURE.parent / "templates"
    found = {
        str(path.relative_to(templates))
        for path in templates.rglob("*.html")
        if "plain_table" in path.read_text()
    }

    assert found == {"_macros/chart.html", "_macros/table.html", "styleguide/index.html"}
