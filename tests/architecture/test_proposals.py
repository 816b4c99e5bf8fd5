"""What one asks for and another decides has one shape and one hand (`procure/store/proposals.py`)."""

import ast
from collections.abc import Iterable

from sqlalchemy import Column, MetaData, String, Table

import procure.wiring  # noqa: F401 - loads every table
from procure.store.base import Base
from procure.store.proposals import Proposal
from tests.architecture.test_source import ROOT, SOURCES, tree_of

HOME = ROOT / "procure/store/proposals.py"
ASKING = ("proposed_by", "requested_by")
WRITTEN = frozenset({"proposed_by", "proposed_at", "decided_by", "decided_at"})


def by_hand(tables: Iterable[Table], those: Iterable[str]) -> set[str]:
    """Tables that say who asked and who decided, and are no proposals."""
    known = set(those)
    return {
        table.name
        for table in tables
        if table.name not in known
        and "decided_by" in table.c
        and any(name in table.c for name in ASKING)
    }


def proposals() -> frozenset[str]:
    """The classes of proposals, by name."""
    kinds = [mapper.class_ for mapper in Base.registry.mappers]
    return frozenset(kind.__name__ for kind in kinds if issubclass(kind, Proposal))


def writes(tree: ast.AST) -> bool:
    """Whether a module that knows a proposal says by itself who asked or who decided."""
    known = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return not known.isdisjoint(proposals()) and any(
        isinstance(target, ast.Attribute) and target.attr in WRITTEN
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for each in node.targets
        for target in (each.elts if isinstance(each, ast.Tuple) else [each])
    )


def test_every_table_of_two_people_is_a_proposal() -> None:
    kinds = [mapper.class_ for mapper in Base.registry.mappers]
    known = [kind.__tablename__ for kind in kinds if issubclass(kind, Proposal)]

    assert by_hand(Base.metadata.tables.values(), known) == set()


def test_one_module_writes_who_asked_and_who_decided() -> None:
    found = {
        str(path.relative_to(ROOT)) for path in SOURCES if path != HOME and writes(tree_of(path))
    }

    assert found == set()


def test_a_table_and_a_verb_of_their_own_are_found() -> None:
    columns = [Column(name, String) for name in ("proposed_by", "decided_by")]
    trial = Table("trial", MetaData(), *columns)

    assert by_hand([trial], ["plan_change"]) == {"trial"}
    assert by_hand([trial], ["trial"]) == set()
    by_itself = "row = hold(PlanChange)\nrow.decided_by, row.decided_at = who, now"
    assert writes(ast.parse(by_itself))
    assert not writes(ast.parse("row = hold(PlanChange)\nwho = row.decided_by"))
