"""Stated levels as anchors of the fold: rows that add, rows that are rivals, scopes that close (R3, R10, R16, R19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import frozen

from kztimeline.events import HELD_ACCOUNTS, Account, Relation, Role, Statement, Stored
from kztimeline.groups import Groups
from kztimeline.happenings import Known
from kztimeline.ledgers import Anchor
from kztimeline.readings import FIRST_DAY, INF, LAST_DAY, Count, merge_counts, share_of
from kztimeline.registry import Covers, Scope, ancestors, in_scope
from kztimeline.views import Standing

Cutoff = tuple[int, int]


@frozen
class Row:
    """One standing statement on one system: its cutoff, its number, where it counts units, and for whom."""

    id: str
    source: str
    holder: str
    cutoff: Cutoff
    system: str
    listed: tuple[str, ...]
    count: Count
    account: Account | None
    operator: str | None
    category: str | None
    twins: str


@frozen
class Listing:
    """All rows of one view, by what the fold asks for.

    ``unnamed`` are, by holder, source and cutoff, the systems of rows that name no operator, where the
    view is of one: its units may be among them. ``scopes`` are, by holder, those of levels.
    """

    rows: tuple[Row, ...]
    unnamed: Mapping[tuple[str, str, Cutoff], frozenset[str]]
    scopes: Mapping[str, Sequence[Scope]]
    names: Known


def listing(standing: Standing, names: Known, wanted: Callable[[str | None], bool]) -> Listing:
    """Read the standing statements as rows, one per ledger and system, for the operators wanted."""
    statements = [s for s in standing.claims if isinstance(s.event, Statement) and s.event.role is not Role.TOTAL]
    twins = _twins(statements, standing)
    every = [
        row
        for stored in statements
        if isinstance(stored.event, Statement)
        for row in _rows(stored, stored.event, names, twins[stored.id])
    ]
    unnamed: dict[tuple[str, str, Cutoff], frozenset[str]] = {}
    for row in every:
        if row.operator is None and not wanted(None):
            key = (row.holder, row.source, row.cutoff)
            unnamed[key] = unnamed.get(key, frozenset()) | {row.system}
    rows = tuple(row for row in every if wanted(row.operator))
    scopes: dict[str, list[Scope]] = defaultdict(list)
    for scope in standing.registry.scopes:
        if scope.of is Covers.LEVELS:
            scopes[scope.holder].append(scope)
    return Listing(rows, unnamed, scopes, names)


def _rows(stored: Stored, statement: Statement, names: Known, twins: str) -> Iterable[Row]:
    keys = tuple(sorted({names.key(statement.holder, system) for system in statement.systems}))
    count = Count(
        statement.quantity.low,
        INF if statement.quantity.high is None else statement.quantity.high,
        statement.quantity.best,
    )
    cutoff = (
        statement.cutoff.first if statement.cutoff.first is not None else FIRST_DAY,
        statement.cutoff.last if statement.cutoff.last is not None else LAST_DAY,
    )
    for source in sorted({citation.source for citation in statement.citations}):
        for key in keys:
            yield Row(
                stored.id, source, statement.holder, cutoff, key, keys, share_of(count, len(keys)),
                _stated_account(statement), statement.operator, statement.category, twins,
            )  # fmt: skip


def _stated_account(statement: Statement) -> Account | None:
    """Read *held* like a row without account: it says nothing of where the units are (R19)."""
    return None if statement.account is Account.HELD else statement.account


def _twins(statements: Sequence[Stored], standing: Standing) -> dict[str, str]:
    """Name, for each statement, the group of statements linked as counting the same units (R19)."""
    groups = Groups[str]()
    by_root: dict[str, list[str]] = defaultdict(list)
    for stored in statements:
        by_root[standing.roots[stored.id]].append(stored.id)
    joins = [ids for ids in by_root.values() if len(ids) > 1]
    for _, link in standing.links:
        if link.relation is Relation.SAME:
            joins.append([c for claim in link.claims for c in by_root.get(standing.roots.get(claim, claim), ())])
    for ids in joins:
        groups.join(ids)
    return {stored.id: groups.find(stored.id) for stored in statements}


@frozen
class Asked:
    """A key as the fold asks for it, with the operator of the view (``None``: all that are not civil)."""

    holder: str
    system: str
    account: Account
    operator: str | None


@frozen
class Editions:
    """One holder's rows: by source and cutoff, and those of each system by the same."""

    rows: Mapping[tuple[str, Cutoff], Sequence[Row]]
    own: Mapping[str, Mapping[tuple[str, Cutoff], Sequence[Row]]]


