"""How ledgers may become an answer (R21): a word that questions and kept tables carry without the fold."""

from __future__ import annotations

from enum import StrEnum


class Policy(StrEnum):
    """How ledgers become an answer (R21)."""

    ANCHORED = "anchored"
    FLOWS = "flows"
    STATEMENTS = "statements"
    ENVELOPE = "envelope"
