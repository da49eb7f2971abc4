"""`./task up` and `./task down`: the same cluster as the tests', left running for people, and taken away again."""

import argparse
import sys
import time

from harness.cluster import Cluster, ClusterBusy, delete_cluster, make_cluster, need_programs, only_run
from harness.deployment import build_all, deploy, overlay_of
from harness.observability import has_room, install, rendered
from harness.outside import remove_outside
from harness.places import CLUSTER_NAME, HOST, ROOT, STATE
from harness.platform import install_addons, install_platform, platform_ready
from harness.rendering import render
from harness.secrets import Login, apply_secrets, make_secrets
from harness.shell import CommandFailed
from harness.trials import ACCOUNT, write_account
from harness.web import read_authority


def main() -> int:
    parser = argparse.ArgumentParser(prog="./task up", description=__doc__)
    parser.add_argument("--name", default=CLUSTER_NAME, help=f"the cluster's name ({CLUSTER_NAME})")
    parser.add_argument("--lean", action="store_true", help="without Prometheus, Grafana, Loki and the rest")
    parser.add_argument("--down", action="store_true", help="take it away")
    arguments = parser.parse_args()
    need_programs()
    try:
        with only_run(arguments.name):
            _down(arguments.name) if arguments.down else _up(arguments.name, lean=arguments.lean)
    except (ClusterBusy, CommandFailed, AssertionError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _down(name: str) -> None:
    remove_outside(name)
    delete_cluster(name, STATE)


def _up(name: str, *, lean: bool) -> None:
    _tell("a kind cluster (the first time this takes some minutes)")
    cluster, _ = make_cluster(name, STATE)
    _tell("the images")
    image = build_all(cluster)
    _tell("cert-manager, an ingress controller, a sample API")
    install_addons(cluster)
    login = make_secrets()
    apply_secrets(cluster)
    install_platform(cluster, render(ROOT / "manifests/platform", image))
    platform_ready(cluster)
    _tell("web, collector and mongodb")
    deploy(cluster, overlay_of(ROOT, image))
    if not lean:
        _observe(cluster, image)
    _show(cluster, login)


def _observe(cluster: Cluster, image: str) -> None:
    if not has_room():
        _tell("no observability: Docker has less than 8 GB of memory")
        return
    platform = rendered(image, quick=False)
    missing = f", without {', '.join(platform.missing.values())}" if platform.missing else ""
    _tell(f"Prometheus, Grafana, Loki and the agent{missing}")
    install(cluster, platform)


def _show(cluster: Cluster, login: Login) -> None:
    authority = STATE / "ca.crt"
    authority.write_text(read_authority(cluster), encoding="utf-8")
    write_account(ACCOUNT, cluster, login, read_authority(cluster))
    address = f"https://{HOST}:{cluster.https[1]}"
    sys.stdout.write(
        f"\naddress   {address}\n"
        f"trust     {authority} (in the browser's settings, or curl --cacert {authority} {address}/livez)\n"
        f"log in    {login.user} / {login.password}\n"
        f"API       curl --cacert {authority} -H 'Authorization: Bearer {login.token}' {address}/api/v1/status\n"
        f"kubectl   KUBECONFIG={cluster.kubeconfig} kubectl -n app-namespace get pods\n"
        "load      ./task load -- --target kind\n"
        "end       ./task down\n"
    )


def _tell(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
