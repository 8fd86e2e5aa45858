// A customer: its contracts, their billing periods, and the charges of each.
'use strict';

const { assert, conforms, expected, login, pc, refused, run } = require('./world');

const billing = new pc.BillingApi();
const CONTRACT = expected('contract');
// Fields that Genesys Cloud does not send.
const EXTENSIONS = [
  'billedElsewhere', 'currency', 'kind', 'amount', 'adjustedKind', 'entry', 'dateCreated',
  'balanceLapse',
];

// What the SDK knows of a body.
function known(value) {
  if (Array.isArray(value)) return value.map(known);
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).filter(([name]) => !EXTENSIONS.includes(name));
  return Object.fromEntries(fields.map(([name, item]) => [name, known(item)]));
}

// The cursor in the path of a neighbouring page, as SDK users cut it out.
function cursor(uri) {
  assert(uri.startsWith('/api/v2/billing/contracts?'), uri);
  const query = new URLSearchParams(uri.split('?')[1]);
  const names = ['before', 'after'].filter((name) => query.has(name));
  return Object.fromEntries(names.map((name) => [name, query.get(name)]));
}

async function everyField() {
  await login('ACME');
  const contract = await billing.getBillingContract('C-1001');
  assert.deepEqual(contract, CONTRACT);
  conforms(known(contract), 'BillingContract');
  for (const wanted of expected('periods')) {
    const period = await billing.getBillingContractBillingperiod('C-1001', wanted.id);
    assert.deepEqual(period, wanted);
    conforms(known(period), 'BillingContractPeriodDetail');
  }
}

async function pages() {
  const listing = await billing.getBillingContracts();
  conforms(known(listing), 'BillingContractListing');
  assert.deepEqual(Object.keys(listing), ['entities', 'selfUri']);
  assert.deepEqual(listing.entities.map((one) => one.id), ['C-1002', 'C-1001']);
  assert.deepEqual(listing.entities[1], CONTRACT);
  const first = await billing.getBillingContracts({ pageSize: 1 });
  assert.deepEqual(first.entities, listing.entities.slice(0, 1));
  assert(!('previousUri' in first));
  const second = await billing.getBillingContracts({ pageSize: 1, ...cursor(first.nextUri) });
  assert.deepEqual(second.entities, listing.entities.slice(1));
  assert(!('nextUri' in second));
  const back = await billing.getBillingContracts({ pageSize: 1, ...cursor(second.previousUri) });
  assert.deepEqual(back.entities, first.entities);
}

async function filters() {
  const found = async (opts) =>
    (await billing.getBillingContracts(opts)).entities.map((one) => one.id);
  assert.deepEqual(await found({ status: 'Active' }), ['C-1001']);
  assert.deepEqual(await found({ status: 'Inactive' }), ['C-1002']);
  assert.deepEqual(await found({ externalNumber: 'C-1002' }), ['C-1002']);
  assert.deepEqual(await found({ dateStart: '2027-09-01' }), ['C-1002']);
  assert.deepEqual(await found({ dateEnd: '2027-08-31' }), ['C-1001']);
  // As a date of JavaScript is sent.
  assert.deepEqual(await found({ dateEnd: new Date('2026-08-31T00:00:00Z') }), []);
}

async function refusals() {
  for (const [name, value] of [
    ['pageSize', 0], ['pageSize', 'x'], ['status', 'Ended'], ['after', 'x'], ['before', 'x'],
  ]) {
    const { body } = await refused(400, 'invalid.query.param.value',
      () => billing.getBillingContracts({ [name]: value }));
    assert.equal(body.details[0].fieldName, name);
  }
  await refused(400, 'invalid.date', () => billing.getBillingContracts({ dateEnd: 'tomorrow' }));
  const period = (contract, id) => billing.getBillingContractBillingperiod(contract, id);
  // The contract of another customer is like none.
  for (const number of ['C-1003', 'T-1', 'a/b']) {
    await refused(404, 'not.found', () => billing.getBillingContract(number));
    await refused(404, 'not.found', () => period(number, '2026-10-31'));
  }
  for (const id of ['2026-10-02', '2026-12-01', 'october']) {
    await refused(404, 'not.found', () => period('C-1001', id));
  }
  await login('NOBODY');
  await refused(403, 'missing.any.permissions', () => billing.getBillingContracts());
}

run(everyField, pages, filters, refusals);
