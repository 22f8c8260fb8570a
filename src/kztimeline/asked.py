"""What a question's arguments mean: moments and heads, policies, accounts (R9, R18, R21)."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from kztimeline.dates import last_day
from kztimeline.errors import EventError, NotationError, UnknownNameError
from kztimeline.events import Account, Agreement, Measure
from kztimeline.paths import folder_in, path_of
from kztimeline.policies import Policy
from kztimeline.registry import Holder, Registry, members, resolve

if TYPE_CHECKING:
    from kztimeline.editions import Edition
    from kztimeline.happenings import Known
    from kztimeline.log import Log
    from kztimeline.views import Placed, Standing

Moment = str | datetime.date
_ASKED = tuple(str(a) for a in Account if a not in (Account.ACTIVE, Account.PRODUCTION))


def recorded(found: Log, moment: Moment) -> Log:
    """Give the log as it stood at a moment, or as it ended at a head. Raises :class:`UnknownNameError`."""
    if isinstance(moment, str) and len(moment) >= 8 and all(c in "0123456789abcdef" for c in moment):
        return _at_head(found, moment)
    if isinstance(moment, datetime.datetime):
        return found.recorded_until(moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    if isinstance(moment, str) and "T" in moment:
        last_day(moment)
        exact = datetime.datetime.fromisoformat(moment)
        return recorded(found, exact if exact.tzinfo else exact.replace(tzinfo=datetime.UTC))
    return found.recorded_until(f"{last_day(moment)}T23:59:59Z")


def _at_head(found: Log, head: str) -> Log:
    try:
        return found.at(head)
    except UnknownNameError as error:
        day = f"{head[:4]}-{head[4:6]}-{head[6:]}"
        if not re.fullmatch(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]", head):
            raise
        raise UnknownNameError(f"{error}; for a day write {day}") from error


def policy(name: str) -> Policy:
    """Read a policy's name. Raises :class:`NotationError`."""
    try:
        return Policy(name)
    except ValueError:
        raise NotationError(f"not a policy: {name!r}; write one of {', '.join(Policy)}") from None


def accounts(account: str) -> tuple[str, ...]:
    """Read an account, or ``*`` for all of them. Raises :class:`NotationError`."""
    if account == "*":
        return _ASKED
    if account not in _ASKED:
        raise NotationError(f"not an account: {account!r}; write one of {', '.join(_ASKED)}, or *")
    return (account,)


def named_holders(placed: Iterable[Placed]) -> frozenset[str]:
    """Find every holder that some line of the log names."""
    named = {getattr(row.value, "id" if isinstance(row.value, Holder) else "holder", None) for row in placed}
    return frozenset(name for name in named if isinstance(name, str))


def known_holder(named: Collection[str], default: str, holder: str) -> str:
    """Give back a holder that some line of the log names, the log's own, or ``*`` for all of them.

    Raises :class:`UnknownNameError` with those that are known: an answer about nobody would look like silence.
    """
    known = sorted({default, *named})
    if not isinstance(holder, str):
        raise UnknownNameError(f"a holder is text, not {holder!r}; write it in quotation marks, or leave it out")
    if holder in ("*", *known):
        return holder
    meant = f"; did you mean {holder.upper()}" if holder.upper() in known else ""
    raise UnknownNameError(f"no line of the log speaks of a holder {holder!r}{meant}; known: {', '.join(known)}, or *")


def identity(claim: str) -> str:
    """Take an id, or the first digits of one, for text. Raises :class:`UnknownNameError`."""
    if not isinstance(claim, str):
        raise UnknownNameError(f"an id is text, not {claim!r}; write 8 or more of its digits in quotation marks")
    return claim


def identities(claims: Sequence[str]) -> list[str]:
    """Take a list of ids. Raises :class:`EventError` for what is no list, :class:`UnknownNameError` for what is no id."""
    if isinstance(claims, str | Mapping) or not isinstance(claims, Iterable):
        raise EventError(f'claims are a list of ids, not {claims!r}; write ["12345678", "abcdef01"]')
    return [identity(claim) for claim in claims]


