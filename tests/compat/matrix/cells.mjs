// What the JavaScript suites share: a cell is one feature of a package against one provider behind the gateway.
// A suite is called with the file of its plan and prints one line of JSON per cell.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export const text = 'Hello from upstream.';
export const thought = 'Look at the sky.';
export const calls = [['get_weather', { city: 'Bern' }], ['get_time', { zone: 'Europe/Zurich' }]];
export const forecast = { city: 'Bern', rain: true };
export const forecastSchema = {
  type: 'object', properties: { city: { type: 'string' }, rain: { type: 'boolean' } }, required: ['city', 'rain'],
  additionalProperties: false,
};
export const tokens = { input: 11, cached: 3, output: 4 };
export const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
export const parametersOf = (names) => ({
  type: 'object', properties: Object.fromEntries(Object.keys(names).map((name) => [name, { type: 'string' }])),
});

class Cell {
  constructor(plan, provider) {
    Object.assign(this, { provider, baseURL: plan.base_url, apiKey: plan.key, hastyKey: plan.hasty_key });
    this.mock = plan.mocks[provider];
  }

  model(behaviour = 'plain') {
    return `${this.provider}-${behaviour}`;
  }

  // Every request the provider has got for this model.
  async seen(behaviour = 'plain') {
    return (await fetch(`${this.mock}/seen?model=${behaviour}`)).json();
  }
}

// The error a promise is rejected with.
export const failureOf = (promise) => promise.then(() => assert.fail('it succeeded'), (error) => error);

// `known`: the calls as [name, arguments], and their ids.
export function checkCalls(known, ids) {
  assert.deepEqual(known, calls);
  assert.equal(new Set(ids).size, calls.length);
  assert.ok(ids.every(Boolean), 'an id is missing');
}

// The error must be final, and have cost `upstream` calls although the package would retry. Returns it.
export async function refusal(cell, behaviour, ask, { kind, statuses, upstream }) {
  const before = (await cell.seen(behaviour)).length;
  const error = await failureOf(ask());
  assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
  assert.ok(statuses.includes(error.status), `the status is ${error.status}`);
  assert.equal(error.headers.get('x-should-retry'), 'false');
  assert.equal((await cell.seen(behaviour)).length - before, upstream, 'the upstream calls of one call');
  assert.ok(!error.message.includes('sk-upstream'), "the provider's key is told");
  return error;
}

// A failure the client never sees: two upstream calls, one answer. `ask` gives { data, response }.
export async function hidden(cell, behaviour, ask) {
  const before = (await cell.seen(behaviour)).length;
  const { data, response } = await ask().withResponse();
  assert.equal(response.headers.get('x-signalbox-attempts'), '2');
  assert.equal((await cell.seen(behaviour)).length - before, 2, 'the upstream calls of one call');
  return data;
}

// `read` adds to what it is given until the stream breaks, which it must. A failure that comes together with the first
// words is told before them.
export async function broken(kind, read) {
  const got = [];
  const error = await failureOf(read(got));
  assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
  assert.ok(text.startsWith(got.join('')) && got.join('') !== text, `what came before is ${got.join('')}`);
}

export async function runPlan(features) {
  const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  for (const [provider, feature] of plan.cells) {
    let why = '';
    try {
      await features[feature](new Cell(plan, provider));
    } catch (error) {
      why = `${error.name}: ${error.message}`.slice(0, 500) || 'it failed without a word';
    }
    console.log(JSON.stringify({ provider, feature, why }));
  }
}
