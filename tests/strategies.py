"""Small logs for Hypothesis: few claims, small numbers, days that collide."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from hypothesis import strategies as st

from kztimeline.canonical import event_id
from kztimeline.codec import event_of, line_of
from kztimeline.registry import Definition
from kztimeline.scan import scanned, words
from kztimeline.views import Placed, Standing, stand
from kztimeline.words import judged, reader_of
from tests.oracle import World

DATES = [
    "2010",
    "2011",
    "2012",
    "2010/2012",
    "2011/2012",
    "[2010..2011]",
    "{2010,2012}",
    "{2010..2012}",
    "2011/..",
    "../2011",
    "2011-06",
    "2011-11",
    "2011-11-10",
]
COUNTS = ["1", "2", "3", "1-2", "2-3", "at least 1", "up to 2", "some", "(2)", None]
CUTOFFS = ["2010-11", "2011-11", "2011-11-15", "2012-11"]
SOURCES = ["a", "b", "c"]
MOVES = ["delivered", "delivered", "delivered", "retired", "lost", "stored", "returned", "offered-for-sale"]
DEAL_MOVES = ["ordered", "delivered", "introduced", "cancelled", "order-changed"]
PUBLISHED = ["2013-02", "2013-02", "2013-02", "2011-08", "2012-06"]


def placed(**fields: object) -> Placed:
    """Make a line of a log from fields, in a segment of its own."""
    value = event_of({name: item for name, item in fields.items() if item is not None})
    return Placed(event_id(line_of(value)), value, "segment")


def definitions() -> list[Placed]:
    """What the small logs name."""
    return [
        placed(kind="defined-holder", id="KAZ", name="K", since="2009"),
        placed(kind="defined-system", id="x", name="X", category="air", first="2009-06"),
        placed(kind="defined-system", id="y", name="Y", category="air"),
        *(
            placed(kind="defined-organisation", id=o, name=o, holder="KAZ", civil=o == "police")
            for o in ("army", "navy", "police")
        ),
        placed(kind="defined-source", id="a", title="A", form="prose"),
        placed(kind="defined-source", id="b", title="B", form="prose", lag=40),
        placed(kind="defined-source", id="c", title="C", form="edition"),
    ]


def cited(source: str, published: str = "2013-02") -> list[dict[str, object]]:
    """Cite one source."""
    return [{"source": source, "published": published}]


@st.composite
def flows(
    draw: st.DrawFn, kinds: Sequence[str] = MOVES, operators: Sequence[str | None] = (None,)
) -> dict[str, object]:
    """A claim that moves units, with its own number so that no two are one line."""
    kind = draw(st.sampled_from(kinds))
    total = kind in ("delivered", "retired") and draw(st.integers(0, 3)) == 0
    operator = draw(st.sampled_from(operators))
    fields: dict[str, object] = {
        "kind": kind,
        "holder": "KAZ",
        "occurred": draw(st.sampled_from(["2010/2012", "2011/..", "2010/2011"] if total else DATES)),
        "systems": draw(st.sampled_from([["x"], ["x"], ["x"], ["x", "y"]])),
        "quantity": draw(st.sampled_from(COUNTS)),
        "role": "total" if total else "item",
        "suppliers": draw(st.sampled_from([[], [], [], ["RUS"], ["CHN"]])),
        "operator": operator,
        "batch": draw(st.sampled_from(["p", "q", None])),
        "citations": cited(draw(st.sampled_from(SOURCES)), draw(st.sampled_from(PUBLISHED))),
        "note": f"number {draw(st.integers(0, 10**6))}",
    }
    if kind == "delivered":
        fields["into"] = draw(st.sampled_from(["in-service", "in-service", "on-trial", "in-store"]))
    if kind in ("retired", "lost", "offered-for-sale"):
        fields["out_of"] = draw(st.sampled_from(["in-service", "in-store", None]))
    if kinds is DEAL_MOVES:
        fields["deal"] = draw(st.sampled_from(["d", "d", "e"] if kind == "order-changed" else ["d", "e", None]))
        fields["quantity"] = fields["quantity"] or "2"
    return fields


@st.composite
def statements(draw: st.DrawFn, operators: Sequence[str | None] = (None,)) -> dict[str, object]:
    """A row of an edition."""
    group = draw(st.integers(0, 5)) == 0
    return {
        "kind": "stated",
        "holder": "KAZ",
        "cutoff": draw(st.sampled_from(CUTOFFS)),
        "role": "group" if group else "item",
        "systems": ["x", "y"] if group else ["x"],
        "quantity": draw(st.sampled_from(["0", "1", "2", "3", "5", "at least 2", "some", "2-4"])),
        "account": draw(st.sampled_from(["active", "in-service", "in-store", "held", None])),
        "operator": draw(st.sampled_from(operators)),
        "category": draw(st.sampled_from(["air", "air/other"])),
        "citations": cited(draw(st.sampled_from(["a", "b", "c"]))),
        "note": f"row {draw(st.integers(0, 10**6))}",
    }


@st.composite
def scopes(draw: st.DrawFn, of: str, operators: Sequence[str | None] = (None,)) -> dict[str, object]:
    """A scope that closes a source's editions, or says that its list of flows is complete."""
    periods = (
        ["2010/2013", "2011/2012"] if of == "levels" else ["2009/2013", "2010/2011", "2012/2013", "2011-11-20/2012"]
    )
    return {
        "kind": "defined-scope",
        "source": draw(st.sampled_from(["a", "b", "c"])),
        "holder": "KAZ",
        "systems": draw(st.sampled_from([["x"], ["x", "y"], []])),
        "of": of,
        "operator": draw(st.sampled_from(operators)),
        "period": draw(st.sampled_from(periods)),
        "published": draw(st.sampled_from([None, *PUBLISHED])),
    }


