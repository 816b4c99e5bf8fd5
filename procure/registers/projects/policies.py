"""Whose case it is: the verdicts that the policies of all stages begin with."""

from typing import Protocol

from procure.kernel.access import Actor
from procure.kernel.errors import ALLOWED, Verdict, refused


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
    if actor.organisation_id == case.buyer_id:
        return ALLOWED
    return refused("这是其他单位的采购项目，您不能办理。", remedy="请由该单位的工作人员办理。")


def is_supplier(actor: Actor, case: HasSupplier) -> Verdict:
    """Whether the actor's own organisation gives the services."""
    if actor.organisation_id == case.supplier_id:
        return ALLOWED
    return refused("这个项目的承接主体不是您所在的机构。", remedy="请由承接主体的人员办理。")
