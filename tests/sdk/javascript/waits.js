// A report that is made in the background, and waiting for it.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { assert, conforms, expected, login, pc, run } = require('./world');

const billing = new pc.BillingApi();
const ask = () => billing.getBillingReportsBillableusage(
  new Date('2026-10-01T00:00:00Z'), new Date('2026-11-01T00:00:00Z'));

async function waitsForTheReport() {
  await login('ACME');
  const first = await ask();
  conforms(first, 'BillingUsageReport');
  const wanted = { ...expected('report'), id: first.id };
  assert.deepEqual(first, { ...wanted, status: 'InProgress', usages: [] });
  let report = first;
  while (report.status === 'InProgress') {
    await sleep(50);
    report = await ask();
  }
  assert.deepEqual(report, wanted);
  assert.deepEqual(await ask(), report);
}

run(waitsForTheReport);
