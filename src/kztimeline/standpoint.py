"""A log seen by somebody at some time: what stands, what names mean, the table of steps, and other ways to see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from attrs import define, evolve, field

from kztimeline import asked, cache, replies
from kztimeline.dates import last_day
from kztimeline.layout import Part, flat
from kztimeline.log import Log, is_redacted
from kztimeline.log.memory import library
from kztimeline.policies import Policy
from kztimeline.registry import resolve
from kztimeline.stores import read_stored
from kztimeline.wire import many_values

if TYPE_CHECKING:
    import polars as pl

    from kztimeline.asked import Moment
    from kztimeline.views import Placed, Standing


@define(frozen=True, slots=False, eq=False, repr=False)
class Standpoint:
    """A log as it stood, and who looks at it: by publication, by our record, from some sources, under a policy."""

    log: Log
    holder: str
    policy: Policy = Policy.ANCHORED
    published_by: str | None = None
    only: frozenset[str] | None = None
    mode: str = "r"
    writer: str = field(default="kztimeline", repr=False)

    @property
    def head(self) -> str:
        """The id of this state of the log, for ever."""
        return self.log.head

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every line of the log as a value, parents first."""
        from kztimeline.views import read_placed

        with many_values():
            return tuple(
                read_placed(segment, identity, line) for segment, identity, line in self.log if not is_redacted(line)
            )

    @cached_property
    def standing(self) -> Standing:
        """The claims that stand in this view, with their standing citations."""
        from kztimeline.views import stand

        with many_values():
            return stand(self.placed, published_by=self._by, sources=self.only, before=self.log.before)

    @cached_property
    def seen(self) -> replies.Seen:
        """What a question is put to: what stands, the policy, the head."""
        return replies.Seen(
            self.names, self.policy, self.head, self.log.genesis.name,
            max((segment.header.recorded for segment in self.log.segments), default=""),
            self.published_by, self.only, lambda: self.standing, len(self.log.redacted),
        )  # fmt: skip

    @cached_property
    def steps(self) -> pl.DataFrame:
        """The table of steps of this view; see :data:`kztimeline.frames.STEPS`."""
        return flat(self.laid.values())

    @cached_property
    def laid(self) -> Mapping[str, Part]:
        """The table of steps laid out for questions, account by account."""
        return (self._kept or self._folded).parts

    @cached_property
    def names(self) -> cache.Names:
        """What names mean in this view: from the kept table, if there is one, else from the lines themselves."""
        if self._kept is not None:
            return self._kept.names
        if self._large:
            return self._folded.names
        from kztimeline.folding import names_in

        with many_values():
            return names_in(self.standing, self.placed)

    @property
    def _by(self) -> int | None:
        return None if self.published_by is None else last_day(self.published_by).toordinal()

    @cached_property
    def _large(self) -> bool:
        """Whether the table is made from the lines in columns, which hold what stands under the policy ``anchored``."""
        from kztimeline.folding import MANY

        return self.policy is Policy.ANCHORED and sum(segment.count for segment in self.log.segments) >= MANY

    @cached_property
    def _place(self) -> cache.Place:
        sources = None if self.only is None else tuple(sorted(self.only))
        log, policy = self.log.genesis.id, str(self.policy)
        redacted = sha256("".join(sorted(self.log.redacted)).encode()).hexdigest()
        return cache.Place(log, self.head, redacted, self.published_by, sources, policy, library())

    @cached_property
    def _kept(self) -> cache.Kept | None:
        return cache.kept(self._place, lambda: self._folded)

    @cached_property
    def _folded(self) -> cache.Kept:
        """The table of steps made from the claims, and kept for whoever asks next."""
        from kztimeline import folding

        before = cache.earlier(self._place)
        with many_values():
            if self._large:
                found = folding.from_lines(self.log, self._by, self.only, before)
            else:
                found = folding.from_values(self.standing, self.policy, self.names, before)
        cache.keep(self._place, found)
        return found

    def view(
        self,
        *,
        published_by: Moment | None = None,
        recorded_by: Moment | None = None,
        sources: Iterable[str] | None = None,
        policy: str | None = None,
    ) -> Self:
        """Give the timeline as others saw it: by publication, by our record, from some sources only.

        ``published_by`` and ``recorded_by`` given as a year or month mean its last day (R9);
        ``recorded_by`` also takes a head (or 8 digits of one). Raises :class:`UnknownNameError` for a
        head or source that the log does not have.
        """
        chosen = self
        if published_by is not None:
            chosen = evolve(chosen, published_by=str(last_day(published_by)))
        if recorded_by is not None:
            chosen = evolve(chosen, log=asked.recorded(chosen.log, recorded_by))
        if sources is not None:
            chosen = evolve(
                chosen,
                only=frozenset(asked.source(self.names.registry, source) for source in asked.listed(sources)),
            )
        if policy is not None:
            chosen = evolve(chosen, policy=asked.policy(policy))
        return chosen

    def refresh(self) -> Self:
        """Read the log again, with what was appended since."""
        return evolve(self, log=read_stored(self.log.path))

    def resolve(self, name: str) -> str:
        """Give the id of a system by any of its names. Raises :class:`UnknownNameError` with near ones."""
        return resolve(self.names.registry, name)

    def __repr__(self) -> str:
        count = sum(segment.count for segment in self.log.segments)
        seen = "".join(
            f", {name} {value}"
            for name, value in (
                ("published by", self.published_by),
                ("sources", None if self.only is None else " ".join(sorted(self.only)) or "none"),
            )
            if value is not None
        )
        return f"<{type(self).__name__} {self.log.genesis.name}: {count} events, head {self.head[:12]}{seen}>"
