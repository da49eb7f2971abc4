"""Removes one protection after the other from a copy of the manifests, and sees whether the named test fails.

`./task mutations`: prints a table and the catch rate; the exit status is 0 when every mutation was caught. First the
unchanged copy has to pass, so that a failure means the mutation.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).parent / "mutations.yaml"
_TIMEOUT = 300  # seconds for the tests of one copy: a few seconds, and a busy machine


@dataclass(frozen=True)
class Mutation:
    """`pattern` in `file` becomes `replacement` (once, or everywhere); `test` is who must notice."""

    what: str
    file: str
    pattern: str
    test: str
    replacement: str = ""
    everywhere: bool = False

    def apply(self, root: Path) -> None:
        path = root / "manifests" / self.file
        text = path.read_text()
        changed, count = re.subn(
            self.pattern, self.replacement, text, count=0 if self.everywhere else 1, flags=re.MULTILINE
        )
        assert count, f"{self.what}: {self.pattern!r} is not in {self.file}"
        path.write_text(changed)


def mutations() -> list[Mutation]:
    """Those of the table; each pattern has to be there."""
    return [Mutation(**each) for each in yaml.safe_load(TABLE.read_text())]


def copy(folder: Path) -> None:
    """What the tests need, and no more."""
    shutil.copytree(ROOT / "manifests", folder / "manifests", ignore=shutil.ignore_patterns("files", "__pycache__"))
    ignored = shutil.ignore_patterns("tests", "boards", "__pycache__")
    shutil.copytree(ROOT / "dashboards", folder / "dashboards", ignore=ignored)
    (folder / "e2e").mkdir()
    shutil.copy(ROOT / "e2e/isolation.yaml", folder / "e2e")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for whole in ("service", "policies"):
        (folder / whole).symlink_to(ROOT / whole)


def tested(folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy, up to the first failure. No plug-in of pytest is needed; loading them takes longer."""
    addopts = "addopts=--import-mode=importlib --strict-markers -q"  # those of the project name a plug-in
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "-o", addopts]
    return subprocess.run(
        [*command, *(f"manifests/tests/{test}" for test in tests)],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )


def try_one(mutation: Mutation) -> str:
    """Empty when the named test failed, else why that is not so."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        mutation.apply(folder)
        done = tested(folder, mutation.test)
    failed = f"FAILED manifests/tests/{mutation.test}" in done.stdout
    return "" if done.returncode == 1 and failed else (done.stdout + done.stderr).strip().splitlines()[-1]


def main() -> int:
    """The exit status: 0 when every mutation was caught."""
    every = mutations()
    with tempfile.TemporaryDirectory() as name:
        copy(Path(name))
        control = tested(Path(name), *sorted({mutation.test for mutation in every}))
    if control.returncode:
        print(control.stdout[-3000:])
        print("the unchanged manifests do not pass: nothing can be said about mutations")
        return 1
    answers = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutation, answer in zip(every, pool.map(try_one, every), strict=True):
            print(f"{'MISSED' if answer else 'caught'}  {mutation.what:45} {mutation.test}  {answer}", flush=True)
            answers.append(answer)
    caught = answers.count("")
    print(f"{caught} of {len(every)} mutations caught: {caught / len(every):.0%}")
    return 0 if caught == len(every) else 1


if __name__ == "__main__":
    sys.exit(main())
