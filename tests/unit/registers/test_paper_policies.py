"""What a member of the panel is told of a paper that his seat keeps from him, and until when."""

import pytest

from procure.kernel.access import Actor, OrganisationKind, Role
from procure.registers.documents.audiences import PanelSeat, Standing
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.policies import may_read

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
