"""Whom a paper is for: never wider than its page; and what a member of the panel is told of one that
their seat keeps from them, and until when.
"""

from itertools import product

import pytest

from procure.kernel.access import VISITOR, Actor, OrganisationKind, Permission, Role
from procure.registers.documents.audiences import (
    OWN_PAGE,
    PAGE,
    PanelSeat,
    Standing,
    is_readable,
)
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.policies import may_read
from procure.registers.projects.models import Part
from tests.factories.people import OFFICES, person_with

MEMBER = Actor(
    user_id="u" * 32,
    name="江月明",
    organisation_id="e" * 32,
    organisation_name="评审专家库",
    organisation_kind=OrganisationKind.EXPERT_POOL,
    level=None,
    roles=frozenset({Role.EXPERT}),
)


@pytest.mark.parametrize(
    ("seat", "when"),
    [
        (PanelSeat.KEPT_OUT, "签署回避声明以后"),
        (PanelSeat.JUDGING, "全部成员锁定评分以后"),
        (PanelSeat.STEPPED_ASIDE, "结果公告以后"),
    ],
)
def test_paper_kept_from_a_seat_says_when_it_opens(seat: PanelSeat, when: str) -> None:
    record = Document(
        kind=DocumentKind.OPENING_RECORD, audience=DocumentAudience.BUYER, subject_id="t" * 32
    )
    verdict = may_read(MEMBER, record, Standing(opened=True, seat=seat))
    assert not verdict.ok
    assert verdict.remedy is not None and verdict.remedy.startswith(when)


IN_THE_THICK = Standing(
    parts=frozenset(Part), in_view=True, opened=True, announced=True, seat=PanelSeat.INFORMED
)
"""The most that anybody's part in a case opens, but for a seat on the panel of this very paper."""


def test_every_kind_of_paper_belongs_to_a_page() -> None:
    assert set(PAGE) == set(DocumentKind)
    assert set(OWN_PAGE) <= set(PAGE)


@pytest.mark.parametrize("role", OFFICES)
def test_no_paper_is_read_without_the_permission_of_its_page(role: Role) -> None:
    actor = person_with(role)
    for kind, audience, is_own in product(DocumentKind, DocumentAudience, (True, False)):
        owner = actor.organisation_id if is_own else "another"
        paper = Document(kind=kind, audience=audience, subject_id="s", owner_id=owner)
        page = OWN_PAGE.get(kind, PAGE[kind]) if is_own else PAGE[kind]
        if audience is DocumentAudience.PUBLIC:
            assert is_readable(actor, paper, IN_THE_THICK)
            assert is_readable(VISITOR, paper, Standing())
        else:
            readable = is_readable(actor, paper, IN_THE_THICK)
            assert not readable or actor.may(page), (kind, audience, is_own)
            assert not is_readable(VISITOR, paper, IN_THE_THICK)


@pytest.mark.parametrize("kind", [DocumentKind.BID_ATTACHMENT, DocumentKind.REVIEW_REPORT])
def test_seat_on_the_panel_opens_its_own_papers_to_who_scores(kind: DocumentKind) -> None:
    paper = Document(kind=kind, audience=DocumentAudience.PANEL, subject_id="s", owner_id="o")
    seated = Standing(
        opened=True,
        announced=True,
        seat=PanelSeat.INFORMED,
        judges=frozenset({"s"}),
        informed_of=frozenset({"s"}),
    )
    assert is_readable(MEMBER, paper, seated)
    assert not is_readable(person_with(Role.CATALOGUE_KEEPER), paper, seated)
    assert not person_with(Role.CATALOGUE_KEEPER).may(Permission.BID_SCORE)


def test_assessor_reads_no_report_of_another() -> None:
    report = Document(
        kind=DocumentKind.EVALUATION_REPORT,
        audience=DocumentAudience.PARTIES,
        subject_id="s",
        owner_id="another assessor",
    )
    evaluator = person_with(Role.LEAD_EVALUATOR)
    assert not is_readable(evaluator, report, Standing(parts=frozenset({Part.ASSESSOR})))
    provider = person_with(Role.SUPPLIER_SIGNATORY)
    assert is_readable(provider, report, Standing(parts=frozenset({Part.SUPPLIER})))
