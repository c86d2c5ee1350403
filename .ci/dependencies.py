#!/usr/bin/env python3
"""Checks the licence, the name and the source of every dependency against `.deny.toml`. `.ci/dependencies` runs it.

This replaces `cargo deny check licenses bans sources`, because building that tool takes minutes. It also checks that the
numbering plans of phone numbers are a copy of the dependency's file, and counts the crates of a function's program.
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
# The most crates that a function's program is built from. More of them make the program larger and its start slower:
# raise this only for a crate whose cost `tests/bench/run` has shown.
MOST_CRATES = 251


def permitted(expression, allowed):
    """Whether the allowed licences satisfy an SPDX expression. `/` is the old spelling of OR."""
    parsed = LICENSING.parse(expression.replace("/", " OR "))
    if parsed is None:
        return False
    verdicts = {one: LICENSING.TRUE if str(one) in allowed else LICENSING.FALSE for one in parsed.symbols}
    return parsed.subs(verdicts, simplify=True) == LICENSING.TRUE


def crates(function):
    """The crates that a function's program is built from, each version once."""
    command = ["cargo", "tree", "--locked", "--package", function, "--target", "aarch64-unknown-linux-gnu"]
    command += ["--edges", "normal", "--prefix", "none", "--no-dedupe"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {" ".join(line.split()[:2]) for line in lines if line}


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
    for function in sorted(manifest.parent.name for manifest in ROOT.glob("functions/*/Cargo.toml")):
        count = len(crates(function))
        if count > MOST_CRATES:
            wrong.append(f"{function}: built from {count} crates, {MOST_CRATES} are allowed")
    for line in wrong:
        print(line)
    print(f"{len(metadata['packages'])} packages, {len(wrong)} objections")
    return 1 if wrong else 0


sys.exit(main())
