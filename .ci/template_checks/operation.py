"""Operation: `infra/restore`, `infra/deploy` and the commands of the documents name what exists."""

import re
import runpy

from . import sources
from .document import at


def check(template):
    restore = runpy.run_path(str(sources.ROOT / "infra" / "restore"), run_name="restore")
    check_partitions(template, restore)
    # A function that is not closed goes on writing while the table is copied.
    template.same("functions that infra/restore closes", restore["FUNCTIONS"], template.functions, "the template")
    check_names(template)
    check_outputs(template)


def check_partitions(template, restore):
    """The script knows every partition, and triggers no message again."""
    kinds = [*restore["RESTORED"], *restore["ADDED"], *restore["LEFT"]]
    template.expect(len(kinds) == len(set(kinds)), "infra/restore does two things with one partition")
    documented = {pattern.split("#")[0] for pattern in sources.documented()}
    template.same("partitions that infra/restore knows", kinds, documented, "the table's module")
    left = {"RESET", "CHALLENGE", "NOTICE"} <= set(restore["LEFT"])
    template.expect(left, "infra/restore would send messages again")


def documents():
    return "\n".join(path.read_text() for path in sorted((sources.ROOT / "infra" / "docs").glob("*.md")))


def check_names(template):
    """Somebody pastes these commands while nobody gets a code."""
    named = set(re.findall(r"\$\(of (\w+)\)|\blog (\w+Log)\b", documents()))
    for name in sorted({one for pair in named for one in pair if one}):
        template.expect(name in template.resources, f"infra/docs: a command names {name}, which does not exist")
    # The commands that read the errors of all functions, and start them again.
    for functions in re.findall(r'^FUNCTIONS="([\w ]+)"$', documents(), re.MULTILINE):
        template.same("FUNCTIONS of the runbook", functions.split(), template.functions, "the template")


def check_outputs(template):
    outputs = at(template.document, "Outputs") or {}
    for name in sorted(set(re.findall(r"\boutput `(\w+)`|OutputKey==`(\w+)`", documents()))):
        name = "".join(name)
        template.expect(name in outputs, f"infra/docs: the output {name} does not exist")
    for begin in sorted(set(re.findall(r"\boutput_of (\w+)", sources.read("infra/deploy")))):
        known = any(name.startswith(begin) for name in outputs)
        template.expect(known, f"infra/deploy prints the output {begin}, which does not exist")
