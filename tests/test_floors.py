"""Imports go down only: each room stands on a floor, and neighbours do not import each other."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "kztimeline"
FLOORS = {
    "errors": 0,
    "truth": 1,
    "canonical": 1,
    "places": 1,
    "phrases": 1,
    "policies": 1,
    "groups": 1,
    "paths": 1,
    "dates": 2,
    "quantities": 2,
    "limits": 2,
    "events": 3,
    "registry": 3,
    "languages": 3,
    "readings": 3,
    "checks": 4,
    "codec": 5,
    "log": 6,
    "wire": 6,
    "lines": 6,
    "entries": 6,
    "passages": 7,
    "markup": 7,
    "picture": 7,
    "views": 7,
    "editions": 8,
    "happenings": 8,
    "related": 9,
    "deals": 9,
    "tranches": 10,
    "branches": 10,
    "sums": 11,
    "ledgers": 12,
    "statements": 13,
    "combine": 13,
    "named": 13,
    "diffs": 14,
    "steps": 14,
    "together": 14,
    "drafts": 14,
    "shipped": 14,
    "citations": 14,
    "works": 14,
    "grids": 14,
    # polars starts here
    "frames": 15,
    "lake": 15,
    "answers": 15,
    "layout": 16,
    "columns": 16,
    "tables": 16,
    "holdings": 17,
    "explain": 16,
    "stores": 16,
    "desk": 17,
    "writing": 18,
    "words": 17,
    "bulk": 17,
    "scan": 18,
    "engines": 18,
    "cache": 18,
    "folding": 19,
    "cluster": 19,
    "asked": 16,
    "accounted": 16,
    "agreements": 16,
    "series": 16,
    "untyped": 16,
    "catalogues": 16,
    "audit": 17,
    "importers": 18,
    "codebook": 18,
    "cite": 17,
    "plots": 18,
    "replies": 19,
    "differences": 20,
    "report": 19,
    "standpoint": 20,
    "timeline": 21,
    "comparing": 22,
    "redacting": 22,
    "__init__": 23,  # the public face: the command calls it, nothing below does
    "exports": 23,
    "shown": 23,
    "output": 23,
    "exports_news": 23,
    "cli": 24,
    "__main__": 25,
}
POLARS = FLOORS["frames"]
AT_TOP = {"click": {"cli"}, "altair": {"plots"}, "narwhals": {"engines"}}
"""Packages of an extra, and the rooms that may import them at module top; elsewhere only inside functions."""
EXTRAS = {
    "altair", "click", "cryptography", "deltalake", "fastexcel", "narwhals", "pandas", "pyarrow", "pyspark",
    "rapidfuzz", "rich", "vl_convert", "xlsxwriter",
}  # fmt: skip


def rooms() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def called(node: ast.Call) -> Iterator[str]:
    """The module that ``import_module("...")`` or ``__import__("...")`` names as a plain text."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
        yield str(node.args[0].value)


