"""What runs by the clock ends, runs once at a time, and leaves little behind."""

from rendered.kustomize import Object, components_of
from rendered.objects import of_kind

KINDS = ("CronJob",)


def test_jobs_are_bounded(objects: tuple[Object, ...]) -> None:
    """Each has a zone, one run at a time, an end, few attempts and a short history."""
    for each in of_kind(objects, "CronJob"):
        spec, job = each["spec"], each["spec"]["jobTemplate"]["spec"]
        assert spec["timeZone"] == "Etc/UTC"
        assert spec["concurrencyPolicy"] == "Forbid"
        assert spec["startingDeadlineSeconds"] >= 600
        assert job["activeDeadlineSeconds"] <= 7200
        assert job["backoffLimit"] <= 3
        assert spec["successfulJobsHistoryLimit"] + spec["failedJobsHistoryLimit"] <= 5
        assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_exports_go_to_their_volume(application: str, ours: tuple[Object, ...]) -> None:
    """Where the component is, the folder that the command writes into is the claim's, and older ones are dropped."""
    found = [each for each in of_kind(ours, "CronJob") if each["metadata"]["name"] == "export"]
    assert len(found) == ("export" in components_of(application))
    for each in found:
        pod = each["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        container = pod["containers"][0]
        command, folder, keep, number, *_ = container["args"]
        assert (command, keep) == ("export", "--keep")
        assert int(number) >= 2
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        volumes = {
            volume["name"]: volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["volumes"]
        }
        assert volumes[mounts[folder]] == "exports"
