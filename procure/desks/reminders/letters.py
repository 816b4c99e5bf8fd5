"""Letters that say more than the event does: to bidders, to whoever runs or guards the platform.
Written in the transaction in which the thing happens.

Whose turn an event makes it, and whom it goes against, stands in the table of `at_once`.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from procure.desks.reminders.events import SupplierTold
from procure.desks.reminders.messages import Message, event_facts, letter_to, line_facts
from procure.desks.reminders.staff import staff
from procure.desks.reminders.use_cases import put_messages
from procure.kernel.access import Permission, Role, roles_with
from procure.kernel.clock import local_date
from procure.kernel.day_words import date_words, instant_words
from procure.kernel.events import Event
from procure.kernel.lifecycle import BidState
from procure.kernel.methods import words_of
from procure.kernel.paths import case_path, notice_path
from procure.registers.accounts.events import SignInsMassed
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.queries import find_term, term_line
from procure.registers.notices.facts import case_facts
from procure.registers.projects.models import Project
from procure.render.wording import letter
from procure.stages.awards import policies as awards
from procure.stages.awards.events import ResultAnnounced
from procure.stages.awards.models import Review
from procure.stages.awards.pages import challenge_line
from procure.stages.awards.queries import OwnResult, own_results
from procure.stages.awards.use_cases.decision import SIGNING_TERM
from procure.stages.bids.events import LOSS, BidShutOut, OpeningRefused, TenderFailed
from procure.stages.bids.models import Bid
from procure.stages.bids.policies import failure_rule
from procure.stages.tenders.events import TenderTerminated
from procure.stages.tenders.models import DocumentTaker, Tender
from procure.stages.tenders.policies import termination_rule
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import settings

OPENING_REFUSED = "opening_refused"
BID_LOST = "bid_lost"
MOST_DIGESTS = 20
TERMINATED, FAILED, AWARDED, NOT_AWARDED = "terminated", "failed", "awarded", "not_awarded"
SIGN_INS_MASSED = "sign_ins_massed"


@dataclass(frozen=True)
class Letter:
    """What one supplier is told, title and text; the page is where they read on."""

    kind: str
    said: tuple[str, str]
    path: str


def on_tender_terminated(uow: UnitOfWork, happened: TenderTerminated) -> None:
    """Tell all who took the document, bidders or not, why it ended (O87 art 29)."""
    takers = select(DocumentTaker).where(DocumentTaker.tender_id == happened.subject_id)
    _tell(uow, TERMINATED, happened, takers, termination_rule)


def on_tender_failed(uow: UnitOfWork, happened: TenderFailed) -> None:
    """Tell all who bid why nobody can win, at the opening or in the review (GPL art 36)."""
    bidders = select(Bid.supplier_id).where(
        Bid.tender_id == happened.subject_id,
        Bid.state.in_((BidState.SUBMITTED, BidState.OPENED)),
    )
    takers = select(DocumentTaker).where(
        DocumentTaker.tender_id == happened.subject_id, DocumentTaker.supplier_id.in_(bidders)
    )
    _tell(uow, FAILED, happened, takers, failure_rule)


def on_result_announced(uow: UnitOfWork, happened: ResultAnnounced) -> None:
    """Tell each bidder what became of its own bid, and of the others only what the notice says.

    Who did not win reads their own score and rank, or why their bid was refused (O87 art 69); the
    winner reads until when they have to sign (GPL art 46).
    """
    review = uow.session.get_one(Review, happened.subject_id)
    results = own_results(uow.session, review)
    tender = uow.session.get_one(Tender, happened.tender_id)
    project, case = _case(uow.session, tender)
    takers = select(DocumentTaker).where(
        DocumentTaker.tender_id == tender.id, DocumentTaker.supplier_id.in_(results)
    )
    letters = []
    for taker in uow.session.scalars(takers.order_by(DocumentTaker.id)):
        result = results[taker.supplier_id]
        facts = {
            **case,
            "amount_fen": happened.amount_fen,
            "notice": happened.notice,
            "rank": result.rank if result.total_points is not None else None,
            "points": result.total_points,
        }
        if result.is_winner:
            kind, more = AWARDED, _award_facts(uow, review)
        else:
            kind, more = NOT_AWARDED, _loss_facts(happened, result, tender, uow.now)
        said = letter(f"{kind.replace('_', '-')}@1", facts | more)
        letters.append((taker, Letter(kind, said, case_path(project.number, "bid", "result"))))
    _send(uow, happened, tender.id, letters)


def on_opening_refused(uow: UnitOfWork, happened: OpeningRefused) -> None:
    """Raise the alarm: whoever runs the platform restores the files; where they are damaged or
    missing, the buyer's approvers hear that it may fall to them.

    The same finding is told once a day, as it is recorded.
    """
    project = uow.session.get_one(Project, happened.project)
    people = staff(uow.session)
    told = people.everywhere(Role.SYSTEM_ADMIN)
    if happened.damaged or happened.missing:
        told |= people.holders(project.buyer_id, roles_with(Permission.DAMAGE_CONFIRM))
    digests = [*happened.away, *(one["sha256"] for one in happened.damaged)]
    facts = {
        "project_name": project.title,
        "project_no": project.number,
        **event_facts(happened),
        "digests": digests[:MOST_DIGESTS],
        "more": max(0, len(digests) - MOST_DIGESTS),
    }
    finding = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()[:16]
    messages = letter_to(
        told,
        letter("opening-refused@1", facts),
        kind=OPENING_REFUSED,
        subject_id=happened.subject_id,
        occurrence=f"{local_date(uow.now):%Y%m%d}/{finding}",
        path="/desk",
        project_id=happened.project,
    )
    put(uow, messages)


def on_bid_lost(uow: UnitOfWork, happened: BidShutOut) -> None:
    """Tell a bidder whose envelope the platform lost, at the opening of the others."""
    if happened.act != LOSS:
        return
    bid = uow.session.get_one(Bid, happened.subject_id)
    tender = uow.session.get_one(Tender, happened.tender_id)
    project, facts = _case(uow.session, tender)
    facts |= {"received_at": instant_words(happened.received_at), "note_id": happened.note_id}
    messages = letter_to(
        staff(uow.session).holders(bid.supplier_id, roles_with(Permission.BID_DRAFT)),
        letter("bid-lost@1", facts),
        kind=BID_LOST,
        subject_id=tender.id,
        occurrence=happened.note_id,
        path=case_path(project.number, "bid"),
        project_id=project.id,
    )
    put(uow, messages)


def on_sign_ins_massed(uow: UnitOfWork, happened: SignInsMassed) -> None:
    """Tell those who guard the platform that somebody guesses passwords, once for each mass."""
    said = letter("sign-ins-massed@1", {**event_facts(happened), "person": happened.person})
    people = staff(uow.session)
    pages = {Role.SECURITY_ADMIN: "/admin/grants", Role.AUDIT_ADMIN: "/admin/log"}
    for office, path in pages.items():
        messages = letter_to(
            people.everywhere(office),
            said,
            kind=SIGN_INS_MASSED,
            subject_id=happened.subject_id,
            occurrence=uow.now.isoformat(timespec="seconds"),
            path=path,
        )
        put(uow, messages)


def tell_of(
    uow: UnitOfWork,
    happened: Event,
    whose: Iterable[str],
    reference: str,
    facts: Mapping[str, Any],
    *,
    path: str,
) -> None:
    """Write to these people of an event: the letter is filled with what it says, and these facts."""
    messages = letter_to(
        whose,
        letter(reference, {**event_facts(happened), **facts}),
        kind=happened.name,
        subject_id=happened.subject_id,
        occurrence=uow.now.isoformat(timespec="microseconds"),
        path=path,
    )
    put(uow, messages)


def put(uow: UnitOfWork, messages: list[Message]) -> int:
    """Put messages into inboxes, with their copies by mail where mail is set up; how many were new."""
    return put_messages(uow, messages, by_mail=bool(settings().mail_url))


def _case(session: Session, tender: Tender) -> tuple[Project, dict[str, Any]]:
    """The project of a purchase, and what every letter about it may name, in the words of its way of
    procuring.
    """
    project = session.get_one(Project, tender.project_id)
    buyer = session.get_one(Organisation, project.buyer_id)
    words = words_of(tender.method)
    return project, {**asdict(words), **case_facts(project, buyer), "failed": words.failed}


def _award_facts(uow: UnitOfWork, review: Review) -> dict[str, Any]:
    term = find_term(uow.session, review.id, SIGNING_TERM)
    assert term is not None
    line = term_line(term, uow.now)
    return {
        "rule": awards.RULE_RESULT,
        "sign_by": date_words(line.on),
        "sign_rule": line.rule,
        **line_facts(line),
    }


def _loss_facts(
    happened: ResultAnnounced, result: OwnResult, tender: Tender, now: datetime
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "winner": happened.supplier_name,
        "refused": result.rank is None,
        "reason": result.reason,
        "rule": awards.loser_rule(tender),
    }
    if happened.notice_until is None:
        return facts
    line = challenge_line(happened.notice_until, now)
    return facts | {
        "challenge_by": date_words(line.on),
        "challenge_rule": awards.RULE_CHALLENGE,
        **line_facts(line),
    }


def _tell(
    uow: UnitOfWork,
    kind: str,
    happened: TenderTerminated | TenderFailed,
    takers: Select[DocumentTaker],
    rule_of: Callable[[Tender], str | None],
) -> None:
    """Write the same to all these suppliers; who the others are stays unsaid."""
    tender = uow.session.get_one(Tender, happened.subject_id)
    _, case = _case(uow.session, tender)
    facts = {
        **case,
        "reason": happened.reason,
        "rule": rule_of(tender),
        "notice": happened.notice,
        "is_sealed": tender.opened_at is None,
        "cancelled": isinstance(happened, TenderTerminated) and happened.cancelled,
    }
    told = Letter(kind, letter(f"{kind}@1", facts), notice_path(happened.notice))
    found = uow.session.scalars(takers.order_by(DocumentTaker.id)).all()
    _send(uow, happened, tender.id, [(taker, told) for taker in found])


def _send(
    uow: UnitOfWork,
    happened: TenderTerminated | TenderFailed | ResultAnnounced,
    tender_id: str,
    letters: Iterable[tuple[DocumentTaker, Letter]],
) -> None:
    """Write to the people of these suppliers who prepare bids.

    That each was told, and how, is proved in the chain of its own taking.
    """
    people, roles = staff(uow.session), roles_with(Permission.BID_DRAFT)
    messages: list[Message] = []
    for taker, told in letters:
        own = letter_to(
            people.holders(taker.supplier_id, roles),
            told.said,
            kind=told.kind,
            subject_id=tender_id,
            occurrence="once",
            path=told.path,
            project_id=happened.project,
        )
        messages += own
        supplier = uow.session.get_one(Organisation, taker.supplier_id)
        uow.emit(
            SupplierTold(
                subject_id=taker.id,
                tender_id=tender_id,
                supplier_name=supplier.name,
                notice=happened.notice,
                words=told.said[1],
                messages=tuple(message.id for message in own),
            )
        )
    put(uow, messages)
