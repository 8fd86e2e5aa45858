// A partner: its customers, and the billing overview of each.
'use strict';

const { assert, conforms, env, expected, login, pc, refused, run } = require('./world');

const ACME = env.ACME_ORGANIZATION;
const trust = new pc.OrganizationAuthorizationApi();
const billing = new pc.BillingApi();
const overview = (id, billingPeriodIndex) =>
  billing.getBillingTrusteebillingoverviewTrustorOrgId(id, { billingPeriodIndex });

async function customers() {
  await login('PARTNER');
  const listing = await trust.getOrgauthorizationTrustors();
  conforms(listing, 'TrustorEntityListing');
  const { pageSize, pageNumber, pageCount, total } = listing;
  assert.deepEqual([pageSize, pageNumber, pageCount, total], [25, 1, 1, 9]);
  const found = [];
  for (let page = { nextUri: '1' }, number = 1; page.nextUri; number += 1) {
    page = await trust.getOrgauthorizationTrustors({ pageSize: 4, pageNumber: number });
    conforms(page, 'TrustorEntityListing');
    found.push(...page.entities);
  }
  assert.deepEqual(found, listing.entities);
}

async function aCustomer() {
  const one = await trust.getOrgauthorizationTrustor(ACME);
  conforms(one, 'Trustor');
  const { selfUri, ...organization } = one.organization;
  assert.deepEqual({ ...one, organization }, {
    id: ACME,
    enabled: true,
    dateCreated: '2026-11-15T12:00:00.000Z',
    organization: { id: ACME, name: 'Acme Ltd', version: 1, state: 'active' },
    selfUri: `/api/v2/orgauthorization/trustors/${ACME}`,
  });
}

async function everyField() {
  const body = await overview(ACME);
  conforms(body, 'TrusteeBillingOverview');
  assert.deepEqual(body, { ...expected('overview'), id: body.id, selfUri: body.selfUri });
  for (const [name, value] of Object.entries(body)) {
    if (name.endsWith('Date')) assert.equal(new Date(value).toISOString(), value, name);
  }
  assert.deepEqual(await overview(ACME, 0), body);
}

async function periodsBefore() {
  const october = await overview(ACME, 1);
  conforms(october, 'TrusteeBillingOverview');
  assert.equal(october.billingPeriodStartDate, '2026-10-01T00:00:00.000Z');
  assert.equal(october.billingPeriodEndDate, '2026-10-31T23:59:59.999Z');
  assert(!('contractAmendmentDate' in october));
  assert.deepEqual(october.usages.map((row) => row.usageQuantity), ['2', '12.75', '450', '0']);
  const ramp = await overview(ACME, 2);
  conforms(ramp, 'TrusteeBillingOverview');
  assert.equal(ramp.inRampPeriod, true);
  assert(!('minimumMonthlyAmount' in ramp));
  await refused(404, 'not.found', () => overview(ACME, 3));
  for (const index of [-1, 1.5, 'x']) {
    await refused(400, 'invalid.query.param.value', () => overview(ACME, index));
  }
}

// Customers are called as their subscription is.
async function everyType() {
  const { entities } = await trust.getOrgauthorizationTrustors();
  const types = [];
  for (const { id } of entities.filter((customer) => customer.id !== ACME)) {
    const body = await overview(id);
    conforms(body, 'TrusteeBillingOverview');
    assert.equal(body.subscriptionType, body.organization.name);
    types.push(body.subscriptionType);
  }
  assert.equal(new Set(types).size, 8);
}

async function notForCustomers() {
  await login('ACME');
  const { body } = await refused(403, 'missing.any.permissions', () => overview(ACME));
  assert(body.message.includes('[affiliateOrganization:clientBilling:view]'));
}

run(customers, aCustomer, everyField, periodsBefore, everyType, notForCustomers);
