"""What may be loaded: nothing that is not listed, nothing by mistake."""

from pathlib import Path

import msgspec
import pytest

from trial.account import read_account
from trial.targets import FILE, Refused, disturbed, find_target, moved, read_targets

ONE = """
here:
  address: http://127.0.0.1:8000
  most_seconds: 60
  most_requests: 1000
  rate: 10
  users: {reader: 1}
  secrets: nowhere
  source: quakes
  limits: {every: {p95: 100}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "limits.yaml"
    path.write_text(ONE)
    return path


def test_it_works(file: Path) -> None:
    """A target is found with its limits; an endpoint without its own has those of every."""
    target = find_target("here", file=file)
    assert target.limits_of("overview").p95 == 100


def test_the_project_s_own_list_is_right() -> None:
    """Every target of the file is whole, and production asks twice."""
    targets = read_targets(FILE)
    assert {name for name, target in targets.items() if target.confirm} == {"production"}


def test_an_unknown_target_is_named(file: Path) -> None:
    """With those that there are, and the one that was meant."""
    with pytest.raises(Refused, match=r"no target 'heer' in limits.yaml: there are here; did you mean 'here'\?"):
        find_target("heer", file=file)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    """It is a mistake of the call, and no verdict."""
    with pytest.raises(Refused, match=r"limits\.yaml: No such file"):
        find_target("local", file=tmp_path / "limits.yaml")


def test_production_needs_a_second_word(file: Path) -> None:
    """Another word than the target's name is none."""
    file.write_text(ONE + "  confirm: true\n")
    for word in ("", "yes", "her"):
        with pytest.raises(Refused, match="--confirm here"):
            find_target("here", confirmed=word, file=file)
    assert find_target("here", confirmed="here", file=file)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("p95: 100", "p96: 100", "p96"),
        ("rate: 10", "rate: 0", "above 0"),
        ("rate: 10", "rate: .inf", "finite"),
        ("most_requests: 1000", "most_requests: -1", "above 0"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "no http:// or https:// address"),
        ("{reader: 1}", "{reader: 0}", "at least one weight above 0"),
        ("{reader: 1}", "{reader: 1, client: -1}", "below 0"),
        ("{reader: 1}", "{operator: 1}", "an application to trigger"),
        ("{reader: 1}", "{writer: 1}", "writer"),
        ("{every: {p95: 100}}", "{overview: {p95: 100}}", "'every' is missing"),
        ("here:", "[", "limits.yaml"),
        ("p95: 100", "recovery: 10", "recovery stands below `disturbed`"),
        (
            "{every: {p95: 100}}",
            "{every: {}}\n  disturbed: {web: {overview: {p95: 100}}}",
            "disturbed: 'every' is missing",
        ),
        (
            "{every: {p95: 100}}",
            "{every: {}}\n  confirm: true\n  disturbed: {web: {every: {}}}",
            "not broken on purpose",
        ),
        ("{every: {p95: 100}}", "{every: {}}\n  memory: {start: 0, hourly: 1}", "start must be above 0"),
        ("{every: {p95: 100}}", "{every: {}}\n  memory: {start: 1, hourly: -1}", "hourly not below"),
    ],
)
def test_a_mistake_is_named(file: Path, old: str, new: str, said: str) -> None:
    """With its place; nothing is loaded by half a list."""
    file.write_text(ONE.replace(old, new))
    with pytest.raises(Refused, match=said):
        find_target("here", file=file)


def test_no_request_without_an_account(file: Path, tmp_path: Path) -> None:
    """Users who must log in, and have nothing to do so, are refused before the first request."""
    target = find_target("here", file=file)
    with pytest.raises(Refused, match="`name` and `password` are missing"):
        read_account(target, tmp_path)
    (tmp_path / "name").write_text("load\n")
    (tmp_path / "password").write_text("secret\n")
    assert read_account(target, tmp_path).password == "secret"


def test_a_program_needs_its_token(file: Path, tmp_path: Path) -> None:
    """The same for the token."""
    file.write_text(ONE.replace("{reader: 1}", "{client: 1}"))
    with pytest.raises(Refused, match="`token` is missing"):
        read_account(find_target("here", file=file), tmp_path)


def test_a_disturbance_has_its_own_limits(file: Path) -> None:
    """They stand instead of the others; what the list has no limits for is not known to be bearable."""
    file.write_text(ONE + "  disturbed: {web: {every: {failures: 0.1, recovery: 10}}}\n")
    target = find_target("here", file=file)
    assert disturbed("here", target, "web").limits_of("overview").recovery == 10
    with pytest.raises(Refused, match="here has no limits for a disturbance 'disk': there are some for web"):
        disturbed("here", target, "disk")


@pytest.mark.parametrize(
    "address",
    ["https://gleaner.localhost:8443", "http://127.0.0.1:9000", "https://[::1]:8443", "https://a.example.com"],
)
def test_a_target_may_stand_elsewhere(file: Path, address: str) -> None:
    """Where the list's address changes, as a laptop's cluster does; everything else stays the list's."""
    there = moved("here", address, file)
    assert there == msgspec.structs.replace(find_target("here", file=file), address=address)


@pytest.mark.parametrize(
    "address",
    ["ftp://here", "https://", "here:8000", "https://here/path", "https://a@here", "http://here:x", "http://[", ""],
)
def test_elsewhere_is_held_to_the_same(file: Path, address: str) -> None:
    """An address that the list could not have is refused."""
    with pytest.raises(Refused, match="no http:// or https:// address"):
        moved("here", address, file)


def test_what_others_use_cannot_be_moved(file: Path) -> None:
    """Neither does a target that asks twice go elsewhere, nor does another one become it."""
    file.write_text(
        ONE + ONE.replace("here:", "live:").replace("127.0.0.1:8000", "live.example.com") + "  confirm: true\n"
    )
    with pytest.raises(Refused, match="live is in use by others: its address is the list's alone"):
        moved("live", "http://127.0.0.1:9000", file)
    with pytest.raises(
        Refused, match=r"'https://LIVE.example.com:443' is live, which is in use by others, and not here"
    ):
        moved("here", "https://LIVE.example.com:443", file)


def test_an_account_may_know_the_address(file: Path, tmp_path: Path) -> None:
    """Beside the secrets stands where the target is today, if it is not where the list says."""
    target = find_target("here", file=file)
    for name, text in (("name", "load"), ("password", "secret"), ("address", "http://127.0.0.1:9000\n")):
        (tmp_path / name).write_text(text)
    assert read_account(target, tmp_path).address == "http://127.0.0.1:9000"
