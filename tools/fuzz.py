"""Feed bytes to every reader: each may refuse them with an error of its own, and nothing else.

    pip install atheris
    python tools/fuzz.py --seconds 600                # every reader, guided by coverage
    python tools/fuzz.py --seconds 60 object segment  # some
    python tools/fuzz.py --engine random --seed 3     # without atheris: mutations of good inputs, by a seed

What breaks a reader is printed as bytes, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.hostile import READERS, SEEDS, fed, mutated


def randomly(name: str, seconds: float, seed: int) -> int:
    """Mutate good and bad inputs for some time; give how many were read."""
    rng, count, until = random.Random(f"{seed} {name}"), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        fed(name, mutated(rng, rng.choice(SEEDS[name])))
        count += 1
    return count


def guided(name: str, seconds: float) -> None:
    """Let atheris look for inputs that reach new code."""
    import atheris

    with atheris.instrument_imports(include=["kztimeline"]):
        for module in [module for module in sys.modules if module.startswith("kztimeline")]:
            del sys.modules[module]
        import tests.hostile as again
    atheris.Setup([sys.argv[0], f"-max_total_time={int(seconds)}", "-max_len=4096"], lambda data: again.fed(name, data))
    atheris.Fuzz()


def main() -> None:
    """Fuzz each reader in a process of its own."""
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    words.add_argument("readers", nargs="*", default=list(READERS))
    words.add_argument("--seconds", type=float, default=60, help="for each reader")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--engine", choices=["atheris", "random"], default=_engine())
    words.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.here:
        guided(given.readers[0], given.seconds)
        return
    failed = []
    for name in given.readers:
        if given.engine == "random":
            print(f"{name}: {randomly(name, given.seconds, given.seed)} inputs")
            continue
        again = [sys.executable, __file__, "--here", "--seconds", str(given.seconds), name]
        done = subprocess.run(again, capture_output=True, text=True, check=False)
        print(f"{name}: {'nothing but typed errors' if not done.returncode else done.stderr}")
        failed += [name] if done.returncode else []
    sys.exit(bool(failed))


def _engine() -> str:
    try:
        import atheris  # noqa: F401
    except ImportError:
        return "random"
    return "atheris"


if __name__ == "__main__":
    main()
