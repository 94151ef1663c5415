#!/usr/bin/env python3
"""`./dev bench peers`: other gateways beside ours, HAProxy and nginx: what a request costs, and what they do when a
provider fails.

As in `gateway`, every proxy runs on one core, the load and the upstream on another, and they take turns within every
round. CPU time is that of the gateway's process and its children; latency is what it adds to the answer without any proxy
in the same round. The second part asks each of them, with a fallback configured, for a model whose provider misbehaves.
"""
import argparse
import json
import os
import platform
import signal
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from rig import RigError
from rig.conduct import conduct_of
from rig.peers import LITELLM, PORTKEY, PeerRig, Unavailable

ROOT = Path(__file__).resolve().parents[2]
EVENTS = 64


@dataclass(frozen=True)
class Scenario:
    name: str
    connections: int
    size: int
    stream_delay_us: int = 0  # between two events; 0: not a stream


ALONE = Scenario("small, 1.5 kB", 1, 1_500)
SCENARIOS = (ALONE, Scenario("small, 1.5 kB", 64, 1_500), Scenario("large, 100 kB", 8, 100_000),
             Scenario("stream, 64 events", 16, 1_500, 2_500))


class Direct:
    """Nothing in between: what an answer takes without a proxy."""
    name = "direct"

    def __init__(self, port):
        self.port = port

    @staticmethod
    def cpu_ns():
        return {}


def measure_once(rig, proxy, scenario, seconds):
    if scenario.stream_delay_us:
        rig.set_streams(EVENTS, scenario.stream_delay_us)
    os.environ["HEADERS"] = "\n".join(f"{name}: {value}" for name, value in getattr(proxy, "headers", {}).items())
    before = proxy.cpu_ns()
    port = getattr(proxy, "stream_port", proxy.port) if scenario.stream_delay_us else proxy.port
    run = rig.post(port, scenario.connections, seconds, rig.body(scenario.size, scenario.stream_delay_us > 0))
    if not run["requests"]:
        # The slowest answer none in time; one of twice the time will tell.
        if seconds > 60:
            raise RigError(f"{proxy.name} answers nothing: {run}")
        return measure_once(rig, proxy, scenario, seconds * 2)
    run["cpu_us"] = sum(ns - before.get(name, 0) for name, ns in proxy.cpu_ns().items()) / 1e3 / run["requests"]
    run["per_second"] = run["requests"] / run["seconds"]
    return run


def run_rounds(rig, proxies, rounds, seconds):
    runs = {(scenario, proxy.name): [] for scenario in SCENARIOS for proxy in proxies}
    for proxy in proxies:
        for scenario in SCENARIOS:
            measure_once(rig, proxy, scenario, 1)  # warm
    for number in range(rounds):
        for scenario in SCENARIOS:
            for proxy in proxies if number % 2 == 0 else reversed(proxies):
                runs[scenario, proxy.name].append(measure_once(rig, proxy, scenario, seconds))
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return runs


def summarise(runs, scenario, name, base):
    """Medians; `ratio` and `added_us` are medians of what each round says beside `base` and without a proxy."""
    own, direct, theirs = runs[scenario, name], runs[scenario, "direct"], runs[scenario, base]
    return {"scenario": scenario.name, "connections": scenario.connections, "proxy": name,
            **{key: statistics.median(run[key] for run in own) for key in ("cpu_us", "per_second", "p50", "p99")},
            "ratio": statistics.median(a["cpu_us"] / b["cpu_us"] for a, b in zip(own, theirs)),
            "added_us": statistics.median(a["p50"] - b["p50"] for a, b in zip(own, direct)),
            "errors": sum(run["errors"] for run in own)}


def start_all(rig):
    """(running proxies, {name: why it is left out})"""
    base = f"http://127.0.0.1:{rig.mock_port}/v1"
    proxies, missing = [Direct(rig.mock_port), rig.start_haproxy(), rig.start_nginx(), rig.start_signalbox()], {}
    starts = {"portkey": lambda: rig.start_portkey({"x-portkey-provider": "openai", "x-portkey-custom-host": base}),
              "litellm": lambda: rig.start_litellm([("gpt-4o-mini", base, "gpt-4o-mini", "sk-mock")]),
              "bifrost": rig.start_bifrost}
    for name, start in starts.items():
        try:
            proxies.append(start())
        except (Unavailable, RigError) as why:
            missing[name] = str(why)
    return proxies, missing


def measure_speed(rig, options):
    proxies, missing = start_all(rig)
    memory = {proxy.name: proxy.rss_mib() for proxy in proxies if proxy.name != "direct"}
    runs = run_rounds(rig, proxies, options.rounds, options.seconds)
    after = {proxy.name: proxy.rss_mib() for proxy in proxies if proxy.name != "direct"}
    rows = [summarise(runs, scenario, proxy.name, "signalbox") for scenario in SCENARIOS for proxy in proxies
            if proxy.name != "direct"]
    print("\n| request | connections | gateway | CPU µs | × ours | per s | added p50 µs | p99 µs | errors |")
    print("|---|--:|---|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        print(f"| {row['scenario']} | {row['connections']} | {row['proxy']} | {row['cpu_us']:,.1f} | {row['ratio']:.2f} "
              f"| {row['per_second']:,.0f} | {row['added_us']:,.0f} | {row['p99']:,.0f} | {row['errors']} |")
    print("\n| gateway | RSS at start, MiB | after the load |\n|---|--:|--:|")
    for name, mib in memory.items():
        print(f"| {name} | {mib:.1f} | {after[name]:.1f} |")
    print(f"\nportkey {PORTKEY}, litellm {LITELLM}; a stream's figures are of all its events together.")
    return {"rows": rows, "memory_at_start": memory, "memory_after": after}, missing


def measure_conduct(rig):
    columns = {}
    for name in ("signalbox", "portkey", "litellm"):
        try:
            columns[name] = conduct_of(rig, name)
        except (Unavailable, RigError) as why:
            print(f"conduct of {name} left out: {why}")
    if not columns:
        return columns
    print("\n| what the provider does | right | " + " | ".join(columns) + " |\n|---|---|" + "---|" * len(columns))
    for row in zip(*columns.values()):
        print(f"| {row[0].fault} | {row[0].right} | " + " | ".join(cell.words() for cell in row) + " |")
    for name, cells in columns.items():
        print(f"{name}: {sum(cell.good() for cell in cells)} of {len(cells)} right")
    return {name: [vars(cell) for cell in cells] for name, cells in columns.items()}


def leave(*_):
    """An orderly end takes every started process with it, however often it is asked for."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench peers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of one run of one scenario through one gateway")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--only", choices=("speed", "conduct"))
    parser.add_argument("--cache", default=ROOT / "build/bench/peers", type=Path, help="where peers are installed")
    parser.add_argument("--bin", default=ROOT / "build/bin", type=Path, help="folder of signalboxd and the tools")
    parser.add_argument("--out", default=ROOT / "build/bench/peers.json", type=Path)
    options = parser.parse_args()
    if options.quick:
        options.rounds = options.seconds = 1
    signal.signal(signal.SIGTERM, leave)
    result = {"cores": os.cpu_count(), "kernel": platform.release()}
    if options.only != "conduct":
        with PeerRig(options.bin, options.cache) as rig:
            result["speed"], result["missing"] = measure_speed(rig, options)
            for name, why in result["missing"].items():
                print(f"{name} left out: {why}")
    if options.only != "speed":
        with PeerRig(options.bin, options.cache) as rig:
            result["conduct"] = measure_conduct(rig)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except RigError as error:
        sys.exit(f"bench: {error}")
