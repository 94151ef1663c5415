"""The investigation over real sockets: one upstream in distress behind a healthy gateway. Every caller is served, the
other model's callers notice nothing, a redirect holds from the next request to its end, the context check costs nothing
that could be seen, and the doctor reports by name what was left open then.

usage: distressed_test.py SIGNALBOXD [SIGNALBOXCTL]

Every time of the incident is divided by ten. Two gateways serve the same load from the same upstreams side by side, one
with the context check and one without, so that what disturbs this machine disturbs both.
"""

import asyncio
import datetime
import json
import os
import subprocess
import sys
import unittest

from clients import Callers, quantile
from stage import Incident, until, upstream_calls, write

FASTER = 10
CALLERS = 20  # of each model at each gateway
SOUND, DISTRESSED, REDIRECTED = 10, 20, 8
SICK = {"first_token": 6 / FASTER, "rate": 30 * FASTER, "slots": 48, "slowdown": 0.01, "fault_share": 0.2}


def days_from_now(days):
    return (datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days)).isoformat()


def config(ports, check, gateway="", key="sk-shared"):
    def seconds(value):
        return f"{round(1000 * value / FASTER)}ms"
    return "\n".join([
        "version: 1",
        f"gateway: {{ threads: 1{gateway} }}",
        "providers:",
        *(f"  - {{ name: {name}, kind: openai, base_url: 'http://127.0.0.1:{port}/v1', "
          f"keys: [{{ name: k, value: {key}-{name} }}] }}" for name, port in ports.items()),
        "models:",
        f"  - {{ name: grok, deployments: [{{ provider: xai, model: grok, context: 131072, "
        f"retires: {days_from_now(1)} }}] }}",
        f"  - {{ name: haiku, deployments: [{{ provider: anthropic, model: haiku, context: 200000, "
        f"retires: {days_from_now(90)} }}] }}",
        "defaults:",
        "  fallbacks: [haiku]",
        "  attempts: 4",
        f"  context_check: {check}",
        f"  backoff: {{ first: {seconds(0.25)}, max: {seconds(5)} }}",
        f"  deadlines: {{ connect: {seconds(5)}, headers: {seconds(60)}, first_token: {seconds(60)}, "
        f"idle: {seconds(30)}, total: {seconds(90)} }}",
        f"  health: {{ open_min: {seconds(5)}, open_max: {seconds(1800)}, free_check: {seconds(60)} }}",
    ]) + "\n"


