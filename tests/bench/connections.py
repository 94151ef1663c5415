#!/usr/bin/env python3
"""`./dev bench connections`: requests a second over more and more connections, and with a second loop."""
import os
import statistics

from rig.goals import Goal, run

SIZE = 1_500
STEPS = (16, 64, 256, 1024)
CORES_FOR_TWO_LOOPS = 4  # two for the loops, one for the load, one for the upstream


def per_second(once):
    return once["requests"] / once["seconds"]


def measure_steps(rig, proxies, rounds, body):
    rates = {(proxy.name, step): [] for proxy in proxies for step in STEPS}
    errors = 0
    for number in range(rounds):
        for step in STEPS if number % 2 == 0 else reversed(STEPS):
            for proxy in proxies:
                once = rig.post(proxy.port, step, 1, body)
                rates[proxy.name, step].append(per_second(once))
                errors += once["errors"]
    return rates, errors


def measure_two_loops(rig, rounds, body):
    """How many times the rate of one loop; None where the cores do not allow it."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < CORES_FOR_TWO_LOOPS:
        return None
    one = rig.start_signalbox("one-loop")
    two = rig.start_signalbox("two-loops", threads=2, cores=f"{cores[0]},{cores[1]}")
    ratios = []
    for _ in range(rounds):
        alone, both = (per_second(rig.post(proxy.port, 64, 1, body)) for proxy in (one, two))
        ratios.append(both / alone)
    return statistics.median(ratios)


def measure(rig, options):
    body = rig.body(SIZE)
    proxies = [rig.start_haproxy(), rig.start_signalbox()]
    for proxy in proxies:
        rig.post(proxy.port, 64, 1, body)
    rates, errors = measure_steps(rig, proxies, options.rounds, body)
    middle = {key: statistics.median(of) for key, of in rates.items()}
    print("\n| proxy | " + " | ".join(f"{step:,}" for step in STEPS) + " |\n|---|" + "--:|" * len(STEPS))
    for proxy in proxies:
        print(f"| {proxy.name} | " + " | ".join(f"{middle[proxy.name, step]:,.0f}" for step in STEPS) + " |")
    print(f"\nrequests/s by connections; errors: {errors}")
    # Against the round's own rate at 16 connections; a twentieth is this rig's noise.
    against_16 = {step: statistics.median(now / first for now, first in zip(rates["signalbox", step],
                                                                            rates["signalbox", STEPS[0]]))
                  for step in STEPS}
    goals = [Goal("requests/s at 64 to 1,024 connections, lowest against 16", min(against_16.values()), 0.95,
                  at_least=True),
             Goal("two loops, × the requests/s of one", measure_two_loops(rig, options.rounds, body), 1.8,
                  at_least=True, why_not=f"needs {CORES_FOR_TWO_LOOPS} cores")]
    told = {f"{name} {step}": rate for (name, step), rate in middle.items()}
    return goals, {"per_second": told, "errors": errors}


if __name__ == "__main__":
    run("connections", measure, rounds=5)
