"""The pages of contracts as each person sees and uses them."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from procure.kernel.clock import local_date
from procure.kernel.errors import TooEarly
from procure.kernel.lifecycle import ContractState
from procure.kernel.money import Money, capitals
from procure.kernel.vocabulary import NoticeKind
from procure.registers.documents import use_cases
from procure.registers.notices.models import Notice
from procure.scheduler import run_once
from procure.stages.contracts import case, drafting, queries
from procure.stages.contracts.policies import may_edit_contract, may_sign_as_supplier
from procure.stages.contracts.use_cases.sign import SignContract, sign_contract_supplier
from tests.factories.contracts import (
    APPROVER,
    CLERK,
    MEMBER,
    ROLL,
    SIGNATORY,
    contract_of,
    given_filled_contract,
    given_issued_contract,
    given_signed_contract,
    given_supplier_signed_contract,
)
from tests.factories.pages import typed
from tests.factories.proving import is_asked_for_a_code
from tests.page_client import Page, PageClient
from tests.world import World


@pytest.fixture
def world(embedded_drafted_world: World) -> World:
    """A contract just drafted from the award."""
    return embedded_drafted_world


@pytest.fixture
def issued(embedded_issued_world: World) -> World:
    """A contract sent for signature."""
    return embedded_issued_world


def path(world: World, page: str = "") -> str:
    """The address of a page of the contract."""
    start = f"/projects/{contract_of(world).project.number}/contract"
    return f"{start}/{page}" if page else start


def amount(world: World) -> str:
    """The price as pages write it."""
    return Money(contract_of(world).amount_fen).format()


def words(page: Page) -> str:
    """All that a reader sees on a page."""
    return page.text


def test_clerk_fills_in_every_section_and_sends_the_text_to_be_signed(world: World) -> None:
    client = world.client(CLERK)
    starts_on = local_date(world.now) + timedelta(days=7)

    assert "未开始" in words(client.get(path(world)))
    save(client, path(world, "parties"), {"buyer_contact": "陈晓岚"})
    save(
        client,
        path(world, "term"),
        {
            "starts_on": starts_on.isoformat(),
            "ends_on": drafting.last_day(starts_on, 12).isoformat(),
            "recipients": "两镇六十周岁以上老年人",
            "recipients_number": "120",
        },
    )
    counts = {name: "2" for name in typed(client.get(path(world, "targets"))) if "count" in name}
    posts = {
        "posts-0-post": "社会工作者",
        "posts-0-people": "2",
        "posts-0-qualification": "助理社会工作师以上",
        "posts-0-duty": "站点开放和探访",
    }
    save(client, path(world, "targets"), counts | posts | {"source": ROLL})
    save(client, path(world, "milestones"), {})
    save(client, path(world, "other"), {})
    check = client.get(path(world, "check"))
    assert f"采购文件没有写明，出处：{ROLL}" in words(check)
    client.post(path(world, "check"), {"confirmed": "yes"})

    assert contract_of(world).state is ContractState.ISSUED
    assert "待乙方签署" in words(client.get(path(world)))


def test_text_that_is_not_printed_yet_cannot_be_signed_and_the_page_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The typesetter is away: the text is sent all the same, and signed once it is on file."""

    def away(*_: object) -> None:
        raise BrokenPipeError("the typesetter is away")

    given_filled_contract(world)
    clerk, signatory = world.client(CLERK), world.client(SIGNATORY)
    with monkeypatch.context() as down:
        down.setattr(use_cases, "render_pdf", away)
        clerk.post(path(world, "check"), {"confirmed": "yes"})
    contract = contract_of(world)
    assert contract.state is ContractState.ISSUED
    assert "合同文本，正在生成" in words(clerk.get(path(world)))
    assert "文书正在生成，还没有归档" in words(signatory.get(path(world, "sign")))
    name = world.actor(SIGNATORY).name
    with pytest.raises(TooEarly), world.uow(SIGNATORY) as uow:
        sign_contract_supplier(uow, SignContract(contract.id, contract.version, "0" * 64, name))

    run_once(world.app, "documents.print")
    world.session.rollback()
    assert "正在生成" not in words(signatory.get(path(world, "sign")))
    assert given_supplier_signed_contract(world).state is ContractState.SUPPLIER_SIGNED


def save(client: PageClient, address: str, values: dict[str, str]) -> None:
    """Open a section, change some fields and save it with what stood in the others."""
    page = client.get(address)
    client.post(address, typed(page) | values, page=page)


def test_check_page_before_filling_names_each_missing_section_and_disables_the_step(
    world: World,
) -> None:
    page = world.client(CLERK).get(path(world, "check"))

    assert words(page).count("还没有填写并保存") == 5
    assert "必须改正" in words(page)
    assert "《政府购买服务管理办法》第二十三条" in words(page)


