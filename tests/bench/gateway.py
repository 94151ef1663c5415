#!/usr/bin/env python3
"""`./dev bench gateway`: what a request costs the gateway, beside HAProxy and nginx as pass-through proxies.

The proxies run on one core, the load and the mock upstream on another. Machines drift, so the proxies take turns
within every round (in alternating order) and what counts is the median of the per-round ratios of CPU time.
History, metrics and the context check are on. A stream is 64 content events; its figures are per whole stream.
"""
import argparse
import json
import os
import platform
import signal
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rig import Rig, RigError

ROOT = Path(__file__).resolve().parents[2]
EVENTS = 64
EVENTS_ON_THE_WIRE = EVENTS + 3  # and the stop, the usage and [DONE]
MEMORY_STREAMS = 1000
BASELINE = "haproxy"


@dataclass(frozen=True)
class Scenario:
    name: str
    connections: int
    size: int
    stream_delay_us: int = 0  # between two events; 0: not a stream


SCENARIOS = (
    Scenario("small, 1.5 kB", 1, 1_500),
    Scenario("small, 1.5 kB", 64, 1_500),
    Scenario("large, 100 kB", 1, 100_000),
    Scenario("large, 100 kB", 64, 100_000),
    Scenario("stream, 64 events", 1, 1_500, 1_000),
    Scenario("stream, 64 events", 64, 1_500, 2_500),
)


def measure(rig, proxy, scenario, seconds):
    """One run of one scenario through one proxy."""
    streams = scenario.stream_delay_us > 0
    body = rig.body(scenario.size, streams)
    if streams:
        rig.set_streams(EVENTS, scenario.stream_delay_us)
    before = proxy.cpu_ns()
    if streams:
        run = rig.stream(proxy.stream_port, scenario.connections, seconds, body)
        run.update(requests=run["events"] / EVENTS_ON_THE_WIRE, p50=run["ttft_p50"], p99=run["ttft_p99"])
    else:
        run = rig.post(proxy.port, scenario.connections, seconds, body)
    if not run["requests"]:
        raise RigError(f"{proxy.name} answered nothing: {run}")
    spent = {name: ns - before.get(name, 0) for name, ns in proxy.cpu_ns().items()}
    run["cpu_us"] = sum(spent.values()) / 1e3 / run["requests"]
    run["cpu_us_by_thread"] = {name: round(ns / 1e3 / run["requests"], 2) for name, ns in spent.items()}
    run["per_second"] = run["requests"] / run["seconds"]
    return run


def measure_memory(rig, proxy):
    """Resident memory before any traffic, with 1,000 streams open, and after them."""
    idle = proxy.rss_mib()
    rig.set_streams(EVENTS, 50_000)
    load = rig.start_stream(proxy.stream_port, MEMORY_STREAMS, 6, rig.body(1_500, True))
    peak = 0.0
    while load.poll() is None:
        peak = max(peak, proxy.rss_mib())
        time.sleep(0.1)
    errors = json.loads(load.stdout.read())["errors"]
    return {"idle_mib": idle, "streams_mib": peak, "after_mib": proxy.rss_mib(), "errors": errors}


def run_rounds(rig, proxies, rounds, seconds, budget):
    """{(scenario, proxy name): [run per round]}; stops after a whole round when the time is spent."""
    runs = {(scenario, proxy.name): [] for scenario in SCENARIOS for proxy in proxies}
    for scenario in SCENARIOS:
        for proxy in proxies:
            measure(rig, proxy, scenario, 1)  # warm
    began = time.monotonic()
    for number in range(rounds):
        for scenario in SCENARIOS:
            for proxy in proxies if number % 2 == 0 else reversed(proxies):
                runs[scenario, proxy.name].append(measure(rig, proxy, scenario, seconds))
        spent = time.monotonic() - began
        print(f"round {number + 1} of {rounds}, {spent:.0f} s", file=sys.stderr)
        if spent + spent / (number + 1) > budget:
            break
    return runs


def summarise(runs, scenario, name):
    own, base = runs[scenario, name], runs.get((scenario, BASELINE), [])
    median = {key: statistics.median(run[key] for run in own) for key in ("cpu_us", "per_second", "p50", "p99")}
    ratios = [mine["cpu_us"] / theirs["cpu_us"] for mine, theirs in zip(own, base)]
    return {"scenario": scenario.name, "connections": scenario.connections, "proxy": name, "rounds": len(own), **median,
            "ratio": statistics.median(ratios) if ratios else None, "ratios": ratios,
            "errors": sum(run["errors"] for run in own), "cpu_us_by_thread": own[-1]["cpu_us_by_thread"],
            **({"gap_p99": statistics.median(run["gap_p99"] for run in own)} if "gap_p99" in own[0] else {})}


def print_tables(rows, memory):
    print("\n| request | connections | proxy | CPU µs | × HAProxy | per s | p50 µs | p99 µs | errors |")
    print("|---|--:|---|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if row["ratio"] else "–"
        print(f"| {row['scenario']} | {row['connections']} | {row['proxy']} | {row['cpu_us']:.1f} | {ratio} "
              f"| {row['per_second']:,.0f} | {row['p50']:,.0f} | {row['p99']:,.0f} | {row['errors']} |")
    print(f"\n| proxy | RSS idle, MiB | with {MEMORY_STREAMS:,} streams | after them | errors |\n|---|--:|--:|--:|--:|")
    for name, m in memory.items():
        print(f"| {name} | {m['idle_mib']:.1f} | {m['streams_mib']:.1f} | {m['after_mib']:.1f} | {m['errors']} |")
    print("\np50 and p99 are of the answer, or of a stream's first event; a stream's CPU is of its "
          f"{EVENTS_ON_THE_WIRE} events together.")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release()}


def leave(*_):
    """An orderly end takes every started process with it, however often it is asked for."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench gateway")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=1, help="of one run of one scenario through one proxy")
    parser.add_argument("--budget", type=int, default=300, help="seconds for all rounds; no new one begins after")
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--proxies", default="haproxy,nginx,signalbox")
    parser.add_argument("--bin", default=ROOT / "build/bin", type=Path, help="folder of signalboxd and the tools")
    parser.add_argument("--out", default=ROOT / "build/bench/gateway.json", type=Path)
    options = parser.parse_args()
    rounds = min(options.rounds, 3) if options.quick else options.rounds
    signal.signal(signal.SIGTERM, leave)
    with Rig(options.bin) as rig:
        proxies = [getattr(rig, f"start_{name}")() for name in options.proxies.split(",")]
        memory = {proxy.name: measure_memory(rig, proxy) for proxy in proxies}
        runs = run_rounds(rig, proxies, rounds, options.seconds, options.budget)
    rows = [summarise(runs, scenario, proxy.name) for scenario in SCENARIOS for proxy in proxies]
    print_tables(rows, memory)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"machine": machine(), "rows": rows, "memory": memory}, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except RigError as error:
        sys.exit(f"bench: {error}")
