"""What must hold whatever anybody did, asked of the rows themselves and not of the program's rules."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from procure.desks.reminders.staff import staff
from procure.registers.accounts.queries import actor_of
from procure.registers.deadlines.models import Deadline, TermKind, TermStatus
from procure.registers.documents.models import Document
from procure.registers.projects.models import Project
from procure.store import trail
from procure.wiring import TODO_SOURCES
from tests.factories.reminders import unmet_duties
from tests.scenarios.figures import figure_faults
from tests.world import World

AHEAD = (0, 1, 15, 45, 130, 300, 500)
"""After how many days the desks are asked again: services take a year."""

PAYMENTS = """
SELECT t.id, t.paid_at, r.id AS request, r.amount_fen, r.requested_by, r.reviewed_by, r.approved_by,
       t.paid_by, i.position, i.trigger, i.contract_id, c.state AS contract_state, c.ends_on, c.starts_on,
       i.left_to_acceptance
FROM treasury_payment t JOIN payment_request r ON r.id = t.payment_request_id
JOIN instalment i ON i.id = r.instalment_id JOIN contract c ON c.id = i.contract_id
"""

EARLIER = """
SELECT i.position, i.trigger, i.amount_fen, r.state FROM instalment i
LEFT JOIN payment_request r ON r.instalment_id = i.id
WHERE i.contract_id = :contract AND i.position < :position ORDER BY i.position
"""

NEWEST_EVALUATION = """
SELECT state, grade, settled_at FROM evaluation
WHERE contract_id = :contract AND kind = :kind ORDER BY round DESC LIMIT 1
"""

OPEN_MILESTONES = """
SELECT COUNT(*) FROM milestone m WHERE m.contract_id = :contract
AND m.state IN ('planned', 'reported')
AND NOT EXISTS (SELECT 1 FROM milestone_excuse x WHERE x.milestone_id = m.id)
"""

DEDUCTION = """
SELECT COALESCE(SUM(s.deduction_fen), 0) FROM acceptance_result s
JOIN acceptance a ON a.id = s.acceptance_id AND a.round = s.round
WHERE a.contract_id = :contract AND a.state IN ('passed', 'published')
"""

UNBALANCED = """
SELECT entry_id FROM ledger_line GROUP BY entry_id HAVING SUM(amount_fen) <> 0
"""

OVERDRAWN = """
SELECT a.budget_line_id, a.level, a.kind, a.subject_id, SUM(l.amount_fen) AS fen FROM ledger_account a
JOIN ledger_line l ON l.account_id = a.id WHERE a.kind <> 'appropriation'
GROUP BY a.budget_line_id, a.level, a.kind, a.subject_id HAVING SUM(l.amount_fen) < 0
"""

HELD = """
SELECT c.id, c.number, c.state, c.settled_at, c.amount_fen, a.level, a.kind, SUM(l.amount_fen) AS fen,
  (SELECT COUNT(*) FROM acceptance p WHERE p.contract_id = c.id AND p.state = 'published') AS accepted
FROM contract c JOIN ledger_account a ON a.subject_id = c.id JOIN ledger_line l ON l.account_id = a.id
GROUP BY c.id, c.number, c.state, c.settled_at, c.amount_fen, a.level, a.kind
"""
"""What the ledger holds for each contract, committed and paid, by level."""

TREASURY = """
SELECT r.contract_id, t.level, SUM(t.amount_fen) AS fen FROM treasury_payment t
JOIN payment_request r ON r.id = t.payment_request_id WHERE NOT EXISTS (
  SELECT 1 FROM payment_reversal v WHERE v.treasury_payment_id = t.id AND v.agreed)
