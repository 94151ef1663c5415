// The official `@anthropic-ai/sdk` against a real signalboxd in front of an OpenAI-compatible provider; and the official
// `openai` package against a second one that calls the first in Anthropic's dialect, so that both translations are met.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

import { startGateway } from './gateway.mjs';
import { models, startUpstream } from './upstream.mjs';

const messages = [{ role: 'user', content: 'Hello?' }];
const schema = { type: 'object', properties: { city: { type: 'string' } } };
const text = 'Hello from upstream.';
const apiKey = 'sk-account';
const patience = { timeout: 120_000 };  // only to end what hangs

const entry = (name) => `  - { name: ${name}, deployments: [{ provider: upstream, model: ${name} }] }`;
const configFor = (kind, baseURL, key) => `version: 1
gateway: { auth: required }
providers:
  - { name: upstream, kind: ${kind}, base_url: ${baseURL}, keys: [{ name: main, value: ${key} }] }
models:
${models.map(entry).join('\n')}
defaults: { backoff: { first: 1ms, max: 5ms } }
accounts:
  - { name: tester, key: ${apiKey}, tier: service }
`;

// The error a promise is rejected with.
const failureOf = (promise) => promise.then(() => assert.fail('it succeeded'), (error) => error);

describe('between dialects', patience, () => {
  let upstream, near, far, anthropic, openai;

  before(async () => {
    upstream = await startUpstream();
    near = await startGateway({ config: configFor('openai', upstream.baseURL, 'sk-upstream') });
    far = await startGateway({ config: configFor('anthropic', near.baseURL, apiKey) });
    // This package adds /v1 by itself.
    anthropic = new Anthropic({ baseURL: near.baseURL.replace(/\/v1$/, ''), apiKey, maxRetries: 0 });
    openai = new OpenAI({ baseURL: far.baseURL, apiKey, maxRetries: 0 });
  });

  after(async () => {
    upstream?.stop();
    assert.equal(await far?.stop(), 0);
    assert.equal(await near?.stop(), 0);
  });

  const create = (model, more) => anthropic.messages.create({ model, max_tokens: 50, messages, ...more });
  const weather = { name: 'get_weather', input_schema: schema };

  test('a message', async () => {
    const message = await create('plain', { system: 'Be brief.', temperature: 0.25 });
    assert.deepEqual(message.content, [{ type: 'text', text }]);
    assert.equal(message.stop_reason, 'end_turn');
    assert.equal(message.usage.input_tokens, 11);
    assert.equal(message.usage.output_tokens, 3);
    const request = upstream.seen.plain.at(-1);
    assert.deepEqual(request.body, { model: 'plain', messages: [{ role: 'system', content: 'Be brief.' }, ...messages],
                                     max_completion_tokens: 50, temperature: 0.25 });
    assert.equal(request.headers.authorization, 'Bearer sk-upstream');
    assert.equal(request.headers['x-api-key'], undefined);
  });

  test('a streamed message', async () => {
    const stream = anthropic.messages.stream({ model: 'plain', max_tokens: 50, messages });
    assert.equal(await stream.finalText(), text);
    assert.equal((await stream.finalMessage()).usage.output_tokens, 3);
  });

  for (const how of ['whole', 'streamed']) {
    test(`a tool call and its result, ${how}`, async () => {
      const ask = (history) => {
        const body = { model: 'plain', max_tokens: 50, messages: history, tools: [weather] };
        return how === 'whole' ? anthropic.messages.create(body) : anthropic.messages.stream(body).finalMessage();
      };
      const call = await ask(messages);
      assert.equal(call.stop_reason, 'tool_use');
      assert.deepEqual(call.content.map(({ type, id, name, input }) => ({ type, id, name, input })),
                       [{ type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Bern' } }]);
      const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'rain' }] };
      const end = await ask([...messages, { role: 'assistant', content: call.content }, result]);
      assert.equal(end.content[0].text, text);
      const sent = upstream.seen.plain.at(-1).body.messages;
      assert.deepEqual(sent.at(-1), { role: 'tool', tool_call_id: 'call_1', content: 'rain' });
      assert.equal(sent.at(-2).tool_calls[0].function.arguments, '{"city":"Bern"}');
    });
  }

  test('counted tokens', async () => {
    const { input_tokens } = await anthropic.messages.countTokens({ model: 'plain', messages });
    assert.ok(input_tokens > 0);
  });

  test('errors have the classes this package knows', async () => {
    const stranger = new Anthropic({ baseURL: anthropic.baseURL, apiKey: 'wrong', maxRetries: 0 });
    const asked = { model: 'plain', max_tokens: 5, messages };
    assert.ok((await failureOf(stranger.messages.create(asked))) instanceof Anthropic.AuthenticationError);
    assert.ok((await failureOf(create('nobody'))) instanceof Anthropic.NotFoundError);
    const refused = await failureOf(create('refuses'));
    assert.ok(refused instanceof Anthropic.BadRequestError);
    assert.match(refused.message, /upstream says bad_tool_schema/);
    const broken = await failureOf(anthropic.messages.stream({ ...asked, model: 'is-cut' }).finalMessage());
    assert.ok(broken instanceof Anthropic.APIError);
  });

  test('an openai client through both', async () => {
    const body = { model: 'plain', messages, stop: ['END'] };
    const { choices, usage } = await openai.chat.completions.create(body);
    assert.equal(choices[0].message.content, text);
    assert.equal(usage.total_tokens, 14);
    assert.deepEqual(upstream.seen.plain.at(-1).body.stop, ['END']);
    const stream = openai.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
    assert.equal(await stream.finalContent(), text);
    assert.equal((await stream.totalUsage()).total_tokens, 14);
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters: schema } }];
    const call = await openai.chat.completions.stream({ ...body, tools }).finalChatCompletion();
    assert.equal(call.choices[0].finish_reason, 'tool_calls');
    assert.equal(call.choices[0].message.tool_calls[0].function.arguments, '{"city":"Bern"}');
  });

  test('responses through both', async () => {
    assert.equal((await openai.responses.create({ model: 'plain', input: 'Hello?' })).output_text, text);
    const response = await openai.responses.stream({ model: 'plain', input: 'Hello?' }).finalResponse();
    assert.equal(response.output_text, text);
    assert.equal(response.usage.total_tokens, 14);
  });
});
