#!/usr/bin/env python3
"""Which folder may include which: the arrows of the design. Usage: arrows.py ROOT"""
import re
import sys

import tree

ENGINE = {"base", "core", "protocol", "ports", "flow", "control", "adapters", "api", "sim", "replay", "host"}

# folder -> the folders it may include. Itself is always allowed.
MAY_INCLUDE = {
    "base": set(),
    "ports": {"base"},
    "core": {"base"},
    "protocol": {"base"},
    "api": {"base"},
    "flow": {"base", "ports", "core", "protocol"},
    "adapters": {"base", "ports", "core", "protocol"},
    "sim": {"base", "ports", "core", "protocol"},
    "control": {"base", "ports", "core", "protocol", "flow", "api"},
    "replay": {"base", "ports", "core", "protocol", "flow", "control", "api", "sim"},
    "host": ENGINE,
    "ui": {"base", "api"},
    "app": ENGINE | {"ui"},
    "tests": ENGINE | {"ui", "app"},
}

# folder -> third-party headers it must not see. (Beast's parsers take the buffer types of Asio, which do no I/O.)
FORBIDDEN = {
    "base": r"boost/|google/|openssl/|sqlite3|yaml-cpp|simdjson",
    "core": r"boost/|google/|sqlite3|yaml-cpp|simdjson|sys/socket",
    "protocol": r"boost/asio(?!/buffer\.hpp)|google/|sqlite3|yaml-cpp|sys/socket",
    "api": r"boost/|openssl/|sqlite3|yaml-cpp|simdjson",
    "flow": r"google/|sqlite3|yaml-cpp|sys/socket",
    "ui": r"boost/|sqlite3|yaml-cpp|simdjson",
}
QT = re.compile(r"^(Q[A-Z]|Qt[A-Z]\w*/|q[a-z]+\.h$)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    """"engine/core/x.h" -> "core", "ui/pages/x.h" -> "ui"; None for what is not ours."""
    parts = path.split("/")
    if path.endswith(".pb.h"):
        return "api"
    if parts[0] == "engine" and len(parts) > 1:
        return parts[1]
    return parts[0] if parts[0] in ("ui", "app", "tests") else None


def violation(path, line):
    """What is wrong with one line of a file, or None."""
    include = INCLUDE.match(line)
    if not include:
        return None
    source, target = folder_of(path), include[2]
    if include[1] == '"':
        if target.endswith(".moc"):
            return None
        to = folder_of(target)
        if to is None:
            return f'"{target}" does not start at the top of the tree'
        if to != source and to not in MAY_INCLUDE.get(source, set()):
            return f"{source} may not include {to} ({target})"
    elif folder_of(target) is not None and target.endswith(".h") and "/" in target:
        return f"our own header in angle brackets ({target})"
    elif QT.match(target) and (path.startswith("engine/") or path.startswith("app/gateway/")):
        return f"{source} may not include Qt ({target})"
    if re.match(FORBIDDEN.get(source, r"$^"), target):
        return f"{source} may not include {target}"
    return None


def main(root):
    violations, checked = [], 0
    for path, lines in tree.files(root, (".h", ".cpp"), ("app", "engine", "ui", "tests")):
        checked += 1
        for number, line in enumerate(lines, 1):
            problem = violation(path, line)
            if problem:
                violations.append(f"{path}:{number}: {problem}")
    tree.finish(violations, checked)


if __name__ == "__main__":
    main(sys.argv[1])
