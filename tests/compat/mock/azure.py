"""Azure OpenAI, v1 API: metadata before the first delta, filter verdicts in every choice, its own words for errors."""
import json

from .openai import CALLS, CREATED, INPUT, JSON_TEXT, OUTPUT, TEXT, OpenAI, pieces_of
from .server import KEY, Answer

SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}


class Azure(OpenAI):
    kind = "azure"
    prefix = "/openai/v1"
    server = "istio-envoy"
    stream_type = "text/event-stream; charset=utf-8"

    def lets_in(self, request):
        return request.headers.get("api-key") == KEY

    def headers(self):
        return {"apim-request-id": "0f3b", "x-ms-region": "Sweden Central", "x-ms-rai-invoked": "true",
                "azureml-model-session": "d1", "x-ratelimit-limit-requests": "250", "x-request-id": "9d1c",
                "x-ratelimit-remaining-requests": "249", "x-ratelimit-remaining-tokens": "249990",
                "cmp-upstream-response-duration": "300", "x-content-type-options": "nosniff"}

    def whole_tail(self):
        return {"system_fingerprint": "fp_1"}

    def choice_tail(self):
        return {"content_filter_results": SAFE}

    def chat(self, request):
        answer = super().chat(request)
        if answer.events is None and answer.status == 200:
            answer.body["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": SAFE}]
        return answer

    def opening(self, request, calls):
        metadata = {"id": "", "object": "", "created": 0, "model": "", "choices": [],
                    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]}
        return [metadata, *super().opening(request, calls)]

    def chunk(self, request, delta, reason=None):
        chunk = super().chunk(request, delta, reason)
        del chunk["obfuscation"]
        chunk["choices"][0]["content_filter_results"] = SAFE if delta.get("content") else {}
        return chunk

    def chunks(self, request):
        """With a verdict of the asynchronous filter before the end, which has no delta."""
        verdict = {"index": 0, "finish_reason": None, "content_filter_results": SAFE,
                   "content_filter_offsets": {"check_offset": 44, "start_offset": 44, "end_offset": 60}}
        chunks = super().chunks(request)
        ends = (i for i, chunk in enumerate(chunks) if chunk["choices"] and chunk["choices"][0]["finish_reason"])
        at = next(ends, len(chunks))
        return [*chunks[:at], {"id": "", "object": "", "created": 0, "model": "", "choices": [verdict]}, *chunks[at:]]

    def frame(self, chunks, request):
        events = super().frame(chunks, request)
        return ["".join(events)] if request.model == "plain" else events  # they come in bursts

    def no_such_path(self, path):
        return Answer(404, {"error": {"code": "404", "message": "Resource not found"}})

    def error_body(self, status, what, words=None):
        bodies = {
            "key": {"code": "401", "message": "Access denied due to invalid subscription key or wrong API endpoint. Make "
                    "sure to provide a valid key for an active subscription and use a correct regional API endpoint."},
            "rate": {"code": "429", "message": "Requests to the ChatCompletions_Create Operation under Azure OpenAI API "
                     "have exceeded call rate limit of your current pricing tier. Please retry after 1 second."},
            "quota": {"code": "429", "type": "insufficient_quota", "message": "You exceeded your current quota."},
            "missing": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist. If "
                        "you created the deployment within the last 5 minutes, please wait a moment and try again."},
            "filtered": {"message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
                         "management policy. Please modify your prompt and retry.", "type": None, "param": "prompt",
                         "code": "content_filter", "status": 400,
                         "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {
                             **SAFE, "violence": {"filtered": True, "severity": "medium"}}}},
            "server": {"code": "InternalServerError", "message": "The server had an error processing your request. "
                       "Sorry about that! You can retry your request."},
        }
        return {"error": bodies[what]} if what in bodies else super().error_body(status, what, words)

    # ---- the Responses API, which this provider is asked for natively

    def response(self, request):
        calls = request.body.get("tools") and isinstance(request.body["input"], str)
        if not request.stream:
            return self.ok(self.response_object(request, "completed", self.response_items(request, calls)))
        events = [{"type": "response.created", "response": self.response_object(request, "in_progress", [])},
                  {"type": "response.in_progress", "response": self.response_object(request, "in_progress", [])}]
        for index, item in enumerate(self.response_items(request, calls)):
            events += self.item_events(index, item)
        events.append({"type": "response.completed",
                       "response": self.response_object(request, "completed", self.response_items(request, calls))})
        return Answer(headers=self.headers(), events=[
            f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': number})}\n\n"
            for number, event in enumerate(events)])

    def response_items(self, request, calls):
        if calls:
            return [{"id": f"fc_{n}", "type": "function_call", "status": "completed", "call_id": self.call_id(n),
                     "name": name, "arguments": json.dumps(arguments)} for n, (name, arguments) in enumerate(CALLS)]
        form = (request.body.get("text") or {}).get("format") or {}
        words = JSON_TEXT if form.get("type") == "json_schema" else "".join(TEXT)
        text = {"type": "output_text", "annotations": [], "logprobs": [], "text": words}
        return [{"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [text]}]

    def response_object(self, request, status, items):
        done = status == "completed"
        return {"id": "resp_1", "object": "response", "created_at": CREATED, "status": status, "error": None,
                "incomplete_details": None, "instructions": None, "max_output_tokens": None, "model": request.model,
                "output": items, "parallel_tool_calls": True, "previous_response_id": None, "store": True,
                "temperature": 1.0, "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0,
                "metadata": {}, "usage": {"input_tokens": INPUT, "input_tokens_details": {"cached_tokens": 0},
                                          "output_tokens": OUTPUT, "output_tokens_details": {"reasoning_tokens": 0},
                                          "total_tokens": INPUT + OUTPUT} if done else None}

    @staticmethod
    def item_events(index, item):
        added = {"type": "response.output_item.added", "output_index": index}
        done = {"type": "response.output_item.done", "output_index": index, "item": item}
        where = {"item_id": item["id"], "output_index": index}
        if item["type"] == "function_call":
            arguments = [{"type": "response.function_call_arguments.delta", **where, "delta": part}
                         for part in pieces_of(item["arguments"])]
            return [{**added, "item": {**item, "status": "in_progress", "arguments": ""}}, *arguments,
                    {"type": "response.function_call_arguments.done", **where, "arguments": item["arguments"]}, done]
        where["content_index"] = 0
        part, text = item["content"][0], item["content"][0]["text"]
        return [{**added, "item": {**item, "status": "in_progress", "content": []}},
                {"type": "response.content_part.added", **where, "part": {**part, "text": ""}},
                *({"type": "response.output_text.delta", **where, "delta": word, "logprobs": []} for word in TEXT),
                {"type": "response.output_text.done", **where, "text": text, "logprobs": []},
                {"type": "response.content_part.done", **where, "part": part}, done]