def named(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Dotted names that a node imports; a relative one is counted from the package it stands in."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else ()
        base = ".".join((*above, *filter(None, [node.module])))
        yield from (f"{base}.{alias.name}" for alias in node.names) if base == "kztimeline" else (base,)
    elif isinstance(node, ast.Call):
        yield from called(node)


def typing_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def at_top(tree: ast.Module) -> set[ast.AST]:
    """Nodes that run when the module is imported."""
    found, pending = set[ast.AST](), list[ast.AST](tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or typing_only(node):
            continue
        found.add(node)
        pending += ast.iter_child_nodes(node)
    return found


def wrong_house(room: str, target: str) -> str | None:
    """What is wrong with a room that imports a dotted name of this library, or nothing."""
    other = target.split(".")[1] if "." in target else "__init__"
    if other == room:
        return None
    if other not in FLOORS:
        return f"{room} imports {target}, which has no floor"
    return None if FLOORS[other] < FLOORS[room] else f"{room} imports {other}, which is not below it"


def wrong_imports(room: str, text: str, package: tuple[str, ...] = ("kztimeline",)) -> list[str]:
    """Everything in a module's imports that the floors do not allow; ``TYPE_CHECKING`` excuses extras only."""
    if room not in FLOORS:
        return [f"{room} has no floor; give it one"]
    tree = ast.parse(text)
    top, found = at_top(tree), []
    for node in ast.walk(tree):
        for target in named(node, package):
            first = target.split(".")[0]
            if first == "kztimeline":
                found.append(wrong_house(room, target))
            elif first == "polars" and FLOORS[room] < POLARS:
                found.append(f"{room} imports polars below its floor")
            elif first in EXTRAS and node in top and room not in AT_TOP.get(first, set()):
                found.append(f"{room} imports {first} at module top; import it in the function that needs it")
    return [problem for problem in found if problem]


@pytest.mark.parametrize("path", rooms(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down(path: Path) -> None:
    package = ("kztimeline", *path.relative_to(SOURCE).parts[:-1])
    assert wrong_imports(room_of(path), path.read_text("utf-8"), package) == []


def test_every_floor_has_its_room() -> None:
    assert set(FLOORS) == {room_of(path) for path in rooms()}


@pytest.mark.parametrize(
    ("room", "text", "problem"),
    [
        ("dates", "from kztimeline.steps import fold", "dates imports steps, which is not below it"),
        ("dates", "from kztimeline import steps", "dates imports steps, which is not below it"),
        ("dates", "from .steps import fold", "dates imports steps, which is not below it"),
        ("dates", "from . import steps", "dates imports steps, which is not below it"),
        ("dates", "from kztimeline.quantities import Quantity", "dates imports quantities, which is not below it"),
        ("dates", "def f():\n    import kztimeline.codec", "dates imports codec, which is not below it"),
        ("dates", "import_module('kztimeline.codec')", "dates imports codec, which is not below it"),
        (
            "dates",
            "if TYPE_CHECKING:\n    from kztimeline.codec import Line",
            "dates imports codec, which is not below",
        ),
        ("steps", "import kztimeline as kz", "steps imports __init__, which is not below it"),
        ("steps", "from kztimeline.attic import box", "steps imports kztimeline.attic, which has no floor"),
        ("attic", "", "attic has no floor; give it one"),
        ("steps", "def f():\n    import polars.selectors as cs", "steps imports polars below its floor"),
        ("steps", "if TYPE_CHECKING:\n    import polars as pl", "steps imports polars below its floor"),
        ("output", "try:\n    import rich.table\nexcept ImportError:\n    raise", "output imports rich at module top"),
        ("output", "import click", "output imports click at module top"),
    ],
)
def test_a_wrong_import_is_found(room: str, text: str, problem: str) -> None:
    found = wrong_imports(room, text)
    assert len(found) == 1
    assert found[0].startswith(problem)


@pytest.mark.parametrize(
    ("room", "text"),
    [
        ("steps", "from kztimeline.dates import parse_date"),
        ("log", "from kztimeline.log.segments import read_log"),
        ("frames", "import polars as pl"),
        ("output", "def f():\n    import rich.table"),
        ("output", "if TYPE_CHECKING:\n    from rich.table import Table"),
        ("cli", "import click"),
        ("__init__", "from kztimeline.timeline import Timeline"),
    ],
)
def test_an_import_that_goes_down_is_left_alone(room: str, text: str) -> None:
    assert wrong_imports(room, text) == []


def loaded_after(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter holds after a piece of code."""
    code += "\nimport sys\nprint()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def asking(words: str) -> str:
    """Code that asks the shipped log from the shell."""
    return (
        f"from kztimeline.cli import cli\ntry:\n    cli({words.split()!r})\n"
        "except SystemExit as end:\n    assert not end.code"
    )


def test_importing_the_library_loads_neither_polars_nor_an_extra() -> None:
    loaded = loaded_after("import kztimeline")
    assert "kztimeline" in loaded
    assert not loaded & (EXTRAS | {"polars"})
    assert {name.split(".")[1] for name in loaded if name.startswith("kztimeline.")} <= set(FLOORS)


@pytest.mark.parametrize("words", ["--help", "fielded --help"])
def test_help_does_not_load_polars(words: str) -> None:
    assert "polars" not in loaded_after(asking(words))


OTHERS = {"cattrs", "pendulum", "tomllib", "rich.console"} | {
    f"kztimeline.{room}"
    for room in (
        "accounted",
        "audit",
        "cite",
        "desk",
        "diffs",
        "drafts",
        "editions",
        "explain",
        "grids",
        "plots",
        "steps",
        "works",
    )
}
"""What only other questions, pages and verbs need."""


@pytest.mark.parametrize(
    ("words", "needed", "unneeded"),
    [
        (
            "orders --on 2022",
            {"polars", "kztimeline.holdings", "rich.cells"},
            OTHERS | {"kztimeline.tables", "kztimeline.views", "kztimeline.happenings"},
        ),
        ("events --kind delivered", {"polars", "kztimeline.tables"}, OTHERS | {"kztimeline.untyped"}),
        ("series *", {"polars", "kztimeline.series"}, OTHERS | {"kztimeline.tables"}),
        ("verify", {"kztimeline.log"}, OTHERS | {"polars", "kztimeline.timeline"}),
    ],
)
def test_a_question_waits_only_for_what_it_needs(words: str, needed: set[str], unneeded: set[str]) -> None:
    loaded_after(asking("orders --on 2021"))  # keeps the table of steps
    loaded = loaded_after(asking(words))
    assert needed <= loaded
    assert not loaded & unneeded


def test_the_command_does_not_search_for_garbage_when_it_ends() -> None:
    code = (
        "import atexit, gc\natexit.register(lambda: print(gc.get_freeze_count() > 10_000))\n"
        "import sys\nsys.argv = ['kztimeline', '--help']\nfrom kztimeline.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"