GROUP BY r.contract_id, t.level
"""
"""What the treasury paid for each contract and did not get back, by level."""

REFUNDED = """
SELECT a.subject_id, a.level, SUM(l.amount_fen) AS fen FROM ledger_entry e
JOIN ledger_line l ON l.entry_id = e.id
JOIN ledger_account a ON a.id = l.account_id AND a.kind = 'paid' WHERE e.kind = 'refund'
GROUP BY a.subject_id, a.level
"""
"""What the ledger took off as paid back for good, by contract and level: negative."""

REFUNDS = (
    "SELECT contract_id, SUM(amount_fen) FROM supplier_refund WHERE agreed GROUP BY contract_id"
)

ONE_HAND = {
    "plan": "SELECT id FROM plan WHERE drafted_by = approved_by",
    "plan change": "SELECT id FROM plan_change WHERE confirmed AND proposed_by = decided_by",
    "tender": "SELECT id FROM tender WHERE drafted_by = published_by",
    "award": "SELECT id FROM review WHERE drawn_by = decided_by",
    "contract": "SELECT id FROM contract WHERE issued_by = buyer_signed_by",
    "early end": "SELECT id FROM contract_early_end WHERE proposed_by = decided_by",
    "evaluation": "SELECT id FROM evaluation WHERE assigned_by = confirmed_by",
    "reversal": "SELECT id FROM payment_reversal WHERE proposed_by = decided_by",
    "budget": "SELECT id FROM budget_line_change WHERE confirmed AND proposed_by = decided_by",
    "refund": "SELECT id FROM supplier_refund WHERE proposed_by = decided_by",
    "settlement": "SELECT id FROM contract_settlement WHERE proposed_by = decided_by",
    "approval": "SELECT id FROM payment_request WHERE reviewed_by = approved_by",
}
"""Where one person did what takes two."""

OPEN_WHEN_OVER = """
SELECT c.number, r.number AS request, r.state FROM contract c
JOIN payment_request r ON r.contract_id = c.id
WHERE c.state = 'completed' AND r.state NOT IN ('paid', 'cancelled')
"""

SETTLED_UNASKED = """
SELECT c.number FROM contract c WHERE c.settled_at IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM contract_settlement s WHERE s.contract_id = c.id AND s.confirmed)
"""

RUNNING_IN_CLOSED = """
SELECT d.rule, d.label, p.number FROM deadline d JOIN project p ON p.id = d.project_id
WHERE d.status = 'running' AND p.closed_at IS NOT NULL
"""

RUNNING_OF_ENDED = """
SELECT d.rule, d.label, p.number, t.state FROM deadline d JOIN project p ON p.id = d.project_id
JOIN tender t ON t.id = d.subject_id
WHERE d.status = 'running' AND d.kind = 'at_most' AND t.state IN ('terminated', 'failed')
UNION ALL
SELECT d.rule, d.label, p.number, t.state FROM deadline d JOIN project p ON p.id = d.project_id
JOIN review r ON r.id = d.subject_id JOIN tender t ON t.id = r.tender_id
WHERE d.status = 'running' AND d.kind = 'at_most' AND t.state IN ('terminated', 'failed')
"""

ANNOUNCED_AND_ENDED = """
SELECT p.number FROM tender t JOIN review r ON r.tender_id = t.id JOIN project p ON p.id = t.project_id
WHERE t.state = 'terminated' AND r.state = 'announced'
"""


@dataclass
class Watcher:
    """Asks after every step; remembers which payments and papers it has looked at already."""

    seen_payments: set[str] = field(default_factory=set)
    seen_papers: set[str] = field(default_factory=set)

    def ask(self, world: World) -> None:
        """Every question but the dear ones; AssertionError names what does not hold."""
        session = world.session
        session.rollback()
        faults = [
            *self._payments(session),
            *self._papers(session),
            *(f"unbalanced {row}" for row in session.execute(text(UNBALANCED))),
            *(f"overdrawn {row}" for row in session.execute(text(OVERDRAWN))),
            *_ledger_faults(session),
            *(
                f"one hand on {what} {row}"
                for what, question in ONE_HAND.items()
                for row in session.execute(text(question))
            ),
            *(f"over with an open request {row}" for row in session.execute(text(OPEN_WHEN_OVER))),
            *(f"settled by nobody {row}" for row in session.execute(text(SETTLED_UNASKED))),
            *(f"runs though closed {row}" for row in session.execute(text(RUNNING_IN_CLOSED))),
            *(f"runs though ended {row}" for row in session.execute(text(RUNNING_OF_ENDED))),
            *(f"announced and ended {row}" for row in session.execute(text(ANNOUNCED_AND_ENDED))),
        ]
        session.rollback()
        assert not faults, faults

    def ask_dear(self, world: World) -> None:
        """The questions that walk over everything: the chains, and all desks now and at the last day
        of each term.
        """
        session = world.session
        with world.app.test_request_context("/"):
            faults = unmet_duties(session, world.now)
            faults += unmet_duties(session, _last_day(session, world.now))
            faults += dead_ends(session, world.now)
        faults += map(str, trail.fsck(session))
        session.rollback()
        assert not faults, faults[-12:]

    def _payments(self, session: Session) -> Iterator[str]:
        for row in session.execute(text(PAYMENTS)).mappings():
            if row["id"] not in self.seen_payments:
                self.seen_payments.add(row["id"])
                yield from gate_faults(session, row)

    def _papers(self, session: Session) -> Iterator[str]:
        query = select(Document).where(Document.snapshot.is_not(None))
        for paper in session.scalars(query.where(Document.id.not_in(self.seen_papers))):
            self.seen_papers.add(paper.id)
            yield from figure_faults(session, paper)


def _last_day(session: Session, now: datetime) -> datetime:
    """The last instant of the term that ends last, of those within which something is to be done."""
    last = session.scalar(
        select(func.max(Deadline.due_at)).where(
            Deadline.status == TermStatus.RUNNING, Deadline.kind == TermKind.AT_MOST
        )
    )
    return max(now, last - timedelta(minutes=1)) if last else now


def dead_ends(session: Session, now: datetime) -> list[str]:
    """The open cases in which nobody's desk offers anything, neither now nor when time has passed."""
    open_cases = select(Project.number).where(
        Project.closed_at.is_(None), Project.discarded_at.is_(None)
    )
    left = set(session.scalars(open_cases))
    actors = [actor_of(session, user_id) for user_id in sorted(staff(session).active)]
    for days in AHEAD:
        if left:
            then = now + timedelta(days=days)
            left -= {
                task.number
                for actor in actors
                for source in TODO_SOURCES
                for task in source(session, actor, then)
                if task.verdict.ok
            }
    return [f"nobody is ever offered a step in {number}" for number in sorted(left)]


