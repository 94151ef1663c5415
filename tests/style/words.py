#!/usr/bin/env python3
"""Words that may stand only in certain places, and sizes nothing may exceed. Usage: words.py ROOT"""
import re
import sys

import tree

WORLD = ("engine/adapters/", "engine/sim/", "engine/host/", "app/")
CODE = (".h", ".cpp")


class Rule:
    """`pattern` is wrong in files below `where` with one of `suffixes`, except below `allowed`."""

    def __init__(self, why, pattern, where, allowed=(), suffixes=CODE):
        self.why, self.pattern, self.where = why, re.compile(pattern), where
        self.allowed, self.suffixes = allowed, suffixes

    def applies(self, path):
        return path.startswith(self.where) and path.endswith(self.suffixes) and not path.startswith(self.allowed)


OURS = ("app/", "engine/", "ui/", "tests/")
RULES = [
    Rule("clocks are handed in", r"_clock::now\b|\bclock_gettime\(|\bgettimeofday\(|\btime\((nullptr|NULL|0)\)",
         ("engine/",), WORLD),
    Rule("chance is handed in", r"\brandom_device\b|\bs?rand\(|\bRAND_bytes\b|\bgetrandom\(", ("engine/",), WORLD),
    Rule("threads are started by adapters and host only", r"\bstd::j?thread\b(?!::id)|\bstd::async\b|\bpthread_create\(",
         ("engine/", "ui/"), WORLD),
    Rule("sockets belong to adapters", r"<(sys/socket|netinet/\w+|arpa/inet|netdb)\.h>", ("engine/", "ui/"), WORLD),
    Rule("nothing sleeps", r"\bsleep_(for|until)\b|\b(u|nano)?sleep\(|\bq(Sleep|Wait)\(|QThread::m?sleep", OURS, WORLD),
    Rule("tests do not sleep", r"\btime\.sleep\(", ("tests/",), ("tests/bench/", "tests/style/"), (".py",)),
    Rule("the console's thread never waits", r"\bexec\(|\bprocessEvents\b|\bQEventLoop\b|\bwaitFor[A-Z]\w*\(|BlockingQueued",
         ("ui/",)),
    Rule("no path of one machine", r"/root/|/work/|/Users/", OURS + ("resources/", "installer/", ".ci/"),
         ("tests/style/",), ("",)),
    Rule("finished work only", r"\b(TODO|FIXME|XXX|HACK)\b|\bnot (yet )?implemented\b", OURS, ("tests/style/",)),
]

LINE_MAX = 120       # characters
FILE_MAX = {".h": 250, ".cpp": 500}
FUNCTION_MAX = 70    # lines, from the line with the opening brace to the closing one

COMMENT = re.compile(r"//.*$")
NOT_A_FUNCTION = re.compile(r"^(namespace|struct|class|enum|union|extern|template <|constexpr|const |inline constexpr|static const)")


def code_of(line):
    """The line without a comment, so that a rule may be explained where it is kept."""
    return COMMENT.sub("", line) if '"' not in line else line


def word_violations(path, lines):
    for rule in RULES:
        if not rule.applies(path):
            continue
        for number, line in enumerate(lines, 1):
            text = line if rule.why in ("finished work only", "no path of one machine") else code_of(line)
            if rule.pattern.search(text):
                yield f"{path}:{number}: {rule.why}: {line.strip()}"


def size_violations(path, lines):
    suffix = path[path.rfind("."):]
    if len(lines) - 1 > FILE_MAX[suffix]:
        yield f"{path}:1: {len(lines) - 1} lines, more than {FILE_MAX[suffix]}"
    start = None
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX:
            yield f"{path}:{number}: {len(line)} characters, more than {LINE_MAX}"
        # Definitions start at the margin, and so do their closing braces.
        if line.endswith("{") and line[0] not in " }\t" and "= {" not in line and not NOT_A_FUNCTION.match(line):
            start = number
        elif line.startswith("}"):
            if start and number - start > FUNCTION_MAX:
                yield f"{path}:{start}: a function of {number - start} lines, more than {FUNCTION_MAX}"
            start = None


def main(root):
    violations, checked = [], 0
    text = CODE + (".py", ".yaml", ".md", ".txt", ".proto", ".service", ".desktop", ".sh", ".flow", ".qss", ".json")
    for path, lines in tree.files(root, text):
        checked += 1
        violations += word_violations(path, lines)
        if path.endswith(CODE):
            violations += size_violations(path, lines)
    tree.finish(violations, checked)


if __name__ == "__main__":
    main(sys.argv[1])
