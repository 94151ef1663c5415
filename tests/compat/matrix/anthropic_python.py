"""The official `anthropic` package from PyPI."""
import asyncio
import functools
import json

import anthropic

from cells import (CACHED, CALLS, DOT, FORECAST, FORECAST_SCHEMA, INPUT, OUTPUT, TEXT, THOUGHT, feature, raised,
                   run_plan, same)

MESSAGES = [{"role": "user", "content": "Hello?"}]
TOOLS = [{"name": name, "description": name, "input_schema": {
    "type": "object", "properties": {key: {"type": "string"} for key in arguments}}} for name, arguments in CALLS]
THINKING = {"type": "enabled", "budget_tokens": 1024}


def address_of(cell):
    return cell.base_url.removesuffix("/v1")  # which this package adds by itself


@functools.cache
def client_at(address, key, retries):
    return anthropic.Anthropic(base_url=address, api_key=key, max_retries=retries)


def client_of(cell, max_retries=0):
    return client_at(address_of(cell), cell.key, max_retries)


def ask(cell, behaviour="plain", retries=0, **more):
    body = {"model": cell.model(behaviour), "max_tokens": 50, "messages": MESSAGES, **more}
    return client_of(cell, max_retries=retries).messages.create(**body)


def final(cell, behaviour="plain", **more):
    body = {"model": cell.model(behaviour), "max_tokens": 50, "messages": MESSAGES, **more}
    with client_of(cell).messages.stream(**body) as events:
        return events.get_final_message()


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def check_calls(message):
    calls = [block for block in message.content if block.type == "tool_use"]
    same([(call.name, call.input) for call in calls], CALLS, "the calls")
    assert len({call.id for call in calls}) == len(CALLS) and all(call.id for call in calls), "ids are missing or alike"
    same(message.stop_reason, "tool_use", "the reason")
    return calls


def check_usage(usage):
    cached = usage.cache_read_input_tokens or 0
    same((usage.input_tokens + cached, usage.output_tokens), (INPUT, OUTPUT), "the usage")


@feature
def whole(cell):
    message = ask(cell, system="Be brief.")
    same((text_of(message), message.stop_reason), (TEXT, "end_turn"), "text and reason")
    check_usage(message.usage)


@feature
def cached_tokens(cell):
    same(ask(cell).usage.cache_read_input_tokens, CACHED, "what was cached")


@feature
def stream(cell):
    message = final(cell)
    same((text_of(message), message.stop_reason), (TEXT, "end_turn"), "text and reason")
    same(text_of_events(ask(cell, stream=True)), TEXT, "the raw events' text")


def text_of_events(events):
    return "".join(event.delta.text for event in events
                   if event.type == "content_block_delta" and event.delta.type == "text_delta")


@feature
def stream_usage(cell):
    same(final(cell).usage.output_tokens, OUTPUT, "the output's tokens")


def check_thoughts(message):
    same("".join(block.thinking for block in message.content if block.type == "thinking"), THOUGHT, "the thought")
    same(text_of(message), TEXT, "the text")


@feature
def thoughts(cell):
    check_thoughts(ask(cell, thinking=THINKING, max_tokens=4000))


@feature
def thoughts_stream(cell):
    check_thoughts(final(cell, thinking=THINKING, max_tokens=4000))


@feature
def tools(cell):
    check_calls(ask(cell, tools=TOOLS))


@feature
def tools_stream(cell):
    check_calls(final(cell, tools=TOOLS))


@feature
def tool_loop(cell):
    for get in (ask, final):
        message = get(cell, tools=TOOLS)
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": "fine"} for call in check_calls(message)]
        turn = {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in message.content]}
        end = get(cell, tools=TOOLS, messages=[*MESSAGES, turn, {"role": "user", "content": results}])
        same(text_of(end), TEXT, "the text")


@feature
def thinking_loop(cell):
    message = final(cell, thinking=THINKING, max_tokens=4000, tools=TOOLS)
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "fine"} for call in check_calls(message)]
    turn = {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in message.content]}
    end = final(cell, thinking=THINKING, max_tokens=4000, tools=TOOLS,
                messages=[*MESSAGES, turn, {"role": "user", "content": results}])
    same(text_of(end), TEXT, "the text")


OUTPUT_CONFIG = {"format": {"type": "json_schema", "schema": FORECAST_SCHEMA}}


@feature
def schema(cell):
    same(json.loads(text_of(ask(cell, output_config=OUTPUT_CONFIG))), FORECAST, "the JSON")


@feature
def schema_stream(cell):
    same(json.loads(text_of(final(cell, output_config=OUTPUT_CONFIG))), FORECAST, "the JSON")


@feature
def picture_in(cell):
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DOT}}
    content = [picture, {"type": "text", "text": "What is this?"}]
    same(text_of(ask(cell, messages=[{"role": "user", "content": content}])), TEXT, "the text")
    assert DOT in json.dumps(cell.seen()[-1]["body"]), "the provider got no picture"


@feature
def stopped_short(cell):
    same(ask(cell, "short").stop_reason, "max_tokens", "the reason")
    same(final(cell, "short").stop_reason, "max_tokens", "in the stream")


@feature
def count_tokens(cell):
    assert client_of(cell).messages.count_tokens(model=cell.model(), messages=MESSAGES).input_tokens > 0


@feature
def models(cell):
    assert cell.model() in {model.id for model in client_of(cell).models.list()}, "the list lacks a model"


