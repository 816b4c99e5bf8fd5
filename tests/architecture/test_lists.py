"""A list is declared once, for its page and its files (`procure/web/lists.py`)."""

import ast
from pathlib import Path

PROCURE = Path(__file__).resolve().parents[2] / "procure"
BY_HAND = {"Listing", "sheet_answer", "page_request", "write_csv", "write_xlsx"}
"""What a list made by hand calls."""

MAKERS = {
    "web/lists.py": "draws what is declared",
    "web/exports.py": "writes the files of all lists",
    "web/tables.py": "writes what the database does not write itself",
    "web/styleguide.py": "shows the parts of a page, of invented rows",
    "render/sheets.py": "the writers themselves",
    "desks/auditing/package.py": "writes the tables of a package",
}


def made_by_hand(source: str) -> set[str]:
    """What a module calls that only the maker of lists needs."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
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
