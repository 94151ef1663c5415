"""Accounts with budgets over real sockets: what clients get, what the ledger's file says, and what a kill leaves.

usage: money_test.py SIGNALBOXD
"""

import http.client
import json
import os
import sqlite3
import sys
import tempfile
import threading
import unittest

from rig import SIGKILL, Gateway, Stream, ask, until, write

SIGNALBOXD = ""
CLIENTS = 64
POST = 2  # of entries.kind
HEADERS = {"authorization": "Bearer sb-ci"}


def fleet(budget):
    """Three machines and a model that costs 1 and 5 micro-dollars per token, one that is free, and one account."""
    machine = "slots: 24, first_token: 20ms, tokens_per_second: 2000"
    paid = "price: { input: 1, output: 5 }"
    return f"""
version: 1
gateway: {{ threads: 2, auth: required }}
providers:
  - {{ name: a, kind: simulated, simulated: {{ {machine} }} }}
  - {{ name: b, kind: simulated, simulated: {{ {machine} }} }}
  - {{ name: c, kind: simulated, simulated: {{ {machine} }} }}
models:
  - name: main
    deployments:
      - {{ provider: a, model: x, {paid} }}
      - {{ provider: b, model: x, {paid} }}
      - {{ provider: c, model: x, {paid} }}
  - {{ name: free, deployments: [{{ provider: a, model: y }}] }}
accounts:
  - {{ name: ci, key: sb-ci, budget: {{ usd: {budget}, per: 30d }} }}
"""


class Money(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="signalbox-test-")
        self.addCleanup(folder.cleanup)
        self.data = os.path.join(folder.name, "data")
        self.config = os.path.join(folder.name, "signalbox.yaml")

    def start(self):
        gateway = Gateway(SIGNALBOXD, self.config, self.data)
        self.addCleanup(gateway.kill)
        return gateway

    def query(self, text):
        with sqlite3.connect(f"file:{self.data}/ledger.sqlite?mode=ro", uri=True, timeout=60) as ledger:
            return ledger.execute(text).fetchone()[0] or 0

    def posted(self):
        return self.query(f"SELECT sum(amount) FROM entries WHERE kind = {POST}")

    def account(self, gateway):
        accounts = gateway.call("ListAccounts")["accounts"]
        return next(row for row in accounts if row["name"] == "ci")

    def budget(self, gateway, field):
        return int(self.account(gateway)["budget"].get(field, 0))

    def together(self, clients, work):
        """Runs work(i) in so many threads; their results."""
        results = [None] * clients

        def run(i):
            results[i] = work(i)
        threads = [threading.Thread(target=run, args=(i,)) for i in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def test_64_times_512_tokens_at_once_are_all_served_and_paid_to_the_micro_dollar(self):
        write(self.config, fleet(0.2))  # leased in pieces smaller than what they need together: some wait for credit
        gateway = self.start()
        answers = self.together(CLIENTS, lambda i: ask(gateway.port, "main", i % 2 == 0, HEADERS, max_tokens=512))
        self.assertEqual({200}, {answer.status for answer in answers})
        self.assertTrue(all(answer.whole for answer in answers))
        rows = until(lambda: (found := gateway.rows()) and len(found) == CLIENTS and found, "the whole history")
        cost = sum(int(row["costMicrousd"]) for row in rows)
        self.assertGreater(cost, CLIENTS * 24 * 5)
        until(lambda: self.posted() == cost, "posts that add up to the cost of the history")
        self.assertEqual(cost, self.budget(gateway, "postedMicrousd"))
        self.assertEqual(0, self.budget(gateway, "heldMicrousd"))
        self.assertEqual(cost, self.query("SELECT posted FROM accounts WHERE name = 'ci'"))
        self.assertEqual(CLIENTS, self.query(f"SELECT count(DISTINCT request_id) FROM entries WHERE kind = {POST}"))
        self.assertEqual(0, int(self.account(gateway).get("refused15m", 0)))

    def test_kill_9_in_mid_stream_overspends_no_budget_and_strands_no_hold(self):
        limit = 30_000
        write(self.config, fleet(limit / 1e6))
        gateway = self.start()
        stop = threading.Event()

        def load(_):
            while not stop.is_set():
                try:
                    ask(gateway.port, "main", True, HEADERS, max_tokens=512)
                except (OSError, http.client.HTTPException):
                    return
        clients = [threading.Thread(target=load, args=(i,)) for i in range(8)]
        for client in clients:
            client.start()
        until(lambda: self.posted() > limit / 5, "some of the budget spent")
        gateway.signal(SIGKILL)
        stop.set()
        for client in clients:
            client.join()
        gateway.wait()
        before = self.posted()
        self.assertLess(before, limit)

        again = self.start()
        self.assertEqual(before, self.budget(again, "postedMicrousd"))
        self.assertEqual(0, self.budget(again, "heldMicrousd"))
        statuses = []
        while not statuses or statuses[-1] == 200:
            last = ask(again.port, "main", False, HEADERS, max_tokens=64)
            statuses.append(last.status)
        self.assertEqual(429, last.status)
        self.assertEqual("false", last.answer.headers["x-should-retry"])
        # What is left is less than the next answer was expected to cost, and one may have been longer than expected.
        until(lambda: self.budget(again, "postedMicrousd") == self.posted(), "every post on disk")
        answer = 64 * 5 + 100
        self.assertGreater(self.posted(), limit - answer)
        self.assertLessEqual(self.posted(), limit + answer)
        self.assertEqual(200, ask(again.port, "free", False, HEADERS).status)

    def test_capacity_is_told_to_everybody(self):
        write(self.config, fleet(5))
        gateway = self.start()
        self.assertEqual(401, ask(gateway.port, "main", False).status)
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
        connection.request("GET", "/v1/models/capacity")
        answer = connection.getresponse()
        self.assertEqual(200, answer.status)
        models = {row["id"]: row for row in json.load(answer)["models"]}
        self.assertEqual({"main", "free"}, set(models))
        self.assertTrue(models["main"]["can_accept"])
        self.assertEqual(3, models["main"]["routable_providers"])

    def test_the_openai_client_is_told_its_limits(self):
        write(self.config, fleet(5))
        stream = Stream(self.start().port, "main", False, HEADERS)
        stream.finish()
        self.assertEqual("1200", stream.answer.headers["x-ratelimit-limit-requests"])
        self.assertEqual("119", stream.answer.headers["x-ratelimit-remaining-requests"])


if __name__ == "__main__":
    SIGNALBOXD = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
