#!/usr/bin/env bash
# openapi-fetch 0.17.0, @hey-api/openapi-ts 0.95.0 and orval 7.13.2 (client `fetch`).
#
# Behaviour: a body that the document describes as text of a media type such as
# application/x-ndjson is sent as JSON: in quotes, with its line breaks escaped, under the
# media type that the document names. And if an operation has two media types, the client
# of orval sends no media type at all, so that `fetch` says text/plain.
#
# Seen, of the text {"a":1}⏎{"a":2} for an operation that takes application/x-ndjson:
#   all three:            "{\"a\":1}\n{\"a\":2}"
# Seen, of the same for an operation that takes JSON or NDJSON:
#   orval:                no Content-Type
#
# Why it matters: what arrives is one line that is a JSON string. A server of NDJSON
# rejects that line, answers 200, and counts none of the events. So our document has one
# media type for ingestion, JSON, and mentions the others in words only.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm install --silent --no-audit --no-fund --ignore-scripts openapi-fetch@0.17.0 \
  @hey-api/openapi-ts@0.95.0 orval@7.13.2 typescript@5.9.3 @types/node@20.19.0
cat >openapi.json <<'JSON'
{"openapi":"3.1.0","info":{"title":"Lines","version":"1"},"paths":{
  "/lines":{"post":{"operationId":"postLines","requestBody":{"required":true,"content":{
    "application/x-ndjson":{"schema":{"type":"string"}}}},"responses":{"204":{"description":"Read."}}}},
  "/either":{"post":{"operationId":"postEither","requestBody":{"required":true,"content":{
    "application/json":{"schema":{"type":"array","items":{"type":"object"}}},
    "application/x-ndjson":{"schema":{"type":"string"}}}},"responses":{"204":{"description":"Read."}}}}}}
JSON
cat >orval.config.cjs <<'JAVASCRIPT'
module.exports = { lines: { input: 'openapi.json', output: { target: 'orval.ts', client: 'fetch', baseUrl: 'http://localhost' } } };
JAVASCRIPT
node_modules/.bin/openapi-ts -i openapi.json -o hey >/dev/null
node_modules/.bin/orval --config orval.config.cjs >/dev/null
cat >show.ts <<'TYPESCRIPT'
import createClient from 'openapi-fetch';
import { client } from './hey/client.gen';
import { postLines } from './hey';
import { postEither, postLines as orvalLines } from './orval';

let name = '';
const spy = async (input: RequestInfo | URL, init?: RequestInit) => {
  const type = input instanceof Request ? input.headers.get('Content-Type') : new Headers(init?.headers).get('Content-Type');
  console.log(name, type, input instanceof Request ? await input.text() : init?.body);
  return new Response(null, { status: 204 });
};
globalThis.fetch = spy as typeof fetch;
const text = '{"a":1}\n{"a":2}';

async function main() {
  name = 'openapi-fetch';
  const openapi = createClient<any>({ baseUrl: 'http://localhost', fetch: spy as any });
  await openapi.POST('/lines' as never, { body: text, headers: { 'Content-Type': 'application/x-ndjson' } } as never);
  name = 'hey-api';
  client.setConfig({ baseUrl: 'http://localhost', fetch: spy as typeof fetch });
  await postLines({ body: text });
  name = 'orval';
  await orvalLines(text);
  name = 'orval-either';
  await postEither(text);
}
main();
TYPESCRIPT
node_modules/.bin/tsc --skipLibCheck --strict --target es2022 --lib es2022,dom,dom.iterable --module commonjs \
  --moduleResolution node10 --esModuleInterop --types node --outDir built show.ts
node built/show.js | tee seen
diff seen - <<'WANTED' || { echo "it has changed"; exit 1; }
openapi-fetch application/x-ndjson "{\"a\":1}\n{\"a\":2}"
hey-api application/x-ndjson "{\"a\":1}\n{\"a\":2}"
orval application/x-ndjson "{\"a\":1}\n{\"a\":2}"
orval-either null "{\"a\":1}\n{\"a\":2}"
WANTED
