"""What a page owes whoever is at it: where one is stays in sight, what was done is said where one looks,
nothing is decided by one key, and paper, high contrast and large type cut nothing.
"""

import http.client
import re
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from pypdf import PdfReader

from procure.demonstration.papers import invoice
from procure.kernel.money import Money
from tests.browser.looking import PHONE, WIDE, overflow, violations
from tests.browser.pages import Cast, Person, number_of

pytestmark = pytest.mark.browser
FIRST_VISIT = 150_000
"""Bytes on the wire."""
FINGER = 44
AT_400_PERCENT: ViewportSize = {"width": 320, "height": 256}
PASTES = """(field, text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
IN_SIGHT = """field => {
    const box = field.closest(".field");
    const shown = [box.querySelector("label, legend"), box.querySelector(".field-errors"), field];
    return shown.every((part) => {
        const at = part.getBoundingClientRect();
        return at.top >= 0 && at.top < innerHeight - 20;
    });
}"""


def focused(page: Page) -> str:
    """The name, or else the words, of what has the focus."""
    return str(
        page.evaluate("(e => e.name || e.id || e.textContent.trim())(document.activeElement)")
    )


def new_item(cast: Cast) -> Person:
    """The catalogue's keeper at a form with rows, without what was typed into it before."""
    # What the last test typed is sent when its page is left, beside the next page.
    keeper = cast["mulu"].goes_to("/desk").goes_to("/catalogue/new")
    if keeper.main.get_by_role("button", name="删除没有提交的内容").count():
        keeper.presses("删除没有提交的内容").goes_to("/catalogue/new")
    return keeper


def test_faint_word_and_field_without_a_label_are_found(walked_cast: Cast) -> None:
    page = walked_cast["jingban"].goes_to("/plans").page
    assert not violations(page)
    last = page.locator("main td:visible").last
    last.evaluate("e => { e.style.color = '#ccc'; e.textContent = '看不清'; }")
    page.locator("main").evaluate("e => e.append(document.createElement('select'))")
    faint, nameless = sorted(violations(page))
    assert faint.startswith("axe color-contrast (serious) at ")
    assert nameless.startswith("axe select-name (critical) at ")


def test_row_added_or_taken_away_keeps_the_place_and_moves_the_focus(walked_cast: Cast) -> None:
    keeper = new_item(walked_cast)
    page, rows = keeper.page, keeper.page.locator(".row-fields")
    add = page.locator("[name=rows-add]").first
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    for number in range(1, 4):
        page.locator(f"#indicators-{number - 1}-name").fill(f"指标{number}")
        add.click()
        expect(rows).to_have_count(number + 1)
        assert focused(page) == f"indicators-{number}-dimension"
        expect(page.locator(f"#indicators-{number}-dimension")).to_be_in_viewport()
    assert page.locator("#indicators-2-name").input_value() == "指标3"

    rows.nth(1).get_by_role("button", name=re.compile("^删除.*第 2 行")).click()
    expect(rows).to_have_count(3)
    assert focused(page) == "indicators-1-dimension"
    assert page.locator("#indicators-1-name").input_value() == "指标3"
    rows.nth(2).get_by_role("button", name=re.compile("^删除.*第 3 行")).click()
    expect(rows).to_have_count(2)
    assert focused(page) == "indicators-1-dimension"
    assert not loads

    page.route("**/catalogue/new", lambda route: route.abort())
    add.click()
    expect(keeper.main.get_by_text("没有连上平台，表格没有变动")).to_be_visible()
    assert page.locator("#indicators-1-name").input_value() == "指标3"
    expect(add).to_be_enabled()
    page.unroute("**/catalogue/new")


def test_block_of_a_spreadsheet_becomes_rows_and_says_what_does_not_fit(walked_cast: Cast) -> None:
    keeper = new_item(walked_cast)
    page, rows = keeper.page, keeper.page.locator(".row-fields")
    block = (
        "指标\t类别\t分值\t评分标准\n"
        '及时率\t服务产出\t10\t"按时的得满分\n迟一次扣 1 分"\n'
        "满意度\t满意\t十分\t看问卷\n"
        "\t\t\t\n"
        "整改\t不明\t5\t看记录\n"
    )
    page.locator("#indicators-0-name").evaluate(PASTES, block)

    expect(rows).to_have_count(3)
    said = keeper.main.get_by_text("已读入 3 行，还没有保存")
    expect(said).to_contain_text("有 2 处不合适，已经标出：第 2 行“分值”、第 3 行“类别”")
    assert focused(page) == "indicators-0-dimension"
    assert page.locator("#indicators-0-standard").input_value() == "按时的得满分\n迟一次扣 1 分"
    assert page.locator("#indicators-1-points").input_value() == "十分"
    expect(page.locator("#indicators-1-points-error")).to_contain_text("不是可以识别的数字")
    expect(page.locator("#spoken")).to_contain_text("已读入 3 行")


