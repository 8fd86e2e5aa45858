#!/usr/bin/env bash
# cloudevents 10.0.0 for JavaScript.
#
# Behaviour: a `time` without a zone, which is no RFC 3339, is accepted and shown as it was
# given. When the event is sent it is read in the time zone of the machine, and sent in UTC.
# The fraction is cut to milliseconds.
#
# Seen, of 2026-10-01T08:00:00:
#   event.time:                    2026-10-01T08:00:00
#   sent with TZ=UTC:              2026-10-01T08:00:00.000Z
#   sent with TZ=America/New_York: 2026-10-01T12:00:00.000Z
#
# Why it matters: the server cannot tell, because what arrives is valid. The same row of a
# call log, sent again from another machine, is another event under the same id: a
# conflict. On the last evening of a month it is usage of the next one. The guide on
# CloudEvents has to say so.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm install --silent --no-audit --no-fund --ignore-scripts cloudevents@10.0.0
cat >show.js <<'JAVASCRIPT'
const { CloudEvent, HTTP } = require('cloudevents');
const time = process.argv[2];
const event = new CloudEvent({ id: '1', source: '/pbx', type: 'call.ended', subject: 'ada', time });
console.log(event.time, JSON.parse(HTTP.structured(event).body).time);
JAVASCRIPT
for zone in UTC America/New_York; do
  TZ=$zone node show.js 2026-10-01T08:00:00
done | tee seen
TZ=UTC node show.js 2026-10-01T08:00:00.123456Z | tee -a seen
diff seen - <<'WANTED' || { echo "it has changed"; exit 1; }
2026-10-01T08:00:00 2026-10-01T08:00:00.000Z
2026-10-01T08:00:00 2026-10-01T12:00:00.000Z
2026-10-01T08:00:00.123456Z 2026-10-01T08:00:00.123Z
WANTED
