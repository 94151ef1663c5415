#!/usr/bin/env python3
"""`./dev bench streams`: 4,000 streams at once: does any of them stall, and what memory does each take?"""
import json
import time

from rig import RigError
from rig.goals import Goal, run

STREAMS = 4_000
PACE_MS = 250
SECONDS = 12


def measure(rig, options):
    body = rig.body(1_500, True)
    proxies = [rig.start_haproxy(), rig.start_signalbox()]
    rig.set_streams(64, PACE_MS * 1000)
    figures = {}
    print("\n| proxy | events/s | longest gap, ms | KiB per stream | errors |\n|---|--:|--:|--:|--:|")
    for proxy in proxies:
        idle, peak = proxy.rss_mib(), 0.0
        load = rig.start_stream(proxy.stream_port, STREAMS, SECONDS, body)
        while load.poll() is None:
            peak = max(peak, proxy.rss_mib())
            time.sleep(0.1)
        once = json.loads(load.stdout.read())
        if not once["events"]:
            raise RigError(f"{proxy.name} streamed nothing: {once}")
        once["kib_per_stream"] = (peak - idle) * 1024 / STREAMS
        figures[proxy.name] = once
        print(f"| {proxy.name} | {once['events_per_s']:,} | {once['gap_max'] / 1e3:.0f} | {once['kib_per_stream']:.1f} "
              f"| {once['errors']} |")
    own = figures["signalbox"]
    goals = [Goal(f"longest gap of {STREAMS:,} streams, × the pace", own["gap_max"] / 1e3 / PACE_MS, 10),
             Goal("errors", own["errors"], 0),
             Goal("resident memory per open stream, KiB", own["kib_per_stream"], 16)]
    return goals, {"proxies": figures, "pace_ms": PACE_MS}


if __name__ == "__main__":
    run("streams", measure)
