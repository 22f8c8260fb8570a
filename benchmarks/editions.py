"""All pairs of successive editions of a file of many holders: time, memory, what changed, what is explained.

    python benchmarks/editions.py FILE MAPPING.toml

Prints one line per part, and checks in every row that bests of causes and rest add up to the best of the change (R25).
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import kztimeline as kz
from kztimeline.diffs.difference import Change, Difference, State, difference
from kztimeline.editions import Edition, read_editions
from kztimeline.truth import Truth


def main() -> None:
    """Read the file, compare each holder's editions in their order, print the account."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("mapping", type=Path)
    given = parser.parse_args()
    registry = kz.load().standing.registry
    start = time.perf_counter()
    editions = read_editions(given.file, registry, given.mapping)
    read = time.perf_counter() - start
    rows, refused = sum(len(e) for e in editions.values()), sum(len(e.refused) for e in editions.values())
    print(f"read      {rows:>9} rows, {len(editions)} editions, {refused} figures refused   {read:7.1f} s")
    start = time.perf_counter()
    states: Counter[State] = Counter()
    explained: Counter[Truth] = Counter()
    causes: Counter[str] = Counter()
    pairs, perhaps, failures = 0, 0, Counter[str]()
    for one, other in _successive(editions):
        pairs += 1
        found = difference(one, other, registry)
        failures["read twice" if "twice" in found.failure else "empty" if found.failure else "none"] += 1
        for change in _checked(found):
            states[change.state] += 1
            if change.state is State.CHANGED and change.kind == "item":
                explained[change.unexplained] += 1
                perhaps += change.perhaps_renamed
                causes.update({share.cause.word for share in change.shares})
    spent = time.perf_counter() - start
    print(f"compared  {pairs:>9} pairs   {spent:7.1f} s")
    print("failures  " + ", ".join(f"{why}: {count}" for why, count in failures.most_common()))
    print("rows      " + ", ".join(f"{state}: {count}" for state, count in states.most_common()))
    changed = sum(explained.values()) or 1
    shares = ", ".join(f"{truth}: {explained[truth] / changed:.1%}" for truth in (Truth.YES, Truth.MAYBE, Truth.NO))
    print(f"changed   {changed} item rows; unexplained {shares}; perhaps renamed {perhaps / changed:.1%}")
    print("causes    " + (", ".join(f"{word}: {count}" for word, count in causes.most_common()) or "none"))
    print(f"memory    {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    print(f"all       {read + spent:.1f} s, causes and rest add up in every row")


def _successive(editions: dict[tuple[str, str], Edition]) -> Iterator[tuple[Edition, Edition]]:
    by_holder: dict[str, list[Edition]] = defaultdict(list)
    for (_, holder), edition in sorted(editions.items()):
        by_holder[holder].append(edition)
    for several in by_holder.values():
        yield from pairwise(several)


def _checked(found: Difference) -> Iterator[Change]:
    for change in found.changes:
        for whole, rest, parts in (
            (change.active, change.left_active, [share.active for share in change.shares]),
            (change.stored, change.left_stored, [share.stored for share in change.shares]),
        ):
            bests = [rest.best, *(part.best for part in parts)]
            if whole.best is not None and None not in bests:
                assert whole.best == sum(best for best in bests if best is not None), change
        yield change


if __name__ == "__main__":
    main()
