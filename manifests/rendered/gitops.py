"""What Argo CD is told: its projects and Applications, and what the Applications lead to."""

from collections.abc import Iterator

import msgspec

from rendered.argocd import Application, AppProject
from rendered.kustomize import Object, render
from rendered.objects import of_kind

REPOSITORY = "https://git.example.com/gleaner.git"
ENVIRONMENTS = ("staging", "production")
BOOTSTRAP = "gitops/bootstrap"


def applications(shape: str) -> list[Application]:
    """Raises msgspec.ValidationError at a field that Argo CD does not have."""
    return [msgspec.convert(each, Application) for each in of_kind(render(shape), "Application")]


def projects(shape: str) -> dict[str, AppProject]:
    """By name; raises as `applications`."""
    found = [msgspec.convert(each, AppProject) for each in of_kind(render(shape), "AppProject")]
    return {each.metadata.name: each for each in found}


def environment(name: str) -> str:
    """The shape with the Applications of an environment."""
    return f"gitops/{name}"


def delivered(name: str) -> tuple[Object, ...]:
    """Gleaner as it comes into the cluster of an environment."""
    return render(f"gitops/app/{name}")


def ours(application: Application) -> Iterator[tuple[Object, ...]]:
    """What is rendered for the sources that lie in this repository; a chart of somebody else is not."""
    for source in application.spec.every_source:
        if source.repo_url == REPOSITORY:
            yield render(f"../{source.path}")
