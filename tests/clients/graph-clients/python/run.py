"""Runs every check with Microsoft's client for Python: `run.py URL`. Prints a line for each, and then the counts."""

import asyncio
import sys

import errors  # noqa: F401
import methods  # noqa: F401
import reports  # noqa: F401
import tasks  # noqa: F401
import users  # noqa: F401
from service import CHECKS, Service

# The last checks, because they leave many records behind, through which the others would have to page.
import published  # noqa: F401, E402, I001


async def main(url):
    service = Service(url)
    failed = 0
    for name, function in CHECKS:
        try:
            await function(service)
            print(f"ok      {name}", flush=True)
        except Exception as error:  # Any error fails this check only, not the others.
            failed += 1
            print(f"FAILED  {name}\n        {type(error).__name__}: {error}", flush=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(asyncio.run(main(sys.argv[1])))
