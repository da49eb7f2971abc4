"""What a column of a result is, and the SQL that gives its values a defined form.

| kind     | DuckDB types                              | as text                                     |
|----------|-------------------------------------------|---------------------------------------------|
| integer  | TINYINT … HUGEINT, UTINYINT …, BIGNUM     | all digits                                  |
| decimal  | DECIMAL                                   | all declared places                         |
| float    | FLOAT, DOUBLE                             | shortest exact; NaN, Infinity, -Infinity    |
| boolean  | BOOLEAN                                   | true, false                                 |
| date     | DATE                                      | 2024-12-31                                  |
| time     | TIME                                      | 12:00:00                                    |
| local    | TIMESTAMP in all precisions               | 2024-12-31T12:00:00.5                       |
| instant  | TIMESTAMP WITH TIME ZONE                  | 2024-12-31T12:00:00.5+01:00, in the zone    |
| json     | JSON, LIST, ARRAY, STRUCT, MAP, UNION, …  | JSON                                        |
| binary   | BLOB                                      | base64                                      |
| text     | everything else                           | as DuckDB writes it                         |
"""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

Kind = Literal["integer", "decimal", "float", "boolean", "date", "time", "local", "instant", "json", "binary", "text"]
NUMERIC: frozenset[Kind] = frozenset({"integer", "decimal", "float"})
_KINDS: dict[str, Kind] = {
    "FLOAT": "float",
    "DOUBLE": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP WITH TIME ZONE": "instant",
    "JSON": "json",
    "VARIANT": "json",
    "BLOB": "binary",
}
_LABELS: dict[Kind, str] = {
    "decimal": "number",
    "float": "number",
    "local": "date and time",
    "instant": "date and time",
}
_NESTED = re.compile(r"(STRUCT|MAP|UNION)\(|.*\[\d*\]$", re.DOTALL)
_INTEGER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BIGNUM")
_NOT_IN_PARQUET = re.compile(r"HUGEINT|BIGNUM|INTERVAL|BIT\b|UNION\(|VARIANT|TIME WITH TIME ZONE|\"NULL\"|GEOMETRY")


class Column(msgspec.Struct, frozen=True):
    """`name` is distinct within the result; `type` is DuckDB's name of it."""

    name: str
    type: str

    @property
    def kind(self) -> Kind:
        if _NESTED.match(self.type):
            return "json"
        if _INTEGER.fullmatch(self.type):
            return "integer"
        if self.type.startswith("DECIMAL"):
            return "decimal"
        if re.fullmatch(r"TIMESTAMP(_S|_MS|_NS)?", self.type):
            return "local"
        return _KINDS.get(self.type, "text")

    @property
    def label(self) -> str:
        """The kind in a word for people."""
        return _LABELS.get(self.kind, self.kind)

    @property
    def is_temporal(self) -> bool:
        return self.kind in {"date", "time", "local", "instant"}

    @property
    def is_numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def sql(self) -> str:
        """The name as SQL writes it."""
        return quoted(self.name)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(column: Column) -> str:
    """SQL of the value as text, exact and with offsets; NULL stays NULL."""
    name = column.sql
    forms: dict[Kind, str] = {
        "float": f"coalesce({_unfinite(name)}, {name}::VARCHAR)",
        "local": f"replace({name}::VARCHAR, ' ', 'T')",
        "instant": rf"regexp_replace(replace({name}::VARCHAR, ' ', 'T'), '([+-]\d\d)$', '\1:00')",
        "json": name if column.type == "JSON" else f"to_json({name})",
        "binary": f"to_base64({name})",
    }
    return f"({forms.get(column.kind, name)})::VARCHAR"


def shown(column: Column, zone: str) -> str:
    """SQL of the value as text for people: times without an offset, in the zone that the header names."""
    if column.kind == "instant":
        return f"timezone('{zone}', {column.sql})::VARCHAR"
    return f"{column.sql}::VARCHAR" if column.kind == "local" else text(column)


def json(column: Column) -> str:
    """SQL of the value as JSON text. Numbers keep all their digits; those that JSON has none for become text."""
    if column.kind in {"integer", "decimal", "boolean"}:
        value = f"{column.sql}::VARCHAR"
    elif column.kind == "float":
        name = column.sql
        value = f"coalesce(to_json({_unfinite(name)})::VARCHAR, {name}::VARCHAR)"
    elif column.kind == "json":
        value = text(column)
    else:
        value = f"to_json({text(column)})::VARCHAR"
    return f"coalesce({value}, 'null')"


def parquet(column: Column) -> str:
    """SQL of the value in a type that Parquet keeps exactly; integers beyond 64 bits are text here."""
    if column.kind == "json" and (column.type == "VARIANT" or _NOT_IN_PARQUET.search(column.type)):
        return f"to_json({column.sql})"
    if _NOT_IN_PARQUET.search(column.type):
        return f"{column.sql}::VARCHAR"
    return column.sql


def _unfinite(name: str) -> str:
    """NULL for an ordinary number."""
    return f"CASE WHEN isnan({name}) THEN 'NaN' WHEN isinf({name}) THEN if({name} > 0, 'Infinity', '-Infinity') END"


def titles(columns: Sequence[Column], zone: str) -> list[str]:
    """Headers for files whose times carry no offset: the zone stands there."""
    return [f"{column.name} ({zone})" if column.kind == "instant" else column.name for column in columns]
