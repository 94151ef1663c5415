"""Drills on real sockets, with the command line: started, seen in the history, stopped, and expired by themselves.

usage: drill_test.py SIGNALBOXD SIGNALBOXCTL MOCK_UPSTREAM
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from rig import PATIENCE, Gateway, Upstream, ask, config, until, write

SIGNALBOXD = SIGNALBOXCTL = MOCK = ""


class Drill(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="signalbox-test-")
        self.addCleanup(folder.cleanup)
        self.first, self.second = Upstream(MOCK), Upstream(MOCK)
        for upstream in (self.first, self.second):
            self.addCleanup(upstream.kill)
            upstream.set(n=20)
        self.path = write(os.path.join(folder.name, "signalbox.yaml"), config(
            {"p1": self.first.port, "p2": self.second.port}, [("main", "p1", ["spare"]), ("spare", "p2", [])]))
        self.gateway = Gateway(SIGNALBOXD, self.path, os.path.join(folder.name, "data"))
        self.addCleanup(self.gateway.kill)

    def ctl(self, *words, code=0):
        done = subprocess.run([SIGNALBOXCTL, "--gateway", self.gateway.control, *words], capture_output=True,
                              text=True, timeout=PATIENCE, check=False)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def start(self, *words):
        drill = json.loads(self.ctl("drill", "start", *words, "--reason", "game day", "--json"))["drill"]
        return drill["id"]

    def ask(self, stream=False, headers=None):
        return ask(self.gateway.port, "main", stream, headers)

    def row(self, count):
        return until(lambda: len(rows := self.gateway.rows()) >= count and rows[0], "the history row")

    def calls(self):
        return self.first.set()["requests"]

    def test_a_refusal_moves_on_and_is_marked_and_nobody_is_called(self):
        drill = self.start("p1", "reset", "--share", "100")
        for number, stream in enumerate((False, True), 1):
            answer = self.ask(stream)
            self.assertEqual((200, True, "spare"), (answer.status, answer.whole, answer.model), answer.text)
            row = self.row(number)
            self.assertEqual("reset", row["attempts"][0].get("drill"))
            self.assertFalse(row["attempts"][-1].get("drill"))
        self.assertEqual(0, self.calls())
        self.assertIn("[drill: reset]", self.ctl("show", row["id"]))
        self.assertIn("reset", self.ctl("drill", "list"))
        problems = self.gateway.call("Snapshot")["problems"]
        self.assertIn("drill", [problem["kind"] for problem in problems])
        with urllib.request.urlopen(f"{self.gateway.control}/metrics", timeout=PATIENCE) as metrics:
            self.assertIn("signalbox_drills_active 1\n", metrics.read().decode())
        self.ctl("drill", "stop", drill)
        self.assertEqual("main", self.ask().model)
        self.assertIn("drill.stop", self.ctl("audit"))

    def test_a_cut_in_the_middle_keeps_the_providers_words_and_ends_honestly(self):
        self.start("p1/main", "cut", "--share", "100")
        answer = self.ask(stream=True)
        self.assertIn('"error"', answer.events[-1])
        self.assertFalse(answer.done)
        self.assertGreater(len(answer.events), 3)
        self.assertEqual("stream_cut", self.row(1)["error"])
        whole = self.ask()
        self.assertEqual("spare", whole.model)

    def test_only_who_asks_for_it_meets_a_header_drill(self):
        self.start("main", "reset", "--header-only")
        for _ in range(8):
            self.assertEqual("spare", self.ask(headers={"x-signalbox-drill": "reset"}).model)
            self.assertEqual("main", self.ask().model)
        states = {breaker.get("state") for breaker in self.gateway.call("Snapshot")["breakers"]}
        self.assertEqual({"BREAKER_STATE_CLOSED"}, states)

    def test_it_ends_by_itself(self):
        self.start("p1", "server_error", "--share", "100", "--for", "1s")
        until(lambda: not self.gateway.call("ListDrills", activeOnly=True).get("drills"), "the drill's end")
        self.assertEqual("main", self.ask().model)
        self.ctl("drill", "stop", "99", code=1)

    def test_the_scoreboard_needs_no_gateway(self):
        self.gateway.kill()
        board = json.loads(self.ctl("drill", "run", "--all", "main", "--config", self.path, "--json"))
        self.assertTrue(board["passed"], board)
        self.ctl("drill", "run", "server_error", "spare", "--config", self.path, code=1)


if __name__ == "__main__":
    SIGNALBOXD, SIGNALBOXCTL, MOCK = sys.argv[1:4]
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
