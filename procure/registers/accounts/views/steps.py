"""What administrators' pages share: a page that is one form, and its words."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import make_response, render_template
from werkzeug.wrappers import Response

from procure.kernel.access import OrganisationKind, Role
from procure.registers.accounts.events import Change, changes_in_words
from procure.registers.accounts.models import Asked, ChangeRequest, User
from procure.registers.accounts.use_cases.two_people import Edited
from procure.render.sheets import CellKind
from procure.web.columns import Col, Table, choices_of, table_of
from procure.web.listing import Filter

ROLE_CHOICES = choices_of(role for role in Role if role is not Role.SYSTEM)
KIND_CHOICES = choices_of(OrganisationKind)
MOST_ASKED = 20
"""Requests that the page of a person or an organisation shows."""
ACTIVE = Filter("active", "状态", (("yes", "使用中"), ("no", "已停用")))


def active_words(is_active: bool) -> str:
    """Whether a record is in use."""
    return "使用中" if is_active else "已停用"


def edited_words(edited: Edited) -> str:
    """What was saved at once, and what waits for a second person."""
    words = []
    if edited.saved:
        words.append(f"{'、'.join(edited.saved)}已保存。")
    if edited.waiting:
        words.append(
            f"{'、'.join(edited.waiting)}的修改已申请，等待安全管理员办理，办理以前仍按原信息。"
        )
    return "".join(words) or "没有改动。"


def asked_table(
    requests: Sequence[ChangeRequest],
    told: Callable[[Any], Iterable[Change]],
) -> Table:
    """What was asked for and what became of it; `told` puts the changes of a request into words."""
    columns: tuple[Col[Any], ...] = (
        Col("act", "申请事项", lambda one: one.act.label),
        Col("standing", "进展", lambda one: standing_of(one, "已撤回", "已办理")),
        Col("proposed_at", "申请时间", kind=CellKind.INSTANT),
        Col("changes", "内容", lambda one: changes_in_words(told(one.changes)), nothing="无"),
        Col("reason", "原因"),
        Col("refusal", "不同意的原因", nothing="无"),
    )
    return table_of("变更申请", columns, requests)


def standing_of(request: Asked, ended: str, done: str) -> str:
    """How far a request is, in the words for one that nobody decided and for one carried out."""
    if request.is_open:
        return "等待安全管理员办理"
    if request.decided_by is None:
        return ended
    return done if request.confirmed else "没有同意"


def role_list(roles: tuple[Role, ...]) -> str:
    """Roles in words."""
    return "、".join(role.label for role in roles) or "没有岗位"


def one_form(
    heading: str, back: str, *, verb: str = "", intro: str = ""
) -> Callable[[], dict[str, object]]:
    """What a page shows that is one form: what it is about, and what its button says."""
    return lambda: {"heading": heading, "verb": verb or heading, "back": back, "intro": intro}


def temporary_password(person: User, password: str, onward: str) -> Response:
    """The page that shows a temporary password, this once."""
    page = render_template(
        "accounts/temporary_password.html", person=person, password=password, onward=onward
    )
    return make_response(page)
