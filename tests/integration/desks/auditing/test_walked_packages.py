"""Packages of the demonstration's cases, at every stage one of them stands at."""

from io import BytesIO

from sqlalchemy import select

from procure.desks.auditing import verify_trail
from procure.desks.auditing.package import Maker, export_package
from procure.registers.documents.storage import file_store
from procure.registers.projects.models import Project
from procure.stages.bids.models import Bid, BidVersion
from procure.stages.delivery.models import Recipient
from procure.stages.tenders.models import Tender
from procure.store.base import snapshot
from tests.world import World


def test_every_case_of_the_demonstration_packs_and_passes(shared_walked: World) -> None:
    world = shared_walked
    auditor = world.actor("system")
    numbers = list(world.session.scalars(select(Project.number).order_by(Project.number)))
    wrong = {}
    for number in numbers:
        snapshot(world.session)
        project = world.session.scalars(select(Project).where(Project.number == number)).one()
        package = export_package(
            world.session, project, Maker(auditor, "逐一核对", world.now), file_store()
        )
        try:
            verify_trail.verify(BytesIO(package.content))
        except verify_trail.Bad as bad:
            wrong[number] = str(bad)
        names = world.session.scalars(select(Recipient.name))
        rows = package.content.decode("utf-8", "ignore").split("documents/")[0]
        assert not [name for name in names if name in rows]

    assert wrong == {}
    assert len(numbers) > 3


def test_package_before_the_opening_tells_nothing_of_bids(shared_walked: World) -> None:
    world = shared_walked
    closed = select(Tender.project_id).where(Tender.opened_at.is_(None))
    projects = world.session.scalars(select(Project).where(Project.id.in_(closed))).all()
    assert projects
    for project in projects:
        snapshot(world.session)
        package = export_package(
            world.session, project, Maker(world.actor("system"), "开标前", world.now), file_store()
        )
        bids = world.session.execute(
            select(Bid.id, Bid.supplier_id)
            .join(Tender, Tender.id == Bid.tender_id)
            .where(Tender.project_id == project.id, Tender.opened_at.is_(None))
        ).all()
        secrets = {part for row in bids for part in row}
        secrets |= set(
            world.session.scalars(
                select(BidVersion.received_from).where(BidVersion.bid_id.in_([b[0] for b in bids]))
            )
        )
        assert not [secret for secret in secrets if secret.encode() in package.content]
