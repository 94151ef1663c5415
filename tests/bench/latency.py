#!/usr/bin/env python3
"""`./dev bench latency`: what a proxy adds to the time of an answer, everything on one core, beside HAProxy.

One core, because at one connection most of what a hop costs is else the waking of another core. First the median at one
connection; then the 99th percentile at half of what the gateway can do, asked for at a fixed pace and counted from when
each request was due.
"""
import statistics

from rig.goals import Goal, run

SIZE = 1_500
CONNECTIONS = 64


def added(runs, key):
    """By proxy, what its answers take beyond those without any: the median of the rounds' differences."""
    return {name: statistics.median(mine[key] - direct[key] for mine, direct in zip(runs[name], runs["direct"]))
            for name in runs if name != "direct"}


def goal_of(text, of, limit):
    """Where others use the core as well, HAProxy's answers may come sooner than those without it."""
    told = of["haproxy"] > 0
    return Goal(text, of["signalbox"] / of["haproxy"] if told else None, limit, why_not="the machine is too busy")


def rounds_of(proxies, count, once):
    runs = {proxy.name: [] for proxy in proxies}
    for number in range(count):
        for proxy in proxies if number % 2 == 0 else reversed(proxies):
            runs[proxy.name].append(once(proxy))
    return runs


def measure(rig, options):
    proxies = [rig.start_direct(), rig.start_haproxy(), rig.start_signalbox()]
    body = rig.body(SIZE)
    gateway = proxies[-1].port
    rig.post(gateway, CONNECTIONS, 1, body)
    most = rig.post(gateway, CONNECTIONS, 2, body)
    pace = most["requests"] / most["seconds"] / 2

    alone = rounds_of(proxies, options.rounds, lambda proxy: rig.post(proxy.port, 1, 1, body))
    loaded = rounds_of(proxies, options.rounds, lambda proxy: rig.paced(proxy.port, CONNECTIONS, pace, 1, body))

    p50, p99 = added(alone, "p50"), added(loaded, "p99")
    errors = sum(once["errors"] for runs in (alone, loaded) for rounds in runs.values() for once in rounds)
    print("\n| proxy | added p50 at 1 connection, µs | added p99 at half load, µs |\n|---|--:|--:|")
    for name in p50:
        print(f"| {name} | {p50[name]:.0f} | {p99[name]:.0f} |")
    print(f"\nhalf load: {pace:,.0f} requests/s over {CONNECTIONS} connections; errors: {errors}")
    goals = [goal_of("added p50 at 1 connection, × HAProxy's", p50, 1),
             goal_of("added p99 at half load, × HAProxy's", p99, 2)]
    return goals, {"added_p50_us": p50, "added_p99_us": p99, "pace": pace, "errors": errors}


if __name__ == "__main__":
    run("latency", measure, one_core=True)
