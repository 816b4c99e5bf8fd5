"""Whatever is sent to a step is answered in one way, and nothing that was typed is lost."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Blueprint, Flask, render_template
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader

from procure.kernel.access import Permission
from procure.kernel.errors import (
    ALLOWED,
    Conflict,
    Denied,
    DomainError,
    IllegalTransition,
    Invalid,
    NotFound,
    Stale,
    Verdict,
    refused,
)
from procure.web.access import permits
from procure.web.fields.choices import ConfirmField
from procure.web.fields.files import FilesField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import LongTextField, TextField
from procure.web.forms import ProcureForm
from procure.web.steps import Press, Step, press, step
from tests import markup
from tests.integration.web.conftest import MemoryStaging
from tests.page_client import Page

TRIAL = """{% extends "_layouts/public.html" %}{% from "_macros/confirm.html" import confirm %}
{% block title %}试办{% endblock %}
{% block content %}<h1>试办</h1><p>{{ standing }}</p>{{ confirm(form, [], "提交试办", "/", verdict) }}{% endblock %}"""


class Line(RowForm):
    name = TextField("名目")


class TrialForm(ProcureForm):
    title = TextField("名称", maximum=20)
    reason = LongTextField("理由", optional=True)
    lines = RowsField(Line, "明细")
    papers = FilesField("附件", accept=(".pdf",), optional=True)
    sure = ConfirmField("我已核对", optional=True)


@dataclass
class Room:
    """What the views of the test find: the record, whether the step is allowed, what the act does."""

    record: dict[str, Any] = field(default_factory=lambda: {"title": "居家养老"})
    version: int = 7
    verdict: Verdict = ALLOWED
    refusal: DomainError | None = None
    by_others: dict[str, Any] = field(default_factory=dict)
    acted: int = 0
    shown: int = 0

    def act(self, uow: object) -> str:
        self.acted += 1
        if self.refusal is None:
            return "八号"
        # Somebody else's change, known only once the row is held.
        self.record |= self.by_others
        self.version += bool(self.by_others)
        if isinstance(self.refusal, IllegalTransition):
            self.verdict = refused("这件事已经办完。")
        raise self.refusal

    def shows(self) -> dict[str, object]:
        self.shown += 1
        return {"standing": f"第 {self.version} 版"}


def at_once(act: Any) -> Any:
    return act(None)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def visitor(app: Flask, room: Room) -> Iterator[FlaskClient]:
    rooms = Blueprint("rooms", "rooms")
    app.jinja_loader = ChoiceLoader([DictLoader({"trial.html": TRIAL}), app.jinja_loader])

    @step(rooms, "/trial", Permission.PUBLIC, "trial.html")
    def trial() -> Step[str]:
        return Step(
            form=TrialForm(version=room.version, data=room.record),
            verdict=room.verdict,
            act=room.act,
            done=lambda number: f"已办理，编号{number}。",
            back="/done",
            shows=room.shows,
            carry=at_once,
        )

    @rooms.get("/list")
    @permits(Permission.PUBLIC)
    def listing() -> str:
        return render_template(
            "trial.html", form=TrialForm(formdata=None), standing="清单", verdict=None
        )

    @press(rooms, "/list/press", Permission.PUBLIC)
    def pressed() -> Press[str]:
        return Press(act=room.act, back="/list", page="/list", done="已标记。", carry=at_once)

    app.register_blueprint(rooms)
    with app.test_client() as client:
        yield client


TYPED = {"title": "社区助餐", "reason": "第一行\n第二行", "lines-0-name": "质量", "version": "7", "sure": "yes"}  # fmt: skip


def parsed(page: bytes) -> Any:
    return markup.parse(page)


def sent(visitor: FlaskClient, status: int, **changed: Any) -> Page:
    answer = visitor.post("/trial", data={**TYPED, **changed})
    assert answer.status_code == status
    return Page(answer, parsed(answer.data))


def values(page: Page) -> dict[str, str]:
    return {
        one.get("name", ""): one.get("value", "") for one in page.root.iter() if one.get("name")
    }


def test_page_is_drawn_once_and_its_contents_only_then(visitor: FlaskClient, room: Room) -> None:
    assert "第 7 版" in visitor.get("/trial").get_data(as_text=True)
    answer = visitor.post("/trial", data=TYPED)

    assert (answer.status_code, answer.location) == (302, "/done")
    assert (room.acted, room.shown) == (1, 1)
    assert "已办理，编号八号。" in visitor.get("/list").get_data(as_text=True)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (IllegalTransition("没有办成。", rule="《某法》第一条", remedy="请等一等。"), 409),
        (Denied("没有办成。", rule="《某法》第一条", remedy="请等一等。"), 409),
        (Conflict("没有办成。", rule="《某法》第一条", remedy="请等一等。"), 409),
        (Invalid("reason", "没有办成。", "《某法》第一条", "请等一等。"), 400),
    ],
)
def test_refusal_of_the_act_shows_the_form_again_with_all_that_was_typed(
    visitor: FlaskClient, room: Room, refusal: DomainError, status: int
) -> None:
    room.refusal = refusal

    page = sent(visitor, status)

    assert values(page)["title"] == "社区助餐"
    assert "第一行 第二行" in page.text
    assert values(page)["lines-0-name"] == "质量"
    assert values(page)["version"] == "7"
    for words in ("没有办成。", "《某法》第一条", "请等一等。"):
        assert words in page.text
    assert "已保留" in page.text  # what stands over the summary


def test_what_the_refused_act_found_is_asked_again_before_the_page_is_drawn(
    visitor: FlaskClient, room: Room
) -> None:
    room.refusal, room.by_others = IllegalTransition("没有办成。"), {"title": "另一个"}

    page = sent(visitor, 409)

    assert "第 8 版" in page.text
    assert "这件事已经办完。" in page.text
    assert values(page)["title"] == "社区助餐"


def test_refused_verdict_is_told_on_top_and_nothing_is_done(
    visitor: FlaskClient, room: Room
) -> None:
    room.verdict = refused("还没有到时间。", rule="《某法》第二条", remedy="请明天再来。")

    opened = visitor.get("/trial")
    page = sent(visitor, 409)

    assert opened.status_code == 200
    assert room.acted == 0
    assert page.text.count("还没有到时间。") == 2  # on top and at the button
    assert values(page)["title"] == "社区助餐"


def test_what_is_filled_in_wrong_never_reaches_the_act(visitor: FlaskClient, room: Room) -> None:
    page = sent(visitor, 400, title="长" * 21)

    assert room.acted == 0
    assert values(page)["title"] == "长" * 21


def test_a_row_more_is_no_sending(visitor: FlaskClient, room: Room) -> None:
    room.verdict = refused("还没有到时间。")

    page = sent(visitor, 200, **{"rows-add": "lines"})

    assert room.acted == 0
    assert "lines-1-name" in values(page)


def test_an_upload_of_a_refused_step_is_kept_once(
    visitor: FlaskClient, room: Room, staging: MemoryStaging
) -> None:
    room.refusal = IllegalTransition("没有办成。")

    page = sent(visitor, 409, papers=(io.BytesIO(b"%PDF-1.4"), "一.pdf"))

    assert list(staging.files) == ["token-1"]
    assert page.text.count("已保留：一.pdf") == 1


def test_a_change_of_somebody_else_is_shown_beside_what_was_typed(
    visitor: FlaskClient, room: Room
) -> None:
    room.record |= {"reason": "原来的理由", "lines": [{"name": "数量"}]}
    room.refusal = Stale()
    room.by_others = {"title": "居家上门", "lines": [{"name": "数量"}, {"name": "态度"}]}

    page = sent(visitor, 409)

    assert "这条记录刚刚被其他人改过，您的修改没有保存。" in page.text
    assert "以您这次填写的为准" in page.text
    assert "重新打开这一页" not in page.text
    assert "现在保存的内容：居家上门" in page.text
    assert "现在保存的内容：原来的理由" in page.text
    assert "现在保存的内容：第 1 行：数量 第 2 行：态度" in page.text
    assert values(page)["title"] == "社区助餐"
    assert values(page)["version"] == "8"
    sure = next(one for one in page.root.iter() if one.get("name") == "sure")
    assert sure.get("checked") is None  # what was confirmed of the former record is confirmed anew


def test_a_stale_step_of_a_form_without_content_asks_to_look_at_the_page(
    visitor: FlaskClient, room: Room
) -> None:
    room.record, room.refusal, room.by_others = {}, Stale(), {"note": "别处"}

    page = sent(visitor, 409)

    assert "现在保存的内容" not in page.text
    assert "这一页已经换成最新的内容" in page.text
    assert values(page)["version"] == "8"


def test_refused_press_shows_its_page_with_the_refusal(visitor: FlaskClient, room: Room) -> None:
    done = visitor.post("/list/press")
    room.refusal = IllegalTransition("没有办成。", rule="《某法》第一条", remedy="请等一等。")
    refused = visitor.post("/list/press")
    answer = visitor.get(refused.location)
    page = Page(answer, parsed(answer.data))

    assert (done.status_code, done.location) == (302, "/list")
    assert (refused.status_code, refused.location) == (303, "/list")
    assert "清单" in page.text
    assert "没有办成。依据：《某法》第一条。请等一等。" in page.text


def test_what_is_hidden_stays_hidden(visitor: FlaskClient, room: Room) -> None:
    room.refusal = NotFound()

    assert visitor.post("/list/press").status_code == 404
