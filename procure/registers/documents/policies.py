"""May this person read that paper: the verdict with its reason."""

from procure.kernel.access import Actor
from procure.kernel.errors import ALLOWED, REOPEN, TooEarly, Verdict, refused, refused_if
from procure.kernel.laws import cite
from procure.registers.documents.audiences import (
    SEALED_KINDS,
    PanelSeat,
    Standing,
    is_kept_from,
    is_readable,
)
from procure.registers.documents.models import AboutPaper

AFTER_RESULT = "结果公告以后，按您原来的岗位查看。"
WHEN_READABLE = {
    PanelSeat.KEPT_OUT: "签署回避声明以后可以查看本次评审的投标文件，其余在结果公告以后。",
    PanelSeat.JUDGING: "全部成员锁定评分以后可以查看报价。",
}


def may_read(actor: Actor, document: AboutPaper, standing: Standing) -> Verdict:
    """Whether the actor may read the paper; sealed bid papers are only their owner's till opening.

    `standing` comes from `queries.standing_of`.
    """
    if is_readable(actor, document, standing):
        return ALLOWED
    if document.kind in SEALED_KINDS and not standing.opened:
        return refused(
            "截止和开标（开启）以前，投标（响应）材料只有供应商自己可以查看。",
            remedy="请在开标（开启）以后再来查看。",
        )
    if is_kept_from(document, standing):
        return refused(
            "您是评审小组成员，这份文件现在不对您开放。",
            rule=cite("recusal"),
            remedy=WHEN_READABLE.get(standing.seat, AFTER_RESULT),
        )
    return refused(
        "这份文件不对您开放。",
        remedy="公开的内容请看项目公告；工作需要查看的，请联系采购人。",
    )


def once_printed(*, is_due: bool) -> Verdict:
    """Whether what needs a paper may go on; `is_due` says that it is ordered and not printed yet."""
    return refused_if(
        is_due,
        "文书正在生成，还没有归档。",
        remedy=f"一般几秒钟就好，过一会儿{REOPEN}；没有生成的，系统每分钟再试一次，一直不行会通知管理员。",
        error=TooEarly,
    )
