"""The notebook runs from top to bottom on the shipped log, and answers every question it asks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "examples" / "twelve_questions.ipynb"
RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=120, kernel_name="python3").execute()
nbformat.write(book, sys.argv[2])
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    folder = tmp_path_factory.mktemp("notebook")
    command = [sys.executable, "-W", "ignore", "-c", RUN, str(NOTEBOOK), str(folder / "done.ipynb")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    cells: list[dict[str, object]] = json.loads((folder / "done.ipynb").read_text("utf-8"))["cells"]
    return cells


def test_it_answers_twelve_questions(run: list[dict[str, object]]) -> None:
    text = NOTEBOOK.read_text("utf-8")
    assert [int(n) for n in re.findall(r"## (\d+)\. ", text)] == list(range(1, 13))
    silent = [c["source"] for c in run if c["cell_type"] == "code" and not c["outputs"]]
    assert silent == []


def test_what_it_shows_needs_neither_scripts_nor_the_web(run: list[dict[str, object]]) -> None:
    shown = json.dumps([cell.get("outputs") for cell in run])
    assert "image/svg+xml" in shown
    assert "<table" in shown
    assert "<script" not in shown
    assert not re.search(r"(src|href)=.{0,2}http", shown)


def test_it_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert [c["id"] for c in cells if c["cell_type"] == "code" and (c["outputs"] or c["execution_count"])] == []
