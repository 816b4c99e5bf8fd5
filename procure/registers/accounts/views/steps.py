"""What administrators' pages share: a page that is one form, and its words."""

from collections.abc import Callable, Iterable

from flask import make_response, render_template
from werkzeug.wrappers import Response

from procure.kernel.access import ORGANISATION_KIND_LABELS, ROLE_LABELS, Role
from procure.registers.accounts.events import Change, changes_in_words
from procure.registers.accounts.models import TwoPeople, User
from procure.registers.accounts.use_cases import Edited
from procure.web.listing import Filter
from procure.web.presenters import Column, Row

ROLE_CHOICES = tuple((role.value, ROLE_LABELS[role]) for role in Role if role is not Role.SYSTEM)
KIND_CHOICES = tuple((kind.value, words) for kind, words in ORGANISATION_KIND_LABELS.items())
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


ASKED_COLUMNS = (
    Column("act", "申请事项"),
    Column("standing", "进展"),
    Column("requested", "申请时间"),
    Column("changes", "内容"),
    Column("reason", "原因"),
    Column("refusal", "不同意的原因"),
)


def asked_row(request: TwoPeople, what: str, changes: Iterable[Change]) -> Row:
    """What was asked for and what became of it, as `ASKED_COLUMNS` name it."""
    return Row(
        (
            what,
            _standing_of(request),
            request.requested_at,
            changes_in_words(changes) or "无",
            request.reason,
            request.refusal or "无",
        )
    )


def _standing_of(request: TwoPeople) -> str:
    if request.decided_at is None:
        return "等待安全管理员办理"
    if request.decided_by is None:
        return "已撤回"
    return "已办理" if request.carried_out else "没有同意"


def role_list(roles: tuple[Role, ...]) -> str:
    """Roles in words."""
    return "、".join(ROLE_LABELS[role] for role in roles) or "没有岗位"


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
