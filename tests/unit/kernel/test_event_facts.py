"""An event is made of the rows it tells of: each fact as the first row has it that has one by its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import pytest

from procure.kernel.events import EVENT_TYPES, ProjectEvent


@dataclass
class Case:
    id: str = "c"
    project_id: str = "p"
    number: str = "HT-1"
    due_on: date = date(2026, 9, 1)
    remark: str = "of the case"


@dataclass
class Part:
    id: str = "one"
    due_on: date = date(2026, 7, 1)


class PartPlanted(ProjectEvent):
    elsewhere: ClassVar = {**ProjectEvent.elsewhere, "case_number": "number"}

    case_number: str
    due_on: date
    reason: str
    remark: str = ""
    papers: Sequence[str] = ()


del EVENT_TYPES["PartPlanted"]


def test_facts_come_from_the_first_row_that_has_them_save_what_is_said() -> None:
    told = PartPlanted.of(Part(), Case(), reason="late")

    assert told == PartPlanted(
        subject_id="one",
        project="p",
        case_number="HT-1",
        due_on=date(2026, 7, 1),
        reason="late",
    )
    assert PartPlanted.of(Part(), Case(), reason="", due_on=date(2026, 8, 1)).due_on.month == 8


def test_a_fact_that_no_row_has_is_a_fault() -> None:
    with pytest.raises(TypeError, match="no row tells"):
        PartPlanted.of(Part(), Case())
    with pytest.raises(TypeError):
        PartPlanted.of(Part(), Case(), reason="", unknown=1)
