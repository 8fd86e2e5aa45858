"""openapi-python-client. Refusals are values, too: `sync_detailed` has the status."""

import datetime
import faulthandler
import os

from client import AuthenticatedClient, Client
from client.api.billing import get_billing_reports_billableusage, get_billing_subscriptionoverview
from client.api.o_auth import post_oauth_token
from client.api.usage import post_billing_usage_events
from client.models import (
    BillingUsageReport,
    ErrorBody,
    GrantType,
    IngestResponse,
    ReportStatus,
    SubscriptionType,
    TokenRequest,
    TokenResponse,
    TrusteeBillingOverview,
    UsageEvent,
    UsageEventData,
)

faulthandler.dump_traceback_later(60, exit=True)
BASE_URL = os.environ["BASE_URL"]
UTC = datetime.timezone.utc

login = post_oauth_token.sync(
    client=Client(base_url=BASE_URL),
    body=TokenRequest(
        grant_type=GrantType.CLIENT_CREDENTIALS,
        client_id=os.environ["ACME_CLIENT"],
        client_secret=os.environ["SECRET"],
    ),
)
assert isinstance(login, TokenResponse), login
client = AuthenticatedClient(base_url=BASE_URL, token=login.access_token)


def call(number: int, time: datetime.datetime) -> UsageEvent:
    return UsageEvent(
        specversion="1.0",
        id=f"py-{number}",
        source="/test",
        type_="call.ended",
        subject="José",
        time=time,
        data=UsageEventData.from_dict({"minutes": "0.5"}),
    )


# The last one has no zone: it does not count, and the answer says so.
EVENTS = [
    call(1, datetime.datetime(2026, 10, 12, 8, tzinfo=UTC)),
    call(2, datetime.datetime(2026, 10, 12, 10, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))),
    call(3, datetime.datetime(2026, 10, 12, 8)),
]
sent = post_billing_usage_events.sync(client=client, body=EVENTS)
assert isinstance(sent, IngestResponse), sent
assert (sent.accepted, sent.duplicates) == (2, 0), sent
assert [(fault.id, fault.code) for fault in sent.rejected] == [("py-3", "invalid.date")], sent
again = post_billing_usage_events.sync(client=client, body=EVENTS)
assert isinstance(again, IngestResponse) and (again.accepted, again.duplicates) == (0, 2), again

report = get_billing_reports_billableusage.sync(
    client=client,
    start_date=datetime.datetime(2026, 10, 1, tzinfo=UTC),
    end_date=datetime.datetime(2026, 11, 1, tzinfo=UTC),
)
assert isinstance(report, BillingUsageReport), report
assert report.status is ReportStatus.COMPLETE, report
assert report.start_date == datetime.datetime(2026, 10, 1, tzinfo=UTC), report
totals = {usage.name: usage.total_usage for usage in report.usages}
assert totals["voice-minutes"] == "13.75", totals

overview = get_billing_subscriptionoverview.sync(client=client, billing_period_index=0, expand="charges")
assert isinstance(overview, TrusteeBillingOverview), overview
assert overview.subscription_type is SubscriptionType.PREPAY_MONTHLY_COMMITMENT, overview
assert overview.usages[1].usage_quantity == "900.5", overview
assert overview.charges and overview.charges.total == "533.5", overview.charges

refused = get_billing_subscriptionoverview.sync_detailed(client=client, billing_period_index=99)
assert refused.status_code == 404 and isinstance(refused.parsed, ErrorBody), refused
assert refused.parsed.code == "not.found", refused.parsed
