"""What an edition of the catalogue must say before it is published."""

import pytest

from procure.kernel.errors import Invalid
from procure.stages.catalogue.models import CatalogueIndicator, CatalogueItem
from procure.stages.catalogue.policies import STANDARD_FIELDS, whole

FULL = {name: "写明" for name, _ in STANDARD_FIELDS}
HUNDRED = [CatalogueIndicator(points=6_000), CatalogueIndicator(points=4_000)]


def test_whole_edition_is_published() -> None:
    assert whole(CatalogueItem(**FULL), HUNDRED).ok


@pytest.mark.parametrize(("name", "words"), STANDARD_FIELDS)
def test_edition_that_leaves_a_part_of_its_standard_blank_is_not(name: str, words: str) -> None:
    verdict = whole(CatalogueItem(**{**FULL, name: " "}), HUNDRED)

    assert verdict.reason == f"服务标准还缺少：{words}。"
    with pytest.raises(Invalid) as refused:
        verdict.require()
    assert (refused.value.field, refused.value.remedy) == ("indicators", verdict.remedy)


@pytest.mark.parametrize("points", [9_999, 10_001, 0])
def test_edition_whose_indicators_do_not_add_up_is_not(points: int) -> None:
    assert not whole(CatalogueItem(**FULL), [CatalogueIndicator(points=points)]).ok
