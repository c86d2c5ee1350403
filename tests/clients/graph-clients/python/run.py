"""Makes every check with Microsoft's client for Python: `run.py URL`. A line for each, and their count at the end."""

import asyncio
import sys

import errors  # noqa: F401
import methods  # noqa: F401
import reports  # noqa: F401
import users  # noqa: F401
from service import CHECKS, Service


async def main(url):
    service = Service(url)
    failed = 0
    for name, function in CHECKS:
        try:
            await function(service)
            print(f"ok      {name}", flush=True)
        except Exception as error:  # Whatever goes wrong is this check's failure, and not that of the others.
            failed += 1
            print(f"FAILED  {name}\n        {type(error).__name__}: {error}", flush=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(asyncio.run(main(sys.argv[1])))
