"""Another process that uses a store; what it has done it acknowledges on its standard output, line by line."""

import sys
from itertools import count

from gleaner.store import open_store
from gleaner.store.model import SourceState
from gleaner.store.protocol import Store
from making import new_record


def claim(store: Store, name: str) -> None:
    """Claim runs until none is left."""
    while run := store.claim_run(name, ["collect/"], 60):
        say(run.id)


def upsert(store: Store, name: str) -> None:
    """Keep the same keys as everybody else, in versions of its own."""
    for version in range(20):
        records = [new_record(f"{key:03}", version=version) for key in range(100)]
        store.keep_records("quakes", records, name)
    say("done")


def collect(store: Store, name: str) -> None:
    """Keep records, then move the cursor over them; never ends by itself."""
    for page in count(1):
        store.keep_records("quakes", [new_record(f"{page:06}.{place}") for place in range(50)], name)
        say(f"records {page}")
        store.save_source_state("quakes", SourceState(cursor=str(page)))
        say(f"cursor {page}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    work, address, name = sys.argv[1:]
    store = open_store(address)
    say("ready")
    sys.stdin.readline()  # everybody starts at the same moment
    {"claim": claim, "upsert": upsert, "collect": collect}[work](store, name)
    store.close()
