"""The report: one HTML file about one holder, without scripts, that opens offline and prints well."""

from __future__ import annotations

from kztimeline.report.page import written

__all__ = ["written"]
