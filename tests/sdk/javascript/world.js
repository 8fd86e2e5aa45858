// The server that the test has started, and comparisons of every field.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const pc = require('purecloud-platform-client-v2');

const { env } = process;
// Whoever hangs fails.
setTimeout(() => { console.error('120 s are over'); process.exit(1); }, 120_000).unref();

const api = pc.ApiClient.instance;
const { hostname, port } = new URL(env.BASE_URL);
// Only through a gateway does this SDK speak plain http.
api.setGateway({ host: hostname, protocol: 'http', port: Number(port) });

const login = (who) => api.loginClientCredentialsGrant(env[`${who}_CLIENT`], env.SECRET);
const moveClock = (seconds) => fetch(`${env.CLOCK_URL}/${seconds}`);
const expected = (name) =>
  JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'expected', `${name}.json`), 'utf8'));

// The SDK hands over the bodies as they come; what they ought to be is declared
// for TypeScript only.
const declared = fs.readFileSync(
  path.join(env.NODE_PATH, 'purecloud-platform-client-v2', 'index.d.ts'), 'utf8');

function fields(model) {
  const body = declared.match(new RegExp(`export interface ${model} \\{([\\s\\S]*?)\\n\\t\\}`));
  assert(body, `the SDK has no ${model}`);
  const lines = body[1].matchAll(/"(\w+)"(\??): (.+);/g);
  return new Map([...lines].map(([, name, optional, type]) => [name, { type, optional }]));
}

// Every field is declared and has the declared type; every required one is there.
function conforms(value, type, at = 'body') {
  const list = type.match(/^Array<(.+)>$/);
  const map = type.match(/^\{ \[key: string\]: (.+); \}$/);
  if (list || map) {
    assert.equal(Array.isArray(value), Boolean(list), at);
    Object.entries(value).forEach(([key, item]) => conforms(item, (list ?? map)[1], `${at}.${key}`));
  } else if (['string', 'number', 'boolean'].includes(type)) {
    assert.equal(typeof value, type, at);
  } else {
    const known = fields(type.replace('Models.', ''));
    for (const [name, { optional }] of known) {
      assert(optional || name in value, `${at} lacks ${name}`);
    }
    for (const [name, field] of Object.entries(value)) {
      assert(known.has(name), `${at} has ${name}`);
      conforms(field, known.get(name).type, `${at}.${name}`);
    }
  }
}

// The refusal of a call: its body, once all that every refusal has is checked.
async function refused(status, code, call) {
  api.setReturnExtendedResponses(true);
  const refusal = await call().then((answer) => assert.fail(`not refused: ${JSON.stringify(answer.body)}`),
    // A login that is refused rejects with the error of its HTTP client.
    (error) => (error.response ? { ...error.response, body: error.response.data } : error));
  api.setReturnExtendedResponses(false);
  const { body, headers } = refusal;
  assert.equal(refusal.status, status);
  assert.equal(headers['content-type'], 'application/json');
  assert.deepEqual([body.status, body.code], [status, code]);
  assert.equal(typeof body.message, 'string');
  assert.equal(body.contextId, headers['inin-correlation-id']);
  return { headers, body };
}

// Runs the checks one after the other; an error ends the script with exit code 1.
async function run(...checks) {
  for (const check of checks) {
    console.log(check.name);
    await check();
  }
}

module.exports = { api, assert, conforms, env, expected, login, moveClock, pc, refused, run };
