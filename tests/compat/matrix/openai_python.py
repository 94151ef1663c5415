"""The official `openai` package from PyPI."""
import asyncio
import functools
import json

import openai
from pydantic import BaseModel

from cells import CACHED, CALLS, DOT, FORECAST, INPUT, OUTPUT, TEXT, THOUGHT, feature, raised, run_plan, same

MESSAGES = [{"role": "user", "content": "Hello?"}]
TOOLS = [{"type": "function", "function": {"name": name, "description": name, "parameters": {
    "type": "object", "properties": {key: {"type": "string"} for key in arguments}}}} for name, arguments in CALLS]
FLAT_TOOLS = [{"type": "function", **tool["function"], "strict": False} for tool in TOOLS]


class Forecast(BaseModel):
    city: str
    rain: bool


@functools.cache
def client_at(base_url, key, retries):
    return openai.OpenAI(base_url=base_url, api_key=key, max_retries=retries)


def client_of(cell, max_retries=0):
    return client_at(cell.base_url, cell.key, max_retries)


def ask(cell, behaviour="plain", retries=0, **more):
    chat = client_of(cell, max_retries=retries).chat.completions
    return chat.create(model=cell.model(behaviour), messages=MESSAGES, **more)


def deltas(chunks):
    """A chunk of a provider's filter may have choices without a delta."""
    return [chunk.choices[0].delta for chunk in chunks if chunk.choices and chunk.choices[0].delta]


def text_of(chunks):
    return "".join(delta.content or "" for delta in deltas(chunks))


def thought_of(part):
    """Of a message or a delta: providers name it differently."""
    return getattr(part, "reasoning_content", None) or getattr(part, "reasoning", None) or ""


def check_usage(usage):
    same((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (INPUT, OUTPUT, INPUT + OUTPUT), "the usage")


def check_calls(calls):
    same([(call.function.name, json.loads(call.function.arguments)) for call in calls], CALLS, "the calls")
    assert len({call.id for call in calls}) == len(CALLS) and all(call.id for call in calls), "ids are missing or alike"


@feature
def whole(cell):
    answer = ask(cell, temperature=0.25)
    same(answer.choices[0].message.content, TEXT, "the text")
    same(answer.choices[0].finish_reason, "stop", "the reason")
    check_usage(answer.usage)


@feature
def cached_tokens(cell):
    same(ask(cell).usage.prompt_tokens_details.cached_tokens, CACHED, "what was cached")


@feature
def stream(cell):
    chunks = list(ask(cell, stream=True))
    same(text_of(chunks), TEXT, "the text")
    same([c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason], ["stop"], "the reason")
    assert all(chunk.choices or not chunk.usage for chunk in chunks), "usage that was not asked for"


@feature
def stream_usage(cell):
    chunks = list(ask(cell, stream=True, stream_options={"include_usage": True}))
    same(text_of(chunks), TEXT, "the text")
    check_usage(next(chunk.usage for chunk in reversed(chunks) if chunk.usage))


@feature
def thoughts(cell):
    message = ask(cell, reasoning_effort="low", max_completion_tokens=4000).choices[0].message
    same((thought_of(message), message.content), (THOUGHT, TEXT), "thought and text")


@feature
def thoughts_stream(cell):
    chunks = list(ask(cell, reasoning_effort="low", max_completion_tokens=4000, stream=True))
    same("".join(thought_of(delta) for delta in deltas(chunks)), THOUGHT, "the thought")
    same(text_of(chunks), TEXT, "the text")


@feature
def tools(cell):
    choice = ask(cell, tools=TOOLS).choices[0]
    check_calls(choice.message.tool_calls)


@feature
def tools_stream(cell):
    with client_of(cell).chat.completions.stream(model=cell.model(), messages=MESSAGES, tools=TOOLS) as events:
        check_calls(events.get_final_completion().choices[0].message.tool_calls)


@feature
def tool_loop(cell):
    for streamed in (False, True):
        chat = client_of(cell).chat.completions
        body = {"model": cell.model(), "tools": TOOLS}
        if streamed:
            with chat.stream(messages=MESSAGES, **body) as events:
                message = events.get_final_completion().choices[0].message
        else:
            message = chat.create(messages=MESSAGES, **body).choices[0].message
        turn = {**message.model_dump(exclude_none=True, exclude={"parsed"}), "role": "assistant"}
        for call in turn["tool_calls"]:
            call["function"].pop("parsed_arguments", None)
        results = [{"role": "tool", "tool_call_id": call.id, "content": "fine"} for call in message.tool_calls]
        same(chat.create(messages=[*MESSAGES, turn, *results], **body).choices[0].message.content, TEXT, "the text")


@feature
def foreign_tools(cell):
    """A conversation in which another model called the tools, as after a fallback."""
    calls = [{"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(given)}}
             for number, (name, given) in enumerate(CALLS)]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "fine"} for call in calls]
    turn = {"role": "assistant", "content": None, "tool_calls": calls}
    answer = client_of(cell).chat.completions.create(model=cell.model(), tools=TOOLS, messages=[*MESSAGES, turn, *results])
    same(answer.choices[0].message.content, TEXT, "the text")


