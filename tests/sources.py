"""Pieces of source as trees; nobody changes a tree that others read."""

import ast
from functools import cache


@cache
def parsed(source: str) -> ast.Module:
    """The tree of a piece of source. A dozen tests read the whole house: each part is parsed once."""
    return ast.parse(source)
