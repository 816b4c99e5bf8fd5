"""Rules that are compiled late build the same addresses as Werkzeug's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import Map, Rule

from procure.web.routing import LateRule

PATTERNS = ("/", "/cases/<number>", "/cases/<number>/页/<int:page>", "/files/<path:name>")


def _address(kind: type[Rule], pattern: str, values: dict[str, object]) -> str:
    adapter = Map([kind(pattern, endpoint="it")]).bind("procure.test")
    return adapter.build("it", values)


@given(
    pattern=st.sampled_from(PATTERNS),
    number=st.text("甲乙 /?&%a1", min_size=1),
    page=st.integers(0, 10_000),
    more=st.dictionaries(st.sampled_from(["q", "sort"]), st.text(max_size=5)),
)
def test_build_late_gives_the_address_of_the_plain_rule(
    pattern: str, number: str, page: int, more: dict[str, str]
) -> None:
    values = {"number": number, "page": page, "name": number} | more
    assert _address(LateRule, pattern, values) == _address(Rule, pattern, values)


def test_build_twice_compiles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[bool] = []
    original = Rule._compile_builder

    def counted(self: Rule, append_unknown: bool = True) -> object:
        compiled.append(append_unknown)
        return original(self, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", counted)
    adapter = Map([LateRule("/cases/<number>", endpoint="it")]).bind("procure.test")
    assert compiled == []
    assert [adapter.build("it", {"number": n}) for n in "甲乙甲"] == [
        "/cases/%E7%94%B2",
        "/cases/%E4%B9%99",
        "/cases/%E7%94%B2",
    ]
    assert len(compiled) == 1
