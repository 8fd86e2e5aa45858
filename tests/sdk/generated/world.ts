// What all clients are asked to do.
import assert from 'node:assert/strict';

export function setting(name: string): string {
  const value = process.env[name];
  assert(value, `${name} is not set`);
  return value;
}

export const credentials = {
  grant_type: 'client_credentials' as const,
  client_id: setting('ACME_CLIENT'),
  client_secret: setting('SECRET'),
};

// Each client has a day of its own.
const DAY = setting('DAY');

export const RANGE = { startDate: `${DAY}T00:00:00Z`, endDate: `${DAY}T23:59:59Z` };

const call = (number: number, time: string) => ({
  specversion: '1.0', id: `${DAY}/${number}`, source: '/test', type: 'call.ended',
  subject: 'José', time, data: { minutes: '0.5' },
});

// The last one has no zone: it does not count, and the answer says so.
export const EVENTS = [
  call(1, new Date(`${DAY}T08:00:00Z`).toISOString()),
  call(2, `${DAY}T10:00:00+02:00`),
  call(3, `${DAY}T08:00:00`),
];

// Whoever hangs fails.
setTimeout(() => { console.error('60 s are over'); process.exit(1); }, 60_000).unref();

interface Report { status: string; usages: { name: string; totalUsage: string }[] }
interface Overview { subscriptionType: string; charges?: { total: string }; usages: { usageQuantity: string }[] }

export interface Answers {
  sent: { accepted: number; duplicates: number; rejected: { id?: string; code: string }[] };
  again: { accepted: number; duplicates: number };
  report: Report;
  overview: Overview;
  refusal: { status: number; code: string };
}

// What the server must have answered.
export function check({ sent, again, report, overview, refusal }: Answers): void {
  assert.deepEqual([sent.accepted, sent.duplicates], [2, 0]);
  assert.deepEqual(sent.rejected.map(({ id, code }) => [id, code]), [[`${DAY}/3`, 'invalid.date']]);
  assert.deepEqual([again.accepted, again.duplicates], [0, 2]);
  assert.equal(report.status, 'Complete');
  const minutes = report.usages.find(({ name }) => name === 'voice-minutes');
  assert.equal(minutes?.totalUsage, '1');
  assert.equal(overview.subscriptionType, 'PREPAY_MONTHLY_COMMITMENT');
  assert.equal(overview.usages[1]?.usageQuantity, '900.5');
  assert.equal(overview.charges?.total, '533.5');
  assert.deepEqual([refusal.status, refusal.code], [404, 'not.found']);
}
