"""What the incidents' tests share: providers as a process, a gateway before them, and figures to show."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "gateway"))

from rig import Gateway, raise_open_files, until, write  # noqa: E402, F401


class Providers:
    def __init__(self, settings):
        self.child = subprocess.Popen([sys.executable, os.path.join(HERE, "providers.py")], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.ports = self.tell(settings)

    def tell(self, settings):
        """Changes settings by provider; the counters of all."""
        self.child.stdin.write(json.dumps(settings) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def counters(self):
        return self.tell({})

    def stop(self):
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait()


class Incident(unittest.TestCase):
    signalboxd = ""

    def setUp(self):
        raise_open_files()
        self.folder = tempfile.TemporaryDirectory(prefix="signalbox-test-")
        self.addCleanup(self.folder.cleanup)

    def start_providers(self, settings):
        providers = Providers(settings)
        self.addCleanup(providers.stop)
        return providers

    def start_gateway(self, config, name="gateway"):
        path = write(os.path.join(self.folder.name, name + ".yaml"), config)
        gateway = Gateway(self.signalboxd, path, os.path.join(self.folder.name, name))
        self.addCleanup(gateway.kill)
        return gateway

    def figure(self, name, value):
        print(f"  {name:<58}{value}", flush=True)


async def at(moment, act):
    """Calls act() at that time of the loop's clock, beside what else runs."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(moment - loop.time())
    return await loop.run_in_executor(None, act)


def upstream_calls(gateway):
    """Since its start, by how they ended."""
    with urllib.request.urlopen(gateway.control + "/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    name = "signalbox_upstream_calls_total"
    return {line.split('"')[1]: int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + "{")}
