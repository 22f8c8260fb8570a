"""A log as a Frictionless data package: CSV files, and a descriptor that says what every column is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from kztimeline.exports.lines import DESCRIPTIONS, formula_safe, line_frame
from kztimeline.timeline import Timeline

_TYPES: Mapping[type[pl.DataType], str] = {
    pl.Int64: "integer",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.String: "string",
}


def write_package(timeline: Timeline, folder: Path) -> list[Path]:
    """Write ``events.csv``, ``steps.csv`` and ``datapackage.json`` into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = {
        "events": (line_frame(timeline), ["id"]),
        "steps": (timeline.steps, ["holder", "system", "account", "since"]),
    }
    resources, files = [], []
    for name, (frame, key) in frames.items():
        file = folder / f"{name}.csv"
        formula_safe(frame).write_csv(file)
        resources.append(_resource(name, file, frame, key))
        files.append(file)
    genesis = timeline.log.genesis
    descriptor = {
        "profile": "tabular-data-package",
        "name": re.sub(r"[^a-z0-9._-]+", "-", genesis.name.lower()).strip("-") or "log",
        "title": genesis.name,
        "description": "Dated, sourced claims in the order of their log, and the periods in which nothing changes.",
        "id": timeline.head,
        "resources": resources,
    }
    target = folder / "datapackage.json"
    target.write_text(json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return [*files, target]


def _resource(name: str, file: Path, frame: pl.DataFrame, key: list[str]) -> dict[str, object]:
    data = file.read_bytes()
    return {
        "name": name,
        "path": file.name,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": {
            "fields": [_field(column, kind) for column, kind in frame.schema.items()],
            "missingValues": [""],
            "primaryKey": key,
        },
    }


def _field(name: str, kind: pl.DataType) -> dict[str, object]:
    said: dict[str, object] = {"name": name, "type": _TYPES[type(kind)]}
    return {**said, "description": DESCRIPTIONS[name]} if name in DESCRIPTIONS else said
