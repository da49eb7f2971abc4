"""Errors whose text is written for the person who can act on them."""


class GleanerError(Exception):
    """Something went wrong while working; shown as one line, exit code 1."""

    exit_code = 1


class InputError(GleanerError):
    """What the person gave us (arguments, settings, catalog) is wrong; exit code 2."""

    exit_code = 2
