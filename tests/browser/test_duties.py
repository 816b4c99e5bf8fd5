"""What every page owes (`tests/browser/looking.py`), on the pages that the story does not come by, and what
stood wrong on single ones.
"""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import WIDE, owed
from tests.browser.pages import Cast, number_of

pytestmark = pytest.mark.browser

FAULTY = """
<title>新增采购采购计划</title><main>
<form method="post"><input name="reason"><button type="submit">同意，立即公告</button></form>
<form method="post"><input type="password"><button type="submit">登录</button></form>
<h2>文件</h2><h2>文件</h2>
<table><tbody><tr><td>甲</td></tr></tbody></table>
<button disabled>锁定评分</button>
<button aria-disabled="true" aria-describedby="why">送审</button><p id="why"></p>
<div class="task-do"><a href="/1">核对</a><a href="/2">核对</a></div></main>
"""


def test_what_a_page_does_not_give_is_found(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(FAULTY)

    assert [words.partition(":")[0] for words in owed(page)] == [
        "Enter sends",
        "heading twice",
        "no caption",
        "no row heads",
        "beyond the reach of keys",
        "no reason why it is off",
        "doubled",
        "which one? 核对",
    ]
    page.close()


def offices(cast: Cast) -> dict[str, tuple[str, ...]]:
    """Pages that the story does not come by, with who opens them."""
    midterm = f"/projects/{number_of(cast, '莲洲')}"
    return {
        "jingban": ("/inbox", "/evaluations", "/budget", f"{midterm}/delivery/records"),
        "yusuan": ("/desk", "/budget"),
        "mulu": ("/desk", "/help"),
        "xitong": ("/admin/people",),
        "jigou2": ("/inbox", "/tenders"),
        "zhuanjia1": ("/inbox",),
        "shenji": ("/audit",),
    }


def test_pages_of_each_office_give_what_they_owe(walked_cast: Cast) -> None:
    for name, addresses in offices(walked_cast).items():
        for address in addresses:
            walked_cast[name].goes_to(address)

    # An empty desk offers the usual work of its office.
    walked_cast["yusuan"].goes_to("/desk").main.get_by_role("link", name="登记预算").wait_for()
    walked_cast["mulu"].goes_to("/desk").main.get_by_role("link", name="新增").first.wait_for()
    # What closes first stands first, what is closed after it.
    days = walked_cast["jigou2"].goes_to("/tenders").page.locator("td[data-label*=截止] time")
    closing = [day.get_attribute("datetime") or "" for day in days.all()]
    now = walked_cast.site.clock.now().isoformat()
    still = [day for day in closing if day > now]
    assert still
    assert closing[: len(still)] == sorted(still)
    assert not walked_cast.looker.troubles, "\n".join(walked_cast.looker.troubles)


def test_newcomer_finds_how_to_get_an_account_and_three_agencies(walked_cast: Cast) -> None:
    visitor = walked_cast.newcomer("visitor").goes_to("/")
    visitor.follows("怎样开户")
    assert "#account" in visitor.page.url
    expect(visitor.page.locator("#account")).to_be_in_viewport()
    visitor.goes_to("/login")
    for name in ("jigou1", "jigou2", "jigou3", "fuzeren3"):
        expect(visitor.page.get_by_text(name, exact=True).first).to_be_visible()
    visitor.context.close()


def test_plan_presets_no_method_and_asks_no_double_negative(walked_cast: Cast) -> None:
    page = walked_cast["jingban"].goes_to("/plans/new").page
    assert page.locator("[name=method]").count() > 1
    assert page.locator("[name=method]:checked").count() == 0
    asked = page.locator("legend, label").all_inner_texts()
    assert not [words for words in asked if re.search("是否.?不|不属于", words)]


def test_wrong_codes_are_told_with_all_that_is_missing(walked_cast: Cast) -> None:
    officer = walked_cast["yusuan"].goes_to("/budget/new")
    officer.expects_refusals = True
    officer.page.locator("#code").fill("编码")
    officer.presses("登记预算")
    told = officer.page.locator("[data-error-summary] a")
    hrefs = [link.get_attribute("href") for link in told.all()]
    assert {"#code", "#name", "#amount"} <= set(hrefs)
    officer.goes_to("/budget/new").presses("删除没有提交的内容")
    officer.expects_refusals = False


def correction(page: Page, name: str) -> None:
    """Ask that a budget line be called otherwise."""
    page.locator("#name").fill(name)
    page.locator("#reason").fill("批复文件上的名称如此。")
    with page.expect_navigation():
        page.get_by_role("button", name="申请更正预算").click()


def test_act_in_the_wrong_state_shows_the_form_again_with_all_that_was_typed(
    walked_cast: Cast,
) -> None:
    officer = walked_cast["yusuan"].goes_to("/budget")
    officer.expects_refusals = True
    line = officer.page.locator(".row-anchor").first.get_attribute("href") or ""
    address = f"{walked_cast.site.address}{line}/correction"
    second = officer.context.new_page()
    for tab in (officer.page, second):
        tab.goto(address)
    correction(officer.page, "改过的名称")
    officer.is_told("已申请更正预算")

    correction(second, "另一个名称")
    expect(second.locator("[data-error-summary]")).to_be_focused()
    expect(second.locator("[data-error-summary]")).to_contain_text("没有办理成功")
    for _ in range(2):
        expect(second.locator("#name")).to_have_value("另一个名称")
        second.reload()
    second.close()
    officer.goes_to(f"{line}/correction/withdraw").presses("撤回更正申请")
    officer.is_told("更正的申请已撤回")
    officer.expects_refusals = False


RING = (
    "(e => { e.focus(); const s = getComputedStyle(e); return s.outlineStyle + s.outlineWidth; })"
)


def test_numbers_of_pages_show_where_the_focus_is(walked_cast: Cast) -> None:
    records = f"/projects/{number_of(walked_cast, '莲洲')}/delivery/records"
    page = walked_cast["jingban"].goes_to(records).page
    for colours in ("active", "none"):
        page.emulate_media(forced_colors=colours)
        for link in page.locator(".pages a.page-link").all():
            assert link.evaluate(RING) == "solid3px"


def test_case_page_speaks_its_words_apart(walked_cast: Cast) -> None:
    """Person and place, heading and sign, crumbs: no two run into one word, no sign is read aloud."""
    page = walked_cast["jingban"].goes_to(f"/projects/{number_of(walked_cast, '莲洲')}").page
    heard = page.locator("body").aria_snapshot()
    assert not re.search(r"[＋－]|陈晓岚珠海|民政局采购经办|服务DMMZ", heard)
    assert not re.search(r"(?:text|link|listitem): /", heard)


def test_form_is_sent_and_put_right_without_script(walked_cast: Cast) -> None:
    cookies = walked_cast["jingban"].context.cookies()
    context = walked_cast.browser.new_context(viewport=WIDE, java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(walked_cast.site.address + "/plans/new")
    page.locator("#reason").fill("街道没有照护人手。")
    page.locator("form[data-guard] .buttons button").first.click()
    expect(page.locator("[data-error-summary] a").first).to_be_visible()
    expect(page.locator("#reason")).to_have_value("街道没有照护人手。")
    page.reload()
    expect(page.locator("#reason")).to_have_value("街道没有照护人手。")
    page.goto(walked_cast.site.address + "/plans/new")
    page.get_by_role("button", name="删除没有提交的内容").click()
    expect(page.locator("#reason")).to_have_value("")
    context.close()
