"""What a report's SQL may be: one SELECT whose parameters are exactly the declared ones."""

from collections.abc import Iterable

import duckdb

from gleaner.errors import InputError


def sql_name(parameter: str) -> str:
    """How SQL spells a parameter: `min-mag` is written `$min_mag`, for `$min-mag` would be a subtraction."""
    return parameter.replace("-", "_")


def check_statement(sql: str, parameters: Iterable[str]) -> None:
    """Raises InputError unless `sql` is a single SELECT that uses each of `parameters` and no other."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise InputError(f"the report's SQL: {error}") from None
    if len(statements) != 1:
        raise InputError(f"the report's SQL holds {len(statements)} statements; exactly one SELECT is allowed")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise InputError(f"the report's SQL is of the kind {kind.name}; only SELECT (or WITH … SELECT) is allowed")
    used = {name.lower() for name in statements[0].named_parameters}  # DuckDB folds their case
    _check_parameters(used, {sql_name(name): name for name in parameters})


def _check_parameters(used: set[str], declared: dict[str, str]) -> None:
    numbered = sorted(name for name in used if name.isdecimal())
    mistakes = [f"parameters are written as $name, not by position (found {', '.join(numbered)})"] if numbered else []
    mistakes += [
        f"${name} is not declared in params{_list(declared)}" for name in sorted(used - declared.keys() - set(numbered))
    ]
    mistakes += [
        f"parameter {declared[name]!r} is declared but ${name} is not used" for name in sorted(declared.keys() - used)
    ]
    if mistakes:
        raise InputError("the report's SQL: " + "; ".join(mistakes))


def _list(declared: Iterable[str]) -> str:
    names = ", ".join(f"${name}" for name in sorted(declared))
    return f" (declared: {names})" if names else " (none are)"
