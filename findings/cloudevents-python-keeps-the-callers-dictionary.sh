#!/usr/bin/env bash
# cloudevents 2.2.0 for Python.
#
# Behaviour: an event is made of the very dictionary that the caller passes, not of a copy.
# The defaults for `id` and `time` are written into it. So a dictionary that serves as a
# template gives all events the first one's id and time, and a change of it changes events
# that were made before.
#
# Seen, of two calls of 1 and 2 minutes made from one template without an id:
#   the same id and the same time in both.
# Seen, of a template whose subject and id were set for ada and then for bob:
#   two events of bob, none of ada.
#
# Why it matters: an id is the identity of usage. Events with the same id and other data
# are conflicts, and with the same data duplicates: in both cases usage is not billed, and
# nothing fails. The guide on CloudEvents has to say so.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q cloudevents==2.2.0
"$scratch/venv/bin/python" - <<'PYTHON'
import json

from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent


def sent(event):
    return json.loads(to_structured(event, JSONFormat()).body)


template = {"source": "/pbx", "type": "call.ended", "subject": "ada"}
calls = [CloudEvent(attributes=template, data={"minutes": minutes}) for minutes in ("1", "2")]
first, second = map(sent, calls)
print("one template:", first["id"], second["id"])
assert first["id"] == second["id"] and first["time"] == second["time"], "it has changed"
assert "id" in template, "it has changed"

template = {"source": "/pbx", "type": "call.ended"}
calls = []
for who in ("ada", "bob"):
    template.update(subject=who, id=f"call-{who}")
    calls.append(CloudEvent(attributes=template, data={"minutes": "1"}))
subjects = [sent(call)["subject"] for call in calls]
print("a template that is changed:", *subjects)
assert subjects == ["bob", "bob"], "it has changed"
PYTHON
