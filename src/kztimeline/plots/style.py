"""What every picture shares: paper, ink, one fixed colour for each supplier, axes of whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
from attrs import field, frozen

from kztimeline import languages
from kztimeline.lines import printable
from kztimeline.picture import Picture
from kztimeline.registry import Registry
from kztimeline.views import Standing

PAPER, INK, FAINT = "#ffffff", "#1f2328", "#6a737d"
MAIN, WORLD, ON_PAPER, NO_EVIDENCE = "#0b5fa5", "#0b5fa5", "#8a5a00", "#8c959f"
SUPPLIERS = (
    "#2f7d32", "#b3402a", "#8a5a00", "#6f42a8", "#00797a", "#a8326e", "#5c6b00", "#0b5fa5", "#c05000", "#7a4b3a",
    "#3467d6", "#9c27b0", "#4e7a1e", "#c2185b", "#00695c", "#6d4c41",
)  # fmt: skip
"""Colours of suppliers, in the order in which the log first names them; each has a contrast of 3:1 on paper."""
UNNAMED = "#57606a"
"""The colour where no supplier is stated."""
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH = 620


def luminance(colour: str) -> float:
    """Give the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def supplier_colours(standing: Standing) -> dict[str, str]:
    """Give each supplier its fixed colour: its place among those that the log names, in the order of the log.

    What is appended later, and what a view leaves out, moves no colour.
    """
    standing_claims = {stored.id: stored.event for stored in standing.claims}
    order: dict[str, None] = {}
    for identity in standing.roots:
        claim = standing_claims.get(identity) or standing.absent.get(identity, (None, None))[1]
        order |= dict.fromkeys(getattr(claim, "suppliers", ()))
    return {"": UNNAMED, **{supplier: SUPPLIERS[n % len(SUPPLIERS)] for n, supplier in enumerate(order)}}


@frozen
class Labels:
    """Who labels a picture: the names that the log knows, and a language."""

    registry: Registry = field(repr=False)
    lang: str = "en"

    def say(self, key: str, **values: object) -> str:
        """Give a text of the library's own."""
        return languages.words(self.lang)[key].format(**values)

    def word(self, group: str, word: str) -> str:
        """Give one of the library's own words: an account, a cause, a kind."""
        return languages.worded(self.lang, group, word)

    def name(self, identity: str) -> str:
        """Give the name of a system, holder or body; a country that the log does not define is known by its code."""
        if identity in self.registry.systems:
            system = self.registry.systems[identity]
            return printable(languages.name(system.name, system.names, self.lang))
        if identity in self.registry.bodies:
            return printable(self.registry.bodies[identity].name)
        holder = self.registry.holders.get(identity)
        return printable(languages.territory(identity, identity if holder is None else holder.name, self.lang))

    def bounds(self, low: object, high: object, best: object = None) -> str:
        """Give bounds as people write them."""
        return languages.bounds(low, high, best, self.lang)


def data(rows: Iterable[Mapping[str, Any]]) -> alt.InlineData:
    """Put rows into a picture, as many as there are."""
    return alt.InlineData(values=[dict(row) for row in rows])


def whole(title: str, **options: Any) -> alt.Axis:
    """Give an axis of whole numbers."""
    return alt.Axis(title=title, format="d", tickMinStep=1, **options)


def years(title: str = "", **options: Any) -> alt.Axis:
    """Give an axis of years."""
    return alt.Axis(
        title=title or None,
        format="%Y",
        tickCount={"interval": "year", "step": 1},
        labelOverlap="parity",
        labelSeparation=6,
        **options,
    )


def picture(chart: alt.TopLevelMixin, title: str, alt_text: str, *, key: str = "") -> Picture:
    """Make a picture of a chart: its look, its title, a line that says how to read it, and the words that stand for it."""
    words: dict[str, Any] = {"text": printable(title), "anchor": "start", "color": INK, "fontSize": 14}
    if key:
        words |= {"subtitle": key, "subtitleColor": INK, "subtitleFontSize": 11}
    spec = chart.to_dict()
    spec |= {"title": words, "description": printable(alt_text), "background": PAPER, "config": _LOOK}
    return Picture(title=printable(title), alt=printable(alt_text), spec=spec)


_LOOK: dict[str, Any] = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": INK, "tickColor": FAINT, "domainColor": FAINT, "gridColor": "#e4e7eb",
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelLimit": 260,
    },
    "legend": {
        "labelColor": INK, "titleColor": INK, "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal",
        "orient": "bottom", "labelLimit": 260, "columns": 5, "symbolOpacity": 1,
    },
    "text": {"color": INK, "fontSize": 11},
}  # fmt: skip
