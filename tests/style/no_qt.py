#!/usr/bin/env python3
"""The engine and the gateway link no Qt. Usage: no_qt.py BUILD_DIRECTORY"""
import glob
import os
import re
import subprocess
import sys

import tree

QT_SYMBOL = re.compile(r"\dQ[A-Z][a-z]|\bqt_")  # a mangled Qt class such as 7QString; ours have no Q + capital
QT_LIBRARY = re.compile(r"libQt\d")


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def main(build):
    violations = []
    libraries = glob.glob(os.path.join(build, "engine", "**", "libengine_*.a"), recursive=True)
    for library in libraries:
        for line in output_of("nm", library):
            symbol = line.split(" ")[-1]
            if QT_SYMBOL.search(symbol):
                violations.append(f"{os.path.basename(library)}: {symbol}")
    gateway = os.path.join(build, "bin", "signalboxd")
    if os.path.exists(gateway):
        violations += [f"signalboxd: {line.strip()}" for line in output_of("ldd", gateway) if QT_LIBRARY.search(line)]
    tree.finish(violations, len(libraries))


if __name__ == "__main__":
    main(sys.argv[1])
