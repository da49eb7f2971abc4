import pytest

from gleaner.errors import InputError
from gleaner.reporting.statement import check_statement


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT 1;",
        "WITH a AS (SELECT 1) SELECT * FROM a -- done",
        "FROM range(3)",
        "(SELECT 1)",
        "SELECT ';' /* ; */",
        "VALUES (1)",
    ],
)
def test_one_select_is_allowed(sql: str) -> None:
    """A single SELECT in any of its forms passes, with comments and semicolons in texts."""
    check_statement(sql, [])


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("INSERT INTO t VALUES (1)", "INSERT"),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "INSERT"),
        ("UPDATE t SET a = 1", "UPDATE"),
        ("DELETE FROM t", "DELETE"),
        ("CREATE TABLE t AS SELECT 1", "CREATE"),
        ("DROP TABLE t", "DROP"),
        ("COPY (SELECT 1) TO 'x.csv'", "COPY"),
        ("EXPORT DATABASE 'x'", "EXPORT"),
        ("ATTACH 'x.db'", "ATTACH"),
        ("INSTALL httpfs", "LOAD"),
        ("LOAD httpfs", "LOAD"),
        ("SET threads = 8", "SET"),
        ("PRAGMA threads = 8", "SET"),
        ("PRAGMA version", "PRAGMA"),
        ("CALL pragma_version()", "CALL"),
        ("EXPLAIN ANALYZE SELECT 1", "EXPLAIN"),
        ("PREPARE p AS SELECT 1", "PREPARE"),
        ("CHECKPOINT", "CALL"),
        ("PIVOT t ON a", "MULTI"),
    ],
)
def test_anything_else_is_refused(sql: str, kind: str) -> None:
    """Statements that are no SELECT are refused, and the message says what they are."""
    with pytest.raises(InputError, match=f"of the kind {kind}; only SELECT"):
        check_statement(sql, [])


@pytest.mark.parametrize(
    ("sql", "count"), [("SELECT 1; SELECT 2", 2), ("SELECT 1; DROP TABLE t", 2), ("", 0), (";;", 0)]
)
def test_it_is_exactly_one(sql: str, count: int) -> None:
    """Several statements and none at all are refused."""
    with pytest.raises(InputError, match=f"holds {count} statements; exactly one"):
        check_statement(sql, [])


def test_a_syntax_error_shows_the_line() -> None:
    """DuckDB's own message with the line and the place is what the author sees."""
    with pytest.raises(InputError, match=r"(?s)Parser Error: .*LINE 2: FROM FROM"):
        check_statement("SELECT 1\nFROM FROM t", [])


def test_parameters_are_those_declared() -> None:
    """Each declared parameter is used, in whatever case, and a hyphen is written as an underscore."""
    check_statement("SELECT $Days + $min_mag", ["days", "min-mag"])


def test_an_undeclared_parameter_is_named() -> None:
    """A parameter that is not declared is named beside those that are."""
    with pytest.raises(InputError, match=r"\$dayz is not declared in params \(declared: \$days\)"):
        check_statement("SELECT $days, $dayz", ["days"])


def test_an_unused_parameter_is_named() -> None:
    """A parameter that the SQL forgot would change nothing; that is an error."""
    with pytest.raises(InputError, match="parameter 'min-mag' is declared but \\$min_mag is not used"):
        check_statement("SELECT 1", ["min-mag"])


def test_parameters_by_position_are_refused() -> None:
    """Question marks have no names and are refused."""
    with pytest.raises(InputError, match="written as \\$name, not by position"):
        check_statement("SELECT ?", [])
