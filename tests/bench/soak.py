#!/usr/bin/env python3
"""`./dev bench soak`: 64 connections, an upstream that fails one request in five in six ways, clients of every kind.

At the end everything must add up: requests sent = history rows (+ those shed, which are counted), calls recorded =
calls the upstream saw, costs = posts = what the account has spent; nothing is in flight, no descriptor is left over,
and memory has grown by less than 1 MiB since the warm-up (a quarter of the time, judged from three minutes on).
"""
import argparse
import http.client
import json
import os
import random
import re
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration" / "gateway"))
from rig import SIGTERM, Gateway, Upstream, until, write  # noqa: E402

POST = 2  # of entries.kind
UNSENT = ("client_gone", "connect_timeout", "connect_refused")  # a call that ended so may not have reached its provider
GROWTH_MAX = 1024  # KiB
JUDGED_FROM = 180  # seconds

CONFIG = """
version: 1
gateway: {{ threads: 2, auth: required }}
providers:
  - {{ name: a, kind: openai, base_url: 'http://127.0.0.1:{first}/v1', keys: [{{ name: k, value: sk-a }}] }}
  - {{ name: b, kind: openai, base_url: 'http://127.0.0.1:{second}/v1', keys: [{{ name: k, value: sk-b }}] }}
models:
  - name: main
    deployments:
      - {{ provider: a, model: x, price: {{ input: 1, output: 5 }} }}
      - {{ provider: b, model: x, price: {{ input: 2, output: 7 }} }}
  - {{ name: resumed, deployments: [{{ provider: a, model: y, price: {{ input: 1, output: 5 }} }}], fallbacks: [main] }}
defaults: {{ midstream: resume, deadlines: {{ headers: 1s, first_token: 2s, idle: 1s, total: 8s }} }}
accounts:
  - {{ name: ci, key: sb-ci, models: ["*"], rpm: 100000000, input_tpm: 100000000000, output_tpm: 100000000000, budget: {{ usd: 100000, per: 30d }} }}
history: {{ retain: 1d, max: 4GiB, bodies: none }}
"""


class Client:
    """One connection at a time, and a new habit for every request."""

    def __init__(self, port, seed):
        self.port, self.chance = port, random.Random(seed)
        self.ends = Counter()
        self.connection = None
        self.habits = [(self.whole, 8), (self.stream, 8), (self.leave, 2), (self.dawdle, 1), (self.pipeline, 1),
                       (self.chunked, 2), (self.half_close, 1), (self.mistake, 1)]

    def run(self, stop):
        habits, weights = zip(*self.habits)
        while not stop.is_set():
            self.chance.choices(habits, weights)[0]()
        self.close()

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def body(self, stream):
        words = "x" * self.chance.choice((10, 500, 20_000))
        return json.dumps({"model": self.chance.choice(("main", "main", "resumed")), "stream": stream, "max_tokens": 64,
                           "messages": [{"role": "user", "content": words}]}).encode()

    def head(self, body, *more):
        path = self.chance.choice(("chat/completions", "chat/completions", "messages"))
        framing = more or (f"content-length: {len(body)}",)
        return "\r\n".join((f"POST /v1/{path} HTTP/1.1", "host: x", "authorization: Bearer sb-ci", *framing, "\r\n")).encode()

    def sent(self, data):
        """A socket on which `data` has gone out: the last one where it still serves."""
        if self.connection:
            try:
                self.connection.sendall(data)
                return self.connection
            except OSError:
                self.close()
        self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.connection.sendall(data)
        return self.connection

    def answer(self, connection, read=None):
        """Reads one answer (or only so much of it) and counts how it ended."""
        response = http.client.HTTPResponse(connection)
        try:
            response.begin()
            response.read(read)
        except (http.client.HTTPException, OSError):
            self.ends["cut"] += 1
            return self.close()
        self.ends[response.status] += 1
        if read or response.will_close:
            self.close()
        return None

    def whole(self):
        body = self.body(False)
        self.answer(self.sent(self.head(body) + body))

    def stream(self):
        body = self.body(True)
        self.answer(self.sent(self.head(body) + body))

    def leave(self):
        body = self.body(True)
        self.answer(self.sent(self.head(body) + body), 100)

    def dawdle(self):
        """Sends in pieces and takes the answer in pieces."""
        body = self.body(True)
        data = self.head(body) + body
        third = len(data) // 3
        self.close()
        connection = self.sent(data[:third])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        for part in (data[third:2 * third], data[2 * third:]):
            time.sleep(0.05)
            connection.sendall(part)
        time.sleep(0.1)
        self.answer(connection)

    def pipeline(self):
        bodies = [self.body(False), self.body(False)]
        self.close()  # the answers to both come on one connection, or the second is never read
        connection = self.sent(b"".join(self.head(body) + body for body in bodies))
        buffered = connection.makefile("rb")
        for _ in bodies:
            length = 0
            status = buffered.readline().split(b" ")
            while (line := buffered.readline().strip().lower()):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            buffered.read(length)
            self.ends[int(status[1]) if len(status) > 1 else "cut"] += 1
        self.close()

    def chunked(self):
        body = self.body(False)
        cut = self.chance.randrange(1, len(body))
        chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (body[:cut], body[cut:]))
        self.answer(self.sent(self.head(body, "transfer-encoding: chunked") + chunks + b"0\r\n\r\n"))

    def half_close(self):
        """To the gateway this client has left: its request is recorded, and maybe answered before that is noticed."""
        body = self.body(False)
        self.close()
        connection = self.sent(self.head(body) + body)
        connection.shutdown(socket.SHUT_WR)
        while True:
            try:
                if not connection.recv(65536):
                    break
            except OSError:
                break
        self.ends["half-closed"] += 1
        self.close()

    def mistake(self):
        body = self.chance.choice((b"{", b'{"model":"nothing"}', b'{"model":"main","Model":"x"}', b""))
        self.answer(self.sent(self.head(body) + body))


