"""HTML by hand: everything escaped, tables with captions and scopes, readable in light and in dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from kztimeline.lines import printable

STYLE = (
    "border-collapse:collapse;font:13px/1.4 system-ui,sans-serif;color:inherit;background:none;"
    "font-variant-numeric:tabular-nums"
)
_CELL = (
    "padding:.15em .6em;text-align:left;vertical-align:top;border-bottom:1px solid rgba(128,128,128,.4);color:inherit"
)


def text(value: object) -> str:
    """Write a value for a page: nothing for ``None``, no markup, nothing that changes the direction of the text."""
    return "" if value is None else escape(printable(str(value)))


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, styled: bool = True, named: int = 1
) -> str:
    """Write a table of cells that are markup already; the first ``named`` cells of a row name it."""
    style, cell = (f' style="{STYLE}"', f' style="{_CELL}"') if styled else ("", "")
    above = ' style="text-align:left;font-weight:bold;padding:.3em 0;color:inherit"' if styled else ""
    head = "".join(f'<th scope="col"{cell}>{text(column)}</th>' for column in columns)
    body = "".join(f"<tr>{_row(row, named, cell)}</tr>" for row in rows)
    title = f"<caption{above}>{caption}</caption>" if caption else ""
    return f"<table{style}>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str], named: int, style: str) -> str:
    heads = "".join(f'<th scope="row"{style}>{cell}</th>' for cell in cells[:named])
    return heads + "".join(f"<td{style}>{cell}</td>" for cell in cells[named:])