def test_term_form_with_a_day_too_late_keeps_what_was_typed_and_cites_the_law(
    world: World,
) -> None:
    answers = {
        "starts_on": "2026-06-11",
        "ends_on": "2027-06-11",
        "place": "井岸镇",
        "recipients": "老年人",
        "recipients_number": "120",
    }
    clerk = world.client(CLERK)
    page = clerk.post(path(world, "term"), answers, status=400)
    assert isinstance(page, Page)
    assert "最晚到 2027年6月10日" in words(page)
    assert typed(page)["place"] == "井岸镇"
    for starts_on, ends_on in (
        ("2126-06-11", "2127-06-10"),
        ("9999-12-31", "9999-12-31"),
        ("2036-02-29", "2037-02-27"),
        ("2026-06-11", "2206-06-10"),
        ("2035-12-31", "2036-12-30"),
    ):
        dates = {"starts_on": starts_on, "ends_on": ends_on}
        page = clerk.post(path(world, "term"), answers | dates, status=400)
        assert isinstance(page, Page)
        assert typed(page).items() >= (answers | dates).items()
        clerk.get(path(world, "term"))


@pytest.mark.parametrize("reader", [CLERK, APPROVER])
def test_pages_of_what_follows_the_signature_say_so_before_it(world: World, reader: str) -> None:
    client, case = world.client(reader), path(world).removesuffix("/contract")
    for page in ("early-end", "early-end/decision"):
        assert client.raw("GET", path(world, page)).status_code in (200, 403), page
    for page in ("acceptance", "acceptance/open", "acceptance/apply", "payments", "delivery"):
        assert client.raw("GET", f"{case}/{page}").status_code in (403, 404), page


def test_supplier_reads_of_the_draft_only_that_it_is_being_written(world: World) -> None:
    page = world.client(MEMBER).get(path(world))

    assert "甲方正在起草合同" in words(page)
    assert amount(world) not in words(page)


def test_contract_of_others_does_not_exist_for_strangers(world: World) -> None:
    for username in ("jigou2", "jigou3", "jiedao", "pinggu1"):
        world.client(username).get(path(world), 404)
    world.client("zhuanjia1").get(path(world), 403)


def test_signatory_of_the_supplier_signs_on_the_page(issued: World) -> None:
    given_issued_contract(issued)
    client = issued.client(SIGNATORY)

    page = client.get(path(issued, "sign"))
    client.post(path(issued, "sign"), {"full_name": "苏慧敏", "confirmed": "yes"})

    assert "还有" in words(page)
    assert "校验码" in words(page)
    assert f"人民币{capitals(Money(contract_of(issued).amount_fen))}" in words(page)
    assert contract_of(issued).state is ContractState.SUPPLIER_SIGNED
    assert "苏慧敏" in words(client.get(path(issued)))


def test_member_of_the_supplier_sees_the_step_disabled_with_its_reason(issued: World) -> None:
    given_issued_contract(issued)

    page = issued.client(MEMBER).get(path(issued, "sign"))

    assert "您的岗位不能办理“乙方签署合同”" in words(page)
    assert "机构负责人" in words(page)


def test_what_is_no_longer_allowed_comes_back_with_what_was_typed_and_the_reason(
    issued: World,
) -> None:
    """A section sent after the text was printed, and a signature of who may not sign."""
    contract = given_issued_contract(issued)
    clerk, member = issued.actor(CLERK), issued.actor(MEMBER)
    for username, page_name, answers, verdict in (
        (CLERK, "other", {"special_terms": "每月开一次会。"}, may_edit_contract(clerk, contract)),
        (MEMBER, "sign", {"full_name": "苏慧敏"}, may_sign_as_supplier(member, contract)),
    ):
        page = issued.client(username).post(path(issued, page_name), answers, status=409)
        assert isinstance(page, Page)
        assert typed(page).items() >= answers.items()
        assert verdict.reason and words(page).count(verdict.reason) == 2, "on top and at the button"
    assert contract_of(issued).state is ContractState.ISSUED


def test_sign_page_posted_without_tick_keeps_the_name_and_says_what_is_missing(
    issued: World,
) -> None:
    given_issued_contract(issued)

    page = issued.client(SIGNATORY).post(path(issued, "sign"), {"full_name": "苏慧敏"}, status=400)

    assert isinstance(page, Page)
    assert typed(page)["full_name"] == "苏慧敏"
    assert contract_of(issued).state is ContractState.ISSUED


