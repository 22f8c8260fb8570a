"""Editions: tables of statements, read from files or from the log, ready to be compared."""

from kztimeline.editions.reading import read_editions
from kztimeline.editions.values import Coverage, Edition, Member, Refused, Row

__all__ = ["Coverage", "Edition", "Member", "Refused", "Row", "read_editions"]
