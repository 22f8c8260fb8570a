"""Editions: tables of statements, read from files or from the log, ready to be compared."""

from kztimeline.editions.candidates import candidates
from kztimeline.editions.dayed import edition_on
from kztimeline.editions.logged import edition_of
from kztimeline.editions.reading import read_editions, read_one
from kztimeline.editions.values import Coverage, Edition, Member, Refused, Row

__all__ = [
    "Coverage",
    "Edition",
    "Member",
    "Refused",
    "Row",
    "candidates",
    "edition_of",
    "edition_on",
    "read_editions",
    "read_one",
]
