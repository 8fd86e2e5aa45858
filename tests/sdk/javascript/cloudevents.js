// The CloudEvents SDK for JavaScript, in both of its modes.
'use strict';

const { CloudEvent, HTTP, Mode, emitterFor, httpTransport } = require('cloudevents');
const { api, assert, env, login, pc, run } = require('./world');

const SINK = `${env.BASE_URL}/api/v2/billing/usage/events`;
const billing = new pc.BillingApi();

// What the test's server answers to an event that is sent in a mode.
async function send(emit, event) {
  const headers = { Authorization: `Bearer ${api.authData.accessToken}` };
  const { body } = await emit(event, { headers });
  return JSON.parse(body);
}

const call = (attributes) => new CloudEvent({
  source: '/test', type: 'call.ended', subject: 'José "Pepe" 100%', time: '2026-09-01T08:00:00.250Z',
  region: 'eu', data: { minutes: '1.5' }, ...attributes,
});

async function minutes() {
  const report = await billing.getBillingReportsBillableusage('2026-09-01', '2026-10-01');
  const usage = report.usages.find(({ name }) => name === 'voice-minutes');
  return [usage.totalUsage, usage.resources];
}

async function bothModesAreOneEvent() {
  await login('ACME');
  const event = call({ id: 'js-1' });
  // Binary is the default.
  const first = await send(emitterFor(httpTransport(SINK)), event);
  assert.equal(first.accepted, 1, JSON.stringify(first));
  for (const mode of [Mode.BINARY, Mode.STRUCTURED]) {
    const again = await send(emitterFor(httpTransport(SINK), { binding: HTTP, mode }), event);
    assert.equal(again.duplicates, 1, JSON.stringify(again));
  }
  assert.deepEqual(await minutes(), [
    '1.5', [{ name: 'José "Pepe" 100%', date: '2026-09-01T08:00:00.250Z' }],
  ]);
}

// The SDK sends typed arrays as `data_base64` in structured mode, as they are in binary mode.
async function bytesThatAreJson() {
  const bytes = new Uint8Array(Buffer.from('{"minutes":"2"}'));
  const structured = emitterFor(httpTransport(SINK), { binding: HTTP, mode: Mode.STRUCTURED });
  const sent = await send(structured, call({ id: 'js-2', data: bytes }));
  assert.equal(sent.accepted, 1, JSON.stringify(sent));
  const again = await send(emitterFor(httpTransport(SINK)), call({ id: 'js-2', data: bytes }));
  assert.equal(again.duplicates, 1, JSON.stringify(again));
  assert.equal((await minutes())[0], '3.5');
}

async function whatIsNotJsonIsRefused() {
  const event = call({ id: 'js-3', datacontenttype: 'text/plain', data: 'minutes: 1' });
  const refused = await send(emitterFor(httpTransport(SINK)), event);
  assert.deepEqual([refused.status, refused.code], [415, 'unsupported.media.type']);
}

// What the guide on CloudEvents warns of. The SDK reads such a time in the machine's zone.
async function aTimeWithoutZoneDependsOnTheMachine() {
  const event = call({ id: 'js-4', time: '2026-09-02T08:00:00' });
  process.env.TZ = 'America/New_York';
  const sent = await send(emitterFor(httpTransport(SINK)), event);
  assert.equal(sent.accepted, 1, JSON.stringify(sent));
  process.env.TZ = 'UTC';
  const elsewhere = await send(emitterFor(httpTransport(SINK)), event);
  assert.deepEqual([elsewhere.status, elsewhere.code], [409, 'request.conflict']);
}

async function aCloneIsNoOtherEvent() {
  const clone = call({ id: 'js-1' }).cloneWith({ data: { minutes: '9' } });
  const refused = await send(emitterFor(httpTransport(SINK)), clone);
  assert.deepEqual([refused.status, refused.code], [409, 'request.conflict']);
}

async function severalEvents() {
  const events = [call({ id: 'js-5' }), call({ id: 'js-6' })];
  const post = async (type, body) => {
    const headers = { 'Content-Type': type, Authorization: `Bearer ${api.authData.accessToken}` };
    return (await fetch(SINK, { method: 'POST', headers, body })).json();
  };
  const joined = HTTP.structured(events);
  const refused = await post(joined.headers['content-type'], joined.body);
  assert.deepEqual([refused.status, refused.code], [400, 'bad.request']);
  const batch = await post('application/cloudevents-batch+json', JSON.stringify(events));
  assert.equal(batch.accepted, 2, JSON.stringify(batch));
}

run(bothModesAreOneEvent, bytesThatAreJson, whatIsNotJsonIsRefused,
  aTimeWithoutZoneDependsOnTheMachine, aCloneIsNoOtherEvent, severalEvents);
