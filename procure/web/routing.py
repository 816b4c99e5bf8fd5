"""Address rules whose builders are made when an address is first built.

Werkzeug compiles two functions a rule while the application starts, most of which a process never
calls: that was three quarters of the time `create_app` took, paid by every command and every test.
"""

from collections.abc import Callable

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def _at_first(name: str, append_unknown: bool) -> Builder:
    """What stands in place of a rule's builder till it is first called."""

    def build_first(rule: Rule, **values: object) -> tuple[str, str]:
        build: Builder = Rule._compile_builder(rule, append_unknown).__get__(rule, None)
        setattr(rule, name, build)
        return build(**values)

    return build_first


_AT_FIRST = {True: _at_first("_build_unknown", True), False: _at_first("_build", False)}


class LateRule(Rule):
    """A rule that matches at once and learns to build its address at the first asking.

    It stands on a private method of Werkzeug: should that be gone in a later version, rules are
    made as Werkzeug makes them, only slower.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        return _AT_FIRST[append_unknown]
