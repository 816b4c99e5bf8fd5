"""The contract's text that goes with the tender document (O87 art 20, CC214 art 9).

Contracts live downstream; the composition root says once at start how their text is drawn up for a
tender, with the places open that only the award can fill.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from procure.stages.tenders.queries import TenderDossier

ContractText = Callable[[TenderDossier, date], tuple[str, Mapping[str, Any]]]
"""From a tender and the day to the template's reference and its data."""


class _Text:
    draw: ContractText


def draw_contract_with(draw: ContractText) -> None:
    """Say how the contract's text is drawn up."""
    _Text.draw = staticmethod(draw)


def contract_text(dossier: TenderDossier, made_on: date) -> tuple[str, Mapping[str, Any]]:
    """The template and the data of the contract's text for this tender."""
    return _Text.draw(dossier, made_on)
