"""`./task diff` tells what a change makes of the rendered manifests."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("manifests_diff", Path(__file__).parents[1] / "diff.py")
assert _spec
assert _spec.loader
diff = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(diff)

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, namespace: app-namespace}\ndata: {colour: COLOUR}\n"


class Repository:
    """A repository with the overlay `red`, which has two ConfigMaps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.overlay = folder / "manifests/overlays/red"
        self.overlay.mkdir(parents=True)
        self.git("init", "--quiet")
        self.write("one", "red")
        self.write("two", "red")
        (self.overlay / "kustomization.yaml").write_text("resources: [one.yaml, two.yaml]\n")
        self.commit()

    def write(self, name: str, colour: str) -> None:
        (self.overlay / f"{name}.yaml").write_text(MAP.replace("NAME", name).replace("COLOUR", colour))

    def commit(self) -> None:
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "change")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(self.folder), *arguments], check=True)

    def diff(self, *arguments: str) -> int:
        return int(diff.main(["--repository", str(self.folder), *arguments]))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_two_commits(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    """What a commit changed is shown with the object's name; what it left alone is not."""
    repository.write("one", "blue")
    repository.commit()
    assert repository.diff("HEAD~1", "HEAD") == 1
    shown = capsys.readouterr().out
    assert "+++ new/overlays/red/app-namespace/ConfigMap/one" in shown
    assert "-  colour: red\n+  colour: blue\n" in shown
    assert "ConfigMap/two" not in shown


def test_the_working_tree(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    """With one commit it is held against the files as they are now; an object that is gone is shown as gone."""
    (repository.overlay / "kustomization.yaml").write_text("resources: [one.yaml]\n")
    assert repository.diff("HEAD") == 1
    shown = capsys.readouterr().out
    assert "--- old/overlays/red/app-namespace/ConfigMap/two" in shown
    assert not [line for line in shown.splitlines() if line.startswith("+") and not line.startswith("+++")]


def test_only_the_order_changed(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    """A change that renders to the same objects is no difference."""
    (repository.overlay / "kustomization.yaml").write_text("# turned round\nresources: [two.yaml, one.yaml]\n")
    assert repository.diff("HEAD") == 0
    assert capsys.readouterr().out == ""


def test_one_folder(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    """--only leaves the other kustomizations out, and one that is on neither side is a mistake."""
    repository.write("one", "blue")
    assert repository.diff("HEAD", "--only", "overlays/green") == 2
    assert "manifests/overlays/green has no kustomization" in capsys.readouterr().err
    assert repository.diff("HEAD", "--only", "overlays/red") == 1


def test_what_argo_cd_is_told(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    """An environment's Applications are applied by themselves; what they are made of is not shown a second time."""
    for name in ("staging", "base"):
        folder = repository.folder / "manifests/gitops" / name
        folder.mkdir(parents=True)
        (folder / "kustomization.yaml").write_text("resources: [told.yaml]\n")
        (folder / "told.yaml").write_text(MAP)
    assert repository.diff("HEAD") == 1
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("+++")]
    assert shown == ["+++ new/gitops/staging/app-namespace/ConfigMap/NAME"]


def test_what_cannot_be_rendered(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken side is an error that names its folder, never an empty diff."""
    (repository.overlay / "one.yaml").write_text("kind: [")
    assert repository.diff("HEAD") == 2
    assert "overlays/red does not render" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("nonsense",), ("--", "--output=x")])
def test_no_such_commit(repository: Repository, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """What git does not know is an error, and is never taken for an option of git."""
    assert repository.diff(*arguments) == 2
    assert "git ls-tree" in capsys.readouterr().err
    assert not (repository.folder / "x").exists()
