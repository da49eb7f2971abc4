"""A process that collects one source again and again until it is killed: `python endless.py CATALOG STORE`."""

import sys
from pathlib import Path

from gleaner.catalog.load import load_catalog
from gleaner.collecting.collect import collect
from gleaner.store import open_store
from gleaner.store.runlog import SilentLog


def main(catalog: str, address: str) -> None:
    source = load_catalog(Path(catalog)).sources["feed"]
    store = open_store(address)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        collect("feed", source, store=store, secrets=str, log=SilentLog())


if __name__ == "__main__":
    main(*sys.argv[1:])
