"""The arrows between the rooms, and the size of modules."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gleaner

ROOT = Path(gleaner.__file__).parent
GROUND = {"durable", "errors", "units"}
MAY_KNOW = {  # room -> the rooms that it may import, beside itself and the ground
    "__init__": set(),
    "durable": set(),
    "errors": set(),
    "units": set(),
    "settings": set(),
    "telemetry": set(),
    "ops": {"telemetry"},
    "database": {"ops", "telemetry"},
    "catalog": set(),
    "store": {"settings", "telemetry", "catalog"},
    "collecting": {"store", "settings", "telemetry", "catalog"},
    "reporting": {"store", "settings", "telemetry", "catalog"},
    "running": {"collecting", "reporting", "store", "settings", "telemetry", "catalog", "ops"},
    "sample": {"settings"},
    "web": {"running", "collecting", "reporting", "store", "settings", "telemetry", "catalog", "ops"},
    "commands": {
        *("web", "running", "collecting", "reporting", "store", "settings", "telemetry", "catalog", "sample"),
        *("ops", "database"),
    },
    "cli_account": {"commands", "settings"},
    "cli": {
        *("commands", "web", "running", "collecting", "reporting", "store", "settings", "telemetry", "catalog"),
        *("database", "cli_account"),
    },
    "__main__": {"cli"},
}
LONGEST = 300
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}

modules = sorted(ROOT.rglob("*.py"))


def room_of(module: Path) -> str:
    return module.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(module: Path) -> Iterator[str]:
    """The rooms that a module imports anywhere in it, also inside functions."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that this test can see them"
            names = [
                f"{node.module}.{alias.name}" if node.module == "gleaner" else str(node.module) for alias in node.names
            ]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("gleaner."))


@pytest.mark.parametrize("module", modules, ids=lambda module: str(module.relative_to(ROOT)))
def test_arrows_point_down_only(module: Path) -> None:
    """A module imports only its own room, the ground, and the rooms below it."""
    room = room_of(module)
    allowed = {room, "__version__"} | GROUND | MAY_KNOW[room]
    assert set(imported_rooms(module)) <= allowed


def test_nothing_stands_in_a_circle() -> None:
    """The table above has an order: no room may know one that may know it."""
    for room, known in MAY_KNOW.items():
        assert not [other for other in known if room in MAY_KNOW[other]]


@pytest.mark.parametrize("module", modules, ids=lambda module: str(module.relative_to(ROOT)))
def test_a_module_is_short_and_has_a_purpose(module: Path) -> None:
    """A module can be read in one go, says what it is for, and is not named after nothing in particular."""
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert ast.get_docstring(ast.parse(text))
    assert module.stem not in VAGUE


def test_the_check_would_notice(tmp_path: Path) -> None:
    """Imports of every form are seen, wherever they stand."""
    module = tmp_path / "x.py"
    module.write_text(
        "import gleaner.web\nfrom gleaner import cli\ndef f():\n    from gleaner.store.model import Run\nimport os\n"
    )
    assert list(imported_rooms(module)) == ["web", "cli", "store"]
