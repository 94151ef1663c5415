"""Clients and providers that misbehave on real sockets, where the kernel has a say.

usage: hostile_test.py SIGNALBOXD MOCK_UPSTREAM
"""

import http.client
import json
import os
import re
import socket
import sys
import tempfile
import threading
import unittest

from rig import Gateway, Upstream, ask, config, until, write

SIGNALBOXD = MOCK = ""
READERS = 32
EVENTS = 50_000  # of a stream that nobody reads: 4 MB
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"and so on"},"finish_reason":null}]}\n\n'


def body(stream=False, model="main", **more):
    return json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": "x"}], **more}).encode()


def request(payload, framing=None):
    framing = framing or f"content-length: {len(payload)}"
    return f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n".encode() + payload


class Provider(threading.Thread):
    """Sends the same bytes to whoever connects, then lets the connection be closed by the other side."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer, self.connections = answer, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                while connection.recv(65536):
                    connection.sendall(self.answer)
            except OSError:
                return

    def kill(self):
        self.listener.close()


class HostileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="signalbox-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.spare = self.started(Upstream(MOCK))

    def started(self, process):
        self.addCleanup(process.kill)
        return process

    def start(self, first_port):
        text = config({"p1": first_port, "p2": self.spare.port}, [("main", "p1", ["spare"]), ("spare", "p2", [])])
        file = write(os.path.join(self.folder, "signalbox.yaml"), text)
        return self.started(Gateway(SIGNALBOXD, file, tempfile.mkdtemp(dir=self.folder)))

    def connect(self, gateway, data=b""):
        connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=60)
        self.addCleanup(connection.close)
        connection.sendall(data)
        return connection

    def in_flight(self, gateway):
        return int(gateway.call("Snapshot")["totals"].get("inFlight", 0))

    def memory(self, gateway):
        with open(f"/proc/{gateway.child.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


class Clients(HostileTest):
    def setUp(self):
        super().setUp()
        self.first = self.started(Upstream(MOCK))
        self.gateway = self.start(self.first.port)

    def test_who_closes_its_sending_side_has_left(self):
        self.first.set(n=10_000, delay=20000)
        connection = self.connect(self.gateway, request(body(stream=True)))
        self.assertTrue(connection.recv(1))
        connection.shutdown(socket.SHUT_WR)
        until(lambda: self.in_flight(self.gateway) == 0, "the end of its request")
        row = until(lambda: self.gateway.rows(), "its row")[0]
        self.assertEqual("cancelled", row["outcome"])

    def test_two_hundred_pipelined_requests_are_answered_in_order(self):
        paths = ["main", "nothing"] * 100
        connection = self.connect(self.gateway, b"".join(
            f"GET /v1/models/{path} HTTP/1.1\r\nhost: x\r\n\r\n".encode() for path in paths))
        reader = connection.makefile("rb")
        for path in paths:
            status = int(reader.readline().split()[1])
            length = 0
            while (line := reader.readline().strip()):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            reader.read(length)
            self.assertEqual(200 if path == "main" else 404, status)

    def test_a_body_in_a_hundred_thousand_chunks_is_one_body(self):
        payload = body(user="x" * 100_000)
        chunks = b"".join(b"1;e=%d\r\n%c\r\n" % (at % 7, byte) for at, byte in enumerate(payload)) + b"0\r\n\r\n"
        connection = self.connect(self.gateway, request(chunks, "transfer-encoding: chunked"))
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        self.assertEqual(200, answer.status)

    def test_a_promise_of_bytes_costs_no_memory(self):
        before = self.memory(self.gateway)
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 60000000\r\n\r\n{"
        promised = [self.connect(self.gateway, head) for _ in range(200)]
        self.assertEqual(200, ask(self.gateway.port, "main").status)
        self.assertLess(self.memory(self.gateway) - before, 16 * 1024)
        for connection in promised:
            connection.close()
        until(lambda: self.in_flight(self.gateway) == 0, "nothing under way")


class Providers(HostileTest):
    def served_by_the_spare(self, answer, stream=False):
        provider = self.started(Provider(answer))
        gateway = self.start(provider.port)
        for _ in range(2):
            reply = ask(gateway.port, "main", stream)
            self.assertEqual((200, "spare"), (reply.status, reply.model), reply.text)
        return until(gateway.rows, "a row")[-1]["attempts"][0]["result"]

    def test_readers_that_take_nothing_cost_little_and_are_in_nobodys_way(self):
        gateway = self.start(self.started(Provider(STREAM_HEAD + EVENT * EVENTS)).port)
        before = self.memory(gateway)
        for _ in range(READERS):
            connection = socket.socket()
            self.addCleanup(connection.close)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", gateway.port))
            connection.sendall(request(body(stream=True)))
        until(lambda: self.in_flight(gateway) == READERS, "every reader being served")
        for _ in range(20):
            self.assertEqual(200, ask(gateway.port, "spare", True).status)
        until(lambda: self.in_flight(gateway) == READERS, "the readers alone")
        self.assertLess(self.memory(gateway) - before, READERS * 512)

    def test_what_is_no_answer_is_none(self):
        whole = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
        cases = {
            "two framings": whole + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "gzip": whole + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00",
            "endless head": whole + b"x: y\r\n" * 200_000,
            "bare line feeds": b"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}",
            "TLS": b"\x15\x03\x03\x00\x02\x02\x28",
        }
        for name, answer in cases.items():
            with self.subTest(name):
                self.assertEqual("upstream_malformed", self.served_by_the_spare(answer))

    def test_an_event_without_end_is_none(self):
        answer = STREAM_HEAD + b"data: " + b"a" * 5_000_000
        self.assertEqual("upstream_malformed", self.served_by_the_spare(answer, True))


if __name__ == "__main__":
    SIGNALBOXD, MOCK = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
