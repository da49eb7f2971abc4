"""A container that plays the outside world: it owns public, metadata and private addresses, and answers on them.

Nothing ever leaves this machine: the nodes have a route to the container for each of these addresses.
"""

from collections.abc import Sequence
from contextlib import suppress

from harness.cluster import Cluster
from harness.places import E2E, NODE_IMAGE
from harness.shell import CommandFailed, run
from harness.waiting import wait_for

LISTENER = (E2E / "harness" / "listener.py").read_text(encoding="utf-8")


def start_outside(cluster: Cluster, image: str, addresses: Sequence[str], ports: Sequence[int]) -> str:
    """Start the container, give it the addresses, and lead the nodes to it; returns its name."""
    name = f"{cluster.name}-outside"
    stop_outside(cluster, addresses)
    options = ("--detach", "--network", "kind", "--cap-add", "NET_ADMIN", "--user", "0", "--read-only")
    command = ("--entrypoint", "python", image, "-c", LISTENER, *map(str, ports))
    run("docker", "run", *options, "--name", name, *command)
    wait_for("the outside to listen", lambda: "listening" in run("docker", "logs", name), timeout=20)
    _own_addresses(name, addresses)
    address = _address_of(name)
    for target in addresses:
        cluster.node("ip", "route", "replace", f"{target}/32", "via", address)
    return name


def stop_outside(cluster: Cluster, addresses: Sequence[str]) -> None:
    """Take the routes and the container away; neither has to be there."""
    for target in addresses:
        with suppress(CommandFailed):
            cluster.node("ip", "route", "del", f"{target}/32")
    remove_outside(cluster.name)


def remove_outside(cluster_name: str) -> None:
    run("docker", "rm", "--force", f"{cluster_name}-outside")


def _own_addresses(name: str, addresses: Sequence[str]) -> None:
    """The node's image has `ip`, which a slim image has not: it is run in the container's network."""
    commands = "; ".join(f"ip address add {target}/32 dev lo" for target in addresses)
    shared = ("--rm", "--network", f"container:{name}", "--cap-add", "NET_ADMIN")
    run("docker", "run", *shared, "--entrypoint", "sh", NODE_IMAGE, "-euc", commands)


def _address_of(name: str) -> str:
    found = run("docker", "inspect", "--format", "{{.NetworkSettings.Networks.kind.IPAddress}}", name)
    return found.strip()
