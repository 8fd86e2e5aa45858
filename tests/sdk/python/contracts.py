"""A customer: its contracts, their billing periods, and the charges of each."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import PureCloudPlatformClientV2 as pc
from world import expected, login, refused, same

billing = pc.BillingApi(login("ACME"))
CONTRACT = expected("contract")
# Fields that Genesys Cloud does not send; the SDK drops them.
EXTENSIONS = {
    "billedElsewhere", "currency", "kind", "amount", "adjustedKind", "entry", "dateCreated",
    "balanceLapse",
}


def known(wanted):
    """What the SDK knows of a body."""
    if isinstance(wanted, list):
        return [known(item) for item in wanted]
    if isinstance(wanted, dict):
        return {name: known(item) for name, item in wanted.items() if name not in EXTENSIONS}
    return wanted


def cursor(uri):
    """The cursor in the path of a neighbouring page, as SDK users cut it out."""
    assert uri.startswith("/api/v2/billing/contracts?"), uri
    query = parse_qs(urlsplit(uri).query)
    return {name: query[name][0] for name in ("before", "after") if name in query}


def every_field():
    same(billing.get_billing_contract("C-1001"), known(CONTRACT))
    for wanted in expected("periods"):
        period = billing.get_billing_contract_billingperiod("C-1001", wanted["id"])
        same(period, known(wanted))


def pages():
    listing = billing.get_billing_contracts()
    assert [one.id for one in listing.entities] == ["C-1002", "C-1001"], listing
    assert listing.next_uri is None and listing.previous_uri is None, listing
    same(listing.entities[1], known(CONTRACT))
    assert [one.status for one in listing.entities] == ["Inactive", "Active"], listing
    first = billing.get_billing_contracts(page_size=1)
    assert first.previous_uri is None and first.entities == listing.entities[:1], first
    second = billing.get_billing_contracts(page_size=1, **cursor(first.next_uri))
    assert second.next_uri is None and second.entities == listing.entities[1:], second
    back = billing.get_billing_contracts(page_size=1, **cursor(second.previous_uri))
    assert back.entities == first.entities, back


def filters():
    def found(**named):
        return [one.id for one in billing.get_billing_contracts(**named).entities]

    assert found(status="Active") == ["C-1001"]
    assert found(status="Inactive") == ["C-1002"]
    assert found(external_number="C-1002") == ["C-1002"]
    assert found(external_number="C-1003") == []
    assert found(date_start=date(2027, 9, 1)) == ["C-1002"]
    assert found(date_end=date(2027, 8, 31)) == ["C-1001"]
    assert found(date_start="2027-08-31", date_end="2027-09-01") == ["C-1002", "C-1001"]
    assert found(date_end=date(2026, 8, 31)) == []


def refusals():
    listing, one = billing.get_billing_contracts, billing.get_billing_contract
    period = billing.get_billing_contract_billingperiod
    for name, named in [
        ("status", {"status": "Ended"}),
        ("after", {"after": "x"}),
        ("before", {"before": "x"}),
        ("dateEnd", {"date_start": date(2026, 2, 1), "date_end": date(2026, 1, 31)}),
    ]:
        _, body = refused(400, "invalid.query.param.value", listing, **named)
        assert body["details"][0]["fieldName"] == name, body
    _, body = refused(400, "invalid.date", listing, date_start="yesterday")
    assert body["details"][0]["fieldName"] == "dateStart", body
    # The contract of another customer is like none.
    for number in ("C-1003", "T-1"):
        refused(404, "not.found", one, number)
        refused(404, "not.found", period, number, "2026-10-31")
    for id in ("2026-10-02", "2026-12-01", "2026-08-01", "october"):
        refused(404, "not.found", period, "C-1001", id)
    other = pc.BillingApi(login("NOBODY"))
    _, body = refused(403, "missing.any.permissions", other.get_billing_contracts)
    assert "[billing:subscription:view]" in body["message"], body


every_field()
pages()
filters()
refusals()
