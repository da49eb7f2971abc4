"""No secret is in the repository."""

import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from leaks import in_text, leaks

ROOT = Path(__file__).parents[2]
NO_SECRET = {  # (files, what they look like) -> why it is none
    ("service/gleaner/store/address.py", "password in an address"): "the form of an address, as an error tells it",
    ("service/tests/*", "value under a secret's name"): "tests have fixed values for what they start on loopback",
}
LETTERS = "abcdefghjkmnpqrstuvwxyz0123456789"
PLANTED = {  # what it looks like -> (a file's name, its text); put together here, so that this file holds none
    "private key": ("a.pem", f"-----BEGIN {'RSA'} PRIVATE KEY-----\nMIIE\n"),
    "age identity": ("keys.txt", "AGE-SECRET-KEY-" + "1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2),
    "AWS key": ("a.py", "key = '" + "AKIA" + "Q7W8E9R1T2Y3U4I5" + "'"),
    "GitHub token": ("a.md", "ghp" + "_" + LETTERS + "0000"),
    "GitLab token": ("a.md", "glpat" + "-" + LETTERS),
    "Slack token": ("a.md", "xoxb" + "-1234567890-abc"),
    "package registry token": ("a.cfg", "pypi-" + "AgE" + LETTERS * 2),
    "JSON web token": ("a.http", ".".join(["eyJ" + LETTERS, "eyJ" + LETTERS, LETTERS])),
    "password in an address": ("a.py", "mongodb:" + "//root:" + "hunter2hunter2" + "@db.example.com"),
    "value under a secret's name": ("a.env", "EXTERNAL_API_TOKEN" + "=" + "k3yq9Zx81LmP04vT"),
    "value in a Secret": ("a.yaml", "kind: Secret\nstringData:\n  password: plain\n"),
    "Secret that cannot be read": ("a.yaml", "kind: Secret\ndata: {\n: {"),
}
NONE = {
    "placeholder": ("a.yaml", "kind: Secret\nstringData: {password: <YOURS>}\n"),
    "empty": ("a.yaml", "kind: Secret\nstringData: {password: ''}\n"),
    "reference": ("a.yaml", "tls: {certificateRefs: [{kind: Secret, name: web-tls}]}\ndata: {a: plain}\n"),
    "path": ("a.env", "GLEANER_STORE_PASSWORD_FILE=/run/s3-credentials2/password\n"),
    "name": ("a.yaml", "secretName: s3-credentials2\ntoken: automount-service-account\n"),
    "expression": ("a.yml", "token: ${{ secrets.GITHUB_TOKEN_1234567 }}\n"),
    "template": ("a.yaml", "{% if a %}\nkind: Secret\n{% endif %}\nstringData: {password: {{ b }}}\n"),
    "another template": ("a.yaml", "kind: Secret\nstringData:\n  password: %password\n%more\n"),
    "code": ("a.py", "password = settings.store_password2(credentials)\n"),
}


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def _tracked() -> list[str]:
    done = _git("ls-files", "-z")
    if done.returncode:
        pytest.skip("no git checkout to list the files of")
    return [name for name in done.stdout.split("\0") if name]


def test_no_secret_is_in_the_repository() -> None:
    """What looks like a secret in any tracked file is told to be none, with a reason; no such reason is left over."""
    used = set()
    for leak in leaks(ROOT, _tracked()):
        held = {key for key in NO_SECRET if fnmatch(leak.file, key[0]) and leak.kind == key[1]}
        assert held, f"{leak.file}:{leak.line}: {leak.kind}"
        used |= held
    assert used == set(NO_SECRET)


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found(kind: str, tmp_path: Path) -> None:
    """One of each kind in a file of its own, and the finding does not show it."""
    name, text = PLANTED[kind]
    (tmp_path / name).write_text(f"first: line\n{text}")
    found = list(leaks(tmp_path, [name]))
    assert [leak.kind for leak in found] == [kind]
    assert text not in str(found)


@pytest.mark.parametrize("value", ["data: {a: cGxhaW4=}", "stringData: {a: plain}"])
def test_a_secret_within_a_list_is_found(value: str) -> None:
    """It may stand in a List or in a patch, and hold its values either way."""
    text = f"kind: List\nitems:\n  - {{kind: ConfigMap, data: {{a: b}}}}\n  - kind: Secret\n    {value}\n"
    assert [leak.kind for leak in in_text("a.yaml", text)] == ["value in a Secret"]


def test_a_generated_secret_is_found() -> None:
    """Kustomize makes Secrets as well: from values that stand there, or from files, which are looked at themselves."""
    text = "secretGenerator:\n  - name: a\n    literals: [username=, password=plain]\n    files: [key]\n"
    assert [leak.kind for leak in in_text("kustomization.yaml", text)] == ["value in a Secret"]


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_secret_passes(name: str) -> None:
    """Placeholders, references, paths and code are none."""
    assert list(in_text(*NONE[name])) == []


def test_what_is_made_for_a_laptop_is_not_tracked() -> None:
    """The files of `make-secrets` are ignored by git."""
    _tracked()
    assert _git("check-ignore", "-q", "manifests/overlays/kind/secrets/files/mongodb-password").returncode == 0
