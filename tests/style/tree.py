"""Our own text files, and how a rule reports what it found."""
import os
import sys

ROOTS = ("app", "engine", "ui", "resources", "translations", "tests", "installer", ".ci")


def files(root, suffixes, roots=ROOTS):
    """Yields (path relative to root with forward slashes, list of lines), in order."""
    for top in roots:
        for directory, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(f for f in folders if f not in ("__pycache__", "node_modules"))
            for name in sorted(names):
                if name.endswith(suffixes):
                    path = os.path.join(directory, name)
                    with open(path, encoding="utf-8") as file:
                        yield os.path.relpath(path, root).replace(os.sep, "/"), file.read().split("\n")


def finish(violations, checked):
    """Prints every violation as path:line: text; fails when there is one, or when nothing was checked."""
    for violation in violations:
        print(violation)
    print(f"{checked} files, {len(violations)} violations")
    sys.exit(1 if violations or not checked else 0)
