"""The commands. Only this module and `cli_account` read arguments; what a command does is in `gleaner.commands`."""

import argparse
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gleaner import __version__
from gleaner.cli_account import add_account_steps, run_account
from gleaner.errors import GleanerError, InputError
from gleaner.settings import Settings, read_settings
from gleaner.store.model import ENDED, RunState
from gleaner.store.protocol import StoreUnavailable
from gleaner.telemetry.logs import start_logging
from gleaner.telemetry.redact import redact

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. 0: done, 1: it failed, 2: what was given is wrong."""
    args = _parser().parse_args(arguments)
    try:
        command: Command = args.command
        return command(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (GleanerError, StoreUnavailable) as error:
        if args.debug:
            raise
        sys.stderr.write(f"gleaner: {redact(str(error))}\n")
        return error.exit_code if isinstance(error, GleanerError) else 1


def _settings(serving: str = "") -> Settings:
    """What happens in the background is logged by the commands `serving`, on standard output; else only trouble is."""
    settings = read_settings(os.environ)
    if serving:
        name = f"{serving}-{settings.worker or socket.gethostname()}"
        start_logging(settings.log_level, stdout=True, folder=settings.logs, name=name)
    else:
        start_logging("error")
    return settings


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    shared.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser = argparse.ArgumentParser(prog="gleaner", description="Collects records from JSON APIs and reports on them.")
    parser.add_argument("--version", action="version", version=f"gleaner {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[shared], help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    add("check", _check, "Look at settings, catalog, secrets, store and shelf.")

    preview = add("preview", _preview, "Show one page of a source as it would be stored; nothing is stored.")
    preview.add_argument("source", nargs="?", metavar="SOURCE")
    preview.add_argument("--url", help="propose a catalog entry for this address instead")
    preview.add_argument("--allow-private", action="store_true", help="the address may be private or loopback")

    run = add("run", _run, "Run an application here and show how it goes.")
    run.add_argument("application", metavar="APPLICATION", help="such as collect/NAME, report/NAME or retain")
    run.add_argument("-p", dest="parameters", metavar="NAME=VALUE", action="append", default=[], help="a parameter")

    work = add("work", _work, "Execute queued runs until a signal ends it.")
    work.add_argument("--runs", metavar="KINDS", default="", help="only these: collect,report,retain or full names")
    work.add_argument("--schedule", action="store_true", help="also queue what is due")

    serve = add("serve", _serve, "Serve the web interface, execute runs and queue what is due.")
    serve.add_argument("--runs", metavar="KINDS", default="", help="execute only these: collect,report,retain, …")

    runs = add("runs", _runs, "List runs, or show one.")
    runs.add_argument("run", nargs="?", metavar="RUN", help="show this run with its lines")
    runs.add_argument("--application", metavar="APPLICATION", help="only of this application")
    runs.add_argument(
        "--state", metavar="STATE", action="append", default=[], choices=sorted({"queued", "running"} | ENDED)
    )
    runs.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (50)")
    runs.add_argument("--cancel", action="store_true", help="ask RUN to end; a second time kills it")

    reports = add("reports", _reports, "List the reports on the shelf.")
    reports.add_argument("--verify", action="store_true", help="hold each file against its manifest")

    retain = add("retain", _retain, "Delete the reports that retention selects.")
    retain.add_argument("--dry-run", action="store_true", help="only list what would go, and why")

    export = add("export", _export, "Write everything in the store to FILE as Extended JSON lines.")
    text = "a file, or a folder or s3://BUCKET/FOLDER: then it is named by the time"
    export.add_argument("file", metavar="FILE", help=text)
    export.add_argument("--keep", type=_count, metavar="N", help="keep the newest N exports of the folder only")
    export.add_argument(
        "--recipients", type=Path, metavar="KEYS", help="encrypt it for the age recipients in this file"
    )

    restore = add("import", _import, "Import an export; a damaged one is refused before anything is touched.")
    restore.add_argument("file", metavar="FILE", help="a file or s3://BUCKET/FOLDER/NAME")
    restore.add_argument("--identity", type=Path, metavar="KEYS", help="decrypt it with an age identity in this file")

    _add_database(commands.add_parser("database", help="What runs beside a mongod: its guard, its key file."), shared)

    add_account_steps(add("account", _account, "Say who may log in and which programs may use the API."))

    demo = add("demo", _demo, "Collect from a sample API, make reports, and serve them.")
    demo.add_argument("--folder", type=Path, default=Path("demo-data"), help="where to keep its data (demo-data)")
    demo.add_argument("--once", action="store_true", help="end after the first collection and report")
    return parser


def _add_database(database: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    kinds = database.add_subparsers(required=True, metavar="WHAT")
    text = "Make replica set, users and certificate of the mongod on this host what they should be, until a signal."
    guard = kinds.add_parser("guard", parents=[shared], help=text, description=text)
    guard.set_defaults(command=_guard)
    guard.add_argument("--set", required=True, metavar="NAME", help="the replica set")
    guard.add_argument("--member", type=_host, required=True, metavar="HOST:PORT", help="how others reach this member")
    guard.add_argument("--members", type=_member_list, metavar="LIST", help="all of them, with commas (only this one)")
    guard.add_argument(
        "--members-file", type=Path, metavar="FILE", help="all of them, one a line; read while it changes"
    )
    guard.add_argument("--credentials", type=Path, required=True, metavar="FOLDER", help="the mounted Secret")
    guard.add_argument("--database", default="gleaner", metavar="NAME", help="the application's (gleaner)")
    guard.add_argument("--port", type=int, default=27017, help="of mongod on the loopback address (27017)")
    guard.add_argument("--bind", type=_host, default="127.0.0.1:9102", metavar="HOST:PORT", help="where probes ask")
    guard.add_argument("--note", type=Path, metavar="FILE", help="remembers the set, on the volume beside the data")
    guard.add_argument("--tls-ca", type=Path, metavar="FILE", help="mongod speaks TLS; who vouches for it")
    guard.add_argument("--tls-certificate", type=Path, metavar="FILE", help="the file that mongod was started with")
    text = "Copy the key of a set to where mongod takes it: readable by its owner alone."
    keyfile = kinds.add_parser("keyfile", parents=[shared], help=text, description=text)
    keyfile.set_defaults(command=_keyfile)
    keyfile.add_argument("source", type=Path, metavar="SOURCE")
    keyfile.add_argument("target", type=Path, metavar="TARGET")


def _host(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535 or "," in host:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return text


def _member_list(text: str) -> tuple[str, ...]:
    return tuple(_host(part.strip()) for part in text.split(","))


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 10000")
    return int(text)


def _kinds(text: str) -> list[str]:
    return [kind.strip() for kind in text.split(",") if kind.strip()]


def _parameters(pairs: Sequence[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise InputError(f"-p {wrong[0]!r} is not NAME=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)


# Each command imports what it needs when it is called: `gleaner runs` must not wait for a web server's modules.


def _check(args: argparse.Namespace) -> int:
    from gleaner.commands.checking import check  # noqa: PLC0415 - see above

    return check(_settings(), json=args.json)


def _preview(args: argparse.Namespace) -> int:
    from gleaner.commands.preview import preview_source, propose_entry  # noqa: PLC0415 - see above

    if bool(args.source) == bool(args.url):
        raise InputError("preview takes a SOURCE or --url, one of the two")
    if args.url:
        return propose_entry(_settings(), args.url, allow_private=args.allow_private)
    return preview_source(_settings(), args.source, json=args.json)


def _run(args: argparse.Namespace) -> int:
    from gleaner.commands.running import run  # noqa: PLC0415 - see above

    return run(_settings(), args.application, _parameters(args.parameters), json=args.json)


def _work(args: argparse.Namespace) -> int:
    from gleaner.commands.running import work  # noqa: PLC0415 - see above

    return work(_settings("work"), _kinds(args.runs), schedule=args.schedule)


def _serve(args: argparse.Namespace) -> int:
    from gleaner.commands.serving import serve  # noqa: PLC0415 - see above

    return serve(_settings("serve"), _kinds(args.runs))


def _runs(args: argparse.Namespace) -> int:
    from gleaner.commands.runs import list_runs, show_run  # noqa: PLC0415 - see above

    if args.run:
        return show_run(_settings(), args.run, cancel=args.cancel, json=args.json)
    if args.cancel:
        raise InputError("--cancel needs a RUN; `gleaner runs` lists them")
    states: tuple[RunState, ...] = tuple(args.state)
    return list_runs(_settings(), application=args.application, states=states, limit=args.limit, json=args.json)


def _reports(args: argparse.Namespace) -> int:
    from gleaner.commands.reports import list_reports  # noqa: PLC0415 - see above

    return list_reports(_settings(), verify=args.verify, json=args.json)


def _retain(args: argparse.Namespace) -> int:
    from gleaner.commands.reports import retain  # noqa: PLC0415 - see above

    return retain(_settings(), dry_run=args.dry_run, json=args.json)


def _export(args: argparse.Namespace) -> int:
    from gleaner.commands.archive import export  # noqa: PLC0415 - see above

    return export(_settings(), args.file, keep=args.keep, recipients=args.recipients, json=args.json)


def _import(args: argparse.Namespace) -> int:
    from gleaner.commands.archive import restore  # noqa: PLC0415 - see above

    return restore(_settings(), args.file, identity=args.identity, json=args.json)


def _guard(args: argparse.Namespace) -> int:
    from gleaner.commands.database import guard  # noqa: PLC0415 - see above
    from gleaner.database.plan import Plan  # noqa: PLC0415 - see above

    _settings("guard")
    plan = Plan(
        set_name=args.set,
        member=args.member,
        members=args.members or (args.member,),
        credentials=args.credentials,
        database=args.database,
        port=args.port,
        members_file=args.members_file,
        note=args.note,
        ca=args.tls_ca,
        certificate=args.tls_certificate,
    )
    host, _, port = args.bind.rpartition(":")
    return guard(plan, (host.strip("[]"), int(port)))


def _keyfile(args: argparse.Namespace) -> int:
    from gleaner.commands.database import keyfile  # noqa: PLC0415 - see above

    return keyfile(args.source, args.target)


def _account(args: argparse.Namespace) -> int:
    return run_account(args, _settings())


def _demo(args: argparse.Namespace) -> int:
    from gleaner.commands.demo import demo  # noqa: PLC0415 - see above

    return demo(args.folder, once=args.once)
