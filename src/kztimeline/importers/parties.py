"""Whose name is whose code: suppliers and recipients as published files write them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from kztimeline.registry import fold

UNKNOWN = "XXX"
"""The code of a party that the source does not know."""


@cache
def _table() -> tuple[Mapping[str, str], Mapping[str, str]]:
    text = files("kztimeline.importers").joinpath("parties.toml").read_text("utf-8")
    codes: dict[str, str] = {}
    names: dict[str, str] = {}
    for group in tomllib.loads(text).values():
        for code, listed in group.items():
            names[code] = listed[0]
            for name in (code, *listed):
                codes[fold(name)] = code
    return codes, names


@cache
def code_of(name: str) -> str | None:
    """Give the code of a party by its name, stars and case aside; ``None`` where the table does not have it."""
    return _table()[0].get(fold(name))


def name_of(code: str) -> str:
    """Give the name of a code, as the table has it; a code that it does not have is its own name."""
    return _table()[1].get(code, code)