@feature
def schema(cell):
    answer = client_of(cell).chat.completions.parse(model=cell.model(), messages=MESSAGES, response_format=Forecast)
    same(answer.choices[0].message.parsed, Forecast(**FORECAST), "what was parsed")


@feature
def schema_stream(cell):
    chat = client_of(cell).chat.completions
    with chat.stream(model=cell.model(), messages=MESSAGES, response_format=Forecast) as events:
        same(events.get_final_completion().choices[0].message.parsed, Forecast(**FORECAST), "what was parsed")


@feature
def picture_in(cell):
    url = f"data:image/png;base64,{DOT}"
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    answer = client_of(cell).chat.completions.create(model=cell.model(), messages=[{"role": "user", "content": content}])
    same(answer.choices[0].message.content, TEXT, "the text")
    assert DOT in json.dumps(cell.seen()[-1]["body"]), "the provider got no picture"


@feature
def stopped_short(cell):
    same(ask(cell, "short").choices[0].finish_reason, "length", "the reason")
    same([c.choices[0].finish_reason for c in ask(cell, "short", stream=True) if c.choices][-1], "length", "in the stream")


@feature
def completions(cell):
    create = client_of(cell).completions.create
    same(create(model=cell.model(), prompt="Hello").choices[0].text, TEXT, "the text")
    chunks = create(model=cell.model(), prompt="Hello", stream=True)
    same("".join(chunk.choices[0].text for chunk in chunks if chunk.choices), TEXT, "the stream")


@feature
def embeddings(cell):
    for encoding in ({}, {"encoding_format": "float"}):
        answer = client_of(cell).embeddings.create(model=cell.model("vectors"), input="Hello", **encoding)
        same(answer.data[0].embedding, [0.5, -2.0], "the vector")


@feature
def images(cell):
    answer = client_of(cell).images.generate(model=cell.model("pictures"), prompt="A signal box")
    same(answer.data[0].b64_json, "aGk=", "the picture")


@feature
def responses(cell):
    answer = client_of(cell).responses.create(model=cell.model(), input="Hello?", instructions="Be brief.")
    same((answer.status, answer.output_text), ("completed", TEXT), "status and text")
    same((answer.usage.input_tokens, answer.usage.output_tokens), (INPUT, OUTPUT), "the usage")


@feature
def responses_stream(cell):
    with client_of(cell).responses.stream(model=cell.model(), input="Hello?") as events:
        numbers = [event.sequence_number for event in events]
        answer = events.get_final_response()
    same(answer.output_text, TEXT, "the text")
    same(numbers, list(range(len(numbers))), "the numbers")


@feature
def responses_tools(cell):
    create = client_of(cell).responses.create
    for answer in (create(model=cell.model(), input="Hello?", tools=FLAT_TOOLS),
                   [event for event in create(model=cell.model(), input="Hello?", tools=FLAT_TOOLS, stream=True)][-1]
                   .response):
        calls = [item for item in answer.output if item.type == "function_call"]
        same([(call.name, json.loads(call.arguments)) for call in calls], CALLS, "the calls")
    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "fine"} for call in calls]
    turn = [{"role": "user", "content": "Hello?"}, *(call.model_dump(exclude_none=True) for call in calls), *results]
    same(create(model=cell.model(), input=turn, tools=FLAT_TOOLS).output_text, TEXT, "the text")


@feature
def responses_schema(cell):
    answer = client_of(cell).responses.parse(model=cell.model(), input="Hello?", text_format=Forecast)
    same(answer.output_parsed, Forecast(**FORECAST), "what was parsed")


@feature
def models(cell):
    names = {model.id for model in client_of(cell).models.list()}
    assert cell.model() in names, "the list lacks a model"
    same(client_of(cell).models.retrieve(cell.model()).id, cell.model(), "the model")


# ---- what breaks


def broken_stream(cell, behaviour):
    """It must end in an error. A failure that comes together with the first words is told before them."""
    got = []
    raised(openai.APIError, lambda: [got.append(chunk) for chunk in ask(cell, behaviour, stream=True)])
    assert TEXT.startswith(text_of(got)) and text_of(got) != TEXT, f"what came before is {text_of(got)!r}"


@feature
def cut(cell):
    broken_stream(cell, "cut")


