"""A partner: its customers, and the billing overview of each."""

import PureCloudPlatformClientV2 as pc
from world import expected, instant, login, organization, refused, same

api = login("PARTNER")
trust = pc.OrganizationAuthorizationApi(api)
overview = pc.BillingApi(api).get_billing_trusteebillingoverview_trustor_org_id
ACME = organization("ACME")


def customers():
    """Every customer, page by page."""
    listing = trust.get_orgauthorization_trustors()
    assert (listing.page_size, listing.page_number, listing.page_count) == (25, 1, 1), listing
    assert (listing.total, len(listing.entities)) == (9, 9), listing
    assert listing.next_uri is None and listing.previous_uri is None, listing
    pages = [trust.get_orgauthorization_trustors(page_size=4, page_number=n) for n in (1, 2, 3)]
    assert [len(page.entities) for page in pages] == [4, 4, 1], pages
    assert [page.next_uri is None for page in pages] == [False, False, True], pages
    assert [one for page in pages for one in page.entities] == listing.entities, pages
    return listing.entities


def a_customer(listed):
    one = trust.get_orgauthorization_trustor(ACME)
    assert one in listed, listed
    same(
        one,
        {
            "id": ACME,
            "enabled": True,
            "dateCreated": "2026-11-15T12:00:00.000Z",
            "organization": {
                "id": ACME,
                "name": "Acme Ltd",
                "version": 1,
                "state": "active",
                **({"selfUri": one.organization.self_uri} if one.organization.self_uri else {}),
            },
            "selfUri": f"/api/v2/orgauthorization/trustors/{ACME}",
        },
    )


def every_field():
    body = overview(ACME)
    assert type(body.id) is str and body.id, body
    same(body, {**expected("overview"), "id": body.id, "selfUri": body.self_uri})
    assert body.self_uri.startswith(f"/api/v2/billing/trusteebillingoverview/{ACME}"), body
    assert overview(ACME, billing_period_index=0) == body


def periods_before():
    october = overview(ACME, billing_period_index=1)
    assert october.billing_period_start_date == instant("2026-10-01T00:00:00.000Z"), october
    assert october.billing_period_end_date == instant("2026-10-31T23:59:59.999Z"), october
    assert october.contract_amendment_date is None, october
    assert [row.usage_quantity for row in october.usages] == ["2", "12.75", "450", "0"], october
    ramp = overview(ACME, billing_period_index=2)
    assert ramp.in_ramp_period is True and ramp.minimum_monthly_amount is None, ramp
    assert ramp.billing_period_start_date == instant("2026-09-01T00:00:00.000Z"), ramp
    refused(404, "not.found", overview, ACME, billing_period_index=3)
    _, body = refused(
        400, "invalid.query.param.value", overview, ACME, billing_period_index=-1
    )
    assert body["details"][0]["fieldName"] == "billingPeriodIndex", body


def every_type(listed):
    """Customers are called as their subscription is; none is unknown to the SDK."""
    seen = set()
    for customer in listed:
        if customer.id != ACME:
            body = overview(customer.id)
            assert body.subscription_type == body.organization.name, body
            # The last of October, and the period has begun at midnight in Berlin.
            assert body.billing_period_start_date == instant("2026-10-30T23:00:00.000Z"), body
            seen.add(body.subscription_type)
    assert len(seen) == 8, seen


def not_for_customers():
    own = pc.BillingApi(login("ACME")).get_billing_trusteebillingoverview_trustor_org_id
    _, body = refused(403, "missing.any.permissions", own, ACME)
    assert "[affiliateOrganization:clientBilling:view]" in body["message"], body


listed = customers()
a_customer(listed)
every_field()
periods_before()
every_type(listed)
not_for_customers()
