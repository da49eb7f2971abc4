"""`./task adopt` writes a folder that stands by itself and refuses what cannot be; its checks notice what is wrong."""

import copy
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from adopting import answers, checking, command, copying, monitoring, writing
from adopting.answers import Answers, Refused
from adopting.checking import Adopted
from proofs import program
from proofs.judging import Verdict
from rendered.kustomize import MANIFESTS, Object, kustomized
from rendered.objects import named, workloads

ROOT = MANIFESTS.parent
GIVEN = Answers(
    name="parts",
    namespace="store",
    image="registry.example.com/team/parts:1.2",
    host="parts.example.com",
    guard_image="gleaner:0.1.0",
    live="/alive",
    ready="/health/ready",
    secrets=("app-key",),
)
OPTIONS = ["--name", "parts", "--image", "parts:1", "--host", "parts.localhost"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("adopted") / "parts"
    writing.write(GIVEN, made)
    return made


@pytest.fixture(scope="module")
def found(folder: Path) -> Adopted:
    return checking.adopted(folder, answers.read(folder))


@pytest.fixture
def broken(found: Adopted) -> Adopted:
    """A copy to break."""
    return copy.deepcopy(found)


def test_it_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes the folder, says that each check is passed, and later checks the folder alone."""
    assert command.main([*OPTIONS, "--to", str(tmp_path / "parts")]) == 0
    said = capsys.readouterr().out
    assert said.count("ok     ") == len(checking.CHECKS)
    assert command.main(["--check", str(tmp_path / "parts")]) == 0
    assert capsys.readouterr().out == said.partition("\n")[2]


def test_kyverno_s_own_program_is_asked_when_it_is_wanted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it refuses is told as what the evaluator refuses; without the program the wish is refused."""
    said = {"Deployment/web": {"probes": Verdict("fail", message="one is missing")}}
    monkeypatch.setattr(program, "verdicts", lambda *_: said)
    monkeypatch.setattr(program, "here", lambda: True)
    assert command.main(["--check", str(folder), "--kyverno"]) == 1
    assert "Deployment/web: probes refuses it: one is missing" in capsys.readouterr().out
    monkeypatch.setattr(program, "here", lambda: False)
    assert command.main(["--check", str(folder), "--kyverno"]) == 2


def test_the_same_answers_give_the_same_folder(folder: Path, tmp_path: Path) -> None:
    """Nothing in it depends on when or where it was made."""
    writing.write(GIVEN, tmp_path / "again")
    assert _content(tmp_path / "again") == _content(folder)


def test_the_copy_is_the_bundle_as_it_is(folder: Path) -> None:
    """What the folder builds on is unchanged, and renders without the repository around it."""
    copied = _content(folder / "bundle")
    assert copied
    assert not [path for path, data in copied.items() if (ROOT / path).read_bytes() != data]
    assert copying.reached([folder / "app"]) <= set(folder.resolve().rglob("*"))


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says why, and nothing is written."""
    (tmp_path / "mine").write_text("mine")
    assert command.main([*OPTIONS, "--to", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert _content(tmp_path) == {"mine": b"mine"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--name", name) for name in ("Parts", "-parts", "p_arts", "gleaner", "backup", "p" * 60, "")),
        *(("--namespace", name) for name in ("app-namespace", "kube-system", "monitoring", "a.b", "x" * 64)),
        *(("--image", name) for name in ("parts", "parts:latest", "Parts:1", "parts:1 ", "parts@sha256:12")),
        *(("--guard-image", name) for name in ("gleaner", "gleaner:latest")),
        *(("--host", name) for name in ("localhost", "*.example.com", "parts.example.com.", "a_b.example.com")),
        *(("--secret", name) for name in ("mongodb-credentials", "App", "a/b")),
        *(("--live", name) for name in ("livez", "/readyz", "/a b")),
        ("--beside", "Other"),
        ("--beside", "parts"),
    ],
)
def test_names_that_cannot_be_are_refused(
    option: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line names the option, and nothing is written."""
    assert command.main([*OPTIONS, "--to", str(tmp_path / "parts"), f"{option}={value}"]) == 2
    said = capsys.readouterr().err
    assert option in said
    assert said.count("\n") == 1
    assert not (tmp_path / "parts").exists()


def test_a_folder_that_was_not_adopted_cannot_be_checked(tmp_path: Path) -> None:
    """Neither an empty one, nor one whose answers are of something else."""
    with pytest.raises(Refused, match=r"adopted\.yaml"):
        answers.read(tmp_path)
    (tmp_path / answers.FILE).write_text("colour: red\n")
    with pytest.raises(Refused, match=r"adopted\.yaml"):
        answers.read(tmp_path)


def test_secrets_are_made_for_everything_that_pods_mount(folder: Path, found: Adopted) -> None:
    """The made Secrets are those that the pods name, in their namespace, and made again they stay as they are."""
    runpy.run_path(str(folder / "secrets/make-secrets"))
    files = _content(folder / "secrets/files")
    runpy.run_path(str(folder / "secrets/make-secrets"))
    assert _content(folder / "secrets/files") == files
    made = [each for each in yaml.safe_load_all(kustomized(folder / "secrets").stdout) if each["kind"] == "Secret"]
    mounted = {
        volume["secret"]["secretName"]
        for one in workloads(found.app)
        for volume in one.spec["volumes"]
        if "secret" in volume
    }
    assert {each["metadata"]["name"] for each in made} == mounted == {"mongodb-credentials", "app-key"}
    assert {each["metadata"]["namespace"] for each in made} == {"store"}


def test_the_guard_stays_gleaner_s(found: Adopted) -> None:
    """Web runs the new image; the key file's step and the guard beside mongod run Gleaner, for the new database."""
    images = {name: one["image"] for each in workloads(found.app) for name, one in each.containers}
    assert images == {
        "Deployment/store/web[web]": GIVEN.image,
        "StatefulSet/store/mongodb[keyfile]": GIVEN.guard_image,
        "StatefulSet/store/mongodb[mongod]": "mongo:6.0.5",
        "StatefulSet/store/mongodb[guard]": GIVEN.guard_image,
    }
    guard = named(found.app, "StatefulSet", "mongodb", "store")
    assert guard
    assert "--database=parts" in guard["spec"]["template"]["spec"]["containers"][1]["args"]


def test_what_is_cluster_wide_has_a_name_of_its_own(found: Adopted) -> None:
    """Two bundles in one cluster share no object outside of their namespaces."""
    wide = {(each["kind"], each["metadata"]["name"]) for each in found.app if "namespace" not in each["metadata"]}
    assert wide == {("Namespace", "store"), ("PriorityClass", "parts-serving")}


def test_prometheus_goes_on_watching_a_namespace_beside() -> None:
    """Its targets and the alert for missing ones know both; neither hides that the other's are gone."""
    beside = Answers("parts", "store", "parts:1", "a.example.com", "gleaner:0.1.0", beside=("app-namespace",))
    texts = monitoring.files(beside, ROOT)
    assert "names: [store, app-namespace]" in texts["prometheus.yaml"]
    assert '"store|app-namespace|ingress' in texts["rules/cluster.yaml"]
    assert 'absent(up{job="gleaner/collector",namespace="app-namespace"})' in texts["rules/pipeline.yaml"]
    assert "collector" not in _target_missing(monitoring.files(GIVEN, ROOT)["rules/pipeline.yaml"])


def test_a_bundle_that_changed_is_not_half_adopted(tmp_path: Path) -> None:
    """Where the text that is replaced is no longer there, nothing is left out silently."""
    scrapes = tmp_path / "manifests/platform/observability/prometheus/prometheus.yaml"
    scrapes.parent.mkdir(parents=True)
    scrapes.write_text("scrape_configs: []\n")
    with pytest.raises(monitoring.Changed, match="app-namespace"):
        monitoring.files(GIVEN, tmp_path)


@pytest.mark.parametrize(
    ("images", "wanted"),
    [
        (["parts:1"], ["docker.io/library/"]),
        (["team/parts:1"], ["docker.io/library/", "docker.io/team/"]),
        (["registry:5000/a/b@sha256:12", "ghcr.io/c:1"], ["docker.io/library/", "ghcr.io/", "registry:5000/a/"]),
    ],
)
def test_images_come_from_their_registries(images: list[str], wanted: list[str]) -> None:
    """What the policy `images` lets pass is where these come from."""
    assert writing.registries(images) == wanted


def _content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def _target_missing(text: str) -> str:
    rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    return str(next(rule["expr"] for rule in rules if rule["alert"] == "TargetMissing"))


Break = Callable[[Adopted], object]


def _of(found: Adopted, kind: str, name: str) -> Object:
    space = None if kind in {"Namespace", "PriorityClass"} else "store"
    each = named(found.app, kind, name, space)
    assert each
    return each


def _container(found: Adopted) -> Object:
    container: Object = _of(found, "Deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    return container


def _prometheus(found: Adopted) -> Object:
    return next(each["data"] for each in found.monitoring if "prometheus.yaml" in each.get("data", {}))


def _looks_elsewhere(found: Adopted) -> None:
    data = _prometheus(found)
    data["prometheus.yaml"] = data["prometheus.yaml"].replace("[store]", "[elsewhere]")


def _without_policy(found: Adopted, name: str) -> None:
    _of(found, "NetworkPolicy", name)["kind"] = "Gone"


def _policy(found: Adopted, name: str) -> Object:
    spec: Object = _of(found, "NetworkPolicy", name)["spec"]
    return spec


BREAKS: dict[str, tuple[str, Break]] = {
    "label": ("names", lambda it: _of(it, "Service", "web")["metadata"]["labels"].update(part="gleaner")),
    "setting": ("names", lambda it: _of(it, "ConfigMap", "mongodb-members")["data"].update(a="x.app-namespace.svc")),
    "namespace": ("names", lambda it: _of(it, "Service", "web")["metadata"].update(namespace="other")),
    "priority": ("names", lambda it: _of(it, "PriorityClass", "parts-serving")["metadata"].update(name="gleaner-it")),
    "scrape-of-old": ("names", lambda it: _prometheus(it).update({"prometheus.yaml": "app-namespace"})),
    "no-deny": ("isolation", lambda it: _without_policy(it, "default-deny")),
    "no-way-to-mongodb": ("isolation", lambda it: _without_policy(it, "web-to-mongodb")),
    "from-everywhere": ("isolation", lambda it: _policy(it, "mongodb-from-web")["ingress"][0].pop("from")),
    "to-everywhere": ("isolation", lambda it: _policy(it, "web-to-mongodb")["egress"][0].pop("to")),
    "root": ("policies", lambda it: _container(it)["securityContext"].update(runAsNonRoot=False)),
    "foreign-image": ("policies", lambda it: _container(it).update(image="elsewhere.example/parts:1")),
    "writable": ("policies", lambda it: _container(it)["securityContext"].update(readOnlyRootFilesystem=False)),
    "psa": ("policies", lambda it: _of(it, "Namespace", "store")["metadata"]["labels"].clear()),
    "one-question": ("probes", lambda it: _container(it)["readinessProbe"]["httpGet"].update(path="/alive")),
    "no-startup": ("probes", lambda it: _container(it).pop("startupProbe")),
    "another-host": ("TLS", lambda it: _of(it, "Ingress", "web")["spec"]["rules"][0].update(host="b.example.com")),
    "no-certificate": ("TLS", lambda it: _of(it, "Ingress", "web")["spec"].update(tls=[])),
    "unwatched": ("metrics", _looks_elsewhere),
    "no-ops-port": ("metrics", lambda it: _container(it)["ports"].pop()),
}


@pytest.mark.parametrize("broken_by", BREAKS)
def test_each_check_notices(broken: Adopted, broken_by: str) -> None:
    """What is broken is noticed by the check that is about it."""
    check, breaks = BREAKS[broken_by]
    checks = {name.partition(":")[0]: each for name, each in checking.CHECKS.items()}
    assert list(checks[check](broken)) == []
    breaks(broken)
    assert list(checks[check](broken)) != []


def test_every_check_has_something_that_it_notices() -> None:
    """The breaks above leave no check out."""
    assert {check for check, _ in BREAKS.values()} == {name.partition(":")[0] for name in checking.CHECKS}
