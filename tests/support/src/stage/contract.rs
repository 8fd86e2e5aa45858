//! Contracts: a full one of Acme, and one of every subscription type.

use exchequer_types::SUBSCRIPTION_TYPES;
use serde_json::{Value, json};

use crate::world::ACME;

/// The partner that Acme trusts.
pub(super) const PARTNER: &str = "11111111-1111-4111-8111-111111111111";

const SEAT: &str = "GC-170-NV-CX3";
const MINUTE: &str = "GC-170-NV-MIN";
const MESSAGE: &str = "ISV-MSG-100";

/// Products, contracts and trusts, in the order in which they can be put.
pub(super) fn all() -> Vec<(String, Value)> {
    let mut all = products();
    all.push(("contracts/C-1001".to_owned(), full()));
    all.push(("contracts/C-1002".to_owned(), next()));
    all.push((format!("trusts/{PARTNER}:{ACME}"), json!({})));
    for (number, subscription) in SUBSCRIPTION_TYPES.iter().enumerate() {
        let organization = format!("55555555-5555-4555-8555-55555555555{number}");
        let named = json!({"name": subscription});
        all.push((format!("organizations/{organization}"), named));
        let contract = plain(&organization, subscription);
        all.push((format!("contracts/T-{number}"), contract));
        all.push((format!("trusts/{PARTNER}:{organization}"), json!({})));
    }
    all
}

fn products() -> Vec<(String, Value)> {
    let put = |sku: &str, product: Value| (format!("products/{sku}"), product);
    vec![
        put(
            SEAT,
            json!({
                "name": "Genesys Cloud CX 3", "charge": "PureCloud3Overage", "meter": "logins",
                "grouping": "user-license", "unit": "seat", "unitOfMeasure": "User",
                "cancellable": true,
            }),
        ),
        put(
            MINUTE,
            json!({
                "name": "Voice minutes", "charge": "VoiceMinutes", "meter": "voice-minutes",
                "grouping": "resource", "unit": "minute", "unitOfMeasure": "Minute",
            }),
        ),
        put(
            MESSAGE,
            json!({
                "name": "Messages by the hundred", "charge": "MessageBundle", "meter": "messages",
                "grouping": "messaging", "unit": "message", "unitOfMeasure": "Message",
                "bundle": "100", "thirdParty": true,
            }),
        ),
    ]
}

/// Ramp, minimum, amendment, tiers, allowances and a bundle: every field of an
/// overview has a value in one of its periods.
fn full() -> Value {
    json!({
        "organization": ACME, "subscription": "PREPAY_MONTHLY_COMMITMENT", "currency": "USD",
        "start": "2026-09-01", "end": "2027-08-31",
        "rampStart": "2026-09-01", "rampEnd": "2026-09-30", "rampUsage": "free",
        "minimumMonthly": "500.00",
        "billTo": {"name": "Acme Accounts Payable", "number": "D-1017"},
        "lines": [
            {"product": SEAT, "prepayQuantity": "2", "prepayPrice": "115.00", "overagePrice": "140"},
            {
                "product": MINUTE, "allowance": "250", "tierMode": "graduated",
                "tiers": [{"upTo": "1000", "price": "0.20"}, {"price": "0.15"}],
                "fairUse": [{"licence": SEAT, "amount": "100"}],
            },
            {"product": MESSAGE, "prepayQuantity": "1", "prepayPrice": "9.50", "overagePrice": "12.00"},
        ],
        // Half of November has two seats, half four.
        "amendments": [
            {"effective": "2026-11-16", "lines": [{"product": SEAT, "prepayQuantity": "4"}]},
        ],
    })
}

/// The one that follows it.
fn next() -> Value {
    json!({
        "organization": ACME, "subscription": "MONTH_TO_MONTH", "currency": "EUR",
        "start": "2027-09-01", "lines": [{"product": SEAT, "overagePrice": "99.99"}],
    })
}

fn plain(organization: &str, subscription: &str) -> Value {
    let mut line = json!({"product": SEAT, "overagePrice": "140.00"});
    if !subscription.ends_with("MONTH_TO_MONTH") {
        line["prepayQuantity"] = json!("2");
        line["prepayPrice"] = json!("115.00");
    }
    json!({
        "organization": organization, "subscription": subscription, "currency": "EUR",
        "timeZone": "Europe/Berlin", "start": "2026-10-31", "lines": [line],
    })
}
