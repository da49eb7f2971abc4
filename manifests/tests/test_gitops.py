"""Argo CD may make what is rendered and nothing else, from where it is meant to come, and puts back what differs."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

import pytest

from rendered.argocd import Application, AppProject
from rendered.gitops import BOOTSTRAP, ENVIRONMENTS, REPOSITORY, applications, environment, ours, projects
from rendered.kustomize import MANIFESTS, Object
from rendered.objects import ident

KINDS = ("AppProject", "Application")
_EXACT = re.compile(r"v?\d+\.\d+\.\d+")
_SHAPES = [BOOTSTRAP, *map(environment, ENVIRONMENTS)]
_PARTS = [(name, part) for name in ENVIRONMENTS for part in ("policies", "gleaner")]


def _every() -> list[Application]:
    return [each for shape in _SHAPES for each in applications(shape)]


def _group(each: Object) -> str:
    return str(each["apiVersion"].rpartition("/")[0])


def _made(name: str, part: str) -> tuple[AppProject, list[Object]]:
    """The project, and all that its Applications lead to."""
    project = projects(environment(name))[f"{name}-{part}"]
    own = [each for each in applications(environment(name)) if each.spec.project == project.metadata.name]
    return project, [thing for each in own for rendered in ours(each) for thing in rendered]


def test_each_environment_has_the_same_applications() -> None:
    """What the cluster needs, the policies, and Gleaner; in its own cluster."""
    found = {
        name: {each.metadata.name.removeprefix(f"{name}-") for each in applications(environment(name))}
        for name in ENVIRONMENTS
    }
    wanted = {"cert-manager", "kyverno", "snapshots", "longhorn", "policies", "gleaner"}
    assert found == dict.fromkeys(ENVIRONMENTS, wanted)


def test_everything_that_is_pointed_at_is_there() -> None:
    """Each folder of this repository that an Application names renders to objects; the branch is one for all."""
    for each in _every():
        for rendered in ours(each):
            assert rendered, each.metadata.name
        own = [source for source in each.spec.every_source if source.repo_url == REPOSITORY]
        assert {source.target_revision for source in own} <= {"main"}, each.metadata.name
        assert all(source.path for source in own), each.metadata.name


def test_the_roots_lead_to_the_environments() -> None:
    """One root for each, so that neither waits for the other."""
    found = {each.metadata.name: each.spec.source.path for each in applications(BOOTSTRAP) if each.spec.source}
    assert found == {name: f"manifests/gitops/{name}" for name in ENVIRONMENTS}


def test_the_app_is_the_overlay() -> None:
    """Gleaner comes from the folder that adds the order to the overlay of the same name."""
    for name in ENVIRONMENTS:
        (found,) = [each for each in applications(environment(name)) if each.metadata.name == f"{name}-gleaner"]
        assert [source.path for source in found.spec.every_source] == [f"manifests/gitops/app/{name}"]


@pytest.mark.parametrize("shape", _SHAPES)
def test_environments_do_not_meet(shape: str) -> None:
    """No project and no Application of one names the cluster, the folder or a project of another."""
    others = [name for name in ENVIRONMENTS if shape != BOOTSTRAP and not shape.endswith(name)]
    for each in (*applications(shape), *projects(shape).values()):
        assert not [name for name in others if name in repr(each)], each.metadata.name


@pytest.mark.parametrize(("name", "part"), _PARTS)
def test_a_project_allows_the_kinds_that_are_rendered_and_no_others(name: str, part: str) -> None:
    """A new kind has to be allowed in the same pull request, and what is gone is no longer allowed."""
    project, made = _made(name, part)
    spaced = {(_group(each), each["kind"]) for each in made if "namespace" in each["metadata"]}
    assert {(one.group, one.kind) for one in project.spec.namespace_resource_whitelist} == spaced
    whole = [each for each in made if "namespace" not in each["metadata"]]
    problems = [ident(each) for each in whole if not any(_allows(project, each))]
    unused = [
        one for index, one in enumerate(project.spec.cluster_resource_whitelist) if not _used(project, index, whole)
    ]
    assert (problems, unused) == ([], [])
    nameless = {one.kind for one in project.spec.cluster_resource_whitelist if one.name == "*"}
    assert nameless <= {"ValidatingPolicy", "GeneratingPolicy"}, "what others may have as well is allowed by name"


def _allows(project: AppProject, each: Object) -> Iterable[bool]:
    """For each entry of the list of what lies in no namespace: whether it is about the object."""
    for one in project.spec.cluster_resource_whitelist:
        same = (one.group, one.kind) == (_group(each), each["kind"])
        yield same and fnmatchcase(each["metadata"]["name"], one.name)


def _used(project: AppProject, index: int, made: list[Object]) -> bool:
    return any(list(_allows(project, each))[index] for each in made)


@pytest.mark.parametrize(("name", "part"), _PARTS)
def test_a_project_reaches_the_namespaces_that_are_rendered_and_no_others(name: str, part: str) -> None:
    """By name, and in the cluster of its environment alone."""
    project, made = _made(name, part)
    spaces = {each["metadata"]["namespace"] for each in made if "namespace" in each["metadata"]}
    if not spaces:
        assert [(one.group, one.kind) for one in project.spec.namespace_resource_blacklist] == [("*", "*")]
        spaces = {each["metadata"]["name"] for each in made if each["kind"] == "Namespace"}
    assert {(one.name, one.namespace) for one in project.spec.destinations} == {(name, space) for space in spaces}


@pytest.mark.parametrize("shape", _SHAPES)
def test_a_project_takes_from_where_its_applications_come(shape: str) -> None:
    """The repositories of its Applications and no others; their destinations are among its own."""
    for project in projects(shape).values():
        own = [each for each in applications(shape) if each.spec.project == project.metadata.name]
        assert own, f"{project.metadata.name} is for nobody"
        used = {source.repo_url for each in own for source in each.spec.every_source}
        assert set(project.spec.source_repos) == used, project.metadata.name
        assert all(each.spec.destination in project.spec.destinations for each in own), project.metadata.name


@pytest.mark.parametrize("shape", _SHAPES)
def test_no_project_opens_a_door_for_all(shape: str) -> None:
    """No list of what is allowed has a wildcard for repositories, clusters, namespaces, groups or kinds."""
    for project in projects(shape).values():
        spec = project.spec
        values = [
            *spec.source_repos,
            *(text for one in spec.destinations for text in (one.name, one.namespace) if text),
        ]
        for one in (*spec.cluster_resource_whitelist, *spec.namespace_resource_whitelist):
            values += [one.group, one.kind]
        assert not [value for value in values if "*" in value], project.metadata.name


def test_what_others_publish_is_pinned() -> None:
    """By HTTPS, in one exact version, under the release's own name."""
    others = [source for each in _every() for source in each.spec.every_source if source.repo_url != REPOSITORY]
    assert others
    for source in others:
        assert source.repo_url.startswith("https://"), source
        assert _EXACT.fullmatch(source.target_revision), source
        assert bool(source.chart) == bool(source.helm) != bool(source.path), source
        assert not source.helm or source.helm.release_name == source.chart, source


