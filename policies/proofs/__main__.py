"""`python -m proofs check|kyverno|mutations|table`: the proofs of the policies, on the command line."""

import argparse
import sys

from proofs import checking


def main() -> int:
    parser = argparse.ArgumentParser(prog="proofs", description=__doc__)
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser("check", help="every example and case, by the evaluator")
    check.add_argument("names", nargs="*", help="folders; every one when none is named")
    check.set_defaults(run=lambda arguments: checking.check(arguments.names))
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
