"""Which columns a report's SQL reads, so that no others are fetched: bodies are most of a source's bytes.

DuckDB itself says so, in its plan over empty tables, where everything that changes a plan is switched off but for
leaving out columns. Whatever is unclear counts as read.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from gleaner.reporting import engine
from gleaner.reporting.deadline import Deadline
from gleaner.reporting.statement import sql_name
from gleaner.reporting.tables import Tables, declaration

_ALL_OTHERS = "SELECT string_agg(name, ',') FROM duckdb_optimizers() WHERE name <> 'unused_columns'"
_MEMORY = 128 * 1024**2


def unread_columns(
    tables: Tables, sql: str, values: Mapping[str, Any], *, scratch: Path, deadline: Deadline
) -> frozenset[str]:
    """Names of columns that the checked SQL reads of no table; none for an SQL that is wrong: its run says why."""
    if "pivot" in sql.lower():  # what it makes of a column is asked of the rows themselves, before there is a plan
        return frozenset()
    plan = _plan(tables, sql, values, scratch, deadline)
    texts = "\n".join(_texts(plan)).lower()
    if any(f"memory.main.{_as_in_plans(name)}" not in texts for name in tables):
        return frozenset()
    return frozenset(c.name for columns in tables.values() for c in columns if c.name.lower() not in texts)


def _plan(tables: Tables, sql: str, values: Mapping[str, Any], scratch: Path, deadline: Deadline) -> Any:
    """DuckDB's, as JSON; made behind the same closed doors as the result."""
    with engine.connection(scratch, _MEMORY) as db, deadline.interrupting(db.interrupt):
        for name, columns in tables.items():
            db.execute(declaration(name, columns))
        others = db.execute(_ALL_OTHERS).fetchall()[0][0]
        db.execute(f"SET disabled_optimizers = '{others}'")
        engine.lock(db)
        parameters = {sql_name(name): value for name, value in values.items()} or None
        try:
            return json.loads(db.execute(f"EXPLAIN (FORMAT json)\n{sql}", parameters).fetchall()[0][1])
        except duckdb.Error:
            return []


def _texts(plan: Any) -> Iterator[str]:
    """Every value in it; the keys are DuckDB's."""
    if isinstance(plan, dict | list):
        for value in plan.values() if isinstance(plan, dict) else plan:
            yield from _texts(value)
    else:
        yield str(plan)


def _as_in_plans(name: str) -> str:
    """A name that is no plain one stands in quotes there."""
    return name if name.replace("_", "").isalnum() else f'"{name}"'