def test_rows_without_script_go_on_where_the_list_has_changed(walked_cast: Cast) -> None:
    cookies = new_item(walked_cast).context.cookies()
    context = walked_cast.browser.new_context(viewport=WIDE, java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(walked_cast.site.address + "/catalogue/new")
    for number in range(1, 4):
        page.locator("[name=rows-add]").first.click()
        new = page.locator(f"#indicators-{number}-dimension")
        expect(new).to_be_focused()
        expect(new).to_be_in_viewport()
    page.locator("[name=rows-remove]").nth(1).click()
    expect(page.locator("#indicators-1-dimension")).to_be_focused()
    page.locator(".rows-block summary").click()
    page.locator(".rows-block textarea").fill("服务产出\t及时率\t10\n\t\t\t")
    page.get_by_role("button", name="读入表格").click()
    expect(page.locator("#indicators-0-dimension")).to_be_focused()
    assert page.locator("#indicators-0-name").input_value() == "及时率"
    context.close()


def test_file_taken_away_keeps_the_place(walked_cast: Cast, tmp_path: Path) -> None:
    number = number_of(walked_cast, "莲洲")
    member = walked_cast["jigou1"].goes_to(f"/projects/{number}/delivery/records/new")
    page = member.page
    for name in ("甲.pdf", "乙.pdf"):
        (tmp_path / name).write_bytes(invoice(str(ord(name[0])), Money(100)))
    field = page.locator("input[type=file]").first
    field.set_input_files([tmp_path / "甲.pdf", tmp_path / "乙.pdf"])
    member.reads("已保留：甲.pdf", "已保留：乙.pdf")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    for left, focus in ((1, "file-remove"), (0, field.get_attribute("name"))):
        page.locator("[name=file-remove]").first.click()
        expect(page.locator(".kept li")).to_have_count(left)
        assert focused(page) == focus
    assert not loads


def test_links_of_the_error_summary_show_label_and_error(walked_cast: Cast) -> None:
    clerk = walked_cast["jingban"].goes_to("/plans/new")
    clerk.expects_refusals = True
    page = clerk.page
    clerk.presses("保存采购计划")
    assert re.match("有 [0-9]+ 处错误：", page.title())
    expect(page.locator("[data-error-summary]")).to_be_focused()
    links = page.locator("[data-error-summary] a")
    assert links.count() > 10
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for place in range(links.count()):
            link = links.nth(place)
            target = (link.get_attribute("href") or "")[1:]
            link.click()
            field = page.locator(f"[id='{target}']")
            expect(field).to_be_focused()
            assert field.evaluate(IN_SIGHT), f"{target} at {size}"
            assert field.get_attribute("aria-invalid") == "true", target
    page.set_viewport_size(WIDE)
    clerk.expects_refusals = False


def decision(cast: Cast) -> Person:
    """The approver at a plan that waits for them."""
    number = number_of(cast, "白蕉")
    return cast["shenhe"].goes_to(f"/projects/{number}/plan/decision")


def test_enter_decides_nothing(walked_cast: Cast) -> None:
    approver = decision(walked_cast)
    page = approver.page
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.method))
    for field in page.locator("form[data-guard]").locator("input:visible").all():
        field.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert "POST" not in sent
    assert page.url.endswith("/plan/decision")


def test_amount_and_room_left_are_joined_to_their_fields_and_spoken(walked_cast: Cast) -> None:
    page = walked_cast["jingban"].goes_to("/plans/new").page
    for name, typed, words in (
        ("amount", "3万", "读作 ¥30,000.00"),
        ("ceiling_reason", "长" * 490, "已写 490 个字，还可以写 10 个字"),
    ):
        field = page.locator(f"#{name}")
        assert f"{name}-echo" in (field.get_attribute("aria-describedby") or "").split()
        field.fill(typed)
        expect(page.locator(f"#{name}-echo")).to_have_text(words)
        expect(page.locator("#spoken")).to_have_text(words)


