"""The desk as a list: in parts, by page, looked through, with two thousand cases as with seven."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from procure.desks.workbench.queries import DeskPage
from procure.kernel.case_lines import Task, When
from procure.kernel.deadline_lines import DeadlineKind, deadline_line
from procure.kernel.paging import PageRequest

NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)
TODAY = date(2026, 11, 26)
NO_SESSION = None


def task(number: int, days: int | None, verb: str = "核对支付申请") -> Task:
    on = None if days is None else TODAY + timedelta(days=days)
    deadline = None if on is None else deadline_line(on, NOW, kind=DeadlineKind.DUTY)
    return Task(
        f"第{number}街道居家养老", f"BT-2026-{number:04}", "第 1 期：待核对", verb, "/x", deadline
    )


def desk(tasks: Sequence[Task]) -> DeskPage:
    return DeskPage(tuple(tasks), ())


MANY = desk([task(n, n // 100 - 3) for n in range(1999)] + [task(1999, None, "公告结果")])


def test_page_of_two_thousand_tasks_is_as_long_as_any_other() -> None:
    page = MANY.page(NO_SESSION, PageRequest(page=3))

    assert (len(page.rows), page.total, page.pages) == (20, 2000, 100)
    assert [one.number for one in page.rows][:2] == ["BT-2026-0040", "BT-2026-0041"]
    assert len(list(MANY.every(NO_SESSION, PageRequest()))) == 2000


def test_parts_count_every_task_once_and_stand_with_the_most_pressing_first() -> None:
    parts = dict(MANY.parts)

    assert list(parts) == list(When)
    assert parts["late"] == "已逾期（300）"
    assert parts["today"] == "今天到期（100）"
    assert parts["undated"] == "没有期限（1）"
    found = [MANY.page(NO_SESSION, PageRequest(filters={"when": one})).total for one in parts]
    assert sum(found) == 2000


@pytest.mark.parametrize("search", ["第７街道", "bt－2026－0007", "第7街道 待核对"])
def test_words_are_found_however_they_are_written(search: str) -> None:
    page = desk([task(n, 3) for n in range(30)]).page(NO_SESSION, PageRequest(search=search))

    assert [one.number for one in page.rows] == ["BT-2026-0007"]


def test_tasks_of_one_kind_are_found_by_what_there_is_to_do() -> None:
    assert MANY.steps == (("公告结果", "公告结果（1）"), ("核对支付申请", "核对支付申请（1,999）"))
    page = MANY.page(NO_SESSION, PageRequest(filters={"verb": "公告结果"}))

    assert [one.number for one in page.rows] == ["BT-2026-1999"]
