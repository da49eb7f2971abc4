"""`python -m gleaner.telemetry.metrics` prints every family as JSON."""

import sys

import msgspec

from gleaner.telemetry.metrics.listing import listed

if __name__ == "__main__":
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(listed())).decode() + "\n")
