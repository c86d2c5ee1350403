"""Imports every module of a generated package, and checks that it contains every operation of the description."""

import importlib
import json
import pkgutil
import re
import sys

package = importlib.import_module(sys.argv[1])
found = set()
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    found.add(module.name.rsplit(".")[-1])
    for value in vars(importlib.import_module(module.name)).values():
        if isinstance(value, type):
            found.update(vars(value))

with open(sys.argv[2]) as description:
    paths = json.load(description)["paths"]
names = [operation["operationId"] for item in paths.values() for operation in item.values() if "operationId" in operation]
assert names
missing = [name for name in names if re.sub(r"(?=[A-Z])", "_", name).lower() not in found]
assert not missing, f"left out: {missing}"
