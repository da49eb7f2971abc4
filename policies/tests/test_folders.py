"""What the proofs refuse to read."""

from pathlib import Path

import pytest
import yaml

from proofs import controllers
from proofs.attempts import bad, patched
from proofs.folders import Object, Unreadable, examples, read

GOOD: Object = {"policy.yaml": {"metadata": {"name": "rule"}}, "bad.yaml": [{"case": "one", "of": "Pod/web"}]}


def folder(root: Path, **files: object) -> Path:
    """A folder named `rule`, with some of its files in another form."""
    place = root / "rule"
    place.mkdir()
    for name, content in {**GOOD, **{f"{key}.yaml": value for key, value in files.items()}}.items():
        (place / name).write_text(yaml.safe_dump(content))
    return place


def test_it_works(tmp_path: Path) -> None:
    """A folder with a policy and a case can be read."""
    assert [case.case for case in read(folder(tmp_path)).bad] == ["one"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"policy": {"metadata": {"name": "another"}}}, "no policy of the folder's name"),
        ({"bad": [{"case": "one", "of": "Pod/web", "patches": []}]}, "unknown field `patches`"),
        ({"bad": [{"of": "Pod/web"}]}, "missing required field `case`"),
        ({"bad": [{"case": True, "of": "Pod/web"}]}, "Expected `str`"),
        ({"bad": [{"case": "one", "of": "Pod/web"}] * 2}, "'one'] more than once"),
        ({"bad": [{"case": "one", "of": "Pod/web", "policy": "rule-more"}]}, "policy.yaml does not hold"),
        ({"kept": [{"case": "one", "of": "Pod/web", "old": [], "new": [], "allowed": True}]}, "'one'] more than once"),
        ({"kept": [{"case": "two", "of": "Pod/web", "old": [], "new": []}]}, "missing required field `allowed`"),
    ],
    ids=["name", "field", "no-case", "type", "twice", "policy", "twice-in-two-files", "no-answer"],
)
def test_a_mistake_has_a_name(tmp_path: Path, files: dict[str, object], said: str) -> None:
    """What is misnamed, unknown, missing or doubled is an error that says so."""
    with pytest.raises(Unreadable, match=said.replace("]", r"\]")):
        read(folder(tmp_path, **files))


def test_yaml_that_is_none_has_a_name(tmp_path: Path) -> None:
    """A file that is not YAML is named."""
    place = folder(tmp_path)
    (place / "bad.yaml").write_text("- {case: [")
    with pytest.raises(Unreadable, match=r"rule/bad\.yaml"):
        read(place)


def test_a_case_of_nothing_has_a_name(tmp_path: Path) -> None:
    """A case has to be about an object that there is."""
    with pytest.raises(Unreadable, match="Pod/nobody is not among the good examples"):
        list(bad(read(folder(tmp_path, bad=[{"case": "one", "of": "Pod/nobody"}]))))


def test_a_patch_that_does_not_fit_has_a_name() -> None:
    """A patch of a field that is not there fails, instead of changing nothing."""
    with pytest.raises(Unreadable, match="somewhere"):
        patched({"spec": {}}, [{"op": "remove", "path": "/spec/a"}], "somewhere")


def test_a_pod_becomes_every_controller() -> None:
    """The five controllers carry the pod's labels and its specification; a job's pods end."""
    pod = next(each for each in examples() if each["kind"] == "Pod")
    made = {each["kind"]: each for each in controllers.expanded(pod)}
    assert list(made) == list(controllers.WORKLOADS)
    templates = [made[kind]["spec"]["template"] for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job")]
    templates.append(made["CronJob"]["spec"]["jobTemplate"]["spec"]["template"])
    assert all(each["metadata"]["labels"] == pod["metadata"]["labels"] for each in templates)
    assert all(each["spec"]["containers"] == pod["spec"]["containers"] for each in templates)
    assert [each["spec"].get("restartPolicy") for each in templates] == [None, None, None, "Never", "Never"]
