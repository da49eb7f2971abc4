"""The command: `./task pictures` draws them anew; a test holds the files against what would be drawn."""

from pathlib import Path

from pictures.connections import connections
from pictures.workloads import workloads_and_volumes

FOLDER = Path(__file__).parents[2] / "docs/images"
PICTURES = {"connections.svg": connections, "workloads.svg": workloads_and_volumes}


def main() -> None:
    for name, picture in PICTURES.items():
        (FOLDER / name).write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
