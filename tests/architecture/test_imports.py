"""The import directions of the house, kept by import-linter; each contract is shown to bite."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = read_configuration(str(ROOT / "pyproject.toml"))
CONTRACTS: dict[str, dict[str, Any]] = {
    options["name"]: options for options in CONFIGURATION["contracts_options"]
}
TYPES = {"layers": LayersContract, "forbidden": ForbiddenContract}
PLANTED_ARROWS = {
    "The rooms of the house": ("procure.kernel.money", "procure.web.forms"),
    "A downstream stage": ("procure.stages.plans.queries", "procure.stages.bids.models"),
    "Registers lean on": ("procure.registers.accounts.queries", "procure.registers.funds.models"),
    "Desks do not know": ("procure.desks.reminders.accounts", "procure.desks.auditing.queries"),
    "In a feature": ("procure.stages.bids.events", "procure.stages.bids.models"),
    "The kernel is pure": ("procure.kernel.money", "sqlalchemy"),
    "Whatever decides": ("procure.stages.awards.ranking", "procure.web.presenters"),
    "Views and forms": ("procure.stages.tenders.forms", "sqlalchemy"),
    "Policies decide": ("procure.stages.plans.policies", "procure.stages.plans.queries"),
}
PLANTED_MODULES = {
    "The rooms of the house": "procure.helpers",
    "A downstream stage": "procure.stages.refunds",
    "Registers lean on": "procure.registers.suppliers",
    "Desks do not know": "procure.desks.planning",
    "In a feature": "procure.stages.bids.helpers",
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom in the tree as it stands."""
    return grimp.build_graph("procure", include_external_packages=True, cache_dir=None)


def is_kept(name: str, graph: grimp.ImportGraph) -> bool:
    """Whether the contract holds in the graph; checking takes what is ignored out of a copy."""
    options = CONTRACTS[name]
    contract = TYPES[options["type"]](name, CONFIGURATION["session_options"], options)
    return contract.check(deepcopy(graph), verbose=False).kept


def contract_that_begins(words: str) -> str:
    (name,) = (name for name in CONTRACTS if name.startswith(words))
    return name


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_import_goes_downwards(name: str, graph: grimp.ImportGraph) -> None:
    assert is_kept(name, graph), f"run lint-imports: {name}"


def test_every_contract_has_its_planted_offender() -> None:
    assert {contract_that_begins(words) for words in PLANTED_ARROWS} == set(CONTRACTS)
    exhaustive = {name for name, options in CONTRACTS.items() if options["type"] == "layers"}
    assert {contract_that_begins(words) for words in PLANTED_MODULES} == exhaustive


@pytest.mark.parametrize("words", PLANTED_ARROWS)
def test_an_arrow_upwards_is_noticed(words: str, graph: grimp.ImportGraph) -> None:
    planted = deepcopy(graph)
    importer, imported = PLANTED_ARROWS[words]
    planted.add_import(importer=importer, imported=imported)
    assert not is_kept(contract_that_begins(words), planted)


@pytest.mark.parametrize("words", PLANTED_MODULES)
def test_a_module_without_a_layer_is_noticed(words: str, graph: grimp.ImportGraph) -> None:
    planted = deepcopy(graph)
    planted.add_module(PLANTED_MODULES[words])
    assert not is_kept(contract_that_begins(words), planted)


PAGES = {"views", "case", "todo", "forms", "pages", "settlement_pages", "staging", "steps"}
"""What draws, and what keeps uploads for the fields that draw them."""


def test_everything_below_the_pages_is_kept_from_the_browser() -> None:
    layers = CONTRACTS[contract_that_begins("In a feature")]["layers"]
    below = {part.strip(" ()\n") for layer in layers for part in layer.split(":")} - PAGES
    sources = CONTRACTS[contract_that_begins("Whatever decides")]["source_modules"]
    assert {source.rpartition(".")[2] for source in sources} == below
