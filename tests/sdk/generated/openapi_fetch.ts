// openapi-typescript and openapi-fetch. Refusals are in `error`; nothing is thrown.
import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { paths } from './client/openapi-typescript';
import { EVENTS, RANGE, check, credentials, setting } from './world';

async function main(): Promise<void> {
  const client = createClient<paths>({ baseUrl: setting('BASE_URL') });
  // Without the header it sends JSON, whatever the document says.
  const login = await client.POST('/oauth/token', {
    body: credentials,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  assert(login.data, JSON.stringify(login.error));
  const { access_token } = login.data;
  client.use({
    onRequest({ request }) {
      request.headers.set('Authorization', `Bearer ${access_token}`);
    },
  });

  const send = async () => {
    const { data, error } = await client.POST('/api/v2/billing/usage/events', { body: EVENTS });
    assert(data, JSON.stringify(error));
    return data;
  };
  const [sent, again] = [await send(), await send()];
  const report = await client.GET('/api/v2/billing/reports/billableusage', { params: { query: RANGE } });
  assert(report.data, JSON.stringify(report.error));
  const overview = await client.GET('/api/v2/billing/subscriptionoverview', {
    params: { query: { billingPeriodIndex: 0, expand: 'charges' } },
  });
  assert(overview.data, JSON.stringify(overview.error));
  const refused = await client.GET('/api/v2/billing/subscriptionoverview', {
    params: { query: { billingPeriodIndex: 99 } },
  });
  assert(refused.error);
  check({ sent, again, report: report.data, overview: overview.data, refusal: refused.error });
}

main().catch((error: unknown) => { console.error(error); process.exit(1); });
