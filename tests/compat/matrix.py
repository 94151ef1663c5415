#!/usr/bin/env python3
"""matrix.py SIGNALBOXD FOLDER: every official client package × every kind of provider × every feature, in one table.

The packages are installed under FOLDER; the providers are those of mock/, which answer as the real ones do on the wire.
Exits with 77, which ctest takes for "skipped", where no package registry can be reached.
"""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import mock
from mock.openai import MODELS
from mock.server import KEY

HERE = Path(__file__).resolve().parent
KINDS = tuple(mock.SHAPES)
ACCOUNT, HASTY = "sk-account", "sk-hasty"
SHAPES = {"vectors": "embedding", "pictures": "image"}

# In the order they are run; what harms a provider's health comes last.
BOTH = ("whole cached_tokens stream stream_usage thoughts thoughts_stream tools tools_stream tool_loop schema schema_stream "
        "picture_in stopped_short models async_whole async_stream cut error_event refused too_long filtered unknown_model "
        "wrong_key fails_once busy_once busy_hour quota missing always_fails locked rate_limit").split()
OPENAI = "completions embeddings images responses responses_stream responses_tools".split()
ANTHROPIC = "count_tokens thinking_loop".split()

LOCAL = ("ollama", "llamacpp", "vllm", "sglang", "lmstudio")
# (providers, features): why there is nothing to test.
SKIPPED = (
    (("anthropic",), OPENAI[:3], "Anthropic has no such endpoint"),
    (LOCAL, ("images",), "this server makes no pictures"),
    (("gemini",), ("completions",), "Gemini's compatible endpoint has no completions"),
    (("openai", "azure", "gemini"), ("thoughts", "thoughts_stream", "thinking_loop"), "thoughts stay with this provider"),
    (LOCAL + ("gemini",), ("cached_tokens",), "this server does not tell what was cached"),
    (LOCAL, ("filtered",), "this server has no filter"),
    (("gemini",), ("filtered",), "a blocked prompt ends an answer here; it is no error"),
    (LOCAL + ("gemini",), ("quota",), "no quota that is told from a rate"),
    (LOCAL, ("locked",), "this server asks for no key"),
    (tuple(kind for kind in KINDS if kind != "openai"), ("rate_limit", "models", "wrong_key", "unknown_model"),
     "answered by the gateway alone; tested once"),
)


class Suite:
    def __init__(self, name, language, features):
        self.name, self.language, self.features = name, language, features

    def cells(self):
        return [(kind, feature) for kind in KINDS for feature in self.features if not reason_to_skip(kind, feature)]


def without_async(features):
    return [feature for feature in features if not feature.startswith("async")]


SUITES = (Suite("openai_python", "python", BOTH + OPENAI + ["responses_schema", "foreign_tools"]),
          Suite("anthropic_python", "python", BOTH + ANTHROPIC + ["agent"]),
          Suite("openai_node", "node", without_async(BOTH + OPENAI)),
          Suite("anthropic_node", "node", without_async(BOTH + ANTHROPIC)))


def reason_to_skip(kind, feature):
    return next((why for kinds, features, why in SKIPPED if kind in kinds and feature in features), None)


class Unavailable(Exception):
    """A language's packages cannot be had; the text says why."""


