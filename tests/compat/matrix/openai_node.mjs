// The official `openai` package from npm.
import assert from 'node:assert/strict';

import OpenAI from 'openai';

import {
  broken, calls, checkCalls, dot, failureOf, forecast, forecastSchema, hidden, parametersOf, refusal, runPlan, text,
  thought, tokens,
} from './cells.mjs';

const messages = [{ role: 'user', content: 'Hello?' }];
const tools = calls.map(([name, given]) => (
  { type: 'function', function: { name, description: name, parameters: parametersOf(given) } }));
const flatTools = tools.map((tool) => ({ type: 'function', strict: false, ...tool.function }));
const responseFormat = {
  type: 'json_schema', json_schema: { name: 'forecast', strict: true, schema: forecastSchema },
};

const clientOf = ({ baseURL, apiKey }, more) => new OpenAI({ baseURL, apiKey, maxRetries: 0, ...more });
const ask = (cell, behaviour = 'plain', more = {}, maxRetries = 0) =>
  clientOf(cell, { maxRetries }).chat.completions.create({ model: cell.model(behaviour), messages, ...more });
const streamOf = (cell, more) => clientOf(cell).chat.completions.stream({ model: cell.model(), messages, ...more });

async function collect(stream) {
  const chunks = [];
  for await (const chunk of await stream) chunks.push(chunk);
  return chunks;
}

// A chunk of a provider's filter may have choices without a delta.
const deltas = (chunks) => chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta ?? {}));
const joined = (chunks) => deltas(chunks).map(({ content }) => content ?? '').join('');
const thoughtOf = (part) => part.reasoning_content ?? part.reasoning ?? '';

function checkUsage(usage) {
  assert.deepEqual([usage.prompt_tokens, usage.completion_tokens, usage.total_tokens],
                   [tokens.input, tokens.output, tokens.input + tokens.output]);
}

const checkToolCalls = (found) => checkCalls(
  found.map((call) => [call.function.name, JSON.parse(call.function.arguments)]), found.map(({ id }) => id));

const refused = (cell, behaviour, kind, statuses, upstream) =>
  refusal(cell, behaviour, () => ask(cell, behaviour, {}, 2), { kind, statuses, upstream });

