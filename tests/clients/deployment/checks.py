"""The list of checks, and their assertions."""

import time

CHECKS = []


def check(name, slow=False):
    """Registers a check under its name. The checks run in the order in which they are written; slow ones if wanted."""

    def register(function):
        CHECKS.append((name, function, slow))
        return function

    return register


def equal(actual, expected, what):
    """Fails unless the two are equal."""
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r} instead of {expected!r}")


def holds(condition, otherwise):
    """Fails unless the condition holds."""
    if not condition:
        raise AssertionError(otherwise)


def eventually(what, otherwise, seconds=20):
    """Waits until a function returns something that counts as true, and returns that. Fails after some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{otherwise}, after {seconds} s")
