"""Errors whose text is written for the person who can act on them."""


class GleanerError(Exception):
    """Something went wrong while working; shown as one line, exit code 1."""

    exit_code = 1


class InputError(GleanerError):
    """What the person gave us (arguments, settings, catalog) is wrong; exit code 2."""

    exit_code = 2


class Parked(Exception):
    """An application can go on only later: its run waits in the queue and spends no attempt."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds
