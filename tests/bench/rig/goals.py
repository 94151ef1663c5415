"""What a measurement holds the gateway to, and how every one of them is started and told."""
import argparse
import json
import os
import platform
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from rig import Rig, RigError

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Goal:
    text: str
    figure: float | None  # None: could not be measured here
    limit: float
    at_least: bool = False
    why_not: str = ""

    @property
    def verdict(self):
        if self.figure is None:
            return f"not measured: {self.why_not}"
        met = self.figure >= self.limit if self.at_least else self.figure <= self.limit
        return "met" if met else "MISSED"


def print_goals(goals):
    print("\n| goal | | measured | |\n|---|--:|--:|---|")
    for goal in goals:
        figure = "–" if goal.figure is None else f"{goal.figure:.2f}"
        print(f"| {goal.text} | {'≥' if goal.at_least else '≤'} {goal.limit:g} | {figure} | {goal.verdict} |")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release()}


def leave(*_):
    """An orderly end takes every started process with it, however often it is asked for."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def run(name, measure, rounds=10, one_core=False, more_options=lambda parser: None):
    """Runs measure(rig, options, rounds) -> (goals, figures) and leaves build/bench/NAME.json."""
    parser = argparse.ArgumentParser(prog=f"./dev bench {name}")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--quick", action="store_true", help="three rounds at most")
    parser.add_argument("--bin", default=ROOT / "build/bin", type=Path, help="folder of signalboxd and the tools")
    parser.add_argument("--out", default=ROOT / f"build/bench/{name}.json", type=Path)
    more_options(parser)
    options = parser.parse_args()
    if options.quick:
        options.rounds = min(options.rounds, 3)
    signal.signal(signal.SIGTERM, leave)
    try:
        with Rig(options.bin, one_core) as rig:
            goals, figures = measure(rig, options)
    except RigError as error:
        sys.exit(f"bench: {error}")
    print_goals(goals)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    told = [{**asdict(goal), "verdict": goal.verdict} for goal in goals]
    options.out.write_text(json.dumps({"machine": machine(), "goals": told, **figures}, indent=1) + "\n")
