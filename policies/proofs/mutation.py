"""Changes the rules in small ways and sees whether an example or a case notices."""

import copy
import itertools
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import yaml

from proofs.attempts import Attempt, good, of_folder
from proofs.checking import VALIDATING
from proofs.edits import edits
from proofs.folders import ROOT, Folder, Object, names, read
from proofs.judging import Rule, judge
from proofs.matching import namespaced

EQUIVALENTS = Path(__file__).parent / "equivalents.yaml"
_PROCESSES = 2
_PARAMETER = "parameters.gleaner.example/"


@dataclass(frozen=True)
class Mutant:
    """A policy with one change; `where` and `change` name it."""

    policy: str
    where: str
    change: str
    rule: Rule

    @property
    def name(self) -> tuple[str, str, str]:
        return self.policy, self.where, self.change


def mutants(policy: Object) -> Iterator[Mutant]:
    """Validations deleted and inverted, expressions edited, and what the policy matches made less or more."""
    spec, name = policy["spec"], policy["metadata"]["name"]
    for where, change, changed in itertools.chain(_validations(spec), _expressions(policy), _matches(spec)):
        yield Mutant(name, where, change, Rule.of({**policy, "spec": changed}))


def _validations(spec: Object) -> Iterator[tuple[str, str, Object]]:
    for index, validation in enumerate(spec["validations"]):
        rest = [each for place, each in enumerate(spec["validations"]) if place != index]
        yield f"validations[{index}]", "deleted", {**spec, "validations": rest}
        yield _at(spec, "validations", index, f"!({validation['expression']})", "inverted")


def _expressions(policy: Object) -> Iterator[tuple[str, str, Object]]:
    """Of parameters nothing: they are what an organisation says, not what a rule does."""
    parameters = {key.removeprefix(_PARAMETER) for key in policy["metadata"].get("annotations", {})}
    for part in ("matchConditions", "variables", "validations"):
        for index, each in enumerate(policy["spec"].get(part, [])):
            if part == "variables" and each["name"] in parameters:
                continue
            for edit in edits(each["expression"]):
                yield _at(policy["spec"], part, index, edit.expression, edit.change)


def _at(spec: Object, part: str, index: int, expression: str, change: str) -> tuple[str, str, Object]:
    changed = [{**each, "expression": expression} if place == index else each for place, each in enumerate(spec[part])]
    label = spec[part][index].get("name", index)
    return f"{part}[{label}]", change, {**spec, part: changed}


def _matches(spec: Object) -> Iterator[tuple[str, str, Object]]:
    match = spec["matchConstraints"]
    for key in ("namespaceSelector", "objectSelector", "excludeResourceRules"):
        if key in match:
            rest = {name: value for name, value in match.items() if name != key}
            yield "matchConstraints", f"without {key}", {**spec, "matchConstraints": rest}
    for index, rule in enumerate(match["resourceRules"]):
        for key in ("resources", "operations"):
            for value in rule[key]:
                changed = copy.deepcopy(match)
                changed["resourceRules"][index][key].remove(value)
                yield f"resourceRules[{index}]", f"without {value}", {**spec, "matchConstraints": changed}


@dataclass(frozen=True)
class Bench:
    """What the mutants of a folder are tried on."""

    folder: Folder
    attempts: tuple[Attempt, ...]

    @classmethod
    def of(cls, folder: Folder) -> "Bench":
        own = list(of_folder(folder))
        labelled = {
            policy["metadata"]["name"]
            for policy in folder.policies
            if "namespaceSelector" in policy["spec"]["matchConstraints"]
        }
        outside = {  # one for each policy: what it refuses has to pass in a namespace that is not labelled
            attempt.about: replace(attempt, id=f"{attempt.id}/elsewhere", refused_by="", about="", namespace={})
            for attempt in own
            if attempt.refused_by in labelled and namespaced(attempt.object)
        }
        return cls(folder, (*own, *outside.values(), *good()))

    def mutants(self) -> Iterator[Mutant]:
        for policy in self.folder.policies:
            if policy["kind"] == VALIDATING:
                yield from mutants(policy)

    def notices(self, mutant: Mutant) -> str:
        """The attempt that tells the mutant from the policy, or nothing."""
        return next((each.id for each in self.attempts if not _as_before(mutant.rule, each)), "")


def _as_before(rule: Rule, attempt: Attempt) -> bool:
    verdict = judge(rule, attempt)
    if verdict is None:
        return attempt.refused_by != rule.name
    return verdict.result in ({"fail"} if attempt.refused_by == rule.name else {"pass", "skip"})


def equivalents() -> dict[tuple[str, str, str], str]:
    """Mutants that no request can tell from the policy, each with the reason."""
    listed = yaml.safe_load(EQUIVALENTS.read_text()) or []
    return {(each["policy"], each["where"], each["change"]): each["reason"] for each in listed}


def survivors(name: str) -> tuple[int, list[tuple[str, str, str]]]:
    """How many mutants a folder has, and which of them nothing notices."""
    bench = Bench.of(read(ROOT / name))
    mutants = list(bench.mutants())
    return len(mutants), [mutant.name for mutant in mutants if not bench.notices(mutant)]


def run(chosen: list[str]) -> int:
    """Try every mutant, print those that nothing notices, and the figures; 0 when there are none."""
    began, excused = monotonic(), equivalents()
    with ProcessPoolExecutor(_PROCESSES) as pool:
        done = list(pool.map(survivors, chosen or names()))
    tried = sum(count for count, _ in done)
    survived = [name for _, some in done for name in some]
    missed = [name for name in survived if name not in excused]
    needless = [] if chosen else sorted(set(excused) - set(survived))
    for where, which in (("unnoticed", missed), ("listed as equivalent, and noticed or gone", needless)):
        for name in which:
            print(f"{where}: {' | '.join(name)}")
    print(
        f"{tried} mutants, {tried - len(survived)} noticed, {len(survived) - len(missed)} equivalent, "
        f"{len(missed)} unnoticed, in {monotonic() - began:.0f} s"
    )
    return int(bool(missed or needless))
