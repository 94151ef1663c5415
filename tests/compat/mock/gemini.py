"""Gemini's OpenAI-compatible endpoint: tool calls whole, without an index and with a signature that it wants back;
usage in every chunk; tool calls end in `stop`; errors in an array."""
from .openai import CREATED, INPUT, OUTPUT, OpenAI
from .server import Answer

SIGNATURE = "EjQKMgEMOdbHJChLX75QUCJjyYlm"
# What Google takes for the signature of a call that another model made.
NO_SIGNATURE = "skip_thought_signature_validator"


class Gemini(OpenAI):
    kind = "gemini"
    prefix = "/v1beta/openai"
    server = "scaffolding on HTTPServer2"
    stream_type = "text/event-stream"
    statuses = {**OpenAI.statuses, "key": 400}
    parameters = OpenAI.parameters - set("store safety_identifier prompt_cache_key prompt_cache_retention verbosity "
                                         "prediction metadata prompt_cache_options logit_bias".split())

    def headers(self):
        return {"vary": "Origin, X-Origin, Referer", "x-xss-protection": "0", "x-frame-options": "SAMEORIGIN",
                "server-timing": "gfet4t7; dur=300", "alt-svc": 'h3=":443"; ma=2592000'}

    def complaint(self, request):
        for message in request.body["messages"]:
            for call in (message.get("tool_calls") or [])[:1]:
                google = (call.get("extra_content") or {}).get("google") or {}
                if google.get("thought_signature") not in (SIGNATURE, NO_SIGNATURE):
                    return (f"Function call is missing a thought_signature in functionCall parts. Function call "
                            f"`{call['function']['name']}`.")
        if unknown := sorted(set(request.body) - self.parameters):
            return f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.'
        return super().complaint(request)

    def call_id(self, number):
        return f"function-call-{1234567890 + number}"

    def call(self, number):
        signed = {"extra_content": {"google": {"thought_signature": SIGNATURE}}} if number == 0 else {}
        return {**signed, **super().call(number)}  # of several calls the first one is signed

    def usage(self):
        return {"completion_tokens": OUTPUT, "prompt_tokens": INPUT, "total_tokens": INPUT + OUTPUT}

    def whole_tail(self):
        return {}

    def message_tail(self):
        return {}

    def message(self, request):
        message, reason = super().message(request)
        message.pop("content") if message["content"] is None else None
        return message, "stop" if reason == "tool_calls" else reason

    def opening(self, request, calls):
        return []

    def delta(self, parts):
        return {**parts, "role": "assistant"}

    def call_deltas(self, number):
        return [self.call(number)]

    def chunk(self, request, delta, reason=None):
        choice = {"delta": delta, "index": 0, **({"finish_reason": reason} if reason else {})}
        usage = {"usage": self.usage()} if self.asks_usage(request) else {}
        return {"choices": [choice], "created": CREATED, "id": "t9-faLm", "model": request.model,
                "object": "chat.completion.chunk", **usage}

    def chunks(self, request):
        chunks = super().chunks(request)
        return [chunk for chunk in chunks if chunk["choices"]]  # usage came with each of them

    def closing(self, request, reason):
        signed = {"extra_content": {"google": {"thought_signature": SIGNATURE}}, "role": "assistant"}
        return self.chunk(request, signed, "stop" if reason == "tool_calls" else reason)

    def embedding(self, request):
        answer = super().embedding(request)
        del answer.body["usage"]
        return answer

    def packs_vectors(self):
        return False

    def picture(self, request):
        return self.ok({"data": [{"b64_json": "aGk="}]})

    def no_such_path(self, path):
        return Answer(404, None)

    def refusal(self, what, headers=None, words=None):
        answer = super().refusal(what, headers, words)
        answer.body = [answer.body]
        answer.headers.pop("retry-after-ms", None)
        return answer

    def error_body(self, status, what, words=None):
        code, state, message = {
            "key": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
            "rate": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in 1s."),
            "quota": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing "
                      "details."),
            "refuses": (400, "INVALID_ARGUMENT", "Invalid value at 'tools[0].function.parameters'."),
            "too-long": (400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number of tokens "
                         "allowed (1048576)."),
            "missing": (404, "NOT_FOUND", "models/missing is not found for API version v1main, or is not supported for "
                        "generateContent."),
            "server": (500, "INTERNAL", "An internal error has occurred. Please retry."),
        }[what]
        return {"error": {"code": code, "message": words or message, "status": state}}
