"""The project's own promises: commands, texts, names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import kztimeline

ROOT = Path(__file__).parent.parent
FIELDED = 'python3 -m venv .venv && .venv/bin/python -m pip install -q ".[cli]" && .venv/bin/kztimeline fielded 2016'
TESTS = 'python3 -m venv .venv && .venv/bin/python -m pip install -q -e ".[dev]" && .venv/bin/python -m pytest'


def test_the_readme_has_both_commands_and_ci_runs_the_second_last() -> None:
    readme = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert FIELDED in readme
    assert TESTS in readme
    assert (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1] == TESTS


def test_every_link_of_the_readme_leads_to_a_file() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_the_changelog_says_what_is_not_released() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_public_names_exist() -> None:
    for name in kztimeline.__all__:
        assert getattr(kztimeline, name) is not None


def test_no_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    for name in listed.stdout.splitlines():
        if name.endswith((".jsonl", "test_project.py")) or not (ROOT / name).is_file():
            continue
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"(?<![\w.])/(work|root|home|Users)/\w", text), name
        assert not re.search(r"https?://[^\s\"')]*(pypi|simple)/", text), name
