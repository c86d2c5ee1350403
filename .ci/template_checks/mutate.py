"""Tests that each mistake in `mutations.py` is noticed: the checks must object, or else cfn-lint.

`.ci/template-mutations` runs this. With `-v` it prints the first objection to each mistake.
"""

import re
import sys
from functools import cache

from cfnlint.api import lint

from template_checks import checked
from template_checks.mutations import MUTATIONS
from template_checks.sources import read

TEMPLATE = "infra/template.yaml"


def part(text, name):
    """Where a section, or one of its parameters, conditions or resources, begins and ends, or `None`."""
    found = re.search(rf"^((?:  )?){name}:.*\n(?:(?:\1 +.*)?\n)*", text, re.MULTILINE)
    return found and found.span()


def mutated(text, name, old, new):
    """The text with the mistake, or `None` if the mistake does not apply."""
    span = part(text, name)
    if span is None:
        return None
    before, within, after = text[: span[0]], text[span[0] : span[1]], text[span[1] :]
    if old is None:
        return before + after
    return before + within.replace(old, new, 1) + after if old in within else None


@cache
def linted(text):
    return {f"cfn-lint: {match}" for match in lint(text)}


@cache
def objections(text):
    return checked(text).objections


def noticed(text, mistaken):
    """What is objected to a mistake, and not to the template itself."""
    found = [one for one in objections(mistaken) if one not in objections(text)]
    return found or sorted(linted(mistaken) - linted(text))


def main():
    text = read(TEMPLATE)
    count = 0
    for name, old, new, effect in MUTATIONS:
        what = f"{name} is deleted" if old is None else f"{name}: {old!r} becomes {new!r}"
        mistaken = mutated(text, name, old, new)
        if mistaken is None:
            print(f"does not apply: {what}")
            continue
        try:
            found = noticed(text, mistaken)
        except Exception as error:
            # Whoever makes this mistake must get an objection, not a traceback.
            print(f"stops the checks: {what}: {error!r}")
            continue
        if not found:
            print(f"not noticed: {what}: {effect}")
        elif "-v" in sys.argv[1:]:
            print(f"{what}: {effect}\n    {found[0]}")
        count += bool(found)
    print(f"{count} of {len(MUTATIONS)} mistakes are noticed")
    return 0 if count == len(MUTATIONS) else 1


sys.exit(main())
