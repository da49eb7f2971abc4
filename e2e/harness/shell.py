"""Other programs: run one, bounded in time, and know what it said when it fails."""

import shlex
import subprocess
from collections.abc import Mapping


class CommandFailed(Exception):
    """A program ended with an error or took too long; the text has the command and what it said."""


def run(
    *command: str,
    stdin: str | bytes | None = None,
    timeout: float = 120,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What the program prints."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=timeout, env=environment, check=False)
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"{_shown(command)}: no end after {timeout:g} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise CommandFailed(f"{_shown(command)}: exit {done.returncode}: {said[-2000:]}")
    return done.stdout.decode(errors="replace")


def _shown(command: tuple[str, ...]) -> str:
    text = shlex.join(command)
    return text if len(text) < 300 else text[:300] + " …"
