#!/usr/bin/env python3
"""Finds circles of files: chains of imports that lead from a file back to itself.

For each crate it reads the module tree from `src/lib.rs` (or `src/main.rs`). It resolves every path in a file, through
re-exports, to the file that defines the item. Then it looks for circles in the graph of files. Tests do not count: code
under `#[cfg(test)]` and test modules in separate files may import the code that they test. A re-export counts only if its
file uses the name itself.

With `--edges` it prints the graph instead, one `from -> to: names` per line.
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ITEM = re.compile(
    r"(?:pub(?:\([^)]*\))?\s+)?(?:default\s+|const\s+|async\s+|unsafe\s+|extern\s+\"[^\"]*\"\s+)*"
    r"(?:fn|struct|enum|trait|type|const|static|union|macro_rules!)\s+([A-Za-z_]\w*)"
)


def without_noise(text):
    """The source with comments, strings and character literals blanked."""
    pattern = re.compile(
        r"//[^\n]*|/\*.*?\*/|b?r(#*)\".*?\"\1|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'\n])'",
        re.DOTALL,
    )
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def closing(text, start):
    """The position after the brace that closes the one at `start`."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    return len(text)


def without_tests(text):
    """The source without the items that exist only in a test build."""
    while found := re.search(r"#\[cfg\((?:test|all\(test[^]]*)\)\]", text):
        rest = re.compile(r"[;{]").search(text, found.end())
        if rest is None:
            return text[: found.start()]
        end = rest.end() if rest.group() == ";" else closing(text, rest.start())
        text = text[: found.start()] + re.sub(r"[^\n]", " ", text[found.start() : end]) + text[end:]
    return text


def leaves(tree, prefix=()):
    """Each path of a use tree, with the name that it introduces."""
    tree = tree.strip()
    if "{" not in tree:
        path, _, alias = tree.partition(" as ")
        path = prefix + tuple(part.strip() for part in path.split("::") if part.strip())
        if path[-1:] == ("self",):
            path = path[:-1]
        return [(path, alias.strip() or path[-1])]
    head, rest = tree.split("{", 1)
    head = prefix + tuple(part.strip() for part in head.split("::") if part.strip())
    inner, depth, start, found = rest[: rest.rindex("}")], 0, 0, []
    for at, letter in enumerate(inner + ","):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            if inner[start:at].strip():
                found += leaves(inner[start:at], head)
            start = at + 1
    return found


class Module:
    def __init__(self, path, file, text, parent):
        self.path, self.file, self.parent = path, file, parent
        self.children, self.items, self.uses, self.globs = {}, set(), {}, []
        self.text = text

    def root(self):
        return self if self.parent is None else self.parent.root()


def read(path, file, text, parent, folder):
    """Reads a module and its children; `folder` contains the files of the children."""
    module = Module(path, file, text, parent)
    body, at = "", 0
    for found in re.finditer(r"(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*([;{])", text):
        if found.start() < at:
            continue
        name = found.group(1)
        body += text[at : found.start()]
        if found.group(2) == ";":
            at = found.end()
            places = [folder / f"{name}.rs", folder / name / "mod.rs"]
            place = next((place for place in places if place.exists()), None)
            if place is not None:
                source = without_tests(without_noise(place.read_text()))
                module.children[name] = read(path + (name,), place, source, module, folder / name)
        else:
            end = closing(text, found.end() - 1)
            module.children[name] = read(path + (name,), file, text[found.end() : end - 1], module, folder / name)
            at = end
    body += text[at:]
    module.text = body
    depth_text = re.sub(r"\{", "{", body)
    depth = 0
    for line in depth_text.split("\n"):
        if depth == 0 and (found := ITEM.match(line.strip())):
            module.items.add(found.group(1))
        depth += line.count("{") - line.count("}")
    for found in re.finditer(r"(pub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);", body):
        for target, name in leaves(" ".join(found.group(2).split())):
            if name == "*":
                module.globs.append(target[:-1])
            else:
                module.uses[name] = (target, bool(found.group(1)))
    return module