AGENT_SYSTEM = [{"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": "Be brief."}]
AGENT_SETTINGS = {"metadata": {"user_id": "user_1_account__session_2"}, "thinking": {"type": "adaptive"},
                  "output_config": {"effort": "high"},
                  "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}}


@feature
def agent(cell):
    """What coding agents send: the beta path, cache marks everywhere, settings of the newest models."""
    tools = [{**tool, "cache_control": {"type": "ephemeral"}} for tool in TOOLS]
    asked = {"model": cell.model(), "max_tokens": 32_000, "system": AGENT_SYSTEM, "tools": tools, "betas": ["x-2026-01-01"],
             **AGENT_SETTINGS}
    beta = client_of(cell).beta.messages
    with beta.stream(messages=MESSAGES, **asked) as events:
        message = events.get_final_message()
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "fine"}]}
               for call in check_calls(message)]
    results[-1]["cache_control"] = {"type": "ephemeral"}
    turn = {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in message.content]}
    with beta.stream(messages=[*MESSAGES, turn, {"role": "user", "content": results}], **asked) as events:
        same(text_of(events.get_final_message()), TEXT, "the text")
    assert beta.count_tokens(model=cell.model(), messages=MESSAGES, system=AGENT_SYSTEM, tools=tools).input_tokens > 0


# ---- what breaks


def broken_stream(cell, behaviour):
    """It must end in an error. A failure that comes together with the first words is told before them."""
    got = []

    def read():
        with client_of(cell).messages.stream(model=cell.model(behaviour), max_tokens=50, messages=MESSAGES) as events:
            for text in events.text_stream:
                got.append(text)
    raised(anthropic.AnthropicError, read)
    assert TEXT.startswith("".join(got)) and "".join(got) != TEXT, f"what came before is {''.join(got)!r}"


@feature
def cut(cell):
    broken_stream(cell, "cut")


@feature
def error_event(cell):
    broken_stream(cell, "error-event")


def refusal(cell, behaviour, kind, statuses, calls, word=None):
    """The error, which must be final and have cost `calls` upstream calls although the package would retry."""
    before = len(cell.seen(behaviour))
    error = raised(kind, ask, cell, behaviour, 2)
    assert error.status_code in statuses, f"the status is {error.status_code}"
    same(error.response.headers.get("x-should-retry"), "false", "x-should-retry")
    same(len(cell.seen(behaviour)) - before, calls, "the upstream calls of one call")
    assert "sk-upstream" not in str(error), "the provider's key is told"
    if word:
        same(error.body["error"]["type"], word, "the type")


@feature
def refused(cell):
    refusal(cell, "refuses", anthropic.BadRequestError, [400], 1, "invalid_request_error")


@feature
def too_long(cell):
    refusal(cell, "too-long", anthropic.BadRequestError, [400], 1, "invalid_request_error")


@feature
def filtered(cell):
    refusal(cell, "filtered", anthropic.BadRequestError, [400], 1, "invalid_request_error")


@feature
def missing(cell):
    refusal(cell, "missing", anthropic.InternalServerError, [502], 1, "api_error")


@feature
def quota(cell):
    refusal(cell, "quota", anthropic.InternalServerError, [503], 1)


@feature
def busy_hour(cell):
    refusal(cell, "busy-hour", anthropic.APIStatusError, [429, 503], 1)


@feature
def always_fails(cell):
    refusal(cell, "fails", anthropic.InternalServerError, [502], 2, "api_error")


@feature
def locked(cell):
    same(raised(anthropic.InternalServerError, ask, cell, "locked", 2).status_code, 502, "the status")


@feature
def unknown_model(cell):
    error = raised(anthropic.NotFoundError, ask, cell, "nobody")
    same(error.body["error"]["type"], "not_found_error", "the type")


@feature
def wrong_key(cell):
    stranger = client_of(cell, max_retries=2).with_options(api_key="sk-wrong")
    raised(anthropic.AuthenticationError, stranger.messages.create, model=cell.model(), max_tokens=5, messages=MESSAGES)


def hidden(cell, behaviour):
    """A failure the client never sees: two upstream calls, one answer."""
    before = len(cell.seen(behaviour))
    body = {"model": cell.model(behaviour), "max_tokens": 50, "messages": MESSAGES}
    answer = client_of(cell).messages.with_raw_response.create(**body)
    same(text_of(answer.parse()), TEXT, "the text")
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
    body = {"model": cell.model(), "max_tokens": 5, "messages": MESSAGES}

    def hurry():
        for _ in range(200):
            hasty.messages.create(**body)
    error = raised(anthropic.RateLimitError, hurry)
    same(error.body["error"]["type"], "rate_limit_error", "the type")
    assert 0 < int(error.response.headers["retry-after-ms"]) <= 60_000, "how long to wait is not told"
    same(text_of(hasty.with_options(max_retries=2).messages.create(**body)), TEXT, "the text")


# ---- asynchronous


@feature
def async_whole(cell):
    async def go():
        async with anthropic.AsyncAnthropic(base_url=address_of(cell), api_key=cell.key, max_retries=0) as client:
            asked = [client.messages.create(model=cell.model(), max_tokens=50, messages=MESSAGES) for _ in range(16)]
            return await asyncio.gather(*asked)
    for message in asyncio.run(go()):
        same(text_of(message), TEXT, "the text")


@feature
def async_stream(cell):
    async def read(client):
        async with client.messages.stream(model=cell.model(), max_tokens=50, messages=MESSAGES) as events:
            return await events.get_final_message()

    async def go():
        async with anthropic.AsyncAnthropic(base_url=address_of(cell), api_key=cell.key, max_retries=0) as client:
            return await asyncio.gather(*(read(client) for _ in range(16)))
    for message in asyncio.run(go()):
        same(text_of(message), TEXT, "the text")


if __name__ == "__main__":
    run_plan()
