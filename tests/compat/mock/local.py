"""Servers people run themselves: Ollama, llama.cpp, vLLM, SGLang and LM Studio, each with its own idea of the shape."""
import json

from .openai import CREATED, INPUT, OUTPUT, OpenAI
from .server import Answer


class Local(OpenAI):
    prefix = "/v1"
    answers_anywhere = True
    stream_type = "text/event-stream"

    def headers(self):
        return {}

    def usage(self):
        return {"prompt_tokens": INPUT, "total_tokens": INPUT + OUTPUT, "completion_tokens": OUTPUT}

    def complaint(self, _):
        return None  # they ignore what they do not know

    def whole_tail(self):
        return {}

    def message_tail(self):
        return {}

    def chunk(self, request, delta, reason=None):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**self.chunk_head(request), "choices": [choice]}

    def picture(self, request):
        return self.no_such_path(request.path)


class Ollama(Local):
    """Role in every delta, tool calls whole, thoughts in `reasoning`."""
    kind = "ollama"
    server = "ollama"
    reasoning = "reasoning"

    def whole_head(self, request):
        return {"id": "chatcmpl-774", "object": "chat.completion", "created": CREATED, "model": request.model,
                "system_fingerprint": "fp_ollama"}

    def opening(self, request, calls):
        return []

    def delta(self, parts):
        return {"role": "assistant", "content": "", **parts}

    def call_id(self, number):
        return f"call_lbcjwr0{number}"

    def call_deltas(self, number):
        call = self.call(number)
        return [{"id": call["id"], "index": number, "type": "function", "function": call["function"]}]

    def chunk(self, request, delta, reason=None):
        return {**self.chunk_head(request), "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    def closing(self, request, reason):
        return self.chunk(request, {"role": "assistant", "content": ""}, reason)

    def message(self, request):
        message, reason = super().message(request)
        message["content"] = message["content"] or ""
        for number, call in enumerate(message.get("tool_calls", [])):
            call["index"] = number
        return message, reason

    def packs_vectors(self):
        return False

    def no_such_path(self, path):
        return Answer(404, "404 page not found")

    def error_body(self, status, what, words=None):
        kind, message = {
            "rate": ("api_error", "too many concurrent requests"),
            "quota": ("api_error", "you (org-1) have reached your weekly usage limit"),
            "refuses": ("invalid_request_error", "plain does not support tools"),
            "too-long": ("api_error", "the input length exceeds the context length"),
            "missing": ("not_found_error", "model 'missing' not found"),
            "server": ("api_error", "model runner has unexpectedly stopped, this may be due to resource limitations"),
        }[what]
        return {"error": {"message": message, "type": kind, "param": None, "code": None}}


class LlamaCpp(Local):
    """Members in its own order, content null at first, timings, and errors numbered in `code`."""
    kind = "llamacpp"
    server = "llama.cpp"
    statuses = {**Local.statuses, "rate": 503}
    reasoning = "reasoning_content"

    def headers(self):
        return {"access-control-allow-origin": ""}

    def whole_head(self, request):
        return {"created": CREATED, "id": "chatcmpl-qC6laQHbZ2Cm", "model": request.model,
                "system_fingerprint": "b9554-d403f00ec", "object": "chat.completion"}

    def chunk(self, request, delta, reason=None):
        return {"choices": [{"finish_reason": reason, "index": 0, "delta": delta}], **self.chunk_head(request)}

    def opening(self, request, calls):
        return [self.chunk(request, {"role": "assistant", "content": None})]

    def call_id(self, number):
        return f"Lz5XSVR5wdL8nUbqA8qL2hhnE0b4FqR{number}"

    def closing(self, request, reason):
        timings = {"cache_n": 0, "prompt_n": INPUT, "prompt_ms": 25.1, "predicted_n": OUTPUT, "predicted_ms": 137.4}
        return {**self.chunk(request, {}, reason), "timings": timings}

    def error_events(self):
        # Builds before autumn 2025: a field no reader knows, and an end as if nothing had happened.
        error = self.error_body(500, "server")["error"]
        return [f"error: {json.dumps(error)}\n\n", "data: [DONE]\n\n"]

    def no_such_path(self, path):
        return Answer(404, {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}})

    def error_body(self, status, what, words=None):
        message, kind, more = {
            "rate": ("slot unavailable", "unavailable_error", {}),
            "quota": ("slot unavailable", "unavailable_error", {}),
            "refuses": ("tools param requires --jinja flag", "invalid_request_error", {}),
            "too-long": ("request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it",
                         "exceed_context_size_error", {"n_prompt_tokens": 9412, "n_ctx": 8192}),
            "missing": ("model 'missing' not found", "not_found_error", {}),
            "server": ("Compute error.", "server_error", {}),
        }[what]
        return {"error": {"code": status, "message": message, "type": kind, **more}}


