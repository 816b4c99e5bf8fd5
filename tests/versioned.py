"""Every command that carries a version, tried with an old one before it is carried out.

`watched` puts itself before all verbs of such commands: whoever walks a story in there has each of
them refused first on a page that is one version old, with nothing told, and then looks whether the
version of what it was about is higher.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, get_type_hints

import procure
from procure.kernel.errors import DomainError, Stale
from procure.registers.accounts.models import Organisation, User
from procure.registers.funds.models import BudgetLine
from procure.stages.acceptance.models import Acceptance
from procure.stages.awards.models import Review
from procure.stages.bids.models import Bid
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.contracts.models import Contract
from procure.stages.delivery.models import Milestone, Recipient, ServiceRecord, StaffMember
from procure.stages.evaluation.models import Evaluation
from procure.stages.payments.models import PaymentRequest
from procure.stages.plans.models import Plan
from procure.stages.tenders.models import Tender
from procure.store.unit_of_work import UnitOfWork

ABOUT: dict[str, Any] = {
    "line_id": BudgetLine,
    "item_id": CatalogueItem,
    "plan_id": Plan,
    "tender_id": Tender,
    "bid_id": Bid,
    "review_id": Review,
    "contract_id": Contract,
    "milestone_id": Milestone,
    "recipient_id": Recipient,
    "staff_id": StaffMember,
    "record_id": ServiceRecord,
    "evaluation_id": Evaluation,
    "acceptance_id": Acceptance,
    "request_id": PaymentRequest,
    "user_id": User,
    "organisation_id": Organisation,
}
"""Which row a command is about, by the field that names it."""

Verb = Callable[..., Any]


@cache
def versioned() -> dict[str, Verb]:
    """Every verb whose command carries a version, by its full name."""
    found: dict[str, Verb] = {}
    for info in pkgutil.walk_packages(procure.__path__, "procure."):
        if ".use_cases" not in info.name:
            continue
        module = importlib.import_module(info.name)
        for verb in vars(module).values():
            if inspect.isfunction(verb) and verb.__module__ == module.__name__ and _takes(verb):
                found[name_of(verb)] = verb
    return found


def _takes(verb: Verb) -> bool:
    """Whether it is a verb that is given such a command."""
    hints = get_type_hints(verb)
    kind = hints.get("command")
    return (
        not verb.__name__.startswith("_")
        and hints.get("uow") is UnitOfWork
        and is_dataclass(kind)
        and "version" in {one.name for one in fields(kind)}
    )


def name_of(verb: Verb) -> str:
    """A verb's name, with where it stands."""
    return f"{verb.__module__}.{verb.__name__}".removeprefix("procure.")


@contextmanager
def watched() -> Iterator[set[str]]:
    """Watch all verbs of such commands; gives the names of those that stood the trial."""
    tried: set[str] = set()
    put: list[tuple[Any, str, Verb]] = []
    verbs = {id(verb): verb for verb in versioned().values()}
    for module in [
        one for name, one in sys.modules.items() if name.startswith(("procure", "tests"))
    ]:
        for name, value in list(vars(module).items()):
            if id(value) in verbs:
                put.append((module, name, value))
                setattr(module, name, _on_trial(value, tried))
    try:
        yield tried
    finally:
        for module, name, verb in put:
            setattr(module, name, verb)


def _on_trial(verb: Verb, tried: set[str]) -> Verb:
    def trial(uow: UnitOfWork, command: Any, *rest: Any) -> Any:
        if command.version is None:
            return verb(uow, command, *rest)
        stale = _is_refused_as_stale(verb, uow, command, rest)
        before = command.version
        result = verb(uow, command, *rest)
        assert stale, f"{name_of(verb)} is carried out on an old page"
        row = about(uow, verb, command)
        if row is not None:
            uow.session.flush()
            assert row.version > before, f"{name_of(verb)} leaves the version where it was"
        tried.add(name_of(verb))
        return result

    return trial


def _is_refused_as_stale(verb: Verb, uow: UnitOfWork, command: Any, rest: tuple[Any, ...]) -> bool:
    told = len(uow._events)
    old = 0 if name_of(verb) in SECTIONS else command.version - 1
    try:
        verb(uow, replace(command, version=old), *rest)
    except DomainError as refusal:
        assert len(uow._events) == told, f"{name_of(verb)} tells of what it refuses"
        return isinstance(refusal, Stale)
    return False


def about(uow: UnitOfWork, verb: Verb, command: Any) -> Any:
    """The row a command is about, None where its version is not that row's."""
    if name_of(verb) in OTHER_VERSIONS:
        return None
    field = next(one.name for one in fields(command) if one.name in ABOUT)
    return uow.session.get_one(ABOUT[field], getattr(command, field))


SECTIONS = {
    "stages.acceptance.use_cases.decide.save_group",
    "stages.acceptance.use_cases.decide.save_items",
    "stages.bids.use_cases.draft.save_offer",
    "stages.bids.use_cases.draft.save_proposal",
    "stages.bids.use_cases.draft.save_statements",
    "stages.bids.use_cases.draft.save_team",
    "stages.contracts.use_cases.fill.save_milestones",
    "stages.contracts.use_cases.fill.save_other",
    "stages.contracts.use_cases.fill.save_parties",
    "stages.contracts.use_cases.fill.save_targets",
    "stages.contracts.use_cases.fill.save_term",
    "stages.evaluation.use_cases.score.draw_records",
    "stages.evaluation.use_cases.score.save_checks",
    "stages.evaluation.use_cases.score.save_scores",
    "stages.evaluation.use_cases.score.save_summary",
    "stages.evaluation.use_cases.score.save_visit",
    "stages.tenders.use_cases.drafting.edit_tender",
}
"""Verbs that save a section: an old page is one from before that section was changed."""

OTHER_VERSIONS = {
    "stages.awards.use_cases.scores.save_scores": "of the member's sheet for one bid",
    "stages.awards.use_cases.checks.check_bid": "of the finding about one bid",
    "stages.acceptance.use_cases.collect.record_opinion": "of the slip",
    "stages.acceptance.use_cases.collect.note_unreached": "of the slip",
    "registers.accounts.use_cases.changing_organisations.request_closing": "only asked for",
    "registers.accounts.use_cases.changing_organisations.request_reopening": "only asked for",
    "registers.accounts.use_cases.changing_people.request_reopening_of_person": "only asked for",
}
"""Verbs whose version is not that of the row they name, or that leave it as it is, and why."""
