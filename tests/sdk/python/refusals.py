"""Every refusal, and that the SDK comes back by itself after a 429."""

import logging
import time

import PureCloudPlatformClientV2 as pc
from world import login, move_clock, os, organization, refused

START, END = "2026-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z"


def bad_dates(billing):
    report = billing.get_billing_reports_billableusage
    _, body = refused(400, "invalid.date", report, "yesterday", END)
    assert body["details"] == [{"errorCode": "invalid.date", "fieldName": "startDate"}], body
    refused(400, "invalid.date", report, END, START)


def unknown_callers():
    api = pc.api_client.ApiClient()
    _, body = refused(
        401, "bad.credentials", api.get_client_credentials_token, os.environ["ACME_CLIENT"], "x"
    )
    assert body["error"] == "invalid_client", body
    for token, code in [("", "authentication.required"), ("x", "bad.credentials")]:
        api.access_token = token
        refused(401, code, pc.BillingApi(api).get_billing_reports_billableusage, START, END)


def missing_permissions():
    billing = pc.BillingApi(login("NOBODY"))
    refusal, body = refused(
        403, "missing.any.permissions", billing.get_billing_reports_billableusage, START, END
    )
    assert "[billing:subscription:read, billing:subscription:view]" in body["message"], refusal


def nothing_there():
    """What is not there and what is somebody else's look alike."""
    billing = pc.BillingApi(login("PARTNER"))
    overview = billing.get_billing_trusteebillingoverview_trustor_org_id
    for id in [organization("GLOBEX"), "44444444-4444-4444-8444-444444444444", "nobody"]:
        refused(404, "not.found", overview, id)


class Refusals(logging.Handler):
    """Counts the SDK's tries that met a 429; after each a minute goes by."""

    count = 0

    def emit(self, record):
        if " 429 " in record.getMessage():
            self.count += 1
            move_clock(60)


def used_up(api):
    """Uses up the minute of a token, all but its last second."""
    me = pc.TokensApi(api)
    me.get_tokens_me()
    allowed = int(api.last_response.getheader("inin-ratelimit-allowed"))
    for _ in range(allowed - 1):
        me.get_tokens_me()
    assert api.last_response.getheader("inin-ratelimit-count") == str(allowed)
    move_clock(59)
    return me


def too_many(api):
    me = used_up(api)
    # The SDK's own client, told not to try again: else it would ten times.
    api.get_http_client().rest_client.pool_manager.connection_pool_kw["retries"] = False
    refusal, body = refused(429, "too.many.requests", me.get_tokens_me)
    assert refusal.headers["Retry-After"] == "1", refusal
    assert refusal.headers["inin-ratelimit-reset"] == "1", refusal


def too_many_and_back_by_itself(api):
    me = used_up(api)
    refusals, log = Refusals(), logging.getLogger("urllib3.connectionpool")
    log.addHandler(refusals)
    log.setLevel(logging.DEBUG)
    before = time.monotonic()
    assert me.get_tokens_me().organization.id == organization("ACME")
    assert refusals.count == 1, refusals.count
    assert time.monotonic() - before >= 1


billing = pc.BillingApi(login("ACME"))
bad_dates(billing)
unknown_callers()
missing_permissions()
nothing_there()
too_many(login("ACME"))
too_many_and_back_by_itself(login("ACME"))
