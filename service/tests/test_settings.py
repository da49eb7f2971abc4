"""Settings from the environment and from mounted files."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from gleaner.errors import InputError
from gleaner.settings import SecretFolder, Settings, read_settings
from gleaner.units import Bytes, Seconds

READ: list[tuple[str, str, Any]] = [
    ("catalog", "/etc/gleaner/catalog", Path("/etc/gleaner/catalog")),
    ("store", "sqlite:data/gleaner.db", "sqlite:data/gleaner.db"),
    ("store", "mongodb://db.test:27017/gleaner", "mongodb://db.test:27017/gleaner"),
    ("store", "mongodb+srv://db.test/gleaner", "mongodb+srv://db.test/gleaner"),
    ("store_username", "gleaner", "gleaner"),
    ("store_password", "s3cret", "s3cret"),
    ("shelf", "/data/reports", Path("/data/reports")),
    ("secrets", "/run/secrets", Path("/run/secrets")),
    ("bind", "0.0.0.0:80", "0.0.0.0:80"),
    ("bind", "[::]:8000", "[::]:8000"),
    ("ops_bind", "0.0.0.0:9102", "0.0.0.0:9102"),
    ("ops_bind", "", ""),
    ("hosts", "Gleaner.example.com, localhost", ("gleaner.example.com", "localhost")),
    ("hosts", "[::1]", ("[::1]",)),
    ("proxies", "10.0.0.0/8,192.0.2.7", (ip_network("10.0.0.0/8"), ip_network("192.0.2.7/32"))),
    ("proxies", "2001:db8::/32", (ip_network("2001:db8::/32"),)),
    ("accounts", "/run/accounts/accounts.yaml", Path("/run/accounts/accounts.yaml")),
    ("session_key", "s3cret", "s3cret"),
    ("session_idle", "8h", Seconds(8 * 3600)),
    ("session_life", "1d", Seconds(86400)),
    ("oidc_issuer", "https://login.test/realm/", "https://login.test/realm"),
    ("oidc_issuer", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("oidc_client_id", "gleaner", "gleaner"),
    ("oidc_client_secret", "s3cret", "s3cret"),
    ("oidc_role_claim", "realm_access.roles", "realm_access.roles"),
    ("oidc_operator", "ops", "ops"),
    ("oidc_viewer", "", ""),
    ("store_ca", "/run/ca.crt", Path("/run/ca.crt")),
    ("keep_runs", "1000", 1000),
    ("keep_run_age", "90d", Seconds(90 * 86400)),
    ("logs", "/logs", Path("/logs")),
    ("worker", "collector-1", "collector-1"),
    ("slots", "4", 4),
    ("lease", "45s", Seconds(45)),
    ("grace", "2m", Seconds(120)),
    ("retain_age", "30d", Seconds(30 * 86400)),
    ("retain_bytes", "800MiB", Bytes(800 * 1024**2)),
    ("retain_free", "5%", 0.05),
    ("retain_free", "0.2", 0.2),
    ("report_memory", "1GiB", Bytes(1024**3)),
    ("s3_endpoint", "https://s3.test/", "https://s3.test"),
    ("s3_endpoint", "", ""),
    ("s3_region", "eu-central-1", "eu-central-1"),
    ("s3_credentials", "/run/s3", Path("/run/s3")),
    ("ca_bundle", "/etc/ca.pem", Path("/etc/ca.pem")),
    ("log_level", "WARNING", "warning"),
    ("otlp_endpoint", "http://agent:4318/", "http://agent:4318"),
    ("otlp_endpoint", "https://[::1]:4318/otlp", "https://[::1]:4318/otlp"),
    ("otlp_endpoint", "", ""),
    ("trace_ratio", "1%", 0.01),
    ("trace_ratio", "1", 1.0),
]
WRONG: list[tuple[str, str, str]] = [
    ("store", "postgres://db", "is neither sqlite:PATH nor a mongodb:// address"),
    ("store", "sqlite:", "is neither sqlite:PATH nor a mongodb:// address"),
    ("bind", "8000", "'8000' is not an address such as 127.0.0.1:8000 or [::]:8000"),
    ("bind", "localhost:99999", "'localhost:99999' is not an address"),
    ("ops_bind", "9102", "'9102' is not an address such as"),
    ("hosts", "https://gleaner.test", "'https://gleaner.test' is not a host name such as gleaner.example.com"),
    ("hosts", "gleaner.test:443", "'gleaner.test:443' is not a host name"),
    ("proxies", "10.0.0.1/8", "'10.0.0.1/8' is not an address or a network such as 10.0.0.0/8"),
    ("proxies", "ingress", "'ingress' is not an address or a network"),
    ("session_idle", "never", "'never' is not a duration such as"),
    ("session_life", "never", "'never' is not a duration such as"),
    ("oidc_issuer", "http://login.test", "'http://login.test' is not an https:// address"),
    ("oidc_issuer", "http://localhost.evil.test", "is not an https:// address"),
    ("keep_runs", "0", "'0' is not a whole number from 1 to 100000"),
    ("keep_run_age", "always", "'always' is not a duration such as"),
    ("slots", "0", "'0' is not a whole number from 1 to 64"),
    ("slots", "many", "'many' is not a whole number from 1 to 64"),
    ("slots", "65", "'65' is not a whole number from 1 to 64"),
    ("lease", "soon", "'soon' is not a duration such as"),
    ("grace", "-1s", "'-1s' is not a duration such as"),
    ("retain_age", "1 month", "'1 month' is not a duration such as"),
    ("retain_bytes", "lots", "'lots' is not a size such as"),
    ("report_memory", "1 potato", "'1 potato' is not a size such as"),
    ("retain_free", "100%", "'100%' is not a share such as 10% or 0.1"),
    ("retain_free", "nan", "'nan' is not a share such as 10% or 0.1"),
    ("otlp_endpoint", "agent:4318", "is not an address such as http://agent:4318"),
    ("otlp_endpoint", "http://me:secret@agent:4318", "is not an address such as http://agent:4318"),
    ("s3_endpoint", "s3.test", "is not an address such as https://s3.example.com"),
    ("s3_endpoint", "https://me:secret@s3.test", "is not an address such as https://s3.example.com"),
    ("s3_region", "", "'' is not a region such as eu-central-1"),
    ("trace_ratio", "101%", "'101%' is not a share such as 10% or 0.1"),
    ("trace_ratio", "always", "'always' is not a share such as 10% or 0.1"),
    ("log_level", "loud", "'loud' is not one of debug, info, warning, error"),
]


def test_without_variables_everything_has_its_default() -> None:
    """An empty environment, or one with foreign variables only, gives the defaults."""
    assert read_settings({}) == read_settings({"PATH": "/bin", "HOME": "/root"}) == Settings()


@pytest.mark.parametrize(("name", "text", "value"), READ)
def test_each_setting_is_read_from_its_variable(name: str, text: str, value: Any) -> None:
    """The variable is GLEANER_ and the setting's name in capitals; the value has its type."""
    settings = read_settings({f"GLEANER_{name.upper()}": text})
    assert getattr(settings, name) == value
    assert type(getattr(settings, name)) is type(value)


