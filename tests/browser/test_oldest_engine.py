"""The oldest engine that is promised, itself: pages are laid out, and what scripts add is there."""

import pytest

from tests.architecture.test_old_browsers import REFINES, RULE, SHEETS, plain
from tests.browser.oldest_engine import OldPage, oldest_engine
from tests.browser.pages import Cast

pytestmark = [pytest.mark.browser, pytest.mark.drill]


def lays_out(page: OldPage, selector: str, style: str) -> str:
    """How the engine draws something."""
    return str(page.says(f"getComputedStyle(document.querySelector('{selector}')).{style}"))


def test_oldest_engine_lays_pages_out_and_runs_their_scripts(
    walked_cast: Cast, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = walked_cast.site.address
    with oldest_engine(tmp_path_factory.mktemp("engine")) as page:
        assert "Chrome/80." in page.says("navigator.userAgent")
        page.goes_to(f"{site}/login")
        page.leaves(
            "[...document.querySelectorAll('tr')].find((row) => row.textContent.includes('mulu'))"
            ".querySelector('button').click()"
        )
        page.goes_to(f"{site}/catalogue/new")
        assert lays_out(page, "main.page", "paddingLeft") == "24px"
        assert page.says(
            "[...document.querySelectorAll('.menu-wide li')].slice(1)"
            ".every((one) => one.getBoundingClientRect().left - one.previousElementSibling.firstElementChild"
            ".getBoundingClientRect().right >= 20)"
        )
        assert lays_out(page, ".buttons > *", "marginRight") == "16px"
        # Everything that scripts do: a counter, a row that is added without leaving the page.
        page.says(
            "(async () => {"
            "  const field = document.getElementById('quality');"
            "  field.value = '按时';"
            "  field.dispatchEvent(new Event('input', {bubbles: true}));"
            "  document.querySelector('[name=rows-add]').click();"
            "  while (document.querySelectorAll('.row-fields').length < 2)"
            "    await new Promise((go) => setTimeout(go, 50));"
            "})()"
        )
        assert page.says("document.getElementById('quality-echo').textContent").startswith("已写 2")
        assert page.says("document.activeElement.id") == "indicators-1-dimension"
        for address in ("/desk", "/projects", "/catalogue"):
            page.goes_to(site + address)
        assert not page.faults
        assert not [one for one in declarations() if not page.says(supported(one))]


def declarations() -> list[tuple[str, str]]:
    """Each kind of declaration in our sheets, without what only refines."""
    bodies = [body for sheet in SHEETS for _, body in RULE.findall(plain(sheet.read_text("utf-8")))]
    parts = {part.strip() for body in bodies for part in body.split(";") if ":" in part}
    told = {part for part in parts if "var(" not in part and not REFINES.search(part)}
    pairs = (part.partition(":") for part in told if not part.startswith("--"))
    return sorted((name, value.removesuffix("!important").strip()) for name, _, value in pairs)


def supported(declaration: tuple[str, str]) -> str:
    """What asks the engine whether it understands a declaration."""
    return f"CSS.supports({declaration[0]!r}, {declaration[1]!r})"
