"""The secrets of a laptop's cluster: made at random, known to the tests, nowhere in the repository."""

import json
import runpy
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from gleaner.web.accounts.file import Listed, Token, User, write_listed
from gleaner.web.accounts.passwords import Hash
from gleaner.web.accounts.tokens import hash_token, new_token

from harness.cluster import Cluster
from harness.places import ROOT, STATE

FOLDER = ROOT / "manifests/overlays/kind/secrets"
_FILES = FOLDER / "files"
_LOGIN = STATE / "login.json"
_PUBLIC = {"accounts.yaml"}  # holds hashes; everything else that is no name is a secret as it stands


@dataclass(frozen=True)
class Login:
    """Who may come in: a person by password and a program by token, each as operator, and a program as viewer."""

    user: str
    password: str
    token: str
    viewer_token: str


def make_secrets() -> Login:
    """Make what is missing; what is there stays, so a cluster that is up keeps its passwords."""
    runpy.run_path(str(FOLDER.parent / "make-secrets"))["main"]()
    if _LOGIN.exists():
        return Login(**json.loads(_LOGIN.read_text(encoding="utf-8")))
    login = Login("operator", secrets.token_urlsafe(12), new_token(), new_token())
    write_listed(_FILES / "accounts.yaml", _accounts(login))
    STATE.mkdir(parents=True, exist_ok=True)
    _LOGIN.touch(mode=0o600)
    _LOGIN.write_text(json.dumps(asdict(login)), encoding="utf-8")
    return login


def apply_secrets(cluster: Cluster) -> None:
    """They come first: their manifests make the namespaces, too."""
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-k", str(FOLDER))


def keep(name: str, text: str) -> None:
    """Write down what a secret is from now on, so that the next `apply_secrets` does not take it back."""
    (_FILES / name).write_text(text, encoding="utf-8")


def secret_values(login: Login) -> set[str]:
    """Every text that must stand in no environment and no log."""
    files = (path for path in _FILES.iterdir() if not path.name.endswith("username") and path.name not in _PUBLIC)
    return {_text(path) for path in files} | {login.password, login.token, login.viewer_token}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _accounts(login: Login) -> Listed:
    return Listed(
        users=(User(login.user, "operator", Hash.make(login.password).text),),
        tokens=(
            Token("e2e-operator", "operator", hash_token(login.token).hex()),
            Token("e2e-viewer", "viewer", hash_token(login.viewer_token).hex()),
        ),
    )
