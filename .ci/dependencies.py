#!/usr/bin/env python3
"""Checks the licence, the name and the source of every dependency against `.deny.toml`. `.ci/dependencies` runs it.

This replaces `cargo deny check licenses bans sources`, because building that tool takes minutes. It also checks that the
numbering plans of phone numbers are a copy of the dependency's file.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

from license_expression import get_spdx_licensing

ROOT = Path(__file__).resolve().parent.parent
PLANS = ROOT / "shared/src/identifiers/phone/metadata.bin"
LICENSING = get_spdx_licensing()


def permitted(expression, allowed):
    """Whether the allowed licences satisfy an SPDX expression. `/` is the old spelling of OR."""
    parsed = LICENSING.parse(expression.replace("/", " OR "))
    if parsed is None:
        return False
    verdicts = {one: LICENSING.TRUE if str(one) in allowed else LICENSING.FALSE for one in parsed.symbols}
    return parsed.subs(verdicts, simplify=True) == LICENSING.TRUE


def main():
    rules = tomllib.loads((ROOT / ".deny.toml").read_text())
    allowed = set(rules["licenses"]["allow"])
    banned = {ban["crate"]: ban["reason"] for ban in rules["bans"]["deny"]}
    registries = {f"registry+{url}" for url in rules["sources"]["allow-registry"]}
    command = ["cargo", "metadata", "--format-version", "1", "--all-features", "--locked"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    members = set(metadata["workspace_members"])

    wrong = []
    for package in metadata["packages"]:
        name = f"{package['name']} {package['version']}"
        licence = package["license"] or ""
        if not permitted(licence, allowed):
            wrong.append(f"{name}: the licence {licence or '(none)'} is not among the allowed ones")
        if package["name"] in banned:
            wrong.append(f"{name}: banned: {banned[package['name']]}")
        if package["source"] not in registries and package["id"] not in members:
            wrong.append(f"{name}: comes from {package['source'] or 'a folder outside the workspace'}")
        if package["name"] == "rlibphonenumber":
            theirs = Path(package["manifest_path"]).parent / "src/generated/metadata/metadata.bin"
            if theirs.read_bytes() != PLANS.read_bytes():
                wrong.append(f"{name}: its numbering plans are not those of the copy: cp {theirs} {PLANS}")
    for line in wrong:
        print(line)
    print(f"{len(metadata['packages'])} packages, {len(wrong)} objections")
    return 1 if wrong else 0


sys.exit(main())
