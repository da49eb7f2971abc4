"""What a guard is to see to."""

from pathlib import Path

import msgspec

GUARD = "gleaner-guard"  # the user that guards log in as


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a replica set, and what all of them have in common."""

    set_name: str
    member: str  # HOST:PORT under which the others reach this one
    members: tuple[str, ...]  # all of them, the first one initiates the set
    credentials: Path
    database: str = "gleaner"  # the application's
    port: int = 27017
    members_file: Path | None = None  # read again and again instead of `members`: every guard must see the set grow
    note: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(host for host in self.members if host != self.member)

    @property
    def local(self) -> str:
        """Loopback: only from there may the first user be made."""
        return f"127.0.0.1:{self.port}"


class Hindered(Exception):
    """Something must change before the guard can go on; it tries again."""

    def __init__(self, part: str, reason: str) -> None:
        """`part` is the name under which probes show it."""
        super().__init__(reason)
        self.part = part
