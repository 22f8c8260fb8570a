"""What does not fit: contradictions between claims and within one source, found by general rules.

A rule looks at relations that any log can have (one happening told twice, a total and its parts, what came and what is
held); none names a claim. Every finding carries the claims it is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from attrs import evolve

from kztimeline.answers import Finding
from kztimeline.audit.arrivals import came_against_held, changes_against_rows, deal_sizes, inheritable
from kztimeline.audit.case import Case
from kztimeline.audit.labels import swapped_labels
from kztimeline.audit.measures import part_above_whole, rival_measures, sums_of_periods
from kztimeline.audit.sequels import disputed_parties, dissolved, without_sequel
from kztimeline.audit.stale import unchanged_for_years
from kztimeline.audit.totals import other_parts, printed_totals, rival_totals
from kztimeline.audit.twice import told_twice
from kztimeline.explain import findings
from kztimeline.happenings import happenings, known, last_words
from kztimeline.steps import Folded
from kztimeline.views import Standing

Rule = Callable[[Case], Iterator[Finding]]


def audited(standing: Standing, folded: Iterable[Folded], holder: str = "*") -> list[Finding]:
    """Apply every rule to a holder's claims (``"*"``: all); sorted by code, subject and claims, each finding once."""
    standing = evolve(standing, claims=tuple(s for s in standing.claims if holder in ("*", s.event.holder)))
    folded = [key for key in folded if holder in ("*", key.asked.holder)]
    names = known(standing)
    day = max(last_words(standing).values(), default=0)
    case = Case(standing, names, happenings(standing, names), tuple(folded), day)
    found = {(f.code, f.system, f.claims): f for rule in RULES for f in rule(case)}
    return [found[key] for key in sorted(found)]


def of_the_fold(case: Case) -> Iterator[Finding]:
    """Give what the fold itself finds on the last day that the log knows of, equal sentences as one finding.

    Rival values and accounts are told in detail above; more losses than arrivals are a finding only where nothing can have been
    inherited (R15).
    """
    joined: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings(case.standing, case.folded, case.day):
        joined[(finding.code, finding.system, finding.sentence)].append(finding)
    for (code, system, _), several in joined.items():
        begun = code == "more-gone-than-came" and any(
            inheritable(case, key.asked.holder, system) for key in case.folded if key.asked.system == system
        )
        if code not in ("rival-values", "rival-accounts") and not begun:
            yield evolve(several[0], claims=tuple(sorted({claim for finding in several for claim in finding.claims})))


RULES: tuple[Rule, ...] = (
    told_twice,
    printed_totals,
    rival_totals,
    other_parts,
    swapped_labels,
    sums_of_periods,
    rival_measures,
    part_above_whole,
    came_against_held,
    deal_sizes,
    changes_against_rows,
    unchanged_for_years,
    without_sequel,
    dissolved,
    disputed_parties,
    of_the_fold,
)
