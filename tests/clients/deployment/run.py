"""Deploys the stack and checks it: `run.py --help`. Prints a line for each check, and then the counts."""

import argparse
import time
from pathlib import Path

# The checks run in the order of these imports.
import deploying  # noqa: F401
import surface  # noqa: F401, I001
import pages  # noqa: F401, I001
import administration  # noqa: F401, I001
import passwords  # noqa: F401, I001
import resets  # noqa: F401, I001
import registration  # noqa: F401, I001
import deliveries  # noqa: F401, I001
import operating  # noqa: F401, I001
import updating  # noqa: F401, I001
import failing  # noqa: F401, I001
import permissions  # noqa: F401, I001
import roles  # noqa: F401, I001
import deleting  # noqa: F401, I001
from checks import CHECKS
from service import Service
from stack import Stack

options = argparse.ArgumentParser()
options.add_argument("--emulator", required=True, help="the emulator's address")
options.add_argument("--issuer", required=True, help="the address of the issuer's keys, without a path")
options.add_argument("--issuer-folder", required=True, type=Path, help="the folder with the issuer's signing key")
options.add_argument("--binaries", required=True, type=Path, help="the folder with the functions' programs")
options.add_argument("--work", required=True, type=Path, help="an empty folder")
options.add_argument("--slow", action="store_true", help="also checks what takes minutes")


def main(chosen):
    stack = Stack(chosen.binaries.resolve(), chosen.work.resolve())
    service = Service(stack, chosen.emulator, chosen.issuer, chosen.issuer_folder)
    service.slow = chosen.slow
    wanted = [(name, function) for name, function, slow in CHECKS if chosen.slow or not slow]
    failed = 0
    for name, function in wanted:
        began = time.monotonic()
        try:
            function(service)
            print(f"ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception as error:  # Any error fails this check only, not the others.
            failed += 1
            print(f"FAILED  {name}\n        {type(error).__name__}: {error}", flush=True)
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(options.parse_args()))
