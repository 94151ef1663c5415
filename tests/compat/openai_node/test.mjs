// The official `openai` package against a real signalboxd: what its users rely on works through the gateway unchanged.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import OpenAI from 'openai';

import { startGateway } from './gateway.mjs';
import { models, startUpstream } from './upstream.mjs';

const messages = [{ role: 'user', content: 'Hello?' }];
const tools = [{
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}];
const text = 'Hello from upstream.';
const apiKey = 'sk-account';
const patience = { timeout: 120_000 };  // only to end what hangs

const shapes = { vectors: 'embedding', pictures: 'image' };
const entry = (name) => `  - name: ${name}
    shape: ${shapes[name] ?? 'chat'}
    deployments: [{ provider: upstream, model: ${name} }]`;
const configFor = (upstream) => `version: 1
gateway: { auth: required }
providers:
  - name: upstream
    kind: openai
    base_url: ${upstream.baseURL}
    keys: [{ name: main, value: sk-upstream }]
models:
${models.map(entry).join('\n')}
aliases: { fast: plain }
defaults: { backoff: { first: 1ms, max: 5ms } }
accounts:
  - { name: tester, key: ${apiKey}, tier: service }
`;

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const joined = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

// The error a promise is rejected with.
const failureOf = (promise) => promise.then(() => assert.fail('it succeeded'), (error) => error);

