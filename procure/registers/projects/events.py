"""What happens to a project as such: opened, joined, moved on, made public, closed."""

from typing import ClassVar

from procure.kernel.access import OrganisationKind
from procure.kernel.events import ProjectEvent
from procure.kernel.lifecycle import Stage


class ProjectOpened(ProjectEvent):
    """A project got its number; the budget is in fen."""

    label: ClassVar[str] = "建立采购项目"
    says: ClassVar[str] = "{number}《{title}》，预算 {budget_fen:money}"

    number: str
    title: str
    buyer_id: str
    buyer_name: str
    budget_fen: int


class StageEntered(ProjectEvent):
    """The project reached a stage for the first time."""

    label: ClassVar[str] = "进入新阶段"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{stage:label}"

    stage: Stage


class PartyAdded(ProjectEvent):
    """An organisation now belongs to the case."""

    label: ClassVar[str] = "加入项目"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{organisation_name}（{organisation_kind:label}）作为{part_words}"

    organisation_id: str
    organisation_name: str
    organisation_kind: OrganisationKind
    part: str
    part_words: str


class ProjectMadePublic(ProjectEvent):
    """From now on everybody may see that the project exists."""

    label: ClassVar[str] = "公开项目信息"
    minor: ClassVar[bool] = True


class ProjectReopened(ProjectEvent):
    """The last payment of a closed case came back."""

    label: ClassVar[str] = "项目恢复办理"


class ProjectClosed(ProjectEvent):
    """Nothing is left to do in the case."""

    label: ClassVar[str] = "项目办结"
