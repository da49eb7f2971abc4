"""Gleaner past one machine: `./task model -- answer`; `measure`, `validate` and `curve` are what it rests on."""

import argparse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("measure", help="measure here what the model is fed with, into load/model/measured.json")
    parser.parse_args()
    from model.measured import write
    from model.measuring.whole import measure

    write(measure())


if __name__ == "__main__":
    main()
