// Every refusal. This SDK tells its caller and does not try again by itself.
'use strict';

const { api, assert, conforms, env, login, moveClock, pc, refused, run } = require('./world');

const START = '2026-10-01T00:00:00.000Z';
const END = '2026-11-01T00:00:00.000Z';
const billing = new pc.BillingApi();
const report = (start, end) => billing.getBillingReportsBillableusage(start, end);

async function badDates() {
  await login('ACME');
  const { body } = await refused(400, 'invalid.date', () => report('yesterday', END));
  conforms(body, 'ErrorBody');
  assert.deepEqual(body.details, [{ errorCode: 'invalid.date', fieldName: 'startDate' }]);
  await refused(400, 'invalid.date', () => report(new Date(END), new Date(START)));
}

// Unless it is asked for more, the SDK rejects with the body alone.
async function theBodyAlone() {
  await assert.rejects(report(END, START), (body) => {
    assert.deepEqual([body.status, body.code], [400, 'invalid.date']);
    assert.match(body.contextId, /^[0-9a-f-]{36}$/);
    return true;
  });
}

async function unknownCallers() {
  const guess = () => api.loginClientCredentialsGrant(env.ACME_CLIENT, 'x');
  const { body } = await refused(401, 'bad.credentials', guess);
  assert.equal(body.error, 'invalid_client');
  for (const [token, code] of [[undefined, 'authentication.required'], ['x', 'bad.credentials']]) {
    api.setAccessToken(token);
    await refused(401, code, () => report(START, END));
  }
}

async function missingPermissions() {
  await login('NOBODY');
  const { body } = await refused(403, 'missing.any.permissions', () => report(START, END));
  assert(body.message.includes('[billing:subscription:read, billing:subscription:view]'));
}

// What is not there and what is somebody else's look alike.
async function nothingThere() {
  await login('PARTNER');
  for (const id of [env.GLOBEX_ORGANIZATION, '44444444-4444-4444-8444-444444444444', 'a/b']) {
    await refused(404, 'not.found', () => billing.getBillingTrusteebillingoverviewTrustorOrgId(id));
  }
}

async function tooMany() {
  const me = () => new pc.TokensApi().getTokensMe();
  await login('ACME');
  api.setReturnExtendedResponses(true);
  const allowed = Number((await me()).headers['inin-ratelimit-allowed']);
  for (let count = 2; count <= allowed; count += 1) {
    assert.equal((await me()).headers['inin-ratelimit-count'], `${count}`);
  }
  await moveClock(59);
  const { headers } = await refused(429, 'too.many.requests', me);
  assert.equal(headers['retry-after'], '1');
  assert.equal(headers['inin-ratelimit-reset'], '1');
  await moveClock(Number(headers['retry-after']));
  assert.equal((await me()).organization.id, env.ACME_ORGANIZATION);
}

run(badDates, theBodyAlone, unknownCallers, missingPermissions, nothingThere, tooMany);