@pytest.mark.parametrize(("name", "text", "value"), READ)
def test_each_setting_is_read_from_a_file(name: str, text: str, value: Any, tmp_path: Path) -> None:
    """NAME_FILE holds the path of a file whose text, without the white space around it, is the value."""
    file = tmp_path / "value"
    file.write_text(f"{text}\n")
    assert getattr(read_settings({f"GLEANER_{name.upper()}_FILE": str(file)}), name) == value


def test_every_setting_is_among_these_tests() -> None:
    """A new setting needs a test."""
    assert {name for name, _, _ in READ} == set(Settings.__struct_fields__)


@pytest.mark.parametrize(("name", "text", "reason"), WRONG)
def test_a_wrong_value_is_refused_with_what_is_allowed(name: str, text: str, reason: str) -> None:
    """The error names the variable, what was found and what is allowed."""
    with pytest.raises(InputError, match=re.escape(reason)) as caught:
        read_settings({f"GLEANER_{name.upper()}": text})
    assert str(caught.value).startswith(f"GLEANER_{name.upper()}: ")


def test_a_wrong_store_is_not_repeated() -> None:
    """An address may hold a password, so the error does not show it."""
    with pytest.raises(InputError) as caught:
        read_settings({"GLEANER_STORE": "mysql://user:hunter2@db"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("GLEANER_CATALOGUE", "; did you mean GLEANER_CATALOG?"),
        ("GLEANER_STORE_PASWORD", "; did you mean GLEANER_STORE_PASSWORD?"),
        ("GLEANER_SLOT_FILE", "; did you mean GLEANER_SLOTS?"),
        ("GLEANER_XYZZY", ""),
        ("GLEANER_", ""),
        ("GLEANER__FILE", ""),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest_one(variable: str, hint: str) -> None:
    """A typing mistake cannot switch a rule off in silence."""
    with pytest.raises(InputError) as caught:
        read_settings({variable: "x"})
    assert str(caught.value) == f"{variable}: there is no such setting{hint}"


def test_a_setting_may_not_be_given_twice(tmp_path: Path) -> None:
    """A variable and its _FILE at once are an error, whichever would win."""
    with pytest.raises(InputError, match="GLEANER_WORKER is set as well; use one of the two"):
        read_settings({"GLEANER_WORKER": "a", "GLEANER_WORKER_FILE": str(tmp_path / "b")})


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A missing file, a folder and bytes that are no text are named with the reason."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for path, reason in [
        (tmp_path / "missing", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (binary, "it is not UTF-8 text"),
    ]:
        with pytest.raises(InputError, match=f"GLEANER_STORE_PASSWORD_FILE: cannot read {path}: {reason}"):
            read_settings({"GLEANER_STORE_PASSWORD_FILE": str(path)})


def test_all_mistakes_are_listed_at_once() -> None:
    """Several wrong variables give one error."""
    with pytest.raises(InputError) as caught:
        read_settings({"GLEANER_SLOTS": "0", "GLEANER_BIND": "x", "GLEANER_NOPE": "1"})
    assert [part.partition(":")[0] for part in str(caught.value).split("; ")] == [
        "GLEANER_BIND",
        "GLEANER_NOPE",
        "GLEANER_SLOTS",
    ]


def test_the_address_has_two_parts() -> None:
    """Host and port come apart, also with an IPv6 address."""
    assert Settings().address == ("127.0.0.1", 8000)
    assert Settings(bind="[::1]:80").address == ("::1", 80)


def test_a_worker_without_a_name_is_named_after_host_and_process() -> None:
    """A given name wins."""
    assert re.fullmatch(r".+-\d+", Settings().worker_name)
    assert Settings(worker="one").worker_name == "one"


def test_a_home_folder_is_found() -> None:
    """Paths may begin with a tilde."""
    assert read_settings({"GLEANER_SHELF": "~/reports"}).shelf == Path.home() / "reports"


# -- secrets -----------------------------------------------------------------------------------------------


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def secrets(tmp_path: Path, told: list[str]) -> SecretFolder:
    return SecretFolder(tmp_path, told.append)


def test_a_secret_is_told_before_anybody_sees_it(secrets: SecretFolder, tmp_path: Path, told: list[str]) -> None:
    """The value is handed to `on_read`, without the white space around it, as it is returned."""
    (tmp_path / "api-key.v2").write_text("  s3cret\n")
    assert secrets.read("api-key.v2") == "s3cret"
    assert told == ["s3cret"]


def test_a_rotated_secret_counts_at_once(secrets: SecretFolder, tmp_path: Path, told: list[str]) -> None:
    """The file is read again whenever the secret is asked for."""
    file = tmp_path / "token"
    file.write_text("first")
    assert secrets.read("token") == "first"
    file.write_text("second")
    assert secrets.read("token") == "second"
    assert told == ["first", "second"]


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", ".hidden", "a b", "a\0", "/etc/passwd", "ü"])
def test_a_name_cannot_lead_out_of_the_folder(name: str, secrets: SecretFolder) -> None:
    """Names with separators, leading dots and other characters are refused before any file is opened."""
    with pytest.raises(InputError, match=r"a name has letters, digits, '\.', '_' and '-' only"):
        secrets.read(name)


def test_a_secret_that_cannot_be_had_is_named(secrets: SecretFolder, tmp_path: Path, told: list[str]) -> None:
    """A missing file, a folder, an empty file and bytes that are no text are errors that name secret and path."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, reason in [
        ("missing", "cannot read .*/missing: No such file or directory"),
        ("folder", "cannot read .*/folder: Is a directory"),
        ("empty", ".*/empty is empty"),
        ("binary", "cannot read .*/binary: it is not UTF-8 text"),
    ]:
        with pytest.raises(InputError, match=f"secret '{name}': {reason}"):
            secrets.read(name)
    assert told == []


def test_a_folder_that_is_missing_is_named(tmp_path: Path, told: list[str]) -> None:
    """Without the folder every secret is missing."""
    with pytest.raises(InputError, match=r"secret 'token': cannot read .*/nowhere/token: No such file"):
        SecretFolder(tmp_path / "nowhere", told.append).read("token")
