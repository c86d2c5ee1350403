"""Compares infra/template.yaml, or another template, with the code. `.ci/template` runs this.

The checks are in `template_checks`.
"""

import sys

from template_checks import checked
from template_checks.sources import ROOT


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else ROOT / "infra" / "template.yaml"
    with open(path, encoding="utf-8") as file:
        template = checked(file.read())
    for objection in template.objections:
        print(objection)
    counts = f"{len(template.resources)} resources, {len(template.functions)} functions, {len(template.routes)} routes"
    print(f"{counts}, {len(template.objections)} objections")
    return 1 if template.objections else 0


sys.exit(main())
