"""What a stage tells the case page, for one reader: the same shape from every stage."""

from dataclasses import dataclass

from procure.kernel.case_lines import Paper, PersonLine
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import Stage
from procure.web.presenters import Badge, Chart, Fact, Link


@dataclass(frozen=True)
class NextStep:
    """A step of the stage: what it is called, where it is done, whether the reader may now.

    List a step only for readers whose office it is; refused, it is shown disabled with its reason.
    What nobody waits for is never offered first; what leads back or out is folded below the others.
    """

    label: str
    href: str
    verdict: Verdict
    note: str = ""
    is_awaited: bool = True
    leads_back: bool = False


@dataclass(frozen=True)
class CasePanel:
    """One stage of a case as this reader may see it."""

    stage: Stage
    title: str
    badge: Badge | None = None
    facts: tuple[Fact, ...] = ()
    steps: tuple[NextStep, ...] = ()
    deadlines: tuple[DeadlineLine, ...] = ()
    papers: tuple[Paper, ...] = ()
    people: tuple[tuple[str, PersonLine], ...] = ()
    links: tuple[Link, ...] = ()
    chart: Chart | None = None