def test_total_stays_in_sight_only_where_it_covers_no_field(walked_cast: Cast) -> None:
    page = new_item(walked_cast).page
    page.evaluate(
        "document.querySelector('form[data-guard] .buttons').classList.add('running-total')"
    )
    for size, position in ((WIDE, "sticky"), (PHONE, "sticky"), (AT_400_PERCENT, "static")):
        page.set_viewport_size(size)
        total = page.locator(".running-total")
        assert total.evaluate("e => getComputedStyle(e).position") == position
    page.set_viewport_size(WIDE)


def test_text_of_a_form_is_printed_whole(walked_cast: Cast) -> None:
    clerk = walked_cast["jingban"].goes_to("/plans/new")
    lines = [f"第{number}条理由。" for number in range(1, 31)]
    clerk.main.get_by_label("申请理由").fill("\n".join(lines))
    printed = PdfReader(BytesIO(clerk.page.pdf(format="A4")))
    text = "".join("".join(page.extract_text().split()) for page in printed.pages)
    assert not [line for line in lines if line not in text]
    assert not clerk.page.locator(".printed-text").count()


def test_high_contrast_draws_no_word_in_the_colour_of_its_ground(walked_cast: Cast) -> None:
    number = number_of(walked_cast, "斗门区社区居家养老服务站")
    auditor = walked_cast["shenji"].goes_to(f"/audit/projects/{number}")
    page = auditor.page
    page.emulate_media(forced_colors="active", color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    fills = page.evaluate(
        "[...document.querySelectorAll('.chart-drawing text')].map((e) => getComputedStyle(e).fill)"
    )
    assert fills and ground not in fills
    bars = page.evaluate(
        "[...document.querySelectorAll('.menu-wide .menu a')].filter((e) => parseFloat(getComputedStyle(e).borderBottomWidth) > 0).length"
    )
    assert bars <= 1
    page.emulate_media(forced_colors="none", color_scheme="light")


def small_targets(page: Page) -> list[str]:
    """Buttons, folded parts and links of their own that a finger would miss."""
    found: list[str] = page.evaluate(
        f"""() => [...document.querySelectorAll(
                "button, summary, .demo-bar a, .foot a, .exports a, .top-link, .page-link")]
            .filter((e) => e.checkVisibility() && !e.matches(".visually-hidden"))
            .map((e) => [e.getBoundingClientRect(), e.textContent.trim().slice(0, 20)])
            .filter(([at]) => at.width && (at.height < {FINGER} || at.width < {FINGER}))
            .map(([at, words]) => `${{words}} ${{at.width}}x${{at.height}}`)"""
    )
    return found


def test_phone_has_large_targets_and_takes_text_of_double_size(walked_cast: Cast) -> None:
    number = number_of(walked_cast, "莲洲")
    pages = {
        "jingban": ["/desk", "/plans", f"/projects/{number}", f"/projects/{number}/contract"],
        "yusuan": ["/budget", "/account"],
        "visitor": ["/", "/login", "/notices"],
    }
    faults: list[str] = []
    for username, addresses in pages.items():
        person = walked_cast.newcomer(username) if username == "visitor" else walked_cast[username]
        page = person.page
        page.set_viewport_size(PHONE)
        for address in addresses:
            page.goto(walked_cast.site.address + address)
            faults += [f"{address}: {words}" for words in small_targets(page)]
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            faults += [f"{address} at 200 %: {words}" for words in overflow(page)]
        page.set_viewport_size(WIDE)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("address", ["/", "/login"])
def test_first_visit_is_small_on_the_wire(walked_cast: Cast, address: str) -> None:
    host = walked_cast.site.address.removeprefix("http://")

    def fetched(path: str) -> tuple[bytes, int]:
        line = http.client.HTTPConnection(host)
        line.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = line.getresponse()
        body, head = answer.read(), len(str(answer.headers))
        line.close()
        assert answer.status == 200
        return body, len(body) + head

    page, weight = fetched(address)
    parts = re.findall(r'(?:href|src)="(/[^"]+\?v=[0-9a-f]+)"', page.decode())
    assert len(parts) > 10
    assert weight + sum(fetched(part)[1] for part in set(parts)) < FIRST_VISIT
