"""`./task promote`: name the image that an environment runs, by its digest, in the one file that says so.

Changes nothing but that line, and prints what to commit. Exit status: 0 it is named, 2 it cannot be (a line says why).
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LINE = re.compile(r"^( +digest: )(\S+)$", re.MULTILINE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NOTHING = f"sha256:{'0' * 64}"  # before the first release


class CannotPromote(Exception):
    """The message is what is wrong, in one line."""


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        environment, digest = _wanted(given)
        said = promote(given.repository, environment, digest)
    except CannotPromote as error:
        sys.stderr.write(f"promote: {error}\n")
        return 2
    sys.stdout.write(said)
    return 0


def promote(repository: Path, environment: str, digest: str) -> str:
    """Name the digest, and return what to do with the change; raises CannotPromote."""
    file = _file(repository, environment)
    before = _named(file)
    if digest == before:
        raise CannotPromote(f"{environment} runs {digest} already")
    file.write_text(_LINE.sub(rf"\g<1>{digest}", file.read_text(encoding="utf-8")), encoding="utf-8")
    return _advice(file.relative_to(repository), environment, before, digest)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./task promote --", description="Name the image that an environment runs.")
    parser.add_argument("environment", metavar="ENVIRONMENT", nargs="?", help="such as staging, with DIGEST")
    parser.add_argument("digest", metavar="DIGEST", nargs="?", help="sha256:… as the release's notes tell it")
    parser.add_argument("--from", dest="source", metavar="ENVIRONMENT", help="take the digest of this one, with --to")
    parser.add_argument("--to", dest="target", metavar="ENVIRONMENT", help="the one that gets it")
    parser.add_argument("--repository", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return parser


def _wanted(given: argparse.Namespace) -> tuple[str, str]:
    """The environment and its new digest; raises CannotPromote."""
    by_digest, by_source = (given.environment, given.digest), (given.source, given.target)
    if all(by_digest) and not any(by_source):
        environment, digest = by_digest
    elif all(by_source) and not any(by_digest):
        environment, digest = given.target, _named(_file(given.repository, given.source))
    else:
        raise CannotPromote("say ENVIRONMENT and DIGEST, or --from ENVIRONMENT --to ENVIRONMENT")
    if not _DIGEST.fullmatch(digest):
        raise CannotPromote(f"{digest} is no digest: sha256: and 64 digits of 0-9a-f")
    if digest == _NOTHING:
        raise CannotPromote(f"{given.source or digest} names no image yet")
    return environment, digest


def _file(repository: Path, environment: str) -> Path:
    overlays = repository / "manifests/overlays"
    known = sorted(file.parents[1].name for file in overlays.glob("*/digest/kustomization.yaml"))
    if environment not in known:
        raise CannotPromote(f"{environment} is none of {', '.join(known)}")
    return overlays / environment / "digest/kustomization.yaml"


def _named(file: Path) -> str:
    """The digest that the file names now."""
    found = _LINE.findall(file.read_text(encoding="utf-8"))
    if len(found) != 1:
        raise CannotPromote(f"{file} has {len(found)} digests; it shall have one")
    return str(found[0][1])


def _advice(file: Path, environment: str, before: str, digest: str) -> str:
    return f"""{file}: {before} -> {digest}
look:   ./task diff -- HEAD --only overlays/{environment}
commit: git switch --create promote-{environment}-{digest[7:19]} &&
        git commit --message "Run {digest[:19]} in {environment}" -- {file}
"""


if __name__ == "__main__":
    sys.exit(main())
