"""What stands beside the work of a page: in view where there is room, folded after the title on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import PHONE, WIDE, overflow
from tests.browser.pages import Cast, number_of

pytestmark = pytest.mark.browser
LONGEST_FORM = 3000


@pytest.fixture(scope="module")
def cast(walked_cast: Cast) -> Iterator[Cast]:
    """People at a copy of the demonstration with its cases at every stage."""
    yield walked_cast
    assert not walked_cast.looker.troubles


def folded_after_the_title(page: Page) -> None:
    """On a phone the work begins right below the title; what stands beside it waits to be opened."""
    page.set_viewport_size(PHONE)
    fold = page.locator("[data-beside]")
    expect(fold).not_to_have_attribute("open", "")
    tops = page.evaluate(
        "['main h1', '.beside-side', '.beside-work'].map((one) => document.querySelector(one).getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert not overflow(page)
    page.set_viewport_size(WIDE)
    expect(fold).to_have_attribute("open", "")


def test_the_form_of_a_plan_is_short_and_says_beside_it_what_is_left(cast: Cast) -> None:
    clerk = cast["jingban"]
    clerk.goes_to("/plans/new").reads("各项都要填写")
    page, beside = clerk.page, clerk.page.locator(".beside-side")
    assert page.evaluate("document.documentElement.scrollHeight") <= LONGEST_FORM
    left = beside.get_by_role("listitem").filter(has_text="负面清单")
    expect(left).to_contain_text("还有 6 项没有填写")
    question = page.get_by_role("group", name="是否属于融资行为")
    question.get_by_label("否").check()
    expect(left).to_contain_text("还有 5 项没有填写")
    assert question.get_by_label("是").get_attribute("required") == ""
    # Short choices of one question stand in one row.
    assert len({round(one["y"]) for one in map(box_of, question.get_by_role("radio").all())}) == 1
    page.get_by_role("group", name="使用的预算").get_by_role("radio").first.check()
    expect(beside).to_contain_text("可用 ¥")
    page.get_by_label("采购预算").fill("1元")
    expect(beside).to_contain_text("计划 ¥1.00，还剩 ¥")
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(beside).to_be_in_viewport()
    expect(beside.locator("[aria-current=location]")).to_have_text("负面清单")
    folded_after_the_title(page)


def test_a_notice_begins_with_its_title_and_breaks_no_date_or_telephone_number(cast: Cast) -> None:
    visitor = cast["jingban"].goes_to("/notices")
    page = visitor.page
    visitor.goes_to(str(page.locator("main a[href^='/notices/']").first.get_attribute("href")))
    folded_after_the_title(page)
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        lines = page.locator(".unbroken").evaluate_all(
            "all => all.map((one) => [one.textContent, one.getClientRects().length])"
        )
        assert len(lines) > 1
        assert {text: count for text, count in lines if count > 1} == {}


def box_of(place: Locator) -> dict[str, float]:
    """Where something stands on the page."""
    box = place.bounding_box()
    assert box
    return {"x": box["x"], "y": box["y"]}


def test_marks_are_added_up_beside_the_evidence_while_they_are_typed(cast: Cast) -> None:
    evaluator = cast["pinggu1"].goes_to(f"/projects/{number_of(cast, '莲洲')}/evaluations/midterm")
    page = evaluator.page
    scores = page.locator("main a[href*='/score/']").first
    evaluator.goes_to(str(scores.get_attribute("href")))
    total = page.locator(".running-total")
    expect(total).to_contain_text("合计 0 分，满分")
    page.locator("input[name^=score_]").first.fill("4.5")
    expect(total).to_contain_text("合计 4.5 分，满分")
    assert not overflow(page)
    page.keyboard.press("End")
    expect(total).to_be_in_viewport()
    folded_after_the_title(page)
