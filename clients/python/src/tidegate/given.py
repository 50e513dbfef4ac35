"""What is meant by what a caller gives as a schema? A text, a file, a value, or one with all that belongs to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from .model import Reference, Schema, SchemaType

SchemaLike: TypeAlias = str | PathLike[str] | Mapping[str, Any] | Schema
Against: TypeAlias = SchemaLike | Sequence[SchemaLike]

TYPES: dict[str, SchemaType] = {".avsc": "AVRO", ".proto": "PROTOBUF", ".json": "JSON"}
_SEEMS_A_NAME = 200


@dataclass(frozen=True)
class Given:
    """A schema, and what to call it in messages."""

    schema: Schema
    name: str


def given(
    what: SchemaLike, schema_type: SchemaType | None = None, references: Sequence[Reference] | None = None
) -> Given:
    """A `str` is a text; a `Path` a file, its ending tells the type; a mapping Avro, or with `$schema` JSON Schema."""
    found = _given(what, schema_type)
    if references is not None:
        found = replace(found, schema=replace(found.schema, references=tuple(references)))
    return found


def _given(what: SchemaLike, schema_type: SchemaType | None) -> Given:
    if isinstance(what, Schema):
        return Given(what if schema_type is None else replace(what, schema_type=schema_type), "schema")
    if isinstance(what, str):
        _refuse_names(what)
        return Given(Schema(what, schema_type or "AVRO"), "schema")
    if isinstance(what, Mapping):
        guessed: SchemaType = "JSON" if "$schema" in what else "AVRO"
        return Given(Schema(json.dumps(what, indent=2, ensure_ascii=False), schema_type or guessed), "schema")
    file = Path(what)
    kind = schema_type or TYPES.get(file.suffix)
    if kind is None:
        raise ValueError(f"{file}: say its schema_type, the ending tells none ({', '.join(TYPES)})")
    return Given(Schema(file.read_text(encoding="utf-8"), kind), str(file))


def texts(against: Against) -> list[Schema]:
    """What to compare with, newest first, when it is not a subject."""
    several = against if isinstance(against, Sequence) and not isinstance(against, str) else [against]
    return [given(one).schema for one in several]


def _refuse_names(text: str) -> None:
    """A forgotten `Path(…)` would otherwise be told as a syntax error in a text that nobody wrote."""
    if len(text) < _SEEMS_A_NAME and "\n" not in text and text.endswith(tuple(TYPES)):
        raise ValueError(f"{text!r} is taken for the text of a schema; for a file give pathlib.Path({text!r})")
