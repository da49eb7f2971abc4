"""Claims, and what Longhorn is told: it ignores a key that it does not know, and its webhook is not here to refuse."""

import datetime as dt
import json

from cronsim import CronSim

from rendered.kustomize import Object, components_of
from rendered.objects import claims, ident, named, of_kind

KINDS = ("PersistentVolumeClaim", "StatefulSet", "StorageClass", "RecurringJob", "VolumeSnapshotClass")
_PARAMETERS = {  # longhorn-manager's csi/util.go at v1.12.1 -> values, or None for free text
    "numberOfReplicas": {str(number) for number in range(1, 21)},
    "staleReplicaTimeout": None,
    "dataLocality": {"disabled", "best-effort", "strict-local"},
    "fsType": {"ext4", "xfs"},
    "mkfsParams": None,
    "migratable": {"true", "false"},
    "encrypted": {"true", "false"},
    "recurringJobSelector": None,
    "nfsOptions": None,
    "fromBackup": None,
    "diskSelector": None,
    "nodeSelector": None,
    "disableRevisionCounter": {"true", "false"},
    "unmapMarkSnapChainRemoved": {"ignored", "enabled", "disabled"},
    "replicaSoftAntiAffinity": {"ignored", "enabled", "disabled"},
    "replicaZoneSoftAntiAffinity": {"ignored", "enabled", "disabled"},
    "replicaDiskSoftAntiAffinity": {"ignored", "enabled", "disabled"},
    "freezeFilesystemForSnapshot": {"ignored", "enabled", "disabled"},
    "backupTargetName": None,
    "backupBlockSize": None,
    "dataEngine": {"v1", "v2"},
}
_JOB_PARAMETERS = {"backup": {"full-backup-interval"}, "system-backup": {"volume-backup-policy"}}
_GROUP = "recurring-job-group.longhorn.io/"


def test_there_are_three_claims(application: str, ours: tuple[Object, ...]) -> None:
    """The database's data, the reports and the logs, with the sizes of the design; and exports without a bucket."""
    sizes = {name: each["spec"]["resources"]["requests"]["storage"] for name, each in claims(ours).items()}
    components = components_of(application)
    exports = {"exports": "8Gi"} if "export" in components and "export-s3" not in components else {}
    larger = {"data": "32Gi", "reports": "8Gi"} if application == "overlays/production" else {}
    assert sizes == {"data": "8Gi", "reports": "1Gi", "logs": "1Gi"} | larger | exports


def test_one_writer_unless_scaled_out(application: str, ours: tuple[Object, ...]) -> None:
    """Only the reports are shared, and only where several pods read them on several nodes."""
    modes = {name: each["spec"]["accessModes"] for name, each in claims(ours).items()}
    shared = "scale-out/shared-reports" in components_of(application)
    assert modes.pop("reports") == (["ReadWriteMany"] if shared else ["ReadWriteOnce"])
    assert set(map(tuple, modes.values())) == {("ReadWriteOnce",)}


def test_the_data_outlives_its_pods(ours: tuple[Object, ...]) -> None:
    """Neither deleting the StatefulSet nor scaling it deletes a volume."""
    mongodb = named(ours, "StatefulSet", "mongodb")
    assert mongodb
    policy = mongodb["spec"]["persistentVolumeClaimRetentionPolicy"]
    assert policy == {"whenDeleted": "Retain", "whenScaled": "Retain"}, ident(mongodb)


def test_longhorn_knows_every_parameter(objects: tuple[Object, ...]) -> None:
    """Each key is one that its driver reads, and each value one that it takes."""
    problems = []
    for each in of_kind(objects, "StorageClass"):
        assert each["provisioner"] == "driver.longhorn.io", ident(each)
        for key, value in each["parameters"].items():
            values = _PARAMETERS.get(key, set())
            if not isinstance(value, str) or (values is not None and value not in values):
                problems.append(f"{ident(each)}: {key}: {value!r}")
        if "recurringJobSelector" in each["parameters"]:
            json.loads(each["parameters"]["recurringJobSelector"])
    assert not problems, "\n".join(problems)


