"""Where the reference data are, which skips are allowed, how hard Hypothesis tries."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).parent.parent
settings.register_profile("dev", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=200,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "faults",
    deadline=None,
    max_examples=120,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "mutants", settings.get_profile("faults"), max_examples=25, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile(os.environ.get("KZTIMELINE_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev"))
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test remembers heads in the user's own cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference data are not beside the checkout (../shared)")
    return folder


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session on a cluster of two workers that the tests share, stopped at their end."""
    from tests.clusters import needed, session

    needed("pyspark")
    with session(tmp_path_factory.mktemp("cluster")) as found:
        yield found


def _allowed() -> list[re.Pattern[str]]:
    """Test ids that may be skipped; in a pattern only ``*`` is special, since ids of cases hold brackets."""
    file, found = Path(__file__).parent / "allowed_skips.txt", []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        glob, _, reason = line.partition("  #")
        if not line.strip() or line.startswith("#"):
            continue
        if not reason.strip():
            advice = "write the pattern, two spaces, # and the reason"
            raise pytest.UsageError(f"{file.name}:{number}: no reason: {line!r}; {advice}")
        found.append(re.compile(".*".join(map(re.escape, glob.strip().split("*")))))
    return found


def _judged(report: Report, allowed: list[re.Pattern[str]]) -> Report:
    """With CI=true a skip that is not listed is a failure, so that the closing line counts it."""
    if report.skipped and not any(glob.fullmatch(report.nodeid) for glob in allowed):
        why = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "expected to fail"
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped ({why}); tests/allowed_skips.txt does not list it"
    return report


class _NoSilentSkips:
    """Judges reports once everybody else has, of tests and of whole modules."""

    def __init__(self) -> None:
        self.allowed = _allowed()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        return _judged((yield), self.allowed)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        return _judged((yield), self.allowed)


def pytest_configure(config: pytest.Config) -> None:
    """No skip passes unseen where CI runs."""
    if os.environ.get("CI") == "true":
        config.pluginmanager.register(_NoSilentSkips())
