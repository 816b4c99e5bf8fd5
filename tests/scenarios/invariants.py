"""What must hold whatever anybody did, asked of the rows themselves and not of the program's rules."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from procure.registers.documents.models import Document, DocumentKind
from procure.store import trail
from tests.factories.reminders import unmet_duties
from tests.world import World

PAYMENTS = """
SELECT t.id, t.paid_at, r.id AS request, r.amount_fen, r.requested_by, r.reviewed_by, r.approved_by,
       t.paid_by, i.position, i.trigger, i.contract_id, c.state AS contract_state, c.ends_on, c.starts_on
FROM treasury_payment t JOIN payment_request r ON r.id = t.payment_request_id
JOIN instalment i ON i.id = r.instalment_id JOIN contract c ON c.id = i.contract_id
"""

EARLIER = """
SELECT i.position, i.trigger, r.state FROM instalment i
LEFT JOIN payment_request r ON r.instalment_id = i.id
WHERE i.contract_id = :contract AND i.position < :position ORDER BY i.position
"""

NEWEST_EVALUATION = """
SELECT state, grade, confirmed_at FROM evaluation
WHERE contract_id = :contract AND kind = :kind ORDER BY round DESC LIMIT 1
"""

UNBALANCED = """
SELECT entry_id FROM ledger_line GROUP BY entry_id HAVING SUM(amount_fen) <> 0
"""

OVERPAID = """
SELECT c.number FROM contract c WHERE c.amount_fen < (
  SELECT COALESCE(SUM(t.amount_fen), 0) FROM treasury_payment t
  JOIN payment_request r ON r.id = t.payment_request_id WHERE r.contract_id = c.id)
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
            *(f"overpaid {row}" for row in session.execute(text(OVERPAID))),
            *(f"runs though closed {row}" for row in session.execute(text(RUNNING_IN_CLOSED))),
            *(f"runs though ended {row}" for row in session.execute(text(RUNNING_OF_ENDED))),
            *(f"announced and ended {row}" for row in session.execute(text(ANNOUNCED_AND_ENDED))),
        ]
        session.rollback()
        assert not faults, faults

    def ask_dear(self, world: World) -> None:
        """The questions that walk over everything: duties with their desks, the chains."""
        with world.app.test_request_context("/"):
            faults = unmet_duties(world.session, world.now)
        faults += map(str, trail.fsck(world.session))
        world.session.rollback()
        assert not faults, faults[:6]

    def _payments(self, session: Session) -> Iterator[str]:
        for row in session.execute(text(PAYMENTS)).mappings():
            if row["id"] not in self.seen_payments:
                self.seen_payments.add(row["id"])
                yield from gate_faults(session, row)

    def _papers(self, session: Session) -> Iterator[str]:
        query = select(Document).where(Document.snapshot.is_not(None))
        for paper in session.scalars(query.where(Document.id.not_in(self.seen_papers))):
            self.seen_papers.add(paper.id)
            yield from paper_faults(session, paper)


def gate_faults(session: Session, paid: Any) -> Iterator[str]:
    """Why this treasury payment should not have been made; asked at once when it appears."""
    where = {"contract": paid["contract_id"], "position": paid["position"]}
    if paid["contract_state"] not in ("filed", "completed"):
        yield f"paid before filing {where}"
    for earlier in session.execute(text(EARLIER), where).mappings():
        if earlier["state"] in (None, "returned"):
            yield f"paid before instalment {earlier['position']} {where}"
    people = (paid["requested_by"], paid["reviewed_by"], paid["approved_by"])
    if len(set(people)) < 3 or paid["paid_by"] in people:
        yield f"too few hands {people}"
    kinds = {"midterm": ["midterm"], "final": ["midterm", "final"]}
    wanted = kinds.get(paid["trigger"], ["midterm", "final"])
    if paid["trigger"] == "signing":
        wanted = []
    for kind in wanted:
        one = session.execute(text(NEWEST_EVALUATION), {**where, "kind": kind}).mappings().first()
        if one is not None and (
            one["state"] != "confirmed" or one["grade"] in (None, "unqualified")
        ):
            yield f"paid though {kind} is {one['state']} {one['grade']} {where}"
    if paid["trigger"] == "acceptance":
        state = session.scalar(
            text("SELECT state FROM acceptance WHERE contract_id = :contract"), where
        )
        if state != "published":
            yield f"paid though acceptance is {state} {where}"


FIGURES: dict[DocumentKind, tuple[str, str]] = {
    DocumentKind.PAYMENT_SHEET: (
        "amount_fen",
        "SELECT amount_fen FROM payment_request WHERE id = :subject",
    ),
    DocumentKind.AWARD_NOTICE: (
        "amount_fen",
        "SELECT o.price_fen FROM opened_bid o JOIN review r ON r.winner_bid_id = o.bid_id"
        " WHERE r.id = :subject",
    ),
    DocumentKind.CONTRACT: (
        "amount_fen",
        "SELECT amount_fen FROM contract WHERE id = :subject",
    ),
    DocumentKind.ACCEPTANCE_CERTIFICATE: (
        "recipients.answered",
        "SELECT COUNT(*) FROM opinion_slip s JOIN acceptance a ON a.id = s.acceptance_id"
        " WHERE a.id = :subject AND s.round = a.round AND s.answered_at IS NOT NULL",
    ),
    DocumentKind.EVALUATION_REPORT: (
        "total",
        "SELECT SUM(score) FROM evaluation_indicator WHERE evaluation_id = :subject",
    ),
    DocumentKind.REVIEW_REPORT: (
        "scores.#",
        "SELECT COUNT(*) FROM ranked_bid WHERE review_id = :subject",
    ),
}
"""One figure of each paper with the rows it is of."""


def paper_faults(session: Session, paper: Document) -> Iterator[str]:
    """Where a paper just printed says another figure than the rows."""
    if paper.kind not in FIGURES:
        return
    path, question = FIGURES[paper.kind]
    held = session.scalar(text(question), {"subject": paper.subject_id})
    said = _at(paper.snapshot, path)
    if path == "total":
        said = _hundredths(said)
    if held is not None and said is not None and int(said) != int(held):
        yield f"{paper.kind} says {path} = {said}, rows {held} ({paper.id})"


def _at(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = len(data) if step == "#" else (data or {}).get(step)
    return data


def _hundredths(said: Any) -> int | None:
    if said is None:
        return None
    whole, _, part = str(said).partition(".")
    return int(whole) * 100 + int(f"{part:0<2}"[:2])
