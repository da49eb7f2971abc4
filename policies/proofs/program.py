"""Drives kyverno's own program: many attempts in one start, and its rows as verdicts."""

import copy
import itertools
import json
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from proofs.attempts import Attempt
from proofs.folders import Object
from proofs.judging import Verdict
from proofs.matching import namespaced

_API = "cli.kyverno.io/v1alpha1"
_PLURALS = Path(__file__).with_name("plurals.yaml")  # of kinds that the program would guess wrong
_PLACE = "attempt-"
_NAMESPACE = "shop"  # of the examples
_TIMEOUT = 600  # seconds for one start: it takes some, on a busy machine more
_GATEWAYS = Path(__file__).parent / "gateways.yaml"
Verdicts = dict[str, Verdict]


class Broken(RuntimeError):
    """The program ended without a report."""


def here() -> bool:
    """Whether the program is on this machine."""
    return shutil.which("kyverno") is not None


def verdicts(attempts: Iterable[Attempt], policies: list[Object]) -> dict[str, Verdicts]:
    """By attempt and policy. One start for all attempts of the same user and the same cluster-wide surroundings."""
    found: dict[str, Verdicts] = {}
    together = defaultdict(list)
    for attempt in attempts:
        assert attempt.offline, attempt.id
        together[_surroundings(attempt)].append(attempt)
    for batch in together.values():
        found |= _run(batch, policies)
    return found


def _surroundings(attempt: Attempt) -> str:
    wide = [each for each in attempt.cluster if not namespaced(each)]
    return json.dumps([attempt.user.username, attempt.user.groups, wide], sort_keys=True)


def _run(batch: list[Attempt], policies: list[Object]) -> dict[str, Verdicts]:
    """Each attempt gets a namespace of its own, by which its rows are told from others."""
    placed = {f"{_PLACE}{number}": attempt for number, attempt in enumerate(batch)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "policies.yaml", policies)
        _write(folder / "objects.yaml", [moved(attempt.object, place) for place, attempt in placed.items()])
        _write(folder / "values.yaml", [_values(placed)])
        _write(folder / "user.yaml", [_user(batch[0])])
        _write(folder / "context.yaml", [_context(placed)])
        report = _report(folder)
    return _rows(report, placed)


def _report(folder: Path) -> Any:
    command = ["kyverno", "apply", "policies.yaml", "-r", "objects.yaml", "-f", "values.yaml", "-u", "user.yaml"]
    command += ["--context-file", "context.yaml", "--policy-report", "--output-format", "json", "--remove-color"]
    command += ["--crd-paths", str(_PLURALS)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_TIMEOUT)
    if not done.returncode and not done.stdout.strip():
        return []  # no policy is concerned
    try:
        return json.loads(done.stdout)["results"]
    except (ValueError, KeyError) as wrong:
        raise Broken(f"kyverno apply: {done.stdout[-2000:]}{done.stderr[-2000:]}") from wrong


def _rows(report: list[Object], placed: dict[str, Attempt]) -> dict[str, Verdicts]:
    found: dict[str, Verdicts] = {attempt.id: {} for attempt in placed.values()}
    for row in report:
        resource = row["resources"][0]
        namespace = resource.get("namespace", "")
        place = namespace if namespace in placed else f"{_PLACE}{resource['name'].rpartition('-')[2]}"
        found[placed[place].id][row["policy"]] = verdict_of(row)
    return found


def verdict_of(row: Object) -> Verdict:
    """Only pass and fail are answers: a row that is skipped, excluded or a warning is as bad as an error."""
    result = row["result"] if row["result"] in {"pass", "fail"} else "error"
    index = int(row.get("properties", {}).get("cel.validationIndex", -1))
    return Verdict(result, index if result == "fail" else -1, row.get("message", "").strip())


def moved(thing: Object, place: str) -> Object:
    """The object in another namespace; with another name when its namespace is none of the examples'."""
    thing = copy.deepcopy(thing)
    if thing["metadata"].get("namespace") != _NAMESPACE:
        thing["metadata"]["name"] += f"-{place.removeprefix(_PLACE)}"
        return thing
    _rename(thing, _NAMESPACE, place)
    return thing


def _rename(value: Any, old: str, new: str) -> None:
    """Whatever is said to be in the old namespace is in the new one."""
    if isinstance(value, list):
        for each in value:
            _rename(each, old, new)
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "namespace" and each == old:
                value[key] = new
            _rename(each, old, new)


def _values(placed: dict[str, Attempt]) -> Object:
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place, "labels": attempt.namespace}}
        for place, attempt in placed.items()
    ]
    values = {"request.operation": "CREATE"}
    return {"apiVersion": _API, "kind": "Values", "metadata": {"name": "values"}, "globalValues": values} | {
        "namespaces": namespaces
    }


def _user(attempt: Attempt) -> Object:
    user = {"username": attempt.user.username, "groups": list(attempt.user.groups)}
    return {"apiVersion": _API, "kind": "UserInfo", "metadata": {"name": "user"}, "userInfo": user}


def _context(placed: dict[str, Attempt]) -> Object:
    resources = list(itertools.chain.from_iterable(_around(attempt, place) for place, attempt in placed.items()))
    return {"apiVersion": _API, "kind": "Context", "metadata": {"name": "context"}, "spec": {"resources": resources}}


def _around(attempt: Attempt, place: str) -> Iterator[Object]:
    """What is in the namespace of the examples moves along; the rest stays."""
    for each in attempt.cluster:
        yield moved(each, place) if each["metadata"].get("namespace") == _NAMESPACE else each


def _write(path: Path, things: list[Object]) -> None:
    path.write_text(yaml.dump_all(things, Dumper=yaml.CSafeDumper))
