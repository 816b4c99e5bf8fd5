"""No form takes a day from which nobody can count: every date field of every form, found by looking."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.workdays import FIRST_YEAR, LAST_YEAR
from procure.web.fields.dates import YEARS, DateField, DateTimeField
from tests.factories.forms import FormField, fields_of

FIELDS = fields_of(DateField)
NOBODY_MEANS = ("0001-01-01", "1899-12-31", "2100-01-01", "2206-12-08", "9999-12-31")
FAR = st.dates().filter(lambda day: abs(day.year - date.today().year) > YEARS)


def typed_into(field: FormField, day: str) -> str:
    """The day as this field takes it."""
    return f"{day} 09:30" if issubclass(field.unbound.field_class, DateTimeField) else day


def test_the_forms_with_dates_are_found() -> None:
    assert len(FIELDS) >= 17
    assert len({field.form for field in FIELDS}) >= 13


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_a_day_nobody_means_is_refused_at_its_field_and_stays_there(field: FormField) -> None:
    for day in NOBODY_MEANS:
        typed = typed_into(field, day)
        filled = field.filled(typed)

        (error,) = filled.errors
        assert "应当在" in error, day
        assert error.remedy == "请核对年份。", day
        assert filled.data is None, day
        assert filled._value() == typed


@given(day=FAR)
def test_no_far_day_is_taken_by_any_field(day: date) -> None:
    for field in FIELDS:
        assert field.filled(typed_into(field, day.isoformat())).data is None


@given(day=st.dates())
def test_every_day_that_is_taken_can_be_counted_from(day: date) -> None:
    for field in FIELDS:
        if field.filled(typed_into(field, day.isoformat())).data is not None:
            assert FIRST_YEAR < day.year < LAST_YEAR