def test_kyverno_is_as_strict_as_on_a_laptop() -> None:
    """What the laptop's component patches into upstream's manifest are values of the chart here."""
    laptop = (MANIFESTS / "platform/kyverno/kustomization.yaml").read_text()
    space = re.findall(r"--exceptionNamespace=([\w-]+)", laptop)
    for each in (each for each in _every() if each.metadata.name.endswith("-kyverno")):
        (source,) = each.spec.every_source
        assert source.helm
        values = source.helm.values_object
        assert [values["features"]["policyExceptions"]["namespace"]] == space
        assert values["features"]["policyExceptions"]["enabled"] == ("--enablePolicyException=true" in laptop)
        bootstrap = "--excludeBootstrapResources=true" in laptop
        assert values["features"]["excludeBootstrapResources"]["enabled"] == bootstrap
        assert values["rbac"]["roles"]["aggregate"]["admin"] == ("aggregate-to-admin" not in laptop)
        assert values["admissionController"]["replicas"] >= 3


def test_drift_is_put_back() -> None:
    """Every Application syncs by itself, removes what is gone, heals, tries again a bounded number of times."""
    for each in _every():
        sync, name = each.spec.sync_policy, each.metadata.name
        assert sync.automated.prune, name
        assert sync.automated.self_heal, name
        assert 0 < sync.retry.limit <= 10, name
        assert "ServerSideApply=true" in sync.sync_options, name
        assert each.metadata.annotations["argocd.argoproj.io/compare-options"] == "ServerSideDiff=true", name
        assert not [option for option in sync.sync_options if option.startswith(("Replace", "Force", "Validate"))], name


def test_nothing_is_shared() -> None:
    """An object that another Application has is an error, where the objects are ours."""
    for each in _every():
        own = {source.repo_url for source in each.spec.every_source} == {REPOSITORY}
        assert ("FailOnSharedResource=true" in each.spec.sync_policy.sync_options) == own, each.metadata.name


def test_what_is_ignored_has_a_reason() -> None:
    """The only difference that stays is a paused Application, and the line above it says why."""
    ignored = {each.metadata.name: each.spec.ignore_differences for each in _every() if each.spec.ignore_differences}
    assert ignored.keys() == set(ENVIRONMENTS)
    for name, rules in ignored.items():
        assert [rule.json_pointers for rule in rules] == [["/spec/syncPolicy/automated"]], name
        text = (MANIFESTS / f"gitops/bootstrap/{name}.yaml").read_text()
        reasons = re.findall(r"^ +# .+\n +- group:", text, re.MULTILINE)
        assert len(reasons) == text.count("- group:") == len(rules), name
