"""The project's own promises: commands, texts, names."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kztimeline
from tests.faults import FAULTS

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


def test_the_text_of_each_planted_fault_stands_once_in_its_file() -> None:
    wrong = [
        (number, fault.says, count)
        for number, fault in enumerate(FAULTS)
        if (count := (ROOT / "src" / "kztimeline" / fault.file).read_text("utf-8").count(fault.old)) != 1
    ]
    assert wrong == []


def test_public_names_exist() -> None:
    for name in kztimeline.__all__:
        assert getattr(kztimeline, name) is not None


def test_an_error_class_lives_in_errors_and_says_what_it_means() -> None:
    """Whoever catches ``KztimelineError`` catches all; each also is what the standard library would raise."""
    homes = {
        node.name: path.name
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    }
    assert set(homes.values()) == {"errors.py"}, homes
    for name in homes:
        error = getattr(kztimeline.errors, name)
        assert issubclass(error, kztimeline.errors.KztimelineError), name
        assert (vars(error)["__doc__"] or "").strip(), name


@pytest.fixture
def skipping(tmp_path: Path) -> Path:
    """A checkout in small: the real conftest, one test that skips, one whole module that skips."""
    tests = tmp_path / "tests"
    tests.mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", tests)
    (tests / "allowed_skips.txt").write_text("# nothing is allowed\n", "utf-8")
    (tests / "test_one.py").write_text(
        "import pytest\n\n@pytest.mark.parametrize('a', ['x[1]'])\ndef test_skips(a):\n    pytest.skip('no data')\n",
        "utf-8",
    )
    (tests / "test_two.py").write_text("import pytest\npytest.skip('no module', allow_module_level=True)\n", "utf-8")
    return tmp_path


def run_pytest(folder: Path, ci: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--continue-on-collection-errors", "tests"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_skip_is_a_failure_where_ci_runs(skipping: Path) -> None:
    code, said = run_pytest(skipping, "true")
    assert code == 1
    assert "1 failed, 1 error" in said.splitlines()[-1]
    assert "tests/test_one.py::test_skips[x[1]] was skipped (no data); tests/allowed_skips.txt does not list it" in said
    assert "tests/test_two.py was skipped (no module); tests/allowed_skips.txt does not list it" in said


def test_a_skip_is_a_skip_elsewhere(skipping: Path) -> None:
    code, said = run_pytest(skipping, "")
    assert code == 0, said
    assert "2 skipped" in said.splitlines()[-1]


def test_a_listed_skip_is_allowed_where_ci_runs(skipping: Path) -> None:
    listed = "tests/test_one.py::test_skips[x[1]]  # an example\ntests/test_t*.py  # another\n"
    (skipping / "tests" / "allowed_skips.txt").write_text(listed, "utf-8")
    _, said = run_pytest(skipping, "true")
    assert "2 skipped" in said.splitlines()[-1]


def test_a_skip_listed_without_a_reason_is_refused(skipping: Path) -> None:
    (skipping / "tests" / "allowed_skips.txt").write_text("tests/*\n", "utf-8")
    code, said = run_pytest(skipping, "true")
    assert code != 0
    assert "allowed_skips.txt:1: no reason: 'tests/*'; write the pattern, two spaces, # and the reason" in said


MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|home|Users)/\w")
REGISTRY = re.compile(
    r"pypi\.org|python[h]osted|(?:https?|file)://[^\s\"')]*(?:pypi|/simple\b)|index[-_]url", re.IGNORECASE
)


@pytest.mark.parametrize(
    "text",
    ["see " + "/wo" + "rk/main", "--extra-index" + "-url x", "https://mirror.example/" + "simple/", "PyP" + "I.org"],
)
def test_a_machine_path_or_a_registry_is_recognised(text: str) -> None:
    assert MACHINE.search(text) or REGISTRY.search(text)


def test_no_file_names_a_machine_or_a_registry() -> None:
    """Neither in a tracked file nor in a new one; addresses in the log such as example.org/home/ are fine."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            text = (ROOT / name).read_text("utf-8", errors="replace")
            assert not (found := MACHINE.search(text) or REGISTRY.search(text)), f"{name}: {found}"
