"""The game day over real sockets: one of three zones is cut off, comes back through a NAT that loses a tenth of
everything, and 800 callers with the official SDKs' retries must hardly notice. Two operators' questions with it: who
retries twice, and whose prompts are cut.

usage: zone_loss_test.py SIGNALBOXD

Every time of the incident is divided by three: the callers' pauses, the answers, the deadlines, TCP's own pauses before
it sends again, the half minute of silence and what is left of the three minutes.
"""

import asyncio
import sys
import time
import unittest

from clients import Callers, longest_gap, quantile
from stage import Incident, at, upstream_calls

FASTER = 3
CALLERS = 800
RAMP, SOUND, CUT, LOSSY = 8 / FASTER, 60 / FASTER, 30 / FASTER, 150 / FASTER
POOLS = {"go": None, "java": None, "python": None, "ruby": 512}  # tokens their prompts are cut to
STUBBORN = 4


def seconds(value):
    return f"{round(1000 * value / FASTER)}ms"


def config(ports):
    def provider(name, zone=""):
        return (f"  - {{ name: {name}, kind: openai, base_url: 'http://127.0.0.1:{ports[name]}/v1', {zone}"
                f"keys: [{{ name: one, value: sk-{name}-1, weight: 0.7 }}, "
                f"{{ name: two, value: sk-{name}-2, weight: 0.3 }}] }}")
    return "\n".join([
        "version: 1",
        "gateway: { threads: 2 }",
        "fleet: { region: a }",
        "providers:",
        provider("near", "zone: a, "), provider("next", "zone: b, "), provider("third", "zone: c, "), provider("other"),
        provider("limited"),
        "models:",
        "  - name: classifier",
        "    deployments: [{ provider: near, model: flake }, { provider: next, model: flake }, "
        "{ provider: third, model: flake }]",
        "    fallbacks: [second]",
        "  - { name: second, deployments: [{ provider: other, model: flake }] }",
        "  - { name: scarce, deployments: [{ provider: limited, model: flake }] }",
        "accounts:",
        "  - { name: agents, key: sb-agents, tier: service, rpm: 1000000, input_tpm: 1000000000, "
        "output_tpm: 1000000000, output_burst: 1000000000 }",
        "defaults:",
        f"  backoff: {{ first: {seconds(0.25)}, max: {seconds(5)} }}",
        f"  deadlines: {{ connect: {seconds(2)}, headers: {seconds(5)}, first_token: {seconds(5)}, "
        f"idle: {seconds(30)}, total: {seconds(600)} }}",
        f"  health: {{ open_min: {seconds(5)}, open_max: {seconds(1800)}, free_check: {seconds(60)} }}",
    ]) + "\n"


def machine(**more):
    return {"first_token": 0.5 / FASTER, "rate": 60 * FASTER, "tokens": [5, 40], "slots": 400,
            "resend_bytes": 0.2 / FASTER, "resend_connect": 1 / FASTER, **more}


class ZoneLoss(Incident):
    def setUp(self):
        super().setUp()
        self.providers = self.start_providers({
            "near": machine(), "next": machine(), "third": machine(), "other": machine(first_token=0.6 / FASTER),
            "limited": machine(fault_share=1, fault_status=429, first_token=0.01)})
        self.gateway = self.start_gateway(config(self.providers.ports))

    def callers(self):
        def prompt(most):
            return lambda random: min(random.randint(200, 2000), most or 2000)
        return [Callers(self.gateway.port, "classifier", CALLERS // len(POOLS), 8 / FASTER, prompt(most), 64,
                        key="sb-agents", tags=f"pool={pool}", faster=FASTER, seed=seed)
                for seed, (pool, most) in enumerate(POOLS.items())]

    async def game_day(self, groups):
        """When the zone was lost, and when all was over."""
        loop = asyncio.get_running_loop()
        lost = loop.time() + RAMP + SOUND
        back = lost + CUT
        over = back + LOSSY
        tell = self.providers.tell
        await asyncio.gather(*(group.run(over, RAMP) for group in groups),
                             at(lost, lambda: tell({"near": {"hang": True, "stalled": True}})),
                             at(back, lambda: tell({"near": {"hang": False, "stalled": False, "loss": 0.1}})))
        return lost, over

    def test_a_lost_zone_is_hardly_noticed_and_what_the_callers_do_wrong_is_named(self):
        groups = self.callers()
        lost, over = asyncio.run(self.game_day(groups))
        visits = [visit for group in groups for visit in group.visits]
        before = [visit for visit in visits if lost - SOUND <= visit.began < lost]
        failover = [visit for visit in visits if lost <= visit.began < over]
        calls = upstream_calls(self.gateway)
        per_request = sum(calls.values()) / len(visits)
        gap = longest_gap(visits, lost - SOUND, over)
        p99 = quantile(before, 0.99), quantile(failover, 0.99)
        self.figure("requests, sent again by their callers", f"{len(visits)}, {sum(v.sends - 1 for v in visits)}")
        self.figure("p99 before, during failover, ratio", f"{p99[0]:.3f} s, {p99[1]:.3f} s, {p99[1] / p99[0]:.2f}")
        self.figure("longest time without a success", f"{gap:.3f} s")
        self.figure("upstream calls for each request", f"{per_request:.3f}")
        self.figure("how calls ended", calls)
        self.figure("what providers saw", self.providers.counters())

        self.assertGreater(calls.get("header_timeout", 0), 0, "no zone was lost")
        self.assertEqual(0, sum(not visit.served for visit in visits))
        self.assertLessEqual(gap, 5 / FASTER)
        self.assertLessEqual(p99[1], 1.5 * p99[0])
        self.assertLessEqual(per_request, 1.2)
        self.names_the_truncated_pool()
        self.names_the_double_retry()

    def problem(self, kind):
        found = [one for one in self.gateway.call("Snapshot").get("problems", []) if one["kind"] == kind]
        self.assertEqual(1, len(found), found)
        self.figure(kind, found[0]["text"])
        return found[0]

    def names_the_truncated_pool(self):
        self.assertEqual("pool=ruby", self.problem("truncated_inputs")["object"])
        self.assertIn("truncated_inputs", [one["rule"] for one in self.gateway.call("Doctor")["findings"]])

    def names_the_double_retry(self):
        """Callers whose own retries take no notice of what they are told."""
        stubborn = Callers(self.gateway.port, "scarce", STUBBORN, 0, lambda random: 300, 64, key="sb-agents",
                           faster=FASTER, obeys=False)
        asyncio.run(stubborn.run(time.monotonic() + 60, visits=1))
        self.assertTrue(all(visit.status == 429 and visit.sends == 3 for visit in stubborn.visits))
        self.assertEqual("agents", self.problem("double_retry")["object"])


if __name__ == "__main__":
    Incident.signalboxd = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
