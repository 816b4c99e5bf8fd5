"""Case pages kept for their readers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from procure.desks.casework.page_cache import LONGEST, MOST, CasePageCache, View, view_of
from procure.kernel.access import VISITOR, Actor, Level, OrganisationKind, Role

NOW = datetime(2026, 3, 2, 1, 0, 30, tzinfo=UTC)
LATER = NOW + timedelta(seconds=90)
CASE = "c" * 32
CLERK = Actor(
    "u1",
    "陈晓岚",
    "o1",
    "珠海市斗门区民政局",
    OrganisationKind.CIVIL_AFFAIRS_BUREAU,
    Level.DISTRICT,
    frozenset({Role.CLERK}),
)


def kept_view(actor: Actor = CLERK, links: int = 7) -> View:
    view = view_of(actor, CASE, links)
    assert view is not None
    return view


def test_find_same_reader_before_the_turn_gives_page() -> None:
    pages = CasePageCache()
    pages.keep(kept_view(), Markup("页"), NOW, LATER)

    assert pages.find(kept_view(), NOW) == "页"
    assert pages.find(kept_view(), LATER - timedelta(microseconds=1)) == "页"


def test_find_after_new_link_or_turn_gives_nothing() -> None:
    pages = CasePageCache()
    pages.keep(kept_view(), Markup("页"), NOW, LATER)

    assert pages.find(kept_view(links=8), NOW) is None
    assert pages.find(kept_view(), LATER) is None
    assert pages.find(kept_view(), NOW - timedelta(seconds=1)) is None


def test_find_page_made_long_ago_gives_nothing() -> None:
    pages = CasePageCache()
    pages.keep(kept_view(), Markup("页"), NOW, NOW + timedelta(days=1))

    assert pages.find(kept_view(), NOW + LONGEST) is None


def test_find_other_rights_gives_nothing() -> None:
    pages = CasePageCache()
    pages.keep(kept_view(), Markup("页"), NOW, LATER)

    promoted = Actor(
        CLERK.user_id,
        CLERK.name,
        CLERK.organisation_id,
        CLERK.organisation_name,
        CLERK.organisation_kind,
        CLERK.level,
        frozenset({Role.APPROVER}),
    )
    assert pages.find(kept_view(promoted), NOW) is None
    assert pages.find(kept_view(replace(CLERK, user_id="u2")), NOW) is None
    assert pages.find(kept_view(VISITOR), NOW) is None


def test_view_of_those_who_see_other_chains_is_none() -> None:
    for kind in (
        OrganisationKind.SUPPLIER,
        OrganisationKind.EXPERT_POOL,
        OrganisationKind.ASSESSOR,
    ):
        assert view_of(replace(CLERK, organisation_kind=kind), CASE, 7) is None


def test_keep_too_many_forgets_the_one_used_longest_ago() -> None:
    pages = CasePageCache()
    for number in range(MOST):
        pages.keep(kept_view(links=number), Markup(number), NOW, LATER)
    assert pages.find(kept_view(links=0), NOW) == "0"

    pages.keep(kept_view(links=MOST), Markup("last"), NOW, LATER)

    assert pages.find(kept_view(links=0), NOW) == "0"
    assert pages.find(kept_view(links=1), NOW) is None
