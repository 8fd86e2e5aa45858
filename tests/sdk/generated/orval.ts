// orval with fetch. Every answer is a value with its `status`; nothing is thrown.
import assert from 'node:assert/strict';
import {
  getBillingReportsBillableusage, getBillingSubscriptionoverview, postBillingUsageEvents, postOauthToken,
} from './client/orval';
import { EVENTS, RANGE, check, credentials } from './world';

async function main(): Promise<void> {
  const login = await postOauthToken(credentials);
  assert(login.status === 200, JSON.stringify(login.data));
  const headers = { Authorization: `Bearer ${login.data.access_token}` };

  const send = async () => {
    const answer = await postBillingUsageEvents(EVENTS, {}, { headers });
    assert(answer.status === 200, JSON.stringify(answer.data));
    return answer.data;
  };
  const [sent, again] = [await send(), await send()];
  const report = await getBillingReportsBillableusage(RANGE, { headers });
  assert(report.status === 200, JSON.stringify(report.data));
  const overview = await getBillingSubscriptionoverview({ billingPeriodIndex: 0, expand: 'charges' }, { headers });
  assert(overview.status === 200, JSON.stringify(overview.data));
  const refused = await getBillingSubscriptionoverview({ billingPeriodIndex: 99 }, { headers });
  assert(refused.status === 404);
  check({ sent, again, report: report.data, overview: overview.data, refusal: refused.data });
}

main().catch((error: unknown) => { console.error(error); process.exit(1); });
