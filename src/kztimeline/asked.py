"""What a question's arguments mean: moments and heads, policies, accounts (R9, R18, R21)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from difflib import get_close_matches

from kztimeline.combine import Policy
from kztimeline.dates import last_day
from kztimeline.errors import NotationError, UnknownNameError
from kztimeline.events import Account
from kztimeline.log import Log

Moment = str | datetime.date


def recorded(found: Log, moment: Moment) -> Log:
    """Give the log as it stood at a moment, or as it ended at a head. Raises :class:`UnknownNameError`."""
    if isinstance(moment, str) and len(moment) >= 8 and all(c in "0123456789abcdef" for c in moment):
        return found.at(moment)
    if isinstance(moment, datetime.datetime):
        return found.recorded_until(moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    if isinstance(moment, str) and "T" in moment:
        last_day(moment)
        exact = datetime.datetime.fromisoformat(moment)
        return recorded(found, exact if exact.tzinfo else exact.replace(tzinfo=datetime.UTC))
    return found.recorded_until(f"{last_day(moment)}T23:59:59Z")


def policy(name: str) -> Policy:
    """Read a policy's name. Raises :class:`NotationError`."""
    try:
        return Policy(name)
    except ValueError:
        raise NotationError(f"not a policy: {name!r}; write one of {', '.join(Policy)}") from None


def accounts(account: str) -> list[str]:
    """Read an account, or ``*`` for all of them. Raises :class:`NotationError`."""
    if account == "*":
        return [str(a) for a in Account if a is not Account.ACTIVE]
    if account not in list(Account) or account == Account.ACTIVE:
        known_ones = ", ".join(str(a) for a in Account if a is not Account.ACTIVE)
        raise NotationError(f"not an account: {account!r}; write one of {known_ones}, or *")
    return [account]


def listed(sources: Iterable[str]) -> Iterable[str]:
    """Take one source for a list of one."""
    return [sources] if isinstance(sources, str) else sources


def one_of(name: str, known: Iterable[str], what: str) -> str:
    """Take a name that is known, or ``*`` for all. Raises :class:`UnknownNameError` with near names."""
    names = sorted(known)
    if name == "*" or name in names:
        return name
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}" if near else f"known: {', '.join(names) or 'none'}"
    raise UnknownNameError(f"no {what} is called {name!r}; {meant}")