def changes(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Take the fields of a claim that change. Raises :class:`EventError`."""
    if not isinstance(fields, Mapping):
        raise EventError(f'changes are a mapping of fields, not {fields!r}; write {{"quantity": 3}}')
    return fields


def citations(said: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Take a list of citations. Raises :class:`EventError`."""
    if isinstance(said, str | Mapping) or not isinstance(said, Iterable):
        raise EventError(f'citations are a list, not {said!r}; write [{{"source": "…", "published": "2024"}}]')
    return list(said)


def documents(folder: str | os.PathLike[str]) -> Path:
    """Take the folder of the documents. Raises :class:`PathError`."""
    return folder_in(path_of(folder, "the folder of the documents", "documents"))


def listed(sources: Iterable[str]) -> Iterable[str]:
    """Take one source for a list of one. Raises :class:`NotationError` for what is no list."""
    if not isinstance(sources, Iterable):
        raise NotationError(f'sources are a list of ids, not {sources!r}; write sources=["…"], tl.sources lists them')
    return [sources] if isinstance(sources, str) else sources


def one_of(name: str, known: Iterable[str], what: str) -> str:
    """Take a name that is known. Raises :class:`UnknownNameError` with near names."""
    names = sorted(known)
    if not isinstance(name, str):
        raise UnknownNameError(f"{what}: a name is text, not {name!r}; write it in quotation marks")
    if name in names:
        return name
    if name == "*":
        raise UnknownNameError(f"no {what} is called '*'; leave the {what} out to ask without one")
    near = _near(name, names)
    meant = f"did you mean {' or '.join(near)}" if near else f"known: {', '.join(names) or 'none'}"
    raise UnknownNameError(f"no {what} is called {name!r}; {meant}")


def _near(name: str, names: Iterable[str]) -> list[str]:
    folded = {other.casefold(): other for other in names}
    return [folded[near] for near in get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]


def source(registry: Registry, name: str) -> str:
    """Take the id of a source. Raises :class:`UnknownNameError` with near names."""
    return one_of(name, registry.sources, "source")


def indicator(standing: Standing, name: str) -> str:
    """Take an indicator that some standing measure has, or ``*`` for all. Raises :class:`UnknownNameError` with near names."""
    if name == "*":
        return name
    return one_of(name, {s.event.indicator for s in standing.claims if isinstance(s.event, Measure)}, "indicator")


def form(standing: Standing, name: str | None) -> str | None:
    """Take a form that some standing agreement has. Raises :class:`UnknownNameError` with near names."""
    if name is None:
        return None
    return one_of(name, {s.event.form for s in standing.claims if isinstance(s.event, Agreement)}, "form of agreement")


def system(names: Known, holder: str, name: str, exact: bool) -> frozenset[str]:
    """Give the keys a system's name asks for: the system, its variants unless ``exact``, and what it counts under.

    Raises :class:`UnknownNameError` with near names.
    """
    found = resolve(names.registry, name)
    key = names.key(holder, found)
    return frozenset({found, key}) if exact else frozenset({*members(names.registry, found), key})


def editions(one: Edition | Moment, other: Edition | Moment, known: Iterable[str]) -> tuple[Edition, Edition] | None:
    """Take two editions; ``None`` for two moments.

    Raises :class:`NotationError` for one of each, :class:`UnknownNameError` for what is neither.
    """
    for side in (one, other):
        if isinstance(side, str):
            _day_at_least(side, known)
    from kztimeline.editions import Edition

    if isinstance(one, Edition) and isinstance(other, Edition):
        return one, other
    if isinstance(one, Edition) or isinstance(other, Edition):
        raise NotationError("an edition is compared with an edition, and a day with a day; name two of a kind")
    return None


def _day_at_least(name: str, editions: Iterable[str]) -> None:
    try:
        last_day(name)
    except NotationError as error:
        near = _near(name, editions)
        meant = f"did you mean {' or '.join(near)}" if near else f"for a day {str(error).partition('; ')[2]}"
        raise UnknownNameError(f"{name!r} is neither an edition nor a day; {meant}") from error
