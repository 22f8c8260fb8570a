"""Readers for what people really have: registers of several releases, tables of their own."""

from kztimeline.importers.accounts import Account, Ingested
from kztimeline.importers.events import read_table
from kztimeline.importers.ingest import ingest
from kztimeline.importers.levels import compared
from kztimeline.importers.reading import Reading
from kztimeline.importers.sipri import read_sipri_deliveries, read_sipri_register

__all__ = [
    "Account",
    "Ingested",
    "Reading",
    "compared",
    "ingest",
    "read_sipri_deliveries",
    "read_sipri_register",
    "read_table",
]
