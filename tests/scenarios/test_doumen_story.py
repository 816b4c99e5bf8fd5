"""A year of home care in Doumen, told from the budget line to the auditor's own check."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from procure.cli.main import main
from procure.config import from_environment
from procure.demonstration.app import application
from procure.demonstration.papers import leave_papers
from procure.demonstration.route import Stop, walk_to
from procure.demonstration.steps.planning import load_catalogue
from procure.kernel.access import Level
from procure.kernel.clock import FixedClock, SystemClock
from procure.kernel.money import Money, capitals
from procure.kernel.vocabulary import EvaluationKind, Grade
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.storage import file_store
from procure.stages.acceptance.models import Acceptance, OpinionSlip
from procure.stages.contracts.models import Contract, ContractShare
from procure.stages.evaluation.models import Evaluation
from procure.stages.payments.models import TreasuryPayment
from procure.store.base import db
from tests.factories.reminders import unmet_duties
from tests.printing import as_printed
from tests.scenarios.looking_round import Visit
from tests.scenarios.story import STORY, a_walk_through
from tests.world import START, World, build_world

PRICE = Money.parse("172800.00")
VERIFIER = "verify_trail.py"


def test_doumen_story_walked_through_its_year_ends_paid_and_proven(
    postgres_database: str, tmp_path: Path
) -> None:
    for world in build_world(postgres_database, tmp_path, FixedClock(START)):
        told: list[str] = []
        visit = Visit(world, every=97)

        def after(line: str) -> None:
            told.append(line)
            every_duty_can_be_met(world)
            visit.after(line)

        walk = a_walk_through(world, after)
        load_catalogue(walk)
        walk_to(walk, Stop.END)
        assert visit.opened
        assert visit.broken == []
        told += leave_papers(walk, tmp_path)

        the_year_is_paid_and_proven(world, told, tmp_path)


def test_command_walks_the_story_on_an_emptied_demonstration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What the README's first example does, on SQLite as it is there."""
    monkeypatch.setenv("PROCURE_MODE", "demo")
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    left = tmp_path / "demo" / "old.pdf"
    left.parent.mkdir()
    left.touch()

    assert main(["demo", "--story", STORY, "--fresh"]) == 0

    told = capfd.readouterr().out.splitlines()
    assert not left.exists()
    app = application(from_environment())
    with app.app_context():
        world = World(app, FixedClock(SystemClock().now()), tmp_path)
        the_year_is_paid_and_proven(world, told, tmp_path / "demo")
        db.session.remove()
        db.engine.dispose()


def the_year_is_paid_and_proven(world: World, told: list[str], papers: Path) -> None:
    the_contract_is_a_paper_one_can_read(world)
    both_evaluations_are_reported_and_passed(world)
    the_recipients_were_heard_before_the_certificate(world)
    what_was_paid_equals_what_was_promised_by_level(world)
    assert told[-1].strip() == "合计已付 ¥172,800.00，与合同金额一致"
    [package] = papers.glob("*/*.zip")
    the_package_proves_itself(package, papers)
    one_changed_byte_is_refused_by_name(package, papers)


def every_duty_can_be_met(world: World) -> None:
    """After every act of the story: each running term is of people who can act, and see it."""
    assert unmet_duties(world.session, world.clock.now()) == []


def papers_of(world: World, kind: DocumentKind) -> list[str]:
    """The text of every filed paper of a kind, blanks taken out as line ends fall anywhere."""
    rows = world.session.scalars(select(Document).where(Document.kind == kind)).all()
    return [
        "".join(
            "".join(page.extract_text().split())
            for page in PdfReader(BytesIO(as_printed(file_store().read(row.sha256)))).pages
        )
        for row in rows
    ]


def the_contract_is_a_paper_one_can_read(world: World) -> None:
    contract = world.session.scalars(select(Contract)).one()
    texts = papers_of(world, DocumentKind.CONTRACT)
    assert texts
    for text in texts:
        assert contract.number in text
        assert capitals(PRICE) in text
        assert "珠海市斗门区晴暖社会工作服务中心" in text
        assert "困难老年人探访" in text


def both_evaluations_are_reported_and_passed(world: World) -> None:
    grades = dict(world.session.execute(select(Evaluation.kind, Evaluation.grade)).all())
    assert set(grades) == {EvaluationKind.MIDTERM, EvaluationKind.FINAL}
    assert Grade.FAIL not in grades.values()
    reports = papers_of(world, DocumentKind.EVALUATION_REPORT)
    assert any("中期评估" in text for text in reports)
    assert any("末期评估" in text for text in reports)


def the_recipients_were_heard_before_the_certificate(world: World) -> None:
    acceptance = world.session.scalars(select(Acceptance)).one()
    answered = world.session.scalars(select(OpinionSlip.answered_at)).all()
    assert answered
    assert acceptance.decided_at is not None
    assert all(at is not None and at < acceptance.decided_at for at in answered)
    assert any("验收" in text for text in papers_of(world, DocumentKind.ACCEPTANCE_CERTIFICATE))


def what_was_paid_equals_what_was_promised_by_level(world: World) -> None:
    promised = dict(
        world.session.execute(select(ContractShare.level, ContractShare.amount_fen)).all()
    )
    paid = dict(
        world.session.execute(
            select(TreasuryPayment.level, func.sum(TreasuryPayment.amount_fen)).group_by(
                TreasuryPayment.level
            )
        ).all()
    )
    assert paid == promised
    assert paid == {Level.CITY: 6_912_000, Level.DISTRICT: 10_368_000}
    assert sum(paid.values()) == PRICE.fen


def checked(package: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The package's own verifier in a process that has nothing but the standard library."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(folder / VERIFIER), str(package)],
        capture_output=True,
        text=True,
        timeout=120,
    )


def the_package_proves_itself(package: Path, folder: Path) -> None:
    with zipfile.ZipFile(package) as opened:
        inside = next(name for name in opened.namelist() if name.endswith(VERIFIER))
        (folder / VERIFIER).write_bytes(opened.read(inside))
    answer = checked(package, folder)
    assert answer.returncode == 0, answer.stderr
    assert "核对通过" in answer.stdout


def one_changed_byte_is_refused_by_name(package: Path, folder: Path) -> None:
    content = package.read_bytes()
    for word in (b'"amount_fen":', b"%PDF", b'"event":'):
        at = content.index(word) + len(word)
        changed = bytearray(content)
        changed[at] ^= 1
        forged = folder / "forged.zip"
        forged.write_bytes(bytes(changed))
        answer = checked(forged, folder)
        assert answer.returncode == 1, f"{word!r} passed"
        assert "核对不通过" in answer.stderr
        assert "Traceback" not in answer.stderr
