"""Trials of `load/` against the cluster: who they are there, and where it is today."""

from pathlib import Path

from harness.cluster import Cluster
from harness.places import HOST, ROOT
from harness.secrets import Login

ACCOUNT = ROOT / "load/secrets/kind"  # where the target `kind` of load/limits.yaml looks


def write_account(folder: Path, cluster: Cluster, login: Login, authority: str) -> None:
    """The files that a trial reads: a log-in, a token, whom to trust, and the port, which each cluster has anew."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = {
        "name": login.user,
        "password": login.password,
        "token": login.token,
        "ca.crt": authority,
        "address": f"https://{HOST}:{cluster.https[1]}",
    }
    for name, text in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="utf-8")
