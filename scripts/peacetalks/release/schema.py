"""Derive every schema from the record types: Arrow, JSON Schema, the Hub's features and the field tables.

`python -m peacetalks.release.schema FOLDER` writes the JSON Schemas of all tables.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import msgspec
from msgspec import Struct, inspect

from peacetalks._arrow import pa
from peacetalks._files import write_atomic
from peacetalks.record import STANDOFF_TABLES, TABLES

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
TableName = Literal["articles", "mentions", "segments", "temporal", "catalogue", "conferences", "outlets", "excluded"]
Edition = Literal["full", "standoff"]
TABLE_NAMES: tuple[TableName, ...] = get_args(TableName)

_SCALARS: tuple[tuple[type[inspect.Type], pa.DataType, str], ...] = (
    (inspect.StrType, pa.string(), "string"),
    (inspect.LiteralType, pa.string(), "string"),
    (inspect.IntType, pa.int32(), "int32"),
    (inspect.FloatType, pa.float64(), "float64"),
    (inspect.DateType, pa.date32(), "date32"),
)


class Field(Struct, frozen=True, kw_only=True):
    """One column: its name, Arrow type, whether it may be null, and what it means."""

    name: str
    type: pa.DataType
    nullable: bool
    description: str


def record_type(table: str, edition: Edition = "full") -> type[Struct]:
    """Return the record type of one row of a table."""
    return (TABLES if edition == "full" else STANDOFF_TABLES)[table]


@cache
def fields(table: str, edition: Edition = "full") -> tuple[Field, ...]:
    """Return the columns of a table in order; the key of a foreign table comes first."""
    return tuple(_fields_of(record_type(table, edition)))


@cache
def arrow_schema(table: str, edition: Edition = "full") -> pa.Schema:
    """Return the Arrow schema of a table, with the Hub's features in its metadata."""
    columns = [
        pa.field(field.name, field.type, nullable=field.nullable, metadata={"description": field.description})
        for field in fields(table, edition)
    ]
    features = {field.name: _feature(field.type) for field in fields(table, edition)}
    return pa.schema(columns, {"huggingface": json.dumps({"info": {"features": features}})})


def yaml_features(table: str, edition: Edition = "full") -> list[Json]:
    """Return the features of a table in the form that a dataset card's `dataset_info` holds."""
    return [_yaml_feature(field.name, field.type) for field in fields(table, edition)]


def json_schema(table: str, edition: Edition = "full") -> dict[str, Json]:
    """Return the JSON Schema of one row of a table."""
    schema: dict[str, Json] = msgspec.json.schema(record_type(table, edition))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def write_json_schemas(folder: Path, edition: Edition = "full") -> None:
    """Write `<table>.schema.json` for each table."""
    for table in TABLE_NAMES:
        text = json.dumps(json_schema(table, edition), indent=2, ensure_ascii=False)
        write_atomic(folder / f"{table}.schema.json", f"{text}\n".encode())


def type_name(kind: pa.DataType) -> str:
    """Return the short name of an Arrow type for a field table, such as `list<string>` or `list<struct>`."""
    if pa.types.is_list(kind):
        inner = "struct" if pa.types.is_struct(kind.value_type) else type_name(kind.value_type)
        return f"list<{inner}>"
    return next((name for _, scalar, name in _SCALARS if scalar == kind), str(kind))


def _fields_of(record: type[Struct]) -> list[Field]:
    info = inspect.type_info(record)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{record.__name__} is no record type")
    columns = [_field(field) for field in info.fields]
    return sorted(columns, key=lambda field: field.name != "article")


def _field(field: inspect.Field) -> Field:
    kind, description = field.type, ""
    if isinstance(kind, inspect.Metadata):
        description = str((kind.extra_json_schema or {}).get("description", ""))
        kind = kind.type
    nullable = False
    if isinstance(kind, inspect.UnionType):
        nullable = kind.includes_none
        (kind,) = (option for option in kind.types if not isinstance(option, inspect.NoneType))
    return Field(name=field.name, type=_arrow_type(kind), nullable=nullable, description=description)


def _arrow_type(kind: inspect.Type) -> pa.DataType:
    if isinstance(kind, inspect.Metadata):
        return _arrow_type(kind.type)
    if isinstance(kind, inspect.ListType):
        return pa.list_(pa.field("element", _arrow_type(kind.item_type)))  # the name that Parquet gives it
    if isinstance(kind, inspect.StructType):
        return pa.struct([pa.field(f.name, f.type, nullable=f.nullable) for f in _fields_of(kind.cls)])
    for known, arrow, _ in _SCALARS:
        if isinstance(kind, known):
            return arrow
    raise TypeError(f"no Arrow type for {kind}")


def _feature(kind: pa.DataType) -> Json:
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    return {"dtype": type_name(kind), "_type": "Value"}


def _yaml_feature(name: str, kind: pa.DataType) -> Json:
    if pa.types.is_list(kind):
        inner = kind.value_type
        nested = pa.types.is_struct(inner)
        return {"name": name, "list": [_yaml_feature(f.name, f.type) for f in inner] if nested else type_name(inner)}
    return {"name": name, "dtype": type_name(kind)}


if __name__ == "__main__":
    write_json_schemas(Path(sys.argv[1]))
