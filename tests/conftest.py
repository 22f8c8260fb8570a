"""Where the reference data are, which skips are allowed, how hard Hypothesis tries."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path

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
settings.load_profile(os.environ.get("KZTIMELINE_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev"))
_SKIPPED: list[tuple[str, str]] = []


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


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _SKIPPED.append((report.nodeid, str(report.longrepr)))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With CI=true a skip that is not in allowed_skips.txt fails the run."""
    if os.environ.get("CI") != "true":
        return
    lines = (Path(__file__).parent / "allowed_skips.txt").read_text("utf-8").splitlines()
    allowed = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
    for nodeid, reason in _SKIPPED:
        if not any(fnmatch.fnmatch(nodeid, pattern) for pattern in allowed):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            print(f"\nskipped, and not in tests/allowed_skips.txt: {nodeid}: {reason}")
