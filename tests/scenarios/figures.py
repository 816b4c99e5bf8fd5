"""What each kind of paper says in figures, and the rows that it is of."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from procure.kernel.money import Money
from procure.registers.documents.models import Document, DocumentKind

PAID = """
SELECT COALESCE(SUM(t.amount_fen), 0) FROM treasury_payment t
JOIN payment_request r ON r.id = t.payment_request_id
JOIN document p ON p.id = :paper JOIN document d ON d.id = (
  SELECT f.id FROM document f WHERE f.subject_id = p.subject_id AND f.kind = p.kind
  AND f.snapshot = p.snapshot ORDER BY f.created_at LIMIT 1)
AND t.paid_at <= d.created_at WHERE NOT EXISTS (
  SELECT 1 FROM payment_reversal v WHERE v.treasury_payment_id = t.id AND v.agreed
  AND v.decided_at <= d.created_at)
"""
"""What the treasury had paid and did not get back when the paper was made, in fen.

A report that is confirmed is printed once more as it was sent in: it says what was so then.
"""

OF_REQUEST = "FROM payment_request r JOIN contract c ON c.id = r.contract_id WHERE r.id = :subject"
OF_TENDER = (
    "FROM tender t JOIN plan p ON p.project_id = t.project_id"
    " WHERE t.project_id = :project ORDER BY t.published_at DESC LIMIT 1"
)
OF_EVALUATION = "FROM evaluation e JOIN contract c ON c.id = e.contract_id WHERE e.id = :subject"
OF_ACCEPTANCE = "FROM acceptance a JOIN contract c ON c.id = a.contract_id WHERE a.id = :subject"
SLIPS = (
    "SELECT COUNT(*) FROM opinion_slip s JOIN acceptance a ON a.id = s.acceptance_id"
    " WHERE a.id = :subject AND s.round = a.round"
)
RANKED = (
    "FROM ranked_bid k JOIN opened_bid o ON o.bid_id = k.bid_id"
    " WHERE k.review_id = :subject AND k.rank IS NOT NULL"
)

FIGURES: dict[DocumentKind, tuple[tuple[str, str], ...]] = {
    DocumentKind.PAYMENT_SHEET: (
        ("amount_fen", f"SELECT r.amount_fen {OF_REQUEST}"),
        ("contract_amount_fen", f"SELECT c.amount_fen {OF_REQUEST}"),
        ("shares +amount_fen", f"{PAID} AND r.id = :subject"),
        (
            "paid_before_fen",
            f"{PAID} AND r.id <> :subject AND r.contract_id ="
            " (SELECT contract_id FROM payment_request WHERE id = :subject)",
        ),
    ),
    DocumentKind.AWARD_NOTICE: (
        (
            "amount_fen",
            "SELECT o.price_fen FROM opened_bid o JOIN review r ON r.winner_bid_id = o.bid_id"
            " WHERE r.id = :subject",
        ),
    ),
    DocumentKind.CONTRACT: (
        ("amount_fen", "SELECT amount_fen FROM contract WHERE id = :subject"),
        ("payments +amount_fen", "SELECT amount_fen FROM contract WHERE id = :subject"),
        ("funding +amount_fen", "SELECT amount_fen FROM contract WHERE id = :subject"),
        ("payments #", "SELECT NULLIF(COUNT(*), 0) FROM instalment WHERE contract_id = :subject"),
        (
            "targets #",
            "SELECT NULLIF(COUNT(*), 0) FROM contract_target WHERE contract_id = :subject",
        ),
    ),
    DocumentKind.TENDER_DOCUMENT: (
        ("budget_fen", f"SELECT p.amount_fen {OF_TENDER}"),
        ("ceiling_fen", f"SELECT p.ceiling_fen {OF_TENDER}"),
    ),
    DocumentKind.OPENING_RECORD: (
        ("bidders #", "SELECT COUNT(*) FROM opened_bid WHERE tender_id = :subject"),
        ("bidders +price_fen", "SELECT SUM(price_fen) FROM opened_bid WHERE tender_id = :subject"),
    ),
    DocumentKind.REVIEW_REPORT: (
        (
            "scores #",
            "SELECT COUNT(*) FROM ranked_bid WHERE review_id = :subject AND rank IS NOT NULL",
        ),
        ("ranking +price_fen", f"SELECT SUM(o.price_fen) {RANKED}"),
    ),
    DocumentKind.EVALUATION_REPORT: (
        ("total", "SELECT SUM(score) FROM evaluation_indicator WHERE evaluation_id = :subject"),
        (
            "indicators #",
            "SELECT COUNT(*) FROM evaluation_indicator WHERE evaluation_id = :subject",
        ),
        ("contract_amount_fen", f"SELECT c.amount_fen {OF_EVALUATION}"),
        (
            "paid_fen",
            f"{PAID} AND r.contract_id = (SELECT contract_id FROM evaluation WHERE id = :subject)",
        ),
        ("satisfaction answered", f"SELECT e.survey_answered {OF_EVALUATION}"),
        ("satisfaction sampled", f"SELECT e.survey_sampled {OF_EVALUATION}"),
    ),
    DocumentKind.ACCEPTANCE_CERTIFICATE: (
        ("recipients invited", SLIPS),
        ("recipients answered", f"{SLIPS} AND s.answered_at IS NOT NULL"),
        ("contract_amount_fen", f"SELECT c.amount_fen {OF_ACCEPTANCE}"),
        (
            "panel #",
            "SELECT COUNT(*) FROM acceptance_member m JOIN acceptance a ON a.id = m.acceptance_id"
            " WHERE a.id = :subject AND m.round = a.round",
        ),
        ("targets #", "SELECT COUNT(*) FROM acceptance_item WHERE acceptance_id = :subject"),
    ),
}
"""Figures of each paper with the question to the rows."""

IN_HUNDREDTHS = {"total"}

WORDS: dict[str, str] = {
    "result": "SELECT o.price_fen FROM review r JOIN opened_bid o ON o.bid_id = r.winner_bid_id"
    " WHERE r.project_id = :project AND r.state = 'announced'",
    "contract": "SELECT amount_fen FROM contract WHERE project_id = :project",
}
"""The sum of money that a notice of a kind has to name."""


def figure_faults(session: Session, paper: Document) -> Iterator[str]:
    """Where a paper just printed says another figure than the rows."""
    where = {"subject": paper.subject_id, "project": paper.project_id, "paper": paper.id}
    for path, question in FIGURES.get(paper.kind, ()):
        said = _at(paper.snapshot, path)
        held = session.scalar(text(question), _bound(question, where))
        if said is not None and held is not None and int(said) != int(held):
            yield f"{paper.kind} says {path} = {said}, rows {held} ({paper.id})"
    if paper.kind is DocumentKind.NOTICE:
        yield from _words_faults(session, paper, where)


def _words_faults(session: Session, paper: Document, where: dict[str, str]) -> Iterator[str]:
    number = str((paper.snapshot or {}).get("number"))
    kind = session.scalar(
        text("SELECT kind FROM notice WHERE number = :number"), {"number": number}
    )
    question = WORDS.get(str(kind))
    fen = session.scalar(text(question), _bound(question, where)) if question else None
    if fen is not None:
        words = json.dumps(paper.snapshot, ensure_ascii=False)
        if Money(fen).format().replace("¥", "") not in words:
            yield f"notice {number} ({kind}) does not name {Money(fen).format()}"


def _bound(question: str, where: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in where.items() if f":{name}" in question}


def _at(data: Any, path: str) -> Any:
    """A figure of a paper; of a list its length, or the sum of a figure of its rows."""
    found = data
    for step in path.split():
        if found is None:
            return None
        if step == "#":
            found = len(found)
        elif step.startswith("+"):
            found = sum(int(row[step[1:]]) for row in found)
        else:
            found = found.get(step)
    return _hundredths(str(found)) if path in IN_HUNDREDTHS and found is not None else found


def _hundredths(said: str) -> int:
    whole, _, part = said.partition(".")
    return int(whole) * 100 + int(f"{part:0<2}"[:2])
