"""The pages of payments, clicked through as provider, clerk, approver and treasurer."""

from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import update

from procure.kernel.access import Level
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import ContractState, PaymentRequestState
from procure.kernel.money import Money
from procure.stages.contracts.models import Contract
from procure.stages.payments import case
from procure.stages.payments.case import todo
from procure.stages.payments.gates import items_to_check
from procure.stages.payments.use_cases.pay import pay_share
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.counting import counted
from tests.factories.payments import (
    TREASURER,
    given_request,
    given_reviewed_request,
    line_of,
    money_of,
    paying,
    request_of,
)
from tests.factories.proving import is_asked_for_a_code
from tests.factories.registers import pdf_file
from tests.page_client import Page
from tests.world import World


@pytest.fixture
def world(embedded_served_world: World) -> World:
    """A filed contract in its first week of service."""
    return embedded_served_world


def path(world: World, page: str = "") -> str:
    """The address of a page of the contract's money."""
    start = f"/projects/{contract_of(world).project.number}/payments"
    return f"{start}/{page}" if page else start


def invoice(world: World, number: str = "26442000000012345678") -> dict[str, object]:
    """What the provider types and uploads."""
    return {
        "invoice_number": number,
        "invoice_on": local_date(world.now).isoformat(),
        "invoice_amount": Money(line_of(world, 1).instalment.amount_fen).format()[1:],
        "invoice_seller": contract_of(world).supplier.name,
        "invoice_buyer": contract_of(world).buyer.name,
        "invoice": (BytesIO(pdf_file()), "发票.pdf"),
        "purpose": "第 1 期服务费",
    }


def found_in_order(world: World, position: int = 1) -> dict[str, object]:
    """What the clerk answers of a request that may go on."""
    items = items_to_check(line_of(world, position).instalment.trigger)
    return {"judgement": "agree", "note": "条件具备。"} | {item.value: "yes" for item in items}


def paid_today(world: World, level: Level, order: str) -> dict[str, str]:
    """What the treasurer types."""
    return {
        "level": level.value,
        "order_number": order,
        "bank_on": local_date(world.now).isoformat(),
        "quota_number": "财预〔2026〕31号",
        "method": "direct",
        "received_number": "财拨〔2026〕12号",
        "confirmed": "yes",
    }


def shown(answer: object) -> Page:
    """The answer as a page."""
    assert isinstance(answer, Page)
    return answer


def test_instalment_is_clicked_from_request_to_payment(world: World) -> None:
    as_data = {"invoice": (BytesIO(b"<Data><Number>26442000</Number></Data>"), "发票.xml")}
    world.client(MEMBER).post(path(world, "1/request"), invoice(world) | as_data)
    assert "还有" in world.client(MEMBER).get(path(world, "1")).text
    assert "看不出是不是发票" in world.client(CLERK).get(path(world, "1")).text
    world.client(CLERK).post(path(world, "1/review"), found_in_order(world))
    world.client(APPROVER).post(
        path(world, "1/approve"), {"judgement": "agree", "confirmed": "yes"}
    )
    for at, level in enumerate(list(line_of(world, 1).owed)):
        world.client(TREASURER).post(
            path(world, "1/pay"),
            paid_today(world, level, f"ZF-2026-0000{at}"),
        )

    assert request_of(world, 1).state is PaymentRequestState.PAID
    page = world.client(MEMBER).get(path(world, "1"))
    assert "款项已全部支付" in page.text
    assert "ZF-2026-00000" in page.text
    assert "资金支付单" in page.text


def test_provider_reads_what_each_instalment_waits_for(world: World) -> None:
    page = world.client(MEMBER).get(path(world))

    assert "可以申请" in page.text
    assert "等待中期评估合格" in page.text
    assert "等待履约验收合格并公告" in page.text
    assert Money(contract_of(world).amount_fen).format() in page.text


def test_request_page_of_a_closed_instalment_shows_why_not(world: World) -> None:
    page = world.client(MEMBER).get(path(world, "2/request"))

    assert "等待中期评估合格" in page.text


def test_request_with_a_bad_date_keeps_number_and_file(world: World) -> None:
    client = world.client(MEMBER)
    typed = invoice(world) | {"invoice_on": "2031-01-01"}
    page = shown(client.post(path(world, "1/request"), typed, status=400))

    assert "26442000000012345678" in page.response.get_data(as_text=True)
    assert "发票.pdf" in page.text
    client.post(
        path(world, "1/request"),
        {key: value for key, value in invoice(world).items() if key != "invoice"},
        page=page,
    )
    assert request_of(world, 1).state is PaymentRequestState.SUBMITTED


