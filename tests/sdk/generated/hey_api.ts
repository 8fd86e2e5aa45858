// @hey-api/openapi-ts. Refusals are in `error`, unless `throwOnError` is set.
import assert from 'node:assert/strict';
import { client } from './client/hey-api/client.gen';
import {
  getBillingReportsBillableusage, getBillingSubscriptionoverview, postBillingUsageEvents, postOauthToken,
} from './client/hey-api';
import { EVENTS, RANGE, check, credentials, setting } from './world';

async function main(): Promise<void> {
  client.setConfig({ baseUrl: setting('BASE_URL') });
  const login = await postOauthToken({ body: credentials, throwOnError: true });
  client.setConfig({ auth: () => login.data.access_token });

  const send = async () => (await postBillingUsageEvents({ body: EVENTS, throwOnError: true })).data;
  const [sent, again] = [await send(), await send()];
  const report = await getBillingReportsBillableusage({ query: RANGE, throwOnError: true });
  const overview = await getBillingSubscriptionoverview({
    query: { billingPeriodIndex: 0, expand: 'charges' }, throwOnError: true,
  });
  const refused = await getBillingSubscriptionoverview({ query: { billingPeriodIndex: 99 } });
  assert(refused.error);
  check({ sent, again, report: report.data, overview: overview.data, refusal: refused.error });
}

main().catch((error: unknown) => { console.error(error); process.exit(1); });
