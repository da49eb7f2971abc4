"""Reads the folders of policies: rules, examples and cases. What is unknown, doubled or misnamed is an error."""

import functools
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import yaml

Object = dict[str, Any]
ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
_NOT_POLICIES = {"base", "bypasses", "examples", "exceptions", "overlays", "parameters", "proofs", "rights", "tests"}
_NOT_POLICIES |= {"signatures"}  # about what lies in a registry: nothing that the evaluator of expressions can judge


class Unreadable(ValueError):
    """A folder of policies that says something which the proofs do not understand."""


class User(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    username: str
    groups: list[str] = []


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something to try with a good object; `of` is its kind/name, and `only` names the kinds that a pod becomes."""

    case: str
    of: str
    policy: str = ""
    user: User | None = None
    subresource: str = ""
    only: list[str] | None = None
    cluster: list[Object] = []
    namespace: dict[str, str | None] = {}


class Bad(Case, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The good object with one field changed by `patch` (RFC 6902), to be refused."""

    patch: list[Object] = []
    operation: str = "CREATE"


class Kept(Case, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An update: from the good object patched with `old` to the good object patched with `new`."""

    old: list[Object]
    new: list[Object]
    allowed: bool


class Folder(msgspec.Struct, frozen=True):
    name: str
    policies: list[Object]
    good: list[Object]
    bad: list[Bad]
    kept: list[Kept]

    def document(self, case: Case) -> str:
        """The name of the policy that a case is about."""
        return case.policy or self.name


def documents(path: Path) -> list[Object]:
    """What a file of several YAML documents holds; nothing when it is not there."""
    if not path.exists():
        return []
    try:
        return [each for each in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader) if each]
    except yaml.YAMLError as wrong:
        raise Unreadable(f"{path.parent.name}/{path.name}: {wrong}") from wrong


def identity(thing: Object) -> str:
    return f"{thing['kind']}/{thing['metadata']['name']}"


def names(root: Path = ROOT) -> list[str]:
    """The folders that hold a policy, in order."""
    found = sorted(each.name for each in root.iterdir() if each.is_dir() and not each.name.startswith(("_", ".")))
    return [name for name in found if name not in _NOT_POLICIES]


@functools.cache
def folders(root: Path = ROOT) -> tuple[Folder, ...]:
    """Every folder of a policy, in the order of names."""
    return tuple(read(root / name) for name in names(root))


@functools.cache
def examples(folder: Path = EXAMPLES) -> tuple[Object, ...]:
    """The objects that every policy lets pass."""
    found = tuple(each for path in sorted(folder.glob("*.yaml")) for each in documents(path))
    _once("examples", (identity(each) for each in found))
    return found


def read(folder: Path) -> Folder:
    """One folder. Raises Unreadable."""
    found = Folder(
        name=folder.name,
        policies=documents(folder / "policy.yaml"),
        good=documents(folder / "good.yaml"),
        bad=_cases(folder / "bad.yaml", list[Bad]),
        kept=_cases(folder / "kept.yaml", list[Kept]),
    )
    _check(found)
    return found


def _cases(path: Path, form: Any) -> Any:
    try:
        return [case for document in documents(path) for case in msgspec.convert(document, form)]
    except msgspec.ValidationError as wrong:
        raise Unreadable(f"{path.parent.name}/{path.name}: {wrong}") from wrong


def _check(folder: Folder) -> None:
    held = [policy["metadata"]["name"] for policy in folder.policies]
    if folder.name not in held:
        raise Unreadable(f"{folder.name}: policy.yaml holds {held or 'nothing'}, and no policy of the folder's name")
    strange = [name for name in held if name != folder.name and not name.startswith(f"{folder.name}-")]
    if strange:
        raise Unreadable(f"{folder.name}: {strange} do not begin with the folder's name")
    _once(folder.name, held)
    cases: list[Case] = [*folder.bad, *folder.kept]
    _once(folder.name, (case.case for case in cases))
    _once(folder.name, (identity(each) for each in folder.good))
    unknown = sorted({case.policy for case in cases} - {"", *held})
    if unknown:
        raise Unreadable(f"{folder.name}: cases name {unknown}, which policy.yaml does not hold")


def _once(where: str, names: Iterable[str]) -> None:
    doubled = sorted(name for name, times in Counter(names).items() if times > 1)
    if doubled:
        raise Unreadable(f"{where}: {doubled} more than once")
