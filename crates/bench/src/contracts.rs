//! What billing overviews need: a partner, products, and a contract of each
//! customer that is looked at.

use anyhow::Result;
use exchequer_core::OrganizationId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::Connection;
use crate::setup::SECRET;

/// The partner, and its client.
pub(crate) const PARTNER: Uuid = Uuid::from_u128(0xbe7c_0000_0000_4000_8000_0000_0000_0002);

/// Part number, name, meter, grouping, unit, unit of measure, bundle; one
/// product for each meter.
const PRODUCTS: [&str; 6] = [
    "USERS|Named users|named-users|user-license|seat|User|1",
    "AGENTS|Concurrent agents|concurrent-agents|user-license|seat|User|1",
    "VOICE|Voice minutes|voice-minutes|telephony|minute|Minute|1",
    "STATIONS|Station hours|station-hours|telephony|hour|Hour|1",
    "SMS|Messages|messages|messaging|message|Message|1000",
    "STORAGE|Storage|storage-peak|storage|gigabyte|GB|1",
];

/// Makes the partner and the products.
pub(crate) async fn prepare(operator: &Connection) -> Result<()> {
    let path = catalog("organizations", &PARTNER.to_string());
    operator.put(&path, &json!({ "name": "Partner" })).await?;
    let permission = "affiliateOrganization:clientBilling:view";
    put_client(operator, PARTNER, permission).await?;
    for line in PRODUCTS {
        let mut fields = line.split('|');
        let mut next = || fields.next().unwrap_or_default();
        let sku = next();
        let product = json!({
            "charge": format!("{sku}-overage"),
            "name": next(),
            "meter": next(),
            "grouping": next(),
            "unit": next(),
            "unitOfMeasure": next(),
            "bundle": next(),
            "thirdParty": sku == "SMS",
            "cancellable": true,
        });
        operator.put(&catalog("products", sku), &product).await?;
    }
    Ok(())
}

/// Makes an organisation a customer: with a contract, a client of its own,
/// and trust in the partner.
pub(crate) async fn sign(operator: &Connection, customer: OrganizationId) -> Result<()> {
    sign_as(operator, customer, &contract(customer)).await
}

/// The same with a chosen contract.
pub(crate) async fn sign_as(
    operator: &Connection,
    customer: OrganizationId,
    contract: &Value,
) -> Result<()> {
    let client = Uuid::from_bytes(*customer.as_bytes());
    put_client(operator, client, "billing:subscription:view").await?;
    let trust = catalog("trusts", &format!("{PARTNER}:{customer}"));
    operator.put(&trust, &json!({ "enabled": true })).await?;
    let path = catalog("contracts", &format!("C-{customer}"));
    operator.put(&path, contract).await
}

/// A client of the organisation with the same id.
async fn put_client(operator: &Connection, id: Uuid, permission: &str) -> Result<()> {
    let client = json!({
        "organization": id,
        "name": "Reader",
        "secret": SECRET,
        "permissions": [permission],
    });
    let path = catalog("clients", &id.to_string());
    operator.put(&path, &client).await
}

fn catalog(what: &str, id: &str) -> String {
    format!("/api/v2/billing/catalog/{what}/{id}")
}

/// A contract that began before the month and has no end: commitments, tiers
/// of all kinds, allowances, a bundle, and changes before and in the month.
fn contract(customer: OrganizationId) -> Value {
    json!({
        "organization": customer.to_string(),
        "subscription": "PREPAY_MONTHLY_COMMITMENT",
        "currency": "EUR",
        "start": "2025-01-01",
        "minimumMonthly": "1000",
        "issuer": { "name": "Partner", "address": ["1 High Street", "London"] },
        "billTo": { "name": "Customer", "number": "4711", "address": ["2 Low Street", "Leeds"] },
        "lines": [
            { "product": "USERS", "prepayQuantity": "80", "prepayPrice": "115",
              "overagePrice": "140" },
            { "product": "AGENTS", "prepayQuantity": "10", "prepayPrice": "150",
              "overagePrice": "180" },
            { "product": "VOICE", "allowance": "250",
              "fairUse": [{ "licence": "USERS", "amount": "100" },
                          { "licence": "AGENTS", "amount": "250" }],
              "tierMode": "graduated",
              "tiers": [{ "upTo": "1000", "price": "0.021" },
                        { "upTo": "50000", "price": "0.0175" },
                        { "price": "0.0125", "flat": "25" }] },
            { "product": "STATIONS", "tierMode": "volume",
              "tiers": [{ "upTo": "500", "price": "0.3" }, { "price": "0.25" }] },
            { "product": "SMS", "prepayQuantity": "2", "prepayPrice": "7.5",
              "overagePrice": "9" },
            { "product": "STORAGE", "tierMode": "package", "size": "100",
              "tiers": [{ "upTo": "1000", "price": "12" }, { "price": "9.5" }] },
        ],
        "amendments": [
            { "effective": "2025-04-01",
              "lines": [{ "product": "USERS", "prepayPrice": "109.5", "overagePrice": "135" }] },
            { "effective": "2025-07-01", "minimumMonthly": "1500",
              "lines": [{ "product": "SMS", "prepayQuantity": "3" }] },
            { "effective": "2025-10-15",
              "lines": [{ "product": "USERS", "prepayQuantity": "100" },
                        { "product": "VOICE", "allowance": "500" }] },
        ],
    })
}