def run_quietly(words, why, **options):
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=280, check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{why}: {error}") from None
    if done.returncode != 0:
        raise Unavailable(f"{why}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return done.stdout


def prepare_python(folder):
    """The command that runs a Python suite."""
    wanted = (HERE / "matrix/requirements.txt").read_text()
    place, stamp = folder / "python", folder / "python/installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(place, ignore_errors=True)
        try:
            venv.create(place, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Unavailable(f"no virtual environment for Python: {error}") from None
        run_quietly([place / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--retries", "0",
                     "--timeout", "15", "-r", HERE / "matrix/requirements.txt"], "PyPI is out of reach")
        stamp.write_text(wanted)
    return [place / "bin/python"]


def prepare_node(folder):
    version = run_quietly(["node", "-p", "process.versions.node"], "node is not installed")
    if int(version.split(".")[0]) < 18:
        raise Unavailable("node is older than 18")
    place, source = folder / "node", HERE / "anthropic_node"  # whose packages are those of both
    place.mkdir(exist_ok=True)
    lock = (source / "package-lock.json").read_text()
    if not (place / "node_modules").exists() or (place / "package-lock.json").read_text() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, place)
        run_quietly(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0"],
                    "npm is out of reach", cwd=place)
    for script in (HERE / "matrix").glob("*.mjs"):
        shutil.copy(script, place)  # imports are looked up beside the script
    return ["node"]


def configuration(servers):
    lines = ["version: 1", "gateway: { auth: required }", "providers:"]
    for kind, server in servers.items():
        base = server.base_url().removesuffix("/v1") if kind in LOCAL else server.base_url()
        lines.append(f"  - {{ name: {kind}, kind: {kind}, base_url: {base}, keys: [{{ name: main, value: {KEY} }}] }}")
        lines.append(f"  - {{ name: {kind}-shut, kind: {kind}, base_url: {base}, keys: [{{ name: main, value: wrong }}] }}")
    lines.append("models:")
    for kind in servers:
        for model in MODELS:
            lines.append(f"  - {{ name: {kind}-{model}, shape: {SHAPES.get(model, 'chat')}, "
                         f"deployments: [{{ provider: {kind}, model: {model} }}] }}")
        lines.append(f"  - {{ name: {kind}-locked, deployments: [{{ provider: {kind}-shut, model: plain }}] }}")
    lines += ["defaults: { backoff: { first: 1ms, max: 5ms } }", "accounts:",
              f"  - {{ name: tester, key: {ACCOUNT}, tier: service }}",
              f"  - {{ name: hasty, key: {HASTY}, tier: service, rpm: 60 }}"]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def gateway(executable, servers, folder):
    """The base URL of a gateway of its own in front of the providers."""
    config = folder / "signalbox.yaml"
    config.write_text(configuration(servers))
    process = subprocess.Popen([executable, "--config", config, "--data-dir", folder / "data", "--listen", "127.0.0.1:0",
                                "--control", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=(folder / "log").open("wb"),
                               text=True)
    try:
        ready = next((found[1] for line in process.stdout if (found := re.search(r"ready data=(\S+)", line))), None)
        if not ready:
            sys.exit(f"signalboxd did not start: {(folder / 'log').read_text()[-2000:]}")
        yield ready
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait()
    if code != 0:
        sys.exit(f"signalboxd ended with {code}: {(folder / 'log').read_text()[-2000:]}")


def run_suite(suite, command, executable, servers, cells):
    """{(provider, feature): what went wrong; empty: nothing}"""
    with tempfile.TemporaryDirectory(prefix="signalbox-compat-") as folder, \
            gateway(executable, servers, Path(folder)) as base_url:
        plan = Path(folder) / "plan.json"
        mocks = {kind: f"http://127.0.0.1:{server.port}" for kind, server in servers.items()}
        plan.write_text(json.dumps({"base_url": base_url, "key": ACCOUNT, "hasty_key": HASTY, "mocks": mocks,
                                    "cells": cells}))
        done = subprocess.run([*command, plan], stdout=subprocess.PIPE, text=True, timeout=600, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    results = {(row["provider"], row["feature"]): row["why"] for row in rows}
    return {cell: results.get(cell, "the suite died before it") for cell in cells}


def print_table(results, missing):
    print("\n| package | feature | " + " | ".join(KINDS) + " |\n|---|---|" + "---|" * len(KINDS))
    for suite in SUITES:
        if suite.name not in results:
            print(f"| {suite.name} | all | " + " | ".join(["skip"] * len(KINDS)) + " |")
            continue
        for feature in suite.features:
            words = [word_for(results[suite.name].get((kind, feature))) for kind in KINDS]
            print(f"| {suite.name} | {feature} | " + " | ".join(words) + " |")
    print()
    for kinds, features, why in SKIPPED:
        print(f"skip {', '.join(kinds)} × {', '.join(features)}: {why}")
    for name, why in missing.items():
        print(f"skip {name}: {why}")


def word_for(why):
    return "skip" if why is None else "FAIL" if why else "pass"


def main():
    executable, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve() / "matrix"
    only = os.environ.get("SIGNALBOX_COMPAT_ONLY", "")  # a word in suite/provider/feature, while working on one
    folder.mkdir(parents=True, exist_ok=True)
    servers, results, missing = mock.start_all(), {}, {}
    for suite in SUITES:
        try:
            command = prepare_python(folder) if suite.language == "python" else prepare_node(folder)
        except Unavailable as why:
            missing[suite.name] = str(why)
            continue
        scripts = HERE / "matrix" if suite.language == "python" else folder / "node"
        script = scripts / f"{suite.name}.{'py' if suite.language == 'python' else 'mjs'}"
        cells = [cell for cell in suite.cells() if only in "/".join((suite.name, *cell))]
        results[suite.name] = run_suite(suite, [*command, script], executable, servers, cells)
    print_table(results, missing)
    failures = [(name, *cell, why) for name, cells in results.items() for cell, why in cells.items() if why]
    for name, kind, feature, why in failures:
        print(f"FAIL {name} × {kind} × {feature}: {why}")
    if not results:
        print(f"skipped: {'; '.join(missing.values())}")
        sys.exit(77)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
