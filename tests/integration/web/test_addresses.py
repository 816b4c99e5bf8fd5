"""Addresses that no database can look up are not found, on both databases."""

import pytest

from tests.world import World

TOO_LARGE = 2**63


@pytest.mark.parametrize(
    "path",
    [
        "/documents/%00",
        "/documents/x%00y/view",
        "/notices/%00",
        "/api/notices/%00",
        "/catalogue/A%00",
        "/catalogue/A%00/1",
        f"/catalogue/A0101/{TOO_LARGE}",
        "/opinion/%00",
        "/projects/A%00B",
    ],
)
def test_open_address_that_cannot_be_looked_up_is_not_found(world: World, path: str) -> None:
    assert world.client().raw("GET", path).status_code == 404
