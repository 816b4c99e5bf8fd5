"""Style sheets and scripts: kept by browsers for long, and never shown after a new release."""

import re

from tests.world import World


def kept_for(world: World, address: str) -> tuple[int, str]:
    with world.app.test_client().get(address) as answer:
        return answer.status_code, answer.headers["Cache-Control"]


def test_every_style_sheet_names_its_version_and_may_be_kept_for_a_year(
    embedded_world: World,
) -> None:
    page = embedded_world.app.test_client().get("/login").get_data(as_text=True)
    found = re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg)\?v=[0-9a-f]{12})"', page)
    assert {one.partition("?")[0].rpartition("/")[2] for one in found} >= {
        "bootstrap.min.css",
        "parts.css",
        "print.css",
        "arriving.js",
        "rows.js",
    }
    for address in found:
        assert kept_for(embedded_world, address) == (200, "public, max-age=31536000, immutable")


def test_file_without_version_is_kept_for_an_hour_and_a_missing_one_not_at_all(
    embedded_world: World,
) -> None:
    assert kept_for(embedded_world, "/static/css/parts.css") == (200, "public, max-age=3600")
    assert kept_for(embedded_world, "/static/css/none.css?v=1") == (404, "no-store")
