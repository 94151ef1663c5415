"""api.anthropic.com on the wire. Refuses what it does not know, as the real one does."""
import json
import re

from .openai import CACHED, CALLS, INPUT, JSON_TEXT, OUTPUT, TEXT, THOUGHT, OpenAI, pieces_of
from .server import KEY, Answer

SIGNATURE = "EqQBCgIYAhIM"


class Anthropic(OpenAI):
    kind = "anthropic"
    prefix = ""
    server = "cloudflare"
    stream_type = "text/event-stream; charset=utf-8"
    statuses = {**OpenAI.statuses, "quota": 400}
    parameters = set("""model messages max_tokens metadata stop_sequences stream system temperature thinking tool_choice
        tools top_k top_p service_tier output_config container mcp_servers context_management cache_control""".split())

    def answer(self, request):
        if request.path.partition("?")[0] != "/v1/messages":
            return self.no_such_path(request.path)
        if request.headers.get("x-api-key") != KEY:
            return self.refusal("key")
        return self.fault(request) or self.messages(request)

    def headers(self):
        return {"request-id": "req_011C", "anthropic-organization-id": "org-1",
                "anthropic-ratelimit-requests-limit": "4000", "anthropic-ratelimit-requests-remaining": "3999",
                "anthropic-ratelimit-requests-reset": "2026-11-20T12:00:00Z", "cf-cache-status": "DYNAMIC",
                "anthropic-ratelimit-input-tokens-limit": "400000",
                "anthropic-ratelimit-input-tokens-remaining": "400000"}

    def complaint(self, request):
        body = request.body
        if "anthropic-version" not in request.headers:
            return "anthropic-version: header is required"
        if unknown := sorted(set(body) - self.parameters):
            return f"{unknown[0]}: Extra inputs are not permitted"
        if "max_tokens" not in body:
            return "max_tokens: Field required"
        if body.get("temperature", 0) > 1:
            return "temperature: range: 0..1"
        waiting = set()
        for number, message in enumerate(body["messages"]):
            if message["role"] not in ("user", "assistant"):
                return f"messages.{number}.role: Input should be 'user' or 'assistant'"
            blocks = message["content"] if isinstance(message["content"], list) else []
            if message["content"] in ("", []):
                return f"messages.{number}: all messages must have non-empty content"
            results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
            if results - waiting or waiting - results:
                return (f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after, or "
                        "the reverse")
            waiting = {block["id"] for block in blocks if block["type"] == "tool_use"}
            if bad := [name for name in waiting if not re.fullmatch("[a-zA-Z0-9_-]+", name)]:
                return f"messages.{number}: tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$': {bad[0]}"
        return None

    def usage(self):
        return {"input_tokens": INPUT - CACHED, "cache_creation_input_tokens": 0, "cache_read_input_tokens": CACHED,
                "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
                "output_tokens": OUTPUT, "service_tier": "standard"}

    def blocks(self, request):
        """(content, stop_reason)"""
        body = request.body
        last = body["messages"][-1]["content"]
        answered = isinstance(last, list) and any(block["type"] == "tool_result" for block in last)
        thought = {"type": "thinking", "thinking": "".join(THOUGHT), "signature": SIGNATURE}
        before = [thought] if body.get("thinking", {}).get("type") in ("enabled", "adaptive") else []
        if body.get("tools") and not answered:
            return before + [{"type": "tool_use", "id": f"toolu_01A{n}", "name": name, "input": arguments}
                             for n, (name, arguments) in enumerate(CALLS)], "tool_use"
        text = JSON_TEXT if (body.get("output_config") or {}).get("format") else "".join(TEXT)
        reason = "max_tokens" if request.model == "short" else "end_turn"
        return [*before, {"type": "text", "text": text}], reason

    def messages(self, request):
        if complaint := self.complaint(request):
            return self.refusal("refuses", words=complaint)
        content, reason = self.blocks(request)
        message = {"model": request.model, "id": "msg_01", "type": "message", "role": "assistant", "content": content,
                   "stop_reason": reason, "stop_sequence": None, "usage": self.usage()}
        if not request.stream:
            return self.ok(message)
        return Answer(headers=self.headers(), events=self.frame(self.events(message), request),
                      cut=request.model == "cut")

    def events(self, message):
        begun = {**message, "content": [], "stop_reason": None, "usage": {**self.usage(), "output_tokens": 1}}
        out = [{"type": "message_start", "message": begun}]
        for index, block in enumerate(message["content"]):
            out += self.block_events(index, block)
            if index == 0:
                out.insert(2, {"type": "ping"})
        end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
        return out + [{"type": "message_delta", "delta": end, "usage": {"output_tokens": OUTPUT}},
                      {"type": "message_stop"}]

    @staticmethod
    def block_events(index, block):
        if block["type"] == "text":
            empty = {"type": "text", "text": ""}
            parts = TEXT if block["text"] == "".join(TEXT) else pieces_of(block["text"])
            deltas = [{"type": "text_delta", "text": part} for part in parts]
        elif block["type"] == "thinking":
            empty = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": part} for part in THOUGHT]
            deltas.append({"type": "signature_delta", "signature": SIGNATURE})
        else:
            empty = {**block, "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": part}
                      for part in ("", *pieces_of(json.dumps(block["input"])))]
        return [{"type": "content_block_start", "index": index, "content_block": empty},
                *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
                {"type": "content_block_stop", "index": index}]

    def frame(self, chunks, request):
        if request.model in ("cut", "error-event"):
            deltas = [i for i, chunk in enumerate(chunks) if chunk["type"] == "content_block_delta"]
            chunks = chunks[:deltas[1] + 1]  # half an answer
        if request.model == "error-event":
            chunks = [*chunks, {"type": "error", "error": {"details": None, "type": "api_error",
                                                           "message": "Internal server error"}}]
        return [f"event: {chunk['type']}\ndata: {json.dumps(chunk)}\n\n" for chunk in chunks]

    def no_such_path(self, path):
        return Answer(404, {"type": "error", "error": {"type": "not_found_error", "message": "Not Found"}})

    def error_body(self, status, what, words=None):
        kind, message = {
            "key": ("authentication_error", "invalid x-api-key"),
            "rate": ("rate_limit_error", "This request would exceed your organization's rate limit of 50 requests per "
                     "minute."),
            "quota": ("invalid_request_error", "Your credit balance is too low to access the Anthropic API. Please go to "
                      "Plans & Billing to upgrade or purchase credits."),
            "refuses": ("invalid_request_error", "tools.0.custom.input_schema: JSON schema is invalid."),
            "too-long": ("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
            "filtered": ("invalid_request_error", "Output blocked by content filtering policy"),
            "missing": ("not_found_error", "model: missing"),
            "server": ("api_error", "Internal server error"),
        }[what]
        return {"type": "error", "error": {"type": kind, "message": words or message}, "request_id": "req_011C"}
