// Logging in, who one is, and the billable-usage report in every shape of date.
'use strict';

const { assert, conforms, env, expected, login, pc, run } = require('./world');

const START = '2026-10-01T00:00:00.000Z';
const END = '2026-11-01T00:00:00.000Z';
const billing = new pc.BillingApi();

async function whoseToken() {
  const { accessToken, tokenExpiryTime } = await login('ACME');
  assert.equal(typeof accessToken, 'string');
  // From `expires_in`, which is a day.
  assert(Math.abs(tokenExpiryTime - Date.now() - 86_400_000) < 60_000);
  const info = await new pc.TokensApi().getTokensMe();
  const acme = { id: env.ACME_ORGANIZATION, name: 'Acme Ltd' };
  assert.deepEqual(info, {
    organization: acme,
    homeOrganization: acme,
    authorizedScope: ['billing:subscription:view', 'billing:usage:add', 'billing:usage:void'],
    OAuthClient: { id: env.ACME_CLIENT, name: 'reader', organization: acme },
  });
  const own = await new pc.OrganizationApi().getOrganizationsMe();
  conforms(own, 'Organization');
  assert.deepEqual(own, { ...acme, version: 1, state: 'active', selfUri: '/api/v2/organizations/me' });
}

async function everyField() {
  const report = await billing.getBillingReportsBillableusage(START, END);
  conforms(report, 'BillingUsageReport');
  assert.deepEqual(report, { ...expected('report'), id: report.id });
  const dates = report.usages.flatMap((usage) => usage.resources.map((resource) => resource.date));
  for (const date of [report.startDate, report.endDate, ...dates]) {
    assert.equal(new Date(date).toISOString(), date);
  }
}

// Strings go out as they are, a Date as toJSON() writes it.
async function everyShape() {
  const report = await billing.getBillingReportsBillableusage(START, END);
  for (const [start, end] of [
    [new Date(START), new Date(END)],
    [new Date('2026-10-01T02:00:00+02:00'), new Date('2026-10-31T23:59:59.999Z')],
    ['2026-10-01', '2026-11-01'],
    ['2026-10-01T00:00:00', '2026-10-31T23:59:59'],
    ['2026-10-01T02:00:00+02:00', '2026-11-01T00:00Z'],
  ]) {
    assert.deepEqual(await billing.getBillingReportsBillableusage(start, end), report, `${start}`);
  }
}

// The example of the SDK's documentation, as it stands there.
async function ofNoLength() {
  const date = '2013-10-20T19:20:30+01:00';
  for (const day of [date, new Date(date)]) {
    const report = await billing.getBillingReportsBillableusage(day, day);
    conforms(report, 'BillingUsageReport');
    assert.equal(report.startDate, '2013-10-20T18:20:30.000Z');
    assert.equal(report.endDate, report.startDate);
    assert.deepEqual([report.status, report.usages], ['Complete', []]);
  }
}

async function othersSeeTheirOwn() {
  await login('GLOBEX');
  const report = await billing.getBillingReportsBillableusage(START, END);
  assert.deepEqual([report.status, report.usages], ['Complete', []]);
}

run(whoseToken, everyField, everyShape, ofNoLength, othersSeeTheirOwn);