def test_request_with_a_used_invoice_number_is_told_at_the_field(world: World) -> None:
    given_request(world)
    page = shown(
        world.client(MEMBER).post(path(world, "1/request"), invoice(world, "OTHER"), status=409)
    )

    assert "已经申请过" in page.text


def test_returned_request_is_put_right_on_the_page(world: World) -> None:
    given_request(world)
    world.client(CLERK).post(
        path(world, "1/review"),
        {"judgement": "return", "kind": "invoice_head", "note": "抬头不对。"},
    )
    page = world.client(MEMBER).get(path(world, "1/request"))
    assert "抬头不对。" in page.text
    assert "最初应于" in page.text
    typed = invoice(world, "INV-NEW")
    del typed["invoice"]
    world.client(MEMBER).post(path(world, "1/request"), typed, page=page)

    assert request_of(world, 1).invoice_number == "INV-NEW"
    assert request_of(world, 1).state is PaymentRequestState.SUBMITTED


def test_return_without_reason_is_told(world: World) -> None:
    given_request(world)
    for typed, words in (
        ({"judgement": "return", "kind": "other"}, "退回要写明理由"),
        ({"judgement": "return", "note": "请补正。"}, "请选择退回的原因"),
    ):
        page = shown(world.client(CLERK).post(path(world, "1/review"), typed, status=400))
        assert words in page.text


def test_pay_page_offers_only_levels_that_owe(embedded_paid_world: World) -> None:
    world = embedded_paid_world
    page = world.client(TREASURER).get(path(world, "1/pay"))

    assert "已支付" in page.text
    assert line_of(world, 1).owed == {}


def test_stranger_finds_no_money(world: World) -> None:
    for username in ("jigou2", "zhuanjia1", "pinggu1", "xitong", "mulu"):
        assert world.client(username).raw("GET", path(world)).status_code in (403, 404)


def test_step_of_another_office_is_denied(world: World) -> None:
    given_request(world)

    for username, page in (
        (MEMBER, "1/review"),
        (CLERK, "1/approve"),
        (APPROVER, "1/pay"),
        (TREASURER, "1/request"),
    ):
        assert world.client(username).raw("GET", path(world, page)).status_code == 403


def test_review_page_of_an_unasked_instalment_is_not_found(world: World) -> None:
    assert world.client(CLERK).raw("GET", path(world, "3/review")).status_code == 404
    assert world.client(CLERK).raw("GET", path(world, "99")).status_code == 404


def test_list_shows_own_requests_only(world: World) -> None:
    given_request(world)

    assert "共 1 笔申请" in world.client(CLERK).get("/payments").text
    assert "共 1 笔申请" in world.client(MEMBER).get("/payments?state=submitted").text
    assert "还没有支付申请" in world.client("jigou2").get("/payments").text
    assert world.client(CLERK).raw("GET", "/payments?state=nothing").status_code == 400


def test_todo_passes_from_hand_to_hand(world: World) -> None:
    def verbs(username: str) -> list[str]:
        return [t.verb for t in todo(world.session, world.actor(username), world.now)]

    assert verbs(MEMBER) == ["申请支付款项"]
    given_request(world)
    assert (verbs(MEMBER), verbs(CLERK), verbs(APPROVER)) == ([], ["核对支付申请"], [])


def test_todo_reaches_approver_then_treasurer(world: World) -> None:
    def verbs(username: str) -> list[str]:
        return [t.verb for t in todo(world.session, world.actor(username), world.now)]

    given_reviewed_request(world)
    assert verbs(APPROVER) == ["审批支付申请"]
    assert verbs(TREASURER) == []


def test_todo_of_the_treasurer_names_the_last_lawful_day(embedded_approved_world: World) -> None:
    world = embedded_approved_world
    tasks = todo(world.session, world.actor(TREASURER), world.now)

    assert [task.verb for task in tasks] == ["办理国库支付"]
    assert tasks[0].deadline is not None


@pytest.mark.parametrize(
    ("username", "given", "verb"),
    [
        (CLERK, given_request, "核对支付申请（第 1 期款项）"),
        (APPROVER, given_reviewed_request, "审批支付申请（第 1 期款项）"),
    ],
)
def test_request_whose_condition_fell_away_can_still_be_sent_back(
    world: World, username: str, given: Callable[[World], object], verb: str
) -> None:
    given(world)
    world.session.execute(update(Contract).values(state=ContractState.PUBLISHED))
    world.session.commit()
    project = contract_of(world).project

    panel = case.panel(world.session, world.actor(username), project, world.now)

    assert panel is not None
    assert [step.verdict.ok for step in panel.steps if step.label == verb] == [True]


