"""The audit package of a case: complete, checkable by a stock Python, silent on what is secret."""

import json
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from procure.desks.auditing import verify_trail
from procure.desks.auditing.package import Maker, Package, export_package
from procure.kernel.lifecycle import BidState, ReviewState, TenderState
from procure.kernel.vocabulary import PriceWay, ProcurementMethod
from procure.registers.documents.storage import file_store
from procure.registers.projects.models import Project
from procure.stages.awards.models import Review
from procure.stages.bids.models import Bid
from procure.stages.tenders.models import Tender
from procure.store.base import snapshot
from procure.store.types import new_id
from tests.factories.auditing import RECIPIENT_NAME, Case, CaseBuilder, whole
from tests.world import World


def packed(world: World, case: Case) -> Package:
    snapshot(world.session)
    project = world.session.get_one(Project, case.project_id)
    return export_package(
        world.session, project, Maker(case.auditor, "年度审计", world.now), file_store()
    )


def build(world: World, stop: str = "payment") -> Case:
    return built(world, stop)[1]


def built(world: World, stop: str) -> tuple[CaseBuilder, Case]:
    """A case, with its builder for what comes next."""
    builder = CaseBuilder(world.session, file_store())
    case = builder.build(stop)
    world.clock.move_to(builder.clock.now())
    return builder, case


def rows_of(package: Package, name: str) -> list[dict[str, Any]]:
    """The rows of one file of a package that the verifier accepts."""
    verify_trail.verify(BytesIO(package.content))
    with ZipFile(BytesIO(package.content)) as archive:
        return [json.loads(line) for line in archive.read(name).splitlines()]


def chains(package: Package, kind: str) -> set[str]:
    """The chains of that kind in a package."""
    lines = rows_of(package, "trail.jsonl")
    streams = {json.loads(line["header"])["stream"] for line in lines if line["header"]}
    return {stream for stream in streams if stream.startswith(f"{kind}:")}


def run(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The verifier as an auditor runs it: isolated, no site packages."""
    return subprocess.run(
        [sys.executable, "-I", "-S", verify_trail.__file__, str(path), *more],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("stop", CaseBuilder.STEPS)
def test_export_at_any_step_gives_a_package_the_verifier_accepts(
    world: World, stop: str, tmp_path: Path
) -> None:
    case = build(world, stop)
    package = packed(world, case)
    path = tmp_path / "p.zip"
    path.write_bytes(package.content)

    answer = run(path)

    assert answer.returncode == 0, answer.stderr
    assert "核对通过" in answer.stdout
    assert RECIPIENT_NAME.encode() not in package.content


def test_takers_stay_out_until_the_opening_and_travel_from_then_on(embedded_world: World) -> None:
    """Who took the document, and how many did, is nobody's to know before (O87 art 28)."""
    builder, case = built(embedded_world, "bids")

    before = packed(embedded_world, case)
    builder._opening()
    after = packed(embedded_world, case)

    assert chains(before, "taker") == set()
    assert not [taker for taker in builder.takers if taker.encode() in before.content]
    assert chains(after, "taker") == {f"taker:{taker}" for taker in builder.takers}
    assert {row["id"] for row in rows_of(after, "rows/document_taker.jsonl")} == set(builder.takers)


def test_takers_of_an_opening_that_named_none_travel_all_the_same(embedded_world: World) -> None:
    builder, case = built(embedded_world, "bids")
    ends = builder._ends
    builder._ends = lambda uow, kind, ids: ends(uow, kind, ids if kind == "bid" else [])
    builder._opening()

    package = packed(embedded_world, case)

    assert chains(package, "taker") == {f"taker:{taker}" for taker in builder.takers}


@pytest.mark.parametrize("state", [ReviewState.PANEL_DRAWN, ReviewState.REPORTED])
def test_review_of_a_terminated_purchase_travels_however_far_it_came(
    embedded_world: World, state: ReviewState
) -> None:
    builder, case = built(embedded_world, "award")
    sealed = packed(embedded_world, case)
    with builder.uow("buyer") as uow:
        review = uow.session.get_one(Review, builder.review_id)
        review.state = state
        if state is ReviewState.REPORTED:
            builder.tell(uow, "ReviewReportDelivered", review.id)
        uow.session.get_one(Tender, builder.tender_id).state = TenderState.TERMINATED
        builder.tell(uow, "TenderTerminated", builder.tender_id, reason="重大变故")

    package = packed(embedded_world, case)

    assert rows_of(sealed, "rows/review.jsonl") == []
    assert [row["state"] for row in rows_of(package, "rows/review.jsonl")] == [state.value]
    assert len(rows_of(package, "rows/panel_member.jsonl")) == 1
    assert "专家甲" in package.content.decode("utf-8", "ignore")


def test_second_round_keeps_its_secrets_while_the_first_is_told(embedded_world: World) -> None:
    """The same suppliers bid again: their first bids and takings stay readable."""
    builder, case = built(embedded_world, "award")
    again, bid = new_id(), new_id()
    with builder.uow("buyer") as uow:
        uow.session.get_one(Review, builder.review_id).state = ReviewState.FAILED
        builder.tell(uow, "ReviewFailed", builder.review_id)
        first = uow.session.get_one(Tender, builder.tender_id)
        first.state = TenderState.FAILED
        builder.tell(uow, "TenderFailed", first.id)
        uow.session.add(
            whole(
                Tender, id=again, project_id=case.project_id, round=2, state=TenderState.PUBLISHED,
                method=ProcurementMethod.OPEN_TENDER, price_way=PriceWay.FIXED,
                budget_fen=190_000_000, ceiling_fen=188_000_000, term_months=12,
                drafted_by=case.people["buyer"], published_at=uow.now,
                deadline_at=uow.now + timedelta(days=10),
            )
        )  # fmt: skip
        for name in ("TenderDrafted", "TenderSubmitted", "TenderPublished"):
            builder.tell(uow, name, again, ceiling_fen=188_000_000)
    builder.take("supplier", again)
    with builder.uow("supplier") as uow:
        uow.session.add(
            whole(
                Bid, id=bid, tender_id=again, lot_id=builder.lot_id, state=BidState.SUBMITTED,
                supplier_id=builder.organisations["supplier"], draft=b"x", drafted_at=uow.now,
            )
        )  # fmt: skip
        builder.tell(uow, "BidSubmitted", bid, f"bid:{bid}", number=1, sha256="cd" * 32)

    package = packed(embedded_world, case)

    assert chains(package, "bid") == {f"bid:{one}" for one in case.bids}
    assert chains(package, "taker") == {f"taker:{taker}" for taker in builder.takers[:2]}
    assert len(rows_of(package, "rows/review.jsonl")) == 1
    assert bid.encode() not in package.content
    assert builder.takers[2].encode() not in package.content
