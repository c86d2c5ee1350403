"""The gaps of ministack 1.5.33 that this program closes."""

import os

# The names of gaps to leave open, separated by commas: shows what the bare emulator does.
LEFT_OPEN = set(filter(None, os.environ.get("EMULATOR_LEAVES_OPEN", "").split(",")))


def gap(close):
    """Closes a gap by calling this function, unless its name is left open. Its docstring says what ministack lacks."""
    if close.__name__ not in LEFT_OPEN:
        close()
    return close