def editions(rows: Iterable[Row]) -> Editions:
    """Arrange one holder's rows by edition and system."""
    every: dict[tuple[str, Cutoff], list[Row]] = defaultdict(list)
    own: dict[str, dict[tuple[str, Cutoff], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        every[(row.source, row.cutoff)].append(row)
        own[row.system][(row.source, row.cutoff)].append(row)
    return Editions(every, own)


def anchors(
    table: Listing,
    printed: Editions,
    asked: Asked,
    on_trial: Callable[[Cutoff], Count],
    elsewhere: Callable[[int], bool],
) -> dict[str, tuple[Anchor, ...]]:
    """Build the anchors of every ledger on one key, in the order of their cutoffs.

    ``on_trial`` gives what any ledger puts on trial on a cutoff, ``elsewhere`` whether some claim puts
    units of the system into another account by a day (R19).
    """
    found: dict[str, list[Anchor]] = defaultdict(list)
    own = printed.own.get(asked.system, {})
    scoped = {scope.source for scope in table.scopes.get(asked.holder, ())}
    for edition in {*own, *(edition for edition in printed.rows if edition[0] in scoped)} if scoped else own:
        anchor = _anchor(table, edition, printed, asked, on_trial, elsewhere)
        if anchor is not None:
            found[edition[0]].append(anchor)
    return {source: tuple(sorted(several, key=lambda a: (a.last, a.first))) for source, several in found.items()}


def _anchor(
    table: Listing,
    edition: tuple[str, Cutoff],
    printed: Editions,
    asked: Asked,
    on_trial: Callable[[Cutoff], Count],
    elsewhere: Callable[[int], bool],
) -> Anchor | None:
    source, cutoff = edition
    own = printed.own.get(asked.system, {}).get(edition, ())
    closed = any(_closes(scope, table, source, cutoff, asked) for scope in table.scopes.get(asked.holder, ()))
    closed = closed and not _perhaps_among(table, source, cutoff, asked)
    parts = [
        part
        for component in _components(own)
        if (part := _part(component, asked.account, cutoff, on_trial, elsewhere)) is not None
    ]
    if not parts:
        if not closed or not _silence_is_zero(table, printed.rows[edition], own, asked):
            return None
        return Anchor(*cutoff, Count(0, 0, 0), True, False, True, ())
    bests = [count.best for count, _ in parts]
    total = Count(
        sum(count.low for count, _ in parts),
        sum(count.high for count, _ in parts),
        None if None in bests else sum(best for best in bests if best is not None),
    )
    return Anchor(*cutoff, total, closed, any(c for _, c in parts), False, tuple(sorted({row.id for row in own})))


def _components(rows: Sequence[Row]) -> list[list[Row]]:
    """Group rows that are alternatives: equal in operator, category and account, or twins (R10, R19)."""
    groups: list[list[Row]] = []
    for row in sorted(rows, key=lambda r: r.id):
        mine = [group for group in groups if any(_rivals(row, other) for other in group)]
        groups = [group for group in groups if group not in mine] + [[*(r for g in mine for r in g), row]]
    return groups


def _rivals(one: Row, other: Row) -> bool:
    alike = (one.operator, one.category, one.account) == (other.operator, other.category, other.account)
    return alike or one.twins == other.twins


def _part(
    component: Sequence[Row],
    account: Account,
    cutoff: Cutoff,
    on_trial: Callable[[Cutoff], Count],
    elsewhere: Callable[[int], bool],
) -> tuple[Count, bool] | None:
    """Say what one component puts into the account asked for (R19); ``None`` where it says nothing of it."""
    accounts = {row.account for row in component}
    count, conflict = merge_counts([row.count for row in component])
    if account is Account.HELD:
        return (count, conflict or len(accounts) > 1) if accounts != {Account.ON_ORDER} else None
    if len(accounts) > 1:
        named = account in accounts or (account is Account.IN_SERVICE and Account.ACTIVE in accounts)
        return (Count(0, count.high, None), True) if named or None in accounts else None
    (only,) = accounts
    if only is account:
        return count, conflict
    if only is Account.ACTIVE and account is Account.IN_SERVICE:
        return _less(count, on_trial(cutoff)), conflict
    if only is None and account is Account.IN_SERVICE:
        return (Count(0, count.high, None) if elsewhere(cutoff[1]) else count), conflict
    return None


def _less(active: Count, trial: Count) -> Count:
    low = 0 if trial.high == INF else max(active.low - int(trial.high), 0)
    high = max(active.high - trial.low, 0)
    best = None
    if active.best is not None and trial.low == trial.high:
        best = max(active.best - trial.low, 0)
    return Count(low, high, best)


def _closes(scope: Scope, table: Listing, source: str, cutoff: Cutoff, asked: Asked) -> bool:
    """Tell whether a scope makes an edition complete for a key on its cutoff (R3, R17)."""
    if scope.source != source:
        return False
    if scope.operator is not None and scope.operator != asked.operator:
        return False
    if asked.account in (Account.ON_ORDER, Account.ON_TRIAL):
        return False
    return _during(scope, cutoff) and in_scope(table.names.registry, scope, asked.system)


def _during(scope: Scope, cutoff: Cutoff) -> bool:
    first = scope.period.first if scope.period.first is not None else FIRST_DAY
    last = scope.period.last if scope.period.last is not None else LAST_DAY
    return first <= cutoff[0] and cutoff[1] <= last


def _silence_is_zero(table: Listing, rows: Sequence[Row], own: Sequence[Row], asked: Asked) -> bool:
    """Decide whether an edition that says nothing of the account says zero (R3)."""
    if asked.account is Account.ON_TRIAL or any(row.account is None for row in own):
        return False
    if own:
        return True
    return not _kin(table.names, asked.system, {name for row in rows for name in row.listed})


def _kin(names: Known, system: str, listed: Iterable[str]) -> bool:
    """Tell whether a list names the system, its family, a member or a sibling of it."""
    family = {system, *ancestors(names.registry, system)}
    return any(family & {name, *ancestors(names.registry, name)} for name in listed)


def _perhaps_among(table: Listing, source: str, cutoff: Cutoff, asked: Asked) -> bool:
    """Tell whether an operator's units may be in a row of the edition that names no operator (R17)."""
    body = table.names.registry.bodies.get(asked.operator or "")
    if asked.operator is None or (body is not None and body.civil):
        return False
    return _kin(table.names, asked.system, table.unnamed.get((asked.holder, source, cutoff), ()))


def puts_elsewhere(printed: Editions, system: str, day: int) -> bool:
    """Tell whether some row counts units of the system outside service by a day (R19)."""
    other = [account for account in HELD_ACCOUNTS if account is not Account.IN_SERVICE]
    rows = (row for several in printed.own.get(system, {}).values() for row in several)
    return any(row.account in other and row.cutoff[0] <= day and row.count.high > 0 for row in rows)