await runPlan({
  async whole(cell) {
    const { choices: [choice], usage } = await ask(cell, 'plain', { temperature: 0.25 });
    assert.equal(choice.message.content, text);
    assert.equal(choice.finish_reason, 'stop');
    checkUsage(usage);
  },
  async cached_tokens(cell) {
    assert.equal((await ask(cell)).usage.prompt_tokens_details.cached_tokens, tokens.cached);
  },
  async stream(cell) {
    const chunks = await collect(ask(cell, 'plain', { stream: true }));
    assert.equal(joined(chunks), text);
    const reasons = chunks.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason).filter(Boolean));
    assert.deepEqual(reasons, ['stop']);
    assert.ok(chunks.every(({ choices, usage }) => choices.length > 0 || !usage), 'usage that was not asked for');
  },
  async stream_usage(cell) {
    const chunks = await collect(ask(cell, 'plain', { stream: true, stream_options: { include_usage: true } }));
    assert.equal(joined(chunks), text);
    checkUsage(chunks.findLast(({ usage }) => usage).usage);
  },
  async thoughts(cell) {
    const body = { reasoning_effort: 'low', max_completion_tokens: 4000 };
    const { message } = (await ask(cell, 'plain', body)).choices[0];
    assert.deepEqual([thoughtOf(message), message.content], [thought, text]);
  },
  async thoughts_stream(cell) {
    const body = { reasoning_effort: 'low', max_completion_tokens: 4000, stream: true };
    const chunks = await collect(ask(cell, 'plain', body));
    assert.equal(deltas(chunks).map(thoughtOf).join(''), thought);
    assert.equal(joined(chunks), text);
  },
  async tools(cell) {
    checkToolCalls((await ask(cell, 'plain', { tools })).choices[0].message.tool_calls);
  },
  async tools_stream(cell) {
    checkToolCalls((await streamOf(cell, { tools }).finalChatCompletion()).choices[0].message.tool_calls);
  },
  async tool_loop(cell) {
    for (const get of [() => ask(cell, 'plain', { tools }), () => streamOf(cell, { tools }).finalChatCompletion()]) {
      const { message } = (await get()).choices[0];
      const { parsed, ...turn } = message;
      for (const call of turn.tool_calls) delete call.function.parsed_arguments;
      const results = message.tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'fine' }));
      const end = await ask(cell, 'plain', { tools, messages: [...messages, turn, ...results] });
      assert.equal(end.choices[0].message.content, text);
    }
  },
  async schema(cell) {
    const body = { model: cell.model(), messages, response_format: responseFormat };
    const answer = await clientOf(cell).chat.completions.parse(body);
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), forecast);
  },
  async schema_stream(cell) {
    const answer = await streamOf(cell, { response_format: responseFormat }).finalChatCompletion();
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), forecast);
  },
  async picture_in(cell) {
    const url = `data:image/png;base64,${dot}`;
    const content = [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url } }];
    const answer = await ask(cell, 'plain', { messages: [{ role: 'user', content }] });
    assert.equal(answer.choices[0].message.content, text);
    assert.ok(JSON.stringify((await cell.seen()).at(-1).body).includes(dot), 'the provider got no picture');
  },
  async stopped_short(cell) {
    assert.equal((await ask(cell, 'short')).choices[0].finish_reason, 'length');
    const chunks = await collect(ask(cell, 'short', { stream: true }));
    assert.equal(chunks.findLast(({ choices }) => choices.length).choices[0].finish_reason, 'length');
  },
  async completions(cell) {
    const { completions } = clientOf(cell);
    const body = { model: cell.model(), prompt: 'Hello' };
    assert.equal((await completions.create(body)).choices[0].text, text);
    const chunks = await collect(completions.create({ ...body, stream: true }));
    assert.equal(chunks.map(({ choices }) => choices[0]?.text ?? '').join(''), text);
  },
  async embeddings(cell) {
    for (const encoding of [{}, { encoding_format: 'float' }]) {
      const { data } = await clientOf(cell).embeddings.create({ model: cell.model('vectors'), input: 'Hello', ...encoding });
      assert.deepEqual(data[0].embedding, [0.5, -2]);
    }
  },
  async images(cell) {
    const { data } = await clientOf(cell).images.generate({ model: cell.model('pictures'), prompt: 'A signal box' });
    assert.equal(data[0].b64_json, 'aGk=');
  },
  async responses(cell) {
    const answer = await clientOf(cell).responses.create({ model: cell.model(), input: 'Hello?', instructions: 'Be brief.' });
    assert.deepEqual([answer.status, answer.output_text], ['completed', text]);
    assert.deepEqual([answer.usage.input_tokens, answer.usage.output_tokens], [tokens.input, tokens.output]);
  },
  async responses_stream(cell) {
    const stream = clientOf(cell).responses.stream({ model: cell.model(), input: 'Hello?' });
    const numbers = (await collect(stream)).map((event) => event.sequence_number);
    assert.deepEqual(numbers, numbers.map((_, index) => index));
    assert.equal((await stream.finalResponse()).output_text, text);
  },
  async responses_tools(cell) {
    const { responses } = clientOf(cell);
    const body = { model: cell.model(), input: 'Hello?', tools: flatTools };
    const streamed = (await collect(responses.create({ ...body, stream: true }))).at(-1).response;
    for (const answer of [await responses.create(body), streamed]) {
      const found = answer.output.filter(({ type }) => type === 'function_call');
      checkCalls(found.map((call) => [call.name, JSON.parse(call.arguments)]), found.map((call) => call.call_id));
    }
    const found = streamed.output.filter(({ type }) => type === 'function_call');
    const results = found.map((call) => ({ type: 'function_call_output', call_id: call.call_id, output: 'fine' }));
    const end = await responses.create({ ...body, input: [...messages, ...found, ...results] });
    assert.equal(end.output_text, text);
  },
  async models(cell) {
    const names = (await collect(clientOf(cell).models.list())).map(({ id }) => id);
    assert.ok(names.includes(cell.model()));
    assert.equal((await clientOf(cell).models.retrieve(cell.model())).id, cell.model());
  },
  cut: (cell) => broken(OpenAI.APIError, async (got) => {
    for await (const chunk of await ask(cell, 'cut', { stream: true })) got.push(joined([chunk]));
  }),
  error_event: (cell) => broken(OpenAI.APIError, async (got) => {
    for await (const chunk of await ask(cell, 'error-event', { stream: true })) got.push(joined([chunk]));
  }),
  async refused(cell) {
    assert.equal((await refused(cell, 'refuses', OpenAI.BadRequestError, [400], 1)).code, 'upstream_bad_request');
  },
  async too_long(cell) {
    assert.equal((await refused(cell, 'too-long', OpenAI.BadRequestError, [400], 1)).code, 'upstream_context_too_long');
  },
  async filtered(cell) {
    assert.equal((await refused(cell, 'filtered', OpenAI.BadRequestError, [400], 1)).code, 'upstream_content_filter');
  },
  async missing(cell) {
    assert.equal((await refused(cell, 'missing', OpenAI.InternalServerError, [502], 1)).code, 'upstream_not_found');
  },
  async quota(cell) {
    assert.equal((await refused(cell, 'quota', OpenAI.InternalServerError, [503], 1)).code, 'upstream_quota_exhausted');
  },
  busy_hour: (cell) => refused(cell, 'busy-hour', OpenAI.APIError, [429, 503], 1),
  async always_fails(cell) {
    assert.equal((await refused(cell, 'fails', OpenAI.InternalServerError, [502], 2)).code, 'upstream_server_error');
  },
  async locked(cell) {
    const error = await failureOf(ask(cell, 'locked', {}, 2));
    assert.deepEqual([error.status, error.code], [502, 'upstream_unauthorized']);
  },
  async unknown_model(cell) {
    const error = await failureOf(ask(cell, 'nobody'));
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'model_not_found');
  },
  async wrong_key(cell) {
    const stranger = clientOf(cell, { apiKey: 'sk-wrong', maxRetries: 2 });
    const error = await failureOf(stranger.chat.completions.create({ model: cell.model(), messages }));
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.code, 'invalid_key');
  },
  async fails_once(cell) {
    assert.equal((await hidden(cell, 'fails-once', () => ask(cell, 'fails-once'))).choices[0].message.content, text);
  },
  async busy_once(cell) {
    assert.equal((await hidden(cell, 'busy-once', () => ask(cell, 'busy-once'))).choices[0].message.content, text);
  },
  async rate_limit(cell) {
    const body = { model: cell.model(), messages };
    const hasty = clientOf(cell, { apiKey: cell.hastyKey });
    const error = await failureOf((async () => {
      for (let i = 0; i < 200; ++i) await hasty.chat.completions.create(body);
    })());
    assert.ok(error instanceof OpenAI.RateLimitError);
    const wait = Number(error.headers.get('retry-after-ms'));
    assert.ok(wait > 0 && wait <= 60_000);
    assert.equal(error.headers.get('x-should-retry'), null);
    const patient = clientOf(cell, { apiKey: cell.hastyKey, maxRetries: 2 });  // its default
    assert.equal((await patient.chat.completions.create(body)).choices[0].message.content, text);
  },
});
