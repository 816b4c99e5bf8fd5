"""An act orders its paper (`order_paper`); it is printed after the commit, in one place.

Whoever printed within an act, or filed what they had printed themselves, would make everybody wait for
the typesetter, or have nobody act where it is away.
"""

import ast

from tests.architecture.test_source import SOURCES, name_of, tree_of

PRINTERS = frozenset({"render_pdf", "PdfWorker", "print_ordered", "_file_printed"})
PRINT = {
    "procure/registers/documents/use_cases.py": "prints what was ordered, and files it",
    "procure/desks/reminders/jobs.py": "prints what is still to be printed",
    "procure/render/pdf.py": "the printer",
    "procure/cli/contract.py": "prints to a file of whoever asks, and keeps nothing",
    "procure/stages/contracts/views/filling.py": "shows a draft of what will be ordered",
    "procure/stages/bids/views/supplier.py": "a receipt that its owner takes along, kept nowhere",
}
"""The modules that reach the printer, and what for."""


def reaches(tree: ast.Module) -> set[str]:
    """What of the printer a module names."""
    names = {
        name
        for node in ast.walk(tree)
        for name in (getattr(node, "id", None), getattr(node, "attr", None))
    }
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return PRINTERS & (names | imported)


def makes_printed_rows(tree: ast.Module) -> bool:
    """Whether a module makes the row of a filed paper."""
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Document"
        for node in ast.walk(tree)
    )


def test_only_what_was_ordered_is_printed_and_in_one_place() -> None:
    assert {name_of(path) for path in SOURCES if reaches(tree_of(path))} == set(PRINT)


def test_only_the_register_of_papers_files_one() -> None:
    rows = {name_of(path) for path in SOURCES if makes_printed_rows(tree_of(path))}
    assert rows == {"procure/registers/documents/use_cases.py"}


def test_act_that_prints_or_files_by_itself_is_found() -> None:
    planted = ast.parse("""
from procure.render import pdf

def publish(uow, data):
    printed = pdf.render_pdf("notice@1", data)
    uow.session.add(models.Document(sha256=printed.sha256))
""")
    orders = ast.parse("""
from procure.registers.documents.use_cases import order_paper

def publish(uow, data):
    order_paper(uow, "notice@1", data)
""")
    assert reaches(planted) == {"render_pdf"}
    assert makes_printed_rows(planted)
    assert not reaches(orders)
    assert not makes_printed_rows(orders)
