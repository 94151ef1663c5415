#!/usr/bin/env python3
"""`./dev bench gateway`: what a request costs the gateway, beside HAProxy and nginx as pass-through proxies.

The proxies run on one core, the load and the mock upstream on another. Machines drift, so the proxies take turns
within every round (in alternating order) and what counts is the median of the per-round ratios of CPU time.
History, metrics, rates, ledger and the context check are on; `unchecked` is the gateway without the last. Without its
history is counted as without the thread that writes it. A stream is 64 content events; its figures are per stream.
"""
import json
import statistics
import sys
import time
from dataclasses import dataclass

from rig import RigError
from rig.goals import Goal, run

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


SMALL = Scenario("small, 1.5 kB", 64, 1_500)
LARGE = Scenario("large, 100 kB", 64, 100_000)
STREAM = Scenario("stream, 64 events", 64, 1_500, 2_500)
SCENARIOS = (
    Scenario("small, 1.5 kB", 1, 1_500),
    SMALL,
    Scenario("large, 100 kB", 1, 100_000),
    LARGE,
    Scenario("stream, 64 events", 1, 1_500, 1_000),
    STREAM,
)


def measure_once(rig, proxy, scenario, seconds):
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


def run_rounds(rig, proxies, options):
    """{(scenario, proxy name): [run per round]}; stops after a whole round when the time is spent."""
    runs = {(scenario, proxy.name): [] for scenario in SCENARIOS for proxy in proxies}
    for scenario in SCENARIOS:
        for proxy in proxies:
            measure_once(rig, proxy, scenario, 1)  # warm
    began = time.monotonic()
    for number in range(options.rounds):
        for scenario in SCENARIOS:
            for proxy in proxies if number % 2 == 0 else reversed(proxies):
                if proxy.name != "unchecked" or scenario == SMALL:
                    runs[scenario, proxy.name].append(measure_once(rig, proxy, scenario, options.seconds))
        spent = time.monotonic() - began
        print(f"round {number + 1} of {options.rounds}, {spent:.0f} s", file=sys.stderr)
        if spent + spent / (number + 1) > options.budget:
            break
    return {key: rounds for key, rounds in runs.items() if rounds}


def ratio(runs, scenario, mine, theirs, thread=None):
    """The median of the rounds' ratios of CPU time, `thread` of mine left out; None: not both were measured."""
    pairs = zip(runs.get((scenario, mine), []), runs.get((scenario, theirs), []))
    ratios = [(a["cpu_us"] - a["cpu_us_by_thread"].get(thread, 0)) / b["cpu_us"] for a, b in pairs]
    return statistics.median(ratios) if ratios else None


def summarise(runs, scenario, name):
    own = runs[scenario, name]
    median = {key: statistics.median(run[key] for run in own) for key in ("cpu_us", "per_second", "p50", "p99")}
    return {"scenario": scenario.name, "connections": scenario.connections, "proxy": name, "rounds": len(own), **median,
            "ratio": ratio(runs, scenario, name, BASELINE), "errors": sum(run["errors"] for run in own),
            "cpu_us_by_thread": own[-1]["cpu_us_by_thread"],
            **({"gap_p99": statistics.median(run["gap_p99"] for run in own)} if "gap_p99" in own[0] else {})}


def print_tables(rows, memory):
    print("\n| request | connections | proxy | CPU µs | × HAProxy | per s | p50 µs | p99 µs | errors |")
    print("|---|--:|---|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        times = f"{row['ratio']:.2f}" if row["ratio"] else "–"
        print(f"| {row['scenario']} | {row['connections']} | {row['proxy']} | {row['cpu_us']:.1f} | {times} "
              f"| {row['per_second']:,.0f} | {row['p50']:,.0f} | {row['p99']:,.0f} | {row['errors']} |")
    print(f"\n| proxy | RSS idle, MiB | with {MEMORY_STREAMS:,} streams | after them | errors |\n|---|--:|--:|--:|--:|")
    for name, m in memory.items():
        print(f"| {name} | {m['idle_mib']:.1f} | {m['streams_mib']:.1f} | {m['after_mib']:.1f} | {m['errors']} |")
    print("\np50 and p99 are of the answer, or of a stream's first event; a stream's CPU is of its "
          f"{EVENTS_ON_THE_WIRE} events together.")


def goals_of(runs, memory):
    def against_haproxy(text, scenario, limit, thread=None):
        return Goal(f"{text}, × HAProxy's CPU", ratio(runs, scenario, "signalbox", BASELINE, thread), limit,
                    why_not="needs signalbox and haproxy")
    own = memory.get("signalbox")
    per_stream = own and (own["streams_mib"] - own["idle_mib"]) * 1024 / MEMORY_STREAMS
    return [
        against_haproxy("small request", SMALL, 1.3),
        against_haproxy("small request without history", SMALL, 1.1, "history"),
        against_haproxy("100 kB request", LARGE, 0.95),
        against_haproxy("stream, per event", STREAM, 1.15),
        Goal("context check on, its speed against off", ratio(runs, SMALL, "unchecked", "signalbox"), 0.98,
             at_least=True, why_not="needs signalbox and unchecked"),
        Goal("resident memory idle, MiB", own and own["idle_mib"], 25, why_not="needs signalbox"),
        Goal("resident memory per open stream, KiB", per_stream, 16, why_not="needs signalbox"),
    ]


def measure(rig, options):
    proxies = [getattr(rig, f"start_{name}")() for name in options.proxies.split(",")]
    memory = {proxy.name: measure_memory(rig, proxy) for proxy in proxies if proxy.name != "unchecked"}
    runs = run_rounds(rig, proxies, options)
    rows = [summarise(runs, scenario, proxy.name) for scenario in SCENARIOS for proxy in proxies
            if (scenario, proxy.name) in runs]
    print_tables(rows, memory)
    return goals_of(runs, memory), {"rows": rows, "memory": memory}


def more_options(parser):
    parser.add_argument("--seconds", type=int, default=1, help="of one run of one scenario through one proxy")
    parser.add_argument("--budget", type=int, default=300, help="seconds for all rounds; no new one begins after")
    parser.add_argument("--proxies", default="haproxy,nginx,signalbox,unchecked")


if __name__ == "__main__":
    run("gateway", measure, more_options=more_options)
