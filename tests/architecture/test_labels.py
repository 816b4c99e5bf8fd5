"""What a person presses says what it does: a verb and its object, on buttons, tasks and steps."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from procure.desks.steps import STEPS
from procure.kernel.lifecycle import TRANSITIONS
from tests.sources import parsed

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "procure").rglob("*.py"))

OPENING = "(?:甲方|乙方)?(?:继续|重新|核对并|标记全部|去)?"
"""Who acts where two would, and how: none of it is the verb."""

VERBS = (
    "下载|答复|不认可|交回|保存|修改|停用|公告|公开|准备|参加|发布|发送|启动|回答|"
    "填写|委派|安排|完成|宣布|审批|审查|审核|审阅|导出|开始|开|打印|打开|批准|抽取|"
    "报送|取消|拆封|拨动|换|排定|提交|撤回|收回|新增|更换|标记|查找|查看|核实|核对|汇总|"
    "生成|申请|登录|登记|确定|确认|移除|签署|签订|终止|结清|绑定|编制|补正|起草|"
    "进入|送审|送达|退出|退回|锁定|领取|预览|验证|办理|办结|返回|恢复|印制|删除|读入"
)
LABEL = re.compile(f"{OPENING}(?:{VERBS})(?P<object>.+)")

MACRO = re.compile(
    r'\b(?:action|post_action|buttons|quick_form)\((?:form, )?"(?P<label>[^"]+)"(?P<more> ~)?'
)
CONFIRM = re.compile(r'\bconfirm\(form, (?:\[.*?\]|[\w.]+), "(?P<label>[^"]+)"', re.DOTALL)
BUTTON = re.compile(
    r"<button[^>]*>(?:\{\{ icon\([^)]*\) \}\})?(?P<label>[^<{]+)(?P<more><span|\{\{)?", re.DOTALL
)
TODO = re.compile(
    f"等您|可以|请|^(?:{VERBS}|征求|归档|独立|评估前|评审前|到期|按要求)|，(?:{VERBS}|按要求)"
)
"""What a line of the desk begins with, or says behind the comma: that it is the reader's to do."""

HIDDEN = "提交"
"""The button that only the Enter key presses; nobody reads it."""

WHERE = {"NextStep": (0, "label"), "Task": (3, "verb"), "StepOf": (9, "label")}
"""Where a call says what is pressed: its place among the arguments, or its name."""


def in_templates() -> Iterator[tuple[str, str]]:
    for file in TEMPLATES:
        text = file.read_text("utf-8")
        for pattern in (MACRO, CONFIRM, BUTTON):
            for found in pattern.finditer(text):
                more = "……" if found.groupdict().get("more") else ""
                yield found["label"].strip() + more, file.name


def literals(node: ast.AST) -> Iterator[str]:
    """What an expression may be in words; a computed part counts as an object."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "……" for part in node.values
        )


def in_code() -> Iterator[tuple[str, str]]:
    """Steps, tasks, and the rows of the table of steps."""
    for file in MODULES:
        for node in ast.walk(parsed(file.read_text("utf-8"))):
            for label in labels_of(node):
                yield label, file.name


def labels_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WHERE:
        place, name = WHERE[node.func.id]
        named = [one.value for one in node.keywords if one.arg == name]
        for given in named or node.args[place : place + 1]:
            yield from literals(given.body if isinstance(given, ast.Lambda) else given)


@cache
def labels() -> frozenset[tuple[str, str]]:
    """Every label with the file or action it stands in; read when a test asks, not at collection."""
    from_rules = ((row.label, row.action) for row in TRANSITIONS)
    return frozenset({*in_templates(), *in_code(), *from_rules})


def test_label_of_a_step_begins_with_a_verb_and_names_its_object() -> None:
    wrong = [
        f"{where}: {label}"
        for label, where in sorted(labels())
        if label != HIDDEN and not LABEL.fullmatch(label)
    ]
    assert not wrong, "\n".join(wrong)


def test_line_of_the_desk_says_what_to_do_not_how_things_stand() -> None:
    told = {row.todo for row in STEPS if isinstance(row.todo, str) and row.todo}

    assert len(told) > 30
    assert not sorted(one for one in told if not TODO.search(one))


@pytest.mark.parametrize(
    "state", ["资格和符合性待审查", "采购文件已领取，尚未参加投标", "正在编制"]
)
def test_state_is_no_line_of_the_desk(state: str) -> None:
    assert not TODO.search(state)


def test_labels_are_found_in_templates_and_in_code() -> None:
    found = {label for label, _ in labels()}
    assert {"开标", "填写评分", "审查资格和符合性", "登记国库支付", "终止采购活动"} <= found
    assert len(found) > 150


@pytest.mark.parametrize("noun", ["资格和符合性审查", "独立评分", "合同备案", "服务记录", "提交"])
def test_noun_or_bare_verb_is_no_label(noun: str) -> None:
    assert not LABEL.fullmatch(noun)
