"""What each kind of event needs, and what to write where it is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kztimeline.events import (
    HELD_ACCOUNTS,
    Account,
    Agreement,
    Claim,
    Correction,
    Event,
    Kind,
    Link,
    Measure,
    Observation,
    Organisation,
    Procurement,
    Relation,
    Revision,
    Role,
    StatedChange,
    Statement,
    Withdrawal,
)

Finding = tuple[str, str]
"""A field's path and what is wrong with it, with what to write instead."""


def check(event: Event) -> Iterator[Finding]:
    """Yield what the event's kind needs and does not have, as (path, advice)."""
    for test in _CHECKS.get(type(event), ()):
        yield from test(event)


def _cited(event: Claim) -> Iterator[Finding]:
    if not event.citations:
        yield "citations", "no source; write at least one [[citations]] with source and published"


def is_holder(text: str) -> bool:
    """Tell whether a text is written as ISO 3166 writes a country: three capital letters, four for former ones."""
    return len(text) in (3, 4) and text.isascii() and text.isalpha() and text.isupper()


def _holder(event: Claim) -> Iterator[Finding]:
    if not is_holder(event.holder):
        yield "holder", f"not an ISO 3166 code: {event.holder!r}; write three capital letters, such as KAZ"


def _procurement(event: Procurement) -> Iterator[Finding]:
    kind = event.kind
    if not event.systems:
        yield "systems", 'no system; write systems = ["wing-loong-1"]'
    if kind in _ARRIVALS and event.into is None and (kind is Kind.DELIVERED or event.operator is not None):
        yield "into", f'{kind} needs the account the units went into; write into = "in-service" or "on-trial"'
    if event.into is not None and event.into not in HELD_ACCOUNTS:
        yield "into", f"units cannot go into {event.into}; write one of {', '.join(HELD_ACCOUNTS)}"
    leaving = (*HELD_ACCOUNTS, Account.PRODUCTION) if kind in _GONE else HELD_ACCOUNTS
    if event.out_of is not None and event.out_of not in leaving:
        yield "out_of", f"units cannot leave {event.out_of}; write one of {', '.join(leaving)}"
    if kind is Kind.TRANSFERRED and not (event.operator and event.to_operator):
        yield "to_operator", "transferred needs operator and to_operator"
    if kind is Kind.MODERNISED and not (len(event.systems) == 1 and event.to_system):
        yield "to_system", "modernised needs one system and the to_system it became"
    if kind is Kind.ORDER_CHANGED and (event.deal is None or event.quantity is None):
        yield "deal", "order-changed sets a deal's size; write deal and the new quantity"
    if event.role is Role.GROUP:
        yield "role", "several systems with one number need no role; leave it out, or write total"
    if event.covers and event.role is not Role.TOTAL:
        yield "covers", 'only a total covers others; write role = "total"'


def _statement(event: Statement) -> Iterator[Finding]:
    count = len(event.systems)
    if event.role is Role.ITEM and count != 1:
        yield "systems", f'an item names one system, not {count}; write role = "group" or "total"'
    if event.role is Role.GROUP and count < 2:
        yield "systems", f'a group names two or more systems, not {count}; write role = "item"'
    if event.role is Role.TOTAL and event.category is None:
        yield "category", 'a printed total needs its category; write category = "air/fighter"'
    if event.covers and event.role is not Role.TOTAL:
        yield "covers", 'only a total covers others; write role = "total"'


def _link(event: Link) -> Iterator[Finding]:
    if len(set(event.claims)) < 2:
        yield "claims", "a link names two or more different claims; write their ids"
    if event.relation is Relation.PART_OF and len(event.claims) != 2:
        yield "claims", "part-of names the part, then the whole; write two ids"


def _revision(event: Revision) -> Iterator[Finding]:
    if all(citation.source != event.source for citation in event.replacement.citations):
        yield "replacement.citations", f"the new word must cite {event.source}, whose revision it is"


def _withdrawal(event: Withdrawal) -> Iterator[Finding]:
    if all(citation.source != event.source for citation in event.citations):
        yield "citations", f"a withdrawal cites where {event.source} took its word back; write that citation"


def _replacement(event: Correction | Revision) -> Iterator[Finding]:
    for path, message in check(event.replacement):
        yield f"replacement.{path}", message


_GONE = (Kind.RETIRED, Kind.LOST, Kind.EXPORTED, Kind.DONATED)
_ARRIVALS = (Kind.DELIVERED, Kind.PRODUCED)
_CHECKS: dict[type, tuple[Callable[..., Iterator[Finding]], ...]] = {
    Procurement: (_cited, _holder, _procurement),
    Agreement: (_cited, _holder),
    Organisation: (_cited, _holder),
    Measure: (_cited, _holder),
    Observation: (_cited, _holder),
    Statement: (_cited, _holder, _statement),
    StatedChange: (_cited, _holder),
    Link: (_link,),
    Correction: (_replacement,),
    Revision: (_revision, _replacement),
    Withdrawal: (_withdrawal,),
}
