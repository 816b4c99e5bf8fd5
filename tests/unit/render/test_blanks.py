"""A template printed as a form: given values checked, the rest left open."""

from typing import Any

import pytest

from procure.kernel.errors import Invalid
from procure.render.blanks import MARK
from procure.render.documents import complete_data, document_html, load_template, template_names
from procure.render.fields import LINE


def form_of(name: str, **given: Any) -> str:
    """The template's pages as a form."""
    template = load_template(name)
    dated = {template.date_field: "2026-04-01"}
    return document_html(template, complete_data(template, {MARK: True, **dated, **given}))


CONTRACTS = [name for name in template_names() if load_template(name).is_contract]


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_can_be_printed_with_all_places_open(name: str) -> None:
    assert LINE in form_of(name, is_draft=True)


def test_a_form_shows_what_is_given_and_leaves_the_rest_open() -> None:
    page = form_of(
        "home-care",
        project_name="居家养老服务站项目",
        amount_fen=None,
        buyer={"name": "斗门区民政局"},
        payments=[{"seq": 1, "percent": "40", "trigger": "合同签订并备案"}],
        payment_days=30,
        no_longer_asked="旧字段",
    )
    assert "居家养老服务站项目" in page
    assert "斗门区民政局" in page
    assert "合同签订并备案" in page
    assert f"大写：人民币{LINE}" in page.replace('<span class="amount">', "").replace("</span>", "")
    assert "30 日内" in page
    assert "旧字段" not in page


def test_an_optional_place_that_is_not_given_is_not_printed() -> None:
    assert "合同期限超过一年" not in form_of("home-care")
    assert "合同期限超过一年" in form_of("home-care", multi_year_basis="各年度预算有保障。")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"payment_days": 90}, "payment_days"),
        ({"pricing": "暗标"}, "pricing"),
        ({"payments": [{"seq": 0}]}, "payments.0.seq"),
        ({"buyer": {"name": 5}}, "buyer.name"),
    ],
)
def test_what_is_given_is_checked_as_ever(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        form_of("home-care", **given)
    assert refusal.value.field == field
