"""What runs by the clock ends, runs once at a time, and leaves little behind."""

from gleaner.cli import _parser
from gleaner.settings import read_settings
from rendered.kustomize import Object, components_of
from rendered.objects import of_kind

KINDS = ("CronJob", "ConfigMap", "PersistentVolumeClaim")


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


def _exports(application: str, ours: tuple[Object, ...]) -> list[Object]:
    """The pod of the export, where the component is."""
    found = [each for each in of_kind(ours, "CronJob") if each["metadata"]["name"] == "export"]
    assert len(found) == ("export" in components_of(application))
    return [each["spec"]["jobTemplate"]["spec"]["template"]["spec"] for each in found]


def _environment(pod: Object, ours: tuple[Object, ...]) -> dict[str, str]:
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(ours, "ConfigMap")}
    named = [source["configMapRef"]["name"] for source in pod["containers"][0]["envFrom"]]
    return {key: value for name in named for key, value in maps[name].items()}


def _mounted(pod: Object, path: str) -> Object:
    """The volume that a path lies in."""
    mounts = {mount["mountPath"]: mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    (name,) = (mounts[folder] for folder in mounts if path == folder or path.startswith(f"{folder}/"))
    (volume,) = (volume for volume in pod["volumes"] if volume["name"] == name)
    return volume


def test_exports_go_to_their_place(application: str, ours: tuple[Object, ...]) -> None:
    """What the command writes into is the claim's folder, or a bucket with credentials; older ones are dropped."""
    for pod in _exports(application, ours):
        command, place, keep, number, *_ = pod["containers"][0]["args"]
        assert (command, keep) == ("export", "--keep")
        assert int(number) >= 2
        environment = _environment(pod, ours)
        if "export-s3" in components_of(application):
            assert place == "$(EXPORT_TO)"
            assert environment["EXPORT_TO"].startswith("s3://")
            volume = _mounted(pod, environment["GLEANER_S3_CREDENTIALS"])
            assert volume["secret"]["secretName"] == "s3-credentials"
            assert not [
                each for each in of_kind(ours, "PersistentVolumeClaim") if each["metadata"]["name"] == "exports"
            ]
        else:
            assert _mounted(pod, place)["persistentVolumeClaim"]["claimName"] == "exports"


def test_files_that_settings_name_are_mounted(application: str, ours: tuple[Object, ...]) -> None:
    """A password, the authority of a database with TLS, the credentials of a bucket: each in a Secret with that key."""
    for pod in _exports(application, ours):
        named = [value for value in _environment(pod, ours).values() if value.startswith("/run/")]
        assert len(named) >= 2
        for path in named:
            secret = _mounted(pod, path)["secret"]
            keys = {item["path"] for item in secret.get("items", [])}
            assert not keys or path.rpartition("/")[2] in keys, path


def test_exports_only_read(application: str, ours: tuple[Object, ...]) -> None:
    """They log in as the user who may read the database, and have no other's name or password."""
    for pod in _exports(application, ours):
        mounted = [each["secret"] for each in pod["volumes"] if "mongodb-credentials" in str(each.get("secret"))]
        assert [{item["path"]: item["key"] for item in secret["items"]} for secret in mounted] == [
            {"username": "reader-username", "password": "reader-password"}
        ]


def test_exports_are_encrypted_where_that_is_wanted(application: str, ours: tuple[Object, ...]) -> None:
    """The recipients are a file of the map, and nothing that opens an export is in the pod."""
    for pod in _exports(application, ours):
        args = pod["containers"][0]["args"]
        assert ("--recipients" in args) == ("export/encrypted" in components_of(application))
        assert "identity" not in str(pod)
        if "--recipients" in args:
            folder, _, name = args[args.index("--recipients") + 1].rpartition("/")
            wanted = _mounted(pod, folder)["configMap"]["name"]
            (found,) = (each for each in of_kind(ours, "ConfigMap") if each["metadata"]["name"] == wanted)
            assert name in found["data"]


def test_the_program_takes_what_the_job_gives(application: str, ours: tuple[Object, ...]) -> None:
    """Arguments and settings are ones that exist."""
    for pod in _exports(application, ours):
        environment = _environment(pod, ours)
        args = [environment.get(each.strip("$()"), each) for each in pod["containers"][0]["args"]]
        assert _parser().parse_args(args).json
        read_settings({name: value for name, value in environment.items() if not name.endswith("_FILE")})
