"""What is mounted where, and how much it may hold."""

from rendered.kustomize import Object
from rendered.objects import amount, named, of_kind, serving, workloads

KINDS = ("Deployment", "StatefulSet", "PersistentVolumeClaim")


def test_mounts_have_a_volume_and_volumes_a_mount(objects: tuple[Object, ...]) -> None:
    """Nothing is named that is not there, and nothing is there for nobody."""
    problems = []
    for one in workloads(objects):
        own = [each["metadata"]["name"] for each in one.object["spec"].get("volumeClaimTemplates", [])]
        volumes = {*own, *(volume["name"] for volume in one.spec.get("volumes", []))}
        mounted = {mount["name"] for _, container in one.containers for mount in container.get("volumeMounts", [])}
        problems += [f"{one.id}: volume {name}" for name in volumes ^ mounted]
    assert not problems, "\n".join(problems)


def test_scratch_space_is_bounded(objects: tuple[Object, ...]) -> None:
    """An emptyDir without a limit can fill its node's disk, or its memory."""
    problems = [
        f"{one.id}: volume {volume['name']}"
        for one in workloads(objects)
        for volume in one.spec.get("volumes", [])
        if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {})
    ]
    assert not problems


def test_secrets_and_settings_are_only_read(objects: tuple[Object, ...]) -> None:
    """Their mounts are read-only, and files of Secrets are for owner and group alone."""
    problems = []
    for one in workloads(objects):
        given = {
            volume["name"]: volume for volume in one.spec.get("volumes", []) if {"secret", "configMap"} & set(volume)
        }
        problems += [
            f"{name}: {mount['name']} may be written to"
            for name, container in one.containers
            for mount in container.get("volumeMounts", [])
            if mount["name"] in given and mount.get("readOnly") is not True
        ]
        problems += [
            f"{one.id}: volume {name} has mode {volume['secret'].get('defaultMode'):o}"
            for name, volume in given.items()
            if "secret" in volume and volume["secret"].get("defaultMode", 0o644) & 0o027
        ]
    assert not problems, "\n".join(problems)


def test_groups_can_read_what_is_mounted_for_them(objects: tuple[Object, ...]) -> None:
    """A pod with volumes has a group for them, and does not walk through a full one at each start."""
    problems = []
    for one in workloads(objects):
        context = one.spec.get("securityContext", {})
        claims = [volume for volume in one.spec.get("volumes", []) if {"persistentVolumeClaim", "secret"} & set(volume)]
        if claims and not context.get("fsGroup"):
            problems.append(f"{one.id}: no fsGroup")
        lasting = [volume for volume in claims if "persistentVolumeClaim" in volume]
        if lasting and context.get("fsGroupChangePolicy") != "OnRootMismatch":
            problems.append(f"{one.id}: fsGroupChangePolicy")
    assert not problems, "\n".join(problems)


def test_everyone_can_write_to_tmp(ours: tuple[Object, ...]) -> None:
    """The root is read-only: where Python puts scratch files is a volume, in each long-running pod of ours."""
    for name in ("web", "collector"):
        deployment = named(ours, "Deployment", name)
        assert deployment
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}, f"Deployment/{name}"


def test_a_volume_for_one_node_has_one_pod(ours: tuple[Object, ...]) -> None:
    """A rollout that starts the new pod first would wait for ever for a ReadWriteOnce volume on another node."""
    one_node = {
        each["metadata"]["name"]
        for each in of_kind(ours, "PersistentVolumeClaim")
        if "ReadWriteMany" not in each["spec"]["accessModes"]
    }
    problems = []
    for one in serving(ours):
        used = {volume.get("persistentVolumeClaim", {}).get("claimName") for volume in one.spec.get("volumes", [])}
        strategy = one.object["spec"].get("strategy", {}).get("type")
        if used & one_node and (one.replicas != 1 or strategy != "Recreate"):
            problems.append(f"{one.id}: {used & one_node}")
    several = any(each["kind"] == "HorizontalPodAutoscaler" for each in ours)
    if several and "reports" in one_node:  # scale-out/replicas alone is for one node, and its README says so
        problems = [each for each in problems if each != "Deployment/app-namespace/web: {'reports'}"]
    assert not problems, "\n".join(problems)


def test_the_largest_scratch_fits_into_the_limit(ours: tuple[Object, ...]) -> None:
    """A container may fill its emptyDir without being evicted for its own limit of scratch space."""
    problems = []
    for one in workloads(ours):
        sizes = {
            volume["name"]: amount(volume["emptyDir"]["sizeLimit"])
            for volume in one.spec.get("volumes", [])
            if "emptyDir" in volume and volume["emptyDir"].get("medium") != "Memory"
        }
        limit = sum(amount(container["resources"]["limits"]["ephemeral-storage"]) for _, container in one.lasting)
        if sum(sizes.values()) > limit:
            problems.append(f"{one.id}: {sizes} > {limit}")
    assert not problems, "\n".join(problems)