def test_classes_keep_and_grow(objects: tuple[Object, ...]) -> None:
    """A deleted claim leaves its data, and a claim can be made larger."""
    for each in of_kind(objects, "StorageClass"):
        assert each["reclaimPolicy"] == "Retain", ident(each)
        assert each["allowVolumeExpansion"] is True, ident(each)
        assert each["volumeBindingMode"] == "WaitForFirstConsumer", ident(each)
        annotations = each["metadata"].get("annotations", {})
        assert "storageclass.kubernetes.io/is-default-class" not in annotations, ident(each)


def test_jobs_are_what_the_webhook_would_take(objects: tuple[Object, ...]) -> None:
    """Its rules: the name twice and short, a cron of five fields, at most 100 to keep, known parameters."""
    problems = []
    for each in of_kind(objects, "RecurringJob"):
        spec, name = each["spec"], each["metadata"]["name"]
        next(CronSim(spec["cron"], dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
        wrong = [
            "name" if spec["name"] != name or len(name) > 40 else "",
            "namespace" if each["metadata"]["namespace"] != "longhorn-system" else "",
            "retain"
            if not (spec["retain"] == 0 if spec["task"] == "filesystem-trim" else 1 <= spec["retain"] <= 100)
            else "",
            "parameters" if not set(spec.get("parameters", {})) <= _JOB_PARAMETERS.get(spec["task"], set()) else "",
        ]
        problems += [f"{ident(each)}: {field}" for field in wrong if field]
    assert not problems, "\n".join(problems)


def test_claims_have_their_jobs(application: str, ours: tuple[Object, ...]) -> None:
    """Data is kept by snapshots and backups; files have none of them, because retention could free nothing then."""
    if "longhorn" not in components_of(application):
        return
    tasks: dict[str, set[str]] = {}
    for job in of_kind(ours, "RecurringJob"):
        for group in job["spec"]["groups"]:
            tasks.setdefault(group, set()).add(job["spec"]["task"])
    wanted = {"data": {"snapshot", "backup", "filesystem-trim"}, "reports": {"filesystem-trim"}}
    for name, each in claims(ours).items():
        if name in wanted:
            labels = each["metadata"]["labels"]
            groups = [key.removeprefix(_GROUP) for key in labels if key.startswith(_GROUP)]
            assert labels["recurring-job.longhorn.io/source"] == "enabled", name
            assert set().union(*(tasks[group] for group in groups)) == wanted[name], name


def test_claims_name_a_class_that_is_there(ours: tuple[Object, ...]) -> None:
    """With Longhorn's classes, or with the cluster's default one."""
    classes = {each["metadata"]["name"] for each in of_kind(ours, "StorageClass")}
    for name, each in claims(ours).items():
        assert each["spec"].get("storageClassName") in {None, *classes}, name


def test_copies_are_not_multiplied(application: str, ours: tuple[Object, ...]) -> None:
    """What exists once has three copies; in production the members of mongodb are the copies."""
    if application == "overlays/production":
        assert claims(ours)["data"]["spec"]["storageClassName"] == "gleaner-one"
    elif application == "overlays/staging":
        assert claims(ours)["data"]["spec"]["storageClassName"] == "gleaner-three"


def test_snapshot_classes_are_longhorns(objects: tuple[Object, ...]) -> None:
    """One that lives with its volume, and one that outlives it and is kept when its object is deleted."""
    for each in of_kind(objects, "VolumeSnapshotClass"):
        assert each["driver"] == "driver.longhorn.io", ident(each)
        assert (each["parameters"]["type"], each["deletionPolicy"]) in {("snap", "Delete"), ("bak", "Retain")}, ident(
            each
        )
