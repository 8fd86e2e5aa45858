//! Organisations that are billed, put over HTTP: meters, products, contracts,
//! and the partner that they trust.

use anyhow::Result;
use exchequer_core::{Aggregation, OrganizationId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::connection::Connection;
use crate::random::Random;

/// The secret of all clients; the servers that it opens live for minutes on
/// the loopback.
pub const SECRET: &str = "a-secret-of-the-benchmark-and-nobody-else";

/// The partner, and its client.
pub const PARTNER: Uuid = Uuid::from_u128(0xbe7c_0000_0000_4000_8000_0000_0000_0002);

/// A meter: its name, its event type, and how it counts.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    /// Its name.
    pub name: &'static str,
    /// The type of the events that it listens to.
    pub event_type: &'static str,
    /// The way in which it makes a figure of them.
    pub aggregation: Aggregation,
    /// The field of `data` that holds the quantity.
    pub quantity: Option<&'static str>,
    /// Tenths that each quantity is rounded up to.
    pub round_up_tenths: Option<u32>,
}

/// The meters: one for each aggregation.
pub const METERS: [Meter; 6] = {
    const fn meter(
        name: &'static str,
        event_type: &'static str,
        aggregation: Aggregation,
        quantity: Option<&'static str>,
    ) -> Meter {
        Meter {
            name,
            event_type,
            aggregation,
            quantity,
            round_up_tenths: match aggregation {
                Aggregation::Sum => Some(1),
                _ => None,
            },
        }
    }
    [
        meter(
            "voice-minutes",
            "call.ended",
            Aggregation::Sum,
            Some("minutes"),
        ),
        meter(
            "storage-peak",
            "storage.measured",
            Aggregation::Max,
            Some("gigabytes"),
        ),
        meter("messages", "message.sent", Aggregation::Count, None),
        meter("named-users", "user.login", Aggregation::Unique, None),
        meter("station-hours", "station.session", Aggregation::Hours, None),
        meter(
            "concurrent-agents",
            "agent.session",
            Aggregation::Peak,
            None,
        ),
    ]
};

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

/// Returns the id of the organisation with this number.
#[must_use]
pub fn organization(number: u32) -> OrganizationId {
    OrganizationId::from_bytes(Random::new(0x0e5c_0000 + u64::from(number)).uuid())
}

/// Puts the first organisations and the meters.
///
/// # Errors
/// The server refuses one.
pub async fn put_organizations(operator: &Connection, organizations: u32) -> Result<()> {
    for number in 0..organizations {
        let path = catalog("organizations", &organization(number).to_string());
        let named = json!({ "name": format!("Customer {number:04}") });
        operator.put(&path, &named).await?;
    }
    for meter in METERS {
        let mut rule = json!({
            "eventType": meter.event_type,
            "aggregation": meter.aggregation.to_string(),
        });
        if let Some(quantity) = meter.quantity {
            rule["quantity"] = quantity.into();
        }
        if let Some(tenths) = meter.round_up_tenths {
            rule["roundUpEach"] = format!("0.{tenths}").into();
        }
        operator.put(&catalog("meters", meter.name), &rule).await?;
    }
    Ok(())
}

/// Puts the partner and the products.
///
/// # Errors
/// The server refuses one.
pub async fn prepare(operator: &Connection) -> Result<()> {
    let path = catalog("organizations", &PARTNER.to_string());
    operator.put(&path, &json!({ "name": "Partner" })).await?;
    let permission = "affiliateOrganization:clientBilling:view";
    put_client(operator, PARTNER, permission).await?;
    for line in PRODUCTS {
        let mut fields = line.split('|');
        let mut next = || fields.next().expect("a product has seven fields");
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
///
/// # Errors
/// The server refuses one of them.
pub async fn sign(operator: &Connection, customer: OrganizationId) -> Result<()> {
    sign_as(operator, customer, &contract(customer)).await
}

/// Does the same with a chosen contract.
///
/// # Errors
/// The server refuses one of them.
pub async fn sign_as(
    operator: &Connection,
    customer: OrganizationId,
    contract: &Value,
) -> Result<()> {
    let client = Uuid::from_bytes(*customer.as_bytes());
    put_client(operator, client, "billing:subscription:view").await?;
    operator
        .put(&trust_path(customer), &json!({ "enabled": true }))
        .await?;
    operator.put(&contract_path(customer), contract).await
}

/// Returns the path of the trust of a customer in the partner.
#[must_use]
pub fn trust_path(customer: OrganizationId) -> String {
    catalog("trusts", &format!("{PARTNER}:{customer}"))
}

/// Returns the path of a customer's contract.
#[must_use]
pub fn contract_path(customer: OrganizationId) -> String {
    catalog("contracts", &format!("C-{customer}"))
}

/// Puts a client of the organisation with the same id.
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

/// Returns a contract that began long ago and has no end: commitments, tiers of
/// all kinds, allowances, a bundle, and changes before and in October 2025.
#[must_use]
pub fn contract(customer: OrganizationId) -> Value {
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
