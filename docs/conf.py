"""Sphinx: the pages of this folder, and the public calls from their docstrings."""

project = "kztimeline"
author = "kztimeline authors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
myst_heading_anchors = 3
autodoc_typehints = "description"
exclude_patterns = ["_build"]
