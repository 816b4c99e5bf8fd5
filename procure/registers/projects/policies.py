"""Who belongs to a case."""

from collections.abc import Collection

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import ALLOWED, Verdict, refused
from procure.registers.projects.models import Part


def is_case_member(actor: Actor, parts: Collection[Part]) -> Verdict:
    """Whether the actor's organisation has a part in the case.

    `parts` comes from `queries.parts_of`. Auditors and finance people are not members: they read
    by oversight.
    """
    if parts and actor.may(Permission.PROJECT_VIEW):
        return ALLOWED
    return refused(
        "您所在的单位不是这个项目的当事人。",
        remedy="这里的内容只对采购人、承接主体和受托的评估机构开放；公开的内容请看项目公告。",
    )
