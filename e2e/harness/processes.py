"""Every process of our containers, as the node's kernel knows it: not what a manifest asks for, but what is."""

from dataclasses import dataclass

from harness.cluster import Cluster, Object
from harness.places import NAMESPACE
from harness.workloads import is_probe, name_of

_LOOK = r"""
for number in $(grep -l "$1" /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3); do
  echo "== $number"
  cat "/proc/$number/status"
  echo "== mounts"; cat "/proc/$number/mountinfo"
  echo "== words"; tr '\0' '\n' < "/proc/$number/environ"; tr '\0' '\n' < "/proc/$number/cmdline"
  echo "== token"; cd "/proc/$number/root"; ls -d var/run/secrets/kubernetes.io run/secrets/kubernetes.io
done 2>/dev/null
true
"""


@dataclass(frozen=True)
class Process:
    """One process: its container, its numbers, what it may do, what it sees."""

    container: str  # pod/container
    number: str
    status: dict[str, str]
    mounts: dict[str, frozenset[str]]  # mount point -> options
    words: str  # its environment and its arguments
    token: str  # where a service account's token lies, if one does

    @property
    def inner_number(self) -> str:
        """1 for the first of its container."""
        return self.status["NSpid"].split()[-1]


def processes(cluster: Cluster) -> list[Process]:
    """Of every running container in our namespace."""
    pods = [pod for pod in cluster.items("pods", "-n", NAMESPACE) if not is_probe(pod)]
    return [process for pod in pods for process in _of_pod(cluster, pod)]


def first_process(cluster: Cluster, pod: Object, container: str) -> str:
    """The number that the node gives to a container's first process."""
    name = f"{name_of(pod)}/{container}"
    found = [each for each in _of_pod(cluster, pod) if each.container == name and each.inner_number == "1"]
    assert found, f"no process of {name} on the node"
    return found[0].number


def _of_pod(cluster: Cluster, pod: Object) -> list[Process]:
    running = [entry for entry in pod["status"]["containerStatuses"] if "running" in entry["state"]]
    return [
        _parsed(f"{name_of(pod)}/{entry['name']}", block)
        for entry in running
        for block in _blocks(cluster, entry["containerID"].partition("://")[2])
    ]


def _blocks(cluster: Cluster, identity: str) -> list[str]:
    """The part of each process that lived long enough to be looked at."""
    found = cluster.node("sh", "-c", _LOOK, "look", identity)
    blocks = ("\n" + found).split("\n== ")[1:]
    wholes = ["\n== ".join(blocks[at : at + 4]) for at in range(0, len(blocks), 4)]
    return [whole for whole in wholes if "NSpid:" in whole and "\n== words" in whole]


def _parsed(container: str, block: str) -> Process:
    head, mounts, words, token = (part.partition("\n")[::2] for part in block.split("\n== "))
    lines = (line.partition(":") for line in head[1].splitlines())
    status = {name: value.strip() for name, _, value in lines}
    return Process(container, head[0].strip(), status, _mounts(mounts[1]), words[1], token[1].strip())


def _mounts(text: str) -> dict[str, frozenset[str]]:
    """Of /proc/PID/mountinfo (proc(5)): the fifth column is where, the sixth how."""
    rows = (line.split() for line in text.splitlines())
    return {row[4]: frozenset(row[5].split(",")) for row in rows if len(row) > 5}
