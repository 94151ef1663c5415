"""OpenAI-compatible providers over real sockets, each with the machine it runs on and the weather on the way there.

usage: providers.py < one JSON object per line

The first line names the providers and their settings; it is answered with their ports. Every further line changes
settings and is answered with the counters of all. Times are in seconds.
"""

import asyncio
import json
import random
import socket
import sys

RESENDS_MAX = 6
BACKLOG = 512


class Provider:
    def __init__(self, settings, seed):
        self.random = random.Random(seed)
        self.settings = {"first_token": 0.1, "rate": 200, "prefill": 0, "tokens": [5, 40], "slots": 1000, "slowdown": 0,
                         "fault_share": 0, "fault_status": 503, "hang": False, "stalled": False, "loss": 0,
                         "resend_bytes": 0.2, "resend_connect": 1.0}
        self.settings.update(settings)
        self.connections = self.requests = self.answers = self.checks = self.busy = 0
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.freed = asyncio.Condition()
        self.fillers = []
        self.tasks = set()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.open()

    def open(self):
        self.socket.listen(BACKLOG)
        asyncio.get_running_loop().add_reader(self.socket, self.accept)
        for filler in self.fillers:
            filler.close()
        self.fillers = []

    def hang(self):
        """Nobody gets in: with its queue full, the kernel drops what asks for a connection."""
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.listen(0)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(filler)

    def change(self, settings):
        was_hanging = self.settings["hang"]
        self.settings.update(settings)
        (self.flowing.clear if self.settings["stalled"] else self.flowing.set)()
        if self.settings["hang"] != was_hanging:
            (self.hang if self.settings["hang"] else self.open)()

    def counters(self):
        return {"connections": self.connections, "requests": self.requests, "answers": self.answers,
                "checks": self.checks}

    def accept(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except BlockingIOError:
                return
            self.connections += 1
            task = asyncio.ensure_future(self.serve(connection))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def way(self, pause):
        """Something crosses the network: it stands still while stalled, and what is lost is sent later and later."""
        await self.flowing.wait()
        resends = 0
        while resends < RESENDS_MAX and self.random.random() < self.settings["loss"]:
            await asyncio.sleep(pause * 2 ** resends)
            resends += 1
        await self.flowing.wait()

    async def serve(self, connection):
        reader = asyncio.StreamReader(limit=1 << 20)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await self.way(self.settings["resend_connect"])
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = head.partition("content-length:")[2].partition("\r\n")[0]
                body = await reader.readexactly(int(length or 0))
                await self.way(self.settings["resend_bytes"])
                status, answer = await self.answer(body)
                await self.way(self.settings["resend_bytes"])
                text = json.dumps(answer).encode()
                writer.write(b"HTTP/1.1 %d x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                             % (status, len(text)) + text)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, body):
        try:
            request = json.loads(body)
            content = request["messages"][-1]["content"]
        except (ValueError, KeyError, IndexError):
            self.checks += 1
            return 400, {"error": {"message": "no messages", "type": "invalid_request_error"}}
        self.requests += 1
        async with self.freed:
            await self.freed.wait_for(lambda: self.busy < self.settings["slots"])
            self.busy += 1
        try:
            return await self.generate(request["model"], len(content) // 4)
        finally:
            async with self.freed:
                self.busy -= 1
                self.freed.notify()

    async def generate(self, model, prompt):
        now = self.settings
        slower = 1 + now["slowdown"] * self.busy
        prefill = prompt / now["prefill"] if now["prefill"] else 0
        if self.random.random() < now["fault_share"]:
            await asyncio.sleep(now["first_token"] * slower / 2)
            return now["fault_status"], {"error": {"message": "overloaded", "type": "server_error"}}
        tokens = self.random.randint(*now["tokens"])
        await asyncio.sleep((now["first_token"] + prefill + tokens / now["rate"]) * slower)
        self.answers += 1
        return 200, {"id": "x", "object": "chat.completion", "created": 1, "model": model,
                     "choices": [{"index": 0, "finish_reason": "stop",
                                  "message": {"role": "assistant", "content": "w " * tokens}}],
                     "usage": {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}}


async def main():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    first = json.loads(await reader.readline())
    providers = {name: Provider(settings, seed) for seed, (name, settings) in enumerate(first.items())}
    print(json.dumps({name: one.port for name, one in providers.items()}), flush=True)
    while line := await reader.readline():
        for name, settings in json.loads(line).items():
            providers[name].change(settings)
        print(json.dumps({name: one.counters() for name, one in providers.items()}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
