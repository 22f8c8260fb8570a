"""Logs of simple and other claims of which much was said later, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from kztimeline.events import Link
from kztimeline.registry import Definition
from kztimeline.views import Placed
from tests.strategies import DEAL_MOVES, cited, definitions, logs, placed
from tests.test_bulk import DAYS, simple_claims


def printed(source: str, cutoff: str) -> dict[str, object]:
    """A printed total, which names no system."""
    return {
        "kind": "stated", "role": "total", "holder": "KAZ", "category": "air", "systems": [], "quantity": "9", "cutoff": cutoff,
        "citations": cited(source),
    }  # fmt: skip


@st.composite
def told(draw: st.DrawFn, *, totals: bool = False) -> list[Placed]:
    """A log of simple and other claims, printed ``totals`` among them, of which much was said later.

    Each line stands in a segment of its own.
    """
    log = draw(st.one_of(st.just(definitions()), logs(), logs(flow_scopes=True), logs(kinds=DEAL_MOVES)))
    for _ in range(draw(st.integers(1, 7))):
        claim = draw(simple_claims())
        if draw(st.integers(0, 5)) == 0:
            claim["citations"] = cited("c")
        log.append(placed(**claim))
    for source in draw(st.lists(st.sampled_from("ac"), max_size=2)) if totals else ():
        log.append(placed(**printed(source, draw(st.sampled_from(DAYS)))))
    if draw(st.integers(0, 3)) == 0:
        log.append(
            placed(kind="defined-relation", system="y", tie=draw(st.sampled_from(["variant-of", "same-as"])), of="x")
        )
    targets = [row.id for row in log if not isinstance(row.value, Definition | Link)]
    for number in range(draw(st.integers(0, 4))):
        target = draw(st.sampled_from(targets))
        verb = draw(st.sampled_from(["corrected", "corrected", "retracted", "retracted", "revised", "withdrawn"]))
        fields: dict[str, object] = {"kind": verb, "target": target}
        if verb in ("corrected", "revised"):
            replacement = (
                draw(simple_claims()) if draw(st.integers(0, 4)) else printed("a", draw(st.sampled_from(DAYS)))
            )
            fields["replacement"] = {n: v for n, v in replacement.items() if v is not None}
        if verb in ("corrected", "retracted"):
            fields["reason"] = f"test {number}"
        if verb in ("revised", "withdrawn"):
            fields["source"] = "a"
        if verb == "withdrawn":
            fields["citations"] = cited("a", "2012")
        log.append(placed(**fields))
        targets.append(log[-1].id)
    if draw(st.integers(0, 5)) == 0:
        log.append(placed(kind="retracted", target=draw(st.sampled_from(definitions())).id, reason="test"))
    return [Placed(row.id, row.value, f"{n:03}") for n, row in enumerate({row.id: row for row in log}.values())]