@st.composite
def links(draw: st.DrawFn, claims: Sequence[Placed]) -> Placed:
    """A link of any relation between claims of a log; one of parts has the whole last."""
    relation = draw(st.sampled_from(["same", "same", "distinct", "part-of"]))
    ids = [c.id for c in claims]
    size = 2 if relation == "part-of" else draw(st.sampled_from([2, 2, 3]))
    several = draw(st.lists(st.sampled_from(ids), min_size=2, max_size=min(size, len(ids)), unique=True))
    return placed(kind="linked", relation=relation, claims=several, reason="test")


@st.composite
def logs(
    draw: st.DrawFn,
    *,
    kinds: Sequence[str] = MOVES,
    most: int = 4,
    rows: int = 2,
    flow_scopes: bool = False,
    operators: Sequence[str | None] = (None,),
) -> list[Placed]:
    """A small log: definitions, claims, links, perhaps scopes that close a source's editions or flows."""
    claims = [placed(**draw(flows(kinds, operators))) for _ in range(draw(st.integers(0, most)))]
    claims += [placed(**draw(statements(operators))) for _ in range(draw(st.integers(0, rows)))]
    log = [*definitions(), *claims]
    for of in ("levels", "levels", "flows") if flow_scopes else ("levels",):
        if draw(st.booleans()):
            log.append(placed(**draw(scopes(of, operators))))
    for _ in range(draw(st.integers(0, 2))):
        if len(claims) > 1:
            log.append(draw(links(claims)))
    unique = {row.id: row for row in log}
    return list(unique.values())


def standing(log: Sequence[Placed]) -> Standing:
    """Everything stands."""
    return stand(log)


def world(log: Sequence[Placed], operator: str | None = None) -> World:
    """The same log as the oracle reads it."""
    view = stand(log)
    return World(view.claims, tuple(link for _, link in view.links), view.registry, operator)


def defined_in(log: Sequence[Placed]) -> list[Placed]:
    """The definitions of a log, and what was said of them."""
    defined = {row.id for row in log if isinstance(row.value, Definition)}
    return [row for row in log if row.id in defined or getattr(row.value, "target", None) in defined]


def words_in(log: Sequence[Placed]) -> pl.DataFrame:
    """What the lines of a log say, as words."""
    lines = pl.DataFrame({"id": [row.id for row in log], "line": [line_of(row.value).decode() for row in log]})
    plain, taken = scanned(lines)
    defined = defined_in(log)
    others = [(row.id, row.value) for row, known in zip(log, taken, strict=True) if not known]
    return words(reader_of(stand(defined).registry, defined), plain, others)


def simple_claims_in(log: Sequence[Placed], by: int | None = None) -> pl.DataFrame:
    """The claims of simple keys that count in a view, as judged words."""
    return judged(words_in(log).lazy(), by).filter(~pl.col("apart"), "counted").collect()
