"""What a gateway does when a provider misbehaves and another one is configured to take over.

The providers are two of tests/compat/mock: the first misbehaves as the model's name says, the second answers.
"""
import http.client
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from . import RigError
from .peers import CLIENT_KEY

sys.path.append(str(Path(__file__).resolve().parents[2] / "compat"))

from mock.openai import TEXT, OpenAI  # noqa: E402  (beside the tests it was made for)
from mock.server import KEY, MockServer  # noqa: E402

WHOLE = "".join(TEXT)
CALLS_MAX = 3  # of the provider that fails; more is a waste of the client's time
TIMEOUT = 90

# (model, streamed, what is right). A verdict on the request is the client's to hear. A stream that breaks must look like it,
# unless the other provider's answer could still be sent in its place.
FAULTS = (
    ("fails", False, "answered"), ("fails", True, "answered"), ("fails-once", False, "answered"),
    ("busy-once", False, "answered"), ("busy-hour", False, "answered"), ("quota", False, "answered"),
    ("missing", False, "answered"), ("reset", False, "answered"), ("reset", True, "answered"),
    ("empty", False, "answered"), ("garbage", False, "answered"), ("error-first", True, "answered"),
    ("too-long", False, "answered"), ("refuses", False, "told"), ("filtered", False, "told"),
    ("cut", True, "told or answered"), ("error-event", True, "told or answered"), ("no-done", True, "answered"),
)


@dataclass
class Cell:
    fault: str
    right: str
    ended: str  # answered | told | silent (an end as if all were well, without the whole text)
    calls: int  # of the provider that fails

    def good(self):
        return self.ended in self.right and self.calls <= CALLS_MAX

    def words(self):
        calls = f", {self.calls} calls" if self.calls > 1 else ""
        return f"{self.ended if self.good() else f'**{self.ended}**'}{calls}"


def text_of(body, streamed):
    """(text of an answer that says that it is complete, is there an error in it)"""
    if not streamed:
        answer = json.loads(body)
        return answer["choices"][0]["message"]["content"] or "", False
    text, failed, finished = "", False, False
    for line in body.decode(errors="replace").splitlines():
        if not line.startswith("data:") or "[DONE]" in line:
            continue
        chunk = json.loads(line[5:])
        failed = failed or "error" in chunk
        for choice in chunk.get("choices", []):
            text += (choice.get("delta") or {}).get("content") or ""
            finished = finished or bool(choice.get("finish_reason"))
    return text if finished else "", failed


def ask(port, headers, model, streamed):
    """How it ended for the client."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    body = {"model": model, "messages": [{"role": "user", "content": "Hello?"}], "stream": streamed}
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body),
                           {"content-type": "application/json", "authorization": f"Bearer {CLIENT_KEY}", **headers})
        answer = connection.getresponse()
        got = answer.read()
        if answer.status != 200:
            return "told"
        text, failed = text_of(got, streamed)
    except TimeoutError:
        return "hung"
    except (OSError, http.client.HTTPException):
        return "told"  # the body visibly broke off
    except (ValueError, KeyError, LookupError, TypeError):
        return "silent"  # a success that is none
    finally:
        connection.close()
    return "told" if failed else "answered" if text == WHOLE else "silent"


def signalbox_config(models, base, spare):
    entries = [f"  - {{ name: {model}, deployments: [{{ provider: first, model: {model} }}], fallbacks: [spare] }}"
               for model in models]
    return "\n".join([
        "version: 1",
        'gateway: { listen: "127.0.0.1:0", control: "127.0.0.1:0", data_dir: "$DIR" }',
        "providers:",
        f"  - {{ name: first, kind: openai, base_url: {base}, keys: [{{ name: main, value: {KEY} }}] }}",
        f"  - {{ name: second, kind: openai, base_url: {spare}, keys: [{{ name: main, value: {KEY} }}] }}",
        "models:", *entries, "  - { name: spare, deployments: [{ provider: second, model: plain }] }", ""])


def portkey_target(base, model):
    return {"provider": "openai", "custom_host": base, "api_key": KEY, "override_params": {"model": model}}


def conduct_of(rig, name):
    """One Cell per fault, in the order of FAULTS."""
    first, second = MockServer(OpenAI()), MockServer(OpenAI())
    try:
        base, spare = first.base_url(), second.base_url()
        models = sorted({model for model, _, _ in FAULTS})
        if name == "signalbox":
            proxy = rig.start_signalbox_with(signalbox_config(models, base, spare))
        elif name == "portkey":
            proxy = rig.start_portkey({})
        elif name == "litellm":
            rows = [(model, base, model, KEY) for model in models] + [("spare", spare, "plain", KEY)]
            proxy = rig.start_litellm(rows, [(model, "spare") for model in models])
        else:
            raise RigError(f"nobody knows how {name} falls back")
        cells = []
        for model, streamed, right in FAULTS:
            headers = {}
            if name == "portkey":
                targets = [portkey_target(base, model), portkey_target(spare, "plain")]
                headers["x-portkey-config"] = json.dumps({"strategy": {"mode": "fallback"}, "targets": targets})
            before = len(first.seen_of(model))
            ended = ask(proxy.port, headers, model, streamed)
            calls = len(first.seen_of(model)) - before
            cells.append(Cell(f"{model}{', streamed' if streamed else ''}", right, ended, calls))
        return cells
    finally:
        first.stop()
        second.stop()