def test_approver_signs_late_only_with_the_reason_field_filled(world: World) -> None:
    contract = given_supplier_signed_contract(world)
    term = queries.signing_term(world.session, contract)
    assert term is not None
    world.at(term.due_on + timedelta(days=2))
    client = world.client(APPROVER)

    page = client.get(path(world, "sign"))
    client.post(
        path(world, "sign"),
        {"full_name": "梁志远", "confirmed": "yes", "late_reason": "负责人出差"},
    )

    assert "已逾期" in words(page)
    assert "逾期签订的原因" in words(page)
    assert contract_of(world).late_reason == "负责人出差"


def test_clerk_publishes_and_files_on_the_pages(issued: World) -> None:
    given_signed_contract(issued)
    client = issued.client(CLERK)

    page = client.get(path(issued, "publish"))
    client.post(path(issued, "publish"), {"confirmed": "yes"})
    client.post(
        path(issued, "filing"),
        {"filing_number": "斗财采备7号", "filed_on": local_date(issued.now).isoformat()},
    )

    assert "主要标的名称" in words(page)
    assert contract_of(issued).state is ContractState.FILED
    number = issued.session.scalars(
        select(Notice.number).where(Notice.kind == NoticeKind.CONTRACT)
    ).one()
    public = issued.client(None).get(f"/notices/{number}")
    assert amount(issued) in words(public)


def test_preview_is_a_pdf_marked_as_a_draft(world: World) -> None:
    given_filled_contract(world)

    answer = world.client(CLERK).raw("GET", path(world, "preview.pdf"))

    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")


def test_list_shows_sorts_filters_and_exports_what_the_reader_may_know(issued: World) -> None:
    given_issued_contract(issued)
    number = contract_of(issued).number

    clerk, supplier = issued.client(CLERK), issued.client(MEMBER)
    exported = clerk.raw("GET", "/contracts?format=csv").data.decode("utf-8-sig")

    assert number in words(clerk.get("/contracts?sort=-amount&state=issued"))
    assert "没有符合条件的合同" in words(clerk.get("/contracts?state=filed"))
    assert "待我方签署" in words(supplier.get("/contracts"))
    assert number not in words(issued.client("jigou2").get("/contracts"))
    assert amount(issued).strip("¥").replace(",", "") in exported
    assert {"合同编号", "项目编号", "采购人"} <= set(exported.splitlines()[0].split(","))
    clerk.get("/contracts?state=nonsense", 400)


def test_case_panel_and_to_do_name_the_step_of_each_person(issued: World) -> None:
    given_issued_contract(issued)
    project = contract_of(issued).project

    tasks = {
        name: case.todo(issued.session, issued.actor(name), issued.now)
        for name in (CLERK, SIGNATORY, APPROVER, "shenji")
    }
    panel = case.panel(issued.session, issued.actor(SIGNATORY), project, issued.now)

    assert [task.verb for task in tasks[SIGNATORY]] == ["乙方签署合同"]
    assert tasks[SIGNATORY][0].deadline is not None
    assert tasks[CLERK] == tasks[APPROVER] == tasks["shenji"] == []
    assert panel is not None
    assert panel.steps[0].verdict.ok
    assert panel.papers[0].digest
    page = issued.client(SIGNATORY).get(f"/projects/{project.number}")
    assert "签署合同" in words(page)


def test_contract_page_needs_as_many_statements_for_many_rows(world: World) -> None:
    given_filled_contract(world)
    client = world.client(CLERK)
    client.get(path(world))
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    engine = world.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        client.get(path(world))
    finally:
        event.remove(engine, "before_cursor_execute", note)

    assert count < 45


def test_signing_by_either_side_takes_a_fresh_code(issued: World) -> None:
    for username, state in (
        (SIGNATORY, ContractState.SUPPLIER_SIGNED),
        (APPROVER, ContractState.SIGNED),
    ):
        name = issued.actor(username).name
        contract = contract_of(issued)
        form = {
            "full_name": name,
            "confirmed": "yes",
            "version": str(contract.version),
            "sha256": queries.digest_of_text(issued.session, contract),
            "window_reason": "服务不能中断",
        }
        signer = is_asked_for_a_code(issued, username, path(issued, "sign"), **form)
        assert signer.send(path(issued, "sign"), **form).location == path(issued)
        issued.session.expire_all()
        assert contract_of(issued).state is state


def test_text_that_was_not_the_one_shown_is_not_signed(issued: World) -> None:
    page = issued.client(SIGNATORY).post(
        path(issued, "sign"),
        {"full_name": "苏慧敏", "confirmed": "yes", "sha256": "0" * 64},
        status=409,
    )

    assert "您阅读的合同文本与现在待签的文本不一致" in words(page)
    assert contract_of(issued).state is ContractState.ISSUED
