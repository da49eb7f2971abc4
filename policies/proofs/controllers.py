"""Turns a pod into the objects that make such pods."""

import copy
from collections.abc import Callable, Iterator

from proofs.folders import Object

WORKLOADS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def expanded(pod: Object, only: list[str] | None = None) -> Iterator[Object]:
    """The pod itself, and one object of each controller (or those of `only`) with the pod as its template."""
    for kind in only or WORKLOADS:
        yield copy.deepcopy(pod) if kind == "Pod" else _MAKERS[kind](pod)


def _metadata(pod: Object) -> Object:
    metadata = pod["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace", "labels", "deletionTimestamp") if key in metadata}
    return copy.deepcopy(kept)


def _template(pod: Object) -> Object:
    metadata = {key: pod["metadata"][key] for key in ("labels", "annotations") if key in pod["metadata"]}
    return copy.deepcopy({"metadata": metadata, "spec": pod["spec"]})


def _lasting(kind: str) -> Callable[[Object], Object]:
    def make(pod: Object) -> Object:
        selector = {"matchLabels": {"app.kubernetes.io/name": "web"}}
        spec: Object = {"selector": selector, "template": _template(pod)}
        spec |= {"replicas": 1} if kind != "DaemonSet" else {}
        spec |= {"serviceName": "web"} if kind == "StatefulSet" else {}
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": _metadata(pod), "spec": spec}

    return make


def _ending(pod: Object) -> Object:
    """A template of a job; pods of a job end, so the restart policy has to say so unless a case says otherwise."""
    template = _template(pod)
    template["spec"].setdefault("restartPolicy", "Never")
    return template


def _job(pod: Object) -> Object:
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": _metadata(pod), "spec": {"template": _ending(pod)}}


def _cron_job(pod: Object) -> Object:
    spec = {"schedule": "5 * * * *", "jobTemplate": {"spec": {"template": _ending(pod)}}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": _metadata(pod), "spec": spec}


_MAKERS = {kind: _lasting(kind) for kind in ("Deployment", "StatefulSet", "DaemonSet")} | {
    "Job": _job,
    "CronJob": _cron_job,
}
