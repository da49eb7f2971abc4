"""The fields of Argo CD's objects that are used here, by its reference: anything else is an error.

Where the definitions themselves are at hand (ADDONS_DIR), test_schema.py holds the same objects against them.
"""

from typing import Any, Literal

import msgspec


class _Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """A field that is not declared is refused; so is a value of another type."""


class Metadata(_Closed, frozen=True, kw_only=True):
    name: str
    namespace: Literal["argocd"]
    annotations: dict[str, str] = {}


class Helm(_Closed, frozen=True, kw_only=True):
    release_name: str
    values_object: dict[str, Any]


class Source(_Closed, frozen=True, kw_only=True):
    repo_url: str = msgspec.field(name="repoURL")
    target_revision: str
    path: str | None = None
    chart: str | None = None
    helm: Helm | None = None


class Destination(_Closed, frozen=True, kw_only=True):
    namespace: str
    name: str | None = None
    server: str | None = None


class IgnoredDifference(_Closed, frozen=True, kw_only=True):
    group: str
    kind: str
    json_pointers: list[str]


class Automated(_Closed, frozen=True, kw_only=True):
    prune: bool
    self_heal: bool


class Backoff(_Closed, frozen=True, kw_only=True):
    duration: str
    factor: int
    max_duration: str


class Retry(_Closed, frozen=True, kw_only=True):
    limit: int
    backoff: Backoff


class SyncPolicy(_Closed, frozen=True, kw_only=True):
    automated: Automated
    retry: Retry
    sync_options: list[str]


class ApplicationSpec(_Closed, frozen=True, kw_only=True):
    project: str
    destination: Destination
    sync_policy: SyncPolicy
    source: Source | None = None
    sources: list[Source] = []
    ignore_differences: list[IgnoredDifference] = []
    revision_history_limit: int = 10

    @property
    def every_source(self) -> list[Source]:
        return [self.source] if self.source else self.sources


class Application(_Closed, frozen=True, kw_only=True):
    api_version: Literal["argoproj.io/v1alpha1"]
    kind: Literal["Application"]
    metadata: Metadata
    spec: ApplicationSpec


class Kind(_Closed, frozen=True, kw_only=True):
    group: str
    kind: str


class NamedKind(_Closed, frozen=True, kw_only=True):
    group: str
    kind: str
    name: str = "*"


class ProjectSpec(_Closed, frozen=True, kw_only=True):
    description: str
    source_repos: list[str]
    destinations: list[Destination]
    cluster_resource_whitelist: list[NamedKind] = []
    namespace_resource_whitelist: list[Kind] = []
    namespace_resource_blacklist: list[Kind] = []


class AppProject(_Closed, frozen=True, kw_only=True):
    api_version: Literal["argoproj.io/v1alpha1"]
    kind: Literal["AppProject"]
    metadata: Metadata
    spec: ProjectSpec
