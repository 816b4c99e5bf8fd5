"""Where random walks went: every event by its kind, and what they must have come to."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import func, select, text

from procure.kernel.lifecycle import TRANSITIONS
from procure.store.trail import TrailEvent
from tests.world import World

AGAIN = """
SELECT COUNT(*) FROM tender t WHERE t.published_at IS NOT NULL AND EXISTS (
  SELECT 1 FROM tender o WHERE o.project_id = t.project_id AND o.id <> t.id
  AND o.state IN ('terminated', 'failed') AND o.published_at < t.published_at)
"""
SECOND = "SELECT COUNT(*) FROM evaluation WHERE round > 1 AND state = 'confirmed'"

WANTED: dict[str, tuple[str, ...]] = {
    "opening": ("BidsOpened",),
    "draw": ("PanelDrawn",),
    "checks": ("BidsChecked",),
    "rectification": ("RectificationReported",),
    "acceptance in part": ("AcceptancePassedPartly",),
    "acceptance refused": ("AcceptanceRefused",),
    "early end": ("ContractEndedEarly",),
    "settlement": ("ContractSettled",),
    "payment": ("TreasuryPaid",),
    "reversal": ("TreasuryReversed",),
    "plan called back, changed or dropped": ("PlanRecalled", "PlanChanged", "PlanCancelled"),
    "budget line corrected": ("BudgetLineChanged",),
}
"""What ten thousand steps have to come to, with the events that show it."""

WANTED_ROWS = {"put out again": AGAIN, "second evaluation": SECOND}
"""The same, where the rows show it."""


@dataclass
class Reach:
    """Counts over all walks: posts by address, events by kind, what had to be come to."""

    steps: Counter[str] = field(default_factory=Counter)
    forms: set[str] = field(default_factory=set)
    """Addresses at which a form was found, for whoever comes after."""
    events: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)

    def begin(self, world: World) -> None:
        """A walk begins: what is there already was not done by it."""
        self.events.subtract(_events(world))
        self.rows.subtract(_rows(world))

    def end(self, world: World) -> None:
        """A walk is over."""
        self.events.update(_events(world))
        self.rows.update(_rows(world))

    @property
    def missed(self) -> list[str]:
        """What no walk came to."""
        return [
            *(name for name, kinds in WANTED.items() if not any(self.events[k] for k in kinds)),
            *(name for name in WANTED_ROWS if not self.rows[name]),
        ]

    def __str__(self) -> str:
        """Everything counted, for whoever reads the drill's output."""
        of_lifecycle = {row.event for row in TRANSITIONS}
        never = sorted(of_lifecycle - set(+self.events))
        lines = [
            *(f"{count:6} {name}" for name, count in (+self.events).most_common()),
            *(f"{count:6} {name}" for name, count in self.rows.items()),
            f"steps of the workflow never taken: {', '.join(never)}",
            f"missed: {', '.join(self.missed) or 'nothing'}",
        ]
        return "\n".join(lines)


def _events(world: World) -> Counter[str]:
    query = select(TrailEvent.event, func.count()).group_by(TrailEvent.event)
    found = Counter({kind: count for kind, count in world.session.execute(query)})
    world.session.rollback()
    return found


def _rows(world: World) -> Counter[str]:
    found = Counter({k: world.session.scalar(text(q)) or 0 for k, q in WANTED_ROWS.items()})
    world.session.rollback()
    return found