def resolve(module, path, seen=()):
    """The module that defines the item of a path, or None if it is outside the crate."""
    if (module.path, path) in seen:
        return None
    seen += ((module.path, path),)
    at, rest = module, list(path)
    if rest and rest[0] == "crate":
        at, rest = module.root(), rest[1:]
    while rest and rest[0] in ("self", "super"):
        at, rest = (at.parent or at) if rest[0] == "super" else at, rest[1:]
    while rest:
        name, *rest = rest
        if name in at.children:
            at = at.children[name]
        elif name in at.items:
            return at
        elif name in at.uses:
            return resolve(at, at.uses[name][0] + tuple(rest), seen)
        else:
            for target in at.globs:
                if found := resolve(at, target + (name, *rest), seen):
                    return found
            return None
    return at


def all_modules(module):
    yield module
    for child in module.children.values():
        yield from all_modules(child)


def edges(crate):
    """The names that each file of a crate imports, by the file that defines them."""
    start = next((crate / "src" / name for name in ("lib.rs", "main.rs") if (crate / "src" / name).exists()), None)
    if start is None:
        return {}
    root = read((), start, without_tests(without_noise(start.read_text())), None, start.parent)
    graph = defaultdict(lambda: defaultdict(set))
    for module in all_modules(root):
        body = re.sub(r"(pub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);", "", module.text)
        paths = [(target, name) for name, (target, public) in module.uses.items()
                 if not public or re.search(rf"\b{name}\b", body)]
        paths += [(target, "*") for target in module.globs]
        for found in re.finditer(r"(?<![\w:])([A-Za-z_]\w*(?:::[A-Za-z_]\w*)+)", body):
            path = tuple(found.group(1).split("::"))
            if path[0] in ("crate", "self", "super") or path[0] in module.children or path[0] in module.uses:
                paths.append((path, found.group(1)))
        for path, name in paths:
            if path[0] not in ("crate", "self", "super") and path[0] not in module.children and path[0] not in module.uses:
                continue
            # Take the longest prefix of the path that names an item of this crate.
            for length in range(len(path), 0, -1):
                target = resolve(module, path[:length])
                if target is not None:
                    if target.file != module.file:
                        graph[module.file][target.file].add(name)
                    break
    return graph


def circles(graph):
    """The strongly connected components of more than one file (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for after in graph.get(node, {}):
            if after not in index:
                visit(after)
                low[node] = min(low[node], low[after])
            elif after in stack:
                low[node] = min(low[node], index[after])
        if low[node] == index[node]:
            component = []
            while component[-1:] != [node]:
                component.append(stack.pop())
            if len(component) > 1:
                found.append(component)

    for node in list(graph):
        if node not in index:
            visit(node)
    return found


def main():
    sys.setrecursionlimit(10000)
    files = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "*Cargo.toml"], cwd=ROOT, check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split()
    found, count, read_files = 0, 0, 0
    for manifest in sorted(files):
        graph = edges((ROOT / manifest).parent)
        count += sum(len(targets) for targets in graph.values())
        read_files += len(graph)
        if "--edges" in sys.argv:
            for source in sorted(graph):
                for target, names in sorted(graph[source].items()):
                    print(f"{source.relative_to(ROOT)} -> {target.relative_to(ROOT)}: {', '.join(sorted(names))}")
            continue
        for component in circles(graph):
            found += 1
            print(f"{len(component)} files import each other in a circle:")
            for source in sorted(component):
                for target, names in sorted(graph[source].items()):
                    if target in component:
                        print(f"    {source.relative_to(ROOT)} -> {target.relative_to(ROOT)}: {', '.join(sorted(names))}")
            print("    remedy: move what both need into a file of its own")
    if "--edges" not in sys.argv:
        print(f"{read_files} files, {count} imports, {found} circles")
    # If there are hardly any imports, the script has misread the sources.
    return 1 if found or count < 500 else 0


sys.exit(main())
