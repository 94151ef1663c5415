"""api.openai.com on the wire, and the base of everything that calls itself compatible with it.

A model's name says how it behaves: `plain` answers what it is asked for (text, thoughts, tool calls, JSON), the others
misbehave as FAULTS says.
"""
import base64
import json
import struct

from .server import KEY, Answer

TEXT = ["Hello", " from", " upstream", "."]
THOUGHT = ["Look", " at", " the sky."]
CALLS = [("get_weather", {"city": "Bern"}), ("get_time", {"zone": "Europe/Zurich"})]
JSON_TEXT = '{"city":"Bern","rain":true}'
VECTOR = [0.5, -2.0]
PICTURE = "aGk="
INPUT, CACHED, OUTPUT = 11, 3, 4  # tokens of every answer
CREATED = 1_700_000_000

FAULTS = ("fails", "fails-once", "busy-once", "busy-hour", "quota", "refuses", "too-long", "filtered", "missing", "cut",
          "error-event", "error-first", "no-done", "reset", "empty", "garbage", "short")
MODELS = ("plain", "vectors", "pictures", *FAULTS)


def pieces_of(text):
    half = len(text) // 2
    return [text[:half], text[half:]]


class OpenAI:
    kind = "openai"
    prefix = "/v1"
    server = "cloudflare"
    stream_type = "text/event-stream; charset=utf-8"
    reasoning = None  # the member thoughts come in
    answers_anywhere = False  # does not ask for a key
    statuses = {"rate": 429, "quota": 429, "server": 500, "missing": 404, "key": 401}  # of an error; the others: 400
    parameters = set("""model messages max_tokens max_completion_tokens stop stream stream_options temperature top_p n
        tools tool_choice parallel_tool_calls response_format reasoning_effort user safety_identifier service_tier seed
        logprobs top_logprobs logit_bias presence_penalty frequency_penalty metadata store modalities audio prediction
        verbosity prompt_cache_key prompt_cache_retention web_search_options prompt_cache_options""".split())

    # ---- what is asked for

    def answer(self, request):
        if not self.lets_in(request):
            return self.refusal("key")
        handlers = {"/chat/completions": self.chat, "/completions": self.completion, "/embeddings": self.embedding,
                    "/images/generations": self.picture, "/responses": self.response}
        handler = handlers.get(request.path.removeprefix(self.prefix))
        if handler is None:
            return self.no_such_path(request.path)
        return self.fault(request) or handler(request)

    def lets_in(self, request):
        return self.answers_anywhere or request.headers.get("authorization") == f"Bearer {KEY}"

    def fault(self, request):
        """The answer of a model that misbehaves, or None."""
        name, first = request.model, request.count % 2 == 1
        if name == "fails" or (name == "fails-once" and first):
            return self.refusal("server")
        if name == "busy-once" and first:
            return self.refusal("rate", {"retry-after-ms": "20", "retry-after": "1"})
        if name == "busy-hour":
            return self.refusal("rate", {"retry-after": "3600"})
        if name == "quota":
            return self.refusal("quota")
        if name in ("refuses", "too-long", "filtered"):
            return self.refusal(name)
        if name == "missing":
            return self.refusal("missing")
        if name in ("reset", "empty", "garbage"):
            return Answer(raw=b"<html>Bad gateway</html>" if name == "garbage" else b"", cut=name == "reset")
        if name == "error-first" and request.stream:
            return Answer(headers=self.headers(), events=self.error_events())
        return None

    def complaint(self, request):
        """What is wrong with a chat request, as this provider words it; None: nothing."""
        unknown = sorted(set(request.body) - self.parameters)
        if unknown:
            return f"Unknown parameter: '{unknown[0]}'."
        if "stream_options" in request.body and not request.stream:
            return "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        waiting = set()
        for message in request.body["messages"]:
            if message["role"] == "tool" and message["tool_call_id"] not in waiting:
                return "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
            waiting |= {call["id"] for call in message.get("tool_calls") or []}
        return None

    def wants_calls(self, request):
        return request.body.get("tools") and request.body["messages"][-1]["role"] != "tool"

    def words(self, request):
        if request.model in ("cut", "error-event"):
            return TEXT[:2]  # half an answer, whatever follows
        form = request.body.get("response_format") or {}
        return pieces_of(JSON_TEXT) if form.get("type") == "json_schema" else TEXT

    # ---- whole answers

    def headers(self):
        return {"openai-organization": "org-1", "openai-processing-ms": "12", "openai-version": "2020-10-01",
                "x-request-id": "req_1", "x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9999",
                "x-ratelimit-reset-requests": "6ms", "x-ratelimit-limit-tokens": "2000000",
                "x-ratelimit-remaining-tokens": "1999980", "x-ratelimit-reset-tokens": "0s"}

    def usage(self):
        return {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT,
                "prompt_tokens_details": {"cached_tokens": CACHED, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                                              "rejected_prediction_tokens": 0}}

    def ok(self, body):
        return Answer(body=body, headers=self.headers())

    def call_id(self, number):
        return f"call_{number}abcdefghijklmnopqrstu"

    def call(self, number):
        name, arguments = CALLS[number]
        return {"id": self.call_id(number), "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)}}

    def message(self, request):
        """(message, finish_reason)"""
        if self.wants_calls(request):
            return {"content": None, "tool_calls": [self.call(n) for n in range(len(CALLS))]}, "tool_calls"
        message = {"content": "".join(self.words(request))}
        if self.thinks(request):
            message[self.reasoning] = "".join(THOUGHT)
        return message, "length" if request.model == "short" else "stop"

    def thinks(self, request):
        return self.reasoning and request.body.get("reasoning_effort")

    def whole_head(self, request):
        return {"id": "chatcmpl-BxYz1", "object": "chat.completion", "created": CREATED, "model": request.model}

    def whole_tail(self):
        return {"service_tier": "default", "system_fingerprint": "fp_1"}

    def chat(self, request):
        if complaint := self.complaint(request):
            return self.refusal("refuses", words=complaint)
        if request.stream:
            return Answer(headers=self.headers(), cut=request.model == "cut",
                          events=self.frame(self.chunks(request), request))
        message, reason = self.message(request)
        choice = {"index": 0, "message": {"role": "assistant", **message, **self.message_tail()}, "logprobs": None,
                  "finish_reason": reason, **self.choice_tail()}
        return self.ok({**self.whole_head(request), "choices": [choice], "usage": self.usage(), **self.whole_tail()})

    def message_tail(self):
        return {"refusal": None, "annotations": []}

    def choice_tail(self):
        return {}

    # ---- streams

    def chunk_head(self, request):
        return {**self.whole_head(request), "object": "chat.completion.chunk", **self.whole_tail()}

    def chunk(self, request, delta, reason=None):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        usage = {"usage": None} if self.asks_usage(request) else {}
        return {**self.chunk_head(request), "choices": [choice], **usage, "obfuscation": "aB3"}

    def asks_usage(self, request):
        return (request.body.get("stream_options") or {}).get("include_usage")

    def opening(self, request, calls):
        return [self.chunk(request, {"role": "assistant", "content": None if calls else "", "refusal": None})]

    def call_deltas(self, number):
        call = self.call(number)
        arguments = call["function"]["arguments"]
        begin = {"index": number, **call, "function": {"name": call["function"]["name"], "arguments": ""}}
        return [begin, *({"index": number, "function": {"arguments": part}} for part in pieces_of(arguments))]

    def chunks(self, request):
        """Every chunk but [DONE]."""
        calls = self.wants_calls(request)
        out = self.opening(request, calls)
        if self.thinks(request):
            out += [self.chunk(request, self.delta({self.reasoning: part})) for part in THOUGHT]
        if calls:
            out += [self.chunk(request, self.delta({"tool_calls": [part]}))
                    for number in range(len(CALLS)) for part in self.call_deltas(number)]
        else:
            out += [self.chunk(request, self.delta({"content": part})) for part in self.words(request)]
        if request.model in ("cut", "error-event"):
            return out
        out.append(self.closing(request, "tool_calls" if calls else "length" if request.model == "short" else "stop"))
        if self.asks_usage(request):
            out.append({**self.chunk_head(request), "choices": [], "usage": self.usage()})
        return out

    def delta(self, parts):
        return parts

    def closing(self, request, reason):
        return self.chunk(request, {}, reason)

    def frame(self, chunks, request):
        events = [f"data: {json.dumps(chunk, separators=(',', ':'))}\n\n" for chunk in chunks]
        if request.model == "error-event":
            return events + self.error_events()
        return events if request.model in ("cut", "no-done") else [*events, "data: [DONE]\n\n"]

    def error_events(self):
        return [f"data: {json.dumps(self.error_body(500, 'server'))}\n\n"]

    # ---- the other endpoints

    def completion(self, request):
        def part(text, reason=None):
            return {"id": "cmpl-1", "object": "text_completion", "created": CREATED, "model": request.model,
                    "choices": [{"text": text, "index": 0, "logprobs": None, "finish_reason": reason}]}
        if request.stream:
            chunks = [*(part(text) for text in TEXT), part("", "stop")]
            if self.asks_usage(request):
                chunks.append({**part(""), "choices": [], "usage": self.usage()})
            return Answer(headers=self.headers(), events=self.frame(chunks, request))
        return self.ok({**part("".join(TEXT), "stop"), "usage": self.usage()})

    def embedding(self, request):
        packed = base64.b64encode(struct.pack(f"<{len(VECTOR)}f", *VECTOR)).decode()
        vector = packed if request.body.get("encoding_format") == "base64" and self.packs_vectors() else VECTOR
        return self.ok({"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": vector}],
                        "model": request.model, "usage": {"prompt_tokens": 2, "total_tokens": 2}})

    def packs_vectors(self):
        return True

    def picture(self, request):
        return self.ok({"created": CREATED, "background": "opaque", "data": [{"b64_json": PICTURE}],
                        "output_format": "png", "quality": "low", "size": "1024x1024",
                        "usage": {"input_tokens": 9, "output_tokens": 272, "total_tokens": 281,
                                  "input_tokens_details": {"image_tokens": 0, "text_tokens": 9}}})

    def response(self, request):
        return self.no_such_path(request.path)

    # ---- errors

    def no_such_path(self, path):
        return Answer(404, {"error": {"message": f"Invalid URL (POST {path})", "type": "invalid_request_error",
                                      "param": None, "code": None}})

    def refusal(self, what, headers=None, words=None):
        status = self.statuses.get(what, 400)
        return Answer(status, self.error_body(status, what, words), {**self.headers(), **(headers or {})})

    def error_body(self, status, what, words=None):
        message, kind, param, code = {
            "key": ("Incorrect API key provided: sk-wr**ng.", "invalid_request_error", None, "invalid_api_key"),
            "rate": ("Rate limit reached for plain in organization org-1 on requests per min (RPM): Limit 3, Used 3.",
                     "requests", None, "rate_limit_exceeded"),
            "quota": ("You exceeded your current quota, please check your plan and billing details.",
                      "insufficient_quota", None, "insufficient_quota"),
            "refuses": ("Invalid schema for function 'get_weather'.", "invalid_request_error",
                        "tools[0].function.parameters", "invalid_function_parameters"),
            "too-long": ("This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 "
                         "tokens.", "invalid_request_error", "messages", "context_length_exceeded"),
            "filtered": ("Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
                         "invalid_request_error", None, "content_policy_violation"),
            "missing": ("The model `missing` does not exist or you do not have access to it.", "invalid_request_error",
                        None, "model_not_found"),
            "server": ("The server had an error while processing your request. Sorry about that!", "server_error", None,
                       None),
        }[what]
        return {"error": {"message": words or message, "type": kind, "param": param, "code": code}}
