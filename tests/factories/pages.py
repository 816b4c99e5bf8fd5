"""What stands in the fields of a page's form, as a browser would send it back."""

from xml.etree import ElementTree

from tests.page_client import Page, tags


def typed(page: Page) -> dict[str, str]:
    """The values of the visible fields of all forms that post."""
    values: dict[str, str] = {}
    for form in tags(page.root, "form"):
        if form.get("method", "get").lower() != "post":
            continue
        for field in tags(form, "input"):
            kind = field.get("type", "text")
            if kind in ("hidden", "file") or (kind in ("checkbox", "radio") and not ticked(field)):
                continue
            values[field.get("name", "")] = field.get("value", "")
        for field in tags(form, "textarea"):
            values[field.get("name", "")] = "".join(field.itertext())
        for field in tags(form, "select"):
            chosen = [one for one in tags(field, "option") if one.get("selected") is not None]
            values[field.get("name", "")] = chosen[0].get("value", "") if chosen else ""
    return values


def ticked(field: ElementTree.Element) -> bool:
    """Whether a box or button is chosen."""
    return field.get("checked") is not None


def options(page: Page, name: str) -> dict[str, str]:
    """What a drop-down offers: words and the value behind them."""
    return {
        "".join(option.itertext()).strip(): option.get("value", "")
        for field in tags(page.root, "select")
        if field.get("name") == name
        for option in tags(field, "option")
    }
