"""Plain data read from a record by the names of its fields."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from procure.kernel.records import read_as, read_each


@dataclass(frozen=True)
class Told:
    name: str
    points: int
    digest: str = ""


def test_data_is_read_from_what_goes_by_its_names() -> None:
    row = SimpleNamespace(id="1", name="响应时间", points=1250, digest="ab")

    assert read_as(Told, row) == Told("响应时间", 1250, "ab")
    assert read_as(Told, row, digest="cd", points=0) == Told("响应时间", 0, "cd")
    assert read_each(Told, [row, row]) == (Told("响应时间", 1250, "ab"),) * 2


def test_a_field_that_the_record_has_not_is_never_left_to_its_default() -> None:
    with pytest.raises(AttributeError, match="digest"):
        read_as(Told, SimpleNamespace(name="响应时间", points=1))
    with pytest.raises(TypeError, match="nobody"):
        read_as(Told, SimpleNamespace(name="响应时间", points=1), digest="", nobody=1)
