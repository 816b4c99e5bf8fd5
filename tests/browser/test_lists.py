"""What lists and the pages of a case owe whoever reads them: what belongs together stays together."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from procure.registers.projects.models import Project
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import targets_of
from procure.stages.delivery.queries import staff_of
from procure.stages.delivery.use_cases.record import RecordService, record_service
from tests.browser.looking import PHONE, WIDE
from tests.browser.pages import Cast, Person, number_of

pytestmark = pytest.mark.browser
TORN = r"""() => {
    const whole = /\d{4}年\d+月\d+日|\d+月\d+日|\d\d:\d\d|周[一二三四五六日]|¥?\d[\d,.]*%?|[A-Z]+\d*-[\dA-Z-]+/g;
    const torn = [];
    const looks = (node, from, to) => {
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, to);
        const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        if (lines.size > 1) torn.push(range.toString());
    };
    const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    for (let node = words.nextNode(); node; node = words.nextNode()) {
        if (!node.parentElement.closest(".list") || node.parentElement.closest(".note")) continue;
        for (const found of node.data.matchAll(whole)) looks(node, found.index, found.index + found[0].length);
        if (node.parentElement.closest(".status") && node.data.length <= 8) looks(node, 0, node.data.length);
    }
    return torn;
}"""
"""States, days, hours, amounts, numbers of cases in the cells of lists that lie on two lines; the
sentences below some of them break as sentences do.
"""


def torn(page: Page) -> dict[str, list[str]]:
    """What is torn on the page, on a screen and on a phone."""
    found = {}
    for name, size in (("phone", PHONE), ("screen", WIDE)):
        page.set_viewport_size(size)
        if broken := page.evaluate(TORN):
            found[name] = broken
    return found


def test_lists_tear_no_state_day_or_number(walked_cast: Cast) -> None:
    case = f"/projects/{number_of(walked_cast, '莲洲')}"
    closed = f"/projects/{number_of(walked_cast, '两站')}"
    read_by = {
        "jingban": ("/projects", "/plans", "/tenders", "/contracts", "/evaluations", "/payments"),
        "jigou1": (f"{case}/delivery", f"{case}/delivery/records", f"{case}/payments"),
        "yusuan": ("/budget",),
        "shenji": ("/audit", f"/audit{closed}"),
    }
    found = {}
    visitor = walked_cast.newcomer("visitor")
    people: list[tuple[Person, tuple[str, ...]]] = [(visitor, ("/", "/notices"))]
    people += [(walked_cast[name], paths) for name, paths in read_by.items()]
    for person, paths in people:
        for path in paths:
            if broken := torn(person.goes_to(path).page):
                found[path] = broken
    visitor.context.close()
    assert not found


def enter_services(cast: Cast, number: str, hours: range) -> None:
    """Yesterday's group activities, one beginning at each of these hours."""
    site = cast.site
    query = select(Contract).join(Project, Project.id == Contract.project_id)
    contract = site.session.scalars(query.where(Project.number == number)).one()
    target = targets_of(site.session, contract.id)[0].id
    staff = staff_of(site.session, contract.id)[0].member.id
    for hour in hours:
        with site.walk.as_("jigou1") as uow:
            record_service(
                uow,
                RecordService(
                    contract_id=contract.id,
                    target_id=target,
                    staff_id=staff,
                    served_on=site.today - timedelta(days=1),
                    started_minute=hour * 60,
                    ended_minute=hour * 60 + 50,
                    place="莲洲站",
                    quantity=1,
                    content="手工小组",
                    recipient_id=None,
                    people=15,
                    volunteer_hours=0,
                    backfill_reason="",
                    key=f"services-{hour}",
                ),
            )


def test_all_records_are_ticked_at_once_and_one_key_sends_none_of_them(walked_cast: Cast) -> None:
    number = number_of(walked_cast, "莲洲")
    enter_services(walked_cast, number, range(9, 12))
    clerk = walked_cast["jingban"].goes_to(f"/projects/{number}/delivery/review")
    every = clerk.main.get_by_label("选择列出的全部 3 条")
    ticked = clerk.main.locator("[name=records]:checked")

    every.check()
    expect(ticked).to_have_count(3)
    every.press("Enter")
    expect(ticked, "nothing was sent").to_have_count(3)
    ticked.first.uncheck()
    expect(every).not_to_be_checked()
    every.press("Space")
    expect(ticked).to_have_count(3)
    clerk.presses("核实所选记录").is_told("所选记录已核实")
