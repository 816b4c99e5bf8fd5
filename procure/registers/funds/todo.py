"""The corrections of budget lines that wait for another budget officer."""

from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.case_lines import Task
from procure.registers.funds import policies, queries


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What this budget officer has to decide; what they asked for themselves waits for others."""
    if not policies.may_register(actor).ok:
        return []
    return [
        Task(
            f"{line.year} 年 {line.code} {line.name}",
            "",
            "有人申请更正预算，等您决定",
            "审核预算更正",
            url_for("funds.decide_correction", line_id=line.id),
            note=change.reason,
        )
        for change, line in queries.waiting_corrections(session, actor)
        if change.proposed_by != actor.user_id
    ]
