"""The rig under the benchmarks: the upstream, the proxies, the load, and what the kernel says they cost."""
import contextlib
import json
import os
import re
import resource
import shutil
import socket
import string
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
START_SECONDS = 20


class RigError(Exception):
    """Something the measurement needs is missing or did not start; the text says what."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, log):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise RigError(f"{process.args[3]} does not listen:\n{log.read_text(errors='replace')[-2000:]}")


class Proxy:
    """A running proxy: where whole answers and streams are asked, and whose CPU time counts."""

    def __init__(self, name, process, port, stream_port=None):
        self.name, self.port, self.stream_port = name, port, stream_port or port
        self.pid = process.pid if process else None

    def cpu_ns(self):
        """CPU time of every thread so far, by thread name."""
        total = {}
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):
                name = (task / "comm").read_text().strip()
                total[name] = total.get(name, 0) + int((task / "schedstat").read_text().split()[0])
        return total

    def rss_mib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())[1]) / 1024


class Rig:
    """Starts everything on loopback; leaving the `with` block ends it all and removes its folder."""

    def __init__(self, executables, one_core=False):
        self.bin = executables
        cores = sorted(os.sched_getaffinity(0))
        self.proxy_core, self.load_core = str(cores[0]), str(cores[0 if one_core else -1])
        self.processes = []
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def __enter__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="signalbox-bench-"))
        try:
            self.mock_port = self._start_mock()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def _find(self, name):
        path = shutil.which(name, path=f"{self.bin}:{os.environ['PATH']}:/usr/sbin")
        if not path:
            raise RigError(f"{name} is neither in {self.bin} nor installed")
        return path

    def _start(self, core, name, *words, **options):
        log = self.dir / f"{name}.log"
        process = subprocess.Popen(["taskset", "-c", core, self._find(name), *words], stdin=subprocess.DEVNULL,
                                   stderr=log.open("wb"), **options)
        self.processes.append(process)
        return process, log

    def _start_with_ready_line(self, core, name, pattern, *words):
        out = self.dir / f"{name}.out"
        process, log = self._start(core, name, *words, stdout=out.open("wb"))
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            if found := re.search(pattern, out.read_text()):
                return process, int(found[1])
            time.sleep(0.02)
        raise RigError(f"{name} is not ready:\n{log.read_text(errors='replace')[-2000:]}")

    def _start_mock(self):
        return self._start_with_ready_line(self.load_core, "mock_upstream", r"mock: ready port=(\d+)")[1]

    def _configure(self, template, folder, **values):
        directory = self.dir / folder
        directory.mkdir()
        text = string.Template((HERE / template).read_text())
        (directory / template).write_text(text.substitute(values, DIR=directory, MOCK=self.mock_port))
        return directory / template

    def start_haproxy(self):
        port, stream_port = free_port(), free_port()
        config = self._configure("haproxy.cfg", "haproxy", PORT=port, STREAM_PORT=stream_port)
        process, log = self._start(self.proxy_core, "haproxy", "-db", "-f", str(config), stdout=subprocess.DEVNULL)
        wait_for_port(stream_port, process, log)
        return Proxy("haproxy", process, port, stream_port)

    def start_nginx(self):
        port = free_port()
        config = self._configure("nginx.conf", "nginx", PORT=port)
        process, log = self._start(self.proxy_core, "nginx", "-p", str(config.parent), "-c", str(config),
                                   "-e", str(config.parent / "nginx.err"), stdout=subprocess.DEVNULL)
        wait_for_port(port, process, log)
        return Proxy("nginx", process, port)

    def start_signalbox(self, name="signalbox", threads=1, check=True, cores=None):
        config = self._configure("signalbox.yaml", name, THREADS=threads, CHECK=str(check).lower())
        process, port = self._start_with_ready_line(cores or self.proxy_core, "signalboxd",
                                                    r"ready data=http://[^ ]*:(\d+)/v1", "--config", str(config))
        return Proxy(name, process, port)

    def start_unchecked(self):
        return self.start_signalbox("unchecked", check=False)

    def start_direct(self):
        """Nothing in between."""
        return Proxy("direct", None, self.mock_port)

    def body(self, size, stream=False):
        """A chat request of about `size` bytes; the path of its file."""
        path = self.dir / f"body-{size}-{stream}.json"
        words = "The signal box saw the late train and set the points for the other line. \\\"Clear\\\" — "
        request = ('{"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are terse."},'
                   '{"role":"user","content":"%s"}],"temperature":0.7,"max_tokens":512%s}')
        tail = ',"stream":true,"stream_options":{"include_usage":true}' if stream else ""
        text = words * max(1, (size - len(request)) // len(words.encode()))
        path.write_text(request % (text, tail))
        json.loads(path.read_text())
        return path

    def set_streams(self, events, delay_us):
        url = f"http://127.0.0.1:{self.mock_port}/ctl?n={events}&delay={delay_us}&fault=none"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)

    def post(self, port, connections, seconds, body):
        words = [self._find("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s",
                 str(HERE / "post.lua"), f"http://127.0.0.1:{port}/v1/chat/completions"]
        return json.loads(re.search("RESULT (.*)", self._run(words, seconds, BODY=str(body)))[1])

    def stream(self, port, connections, seconds, body):
        words = [self._find("stream_load"), str(port), str(connections), str(seconds), str(body)]
        return json.loads(self._run(words, seconds))

    def paced(self, port, connections, per_second, seconds, body):
        """Whole answers at a fixed pace; latency counts from when each request was due."""
        words = [self._find("paced_load"), str(port), str(connections), str(per_second), str(seconds), str(body)]
        return json.loads(self._run(words, seconds))

    def _run(self, words, seconds, **environment):
        done = subprocess.run(["taskset", "-c", self.load_core, *words], env={**os.environ, **environment},
                              capture_output=True, text=True, timeout=seconds + 30)
        if done.returncode != 0:
            raise RigError(f"{words[0]} failed: {done.stderr}")
        return done.stdout

    def start_stream(self, port, connections, seconds, body):
        """The same in the background."""
        return self._start(self.load_core, "stream_load", str(port), str(connections), str(seconds), str(body),
                           stdout=subprocess.PIPE)[0]
