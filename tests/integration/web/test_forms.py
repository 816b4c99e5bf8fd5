"""A form that fails keeps everything: text, rows, files, the one-time key."""

import io
import re

import pytest
from flask import Flask, flash, render_template_string
from flask.testing import FlaskClient

from procure.kernel.errors import Conflict, IllegalTransition, Invalid, Stale
from procure.web.fields.files import FileField, FilesField
from procure.web.fields.numbers import DecimalField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import LongTextField, SecretField, TextField
from procure.web.forms import ProcureForm
from tests import markup
from tests.integration.web.conftest import MemoryStaging

PAGE = """{% extends "_layouts/public.html" %}{% from "_macros/form.html" import quick_form %}
{% block title %}试填{% endblock %}
{% block content %}<h1>试填</h1>{{ quick_form(form, "保存内容") }}{% endblock %}"""


class Line(RowForm):
    name = TextField("名目")
    points = DecimalField("分值", most=100)


class TrialForm(ProcureForm):
    title = TextField("名称", maximum=20)
    reason = LongTextField("理由", optional=True, mark="退回时必填")
    secret = SecretField("口令", optional=True)
    lines = RowsField(Line, "明细", minimum=1, maximum=3, distinct="name")
    paper = FileField("合同", accept=(".pdf",), megabytes=1, optional=True)
    others = FilesField("附件", accept=(".pdf", ".png"), most=2, optional=True)


GOOD = {"title": "居家养老", "lines-0-name": "质量", "lines-0-points": "60", "version": "7"}


@pytest.fixture
def trial(app: Flask) -> Flask:
    app.extensions["trial"] = {}

    @app.route("/trial", methods=["GET", "POST"])
    def trial_page() -> tuple[str, int]:
        form = TrialForm(version=7)
        seen = app.extensions["trial"]
        seen["accepted"] = form.validate_on_submit()
        seen["form"] = form
        refusal = seen.get("refusal")
        if seen["accepted"] and refusal is not None:
            form.add_refusal(refusal)
        elif seen["accepted"]:
            seen["paper"] = form.paper.data
            seen["others"] = form.others.data
            seen["lines"] = form.lines.data
            flash("内容已保存。", "done")
        return render_template_string(PAGE, form=form), form.status

    return app


@pytest.fixture
def visitor(trial: Flask) -> FlaskClient:
    return trial.test_client()


def field_values(page: bytes) -> dict[str, str]:
    """What the inputs of the page contain, by name."""
    tree = markup.parse(page)
    return {
        element.attrib["name"]: element.attrib.get("value", "")
        for element in tree.iter("input")
        if "name" in element.attrib
    }


def test_label_says_when_a_field_may_stay_blank(visitor: FlaskClient) -> None:
    tree = markup.parse(visitor.get("/trial").data)
    labels = {"".join(label.itertext()).strip() for label in tree.iter("label")}

    assert {"名称", "理由 退回时必填", "合同 选填"} <= labels


def test_post_right_input_is_accepted(trial: Flask, visitor: FlaskClient) -> None:
    answer = visitor.post("/trial", data=GOOD)

    assert trial.extensions["trial"]["accepted"]
    assert answer.status_code == 200
    assert "内容已保存。" in answer.get_data(as_text=True)


