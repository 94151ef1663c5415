"""The HTTP under every mock: reads a request, remembers it, and sends what the shape of its kind makes of it."""
import json
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk-upstream"


@dataclass
class Request:
    path: str
    headers: dict
    body: dict
    count: int  # how often this model has been asked, this time included

    @property
    def model(self):
        return self.body.get("model", "")

    @property
    def stream(self):
        return bool(self.body.get("stream"))


@dataclass
class Answer:
    """A whole answer (`body` is made JSON) or, with `events`, a stream of texts that go out one chunk each."""
    status: int = 200
    body: object = None
    headers: dict = field(default_factory=dict)
    events: list = None
    raw: bytes = None  # instead of a JSON body
    cut: bool = False  # the connection dies after the events; without any, before a single byte


class MockServer:
    """Serves one shape on `port`. `seen` holds every request in order; GET /seen gives those of ?model=…"""

    def __init__(self, shape):
        self.shape, self.seen, self._lock = shape, [], threading.Lock()
        outer = self

        class Handler(_Handler):
            mock = outer

        self._http = _Server(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def base_url(self):
        return f"http://127.0.0.1:{self.port}{self.shape.prefix}"

    def answer(self, path, headers, body):
        with self._lock:
            same = [request for request in self.seen if request.model == body.get("model")]
            request = Request(path, headers, body, len(same) + 1)
            self.seen.append(request)
        return self.shape.answer(request)

    def seen_of(self, model):
        with self._lock:
            return [{"path": r.path, "headers": r.headers, "body": r.body} for r in self.seen if r.model == model]

    def stop(self):
        self._http.shutdown()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a gateway may leave whenever it likes
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    mock = None

    def log_message(self, *_):
        pass

    def version_string(self):
        return self.mock.shape.server

    def do_GET(self):
        if self.path.startswith("/seen?model="):
            self._send_whole(Answer(body=self.mock.seen_of(self.path.partition("=")[2])))
        else:
            self._send_whole(self.mock.shape.no_such_path(self.path))

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.mock.answer(self.path, headers, json.loads(raw or b"{}"))
        if answer.events is None and answer.cut:
            self.close_connection = True
        elif answer.events is None:
            self._send_whole(answer)
        else:
            self._send_stream(answer)

    def _head(self, answer, content_type):
        self.send_response(answer.status)
        for name, value in {"content-type": content_type, **answer.headers}.items():
            self.send_header(name, value)

    def _send_whole(self, answer):
        data = json.dumps(answer.body).encode() if answer.raw is None else answer.raw
        self._head(answer, "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send_stream(self, answer):
        self._head(answer, self.mock.shape.stream_type)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in answer.events:
            data = event.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        if answer.cut:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")
