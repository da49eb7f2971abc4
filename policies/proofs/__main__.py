"""`python -m proofs check|kyverno|mutations|table`: the proofs of the policies, on the command line."""

import argparse
import sys
from pathlib import Path

from proofs import checking, comparing, mutation, program, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="proofs", description=__doc__)
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser("check", help="every example and case, by the evaluator")
    check.add_argument("names", nargs="*", help="folders; every one when none is named")
    check.set_defaults(run=lambda given: checking.check(given.names))
    kyverno = commands.add_parser("kyverno", help="the same by kyverno's own program, and the two compared")
    kyverno.add_argument("names", nargs="*", help="folders; every one when none is named")
    kyverno.add_argument("--product", action="store_true", help="each bad case on every policy")
    kyverno.add_argument("--junit", type=Path, help="write the results to this file")
    kyverno.add_argument("--where-it-is", action="store_true", help="succeed where the program is not there")
    kyverno.set_defaults(run=_kyverno)
    mutations = commands.add_parser("mutations", help="change the rules, and see who notices")
    mutations.add_argument("names", nargs="*", help="folders; every one when none is named")
    mutations.set_defaults(run=lambda given: mutation.run(given.names))
    renew = commands.add_parser("table", help="write the table of the README anew")
    renew.set_defaults(run=lambda _: table.write())
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


def _kyverno(given: argparse.Namespace) -> int:
    if not program.here():
        print("no kyverno program: left out")
        return 0 if given.where_it_is else 1
    return comparing.kyverno(given.names, product=given.product, junit=given.junit)


if __name__ == "__main__":
    sys.exit(main())
