"""Verbs of projects: open one, move it on, let organisations in, show it, close it.

No permission is asked here: the stages that call these verbs have asked their own policies.
"""

from sqlalchemy import func, select

from procure.kernel.access import BUYER_KINDS
from procure.kernel.clock import local_date
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.laws import cite
from procure.kernel.lifecycle import Stage
from procure.kernel.numbering import budget_year, project_number
from procure.registers.accounts.models import Organisation
from procure.registers.projects.events import (
    PartyAdded,
    ProjectClosed,
    ProjectMadePublic,
    ProjectOpened,
    ProjectReopened,
    StageEntered,
)
from procure.registers.projects.models import Lot, Part, Project, ProjectParty, StageEntry
from procure.store.holding import hold
from procure.store.unit_of_work import UnitOfWork, explain_constraint

TITLE_LENGTH = 120

explain_constraint(
    "uq_project_number", "number", "这个项目编号已经用过，请重新提交，系统会另取编号。"
)


def open_project(uow: UnitOfWork, *, title: str, buyer: Organisation, budget_fen: int) -> Project:
    """Open a project of a buyer with one lot, numbered within the buyer's budget year.

    Raises Invalid for an organisation that may not buy (政府购买服务管理办法 art 5), an empty or
    overlong title, and a budget that is not positive (政府采购法 art 6).
    """
    title = title.strip()
    _check_project(title, buyer, budget_fen)
    year = budget_year(local_date(uow.now))
    project = Project(
        number=_next_number(uow, buyer, year),
        title=title,
        buyer_id=buyer.id,
        year=year,
        budget_fen=budget_fen,
        stage=Stage.PLAN,
        created_at=uow.now,
        is_public=False,
    )
    uow.session.add(project)
    uow.session.flush()
    uow.session.add(Lot(project_id=project.id, number=1, title=title, budget_fen=budget_fen))
    uow.emit(
        ProjectOpened(
            subject_id=project.id,
            project=project.id,
            number=project.number,
            title=title,
            buyer_id=buyer.id,
            buyer_name=buyer.name,
            budget_fen=budget_fen,
        )
    )
    _record_stage(uow, project, Stage.PLAN)
    add_party(uow, project.id, buyer.id, Part.BUYER)
    return project


def enter_stage(uow: UnitOfWork, project: Project, stage: Stage) -> None:
    """Note that the project has reached a stage; a second time does nothing.

    Each stage is noted once, the first time. The project's own stage only moves forward: an early
    instalment puts it at 支付, and what is delivered afterwards is noted without taking it back.
    Raises Invalid for 办结, which is `close_project`'s.
    """
    if stage is Stage.CLOSED:
        raise Invalid("stage", f"“{stage.label}”要通过办结项目进入。")
    _record_stage(uow, project, stage)


def add_party(uow: UnitOfWork, project_id: str, organisation_id: str, part: Part) -> ProjectParty:
    """Let an organisation into the case; a second time gives back the first row."""
    known = uow.session.scalars(
        select(ProjectParty).where(
            ProjectParty.project_id == project_id,
            ProjectParty.organisation_id == organisation_id,
            ProjectParty.part == part,
        )
    ).first()
    if known is not None:
        return known
    organisation = uow.session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("没有找到这个单位。")
    party = ProjectParty(
        project_id=project_id, organisation_id=organisation_id, part=part, since=uow.now
    )
    uow.session.add(party)
    uow.emit(
        PartyAdded(
            subject_id=party.id,
            project=project_id,
            organisation_id=organisation_id,
            organisation_name=organisation.name,
            organisation_kind=organisation.kind,
            part=part.value,
            part_words=part.label,
        )
    )
    return party


def make_public(uow: UnitOfWork, project: Project) -> None:
    """Let everybody know of the project, from its first notice on; a second time does nothing."""
    if project.is_public or hold(uow.session, Project, project.id).is_public:
        return
    project.is_public = True
    uow.emit(ProjectMadePublic(subject_id=project.id, project=project.id))


def close_project(uow: UnitOfWork, project: Project) -> None:
    """Close the case after the last payment or a failed purchase; a second time does nothing."""
    if project.closed_at is not None or hold(uow.session, Project, project.id).closed_at:
        return
    _record_stage(uow, project, Stage.CLOSED)
    project.closed_at = uow.now
    uow.emit(ProjectClosed(subject_id=project.id, project=project.id))


def discard_project(uow: UnitOfWork, project: Project) -> None:
    """Close the case of a draft that was thrown away; only auditors find it from then on."""
    project.discarded_at = uow.now
    close_project(uow, project)


def reopen_project(uow: UnitOfWork, project: Project) -> None:
    """Open a closed case again: its last payment came back. A second time does nothing."""
    if project.closed_at is None:
        return
    project.closed_at = None
    project.stage = Stage.PAYMENT
    uow.emit(ProjectReopened(subject_id=project.id, project=project.id))


def _check_project(title: str, buyer: Organisation, budget_fen: int) -> None:
    if not title or len(title) > TITLE_LENGTH:
        raise Invalid("title", f"项目名称要填写，最多 {TITLE_LENGTH} 个字。")
    if budget_fen <= 0:
        raise Invalid(
            "budget",
            "项目预算应当大于零。",
            cite("within_budget"),
            "请先落实预算，再填写批准的预算金额。",
        )
    if buyer.kind not in BUYER_KINDS or buyer.number_prefix is None or not buyer.is_active:
        raise Invalid(
            "buyer",
            f"“{buyer.name}”不能作为购买主体。",
            cite("who_buys"),
            "请选择在用的购买主体；需要新增的，请联系系统管理员。",
        )


def _next_number(uow: UnitOfWork, buyer: Organisation, year: int) -> str:
    """The next number of the buyer's prefix; who comes second waits for the first to commit."""
    uow.session.execute(
        select(Organisation.id)
        .where(Organisation.id == buyer.id)
        # Rows that merely refer to the buyer need not wait for us.
        .with_for_update(key_share=True)
    )
    # Counted by what was given out under the prefix, whoever bought: after a reform of the organs of
    # state a prefix may have come from another organisation, and no number is given twice.
    begin = f"{buyer.number_prefix}-{year:04d}-"
    newest = uow.session.scalar(
        select(Project.number)
        .where(Project.number.startswith(begin, autoescape=True))
        .order_by(func.length(Project.number).desc(), Project.number.desc())
        .limit(1)
    )
    count = 0 if newest is None else int(newest.removeprefix(begin))
    return project_number(str(buyer.number_prefix), year, count + 1)


def _record_stage(uow: UnitOfWork, project: Project, stage: Stage) -> None:
    """Both only ever move forward: what is noted stays so, and only what is not is held and looked at
    again. Two of different stages may move one project on in the same moment.
    """
    if _is_noted(uow, project, stage):
        return
    hold(uow.session, Project, project.id)
    if project.stage.is_before(stage):
        project.stage = stage
    if _is_noted(uow, project, stage):
        return
    uow.session.add(StageEntry(project_id=project.id, stage=stage, entered_at=uow.now))
    uow.emit(StageEntered(subject_id=project.id, project=project.id, stage=stage))


def _is_noted(uow: UnitOfWork, project: Project, stage: Stage) -> bool:
    known = select(StageEntry.id).where(
        StageEntry.project_id == project.id, StageEntry.stage == stage
    )
    return uow.session.scalar(known) is not None
