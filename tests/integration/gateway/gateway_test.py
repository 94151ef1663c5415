"""The gateway as operators and clients meet it: real processes, real sockets, a real history file.

usage: gateway_test.py SIGNALBOXD MOCK_UPSTREAM
"""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from rig import (SIGHUP, SIGKILL, SIGTERM, Gateway, Stream, Upstream, ask, config, raise_open_files, until, write)

SIGNALBOXD = MOCK = ""
CLIENTS = 64



class GatewayTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="signalbox-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.first = self.started(Upstream(MOCK))
        self.second = self.started(Upstream(MOCK))
        self.config = self.file("signalbox.yaml", self.fleet())

    def started(self, process):
        self.addCleanup(process.kill)
        return process

    def file(self, name, text):
        return write(os.path.join(self.folder, name), text)

    def fleet(self, *more):
        return config({"p1": self.first.port, "p2": self.second.port},
                      [("main", "p1", ["spare"]), ("spare", "p2", []), *more])

    def start(self):
        return self.started(Gateway(SIGNALBOXD, self.config, os.path.join(self.folder, "data")))


class Failover(GatewayTest):
    def load(self, gateway, killed, answers):
        """One client: whole answers and streams in turn, until three have begun after the kill."""
        def run(kind):
            after = 0
            while after < 3:
                after += killed.is_set()
                kind = not kind
                answers.append((killed.is_set(), ask(gateway.port, "main", kind)))
        threads = [threading.Thread(target=run, args=(i % 2 == 0,)) for i in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def test_a_provider_killed_under_load_is_seen_only_by_streams_that_had_begun(self):
        for upstream in (self.first, self.second):
            upstream.set(n=25, delay=20000)
        gateway = self.start()
        killed, answers = threading.Event(), []
        clients = self.load(gateway, killed, answers)
        until(lambda: len(answers) >= 3 * CLIENTS, "some load")
        self.first.kill()
        killed.set()
        for client in clients:
            client.join()

        for after, answer in answers:
            self.assertEqual(200, answer.status, answer.text)
            self.assertTrue(answer.whole or (answer.ended_honestly and not after), answer.events[-2:])
            self.assertTrue(answer.whole or not answer.done)
        rows = until(lambda: (found := gateway.rows()) and len(found) >= len(answers) and found, "the whole history")
        self.assertEqual(len(answers), len(rows))
        diverted = [row for row in rows if row.get("servedModel") == "spare"]
        self.assertGreater(len(diverted), CLIENTS)
        for row in diverted:
            self.assertTrue(row.get("why") or row.get("whyDetail"), row)
        breaker = self.breaker(gateway, "p1/main")
        self.assertIn("OPEN", breaker["state"])
        self.assertGreaterEqual(len(breaker["evidence"]), 2)
        self.assertTrue(all(row["requestId"] for row in breaker["evidence"]))

    def breaker(self, gateway, deployment):
        breakers = gateway.call("Snapshot")["breakers"]
        return next(row for row in breakers if row["deployment"] == deployment)


class Overrides(GatewayTest):
    def test_a_redirect_takes_the_next_request_and_ends_by_itself(self):
        gateway = self.start()
        self.assertEqual("main", ask(gateway.port, "main").model)
        made = gateway.call("CreateOverride", **{"from": "main", "to": "spare", "ttlSeconds": 2, "reason": "drill",
                                                 "actor": "test"})["override"]
        moved = ask(gateway.port, "main")
        self.assertEqual("spare", moved.model)
        self.assertEqual(made["id"], moved.answer.headers["x-signalbox-override"])
        until(lambda: ask(gateway.port, "main").model == "main", "the end of the redirect")
        until(lambda: not gateway.call("ListOverrides", activeOnly=True).get("overrides"), "an empty list")

    def test_an_override_outlives_the_process(self):
        gateway = self.start()
        gateway.call("CreateOverride", **{"from": "main", "to": "spare", "ttlSeconds": 600, "reason": "drill",
                                          "actor": "test"})
        gateway.signal(SIGKILL)
        gateway.wait()
        self.assertEqual("spare", ask(self.start().port, "main").model)


class Cache(GatewayTest):
    def cached(self, answer):
        return answer.answer.headers.get("x-signalbox-cache")

    def test_the_same_request_is_answered_without_a_provider_until_something_changes(self):
        write(self.config, self.fleet() + "defaults: { cache: { enabled: true } }\n")
        gateway = self.start()
        for stream in (False, True):
            first = ask(gateway.port, "main", stream)
            self.assertEqual("miss", self.cached(first))
            # The next one may come before the answer is put away, on the other loop.
            until(lambda: self.cached(ask(gateway.port, "main", stream)) == "hit", "a hit")
            answers = []
            threads = [threading.Thread(target=lambda: answers.append(ask(gateway.port, "main", stream)))
                       for _ in range(CLIENTS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            ids = {answer.answer.headers["x-signalbox-request-id"] for answer in answers}
            self.assertEqual(CLIENTS, len(ids))
            for answer in answers:
                self.assertEqual("hit", self.cached(answer))
                self.assertTrue(answer.whole)
                self.assertEqual(first.text, answer.text)
        cache = gateway.call("Snapshot")["cache"]
        self.assertTrue(cache["enabled"])
        self.assertEqual("2", cache["entries"])
        self.assertGreaterEqual(int(cache["hitsTotal"]), 2 * CLIENTS)
        rows = until(lambda: (rows := gateway.rows()) and len(rows) > 2 * CLIENTS and rows, "the history")
        kept = [row for row in rows if row.get("cached")]
        self.assertGreaterEqual(len(kept), 2 * CLIENTS)
        for row in kept:
            self.assertEqual(("served", "0"), (row["outcome"], row.get("costMicrousd", "0")))
            self.assertFalse(row.get("attempts"))
        gateway.call("CreateOverride", **{"from": "main", "to": "spare", "ttlSeconds": 60, "reason": "drill",
                                          "actor": "test"})
        moved = ask(gateway.port, "main")
        self.assertEqual(("spare", "miss"), (moved.model, self.cached(moved)))
        write(self.config, self.fleet())
        gateway.signal(SIGHUP)
        until(lambda: self.cached(ask(gateway.port, "main")) is None, "the cache being off")


class Lifetime(GatewayTest):
    def begin_stream(self, gateway):
        """A stream of a second, after its first event."""
        self.first.set(n=50, delay=20000)
        stream = Stream(gateway.port, "main")
        lines = stream.lines()
        next(lines)
        return stream, lines

    def test_sigterm_finishes_what_is_under_way(self):
        gateway = self.start()
        stream, lines = self.begin_stream(gateway)
        gateway.signal(SIGTERM)
        for _ in lines:
            pass
        self.assertTrue(stream.whole and stream.done)
        self.assertEqual(0, gateway.wait()[0])

    def test_sighup_changes_the_models_without_dropping_a_stream(self):
        gateway = self.start()
        stream, lines = self.begin_stream(gateway)
        write(self.config, self.fleet(("fresh", "p2", [])))
        gateway.signal(SIGHUP)
        until(lambda: ask(gateway.port, "fresh").status == 200, "the new model")
        for _ in lines:
            pass
        self.assertTrue(stream.whole and stream.done)

    def test_a_broken_configuration_changes_nothing(self):
        gateway = self.start()
        before = gateway.call("Info")["configRevision"]
        write(self.config, "version: 1\nproviders: 7\n")
        gateway.signal(SIGHUP)
        write(self.config, self.fleet(("fresh", "p2", [])))
        until(lambda: gateway.call("Info")["configRevision"] != before, "the repaired configuration")
        self.assertEqual(200, ask(gateway.port, "main").status)

    def test_a_vanished_file_is_told_and_the_same_one_back_changes_nothing(self):
        text = ("providers: [{ name: s, kind: simulated }]\n"
                "models: [{ name: main, deployments: [{ provider: s, model: x }] }]\n")
        write(self.config, text)
        gateway = self.start()
        before = gateway.call("Info")["configRevision"]

        def refused():
            return any(p["kind"] == "config_refused" for p in gateway.call("Snapshot").get("problems", []))

        os.remove(self.config)
        until(refused, "the missing file among the problems")
        write(self.config, text)
        until(lambda: not refused(), "the file being back")
        self.assertEqual(before, gateway.call("Info")["configRevision"])
        self.assertEqual(200, ask(gateway.port, "main").status)

    def test_kill_9_keeps_the_committed_history(self):
        gateway = self.start()
        for _ in range(20):
            ask(gateway.port, "main")
        until(lambda: len(gateway.rows()) == 20, "twenty rows")
        stop = threading.Event()

        def load():
            while not stop.is_set():
                try:
                    ask(gateway.port, "main")
                except OSError:
                    return
        clients = [threading.Thread(target=load) for _ in range(8)]
        for client in clients:
            client.start()
        until(lambda: len(gateway.rows()) > 40, "rows under load")
        gateway.signal(SIGKILL)
        stop.set()
        for client in clients:
            client.join()
        gateway.wait()
        again = self.start()
        self.assertGreater(len(again.rows()), 40)
        self.assertEqual(200, ask(again.port, "main").status)

    def exit_code(self, *arguments):
        done = subprocess.run([SIGNALBOXD, *arguments], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    def test_exit_codes_say_why_it_did_not_start(self):
        data = os.path.join(self.folder, "data")
        anywhere = ("--listen", "127.0.0.1:0", "--control", "127.0.0.1:0")
        self.assertEqual(2, self.exit_code("--no-such-option")[0])
        broken = self.file("broken.yaml", "version: 1\nmodells: []\n")
        code, errors = self.exit_code("--config", broken, "--data-dir", data, *anywhere)
        self.assertEqual(3, code)
        self.assertIn(f"{broken}:2:", errors)
        self.assertEqual(0, self.exit_code("--config", self.config, "--check")[0])
        self.assertEqual(3, self.exit_code("--config", broken, "--check")[0])
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            code, _ = self.exit_code("--config", self.config, "--data-dir", data, "--listen", "127.0.0.1:0",
                                     "--control", address)
            self.assertEqual(4, code)
        blocked = self.file("a file", "")
        self.assertEqual(5, self.exit_code("--config", self.config, "--data-dir", blocked, *anywhere)[0])


class BadInput(GatewayTest):
    def raw(self, gateway, pieces):
        """The status that comes back for these bytes, 0: none; the sender stops when the gateway does."""
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
            except ConnectionError:
                pass
            try:
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                answer.read()
                return answer.status
            except (ConnectionError, http.client.HTTPException):
                return 0

    def chat(self, body, length=None):
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {length or len(body)}\r\n\r\n"
        return [head.encode(), body]

    def test_bad_bytes_get_their_answer_and_hurt_nobody(self):
        gateway = self.start()
        message = b'"messages":[{"role":"user","content":"x"}]'
        cases = {
            "garbage": ([b"\x16\x03\x01\x00\xff\x00garbage\r\n\r\n"], 400),
            "truncated JSON": (self.chat(b'{"model":"main","messages":['), 400),
            "invalid UTF-8": (self.chat(b'{"model":"main\xff",' + message + b"}"), 400),
            "no model": (self.chat(b"{" + message + b"}"), 400),
            "unknown model": (self.chat(b'{"model":"nothing",' + message + b"}"), 404),
            "negative max_tokens": (self.chat(b'{"model":"main","max_tokens":-1,' + message + b"}"), 400),
            "unknown field": (self.chat(b'{"model":"main","extra":{"a":[1]},' + message + b"}"), 200),
            "huge head": ([b"GET / HTTP/1.1\r\n"] + [b"x-a: " + b"a" * 65536 + b"\r\n"] * 1600, 431),
            "65 MiB body": (self.chat(b'{"model":"main","a":"' + b"a" * (65 << 20) + b'"}'), 413),
        }
        for name, (pieces, status) in cases.items():
            with self.subTest(name):
                self.assertEqual(status, self.raw(gateway, pieces))
                self.assertEqual(200, ask(gateway.port, "main").status)

    def test_idle_connections_up_to_the_limit(self):
        spare = 1000
        most = min(10_000, raise_open_files() - spare)
        self.config = self.file("signalbox.yaml", self.fleet().replace(
            "drain: 20s", f"drain: 20s, limits: {{ connections: {most} }}"))
        gateway = self.start()
        good = Stream(gateway.port, "main", stream=False)
        idle = [socket.create_connection(("127.0.0.1", gateway.port), timeout=60) for _ in range(most - 1)]
        for connection in (*idle, good.connection):
            self.addCleanup(connection.close)
        until(lambda: int(gateway.call("Snapshot")["totals"].get("connections", 0)) >= most, "all of them accepted")
        self.assertEqual(503, self.raw(gateway, [b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"]))
        self.assertEqual(200, good.status)
        good.answer.read()
        good.connection.request("GET", "/v1/models")
        self.assertEqual(200, good.connection.getresponse().status)
        for connection in idle:
            connection.close()
        until(lambda: self.raw(gateway, [b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"]) == 200, "room again")


if __name__ == "__main__":
    SIGNALBOXD, MOCK = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
