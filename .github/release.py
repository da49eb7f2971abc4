"""Prints the notes of a release, where its tag, the package's version and the changelog agree: release.py v0.1.0."""  # noqa: INP001

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def version(package: str) -> str:
    found = re.search(r'^__version__ = "([^"]+)"$', package, flags=re.MULTILINE)
    return found[1] if found else ""


def notes(tag: str, package: str, changelog: str) -> str:
    """The changelog's section of the tag; each disagreement ends the program with its reason."""
    if tag != f"v{version(package)}":
        sys.exit(f"the tag is {tag}, and the package's version is {version(package)}")
    section = re.search(rf"^## \[{re.escape(tag[1:])}\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if not section or not section[1].strip():
        sys.exit(f"CHANGELOG.md tells nothing of {tag[1:]}")
    return section[1].strip() + "\n"


def main() -> None:
    package = (ROOT / "service/gleaner/__init__.py").read_text(encoding="utf-8")
    sys.stdout.write(notes(sys.argv[1], package, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
