"""The style guide's pages: they render, they are valid HTML, and they say what they must."""

import re
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient

from procure.kernel.case_lines import StageStep, StepStanding
from procure.web.styleguide import PAGES
from tests import markup

PARTS = Path(__file__).parents[3] / "static" / "css" / "parts.css"
ADDRESSES = ["/styleguide/", *(f"/styleguide/{name}" for name in PAGES)]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_is_sound(client: FlaskClient, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 200
    tree = markup.parse(answer.data)
    has_title_language_one_heading_and_unique_ids(tree)
    has_a_label_for_every_field_and_a_target_for_every_reference(tree)
    needs_no_inline_script_or_style(tree)
    words = " ".join("".join(tree.find("body").itertext()).split())
    assert not re.search(r"\b(draft|submitted|published|not_started|needs_change|None)\b", words)


def has_title_language_one_heading_and_unique_ids(tree: Element) -> None:
    assert tree.attrib["lang"] == "zh-Hans-CN"
    assert tree.findtext("head/title").endswith(" – 政府购买服务平台")
    assert len(tree.findall(".//h1")) == 1
    ids = [element.attrib["id"] for element in tree.iter() if "id" in element.attrib]
    assert sorted(ids) == sorted(set(ids))


def has_a_label_for_every_field_and_a_target_for_every_reference(tree: Element) -> None:
    ids = {element.attrib["id"] for element in tree.iter() if "id" in element.attrib}
    labelled = {label.attrib["for"] for label in tree.iter("label")}

    for tag in ("input", "select", "textarea"):
        for element in tree.iter(tag):
            if element.attrib.get("type") != "hidden":
                assert element.attrib["id"] in labelled
    for element in tree.iter():
        for name in ("aria-describedby", "aria-labelledby"):
            assert set(element.attrib.get(name, "").split()) <= ids


def needs_no_inline_script_or_style(tree: Element) -> None:
    assert not list(tree.iter("style"))
    for element in tree.iter():
        assert "style" not in element.attrib
        assert not [name for name in element.attrib if name.startswith("on")]
    for script in tree.iter("script"):
        assert script.attrib["src"].startswith("/static/")


def test_day_under_the_stage_bar_breaks_after_its_year_alone(app: Flask) -> None:
    """With doubled text a day does not fit on one line; it must not be torn between its digits."""
    step = StageStep("计划", StepStanding.DONE, on=date(2025, 9, 8))
    with app.test_request_context():
        macros = app.jinja_env.get_template("_macros/stage_bar.html").module
        drawn = str(macros.stage_bar([step]))
    [rule] = re.findall(r"^\.step-note \{(.*)\}", PARTS.read_text(), re.MULTILINE)

    assert drawn.count("2025年<wbr>9月8日</time>") == 2, "in the wide bar and in the narrow list"
    assert "word-break: keep-all" in rule
