"""What pages are built of runs in Chromium 80, which the 360-type browsers of offices still are.

Scripts are parsed as ECMAScript 2020; what is newer than that engine in style sheets and in the
browser's own objects is looked up in a table (versions as MDN's compatibility tables give them). The
engine itself is asked in `tests/browser/test_oldest_engine.py`.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import quickjs

from procure.config import CHECKOUT

STATIC = CHECKOUT / "static"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
SHEETS = sorted((STATIC / "css").glob("*.css"))
ECMASCRIPT = 2020

PROPERTIES = {
    "inset|inset-.*|(padding|margin|border)-(inline|block)": 87,
    "border-(inline|block)-(width|style|color)": 87,
    "appearance|row-gap": 84,
    "color-scheme": 81,
    "content-visibility": 85,
    "text-underline-offset": 87,
    "aspect-ratio": 88,
    "text-decoration-thickness|forced-color-adjust": 89,
    "accent-color": 93,
    "scrollbar-gutter": 94,
    "translate|rotate|scale": 104,
    "container.*": 105,
    "text-wrap": 114,
    "mask.*": 120,
    "field-sizing": 123,
}
VALUES = {
    r"\brevert\b": 84,
    r"\bclip\b": 90,
    r"\d(dvh|svh|lvh)\b": 108,
    r"\dlh\b": 109,
    r"\b(color-mix|oklch|oklab|lab|lch)\(": 111,
    r"\bimage-set\(": 113,
}
SELECTORS = {
    r":focus-visible|::marker": 86,
    r":(is|where)\(|:not\([^()]*[ ,>+~]": 88,
    "::file-selector-button": 89,
    r":has\(": 105,
    "&": 120,
}
AT_RULES = {
    "@supports selector": 83,
    "@property": 85,
    "@media.*forced-colors": 89,
    "@media.*prefers-contrast": 96,
    "@layer": 99,
    "@media.*[<>]": 104,
    "@container": 105,
}
REFINES = re.compile(
    "text-wrap|accent-color|text-underline-offset|text-decoration-thickness|field-sizing|forced-color-adjust"
    r"|:has\(|:focus-visible|@media.*forced-colors"
)
"""What an older engine may do without: it only looks or prints a little less well."""

OBJECTS = {
    r"\.submitter\b|\brevert\b": 81,
    r"\.replaceAll\(|Promise\.any\b": 85,
    r"\.replaceChildren\(": 86,
    r":(is|where)\(|:not\([^()]*[ ,>+~]": 88,
    r"\.at\(|randomUUID": 92,
    r"Object\.hasOwn\b": 93,
    r"\.findLast(Index)?\(": 97,
    r"\bstructuredClone\(": 98,
    r"(?<!typeof picker)\.showPicker(?!\(\);)": 99,
    r"\.inert\b": 102,
    r"AbortSignal\.(timeout|any)": 103,
    r":has\(": 105,
    r"\.to(Sorted|Reversed|Spliced)\(": 110,
}

RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def parser() -> Any:
    """Acorn, which knows of each year's language what came with it."""
    context = quickjs.Context()
    context.eval((CHECKOUT / "node_modules/acorn/dist/acorn.js").read_text("utf-8"))
    return context


def unreadable(context: Any, script: str) -> str:
    """Why an engine of that year cannot read a script; empty where it can."""
    context.set("script", script)
    options = f"{{ecmaVersion: {ECMASCRIPT}, sourceType: 'module'}}"
    try:
        context.eval(f"acorn.parse(script, {options}); 0")
    except quickjs.JSException as problem:
        return str(problem).splitlines()[0]
    return ""


def plain(text: str) -> str:
    """A sheet or script without its comments."""
    return re.sub(r"/\*.*?\*/|^\s*//.*$", "", text, flags=re.DOTALL | re.MULTILINE)


def _named(table: dict[str, int], text: str) -> Iterator[str]:
    for pattern, version in table.items():
        found = re.search(pattern, text)
        if found and not REFINES.search(found[0]):
            yield f"{found[0]} (Chromium {version}): {text.strip()[:80]}"


