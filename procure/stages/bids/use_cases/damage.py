"""An opening that was not held: what stood in its way is recorded, damage or loss confirmed by a second
person.
"""

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, Stale
from procure.kernel.laws import cite
from procure.kernel.lifecycle import advance
from procure.stages.bids import policies, queries
from procure.stages.bids.events import DamageConfirmed, OpeningRefused
from procure.stages.bids.use_cases.draft import announced
from procure.stages.bids.use_cases.envelopes import EnvelopesAway, EnvelopesDamaged, is_lost
from procure.stages.tenders.models import Tender
from procure.store.unit_of_work import UnitOfWork


class ConfirmDamage(Command):
    """Have the damage or loss found be recorded. `seen` is the place in the trail of the finding that was
    read, so that nobody confirms what they have not seen.
    """

    tender_id: str
    seen: int | None
    reason: str


def note_refused_opening(
    uow: UnitOfWork, tender_id: str, refusal: EnvelopesAway | EnvelopesDamaged
) -> None:
    """Record why the bids could not be opened; the same finding once a day, however often tried."""
    tender, _ = announced(uow, tender_id)
    away = refusal.digests if isinstance(refusal, EnvelopesAway) else ()
    damaged = refusal.damaged if isinstance(refusal, EnvelopesDamaged) else ()
    said = tuple(one.said() for one in damaged)
    missing = (
        tuple(one.said() for one in refusal.missing) if isinstance(refusal, EnvelopesAway) else ()
    )
    before = queries.find_refused_opening(uow.session, tender)
    if (
        before is not None
        and (before.away, before.damaged, before.missing) == (away, said, missing)
        and local_date(before.at) == local_date(uow.now)
    ):
        return
    uow.emit(
        OpeningRefused.of(
            tender,
            tried_at=uow.now,
            is_away=isinstance(refusal, EnvelopesAway),
            away=away,
            damaged=said,
            missing=missing,
        )
    )


def confirm_damage(uow: UnitOfWork, command: ConfirmDamage) -> Tender:
    """Have the envelopes of the last refused opening recorded as damaged, or as lost by the platform,
    by the next one.

    Raises Stale when another finding was made since the one that was read, or a file that was
    missing is back, EnvelopesAway when the store is away: then nobody can tell what is lost.
    """
    tender, project = announced(uow, command.tender_id)
    found = queries.find_refused_opening(uow.session, tender)
    waiting = queries.unconfirmed_damage(uow.session, tender)
    tried_by = found.tried_by if found is not None and waiting else None
    since = queries.missing_since(uow.session, tender)
    policies.may_confirm_damage(uow.actor, tender, project, tried_by, since, uow.now).require()
    assert found is not None
    if command.seen not in (None, found.seq):
        raise Stale("开标时又发现了新的情况，您刚才看到的不是最新的，没有确认。")
    if any(one["damage"] == policies.LOST and not is_lost(one["sha256"]) for one in waiting):
        raise Stale("找不到的密封件已经恢复，没有确认；请由经办人再次开标。")
    if not command.reason.strip():
        raise Invalid(
            "reason", "请写明为什么不能恢复、怎样核实的。", cite("opening", tender.method)
        )
    tender.state = advance("confirm_damage", tender.state)
    uow.emit(DamageConfirmed.of(tender, damaged=waiting, reason=command.reason.strip()))
    return tender
