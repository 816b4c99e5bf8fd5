"""What a form owes the person at it: keys alone suffice, nothing is lost, paper and small screens do."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pypdf import PdfReader
from sqlalchemy import select

from procure.demonstration.papers import invoice
from procure.kernel.lifecycle import MilestoneState
from procure.kernel.money import Money
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.stages.contracts.models import Contract
from procure.stages.delivery.models import Milestone
from tests.browser.looking import NARROWEST, overflow
from tests.browser.pages import PATIENCE, Cast, Person, number_of

pytestmark = pytest.mark.browser
PARKED_AT_MIDTERM = "莲洲"
PARKED_AT_BIDDING = "斗门镇"


@pytest.fixture(scope="module")
def cast(walked_cast: Cast) -> Cast:
    """People at a copy of the demonstration with its cases at every stage."""
    return walked_cast


def tabs_to(page: Page, name: str) -> None:
    """Press Tab until the field, link or button of that name has the focus, and see that it shows."""
    for _ in range(60):
        page.keyboard.press("Tab")
        here, shown = page.evaluate(
            """() => {
                const e = document.activeElement, s = getComputedStyle(e);
                return [[e.name, e.id, e.textContent.trim()],
                        s.outlineStyle !== 'none' || s.boxShadow !== 'none'];
            }"""
        )
        if name in here:
            assert shown, f"one cannot see that {name} has the focus"
            return
    raise AssertionError(f"Tab never reaches {name}")


def test_budget_line_registered_with_the_keyboard_alone_is_on_the_books(cast: Cast) -> None:
    officer = cast.newcomer("yusuan")
    page, keys = officer.page, officer.page.keyboard
    officer.goes_to("/login")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    keys.press("Enter")
    tabs_to(page, "username")
    keys.type("yusuan")
    keys.press("Tab")
    keys.type("demo-Procure-2026")
    with page.expect_navigation():
        keys.press("Enter")
    officer.goes_to("/budget/new")
    typed = {
        "buyer_id": "",
        "year": "2026",
        "code": "KB-001",
        "name": "只用键盘登记的预算",
        "function_code": "2081006",
        "economic_code": "50205",
        "fund_source": "一般公共预算",
        "amount": "35000",
        "shares-0-level": "",
        "shares-0-weight": "1",
    }
    for name, words in typed.items():
        tabs_to(page, name)
        if words:
            keys.type(words)
        else:
            keys.press("ArrowDown")
    tabs_to(page, "登记预算")
    with page.expect_navigation():
        keys.press("Enter")
    officer.is_told("预算已登记").reads("¥35,000.00")
    assert page.title().startswith("已完成：")
    expect(page.locator("[data-flash]")).to_be_focused()
    assert not cast.looker.troubles
    officer.context.close()


def milestone_to_report(cast: Cast) -> str:
    """The address of a milestone that its provider has still to report."""
    number = number_of(cast, PARKED_AT_MIDTERM)
    position = cast.site.session.scalars(
        select(Milestone.position)
        .join(Contract, Contract.id == Milestone.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(Project.number == number, Milestone.state == MilestoneState.PLANNED)
        .order_by(Milestone.position)
    ).first()
    return f"/projects/{number}/delivery/milestones/{position}"


def paper(folder: Path, name: str) -> Path:
    """An invoice to upload; its content tells the names apart."""
    path = folder / name
    path.write_bytes(invoice(str(len(name)), Money(100)))
    return path


def test_files_chosen_while_others_are_under_way_are_all_taken(cast: Cast, tmp_path: Path) -> None:
    """Of two quick uploads the one that answered last was lost without a word."""
    member = cast["jigou1"]
    member.expects_refusals = True
    address = milestone_to_report(cast)
    member.goes_to(address)
    page, field = member.page, member.main.get_by_label("证明材料")
    held: list[Route] = []
    page.route(
        f"**{address}",
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )

    def answered(number: int) -> Route:
        for _ in range(PATIENCE // 20):
            if len(held) == number:
                return held[-1]
            page.wait_for_timeout(20)
        raise AssertionError(f"{len(held)} requests, {number} expected")

    field.set_input_files(paper(tmp_path, "甲.pdf"))
    first = answered(1)
    field.set_input_files(paper(tmp_path, "乙一.pdf"))
    (tmp_path / "照片.heic").write_bytes(b"x")
    field.set_input_files([paper(tmp_path, "丙一一.pdf"), tmp_path / "照片.heic"])
    # Who sends the form now takes along what waits.
    assert field.evaluate("field => [...field.files].map(file => file.name)") == [
        "甲.pdf",
        "乙一.pdf",
        "丙一一.pdf",
    ]
    first.continue_()
    answered(2).continue_()
    member.reads("已保留：甲.pdf", "已保留：乙一.pdf", "已保留：丙一一.pdf", "已上传，共 3 个文件")
    member.reads("“照片.heic”的类型不符合要求", "兼容性最佳")

    # A line that breaks loses nothing: the next choice sends both.
    field.set_input_files(paper(tmp_path, "丁一一一.pdf"))
    answered(3).abort()
    member.reads("网络中断，文件没有传完")
    field.set_input_files(paper(tmp_path, "戊一一一一.pdf"))
    answered(4).continue_()
    member.reads("已保留：丁一一一.pdf", "已保留：戊一一一一.pdf", "已上传，共 5 个文件")

    # A file that gets no turn on the platform is sent again by itself.
    field.set_input_files(paper(tmp_path, "己一一一一一.pdf"))
    same = page.request.get(page.url)
    answered(5).fulfill(status=503, headers={"Retry-After": "1"}, body=same.text())
    member.reads("1 秒后自动再传")
    page.wait_for_timeout(1000)
    answered(6).continue_()
    member.reads("已保留：己一一一一一.pdf", "已上传，共 6 个文件")
    page.unroute(f"**{address}")
    # Files that wait for their form are in its draft, and go with it.
    expect(page.locator("[data-draft-status]")).to_contain_text("已自动保存")
    member.goes_to(address).reads("已保留：甲.pdf").presses("删除没有提交的内容")
    # The one refusal is this test's own.
    (refused,) = cast.looker.troubles
    assert refused.endswith(": 503")
    cast.looker.troubles.clear()


def test_file_of_a_form_that_fails_is_still_there_when_it_is_put_right(
    cast: Cast, tmp_path: Path
) -> None:
    address = milestone_to_report(cast)
    proof = paper(tmp_path, "季度报告.pdf")
    (tmp_path / "空.pdf").touch()
    member = cast["jigou1"]
    member.expects_refusals = True
    member.goes_to(address)
    member.fills({"证明材料": tmp_path / "空.pdf"}).reads("“空.pdf”是空文件")
    # A file is sent as soon as it is chosen, with the page and what is typed in it left alone.
    member.fills({"证明材料": proof}).reads("已保留：季度报告.pdf", "已上传，共 1 个文件")
    assert not member.page.locator(".upload-progress").count()
    member.presses("报送履约节点").reads("填写的内容都已保留", "已保留：季度报告.pdf")
    member.fills({"完成情况": "按合同完成，台账可以核对。"}).presses("报送履约节点")
    member.is_told("节点已报送")
    cast["jingban"].goes_to(address)
    cast["jingban"].reads("证明材料").main.get_by_role("link", name="报告").first.wait_for()
    assert not cast.looker.troubles


def test_words_typed_before_the_session_ended_come_back_after_signing_in(cast: Cast) -> None:
    clerk = cast.newcomer("jingban")
    enter = clerk.page.get_by_role("row").filter(has_text="jingban").get_by_role("button")
    clerk.goes_to("/login")._leaves(enter)
    clerk.goes_to("/plans/new")
    words = "独居老人逐年增多，社区没有专门的照护人手，"
    reason = clerk.main.get_by_label("申请理由")
    reason.press_sequentially(words)
    expect(clerk.page.locator("[data-draft-status]")).to_contain_text("已自动保存")
    clerk.context.clear_cookies()

    clerk.goes_to("/plans/new")
    assert "/login" in clerk.page.url
    clerk._leaves(enter)
    assert clerk.page.url.endswith("/plans/new")
    expect(reason).to_have_value(words)
    expect(clerk.page.locator(".draft-choice")).to_contain_text("没有提交的内容")
    clerk.context.close()


def test_refused_form_is_reloaded_and_come_back_to_without_being_sent_again(cast: Cast) -> None:
    clerk = cast["jingban"].goes_to("/plans/new")
    clerk.expects_refusals = True
    page, words = clerk.page, "街道没有自己的照护队伍。"
    reason = clerk.main.get_by_label("申请理由")
    reason.fill(words)
    clerk.presses("保存采购计划").reads("处需要改正，填写的内容都已保留")
    sent: list[str] = []
    page.on(
        "request",
        lambda asked: sent.append(asked.method) if asked.is_navigation_request() else None,
    )

    page.reload()
    expect(reason).to_have_value(words)
    clerk.goes_to("/plans")
    page.go_back()
    expect(reason).to_have_value(words)

    assert set(sent) == {"GET"}
    # Ten minutes later, or by another way, it is no more than an offer: the next plan is another.
    clerk.goes_to("/plans/new")
    expect(reason).to_have_value("")
    clerk.reads(words)
    clerk.main.get_by_role("button", name="删除没有提交的内容").click()
    expect(clerk.main.get_by_text(words)).to_have_count(0)
    clerk.expects_refusals = False
    assert not cast.looker.troubles


def summary(cast: Cast) -> str:
    """Where the evaluation that is under way is summed up."""
    return f"/projects/{number_of(cast, PARKED_AT_MIDTERM)}/evaluations/midterm/summary"


def sums_up(person: Person, overview: str, page: Page | None = None) -> None:
    """Write how the delivery is seen, on one of the tabs, and save it."""
    page = page or person.page
    page.get_by_label("项目概况").fill(overview)
    page.get_by_label("主要成效").fill("探访及时。")
    with page.expect_navigation():
        page.get_by_role("button", name="保存评估意见").click()


def visits(page: Page, day: date) -> None:
    """Write down a visit, and save it."""
    answers = {
        "实地走访日期": day.isoformat(),
        "满意度调查抽样人数": "20",
        "有效回答人数": "19",
        "表示满意人数": "18",
    }
    for label, answer in answers.items():
        page.get_by_label(label).fill(answer)
    page.get_by_role("radio", name="入户访问", exact=True).check()
    with page.expect_navigation():
        page.get_by_role("button", name="保存走访情况").click()


def test_two_tabs_and_two_people_in_one_section_see_both_texts(cast: Cast) -> None:
    """Whoever saves second is told, keeps what they typed, and overwrites nothing unseen."""
    one, other, address = cast["pinggu1"], cast["pinggu2"], summary(cast)
    one.expects_refusals = other.expects_refusals = True
    second_tab = one.context.new_page()
    second_tab.goto(one.site.address + address)
    one.goes_to(address)
    other.goes_to(address)
    elsewhere = one.context.new_page()
    elsewhere.goto(one.site.address + address.replace("summary", "visit"))

    sums_up(one, "两个站点按期开放。")
    one.is_told("评估意见已保存")
    # Another section of the same record is nobody's conflict.
    visits(elsewhere, one.site.today)
    expect(elsewhere.locator("[data-flash]")).to_contain_text("走访和调查情况已保存")
    elsewhere.close()
    sums_up(one, "第二个标签页里写的话。", second_tab)
    main = second_tab.locator("main")
    expect(main).to_contain_text("您刚刚在别的页面改过这条记录")
    expect(main).to_contain_text("现在保存的内容：两个站点按期开放。")
    expect(main.get_by_label("项目概况")).to_have_value("第二个标签页里写的话。")

    sums_up(other, "一个站点没有开放。")
    other.reads("刚刚被其他人改过", "现在保存的内容：两个站点按期开放。")
    expect(other.main.get_by_label("项目概况")).to_have_value("一个站点没有开放。")
    sums_up(other, "一个站点没有开放，另一个按期开放。")
    other.is_told("评估意见已保存")

    sums_up(one, "第二个标签页里写的话。", second_tab)
    expect(main).to_contain_text("刚刚被其他人改过")
    expect(main).to_contain_text("现在保存的内容：一个站点没有开放，另一个按期开放。")

    # What was typed before somebody saved is offered beside it, not put over it.
    overview = other.goes_to(address).main.get_by_label("项目概况")
    overview.fill("只写了一半的话。")
    expect(other.page.locator("[data-draft-status]")).to_contain_text("已自动保存")
    sums_up(one, "第二个标签页里写的话。", second_tab)
    other.goes_to(address).reads("您填写过、没有提交的内容：只写了一半的话。")
    expect(overview).to_have_value("第二个标签页里写的话。")
    other.presses("删除没有提交的内容")
    second_tab.close()
    one.expects_refusals = other.expects_refusals = False
    assert not cast.looker.troubles


KEPT_BY_BROWSERS = """async () => JSON.stringify([
    {...localStorage}, {...sessionStorage}, document.cookie,
    (await indexedDB.databases()).map(one => one.name), await caches.keys(),
])"""


TYPED = "[...document.querySelectorAll('input, textarea')].map(field => field.value).join()"


def enters(person: Person, username: str) -> None:
    """Come in at this machine as somebody, by the sign-in page."""
    row = person.page.get_by_role("row").filter(has=person.page.get_by_text(username, exact=True))
    person._leaves(row.get_by_role("button"))


def test_typed_price_is_kept_for_its_typist_alone_and_in_no_browser(cast: Cast) -> None:
    """Small agencies share one machine: the sealed price could be read there after signing out."""
    offer = f"/projects/{number_of(cast, PARKED_AT_BIDDING)}/bid/offer"
    shared = cast.newcomer("jigou1")
    shared.expects_refusals = True
    page, price = shared.page, shared.main.get_by_label("报价（总价）")
    status = page.locator("[data-draft-status]")
    shared.goes_to("/login")
    enters(shared, "jigou1")
    shared.goes_to(offer.removesuffix("/offer"))
    if shared.main.get_by_role("button", name="开始编制响应文件").count():
        shared.presses("开始编制响应文件")
    shared.goes_to(offer)
    price.fill("171234.56")
    expect(status).to_contain_text("已自动保存")

    # While the line is down the page says since when nothing was saved, where one looks.
    shared.context.set_offline(True)
    price.fill("171234.57")
    expect(status).to_contain_text(re.compile(r"自 \d\d:\d\d 起没有保存"))
    expect(status).to_be_in_viewport()
    shared.context.set_offline(False)
    expect(status).to_contain_text("已自动保存")
    assert "171234" not in page.evaluate(KEPT_BY_BROWSERS)

    page.get_by_role("button", name="退出登录").locator("visible=true").first.click()
    page.wait_for_url("**/login")
    assert "171234" not in page.evaluate(KEPT_BY_BROWSERS)
    # Back leads to no page that was left with the price in it.
    page.go_back()
    assert "171234" not in page.content() + page.evaluate(TYPED)
    page.goto(cast.site.address + "/login")
    enters(shared, "jigou2")
    page.goto(cast.site.address + offer)
    assert "171234" not in page.content() + page.evaluate(KEPT_BY_BROWSERS)
    page.get_by_role("button", name="退出登录").locator("visible=true").first.click()
    page.wait_for_url("**/login")
    enters(shared, "jigou1")
    shared.goes_to(offer)
    expect(price).to_have_value("171,234.57")
    shared.presses("删除没有提交的内容")
    shared.context.close()
    cast.looker.troubles.clear()


def test_form_sent_after_the_sign_in_ended_comes_back_filled_in(cast: Cast) -> None:
    # Not who reads in other tests: a person's fourth sign-in ends the oldest.
    clerk = cast.newcomer("jiedao")
    clerk.expects_refusals = True
    clerk.goes_to("/login")
    enters(clerk, "jiedao")
    clerk.goes_to("/plans/new")
    reason = clerk.main.get_by_label("申请理由")
    reason.fill("居民多次反映没有照护人手。")
    clerk.context.clear_cookies()
    clerk.presses("保存采购计划").reads("登录已经结束，没有提交成功")
    enters(clerk, "jiedao")
    assert "/plans/new" in clerk.page.url
    clerk.reads("您刚才提交的内容没有办理")
    expect(reason).to_have_value("居民多次反映没有照护人手。")
    clerk.page.reload()
    expect(reason).to_have_value("居民多次反映没有照护人手。")
    clerk.context.close()
    cast.looker.troubles.clear()


def test_notice_printed_is_the_document_without_the_site_around_it(cast: Cast) -> None:
    notice = cast.site.session.scalars(select(Notice).order_by(Notice.number)).first()
    assert notice is not None
    reader = cast.newcomer("visitor").goes_to(f"/notices/{notice.number}")
    reader.page.emulate_media(media="print")
    for around in ("header.top", ".demo-bar", "nav.crumbs", "footer.foot"):
        for part in reader.page.locator(around).all():
            expect(part).to_be_hidden()
    printed = PdfReader(BytesIO(reader.page.pdf(format="A4")))
    text = "".join("".join(page.extract_text().split()) for page in printed.pages)
    assert notice.number in text
    assert notice.sha256 in text
    assert "指导性目录" not in text
    assert printed.pages[0].mediabox.width == pytest.approx(595, abs=2)
    reader.context.close()


def test_money_printed_names_its_case_and_leaves_out_the_buttons(cast: Cast) -> None:
    number = number_of(cast, PARKED_AT_MIDTERM)
    pages = {"jingban": f"/projects/{number}/payments", "shenji": f"/audit/projects/{number}"}
    for username, address in pages.items():
        reader = cast[username].goes_to(address)
        reader.page.emulate_media(media="print")
        expect(reader.main.get_by_text(PARKED_AT_MIDTERM).first).to_be_visible()
        for button in reader.main.locator(".btn").all():
            expect(button).to_be_hidden()
        reader.page.emulate_media(media="screen")


def test_pages_on_the_narrowest_screen_need_no_scrolling_sideways(cast: Cast) -> None:
    number = number_of(cast, PARKED_AT_MIDTERM)
    case = f"/projects/{number}"
    pages = {
        "jingban": ["/desk", case, f"{case}/contract", f"{case}/delivery", "/plans/new", "/plans"],
        "jigou1": ["/desk", f"{case}/delivery/records/new", f"{case}/payments", "/bids"],
        "pinggu1": ["/evaluations", f"{case}/evaluations/midterm"],
        "shenji": ["/audit", f"/audit/projects/{number}"],
    }
    wide = []
    for username, addresses in pages.items():
        page = cast[username].page
        page.set_viewport_size(NARROWEST)
        for address in addresses:
            page.goto(cast.site.address + address)
            assert not re.search("没有权限|找不到", page.inner_text("h1")), address
            wide += [f"{username} {address}: {words}" for words in overflow(page)]
    assert not wide, "\n".join(wide)


def test_package_that_is_looked_at_once_goes_with_its_form(cast: Cast, tmp_path: Path) -> None:
    """Sent ahead it would be gone before anybody looks; a second one is looked at like the first."""
    auditor = cast["shenji"]
    auditor.goes_to("/audit/verify")
    for number in (1, 2):
        package = tmp_path / f"{number}.zip"
        package.write_bytes(b"no package %d" % number)
        auditor.fills({"审计包": package}).reads(f"已选择“{number}.zip”。")
        auditor.presses("核对审计包").reads("核对不通过")


def test_rows_of_a_form_keep_what_was_typed_last_and_lose_what_was_deleted(cast: Cast) -> None:
    """A row deleted came back as the next one; what was typed last was wiped; rows after the first
    were lost on return.
    """
    address = f"/projects/{number_of(cast, PARKED_AT_MIDTERM)}/delivery/staff/new"
    member = cast["jigou1"].goes_to(address)
    page = member.page
    status = page.locator("[data-draft-status]")
    form = page.locator("form[data-draft]")

    def row(number: int, part: str) -> Locator:
        return page.locator(f"[name=rows-{number}-{part}]")

    def adds() -> None:
        rows = page.locator(".row-fields")
        before = rows.count()
        page.locator("[name=rows-add]").first.click()
        expect(rows).to_have_count(before + 1)

    row(0, "name").press_sequentially("丙")
    # The line tells of the last saving; the mark is of what stands there now.
    expect(form).to_have_attribute("data-saved", "yes")
    expect(status).to_contain_text("已自动保存")
    row(0, "post").press_sequentially("社工")
    adds()
    expect(row(0, "post")).to_have_value("社工")
    row(1, "name").press_sequentially("乙二")
    row(1, "post").press_sequentially("护理员")
    expect(form).to_have_attribute("data-saved", "yes")
    expect(status).to_contain_text("已自动保存")
    page.locator("[name=rows-remove]").nth(1).click()
    expect(page.locator(".row-fields")).to_have_count(1)
    adds()
    expect(row(0, "name")).to_have_value("丙")
    expect(row(1, "name")).to_have_value("")

    row(1, "name").press_sequentially("丁")
    adds()
    row(2, "name").press_sequentially("戊")
    expect(form).to_have_attribute("data-saved", "yes")
    expect(status).to_contain_text("已自动保存")
    member.goes_to(address)
    for number, name in enumerate(("丙", "丁", "戊")):
        expect(row(number, "name")).to_have_value(name)
    expect(page.locator(".draft-choice")).to_contain_text("没有提交的内容")
    page.get_by_role("button", name="删除没有提交的内容").click()
    assert not cast.looker.troubles


def test_form_whose_answer_was_stopped_can_be_sent_again(cast: Cast) -> None:
    address = f"/projects/{number_of(cast, PARKED_AT_MIDTERM)}/delivery/staff/new"
    page = cast["jigou1"].goes_to(address).page
    form = page.locator("form[data-guard]").last
    tried: list[Route] = []

    def broken_off(route: Route) -> None:
        if route.request.method == "POST":
            tried.append(route)
            route.abort("aborted")
        else:
            route.continue_()

    page.clock.install()
    page.route(f"**{address}", broken_off)
    button = form.get_by_role("button", name="登记服务人员").last
    button.click()
    expect(form).to_have_class(re.compile("sending"))
    expect(form.locator(".under-way")).to_have_text("正在提交，请稍候…")
    button.click()
    page.clock.run_for(10_100)
    expect(form).not_to_have_class(re.compile("sending"))
    button.click()
    page.wait_for_timeout(200)
    assert len(tried) == 2
    page.unroute(f"**{address}")
    cast.looker.troubles.clear()
