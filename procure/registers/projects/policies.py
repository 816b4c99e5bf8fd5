"""Whose case it is: the verdicts that the policies of all stages begin with."""

from typing import Protocol

from procure.kernel.access import Actor
from procure.kernel.errors import IllegalTransition, Verdict, refused_if
from procure.registers.projects.models import Project


class HasBuyer(Protocol):
    """A project or a contract, as far as it says who buys."""

    @property
    def buyer_id(self) -> str:
        """The organisation that buys."""


class HasSupplier(Protocol):
    """A contract, as far as it says who gives the services."""

    @property
    def supplier_id(self) -> str:
        """The organisation that gives the services."""


def is_buyer(actor: Actor, case: HasBuyer) -> Verdict:
    """Whether the actor's own organisation buys."""
    return refused_if(
        actor.organisation_id != case.buyer_id,
        "这是其他单位的采购项目，您不能办理。",
        remedy="请由该单位的工作人员办理。",
    )


def is_supplier(actor: Actor, case: HasSupplier) -> Verdict:
    """Whether the actor's own organisation gives the services."""
    return refused_if(
        actor.organisation_id != case.supplier_id,
        "这个项目的承接主体不是您所在的机构。",
        remedy="请由承接主体的人员办理。",
    )


def not_closed(project: Project) -> Verdict:
    """Whether the case is still open."""
    return refused_if(project.closed_at, "这个项目已经办结。", error=IllegalTransition)
