"""A report that is made in the background, and waiting for it."""

import time

import PureCloudPlatformClientV2 as pc
from world import expected, login, same

START, END = "2026-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z"

billing = pc.BillingApi(login("ACME"))
first = billing.get_billing_reports_billableusage(START, END)
wanted = {**expected("report"), "id": first.id}
same(first, {**wanted, "status": "InProgress", "usages": []})
report = first
while report.status == "InProgress":
    time.sleep(0.05)
    report = billing.get_billing_reports_billableusage(START, END)
same(report, wanted)
assert billing.get_billing_reports_billableusage(START, END) == report