describe('a gateway in front of a provider', patience, () => {
  let upstream, gateway, client, sent;

  before(async () => {
    upstream = await startUpstream();
    gateway = await startGateway({ config: configFor(upstream) });
    sent = [];
    const counted = (url, options) => {
      sent.push(new Headers(options.headers));
      return fetch(url, options);
    };
    client = new OpenAI({ baseURL: gateway.baseURL, apiKey, fetch: counted });
  });

  after(async () => {
    upstream?.stop();
    assert.equal(await gateway?.stop(), 0);
  });

  const create = (model, more) => client.chat.completions.create({ model, messages, ...more });

  test('chat', async () => {
    const { data, response } = await create('plain', { temperature: 0.25 }).withResponse();
    assert.equal(data.choices[0].message.content, text);
    assert.equal(data.usage.total_tokens, 14);
    assert.match(response.headers.get('x-signalbox-request-id'), /^\S+$/);
    assert.equal(response.headers.get('x-signalbox-deployment'), 'upstream/plain');
    const request = upstream.seen.plain.at(-1);
    assert.deepEqual(request.body, { model: 'plain', messages, temperature: 0.25 });
    assert.equal(request.headers.authorization, 'Bearer sk-upstream');
    assert.equal(request.path, '/v1/chat/completions');
  });

  test('an alias', async () => {
    assert.equal((await create('fast')).choices[0].message.content, text);
    assert.equal(upstream.seen.plain.at(-1).body.model, 'plain');
  });

  test('a stream shows no usage it was not asked for', async () => {
    const chunks = await collect(await create('plain', { stream: true }));
    assert.equal(joined(chunks), text);
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
    assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage));
  });

  test('a stream with include_usage ends with it', async () => {
    const chunks = await collect(await create('plain', { stream: true, stream_options: { include_usage: true } }));
    assert.equal(joined(chunks), text);
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.equal(chunks.at(-1).usage.total_tokens, 14);
  });

  test('the streaming helper', async () => {
    const stream = client.chat.completions.stream({ model: 'plain', messages });
    assert.equal(await stream.finalContent(), text);
  });

  test('tools', async () => {
    const { choices } = await create('plain', { tools });
    assert.equal(choices[0].finish_reason, 'tool_calls');
    assert.equal(choices[0].message.tool_calls[0].function.arguments, '{"city":"Bern"}');
    assert.deepEqual(upstream.seen.plain.at(-1).body.tools, tools);
  });

  test('tools in a stream', async () => {
    const { choices } = await client.chat.completions.stream({ model: 'plain', messages, tools }).finalChatCompletion();
    const [call] = choices[0].message.tool_calls;
    assert.equal(call.function.name, 'get_weather');
    assert.equal(call.function.arguments, '{"city":"Bern"}');
  });

  test('a tool run to its end', async () => {
    const asked = [];
    const getWeather = { ...tools[0].function, parse: JSON.parse, function: ({ city }) => asked.push(city) };
    const run = client.chat.completions.runTools(
      { model: 'plain', messages, tools: [{ type: 'function', function: getWeather }] });
    assert.equal(await run.finalContent(), text);
    assert.deepEqual(asked, ['Bern']);
    assert.deepEqual(upstream.seen.plain.at(-1).body.messages.map(({ role }) => role), ['user', 'assistant', 'tool']);
  });

  test('embeddings', async () => {
    const { data } = await client.embeddings.create({ model: 'vectors', input: 'Hello' });
    assert.deepEqual(data[0].embedding, [0.5, -2]);
  });

  test('images', async () => {
    const { data } = await client.images.generate({ model: 'pictures', prompt: 'A signal box' });
    assert.equal(data[0].b64_json, 'aGk=');
  });

  test('the list of models', async () => {
    const names = (await collect(await client.models.list())).map(({ id }) => id);
    for (const name of [...models, 'fast']) assert.ok(names.includes(name), name);
  });

  test('an unknown model', async () => {
    const error = await failureOf(create('plian'));
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'model_not_found');
    assert.match(error.message, /plain/);
  });

  test('a bad request of the client', async () => {
    const error = await failureOf(create('plain', { max_tokens: -5 }));
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'invalid_parameter');
    assert.equal(error.param, 'max_tokens');
  });

  test('a refusal of the provider, in its own words', async () => {
    const error = await failureOf(create('refuses'));
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.match(error.message, /upstream says bad_tool_schema/);
    assert.equal(upstream.seen.refuses.length, 1);
  });

  test('a wrong key', async () => {
    const stranger = new OpenAI({ baseURL: gateway.baseURL, apiKey: 'sk-wrong' });
    const error = await failureOf(stranger.chat.completions.create({ model: 'plain', messages }));
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.code, 'invalid_key');
  });

  test('one failure is hidden without a retry of the client', async () => {
    sent.length = 0;
    const { data, response } = await create('fails-once').withResponse();
    assert.equal(data.choices[0].message.content, text);
    assert.equal(response.headers.get('x-signalbox-attempts'), '2');
    assert.equal(upstream.seen['fails-once'].length, 2);
    assert.deepEqual(sent.map((headers) => headers.get('x-stainless-retry-count')), ['0']);
  });

  test('a final failure is not retried by the client', async () => {
    sent.length = 0;
    const error = await failureOf(create('always-fails'));
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.equal(error.headers.get('x-should-retry'), 'false');
    assert.equal(sent.length, 1);
    assert.ok(upstream.seen['always-fails'].length >= 2);
  });

  test('an answer that is cut does not look complete', async () => {
    const stream = await create('is-cut', { stream: true });
    const chunks = [];
    const error = await failureOf((async () => {
      for await (const chunk of stream) chunks.push(chunk);
    })());
    assert.ok(error instanceof OpenAI.APIError);
    assert.equal(joined(chunks), 'Hello from');
  });

  test('a client that leaves ends the call of the provider', async () => {
    const stream = await create('never-ends', { stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.content) break;  // the package closes the connection
    }
    await upstream.seen['never-ends'].at(-1).left;
  });
});

describe('the demo', patience, () => {
  let gateway, client;

  before(async () => {
    gateway = await startGateway({ words: ['--demo'] });
    client = new OpenAI({ baseURL: gateway.baseURL, apiKey: 'anything' });
  });
  after(() => gateway?.stop());

  test('answers whole and as a stream', async () => {
    const request = { model: 'ballad-medium', messages, max_tokens: 16 };
    const whole = await client.chat.completions.create(request);
    assert.ok(whole.choices[0].message.content.length > 0);
    assert.ok(whole.usage.completion_tokens > 0);
    const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
    assert.ok(joined(chunks).length > 0);
  });
});
