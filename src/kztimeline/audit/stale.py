"""Figures that do not move for years: copied on, perhaps, rather than counted again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import Case
from kztimeline.events import Measure, Role, Statement
from kztimeline.series import thing

YEARS = 6
"""So many yearly figures in a row without any change are a finding."""

Said = tuple[int, str, str]
"""First day of the period or cutoff, the figure as written, the claim."""


def unchanged_for_years(case: Case) -> Iterator[Finding]:
    """Find figures of one source that are the same, as written, in six or more of its years in a row."""
    for about, said in _series(case):
        for figure, run in groupby(sorted(said), key=lambda one: one[1]):
            several = list(run)
            years = {_year(day) for day, _, _ in several}
            if len(years) >= YEARS:
                ids = tuple(sorted({claim for _, _, claim in several}))
                words = f"{about}: {figure} in each of {len(years)} years, {min(years)} to {max(years)}"
                yield Finding("unchanged-for-years", Severity.NOTE, about, ids, words)


def _series(case: Case) -> Iterable[tuple[str, list[Said]]]:
    found: dict[tuple[str, ...], list[Said]] = defaultdict(list)
    for stored in case.told(Measure, Statement):
        claim = stored.event
        for source in sorted({citation.source for citation in claim.citations}):
            if isinstance(claim, Measure) and claim.period.first is not None and _one_year(claim):
                key = (claim.indicator, source, *map(str, thing(claim)))
                found[key].append((claim.period.first, claim.value.text, stored.id))
            elif isinstance(claim, Statement) and claim.role is not Role.TOTAL and claim.cutoff.first is not None:
                name = "+".join(claim.systems)
                key = (name, source, str(claim.account), str(claim.operator), str(claim.category))
                found[key].append((claim.cutoff.first, claim.quantity.text, stored.id))
    return ((key[0], said) for key, said in sorted(found.items()))


def _one_year(claim: Measure) -> bool:
    first, last = claim.period.first, claim.period.last
    return first is not None and last is not None and last - first <= 366


def _year(day: int) -> int:
    return date.fromordinal(day).year
