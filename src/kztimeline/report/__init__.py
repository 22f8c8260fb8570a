"""The report: one HTML file about one holder, without scripts, that opens offline and prints well."""

from __future__ import annotations

from kztimeline.report.material import Asked, Material, gathered
from kztimeline.report.page import page

__all__ = ["Asked", "Material", "gathered", "page"]
