"""What files did to a log: an account of every row, in columns and in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import polars as pl
from attrs import define, field

from kztimeline.errors import Problem
from kztimeline.frames import table
from kztimeline.importers.deals import Deal
from kztimeline.importers.releases import EARLIER, OUTSIDE, UNCHANGED, Outcome
from kztimeline.log import Receipt

ACCOUNT: dict[str, pl.DataType | type[pl.DataType]] = {
    "release": pl.String,
    "table": pl.String,
    "verdict": pl.String,
    "holder": pl.String,
    "supplier": pl.String,
    "designation": pl.String,
    "deal": pl.String,
    "before": pl.String,
    "after": pl.String,
    "changed": pl.String,
    "on_paper": pl.String,
    "lines": pl.Int64,
}
"""One row per deal of a release: what became of it, its words before and after, what changed in the world and on paper."""


@define(frozen=True, slots=False)
class Account:
    """What one file did to a log. ``rows`` of the file = ``read`` + ``refused``; ``counts`` by verdict."""

    name: str
    table: str
    release: str | None
    rows: int
    read: int
    refused: tuple[Problem, ...] = field(repr=False)
    outcomes: tuple[Outcome, ...] = field(repr=False)
    lost: tuple[str, ...]
    receipts: tuple[Receipt, ...] = field(repr=False)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many deals were added, revised, withdrawn, left unchanged, or are out of scope."""
        return dict(sorted(Counter(outcome.verdict for outcome in self.outcomes).items()))

    @cached_property
    def paper(self) -> dict[str, int]:
        """How many deals changed on paper only, by what changed."""
        return dict(sorted(Counter(what for outcome in self.outcomes for what in outcome.paper).items()))

    @property
    def added(self) -> int:
        """Lines that are new in the log."""
        return sum(len(receipt.added) for receipt in self.receipts)

    def sentence(self) -> str:
        """Say in one line what the file did."""
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items())
        lost = f"; lost its ? at {', '.join(self.lost)}" if self.lost else ""
        at = f" of {self.release}" if self.release else ""
        return f"{self.name}{at}: {self.rows} rows, {self.read} read, {len(self.refused)} refused; {counts or 'events'}; {self.added} lines{lost}"


@define(frozen=True, slots=False)
class Ingested:
    """What files did to a log, each in its turn, oldest release first; ``head`` is the log's after it."""

    path: Path
    accounts: tuple[Account, ...]
    head: str

    @cached_property
    def frame(self) -> pl.DataFrame:
        """Every deal of every release; see :data:`ACCOUNT`."""
        return table((row for account in self.accounts for row in _account_rows(account)), ACCOUNT)

    @property
    def changes(self) -> pl.DataFrame:
        """The deals that a release changed: additions, revisions, withdrawals."""
        return self.frame.filter(~pl.col("verdict").is_in([UNCHANGED, OUTSIDE, EARLIER]))

    def __str__(self) -> str:
        return "\n".join(account.sentence() for account in self.accounts)


def _account_rows(account: Account) -> Iterator[dict[str, object]]:
    for outcome in account.outcomes:
        deal = outcome.new or outcome.old
        if deal is not None:
            yield {
                "release": account.release,
                "table": account.table,
                "verdict": outcome.verdict,
                "holder": deal.recipient,
                "supplier": deal.supplier,
                "designation": deal.designation,
                "deal": deal.id,
                "before": _said(outcome.old),
                "after": _said(outcome.new),
                "changed": "; ".join(outcome.world) or None,
                "on_paper": "; ".join(outcome.paper) or None,
                "lines": outcome.lines,
            }


def _said(deal: Deal | None) -> str | None:
    """Write a deal in one line: ordered how many when, delivered how many when."""
    if deal is None:
        return None
    delivered = ", ".join(f"{tranche.figure.text} in {tranche.occurred}" for tranche in deal.tranches)
    year = f"{deal.year}{'?' if deal.year_uncertain else ''}"
    return f"{deal.designation}: ordered {deal.ordered.text or 'unknown'} in {year}; delivered {delivered or 'none'}"
