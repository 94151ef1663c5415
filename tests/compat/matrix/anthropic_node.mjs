// The official `@anthropic-ai/sdk` package from npm.
import assert from 'node:assert/strict';

import Anthropic from '@anthropic-ai/sdk';

import {
  broken, calls, checkCalls, dot, failureOf, forecast, forecastSchema, hidden, parametersOf, refusal, runPlan, text,
  thought, tokens,
} from './cells.mjs';

const messages = [{ role: 'user', content: 'Hello?' }];
const tools = calls.map(([name, given]) => ({ name, description: name, input_schema: parametersOf(given) }));
const thinking = { thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 4000 };
const outputConfig = { output_config: { format: { type: 'json_schema', schema: forecastSchema } } };

// This package adds /v1 by itself.
const clientOf = ({ baseURL, apiKey }, more) =>
  new Anthropic({ baseURL: baseURL.replace(/\/v1$/, ''), apiKey, maxRetries: 0, ...more });
const bodyOf = (cell, behaviour, more) => ({ model: cell.model(behaviour), max_tokens: 50, messages, ...more });
const ask = (cell, behaviour = 'plain', more = {}, maxRetries = 0) =>
  clientOf(cell, { maxRetries }).messages.create(bodyOf(cell, behaviour, more));
const final = (cell, behaviour = 'plain', more = {}) =>
  clientOf(cell).messages.stream(bodyOf(cell, behaviour, more)).finalMessage();

const textOf = ({ content }) => content.filter(({ type }) => type === 'text').map((block) => block.text).join('');

function checkToolUse(message) {
  const found = message.content.filter(({ type }) => type === 'tool_use');
  checkCalls(found.map(({ name, input }) => [name, input]), found.map(({ id }) => id));
  assert.equal(message.stop_reason, 'tool_use');
  return found;
}

function checkThoughts(message) {
  const found = message.content.filter(({ type }) => type === 'thinking').map((block) => block.thinking);
  assert.deepEqual([found.join(''), textOf(message)], [thought, text]);
}

async function loop(get, more) {
  const message = await get({ tools, ...more });
  const content = checkToolUse(message).map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'fine' }));
  const turn = { role: 'assistant', content: message.content };
  const end = await get({ tools, ...more, messages: [...messages, turn, { role: 'user', content }] });
  assert.equal(textOf(end), text);
}

async function refused(cell, behaviour, kind, statuses, upstream, type) {
  const error = await refusal(cell, behaviour, () => ask(cell, behaviour, {}, 2), { kind, statuses, upstream });
  if (type) assert.equal(error.error.error.type, type);
}

const readWords = (cell, behaviour) => async (got) => {
  for await (const event of clientOf(cell).messages.stream(bodyOf(cell, behaviour))) {
    if (event.delta?.type === 'text_delta') got.push(event.delta.text);
  }
};

