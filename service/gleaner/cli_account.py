"""The steps of `gleaner account`, and what they call."""

import argparse
from pathlib import Path

from gleaner.settings import Settings


def add_account_steps(account: argparse.ArgumentParser) -> None:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--file", type=Path, metavar="FILE", help="this file instead of GLEANER_ACCOUNTS")
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    steps = account.add_subparsers(dest="step", required=True, metavar="STEP")
    for step, text in (
        ("add", "add a person, or give one another role and password (asked for, or read from standard input)"),
        ("token", "make a token for a program and print it once"),
        ("remove", "take a person or a token away"),
    ):
        sub = steps.add_parser(step, parents=[shared], help=text, description=text)
        sub.add_argument("name", metavar="NAME")
        if step != "remove":
            sub.add_argument(
                "--role", choices=["viewer", "operator"], required=True, help="operators may change things"
            )
    steps.add_parser("list", parents=[shared], help="show who there is", description="show who there is")
    text = "sign sessions with a new key; those that stand go on, unless --at-once"
    new_key = steps.add_parser("new-key", help=text, description=text)
    new_key.add_argument("--at-once", action="store_true", help="end every session: the old key is in wrong hands")


def run_account(args: argparse.Namespace, settings: Settings) -> int:
    from gleaner.commands import accounts  # noqa: PLC0415 - a run does not wait for it

    if args.step == "new-key":
        return accounts.new_key(settings, at_once=args.at_once)
    if args.step == "add":
        return accounts.add_user(settings, args.file, args.name, args.role)
    if args.step == "token":
        return accounts.add_token(settings, args.file, args.name, args.role, json=args.json)
    if args.step == "remove":
        return accounts.remove(settings, args.file, args.name)
    return accounts.show(settings, args.file, json=args.json)