class Memory(threading.Thread):
    """Resident size, once a second."""

    def __init__(self, pid, stop):
        super().__init__(daemon=True)
        self.status, self.stop, self.kib = Path(f"/proc/{pid}/status"), stop, []

    def run(self):
        while not self.stop.wait(1):
            self.kib.append(int(re.search(r"VmRSS:\s+(\d+)", self.status.read_text())[1]))

    def growth(self):
        """KiB between the window after the warm-up and the last one, each an eighth of the time."""
        span = max(1, len(self.kib) // 8)
        warm = len(self.kib) // 4
        return round(statistics.median(self.kib[-span:]) - statistics.median(self.kib[warm:warm + span]))


class Soak:
    def __init__(self, folder, bin, clients):
        self.mocks = [Upstream(f"{bin}/mock_upstream") for _ in range(2)]
        self.data = os.path.join(folder, "data")
        config = write(os.path.join(folder, "signalbox.yaml"),
                       CONFIG.format(first=self.mocks[0].port, second=self.mocks[1].port))
        self.gateway = Gateway(f"{bin}/signalboxd", config, self.data)
        self.clients = [Client(self.gateway.port, seed) for seed in range(clients)]

    def kill(self):
        for process in (self.gateway, *self.mocks):
            process.kill()

    def descriptors(self):
        """The fewest within a second: the gateway closes a moment after its clients do."""
        counts = []
        for _ in range(20):
            counts.append(len(os.listdir(f"/proc/{self.gateway.child.pid}/fd")))
            time.sleep(0.05)
        return min(counts)

    def totals(self):
        return self.gateway.call("Snapshot")["totals"]

    def query(self, file, text):
        with sqlite3.connect(f"file:{self.data}/{file}?mode=ro", uri=True, timeout=60) as database:
            return database.execute(text).fetchone()[0] or 0

    def calls(self):
        """Calls recorded, by how they ended."""
        with urllib.request.urlopen(f"{self.gateway.control}/metrics", timeout=60) as answer:
            text = answer.read().decode()
        found = re.findall(r'^signalbox_upstream_calls_total\{code="(\w+)"\} (\d+)', text, re.MULTILINE)
        return {code: int(count) for code, count in found}

    def load(self, seconds):
        for mock in self.mocks:
            mock.set(n=24, delay=2000, fault="mixed")
        stop = threading.Event()
        memory = Memory(self.gateway.child.pid, stop)
        threads = [threading.Thread(target=client.run, args=(stop,)) for client in self.clients]
        for thread in (memory, *threads):
            thread.start()
        stop.wait(seconds)
        stop.set()
        for thread in threads:
            thread.join()
        return memory

    def figures(self):
        """Everything that must agree, once it has come to rest."""
        def at_rest():
            totals = self.totals()
            return not any(int(totals.get(name, 0)) for name in ("inFlight", "queued", "connections"))
        until(at_rest, "nothing under way")
        sent = sum(sum(client.ends.values()) for client in self.clients)
        shed = int(self.totals().get("historyShedTotal", 0))
        until(lambda: self.query("history.sqlite", "SELECT count(*) FROM requests") + shed >= sent, "the whole history")
        cost = self.query("history.sqlite", "SELECT sum(cost_micro_usd) FROM requests")
        until(lambda: self.query("ledger.sqlite", f"SELECT sum(amount) FROM entries WHERE kind = {POST}") >= cost, "posts")
        account = self.gateway.call("ListAccounts")["accounts"][0]["budget"]
        seen = [mock.set() for mock in self.mocks]
        calls = self.calls()
        return {
            "sent": sent, "rows": self.query("history.sqlite", "SELECT count(*) FROM requests"), "shed": shed,
            "calls recorded": sum(calls.values()), "calls given up": sum(calls.get(code, 0) for code in UNSENT),
            "calls seen": sum(mock["requests"] for mock in seen),
            "cost": cost, "posts": self.query("ledger.sqlite", f"SELECT sum(amount) FROM entries WHERE kind = {POST}"),
            "posted": int(account.get("postedMicrousd", 0)), "held": int(account.get("heldMicrousd", 0)),
            "upstream connections": sum(mock["open"] for mock in seen), "descriptors": self.descriptors(),
        }


def judge(figures, before, growth):
    """What does not add up, in words."""
    shed = figures["shed"]
    wrong = []

    def equal(name, left, right):
        if left != right:
            wrong.append(f"{name}: {left} is not {right}")
    equal("requests sent, history rows and those shed", figures["sent"], figures["rows"] + shed)
    unseen = figures["calls recorded"] - figures["calls seen"]
    if not 0 <= unseen <= figures["calls given up"]:
        wrong.append(f"calls recorded and not seen: {unseen}, of which {figures['calls given up']} may not have been sent")
    if not shed:
        equal("costs and posts", figures["cost"], figures["posts"])
    equal("posts and what the account has spent", figures["posts"], figures["posted"])
    equal("held for requests under way", figures["held"], 0)
    equal("descriptors", figures["descriptors"], before + figures["upstream connections"])
    if growth is not None and growth >= GROWTH_MAX:
        wrong.append(f"memory grew by {growth} KiB")
    return wrong


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bin", default="build/bin")
    options.add_argument("--out")
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--clients", type=int, default=64)
    options.add_argument("--memory", choices=("judge", "show"), default="judge", help="show: of a sanitized build")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="signalbox-soak-") as folder:
        soak = Soak(folder, given.bin, given.clients)
        try:
            soak.gateway.call("Snapshot")
            before = soak.descriptors()
            memory = soak.load(given.seconds)
            figures = soak.figures()
            ends = sum((client.ends for client in soak.clients), Counter())
            soak.gateway.signal(SIGTERM)
            code, errors = soak.gateway.wait()
        finally:
            soak.kill()
    judged = given.memory == "judge" and given.seconds >= JUDGED_FROM
    wrong = judge(figures, before, memory.growth() if judged else None)
    if code != 0 or "Sanitizer" in errors:
        wrong.append(f"the gateway ended with {code}: {errors[-3000:]}")
    result = {**figures, "descriptors before": before, "memory KiB": memory.kib[-1:], "growth KiB": memory.growth(),
              "seconds": given.seconds, "ends": {str(end): count for end, count in ends.most_common()}}
    print(json.dumps(result, indent=1))
    if given.out:
        Path(given.out).write_text(json.dumps(result))
    for line in wrong:
        print("soak:", line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
