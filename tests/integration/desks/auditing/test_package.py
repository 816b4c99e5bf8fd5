"""The audit package of a case: complete, checkable by a stock Python, silent on what is secret."""

import subprocess
import sys
from pathlib import Path

import pytest

from procure.desks.auditing import verify_trail
from procure.desks.auditing.package import Maker, Package, export_package, snapshot
from procure.registers.documents.storage import file_store
from procure.registers.projects.models import Project
from tests.factories.auditing import RECIPIENT_NAME, Case, CaseBuilder
from tests.world import World


def packed(world: World, case: Case) -> Package:
    snapshot(world.session)
    project = world.session.get_one(Project, case.project_id)
    return export_package(
        world.session, project, Maker(case.auditor, "年度审计", world.now), file_store()
    )


def build(world: World, stop: str = "payment") -> Case:
    builder = CaseBuilder(world.session, file_store())
    case = builder.build(stop)
    world.clock.move_to(builder.clock.now())
    return case


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
