"""The CloudEvents SDK for Python, in both of its modes."""

import json
from datetime import datetime, timezone
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import PureCloudPlatformClientV2 as pc
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from world import login, os

api = login("ACME")
SINK = os.environ["BASE_URL"] + "/api/v2/billing/usage/events"
NAME = 'José "Süd" 50% 📞'


class Message(Request):
    """A request without the content type that urllib would make up."""

    def __init__(self, message):
        headers = {**message.headers, "Authorization": f"Bearer {api.access_token}"}
        super().__init__(SINK, data=message.body, headers=headers)

    def has_header(self, name):
        return name == "Content-type" or super().has_header(name)


def send(message):
    try:
        with build_opener(ProxyHandler({})).open(Message(message)) as answer:
            return json.load(answer)
    except HTTPError as refusal:
        return json.load(refusal)


def call(number, data, **attributes):
    time = datetime(2026, 9, 1, 8, 0, 0, 123456, tzinfo=timezone.utc)
    named = {"id": f"py-{number}", "source": "/test", "type": "call.ended", "subject": NAME}
    return CloudEvent(attributes={**named, "time": time, "region": "eu", **attributes}, data=data)


def minutes():
    report = pc.BillingApi(api).get_billing_reports_billableusage("2026-09-01", "2026-10-01")
    usage = next(usage for usage in report.usages if usage.name == "voice-minutes")
    return usage.total_usage, [resource.name for resource in usage.resources]


# Without a content type, and with one.
for number, media in enumerate([{}, {"datacontenttype": "application/json"}]):
    event = call(number, {"minutes": "1.5"}, **media)
    binary, structured = to_binary(event, JSONFormat()), to_structured(event, JSONFormat())
    assert bool(media) == any(name.lower() == "content-type" for name in binary.headers)
    first = send(binary)
    assert first.get("accepted") == 1, first
    for message in (binary, structured):
        again = send(message)
        assert again.get("duplicates") == 1, again
assert minutes() == ("3", [NAME]), minutes()

# Bytes go as `data_base64` in structured mode, and as they are in binary mode.
event = call(2, b'{"minutes": "2"}', datacontenttype="application/json")
first, again = send(to_structured(event, JSONFormat())), send(to_binary(event, JSONFormat()))
assert (first.get("accepted"), again.get("duplicates")) == (1, 1), (first, again)
assert minutes()[0] == "5", minutes()

text = send(to_binary(call(3, "minutes: 1", datacontenttype="text/plain"), JSONFormat()))
assert (text["status"], text["code"]) == (415, "unsupported.media.type"), text

# The SDK keeps the dictionary that it is given, and writes an id into it: a second event of
# the same one is a conflict, which the guide on CloudEvents warns of.
template = {"source": "/test", "type": "call.ended", "subject": NAME}
template["time"] = datetime(2026, 9, 2, 8, tzinfo=timezone.utc)
calls = [CloudEvent(attributes=template, data={"minutes": minutes}) for minutes in ("1", "2")]
first, second = (send(to_structured(event, JSONFormat())) for event in calls)
assert first.get("accepted") == 1, first
assert (second["status"], second["code"]) == (409, "request.conflict"), second
for number, minutes_used in enumerate(("1", "2")):
    own = CloudEvent(attributes={**template, "id": f"py-own-{number}"}, data={"minutes": minutes_used})
    answer = send(to_structured(own, JSONFormat()))
    assert answer.get("accepted") == 1, answer