class Vllm(Local):
    """Names and arguments of calls in deltas of their own, null members, an error and then [DONE]."""
    kind = "vllm"
    server = "uvicorn"
    stream_type = "text/event-stream; charset=utf-8"
    reasoning = "reasoning"
    flat_errors = False

    def whole_head(self, request):
        return {"id": "chatcmpl-beb39e7777184d59", "object": "chat.completion", "created": CREATED,
                "model": request.model}

    def message_tail(self):
        return {"refusal": None, "annotations": None, "audio": None, "function_call": None}

    def message(self, request):
        message, reason = super().message(request)
        return {"tool_calls": [], "reasoning": None, **message}, reason

    def choice_tail(self):
        return {"stop_reason": None, "token_ids": None}

    def call_id(self, number):
        return f"chatcmpl-tool-8b1c2d3e4f5a4b6c9d0e1f2a3b4c5d6{number}"

    def opening(self, request, calls):
        return [{**self.chunk(request, {"role": "assistant", "content": ""}), "prompt_token_ids": None}]

    def closing(self, request, reason):
        chunk = self.chunk(request, {"content": ""}, reason)
        chunk["choices"][0]["stop_reason"] = None
        return chunk

    def error_events(self):
        return [*super().error_events(), "data: [DONE]\n\n"]

    def no_such_path(self, path):
        return Answer(404, {"detail": "Not Found"})

    def error_body(self, status, what, words=None):
        kind, message = {
            "rate": ("RateLimitError", "too many requests"),
            "quota": ("RateLimitError", "too many requests"),
            "refuses": ("BadRequestError", '"auto" tool choice requires --enable-auto-tool-choice and '
                        '--tool-call-parser to be set'),
            "too-long": ("BadRequestError", "This model's maximum context length is 4096 tokens. However, you requested "
                         "5000 tokens (4900 in the messages, 100 in the completion)."),
            "missing": ("NotFoundError", "The model `missing` does not exist."),
            "server": ("InternalServerError", "EngineCore encountered an issue."),
        }[what]
        error = {"message": message, "type": kind, "param": None, "code": status}
        return {"object": "error", **error} if self.flat_errors else {"error": error}


class SgLang(Vllm):
    """Every member of a delta always there, mostly null; errors flat."""
    kind = "sglang"
    reasoning = "reasoning_content"
    flat_errors = True

    def whole_head(self, request):
        return {"id": "fea45bfa7bbd4209b1e71bdcdcc6c667", "object": "chat.completion", "created": CREATED,
                "model": request.model}

    def message_tail(self):
        return {}

    def message(self, request):
        message, reason = Local.message(self, request)
        return {"reasoning_content": None, "tool_calls": None, **message}, reason

    def choice_tail(self):
        return {"matched_stop": 2}

    def call_id(self, number):
        return f"call_8b1c2d3e4f5a4b6c9d0e1f2{number}"

    def delta(self, parts):
        return {"role": None, "content": None, "reasoning_content": None, "tool_calls": None, **parts}

    def opening(self, request, calls):
        return [self.chunk(request, self.delta({"role": "assistant", "content": ""}))]

    def chunk(self, request, delta, reason=None):
        chunk = super().chunk(request, delta, reason)
        chunk["choices"][0]["matched_stop"] = 2 if reason else None
        return {**chunk, "usage": None}

    def closing(self, request, reason):
        return self.chunk(request, self.delta({}), reason)

    def call_deltas(self, number):
        first, *rest = super().call_deltas(number)
        nothing = {"id": None, "type": "function"}
        return [first, *({**nothing, **part, "function": {"name": None, **part["function"]}} for part in rest)]

    def packs_vectors(self):
        return False

    def error_events(self):
        body = {"error": self.error_body(500, "server")}
        return [f"data: {json.dumps(body)}\n\n", "data: [DONE]\n\n"]


class LmStudio(Local):
    """Errors as a bare string, and in streams under a name of their own."""
    kind = "lmstudio"
    server = "lmstudio"
    reasoning = "reasoning_content"

    def headers(self):
        return {"x-powered-by": "Express"}

    def whole_head(self, request):
        return {"id": "chatcmpl-um3b2l9t12bzrtha63q8", "object": "chat.completion", "created": CREATED,
                "model": request.model, "system_fingerprint": request.model}

    def whole_tail(self):
        return {}

    def message_tail(self):
        return {}

    def message(self, request):
        message, reason = super().message(request)
        return {**message, "content": message["content"] or "", "tool_calls": message.get("tool_calls", [])}, reason

    def call_id(self, number):
        return f"36520749{number}"

    def opening(self, request, calls):
        return []

    def delta(self, parts):
        return {"role": "assistant", **parts}

    def packs_vectors(self):
        return False

    def error_events(self):
        return [f"event: error\ndata: {json.dumps(self.error_body(500, 'server'))}\n\n"]

    def no_such_path(self, path):
        return Answer(200, {"error": f"Unexpected endpoint or method. (POST {path})"})

    def error_body(self, status, what, words=None):
        message = {
            "rate": "Too many requests",
            "quota": "Too many requests",
            "refuses": "'tools[0].function.parameters' is not a valid JSON schema",
            "too-long": "Trying to keep the first 9412 tokens when context the overflows. However, the model is loaded "
                        "with context length of only 4096 tokens, which is not enough.",
            "missing": 'Model "missing" not found',
            "server": "The model has crashed without additional information. (Exit code: 6)",
        }[what]
        return {"error": {"message": message}} if what == "server" else {"error": message}
