"""What the code says about the template: constants, settings, partitions, routes."""

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADAPTERS = "infra/aws/src"
# A name in the text of a `Fn::Sub`, without what follows its first dot.
VARIABLE = re.compile(r"\$\{([\w:]+)")


@cache
def read(path):
    return (ROOT / path).read_text()


@cache
def read_all(folder):
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).glob("*.rs")))


def number(path, constant):
    """A numeric constant of the code. A duration counts in seconds."""
    found = re.search(rf"const {constant}: \w+ = (?:Duration::from_secs\()?([\d_]+)\)?;", read(path))
    if found is None:
        raise LookupError(f"{path} has no numeric constant {constant}: correct .ci/template_checks")
    return int(found.group(1))


@cache
def folders():
    """The functions, by their folders."""
    return sorted(path.parent.name for path in ROOT.glob("functions/*/Cargo.toml"))


@cache
def stage():
    """The folder in which `infra/deploy` puts the functions' programs."""
    return re.search(r"^readonly STAGE=(\S+)$", read("infra/deploy"), re.MULTILINE).group(1)


@cache
def access():
    """The permissions of each function."""
    return json.loads(read("infra/access.json"))


@cache
def settings():
    """The environment variables, by the constants of `settings.rs`."""
    return dict(re.findall(r'pub const (\w+): &str = "(REKEY_\w+)"', read(f"{ADAPTERS}/config/settings.rs")))


def accessors(path):
    """The settings that each function of a file reads, and the functions of the settings that it calls."""
    text = read(path).split("#[cfg(test)]")[0]
    reads, calls = defaultdict(set), defaultdict(set)
    # A method and a free function may share a name. The name then stands for both.
    for name, body in re.findall(r"\bfn (\w+)(.*?)(?=\bfn \w|\Z)", text, re.DOTALL):
        reads[name] |= set(re.findall(r"\b[A-Z_]+\b", body)) & set(settings())
        calls[name] |= set(re.findall(r"(?:self|settings)\.(\w+)\(", body))
    return reads, calls


@cache
def settings_of(binary):
    """The environment variables that a function reads, through `settings.rs`, `secrets.rs` and `compose.rs`."""
    reads, calls = accessors(f"{ADAPTERS}/config/settings.rs")
    for name, called in calls.items():
        for other in called & set(reads):
            reads[name] |= reads[other]
    secrets, _ = accessors(f"{ADAPTERS}/config/secrets.rs")
    _, composing = accessors(f"{ADAPTERS}/compose.rs")
    main = read(f"functions/{binary}/src/main.rs") if binary in folders() else ""
    asked = set(re.findall(r"settings\.(\w+)\(", main))
    for called in re.findall(r"(\w+)\((?:&config, )?settings\)", main):
        asked |= composing.get(called, set())
    wanted = {setting for accessor in asked for setting in reads.get(accessor, set())}
    for accessor in re.findall(r"secrets\.(\w+)\(", main):
        wanted |= secrets[accessor]
    return {settings()[one] for one in wanted}


@cache
def key_names():
    """The attributes of the table's keys and of its time to live."""
    return dict(re.findall(r'pub const (PARTITION|SORT|TTL): &str = "(\w+)"', read_all(f"{ADAPTERS}/table")))


@cache
def partitions():
    """The names of the partitions, as the table's module defines them."""
    pattern = r"^(?:pub\(super\) )?const \w+: &str = \"([A-Z]+)\";"
    return set(re.findall(pattern, read_all(f"{ADAPTERS}/table"), re.MULTILINE))


@cache
def documented():
    """The patterns of the partitions' keys, as the table's module documents them."""
    rows = re.findall(r"^//! \| `([A-Z]+)(#\w+)?` / ", read_all(f"{ADAPTERS}/table"), re.MULTILINE)
    return {name + ("#*" if parameter else "") for name, parameter in rows}


@cache
def routes():
    """Method, path and function of each route of the local gateway."""
    pattern = r'^    route\((\w+), "([^"]+)", Function::(\w+)\),$'
    return re.findall(pattern, read("infra/local/src/gateway/routes.rs"), re.MULTILINE)


@cache
def cross_origin():
    """The constants of the local gateway's cross-origin headers."""
    pattern = r"^pub const (\w+): \S+ = \"?([^\";]*)\"?;"
    return dict(re.findall(pattern, read("infra/local/src/gateway/cors.rs"), re.MULTILINE))
