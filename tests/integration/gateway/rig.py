"""Real processes for the tests: a gateway, its upstreams, and clients that say exactly what they saw."""

import http.client
import json
import os
import resource
import select
import signal
import subprocess
import tempfile
import time
import urllib.request

PATIENCE = 60  # seconds; only ever waited out by a failure


def until(condition, what):
    """The first true value of `condition()`, asked again and again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        select.select([], [], [], 0.02)
    raise AssertionError(f"never came: {what}")


def raise_open_files():
    """As many descriptors as this user may have, here and in the processes started from here."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Process:
    """A child that prints one line when it is ready."""

    def __init__(self, command):
        # A file: a pipe that nobody reads fills up, and whoever writes to it waits.
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.ready = self.child.stdout.readline()

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self):
        """Exit code and what it wrote to stderr."""
        self.child.wait(timeout=PATIENCE)
        self.errors.seek(0)
        return self.child.returncode, self.errors.read()

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stdout.close()


class Upstream(Process):
    def __init__(self, binary):
        super().__init__([binary])
        self.port = int(self.ready.rsplit("=", 1)[1])

    def set(self, **settings):
        """n: events of a stream; delay: microseconds between them; fault. Answers settings and counters."""
        query = "&".join(f"{key}={value}" for key, value in settings.items())
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ctl?{query}", timeout=PATIENCE) as answer:
            return json.load(answer)


class Gateway(Process):
    def __init__(self, binary, config, data_dir):
        super().__init__([binary, "--config", config, "--data-dir", data_dir, "--listen", "127.0.0.1:0",
                          "--control", "127.0.0.1:0"])
        if not self.ready:
            raise AssertionError(f"the gateway did not start: {self.wait()}")
        urls = dict(word.split("=", 1) for word in self.ready.split() if "=" in word)
        self.port = int(urls["data"].removesuffix("/v1").rsplit(":", 1)[1])
        self.control = urls["control"]

    def call(self, method, **message):
        request = urllib.request.Request(f"{self.control}/signalbox.v1.ControlService/{method}",
                                         json.dumps(message).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def rows(self, **filters):
        return self.call("QueryRequests", filter=filters, limit=1000).get("requests", [])


class Stream:
    """One chat request; lines() gives the data of its events as they come."""

    def __init__(self, port, model, stream=True, headers=None, **more):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        body = {"model": model, "stream": stream, "messages": [{"role": "user", "content": "hello"}], **more}
        self.connection.request("POST", "/v1/chat/completions", json.dumps(body),
                                {"content-type": "application/json", **(headers or {})})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.model = self.answer.headers.get("x-signalbox-model")
        self.events = []
        self.text = ""
        self.whole = False

    def lines(self):
        try:
            while line := self.answer.readline():
                text = line.decode().strip()
                self.text += text
                if text.startswith("data: "):
                    self.events.append(text[6:])
                    yield text[6:]
            self.whole = True
        except (http.client.HTTPException, ConnectionError):
            self.whole = False
        self.connection.close()

    def finish(self):
        for _ in self.lines():
            pass
        return self

    @property
    def done(self):
        return bool(self.events) and self.events[-1] == "[DONE]"

    @property
    def ended_honestly(self):
        """Cut after it had begun, and said so."""
        return self.status == 200 and not self.whole and bool(self.events) and '"error"' in self.events[-1]


def ask(port, model, stream=False, headers=None, **more):
    return Stream(port, model, stream, headers, **more).finish()


def config(upstreams, models, extra=""):
    """`upstreams`: port by provider. `models`: (name, provider, fallbacks)."""
    lines = ["version: 1", "gateway: { threads: 2, drain: 20s }", "providers:"]
    for name, port in upstreams.items():
        lines.append(f"  - {{ name: {name}, kind: openai, base_url: 'http://127.0.0.1:{port}/v1', "
                     f"keys: [{{ name: only, value: sk-{name} }}] }}")
    lines.append("models:")
    for name, provider, fallbacks in models:
        lines.append(f"  - {{ name: {name}, deployments: [{{ provider: {provider}, model: {name} }}], "
                     f"fallbacks: [{', '.join(fallbacks)}] }}")
    return "\n".join(lines) + "\n" + extra


def write(path, text):
    """Whole or not at all, as an editor saves."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)
    return path


SIGTERM, SIGHUP, SIGKILL = signal.SIGTERM, signal.SIGHUP, signal.SIGKILL
