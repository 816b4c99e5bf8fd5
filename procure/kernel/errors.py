"""The family of refusals.

Every refusal says in plain Chinese what is wrong, which rule says so and what to do. The web turns
each class into one kind of page in one place; the command line prints the same words.
"""

from dataclasses import dataclass

REOPEN = "请从“我的待办”、项目页或列表重新打开这一页"
"""How a remedy begins that wants the newest content looked at."""


REOPEN_FOR_VISITORS = "请从原来的链接或网址重新打开这一页"
"""The same for who has neither tasks nor cases: a visitor, or a recipient with a link of their own."""

FROM_TASKS = "从“我的待办”重新进入"
"""How a remedy sends somebody back who followed an address that leads nowhere."""


class DomainError(Exception):
    """A refusal by a rule of the procedure, worded for the person who caused it."""

    def __init__(self, message: str, *, rule: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule
        self.remedy = remedy

    def __str__(self) -> str:
        return self.message


class Invalid(DomainError):
    """What was entered breaks a rule; goes back to the form beside the field it names."""

    def __init__(
        self,
        field: str,
        message: str,
        rule: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, rule=rule, remedy=remedy)
        self.field = field


class Denied(DomainError):
    """This actor may not do this; says why not."""


class NotFound(DomainError):
    """There is nothing here, or nothing this actor may know to exist."""

    def __init__(self, message: str = "没有找到您要看的内容，或您无权查看。") -> None:
        super().__init__(message, remedy=f"请核对网址，或{FROM_TASKS}。")


class IllegalTransition(DomainError):
    """The case is not in a state from which this step can be taken."""


class DeadlinePassed(DomainError):
    """A period set by law or by the tender document is over."""


class TooEarly(DomainError):
    """A minimum period set by law has not run out yet."""


class Stale(DomainError):
    """The same record was changed after it was loaded, by somebody else or on another page.

    `subject_id` is the record and `changed_by` the user, where they are known.
    """

    def __init__(
        self,
        message: str = "这条记录刚刚被其他人改过，您的修改没有保存。",
        *,
        subject_id: str = "",
        changed_by: str = "",
    ) -> None:
        super().__init__(
            message,
            remedy=(
                f"{REOPEN}，核对最新内容后再改一次。"
                "页面显示过“已自动保存”的，填写的文字会自动恢复。"
            ),
        )
        self.subject_id = subject_id
        self.changed_by = changed_by

    def to_oneself(self) -> "Stale":
        """The same for who made the change."""
        return Stale("您刚刚在别的页面改过这条记录，这一页的修改没有保存。")


class Conflict(DomainError):
    """The same request was sent before with other content, or a unique record exists already."""


class NotSaved(DomainError):
    """Another change of the same moment stood in the way; nothing of this one was kept.

    The same request, sent again, will go through: its one-time key is still good.
    """

    def __init__(self) -> None:
        super().__init__(
            "同一时刻还有别人在办理相关的事项，这一步没有保存成功。",
            remedy="请再提交一次。",
        )


class Unavailable(DomainError):
    """The database or the file store does not answer or cannot write.

    `is_certain`: nothing of this was kept. Otherwise the answer was lost on its way, and the change
    may have been kept.
    """

    def __init__(self, message: str = "", *, remedy: str = "", is_certain: bool = True) -> None:
        said = (
            "平台暂时不能读取或保存数据，这一步没有办理。"
            if is_certain
            else "没有等到平台保存数据的答复，不能确定这一步是否已经办好。"
        )
        advice = (
            "请过一分钟再试一次；页面显示过“已自动保存”的，填写的文字会自动恢复。"
            if is_certain
            else "请过一分钟重新打开这件事项，核对是否已经办好；没有办好的，再提交一次。"
        )
        super().__init__(message or said, remedy=remedy or advice)


@dataclass(frozen=True)
class Verdict:
    """Whether an act is allowed now, with the reason in words when it is not.

    Pages show a refused act disabled with `reason`; use cases call `require`.
    """

    ok: bool
    reason: str = ""
    rule: str | None = None
    remedy: str | None = None
    error: type[DomainError] = Denied

    def require(self) -> None:
        """Raise the refusal this verdict stands for, if it is one."""
        if not self.ok:
            raise self.refusal()

    def refusal(self) -> DomainError:
        """The refusal that a verdict of no stands for."""
        return self.error(self.reason, rule=self.rule, remedy=self.remedy)


ALLOWED = Verdict(True)


def refused(
    reason: str,
    *,
    rule: str | None = None,
    remedy: str | None = None,
    error: type[DomainError] = Denied,
) -> Verdict:
    """A verdict of no, with its reason in words."""
    return Verdict(False, reason, rule, remedy, error)


def refused_if(
    problem: object,
    reason: str,
    *,
    rule: str | None = None,
    remedy: str | None = None,
    error: type[DomainError] = Denied,
) -> Verdict:
    """A verdict of no where there is that problem, else of yes: one condition of a policy."""
    return Verdict(False, reason, rule, remedy, error) if problem else ALLOWED


def first_refusal(*verdicts: Verdict) -> Verdict:
    """The first verdict that says no, else allowed."""
    return next((verdict for verdict in verdicts if not verdict.ok), ALLOWED)
