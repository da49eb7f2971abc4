"""Whether a folder holds what the bundle promises: it renders, keeps the table, and no policy refuses any of it."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from adopting.answers import OLD, Answers, Refused
from proofs import program
from proofs.attempts import ENFORCED, Attempt
from proofs.checking import VALIDATING, verdicts
from proofs.folders import identity
from proofs.judging import Rule
from rendered.kustomize import Object, kustomized
from rendered.objects import ident, named
from rendered.policies import Party, allowed

PARTS = ("app", "monitoring", "policies")
_OLD_NAMES = (OLD, "gleaner")
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


@dataclass(frozen=True)
class Adopted:
    """The folder as kustomize renders it."""

    folder: Path
    given: Answers
    app: tuple[Object, ...]
    monitoring: tuple[Object, ...]
    policies: tuple[Object, ...]
    asks_kyverno: bool = False


Check = Callable[[Adopted], Iterable[str]]


def report(folder: Path, given: Answers, *, kyverno: bool = False) -> bool:
    """Print a line for each check and what is wrong; whether nothing is. Raises Refused when a part does not render."""
    if kyverno and not program.here():
        raise Refused("--kyverno: there is no program kyverno in PATH")
    found = replace(adopted(folder, given), asks_kyverno=kyverno)
    wrong = {name: list(check(found)) for name, check in CHECKS.items()}
    for name, problems in wrong.items():
        sys.stdout.write(f"{'FAILED' if problems else 'ok':7}{name}\n")
        sys.stdout.writelines(f"       {problem}\n" for problem in problems)
    return not any(wrong.values())


def adopted(folder: Path, given: Answers) -> Adopted:
    """Raises Refused, with what kustomize says, when a part does not render."""
    app, monitoring, policies = (_rendered(folder / part) for part in PARTS)
    return Adopted(folder, given, app, monitoring, policies)


def _rendered(folder: Path) -> tuple[Object, ...]:
    done = kustomized(folder)
    if done.returncode:
        raise Refused(f"{folder} does not render: {done.stderr.strip()}")
    return tuple(each for each in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if each)


def names(found: Adopted) -> Iterator[str]:
    """No name of Gleaner's own is left, but for the image of the guard, which is Gleaner's."""
    asked_for = {found.given.image, found.given.guard_image, found.given.host}
    for each in found.app:
        for path, text in _texts(each):
            if any(old in text for old in _OLD_NAMES) and text not in asked_for:
                yield f"{ident(each)}: {path} is still {text!r}"
        space = each["metadata"].get("namespace", found.given.namespace)
        if space != found.given.namespace:
            yield f"{ident(each)}: in the namespace {space}"
    if OLD not in found.given.beside:
        left = ((each, path) for each in found.monitoring for path, text in _texts(each) if OLD in text)
        yield from (f"{ident(each)}: {path} names {OLD}" for each, path in left)


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in it, with where it stands; the keys of labels and annotations are not looked at."""
    match value:
        case str():
            yield path, value
        case dict():
            for key, inner in value.items():
                yield from _texts(inner, f"{path}.{key}" if path else str(key))
        case list():
            for number, inner in enumerate(value):
                yield from _texts(inner, f"{path}[{number}]")


def network(found: Adopted) -> Iterator[str]:
    """Every pair with one of the namespace in it, on every port of the table: allowed where a row says so, else not."""
    table: dict[str, Any] = yaml.safe_load((found.folder / "isolation.yaml").read_text(encoding="utf-8"))
    every = {
        name: Party(one.get("namespace"), one.get("labels", {}), one.get("address"))
        for name, one in table["parties"].items()
    }
    rows = {(r["from"], r["to"], r["port"], r.get("protocol", "TCP")): r["allowed"] for r in table["connections"]}
    ports = {row[2:] for row in rows}
    policies, here = [each for each in found.app if each["kind"] == "NetworkPolicy"], found.given.namespace
    for source, target in itertools.product(every, every):
        if every[source].namespace and here in {every[source].namespace, every[target].namespace}:
            for port, protocol in sorted(ports):
                is_open = allowed(policies, every[source], every[target], port, protocol)
                if is_open != rows.get((source, target, port, protocol), False):
                    yield f"{source} -> {target} {port}/{protocol} is {'allowed' if is_open else 'denied'}"


