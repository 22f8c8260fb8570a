"""Every block of the pages for readers runs, in the order of the page, and says what the page says it says."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ("tutorial.md", "howto.md", "explanation.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> Iterator[tuple[str, str, int]]:
    """Yield the language, the text and the line of each block of a page."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    for found in BLOCK.finditer(text):
        yield found[1], found[2], text.count("\n", 0, found.start()) + 2


def typed(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with what the page says it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, said = part.partition("\n")
        yield command, said


def matches(said: str, printed: str) -> bool:
    """Tell whether a text is as the page says; ``…`` stands for anything."""
    lines = [re.escape(line.rstrip()) for line in said.strip().split("\n")]
    pattern = "\n".join(lines).replace("…", ".*")
    return (
        re.fullmatch(pattern, "\n".join(line.rstrip() for line in printed.strip().split("\n")), re.DOTALL) is not None
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    names: dict[str, object] = {}
    ran = 0
    for language, text, line in blocks(page):
        assert language in ("python", "console"), f"{page}:{line}: nothing runs {language}"
        if language == "python":
            exec(compile("\n" * (line - 1) + text, str(ROOT / "docs" / page), "exec"), names)
            ran += 1
            continue
        for command, said in typed(text):
            done = subprocess.run(
                ["bash", "-c", command], capture_output=True, text=True, env={**os.environ, "PATH": path}
            )
            assert done.returncode == 0, f"{page}: {command}: {done.stderr}"
            assert matches(said, done.stdout), f"{page}: {command} printed\n{done.stdout}"
            ran += 1
    assert ran >= 3


def test_the_readme_says_what_its_lines_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text("utf-8")
    lines = "".join(found[2] for found in BLOCK.finditer(text) if found[1] == "pycon")
    test = doctest.DocTestParser().get_doctest(lines, {}, "README.md", "README.md", 0)
    said: list[str] = []
    done = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append, clear_globs=False)
    assert done.failed == 0, "".join(said)
    assert done.attempted >= 10
    for block in (found[2] for found in BLOCK.finditer(text) if found[1] == "python"):
        exec(block, test.globs)
    assert {path.name for path in tmp_path.iterdir()} == {"su-30sm.svg", "kazakhstan.html"}
    picture = (ROOT / "docs" / "su-30sm.svg").read_text("utf-8")
    assert picture == (tmp_path / "su-30sm.svg").read_text("utf-8"), "draw docs/su-30sm.svg again"


def test_a_page_that_says_something_else_is_found() -> None:
    assert matches("a …\nb", "a 1 2\nb\n")
    assert not matches("a\nb", "a\nc")
    assert not matches("a", "a\nb")


def test_every_page_stands_in_the_contents() -> None:
    contents = (ROOT / "docs" / "index.md").read_text("utf-8").split()
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert pages <= set(contents)


def test_the_project_says_how_to_cite_it() -> None:
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    version = re.search(r'__version__ = "([^"]+)"', (ROOT / "src" / "kztimeline" / "__init__.py").read_text("utf-8"))
    assert version is not None
    assert f"\nversion: {version[1]}\n" in text
    for key in ("cff-version", "message", "title", "authors", "license"):
        assert re.search(rf"^{key}:", text, re.MULTILINE), key
