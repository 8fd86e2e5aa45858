"""Logging in, who one is, and the billable-usage report in every shape of date."""

from datetime import datetime, timedelta, timezone

import PureCloudPlatformClientV2 as pc
from world import expected, login, organization, os, same

START, END = "2026-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z"


def whose_token(api):
    acme = {"id": organization("ACME"), "name": "Acme Ltd"}
    client = {"id": os.environ["ACME_CLIENT"], "name": "reader", "organization": acme}
    same(
        pc.TokensApi(api).get_tokens_me(),
        {
            "organization": acme,
            "homeOrganization": acme,
            "authorizedScope": ["billing:subscription:view", "billing:usage:add", "billing:usage:void"],
            "OAuthClient": client,
        },
    )
    own = pc.OrganizationApi(api).get_organizations_me()
    path = "/api/v2/organizations/me"
    same(own, {**acme, "version": 1, "state": "active", "selfUri": path})


def every_field(billing):
    report = billing.get_billing_reports_billableusage(START, END)
    assert type(report.id) is str and report.id, report
    same(report, {**expected("report"), "id": report.id})
    return report


def every_shape(billing, report):
    """Strings go out as they are, datetimes as isoformat() writes them."""
    utc, east = timezone.utc, timezone(timedelta(hours=1))
    for start, end in [
        ("2026-10-01", "2026-11-01"),
        ("2026-10-01T02:00:00+02:00", "2026-10-31T23:59:59Z"),
        (datetime(2026, 10, 1), datetime(2026, 11, 1)),
        (datetime(2026, 10, 1, tzinfo=utc), datetime(2026, 11, 1, tzinfo=utc)),
        (datetime(2026, 10, 1, 1, tzinfo=east), datetime(2026, 11, 1, 1, tzinfo=east)),
        (datetime(2026, 10, 1), datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=utc)),
        (datetime(2026, 10, 1).date(), datetime(2026, 11, 1).date()),
    ]:
        answer = billing.get_billing_reports_billableusage(start, end)
        assert answer == report, f"{start!r} {end!r}: {answer}"
    # A microsecond more leaves Ada's first login to the one of the 20th.
    start = datetime(2026, 10, 1, microsecond=1, tzinfo=utc)
    later = billing.get_billing_reports_billableusage(start, END)
    first = {r.name: r.date for r in later.usages[0].resources}
    assert first["ada@example.com"] == datetime(2026, 10, 20, 8, tzinfo=utc), later


def of_no_length(billing):
    """The example of the SDK's documentation, as it stands there."""
    date = "2013-10-20T19:20:30+01:00"
    for day in (date, datetime.fromisoformat(date)):
        report = billing.get_billing_reports_billableusage(day, day)
        wanted = {"startDate": "2013-10-20T18:20:30.000Z", "endDate": "2013-10-20T18:20:30.000Z"}
        wanted |= {"id": report.id, "status": "Complete", "usages": [], "selfUri": report.self_uri}
        same(report, wanted)


def any_permission_will_do(start=START, end=END):
    """A customer sees its own usage only."""
    other = pc.BillingApi(login("GLOBEX")).get_billing_reports_billableusage(start, end)
    assert (other.status, other.usages) == ("Complete", []), other


api = login("ACME")
billing = pc.BillingApi(api)
whose_token(api)
every_shape(billing, every_field(billing))
of_no_length(billing)
any_permission_will_do()
