"""`database guard` and `database keyfile`: what runs beside a mongod."""

import threading
from pathlib import Path

from gleaner.commands.interrupts import on_interrupt
from gleaner.commands.output import tell
from gleaner.database.guard import Guard
from gleaner.database.keyfile import copy_keyfile
from gleaner.database.plan import Plan
from gleaner.errors import InputError
from gleaner.ops.server import serving


def guard(plan: Plan, address: tuple[str, int]) -> int:
    """Guard until a signal ends this process."""
    if bool(plan.ca) != bool(plan.certificate):
        raise InputError("--tls-ca and --tls-certificate go together")
    stop, keeper = threading.Event(), Guard(plan)
    thread = threading.Thread(target=keeper.work, args=(stop,), name="guard")
    with serving(address, keeper.routes), on_interrupt(stop.set):
        tell(f"gleaner database guard: {plan.member} of {plan.set_name}")
        thread.start()
        thread.join()
    return 0 if stop.is_set() else 1  # it has come to grief by itself: its traceback is on standard error


def keyfile(source: Path, target: Path) -> int:
    """Copy the key of the set to where mongod takes it."""
    copy_keyfile(source, target)
    return 0