def too_new_for_sheets(sheet: str) -> list[str]:
    """What a style sheet asks of an engine that came after 80."""
    text = plain(sheet)
    found = [one for line in re.findall(r"@[^{;]+", text) for one in _named(AT_RULES, line)]
    lines = {"flex": set[str](), "gap": set[str]()}
    for selectors, body in RULE.findall(text):
        one_by_one = [one.strip() for one in selectors.split(",")]
        found += _named(SELECTORS, selectors)
        refined = [bool(REFINES.search(one)) for one in one_by_one]
        if any(refined) and not all(refined):
            found.append(f"{selectors.strip()}: what is refined takes the others of its rule along")
        for name, _, value in (part.partition(":") for part in body.split(";") if ":" in part):
            whole = {f"^({pattern})$": version for pattern, version in PROPERTIES.items()}
            found += _named(whole, name.strip())
            found += _named(VALUES, value)
            if name.strip() == "display" and re.search(r"\bflex|inline-flex", value):
                lines["flex"] |= set(one_by_one)
            if re.fullmatch("(column-|grid-)?gap", name.strip()):
                lines["gap"] |= set(one_by_one)
            if re.fullmatch(r"align-(items|self)|justify-content", name.strip()) and re.search(
                r"\b(?<!-)(start|end)\b", value
            ):
                lines.setdefault("ends", set()).update(one_by_one)
    found += [f"{one}: gap of a flex box (Chromium 84)" for one in lines["flex"] & lines["gap"]]
    ends = lines["flex"] & lines.get("ends", set())
    return found + [f"{one}: start or end in a flex box (Chromium 93)" for one in ends]


def too_new_for_scripts(context: Any, script: str) -> list[str]:
    """What a script asks of an engine that came after 80, its language and its objects."""
    reason = unreadable(context, script)
    text = plain(script)
    return [reason] * bool(reason) + [
        f"{found[0]} (Chromium {version})"
        for pattern, version in OBJECTS.items()
        if (found := re.search(pattern, text))
    ]


def test_scripts_run_in_the_oldest_engine() -> None:
    context = parser()
    faults = {path.name: too_new_for_scripts(context, path.read_text("utf-8")) for path in SCRIPTS}
    assert SCRIPTS
    assert not {name: found for name, found in faults.items() if found}


def test_style_sheets_are_understood_by_the_oldest_engine() -> None:
    faults = {path.name: too_new_for_sheets(path.read_text("utf-8")) for path in SHEETS}
    assert SHEETS
    assert not {name: found for name, found in faults.items() if found}


def test_no_script_fetches_another() -> None:
    """One that was lost, or kept from the release before, would take all others down with it."""
    fetching = r"^\s*(import|export)\b[^;]*\bfrom\b|^\s*import\s*[\"']|\bimport\("
    assert not [p.name for p in SCRIPTS if re.search(fetching, p.read_text("utf-8"), re.MULTILINE)]
    layout = (CHECKOUT / "templates/_layouts/base.html").read_text("utf-8")
    named = set(re.findall(r'"(\w+)"', re.findall(r"for part in \[(.*?)\]", layout)[0]))
    assert named == {path.stem for path in SCRIPTS}


@pytest.mark.parametrize(
    "script",
    ["a ??= 1", "a ||= b", "const n = 10_000;", "class A { #b = 1 }", "await x;", "a.b?.c.at(-1);"]
    + ["x.replaceChildren()", "form.onsubmit = (e) => e.submitter", "x.querySelector(':has(a)')"],
)
def test_script_that_is_too_new_is_found(script: str) -> None:
    assert too_new_for_scripts(parser(), script)


@pytest.mark.parametrize(
    "sheet",
    [
        ".a { padding-inline: 3px; }",
        ".a { inset: 0; }",
        ".a { display: inline-flex; gap: 2px; }",
        ".a { display: flex; } @media (max-width: 3rem) { .b, .a { gap: 1px; } }",
        ".a:is(.b, .c) { color: red; }",
        ".a { display: flex; align-items: end; }",
        ".b, .a:has(.c) { color: red; }",
        "@layer base { .a { color: red; } }",
        ".a { height: 3dvh; }",
    ],
)
def test_style_sheet_that_is_too_new_is_found(sheet: str) -> None:
    assert too_new_for_sheets(sheet)


def test_what_the_oldest_engine_knows_is_not_complained_of() -> None:
    assert not too_new_for_scripts(parser(), "const a = b?.c ?? 10n; x?.closest(`a:not(.b)`);")
    known = ".a { display: grid; gap: 1px; margin-inline-start: 2px; } .a:has(.b) { color: red; }"
    assert not too_new_for_sheets(known)
