// The SDK in a page of another origin, in a real browser.
'use strict';

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { assert, env, expected, run } = require('./world');

const SDK = path.join(env.NODE_PATH, 'purecloud-platform-client-v2', 'dist', 'web-cjs',
  'purecloud-platform-client-v2.min.js');

// Runs in the page. A grant with a secret is nothing for a page of the real world, and
// the SDK refuses it there; it shows that a login can be called.
async function inPage({ BASE_URL, ACME_CLIENT, SECRET }) {
  const pc = require('platformClient');
  const { hostname: host, port } = new URL(BASE_URL);
  const login = await fetch(`${BASE_URL}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${ACME_CLIENT}:${SECRET}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = await login.json();
  pc.ApiClient.instance.setGateway({ host, protocol: 'http', port: Number(port) });
  pc.ApiClient.instance.setAccessToken(token);
  const report = await new pc.BillingApi().getBillingReportsBillableusage(
    '2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z');
  const read = login.headers.get('ININ-Correlation-Id') !== null
    && login.headers.get('inin-ratelimit-allowed') !== null;
  return { report, read };
}

const page = `<!doctype html><script src="sdk.js"></script><body><script>
(${inPage})(${JSON.stringify({ ...env })})
  .then((found) => { document.body.textContent = 'found ' + encodeURIComponent(JSON.stringify(found)) + ' end'; })
  .catch((error) => { document.body.textContent = 'refused: ' + (error.message ?? JSON.stringify(error)); });
</script>`;

async function inABrowser() {
  const server = http.createServer((request, response) => {
    const script = request.url === '/sdk.js';
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
    response.end(script ? fs.readFileSync(SDK) : page);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'chromium-'));
  try {
    const { stdout } = await promisify(execFile)('chromium', [
      '--headless', '--no-sandbox', '--disable-gpu', '--dump-dom', '--timeout=60000',
      '--virtual-time-budget=20000', `--user-data-dir=${profile}`,
      `http://127.0.0.1:${server.address().port}/`,
    ], { maxBuffer: 1 << 26 });
    const found = stdout.match(/found (\S+) end/);
    assert(found, stdout.slice(-2000));
    const { report, read } = JSON.parse(decodeURIComponent(found[1]));
    assert.deepEqual(report, { ...expected('report'), id: report.id });
    assert(read, 'a page cannot read our headers');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.log('skipped: there is no chromium');
  } finally {
    server.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}

run(inABrowser);
