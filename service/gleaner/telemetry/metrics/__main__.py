"""`python -m gleaner.telemetry.metrics` prints every family as JSON; with the path of the page it renews its tables."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gleaner.telemetry.metrics.listing import listed
from gleaner.telemetry.metrics.page import refreshed


def main(arguments: Sequence[str]) -> None:
    for page in map(Path, arguments):
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")
    if not arguments:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(listed())).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
