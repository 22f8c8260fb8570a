"""Small logs for Hypothesis: few claims, small numbers, days that collide."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from kztimeline.canonical import event_id
from kztimeline.codec import event_of, line_of
from kztimeline.views import Placed, Standing, stand
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
]
COUNTS = ["1", "2", "3", "1-2", "2-3", "at least 1", "up to 2", "some", "(2)", None]
CUTOFFS = ["2010-11", "2011-11", "2011-11-15", "2012-11"]
SOURCES = ["a", "b", "c"]
MOVES = ["delivered", "delivered", "delivered", "retired", "lost", "stored", "returned"]
DEAL_MOVES = ["ordered", "delivered", "introduced", "cancelled"]


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
        placed(kind="defined-source", id="a", title="A", form="prose"),
        placed(kind="defined-source", id="b", title="B", form="prose", lag=40),
        placed(kind="defined-source", id="c", title="C", form="edition"),
    ]


def cited(source: str) -> list[dict[str, object]]:
    """Cite one source, published when everything is over."""
    return [{"source": source, "published": "2013-02"}]


@st.composite
def flows(draw: st.DrawFn, kinds: Sequence[str] = MOVES) -> dict[str, object]:
    """A claim that moves units, with its own number so that no two are one line."""
    kind = draw(st.sampled_from(kinds))
    total = kind == "delivered" and draw(st.integers(0, 4)) == 0
    fields: dict[str, object] = {
        "kind": kind,
        "holder": "KAZ",
        "occurred": draw(st.sampled_from(DATES)),
        "systems": draw(st.sampled_from([["x"], ["x"], ["x"], ["x", "y"]])),
        "quantity": draw(st.sampled_from(COUNTS)),
        "batch": draw(st.sampled_from(["p", "q", None])),
        "citations": cited(draw(st.sampled_from(SOURCES))),
        "note": f"number {draw(st.integers(0, 10**6))}",
    }
    if kind == "delivered":
        fields["into"] = draw(st.sampled_from(["in-service", "in-service", "on-trial", "in-store"]))
        fields["role"] = "total" if total else "item"
    if kind in ("retired", "lost"):
        fields["out_of"] = draw(st.sampled_from(["in-service", "in-store", None]))
    if kind in DEAL_MOVES and kinds is DEAL_MOVES:
        fields["deal"] = draw(st.sampled_from(["d", "e"]))
    return fields


@st.composite
def statements(draw: st.DrawFn) -> dict[str, object]:
    """A row of an edition."""
    group = draw(st.integers(0, 5)) == 0
    return {
        "kind": "stated",
        "holder": "KAZ",
        "cutoff": draw(st.sampled_from(CUTOFFS)),
        "role": "group" if group else "item",
        "systems": ["x", "y"] if group else ["x"],
        "quantity": draw(st.sampled_from(["0", "2", "3", "5", "at least 2", "some", "2-4"])),
        "account": draw(st.sampled_from(["active", "in-service", "in-store", None])),
        "operator": None,
        "category": draw(st.sampled_from(["air", "air/other"])),
        "citations": cited(draw(st.sampled_from(["b", "c"]))),
        "note": f"row {draw(st.integers(0, 10**6))}",
    }


@st.composite
def logs(draw: st.DrawFn, *, kinds: Sequence[str] = MOVES, most: int = 4, rows: int = 2) -> list[Placed]:
    """A small log: definitions, claims, links, perhaps a scope that closes a source's editions."""
    claims = [placed(**draw(flows(kinds))) for _ in range(draw(st.integers(0, most)))]
    claims += [placed(**draw(statements())) for _ in range(draw(st.integers(0, rows)))]
    log = [*definitions(), *claims]
    if draw(st.booleans()):
        period = draw(st.sampled_from(["2010/2013", "2011/2012"]))
        log.append(
            placed(
                kind="defined-scope",
                source=draw(st.sampled_from(["b", "c"])),
                holder="KAZ",
                systems=["x"],
                of="levels",
                period=period,
            )
        )
    if len(claims) > 1 and draw(st.booleans()):
        two = draw(st.lists(st.sampled_from([c.id for c in claims]), min_size=2, max_size=2, unique=True))
        relation = draw(st.sampled_from(["same", "distinct"]))
        log.append(placed(kind="linked", relation=relation, claims=two, reason="test"))
    return log


def standing(log: Sequence[Placed]) -> Standing:
    """Everything stands."""
    return stand(log)


def world(log: Sequence[Placed], operator: str | None = None) -> World:
    """The same log as the oracle reads it."""
    view = stand(log)
    return World(view.claims, tuple(link for _, link in view.links), view.registry, operator)