def admission(found: Adopted) -> Iterator[str]:
    """No policy refuses an object; Kyverno's own program, which takes its time, is asked where that is wanted."""
    policies = [each for each in found.policies if each["kind"] == VALIDATING]
    rules = [Rule.of(each) for each in policies]
    attempts = _attempts(found.app)
    judges = [{each.id: verdicts(each, rules) for each in attempts}]
    judges += [program.verdicts(attempts, policies)] if found.asks_kyverno else []
    for key, name, verdict in ((key, *said) for judge in judges for key, one in judge.items() for said in one.items()):
        if verdict.result in {"fail", "error"}:
            yield f"{key}: {name} refuses it: {verdict.message}"


def _attempts(objects: tuple[Object, ...]) -> list[Attempt]:
    """Each object as new, in a namespace that takes part."""
    every = [_taking_part(each) for each in objects]
    return [
        Attempt(id=identity(each), object=each, cluster=list(every), namespace={ENFORCED: "true"}) for each in every
    ]


def _taking_part(each: Object) -> Object:
    if each["kind"] != "Namespace":
        return each
    labels = each["metadata"].get("labels", {}) | {ENFORCED: "true"}
    return each | {"metadata": each["metadata"] | {"labels": labels}}


def probes(found: Adopted) -> Iterator[str]:
    """Web is asked whether it lives and whether it is ready, at two paths."""
    container = _web(found)
    wanted = dict(zip(_PROBES, (found.given.live, found.given.live, found.given.ready), strict=True))
    for name, path in wanted.items():
        asked = container.get(name, {}).get("httpGet", {})
        if asked != {"path": path, "port": "http"}:
            yield f"{name} asks {asked or 'nothing'}, not {path} on the port http"


def tls(found: Adopted) -> Iterator[str]:
    """The Ingress answers to the host and has a certificate for it."""
    ingress = named(found.app, "Ingress", "web", found.given.namespace)
    spec = ingress["spec"] if ingress else {}
    if [rule.get("host") for rule in spec.get("rules", [])] != [found.given.host]:
        yield f"the Ingress web does not answer to {found.given.host} alone"
    if found.given.host not in [host for each in spec.get("tls", []) for host in each["hosts"]]:
        yield f"the Ingress web has no certificate for {found.given.host}"


def scrapes(found: Adopted) -> Iterator[str]:
    """Prometheus finds the ops port of web and of the guard, under the job names of rules and dashboards."""
    config = next(each for each in found.monitoring if "prometheus.yaml" in each.get("data", {}))
    jobs = {each["job_name"]: each for each in yaml.safe_load(config["data"]["prometheus.yaml"])["scrape_configs"]}
    for job in ("gleaner/web", "gleaner/mongodb"):
        places = jobs[job]["kubernetes_sd_configs"][0]["namespaces"]["names"]
        if found.given.namespace not in places:
            yield f"the job {job} looks in {', '.join(places)}"
    if {"name": "ops", "containerPort": 9102} not in _web(found).get("ports", []):
        yield "web has no port ops 9102"


def _web(found: Adopted) -> Object:
    web = named(found.app, "Deployment", "web", found.given.namespace)
    if not web:
        raise Refused(f"{found.folder}/app has no Deployment web in {found.given.namespace}")
    container: Object = web["spec"]["template"]["spec"]["containers"][0]
    return container


CHECKS: dict[str, Check] = {
    "names: none of Gleaner's own is left": names,
    "isolation: every pair and port as isolation.yaml says": network,
    "policies: none refuses an object": admission,
    "probes: two questions, two paths": probes,
    "TLS: one host, and a certificate for it": tls,
    "metrics: Prometheus looks in this namespace": scrapes,
}