def gate_faults(session: Session, paid: Any) -> Iterator[str]:
    """Why this treasury payment should not have been made; asked at once when it appears."""
    where = {"contract": paid["contract_id"], "position": paid["position"]}
    only_contract = {"contract": paid["contract_id"]}
    if paid["contract_state"] not in ("filed", "completed"):
        yield f"paid before filing {where}"
    deduction = session.scalar(text(DEDUCTION), only_contract) or 0
    for earlier in session.execute(text(EARLIER), where).mappings():
        is_nothing = earlier["state"] is None and earlier["amount_fen"] <= deduction
        if earlier["state"] in (None, "returned") and not is_nothing:
            yield f"paid before instalment {earlier['position']} {where}"
    people = (paid["requested_by"], paid["reviewed_by"], paid["approved_by"])
    if len(set(people)) < 3 or paid["paid_by"] in people:
        yield f"too few hands {people}"
    accepted = session.scalar(
        text("SELECT state FROM acceptance WHERE contract_id = :contract"), only_contract
    )
    kinds = {"signing": [], "midterm": ["midterm"]}.get(paid["trigger"], ["midterm", "final"])
    for kind in kinds:
        question = {**only_contract, "kind": kind}
        one = session.execute(text(NEWEST_EVALUATION), question).mappings().first()
        if one is not None and not _is_open(one, accepted):
            yield f"paid though {kind} is {one['state']} {one['grade']} {where}"
    waits = paid["trigger"] == "acceptance" or paid["left_to_acceptance"]
    if waits and accepted != "published":
        yield f"paid though acceptance is {accepted} {where}"
    if paid["trigger"] == "acceptance" and session.scalar(text(OPEN_MILESTONES), only_contract):
        yield f"paid though milestones are open {where}"


def _is_open(evaluation: Any, accepted: str | None) -> bool:
    """Whether money may go that an evaluation opens: it passed, or what is left of it was accepted."""
    passed = evaluation["state"] == "confirmed" and evaluation["grade"] not in (None, "fail")
    left = evaluation["state"] == "cancelled" or evaluation["settled_at"] is not None
    return passed or (left and accepted == "published")


def _ledger_faults(session: Session) -> Iterator[str]:
    """Where the ledger and the treasury differ, or a contract holds or took more than its amount."""
    paid = {(row[0], row[1]): int(row[2]) for row in session.execute(text(TREASURY))}
    came_back = Counter({row[0]: int(row[1]) for row in session.execute(text(REFUNDS))})
    for row in session.execute(text(REFUNDED)):
        paid[row.subject_id, row.level] = paid.get((row.subject_id, row.level), 0) + int(row.fen)
        came_back[row.subject_id] += int(row.fen)
    yield from (f"refunds and ledger differ {one}" for one, fen in came_back.items() if fen)
    held: Counter[str] = Counter()
    amounts: dict[str, tuple[str, bool, int]] = {}
    for row in session.execute(text(HELD)):
        amounts[row.id] = (
            row.number,
            row.accepted or row.state == "completed" or row.settled_at,
            row.amount_fen,
        )
        held[row.id] += int(row.fen)
        if row.kind == "paid" and int(row.fen) != paid.pop((row.id, row.level), 0):
            yield f"ledger says {row.fen} paid for {row.number} at {row.level}"
        if row.kind == "committed" and row.state == "completed" and int(row.fen):
            yield f"{row.number} is completed and still holds {row.fen} at {row.level}"
    yield from (f"paid without an entry {one}" for one, fen in paid.items() if fen)
    for ident, (number, may_release, amount) in amounts.items():
        if held[ident] > amount or (held[ident] < amount and not may_release):
            yield f"{number} of {amount} holds and took {held[ident]}"
