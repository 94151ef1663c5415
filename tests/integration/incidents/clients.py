"""Callers with the official SDKs' retries, over real sockets: each thinks, asks, and asks again when the SDK would."""

import asyncio
import json
import random
import time

SDK_RETRIES = 2
SDK_JITTER = 0.25
SDK_OBEYS_UP_TO = 60
PATIENCE = 60  # seconds; then a caller takes its gateway for dead


class Visit:
    """One request as its caller means it, with the caller's retries."""

    def __init__(self, began):
        self.began = began
        self.ended = None
        self.sends = 0
        self.status = 0
        self.model = None

    @property
    def total(self):
        return self.ended - self.began

    @property
    def served(self):
        return self.status == 200


class Answer:
    def __init__(self, status, headers):
        self.status = status
        self.headers = headers


class Callers:
    """A group of callers. Times are in seconds. `faster` divides the SDK's pauses, and how many tokens are asked for,
    because the gateway allows a fixed time for each."""

    def __init__(self, port, model, count, think, prompt, max_tokens, key=None, tags=None, faster=1, obeys=True,
                 seed=1):
        self.port, self.model, self.count, self.think, self.prompt = port, model, count, think, prompt
        self.key, self.tags, self.faster, self.obeys = key, tags, faster, obeys
        self.max_tokens = max_tokens // faster
        self.random = random.Random(seed)
        self.visits = []
        self.stopped = False
        self.text = "".join(self.random.choice("abcdefghij klmnop") for _ in range(4 * 30_000))

    async def run(self, until, ramp=0.0, visits=None):
        """Until that time of time.monotonic(), or so many visits of each."""
        await asyncio.gather(*(self.caller(ramp * i / self.count, until, visits) for i in range(self.count)))

    async def caller(self, pause, until, visits):
        connection = Connection(self.port)
        await asyncio.sleep(pause)
        while time.monotonic() < until and visits != 0 and not self.stopped:
            self.visits.append(await self.visit(connection))
            visits = visits - 1 if visits else None
            await asyncio.sleep(self.think)
        connection.close()

    def stop(self):
        """Each ends with the visit under way."""
        self.stopped = True

    async def visit(self, connection):
        visit = Visit(time.monotonic())
        body = self.body()
        while True:
            answer = await connection.ask(self.request(body, visit.sends), PATIENCE)
            visit.sends += 1
            visit.status = answer.status
            visit.model = answer.headers.get("x-signalbox-model")
            pause = self.pause(answer, visit.sends)
            if pause is None:
                break
            await asyncio.sleep(pause)
        visit.ended = time.monotonic()
        return visit

    def body(self):
        tokens = self.prompt(self.random)
        start = self.random.randrange(0, len(self.text) - 4 * tokens)
        return json.dumps({"model": self.model, "max_tokens": self.max_tokens, "messages": [
            {"role": "user", "content": self.text[start:start + 4 * tokens]}]}).encode()

    def request(self, body, sends):
        lines = ["POST /v1/chat/completions HTTP/1.1", "host: gateway", "content-type: application/json",
                 f"content-length: {len(body)}", f"x-stainless-retry-count: {sends}"]
        if self.key:
            lines.append(f"authorization: Bearer {self.key}")
        if self.tags:
            lines.append(f"x-signalbox-tags: {self.tags}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def pause(self, answer, sends):
        """Before it is sent again; None: it is not. As in openai-python and -node."""
        told = answer.headers.get("x-should-retry") if self.obeys else None
        again = answer.status in (0, 408, 409, 429) or answer.status >= 500
        if sends > SDK_RETRIES or told == "false" or not (again or told == "true"):
            return None
        asked = float(answer.headers.get("retry-after-ms", 0)) / 1000 or float(answer.headers.get("retry-after", 0))
        if self.obeys and 0 < asked <= SDK_OBEYS_UP_TO:
            return asked
        return min(0.5 * 2 ** (sends - 1), 8) * (1 - SDK_JITTER * self.random.random()) / self.faster

    def between(self, start, end):
        return [visit for visit in self.visits if start <= visit.began < end]


class Connection:
    """Kept alive from one request to the next."""

    def __init__(self, port):
        self.port = port
        self.streams = None

    async def ask(self, request, patience):
        try:
            return await asyncio.wait_for(self.exchange(request), patience)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            self.close()
            return Answer(0, {})

    async def exchange(self, request):
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(head[0].split()[1]), headers)

    def close(self):
        if self.streams:
            self.streams[1].close()
            self.streams = None


def quantile(visits, q):
    """Of the time of those that were served."""
    times = sorted(visit.total for visit in visits if visit.served)
    return times[min(int(q * len(times)), len(times) - 1)]


def longest_gap(visits, start, end):
    """Without a success."""
    ends = sorted([start, *(v.ended for v in visits if v.served and start <= v.ended <= end), end])
    return max(later - earlier for earlier, later in zip(ends, ends[1:]))