def test_case_page_shows_the_money(embedded_paid_world: World) -> None:
    world = embedded_paid_world
    project = contract_of(world).project
    for username in (MEMBER, CLERK, APPROVER, TREASURER, "shenji"):
        panel = case.panel(world.session, world.actor(username), project, world.now)

        assert panel is not None
        assert "资金支付" in world.client(username).get(f"/projects/{project.number}").text


def test_case_page_names_the_instalment_of_a_date_and_drops_dates_that_were_met(
    embedded_approved_world: World,
) -> None:
    world = embedded_approved_world
    project = contract_of(world).project

    def labels() -> list[str]:
        panel = case.panel(world.session, world.actor(CLERK), project, world.now)
        assert panel is not None
        return [line.label for line in panel.deadlines]

    (label,) = labels()
    assert label.startswith("第 1 期")

    for level in list(line_of(world, 1).owed):
        with world.uow(TREASURER) as uow:
            pay_share(uow, paying(world, level))
    assert labels() == []


def test_queries_of_the_money_page_do_not_grow_with_payments(world: World) -> None:
    client = world.client(CLERK)
    client.get(path(world))
    given_request(world)
    client.get(path(world))
    few = counted(world, lambda: client.get(path(world)))
    request = request_of(world, 1)
    assert request.state is PaymentRequestState.SUBMITTED
    assert money_of(world).paid_fen == 0
    assert counted(world, lambda: client.get(path(world))) <= few


def test_list_as_a_file_holds_every_request(world: World) -> None:
    given_request(world)
    answer = world.client(CLERK).raw("GET", "/payments?format=csv")

    request = request_of(world, 1)
    heading, line = answer.get_data().decode("utf-8-sig").splitlines()[:2]
    assert request.number in line
    assert request.invoice_number in line
    told = {"支付期限", "已逾期", "付清时间", "各级支付", "支付令", "发票号码", "开票日期"}
    assert told <= set(heading.split(","))
    assert world.client(CLERK).raw("GET", "/payments?format=xlsx").data.startswith(b"PK")


def test_approving_a_payment_takes_a_fresh_code(world: World) -> None:
    given_reviewed_request(world)
    form = {"judgement": "agree", "confirmed": "yes", "version": str(request_of(world, 1).version)}
    approver = is_asked_for_a_code(world, APPROVER, path(world, "1/approve"), **form)

    assert approver.send(path(world, "1/approve"), **form).status_code == 302
    world.session.expire_all()
    assert request_of(world, 1).state is PaymentRequestState.APPROVED


def test_paying_takes_a_fresh_code(embedded_approved_world: World) -> None:
    world = embedded_approved_world
    level = next(iter(line_of(world, 1).owed))
    form = paid_today(world, level, "ZF-2026-00001")
    form |= {"version": str(request_of(world, 1).version)}
    treasurer = is_asked_for_a_code(world, TREASURER, path(world, "1/pay"), **form)

    assert treasurer.send(path(world, "1/pay"), **form).location == path(world, "1")
    world.session.expire_all()
    assert level not in line_of(world, 1).owed


def test_bounced_payment_is_clicked_back_and_paid_again(embedded_paid_world: World) -> None:
    world = embedded_paid_world
    today = local_date(world.now).isoformat()
    typed = {
        "level": "district",
        "kind": "bounced",
        "reference": "TP20260001",
        "bank_on": today,
        "reason": "收款账户已销户。",
    }
    world.client(TREASURER).post(path(world, "1/reverse"), typed)
    world.client(TREASURER).post(path(world, "1/reversal"), {"agreed": "yes"}, status=409)
    page = world.client(APPROVER).get(path(world, "1/reversal"))
    assert "收款账户已销户" in page.text
    world.client(APPROVER).post(path(world, "1/reversal"), {"agreed": "yes", "note": "属实。"})
    assert request_of(world, 1).state is PaymentRequestState.APPROVED
    assert "退票" in world.client(MEMBER).get(path(world, "1")).text
    world.client(TREASURER).post(
        path(world, "1/pay"), paid_today(world, Level.DISTRICT, "ZF-2026-00099")
    )
    assert request_of(world, 1).state is PaymentRequestState.PAID


def test_treasurer_sends_a_request_back_on_the_page(embedded_approved_world: World) -> None:
    world = embedded_approved_world
    world.client(TREASURER).post(path(world, "1/send-back"), {"reason": "户名不符。"})

    assert request_of(world, 1).state is PaymentRequestState.SUBMITTED
    assert "户名不符" in world.client(CLERK).get(path(world, "1")).text