@feature
def error_event(cell):
    broken_stream(cell, "error-event")


def refusal(cell, behaviour, kind, statuses, calls, retries=2):
    """The error, which must be final and have cost `calls` upstream calls although the package would retry."""
    before = len(cell.seen(behaviour))
    error = raised(kind, ask, cell, behaviour, retries)
    assert error.status_code in statuses, f"the status is {error.status_code}"
    same(error.response.headers.get("x-should-retry"), "false", "x-should-retry")
    same(len(cell.seen(behaviour)) - before, calls, "the upstream calls of one call")
    assert "sk-upstream" not in str(error), "the provider's key is told"
    return error


@feature
def refused(cell):
    error = refusal(cell, "refuses", openai.BadRequestError, [400], 1)
    same(error.code, "upstream_bad_request", "the code")


@feature
def too_long(cell):
    same(refusal(cell, "too-long", openai.BadRequestError, [400], 1).code, "upstream_context_too_long", "the code")


@feature
def filtered(cell):
    same(refusal(cell, "filtered", openai.BadRequestError, [400], 1).code, "upstream_content_filter", "the code")


@feature
def missing(cell):
    same(refusal(cell, "missing", openai.InternalServerError, [502], 1).code, "upstream_not_found", "the code")


@feature
def quota(cell):
    same(refusal(cell, "quota", openai.InternalServerError, [503], 1).code, "upstream_quota_exhausted", "the code")


@feature
def busy_hour(cell):
    refusal(cell, "busy-hour", openai.APIStatusError, [429, 503], 1)


@feature
def always_fails(cell):
    same(refusal(cell, "fails", openai.InternalServerError, [502], 2).code, "upstream_server_error", "the code")


@feature
def locked(cell):
    error = raised(openai.InternalServerError, ask, cell, "locked", retries=2)
    same((error.status_code, error.code), (502, "upstream_unauthorized"), "status and code")


@feature
def unknown_model(cell):
    same(raised(openai.NotFoundError, ask, cell, "nobody").code, "model_not_found", "the code")


@feature
def wrong_key(cell):
    stranger = client_of(cell, max_retries=2).with_options(api_key="sk-wrong")
    error = raised(openai.AuthenticationError, stranger.chat.completions.create, model=cell.model(), messages=MESSAGES)
    same(error.code, "invalid_key", "the code")


def hidden(cell, behaviour):
    """A failure the client never sees: two upstream calls, one answer."""
    before = len(cell.seen(behaviour))
    answer = client_of(cell).chat.completions.with_raw_response.create(model=cell.model(behaviour), messages=MESSAGES)
    same(answer.parse().choices[0].message.content, TEXT, "the text")
    same(answer.headers["x-signalbox-attempts"], "2", "the attempts")
    same(len(cell.seen(behaviour)) - before, 2, "the upstream calls of one call")


@feature
def fails_once(cell):
    hidden(cell, "fails-once")


@feature
def busy_once(cell):
    hidden(cell, "busy-once")


@feature
def rate_limit(cell):
    hasty = client_of(cell).with_options(api_key=cell.plan["hasty_key"])

    def hurry():
        for _ in range(200):
            hasty.chat.completions.create(model=cell.model(), messages=MESSAGES)
    error = raised(openai.RateLimitError, hurry)
    same(error.code, "rate_limited", "the code")
    assert 0 < int(error.response.headers["retry-after-ms"]) <= 60_000, "how long to wait is not told"
    assert "x-should-retry" not in error.response.headers, "the package is told not to come back"
    patient = hasty.with_options(max_retries=2)  # its default
    answer = patient.chat.completions.create(model=cell.model(), messages=MESSAGES)
    same(answer.choices[0].message.content, TEXT, "the text")


# ---- asynchronous


def async_client(cell):
    return openai.AsyncOpenAI(base_url=cell.base_url, api_key=cell.key, max_retries=0)


@feature
def async_whole(cell):
    async def go():
        async with async_client(cell) as client:
            asked = [client.chat.completions.create(model=cell.model(), messages=MESSAGES) for _ in range(16)]
            return await asyncio.gather(*asked)
    for answer in asyncio.run(go()):
        same(answer.choices[0].message.content, TEXT, "the text")


@feature
def async_stream(cell):
    async def read(client):
        events = await client.chat.completions.create(model=cell.model(), messages=MESSAGES, stream=True)
        return [chunk async for chunk in events]

    async def go():
        async with async_client(cell) as client:
            return await asyncio.gather(*(read(client) for _ in range(16)))
    for chunks in asyncio.run(go()):
        same(text_of(chunks), TEXT, "the text")


if __name__ == "__main__":
    run_plan()
