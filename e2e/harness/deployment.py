"""Our own manifests on the cluster: this checkout's, and those of an earlier commit."""

from collections.abc import Sequence
from pathlib import Path

from harness.cluster import Cluster
from harness.images import build_image, images_of, load_images
from harness.places import MONGO_IMAGE, NAMESPACE, ROOT
from harness.rendering import Patch, documents, render
from harness.shell import CommandFailed, run
from harness.waiting import wait_for
from harness.workloads import KINDS, rolled_out

_PRUNED = "networkpolicies.networking.k8s.io,horizontalpodautoscalers,poddisruptionbudgets,cronjobs.batch"
OVERLAY = "manifests/overlays/kind"
_MATTERS = ("service", "manifests", "requirements/run.txt")  # a commit that changes none of these deploys the same


def deploy(cluster: Cluster, manifest: str, *, timeout: int = 240) -> None:
    """Apply a rendered overlay and wait until all of it is ready."""
    apply(cluster, manifest)
    rolled_out(cluster, *KINDS, timeout=timeout)


def apply(cluster: Cluster, manifest: str) -> None:
    """Load what it names, apply it, and take away what it no longer has."""
    load_images(cluster, images_of(manifest))
    wait_for("the API server to take the overlay", lambda: cluster.apply(manifest), timeout=30)
    _prune(cluster, manifest)


def image_in_use(cluster: Cluster) -> str:
    """Our image as web runs it now."""
    return str(cluster.read("deployment", "web", "-n", NAMESPACE)["spec"]["template"]["spec"]["containers"][0]["image"])


def _prune(cluster: Cluster, manifest: str) -> None:
    """Take away what an earlier overlay had and this one has not: it would go on allowing, scaling or holding up."""
    wanted = {(each["kind"], each["metadata"]["name"]) for each in documents(manifest)}
    found = cluster.items(_PRUNED, "-n", NAMESPACE)
    for kind, name in {(each["kind"], each["metadata"]["name"]) for each in found} - wanted:
        cluster.kubectl("delete", kind, name, "-n", NAMESPACE)


def remove_deployment(cluster: Cluster) -> None:
    """The namespace with everything in it, volumes too."""
    command = ("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=150s")
    cluster.kubectl(*command, timeout=160)


def overlay_of(checkout: Path, image: str, *, patches: Sequence[Patch] = (), components: Sequence[Path] = ()) -> str:
    return render(checkout / OVERLAY, image, patches=patches, components=components)


def previous_commit(wanted: str = "") -> str:
    """The commit to upgrade from: the one that is wanted, else the last but one that changed what is deployed.

    Empty: this clone's history has none with the overlay.
    """
    if wanted:
        return run("git", "-C", str(ROOT), "rev-parse", "--verify", f"{wanted}^{{commit}}").strip()
    log = ("git", "-C", str(ROOT), "log", "--format=%H", "--max-count=50", "--", *_MATTERS)
    earlier = run(*log).split()[1:]
    return next((commit for commit in earlier if _has_overlay(commit)), "")


def checkout_of(commit: str, folder: Path) -> Path:
    """A commit's files in a folder of their own; the repository itself is left alone."""
    run("rm", "-rf", str(folder))
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    run("git", "-C", str(ROOT), "archive", "--format=tar", f"--output={archive}", commit)
    run("tar", "-xf", str(archive), "-C", str(folder))
    archive.unlink()
    return folder


def build_all(cluster: Cluster) -> str:
    """The checkout's image and the database's, built or fetched here and loaded; returns ours."""
    image = build_image()
    load_images(cluster, [image, MONGO_IMAGE])
    return image


def _has_overlay(commit: str) -> bool:
    try:
        run("git", "-C", str(ROOT), "cat-file", "-e", f"{commit}:{OVERLAY}/kustomization.yaml")
    except CommandFailed:
        return False
    return True
