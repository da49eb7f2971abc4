from collections.abc import Callable

import pytest

from commands.conftest import KEY, QUAKES, Home

Answers = Callable[[list[object]], None]


def test_it_works(home: Home) -> None:
    """Collecting tells how many records are new, and exits with 0."""
    answer = home.json("run", "collect/quakes")
    assert answer["state"] == "succeeded"
    assert answer["records"].items() >= {"new": 6, "changed": 0, "unchanged": 0, "bad": 0}.items()


def test_the_same_again_changes_nothing(home: Home) -> None:
    """A second collection finds every record unchanged."""
    home("run", "collect/quakes")
    assert home.json("run", "collect/quakes")["records"]["unchanged"] == 6


def test_a_changed_record_is_counted(home: Home, answers: Answers) -> None:
    """A record that arrives different is counted as changed, a further one as new."""
    home("run", "collect/quakes")
    answers([*QUAKES[:5], {**QUAKES[5], "more": True}, {**QUAKES[0], "id": "q9"}])
    records = home.json("run", "collect/quakes")["records"]
    assert (records["new"], records["changed"], records["unchanged"]) == (1, 1, 5)


def test_people_get_a_sentence(home: Home) -> None:
    """Without --json the last line says in words how it ended."""
    assert home("run", "collect/quakes").splitlines()[-1] == "collect/quakes succeeded: 6 new"


def test_suspect_is_no_success(home: Home, answers: Answers) -> None:
    """A record without its key makes the run suspect: the exit status is 1 and the reason is in words."""
    answers([*QUAKES, {"properties": {}}])
    answer = home.json("run", "collect/quakes", expect=1)
    assert (answer["state"], answer["records"]["bad"], answer["records"]["new"]) == ("suspect", 1, 6)
    assert "1" in answer["reason"]


def test_failure_shows_no_secret(home: Home, answers: Answers) -> None:
    """When the API refuses, the error names the address and the status; the key is nowhere."""
    (home.folder / "secrets" / "api-key").write_text("another-key-9f")
    out = home("run", "collect/quakes", expect=1)
    assert "500" in out or "404" in out
    for run in home.json("runs")["runs"]:
        shown = home("runs", run["id"])
        assert KEY not in shown + out + home.error
        assert "another-key-9f" not in shown + out + home.error


def test_report_is_on_the_shelf(home: Home) -> None:
    """A report run publishes one file a format; parameters choose the rows."""
    home("run", "collect/quakes")
    answer = home.json("run", "report/strongest", "-p", "least=1.5")
    assert (answer["state"], answer["rows"]) == ("succeeded", 3)
    assert {file["name"].rsplit(".", 1)[1] for file in answer["files"]} == {"html", "csv", "xlsx", "parquet", "json"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "collect/quake"], "there is no application 'collect/quake'; there are collect/quakes"),
        (["run", "collect/quakes", "-p", "full"], "-p 'full' is not NAME=VALUE"),
        (["run", "collect/quakes", "-p", "ful=1"], "full"),
        (["run", "collect/quakes", "-p", "full=perhaps"], "perhaps"),
        (["run", "report/strongest", "-p", "least=many"], "many"),
        (["preview"], "one of the two"),
        (["preview", "nothing"], "there is no source 'nothing'; there are quakes"),
        (["runs", "--cancel"], "--cancel needs a RUN"),
        (["runs", "nosuchrun"], "there is no run 'nosuchrun'"),
        (["import", "/nowhere/at/all"], "cannot read /nowhere/at/all"),
    ],
)
def test_wrong_input_is_one_clear_line(home: Home, arguments: list[str], told: str) -> None:
    """What is wrong, and what is allowed; the exit status is 2."""
    home(*arguments, expect=2)
    assert told in home.error
    assert len(home.error.strip().splitlines()) == 1


def test_unknown_setting_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped setting is an error that names the nearest known one."""
    monkeypatch.setenv("GLEANER_STORRE", "x")
    home("runs", expect=2)
    assert "GLEANER_STORRE: there is no such setting; did you mean GLEANER_STORE?" in home.error


def test_debug_shows_where(home: Home) -> None:
    """With --debug the error itself is raised."""
    with pytest.raises(Exception, match="no application"):
        home("run", "nothing", "--debug")