def test_post_wrong_input_keeps_what_was_typed_and_links_each_error_to_its_field(
    visitor: FlaskClient,
) -> None:
    answer = visitor.post("/trial", data={**GOOD, "title": "长" * 21, "lines-0-points": "六十"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert field_values(answer.data)["title"] == "长" * 21
    assert field_values(answer.data)["lines-0-points"] == "六十"
    assert 'href="#title"' in page
    assert 'href="#lines-0-points"' in page
    assert "明细第 1 行：“分值”不是可以识别的数字。" in page


def test_post_wrong_input_keeps_version_and_one_time_key(visitor: FlaskClient) -> None:
    first = field_values(visitor.get("/trial").data)

    sent = {**GOOD, "title": "", "version": "7", "idempotency_key": first["idempotency_key"]}
    again = field_values(visitor.post("/trial", data=sent).data)

    assert first["version"] == again["version"] == "7"
    assert again["idempotency_key"] == first["idempotency_key"]
    assert re.fullmatch(r"[\w-]{16,64}", first["idempotency_key"])


def test_post_forged_one_time_key_is_replaced(trial: Flask, visitor: FlaskClient) -> None:
    visitor.post("/trial", data={**GOOD, "idempotency_key": "<script>"})

    key = trial.extensions["trial"]["form"].idempotency_key.data
    assert re.fullmatch(r"[\w-]{16,64}", key)


@pytest.mark.parametrize("version", ["x", "-1", "٣", "9" * 40])
def test_post_broken_version_asks_to_reload(visitor: FlaskClient, version: str) -> None:
    answer = visitor.post("/trial", data={**GOOD, "version": version})

    assert answer.status_code == 400
    assert "这个页面已经过期。" in answer.get_data(as_text=True)


@pytest.mark.parametrize("sent", [{key: GOOD[key] for key in GOOD if key != "version"}, {}])
def test_post_without_the_version_is_stale_and_never_taken_for_the_present_one(
    trial: Flask, visitor: FlaskClient, sent: dict[str, str]
) -> None:
    answer = visitor.post("/trial", data=sent)

    assert answer.status_code == 409
    assert not trial.extensions["trial"]["accepted"]
    assert "这个页面已经过期。" in answer.get_data(as_text=True)


def test_post_secret_is_never_sent_back(visitor: FlaskClient) -> None:
    answer = visitor.post("/trial", data={"version": "7", "title": "", "secret": "hunter-two"})

    assert b"hunter-two" not in answer.data


@pytest.mark.parametrize("bad", ["居\x00家", "居\x1b家", "\ufffe", "a\x7f"])
def test_post_characters_that_cannot_be_kept_are_refused_without_them(
    visitor: FlaskClient, bad: str
) -> None:
    answer = visitor.post("/trial", data={**GOOD, "title": bad})

    assert answer.status_code == 400
    assert "无法保存的字符" in answer.get_data(as_text=True)


def test_post_lone_surrogate_in_json_is_refused_not_a_failure(visitor: FlaskClient) -> None:
    answer = visitor.post(
        "/trial",
        data='{"title": "\\ud800", "lines-0-name": 5, "version": 7}',
        content_type="application/json",
    )

    assert answer.status_code == 400
    assert "无法保存的字符" in answer.get_data(as_text=True)


def test_post_endless_text_is_cut_and_refused(visitor: FlaskClient) -> None:
    answer = visitor.post("/trial", data={**GOOD, "reason": "长" * 120_000})

    assert answer.status_code == 400
    assert "填写的内容太长，超出的部分没有保留。" in answer.get_data(as_text=True)


def test_rows_of_one_name_are_refused_at_the_second_however_it_is_written(
    visitor: FlaskClient,
) -> None:
    row = {"lines-1-name": " 质\u200b　量", "lines-1-points": "40"}
    answer = visitor.post("/trial", data={**GOOD, **row})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "明细第 2 行：“名目”与第 1 行相同。" in page
    assert "明细第 1 行" not in page
    assert field_values(answer.data)["lines-1-points"] == "40"


@pytest.mark.parametrize(
    "name", ["lines-²-name", "lines-9999999999-name", "lines--name", "lines-٣-points", "x" * 300]
)
def test_post_strange_field_names_are_no_failure(visitor: FlaskClient, name: str) -> None:
    assert visitor.post("/trial", data={**GOOD, name: "1"}).status_code in {200, 400}


def test_rows_add_gives_one_more_row_without_complaints(visitor: FlaskClient) -> None:
    answer = visitor.post(
        "/trial", data={"version": "7", "lines-0-name": "质量", "rows-add": "lines"}
    )

    values = field_values(answer.data)
    assert answer.status_code == 200
    assert values["lines-0-name"] == "质量"
    assert values["lines-1-name"] == ""
    assert b"data-error-summary" not in answer.data


def test_rows_add_at_the_maximum_gives_no_more(trial: Flask, visitor: FlaskClient) -> None:
    rows = {f"lines-{number}-name": "项" for number in range(3)}

    answer = visitor.post("/trial", data={"version": "7", **rows, "rows-add": "lines"})

    assert len(trial.extensions["trial"]["form"].lines.entries) == 3
    assert "最多 3 行" in answer.get_data(as_text=True)


def test_rows_remove_takes_out_the_row_and_moves_the_others_up(visitor: FlaskClient) -> None:
    rows = {f"lines-{number}-name": f"第{number}" for number in range(3)}

    values = field_values(
        visitor.post("/trial", data={"version": "7", **rows, "rows-remove": "lines-1"}).data
    )

    assert values["lines-0-name"] == "第0"
    assert values["lines-1-name"] == "第2"
    assert "lines-2-name" not in values


def test_block_pasted_is_read_in_behind_the_filled_rows_and_checked(
    trial: Flask, visitor: FlaskClient
) -> None:
    rows = {"lines-0-name": "质量", "lines-0-points": "60", "lines-1-name": " "}
    block = {"rows-block-lines": "进度\t四十\n人员\t\t多\n"}

    answer = visitor.post("/trial", data={"version": "7", **rows, **block, "rows-add": "lines"})

    values, page = field_values(answer.data), answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert [values[f"lines-{row}-name"] for row in range(3)] == ["质量", "进度", "人员"]
    assert values["lines-1-points"] == "四十"
    assert "已读入 2 行，还没有保存，请核对。有 1 处不合适，已经标出：第 2 行“分值”。" in page
    assert "第 3 行在最后一列“分值”右边还有内容，没有读入。" in page
    assert "请填写" not in page
    assert re.search(r"<input[^>]*autofocus[^>]*name=.lines-1-name.", page)

    # Who sends the form with the block still in its box has not seen what becomes of it.
    page = visitor.post("/trial", data={**GOOD, **block}).get_data(as_text=True)
    assert not trial.extensions["trial"]["accepted"]
    assert "从表格粘贴到“明细”的内容还没有读入。" in page
    assert "进度\t四十" in page


def test_words_that_are_no_block_do_not_keep_a_form_from_being_sent(
    trial: Flask, visitor: FlaskClient
) -> None:
    visitor.post("/trial", data={**GOOD, "rows-block-lines": "随手写的一句话"})
    assert trial.extensions["trial"]["accepted"]

    words = {"rows-block-lines": "进度", "rows-add": "lines"}
    values = field_values(visitor.post("/trial", data={**GOOD, **words}).data)
    assert values["lines-1-name"] == "进度"


def test_block_with_too_many_rows_stays_in_its_box(visitor: FlaskClient) -> None:
    block = {"rows-block-lines": "甲\n乙\n丙\n", "rows-add": "lines"}
    answer = visitor.post("/trial", data={"version": "7", "lines-0-name": "质量", **block})

    page = answer.get_data(as_text=True)
    assert "超过最多 3 行" in page
    assert ">甲\n乙\n丙</textarea>" in page
    assert field_values(answer.data)["lines-0-name"] == "质量"
    assert "lines-1-name" not in field_values(answer.data)


@pytest.mark.parametrize(
    ("sent", "focus"),
    [
        ({"rows-add": "lines"}, "lines-2-name"),
        ({"rows-remove": "lines-0"}, "lines-0-name"),
        ({"rows-remove": "lines-1"}, "lines-0-name"),
    ],
)
def test_page_goes_on_where_the_rows_have_changed(
    visitor: FlaskClient, sent: dict[str, str], focus: str
) -> None:
    rows = {"lines-0-name": "质量", "lines-1-name": "进度"}
    page = visitor.post("/trial", data={"version": "7", **rows, **sent}).get_data(as_text=True)
    begun = re.findall(r"<[a-z]+[^>]*autofocus[^>]*>", page)
    assert len(begun) == 1 and f'name="{focus}"' in begun[0]


def test_rows_blank_row_beyond_the_minimum_is_passed_over(
    trial: Flask, visitor: FlaskClient
) -> None:
    visitor.post("/trial", data={**GOOD, "lines-1-name": " ", "lines-1-points": ""})

    assert [row["name"] for row in trial.extensions["trial"]["lines"]] == ["质量"]


def test_refusal_invalid_stands_at_its_field_with_rule_and_remedy(
    trial: Flask, visitor: FlaskClient
) -> None:
    trial.extensions["trial"]["refusal"] = Invalid(
        "lines-0-points", "合计应为 100 分。", "《某办法》第五条", "请补足。"
    )

    answer = visitor.post("/trial", data=GOOD)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'href="#lines-0-points"' in page
    assert "依据：《某办法》第五条" in page
    assert trial.extensions["trial"]["form"].find("lines.0.points").errors == ["合计应为 100 分。"]


@pytest.mark.parametrize("field", ["nowhere", "lines-9-points", "", "idempotency_key", "title-x"])
def test_refusal_invalid_without_a_field_on_the_page_is_told_all_the_same(
    trial: Flask, visitor: FlaskClient, field: str
) -> None:
    trial.extensions["trial"]["refusal"] = Invalid(field, "这里不对。")

    assert "这里不对。" in visitor.post("/trial", data=GOOD).get_data(as_text=True)


@pytest.mark.parametrize("refusal", [Stale(), IllegalTransition("不是时候。"), Conflict("已有。")])
def test_refusal_of_other_kinds_stands_above_the_form_as_conflict(
    trial: Flask, visitor: FlaskClient, refusal: Exception
) -> None:
    trial.extensions["trial"]["refusal"] = refusal

    answer = visitor.post("/trial", data=GOOD)

    assert answer.status_code == 409
    assert "没有办理成功，除密码以外，填写的内容都已保留" in answer.get_data(as_text=True)
    assert "处需要改正" not in answer.get_data(as_text=True)
    assert str(refusal) in answer.get_data(as_text=True)
    assert field_values(answer.data)["title"] == "居家养老"


def test_file_survives_a_failing_form(trial: Flask, visitor: FlaskClient) -> None:
    sent = {"version": "7", "title": "", "paper": (io.BytesIO(b"%PDF-1.7 x"), "合同.pdf")}
    failed = visitor.post("/trial", data=sent)
    token = field_values(failed.data)["paper-kept"]
    assert failed.status_code == 400
    assert "已保留：合同.pdf" in failed.get_data(as_text=True)

    visitor.post("/trial", data={**GOOD, "paper-kept": token})

    paper = trial.extensions["trial"]["paper"]
    assert paper.filename == "合同.pdf"
    assert paper.open().read() == b"%PDF-1.7 x"


def test_file_of_somebody_else_cannot_be_taken(
    trial: Flask, visitor: FlaskClient, staging: object
) -> None:
    token = staging.put(io.BytesIO(b"%PDF secret"), "他人.pdf", "person-2")

    answer = visitor.post("/trial", data={**GOOD, "paper-kept": token})

    assert trial.extensions["trial"]["paper"] is None
    assert "他人" not in answer.get_data(as_text=True)


def test_file_of_another_form_is_judged_by_the_field_that_gets_it(
    trial: Flask, visitor: FlaskClient, staging: object
) -> None:
    picture = staging.put(io.BytesIO(b"PNG"), "照片.png", "person-1")
    large = staging.put(io.BytesIO(b"x" * 1_000_001), "大.pdf", "person-1")
    fit = staging.put(io.BytesIO(b"x"), "好.png", "person-1")

    sent = {"paper-kept": [picture, large], "others-kept": fit}
    page = visitor.post("/trial", data={**GOOD, **sent}).get_data(as_text=True)

    assert not trial.extensions["trial"]["accepted"]
    assert "“照片.png”的类型不符合要求。" in page
    assert "“大.pdf”有" in page
    assert "已保留：好.png" in page
    assert f'value="{picture}"' not in page


def test_file_that_is_refused_loses_none_of_those_chosen_with_it(visitor: FlaskClient) -> None:
    uploads = [
        (io.BytesIO(b"1"), "甲.pdf"),
        (io.BytesIO(b"2"), "照片.heic"),
        (io.BytesIO(b"3"), "乙.png"),
    ]

    page = visitor.post("/trial", data={**GOOD, "others": uploads}).get_data(as_text=True)

    assert "已保留：甲.pdf" in page
    assert "已保留：乙.png" in page
    assert "“照片.heic”的类型不符合要求。" in page
    assert "兼容性最佳" in page


def test_file_that_gets_no_turn_is_told_so_and_loses_nothing_else(
    visitor: FlaskClient, staging: MemoryStaging
) -> None:
    """Nine requests of one person once held all threads of the server."""
    kept = visitor.post("/trial", data={"version": "7", "others": (io.BytesIO(b"1"), "甲.pdf")})
    token = field_values(kept.data)["others-kept"]
    uploads = {"paper": (io.BytesIO(b"2"), "乙.pdf"), "others": (io.BytesIO(b"3"), "丙.png")}
    sent = {"others-kept": token, "file-add": "others"}

    with staging.turn("person-1"):
        refused = visitor.post("/trial", data={**GOOD, **sent, **uploads})

    page = refused.get_data(as_text=True)
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) < 10
    assert "“丙.png”没有保存。您还有文件正在检查，请等它办完再选。" in page
    assert "已保留：甲.pdf" in page
    assert all(str(value) in page for value in GOOD.values() if isinstance(value, str))
    again = {"paper": (io.BytesIO(b"2"), "乙.pdf"), "others": (io.BytesIO(b"3"), "丙.png")}
    taken = visitor.post("/trial", data={**GOOD, **sent, **again}).get_data(as_text=True)
    assert "已保留：乙.pdf" in taken
    assert "已保留：丙.png" in taken


def test_file_newer_upload_takes_the_place_of_the_older(trial: Flask, visitor: FlaskClient) -> None:
    first = visitor.post("/trial", data={"version": "7", "paper": (io.BytesIO(b"one"), "一.pdf")})
    token = field_values(first.data)["paper-kept"]

    visitor.post(
        "/trial", data={**GOOD, "paper-kept": token, "paper": (io.BytesIO(b"two"), "二.pdf")}
    )

    assert trial.extensions["trial"]["paper"].filename == "二.pdf"


def test_file_remove_takes_one_back_and_keeps_the_rest(visitor: FlaskClient) -> None:
    uploads = [(io.BytesIO(b"1"), "甲.pdf"), (io.BytesIO(b"2"), "乙.png")]
    first = visitor.post("/trial", data={"version": "7", "others": uploads})
    tokens = re.findall(r'name="others-kept" value="([^"]+)"', first.get_data(as_text=True))
    assert len(tokens) == 2

    answer = visitor.post(
        "/trial", data={"version": "7", "others-kept": tokens, "file-remove": f"others:{tokens[0]}"}
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "甲.pdf" not in page
    assert "已保留：乙.png" in page


def test_file_sent_ahead_is_kept_without_complaints_about_the_rest(
    trial: Flask, visitor: FlaskClient
) -> None:
    ahead = {"title": "", "file-add": "paper", "paper": (io.BytesIO(b"%PDF-1.7 x"), "合同.pdf")}
    answer = visitor.post("/trial", data=ahead)

    assert answer.status_code == 200
    assert "已保留：合同.pdf" in answer.get_data(as_text=True)
    assert not trial.extensions["trial"]["accepted"]


def test_file_sent_ahead_is_judged_alone(visitor: FlaskClient) -> None:
    ahead = {"title": "", "file-add": "paper", "paper": (io.BytesIO(b"MZ"), "病毒.exe")}
    page = visitor.post("/trial", data=ahead).get_data(as_text=True)

    assert "有 1 处需要改正" in page
    assert "的类型不符合要求。" in page


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"MZ", "病毒.exe", "的类型不符合要求。"),
        (b"", "空.pdf", "是空文件"),
        (b"x" * 1_000_001, "大.pdf", "超过每个文件 1 MB 的上限。"),
    ],
)
def test_file_unfit_upload_is_refused_in_chinese(
    visitor: FlaskClient, content: bytes, name: str, words: str
) -> None:
    answer = visitor.post("/trial", data={**GOOD, "paper": (io.BytesIO(content), name)})
    # A large body lies in a temporary file that the test client leaves open.
    answer.request.environ["wsgi.input"].close()

    assert answer.status_code == 400
    assert words in answer.get_data(as_text=True)


def test_file_more_than_allowed_are_refused(visitor: FlaskClient) -> None:
    uploads = [(io.BytesIO(b"1"), f"{number}.pdf") for number in range(3)]

    answer = visitor.post("/trial", data={**GOOD, "others": uploads})

    assert "“附件”最多 2 个文件，现在有 3 个。" in answer.get_data(as_text=True)
