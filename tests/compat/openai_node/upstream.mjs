// An OpenAI-compatible provider whose behaviour the requested model names. It keeps every request for the tests.
import { once } from 'node:events';
import { createServer } from 'node:http';

const toolCall = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bern"}' } };
const usage = { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 };
const base = { id: 'chatcmpl-1', created: 1700000000 };

function whole(message, reason) {
  const choices = [{ index: 0, message: { role: 'assistant', ...message }, logprobs: null, finish_reason: reason }];
  return { ...base, object: 'chat.completion', model: 'upstream', choices, usage };
}

function event(delta, reason = null) {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: reason }];
  return { ...base, object: 'chat.completion.chunk', model: 'upstream', choices };
}

const words = ['Hello', ' from', ' upstream', '.'].map((content) => event({ content }));
const textEvents = [event({ role: 'assistant', content: '' }), ...words, event({}, 'stop')];
const callPart = (part) => event({ tool_calls: [{ index: 0, function: { arguments: part } }] });
const toolEvents = [
  event({ role: 'assistant', content: null,
          tool_calls: [{ index: 0, ...toolCall, function: { name: 'get_weather', arguments: '' } }] }),
  callPart('{"city":'),
  callPart('"Bern"}'),
  event({}, 'tool_calls'),
];

function sendJson(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendError(response, status, code) {
  sendJson(response, status, { error: { message: `upstream says ${code}`, type: 'upstream', code, param: null } });
}

function sendEvents(response, events) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const item of events) response.write(`data: ${JSON.stringify(item)}\n\n`);
}

function chat(request, response) {
  const { body } = request;
  const calls = body.tools && body.messages.at(-1).role !== 'tool';
  if (!body.stream) {
    const [message, reason] = calls ? [{ content: null, tool_calls: [toolCall] }, 'tool_calls']
                                    : [{ content: 'Hello from upstream.' }, 'stop'];
    return sendJson(response, 200, whole(message, reason));
  }
  sendEvents(response, calls ? toolEvents : textEvents);
  if (body.stream_options?.include_usage) {
    response.write(`data: ${JSON.stringify({ ...event({}), choices: [], usage })}\n\n`);
  }
  return response.end('data: [DONE]\n\n');
}

const behaviours = {
  plain: chat,
  'fails-once': (request, response, count) =>
    count === 1 ? sendError(response, 500, 'oops') : chat(request, response),
  'always-fails': (_, response) => sendError(response, 500, 'oops'),
  refuses: (_, response) => sendError(response, 400, 'bad_tool_schema'),
  'never-ends': (_, response) => sendEvents(response, textEvents.slice(0, 2)),
  'is-cut': (_, response) => {
    sendEvents(response, textEvents.slice(0, 3));
    response.write('', () => response.destroy());
  },
  vectors: (request, response) => {
    const bytes = Buffer.from(new Float32Array([0.5, -2]).buffer);
    const embedding = request.body.encoding_format === 'base64' ? bytes.toString('base64') : [0.5, -2];
    sendJson(response, 200, { object: 'list', model: 'vectors', data: [{ object: 'embedding', index: 0, embedding }],
                              usage: { prompt_tokens: 2, total_tokens: 2 } });
  },
  pictures: (_, response) => sendJson(response, 200, { created: 1700000000, data: [{ b64_json: 'aGk=' }] }),
};

export const models = Object.keys(behaviours);

export async function startUpstream() {
  const seen = Object.fromEntries(models.map((name) => [name, []]));
  const server = createServer(async (message, response) => {
    const parts = await message.toArray();
    const body = JSON.parse(Buffer.concat(parts).toString() || '{}');
    if (!seen[body.model]) return sendError(response, 404, 'model_not_found');
    // `left`: the other side went away before the answer was complete.
    const request = { path: message.url, headers: message.headers, body, left: once(response, 'close') };
    seen[body.model].push(request);
    behaviours[body.model](request, response, seen[body.model].length);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    seen,
    baseURL: `http://127.0.0.1:${server.address().port}/v1`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
