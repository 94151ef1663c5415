"""Other gateways beside ours: where they come from, how they are started, and why one cannot be had.

They are installed into a cache folder of the build tree, never into the product. Each gets what its own documentation
says and nothing more: one process on the proxy's core, no database, no logging of bodies.
"""
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import time
import venv
from pathlib import Path

from . import Proxy, Rig, RigError, free_port

START_SECONDS = 120  # a Python gateway takes its time
CLIENT_KEY = "sk-test-0123456789abcdef0123456789abcdef"  # the one in post.lua
PORTKEY = "1.15.2"
# With what npm would choose today every stream ends in `TypeError: immutable`.
PORTKEY_PINS = {"hono": "4.9.7", "@hono/node-server": "1.13.5", "@hono/node-ws": "1.2.0"}
LITELLM = "1.106.2"
BIFROST = "github.com/maximhq/bifrost/transports@v1.6.0"


class Unavailable(Exception):
    """This peer cannot be had here; the text says why."""


def _run(words, why, **options):
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=1200, check=False, **options)
    except OSError as error:
        raise Unavailable(f"{why}: {error}") from None
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it says nothing"]
        raise Unavailable(f"{why}: {lines[-1]}")


def install_portkey(cache):
    place = cache / f"portkey-{PORTKEY}"
    script = place / "node_modules/@portkey-ai/gateway/build/start-server.js"
    if not script.exists():
        place.mkdir(parents=True, exist_ok=True)
        package = {"name": "peer", "private": True, "dependencies": {"@portkey-ai/gateway": PORTKEY},
                   "overrides": PORTKEY_PINS}
        (place / "package.json").write_text(json.dumps(package))
        _run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], "npm cannot install it", cwd=place)
    return script


def install_litellm(cache):
    place = cache / f"litellm-{LITELLM}"
    if not (place / "installed").exists():
        shutil.rmtree(place, ignore_errors=True)
        venv.create(place, with_pip=True)
        _run([place / "bin/python", "-m", "pip", "install", "-q", f"litellm[proxy]=={LITELLM}"], "pip cannot install it")
        (place / "installed").touch()
    return place / "bin/litellm"


def install_bifrost(_):
    """Its npm package downloads an executable; the source of its server is a module of the Go proxy."""
    try:
        done = subprocess.run(["go", "mod", "download", "-json", BIFROST], capture_output=True, text=True, timeout=600,
                              check=False)
    except OSError as error:
        raise Unavailable(f"Go is not installed: {error}") from None
    with contextlib.suppress(ValueError):
        if error := json.loads(done.stdout).get("Error"):
            raise Unavailable(f"the Go proxy does not vouch for it: {error.partition(': reading')[0]}")
    raise Unavailable("its module can be had now, but this script does not know how to start it yet")


class TreeProxy(Proxy):
    """A gateway that may start processes of its own: all of them count."""

    def __init__(self, name, process, port, headers=()):
        super().__init__(name, process, port)
        self.headers = dict(headers)  # every request to it carries them

    def _members(self):
        waiting, found = [self.pid], []
        while waiting:
            pid = waiting.pop()
            found.append(Proxy(self.name, _Pid(pid), self.port))
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(FileNotFoundError):
                    waiting += [int(child) for child in children.read_text().split()]
        return found

    def cpu_ns(self):
        total = {}
        for member in self._members():
            for name, ns in member.cpu_ns().items():
                total[name] = total.get(name, 0) + ns
        return total

    def rss_mib(self):
        return sum(member.rss_mib() for member in self._members())


class _Pid:
    def __init__(self, pid):
        self.pid = pid


class PeerRig(Rig):
    """The rig with the peers in it. `models`: (what clients ask for, base URL, what the provider knows, key) each."""

    def __init__(self, executables, cache):
        super().__init__(executables)
        self.cache = Path(cache).resolve()
        self.cache.mkdir(parents=True, exist_ok=True)

    def start_portkey(self, headers):
        """`headers` say where each request goes: this gateway keeps no configuration."""
        script, port = install_portkey(self.cache), free_port()
        process = self._launch("portkey", ["node", script, f"--port={port}", "--headless"], NODE_ENV="production")
        return self._ready(TreeProxy("portkey", process, port, headers), process)

    def start_litellm(self, models, fallbacks=()):
        script, port = install_litellm(self.cache), free_port()
        rows = [{"model_name": name, "litellm_params": {"model": f"openai/{upstream}", "api_base": base, "api_key": key}}
                for name, base, upstream, key in models]
        settings = {"telemetry": False, "fallbacks": [{name: [other]} for name, other in fallbacks]}
        config = self.dir / f"litellm-{port}.yaml"
        config.write_text(json.dumps({"model_list": rows, "litellm_settings": settings}))  # JSON is YAML
        # Without this it asks the network for prices while it starts.
        process = self._launch("litellm", [script, "--config", config, "--host", "127.0.0.1", "--port", str(port),
                                           "--num_workers", "1"], LITELLM_LOCAL_MODEL_COST_MAP="True",
                               LITELLM_LOG="ERROR", LITELLM_MASTER_KEY=CLIENT_KEY)
        return self._ready(TreeProxy("litellm", process, port), process)

    def start_signalbox_with(self, config):
        """Ours, with another configuration than the one that is measured."""
        folder = self.dir / "conduct"
        folder.mkdir()
        (folder / "signalbox.yaml").write_text(config.replace("$DIR", str(folder)))
        process, port = self._start_with_ready_line(self.proxy_core, "signalboxd", r"ready data=http://[^ ]*:(\d+)/v1",
                                                    "--config", str(folder / "signalbox.yaml"))
        return Proxy("signalbox", process, port)

    def start_bifrost(self, *_):
        return install_bifrost(self.cache)

    def _launch(self, name, words, **environment):
        log = (self.dir / f"{name}.log").open("ab")
        process = subprocess.Popen(["taskset", "-c", self.proxy_core, *map(str, words)], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, env={**os.environ, **environment}, cwd=self.dir)
        self.processes.append(process)
        return process

    def _ready(self, proxy, process):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
                connection.request("GET", "/health/liveliness")
                connection.getresponse().read()
                return proxy
            time.sleep(0.2)
        log = (self.dir / f"{proxy.name}.log").read_text(errors="replace")
        raise RigError(f"{proxy.name} does not listen:\n{log[-2000:]}")