class Distressed(Incident):
    signalboxctl = ""

    def setUp(self):
        super().setUp()
        machine = {"first_token": 1 / FASTER, "prefill": 8000 * FASTER, "rate": 80 * FASTER, "tokens": [100, 500],
                   "slots": 64}
        self.providers = self.start_providers({"xai": machine, "anthropic": {**machine, "slots": 128}})
        self.gateways = {check: self.start_gateway(config(self.providers.ports, check), f"check-{check}")
                         for check in ("true", "false")}

    def callers(self):
        """By check and model."""
        def prompt(random):
            return random.randint(1500, 26000)
        return {(check, model): Callers(gateway.port, model, CALLERS, 1 / FASTER, prompt, 512, faster=FASTER, seed=seed)
                for check, gateway in self.gateways.items() for seed, model in enumerate(("grok", "haiku"))}

    def redirect(self):
        for gateway in self.gateways.values():
            gateway.call("CreateOverride", **{"from": "grok", "to": "haiku", "ttlSeconds": REDIRECTED,
                                              "reason": "distress", "actor": "test", "source": "cli"})

    async def investigation(self, groups):
        """When each part of it began."""
        loop = asyncio.get_running_loop()
        parts = {"sound": loop.time()}
        load = asyncio.gather(*(group.run(loop.time() + 600) for group in groups.values()))
        await asyncio.sleep(SOUND)
        parts["sick"] = loop.time()
        self.providers.tell({"xai": SICK})
        await asyncio.sleep(DISTRESSED)
        await loop.run_in_executor(None, self.redirect)
        parts["redirected"] = loop.time()
        await self.comes(self.nothing_in_force, "the end of the redirect")
        parts["back"] = loop.time()
        await self.comes(lambda: self.served_by(groups, "grok", parts["back"]), "grok's return")
        for group in groups.values():
            group.stop()
        await load
        return parts

    @staticmethod
    async def comes(condition, what):
        await asyncio.get_running_loop().run_in_executor(None, lambda: until(condition, what))

    def nothing_in_force(self):
        return not any(gateway.call("ListOverrides", activeOnly=True).get("overrides")
                       for gateway in self.gateways.values())

    @staticmethod
    def served_by(groups, model, since):
        return [visit for group in groups.values() for visit in list(group.visits)
                if visit.began >= since and visit.model == model and group.model == "grok"]

    def test_one_upstream_in_distress(self):
        groups = self.callers()
        parts = asyncio.run(self.investigation(groups))
        sound, sick = (parts["sound"], parts["sick"]), (parts["sick"], parts["redirected"])

        def of(model, span, checks=("true", "false")):
            return [visit for check in checks for visit in groups[check, model].between(*span)]
        for model in ("grok", "haiku"):
            for name, span in (("sound", sound), ("distressed", sick)):
                visits = of(model, span)
                rate = len(visits) / (span[1] - span[0]) / FASTER / len(self.gateways)
                times = [FASTER * quantile(visits, q) for q in (0.5, 0.99)]
                self.figure(f"{model}, upstream {name}: requests/s, p50, p99 as then",
                            f"{rate:.1f}, {times[0]:.1f} s, {times[1]:.1f} s")
        self.figure("calls with the check", upstream_calls(self.gateways["true"]))
        visits = [visit for group in groups.values() for visit in group.visits]
        self.figure("requests, sent again by their callers", f"{len(visits)}, {sum(v.sends - 1 for v in visits)}")
        self.assertEqual(0, sum(not visit.served for visit in visits))
        worse = quantile(of("grok", sick), 0.99) / quantile(of("grok", sound), 0.99)
        self.assertGreater(worse, 1.5, "no distress, no test")
        for q, times in ((0.5, 1.25), (0.99, 2.5)):  # the slowest also tell how busy this machine is
            self.assertLessEqual(quantile(of("haiku", sick), q), times * quantile(of("haiku", sound), q))

        span = (parts["sound"], parts["redirected"])
        on, off = (sum(len(of(model, span, [check])) for model in ("grok", "haiku")) for check in ("true", "false"))
        p99 = [quantile(of("haiku", span, [check]), 0.99) for check in ("true", "false")]
        self.figure("context check on and off: requests, p99 of haiku",
                    f"{on} and {off}, {p99[0]:.3f} s and {p99[1]:.3f} s")
        self.assertGreaterEqual(on, 0.9 * off)
        self.assertLessEqual(p99[0], 1.25 * p99[1])

        during = self.served_by(groups, "grok", parts["redirected"])
        self.assertFalse([visit for visit in during if visit.began < parts["redirected"] + REDIRECTED - 1])
        self.assertTrue(self.served_by(groups, "haiku", parts["redirected"]))
        self.doctor_names_what_was_left_open()

    def doctor_names_what_was_left_open(self):
        findings = self.gateways["true"].call("Doctor")["findings"]
        told = {(one["rule"], one["object"]) for one in findings}
        for one in (("retires_soon", "xai/grok"), ("retires_later", "anthropic/haiku"), ("no_rates", "xai"),
                    ("no_rates", "anthropic")):
            self.assertIn(one, told)
        if not self.signalboxctl:
            return
        def file(name, **settings):
            return write(os.path.join(self.folder.name, name), config(self.providers.ports, "true", **settings))
        live, dev = file("live.yaml"), file("dev.yaml", gateway=", auth: required")
        with open(dev, "a", encoding="utf-8") as text:
            text.write("accounts: [{ name: dev, key: sb-dev }]\n")
        run = subprocess.run([self.signalboxctl, "doctor", "--config", live, "--against", dev, "--json"],
                             stdout=subprocess.PIPE, timeout=60, check=False)
        rules = [one["rule"] for one in json.loads(run.stdout)["findings"]]
        self.assertEqual(1, run.returncode)
        self.assertEqual(2, rules.count("key_shared"))
        self.assertEqual(1, rules.count("auth_differs"))


if __name__ == "__main__":
    Incident.signalboxd = sys.argv[1]
    Distressed.signalboxctl = sys.argv[2] if len(sys.argv) > 2 else ""
    unittest.main(argv=sys.argv[:1])