await runPlan({
  async whole(cell) {
    const message = await ask(cell, 'plain', { system: 'Be brief.' });
    assert.deepEqual([textOf(message), message.stop_reason], [text, 'end_turn']);
    const { input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
    assert.deepEqual([input_tokens + (cache_read_input_tokens ?? 0), output_tokens], [tokens.input, tokens.output]);
  },
  async cached_tokens(cell) {
    assert.equal((await ask(cell)).usage.cache_read_input_tokens, tokens.cached);
  },
  async stream(cell) {
    const message = await final(cell);
    assert.deepEqual([textOf(message), message.stop_reason], [text, 'end_turn']);
  },
  async stream_usage(cell) {
    assert.equal((await final(cell)).usage.output_tokens, tokens.output);
  },
  async thoughts(cell) {
    checkThoughts(await ask(cell, 'plain', thinking));
  },
  async thoughts_stream(cell) {
    checkThoughts(await final(cell, 'plain', thinking));
  },
  async tools(cell) {
    checkToolUse(await ask(cell, 'plain', { tools }));
  },
  async tools_stream(cell) {
    checkToolUse(await final(cell, 'plain', { tools }));
  },
  async tool_loop(cell) {
    await loop((more) => ask(cell, 'plain', more));
    await loop((more) => final(cell, 'plain', more));
  },
  async thinking_loop(cell) {
    await loop((more) => final(cell, 'plain', more), thinking);
  },
  async schema(cell) {
    assert.deepEqual(JSON.parse(textOf(await ask(cell, 'plain', outputConfig))), forecast);
  },
  async schema_stream(cell) {
    assert.deepEqual(JSON.parse(textOf(await final(cell, 'plain', outputConfig))), forecast);
  },
  async picture_in(cell) {
    const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: dot } };
    const content = [picture, { type: 'text', text: 'What is this?' }];
    assert.equal(textOf(await ask(cell, 'plain', { messages: [{ role: 'user', content }] })), text);
    assert.ok(JSON.stringify((await cell.seen()).at(-1).body).includes(dot), 'the provider got no picture');
  },
  async stopped_short(cell) {
    assert.equal((await ask(cell, 'short')).stop_reason, 'max_tokens');
    assert.equal((await final(cell, 'short')).stop_reason, 'max_tokens');
  },
  async count_tokens(cell) {
    const { input_tokens } = await clientOf(cell).messages.countTokens({ model: cell.model(), messages });
    assert.ok(input_tokens > 0);
  },
  async models(cell) {
    const names = [];
    for await (const { id } of clientOf(cell).models.list()) names.push(id);
    assert.ok(names.includes(cell.model()));
  },
  cut: (cell) => broken(Anthropic.AnthropicError, readWords(cell, 'cut')),
  error_event: (cell) => broken(Anthropic.AnthropicError, readWords(cell, 'error-event')),
  refused: (cell) => refused(cell, 'refuses', Anthropic.BadRequestError, [400], 1, 'invalid_request_error'),
  too_long: (cell) => refused(cell, 'too-long', Anthropic.BadRequestError, [400], 1, 'invalid_request_error'),
  filtered: (cell) => refused(cell, 'filtered', Anthropic.BadRequestError, [400], 1, 'invalid_request_error'),
  missing: (cell) => refused(cell, 'missing', Anthropic.InternalServerError, [502], 1, 'api_error'),
  quota: (cell) => refused(cell, 'quota', Anthropic.InternalServerError, [503], 1),
  busy_hour: (cell) => refused(cell, 'busy-hour', Anthropic.APIError, [429, 503], 1),
  always_fails: (cell) => refused(cell, 'fails', Anthropic.InternalServerError, [502], 2, 'api_error'),
  async locked(cell) {
    assert.equal((await failureOf(ask(cell, 'locked', {}, 2))).status, 502);
  },
  async unknown_model(cell) {
    assert.ok((await failureOf(ask(cell, 'nobody'))) instanceof Anthropic.NotFoundError);
  },
  async wrong_key(cell) {
    const stranger = clientOf(cell, { apiKey: 'sk-wrong', maxRetries: 2 });
    const error = await failureOf(stranger.messages.create(bodyOf(cell, 'plain')));
    assert.ok(error instanceof Anthropic.AuthenticationError);
  },
  async fails_once(cell) {
    assert.equal(textOf(await hidden(cell, 'fails-once', () => ask(cell, 'fails-once'))), text);
  },
  async busy_once(cell) {
    assert.equal(textOf(await hidden(cell, 'busy-once', () => ask(cell, 'busy-once'))), text);
  },
  async rate_limit(cell) {
    const hasty = clientOf(cell, { apiKey: cell.hastyKey });
    const error = await failureOf((async () => {
      for (let i = 0; i < 200; ++i) await hasty.messages.create(bodyOf(cell, 'plain'));
    })());
    assert.ok(error instanceof Anthropic.RateLimitError);
    const wait = Number(error.headers.get('retry-after-ms'));
    assert.ok(wait > 0 && wait <= 60_000);
    const patient = clientOf(cell, { apiKey: cell.hastyKey, maxRetries: 2 });  // its default
    assert.equal(textOf(await patient.messages.create(bodyOf(cell, 'plain'))), text);
  },
});
