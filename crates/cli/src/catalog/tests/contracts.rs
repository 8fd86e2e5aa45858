//! Trusts, products and contracts.

use exchequer_types::catalog::{Contract, ContractConversion, ContractWallet};
use exchequer_types::{PutTrust, TrustStretch};

use super::{error, read};

pub(super) const GOOD: &str = r#"
[[trust]]
trustee = "AAAAAAAA-1111-4111-8111-111111111111"
trustor = "22222222-2222-4222-8222-222222222222"

[[product]]
sku = "GC-170-NV-CX3"
name = "Genesys Cloud CX 3"
charge = "PureCloud3Overage"
meter = "genesys-cloud-cx-3"
grouping = "user-license"
unit = "seat"
unit_of_measure = "User"
bundle = "1"
cancellable = true

[[contract]]
number = "C-1001"
organization = "22222222-2222-4222-8222-222222222222"
subscription = "PREPAY_MONTHLY_COMMITMENT"
currency = "USD"
time_zone = "Europe/Berlin"
start = 2026-01-15
end = 2027-01-14
ramp_start = 2026-01-15
ramp_end = 2026-02-14
ramp_usage = "billed"
minimum_monthly = "1000.00"
[contract.issuer]
name = "Northwind Billing"
[contract.bill_to]
name = "Acme Ltd"
number = "4711"
address = ["1 Main Street", "Springfield"]

[[contract.line]]
product = "GC-170-NV-CX3"
prepay_quantity = "80"
prepay_price = "115.00"
overage_price = "140.00"

[[contract.line]]
product = "VOICE-MIN"
tier_mode = "package"
size = "100"
allowance = "250"
[[contract.line.fair_use]]
licence = "GC-170-NV-CX3"
amount = "100"
[[contract.line.tier]]
up_to = "1000"
price = "0.20"
[[contract.line.tier]]
price = "0.15"
flat = "5.00"

[[contract.line]]
product = "AI"
overage_price = "0.25"
conversion = { wallet = "TOKENS", units_per_token = "17" }

[[contract.wallet]]
product = "TOKENS"
term = "year"
quantity = "100"
price = "0.10"

[[contract.amendment]]
effective = 2026-06-15
subscription = "PREPAY"
minimum_monthly = "1200"
[[contract.amendment.line]]
product = "GC-170-NV-CX3"
prepay_quantity = "100"
[[contract.amendment.line]]
product = "AI"
conversion = { line = "TOKENS", tokens_per_unit = "0.5" }
[[contract.amendment.wallet]]
product = "TOKENS"
quantity = "40"
"#;

/// A contract without lines, and then what a case adds.
const BASE: &str = "[[contract]]
number = 'C-1'
organization = '22222222-2222-4222-8222-222222222222'
subscription = 'PREPAY'
currency = 'USD'
start = 2026-01-15
";

fn contract() -> Contract {
    let catalog = read(GOOD, &|_| None).unwrap();
    assert_eq!(catalog.contracts[0].id, "C-1001");
    assert_eq!(catalog.contracts[0].at, "c.toml:17");
    catalog.contracts[0].put.contract.clone()
}

#[test]
fn trusts_and_products_become_bodies() {
    let catalog = read(GOOD, &|_| None).unwrap();
    let trust = &catalog.trusts[0];
    assert_eq!(
        trust.id,
        "aaaaaaaa-1111-4111-8111-111111111111:22222222-2222-4222-8222-222222222222"
    );
    assert_eq!(trust.put, PutTrust::default());
    let product = &catalog.products[0];
    assert_eq!(product.id, "GC-170-NV-CX3");
    let product = &product.put.product;
    assert_eq!(product.meter.as_deref(), Some("genesys-cloud-cx-3"));
    assert_eq!(product.unit_of_measure, "User");
    assert_eq!(product.bundle.as_deref(), Some("1"));
    assert!(product.cancellable && !product.third_party);
}

#[test]
fn a_contract_becomes_a_body() {
    let contract = contract();
    assert_eq!(contract.time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(contract.start, "2026-01-15");
    assert_eq!(contract.end.as_deref(), Some("2027-01-14"));
    assert_eq!(contract.ramp_end.as_deref(), Some("2026-02-14"));
    assert_eq!(contract.ramp_usage.as_deref(), Some("billed"));
    assert_eq!(contract.minimum_monthly.as_deref(), Some("1000.00"));
    assert_eq!(contract.issuer.unwrap().name, "Northwind Billing");
    assert_eq!(contract.bill_to.unwrap().address.len(), 2);
}

#[test]
fn lines_and_amendments_become_bodies() {
    let contract = contract();
    let [seats, voice, _] = &contract.lines[..] else {
        panic!("{:?}", contract.lines);
    };
    assert_eq!(seats.prepay_quantity.as_deref(), Some("80"));
    assert_eq!(seats.overage_price.as_deref(), Some("140.00"));
    assert_eq!(voice.tier_mode.as_deref(), Some("package"));
    assert_eq!(voice.tiers[0].up_to.as_deref(), Some("1000"));
    assert_eq!(voice.tiers[1].flat.as_deref(), Some("5.00"));
    assert_eq!(voice.fair_use.as_ref().unwrap()[0].amount, "100");
    let amendment = &contract.amendments[0];
    assert_eq!(amendment.effective, "2026-06-15");
    assert_eq!(amendment.subscription.as_deref(), Some("PREPAY"));
    assert_eq!(amendment.lines[0].prepay_quantity.as_deref(), Some("100"));
    assert_eq!(amendment.lines[0].prepay_price, None);
}

#[test]
fn wallets_and_conversions_become_bodies() {
    let contract = contract();
    let expected = ContractConversion {
        wallet: Some("TOKENS".to_owned()),
        units_per_token: Some("17".to_owned()),
        ..ContractConversion::default()
    };
    assert_eq!(contract.lines[2].conversion, Some(expected));
    let expected = ContractWallet {
        product: "TOKENS".to_owned(),
        term: Some("year".to_owned()),
        quantity: Some("100".to_owned()),
        price: Some("0.10".to_owned()),
    };
    assert_eq!(contract.wallets, [expected]);
    let amendment = &contract.amendments[0];
    let expected = ContractConversion {
        line: Some("TOKENS".to_owned()),
        tokens_per_unit: Some("0.5".to_owned()),
        ..ContractConversion::default()
    };
    assert_eq!(amendment.lines[1].conversion, Some(expected));
    let expected = ContractWallet {
        product: "TOKENS".to_owned(),
        quantity: Some("40".to_owned()),
        ..ContractWallet::default()
    };
    assert_eq!(amendment.wallets, [expected]);
}

#[test]
fn a_product_need_not_name_a_meter() {
    let text = GOOD.replacen("meter = \"genesys-cloud-cx-3\"\n", "", 1);
    let product = &read(&text, &|_| None).unwrap().products[0].put.product;
    assert_eq!(product.meter, None);
}

#[test]
fn an_ended_trust_says_so() {
    let text = GOOD.replacen("[[product]]", "enabled = false\n[[product]]", 1);
    let trust = &read(&text, &|_| None).unwrap().trusts[0];
    assert_eq!(trust.put.enabled, Some(false));
    let dates = "from = 2026-07-01\nuntil = 9999-12-31\n\
        earlier = [{ until = 2024-12-31 }, { from = 2025-02-01, until = 2025-02-28 }]\n[[product]]";
    let trust = &read(&GOOD.replacen("[[product]]", dates, 1), &|_| None)
        .unwrap()
        .trusts[0];
    let stretch = |from: Option<&str>, until: &str| TrustStretch {
        from: from.map(str::to_owned),
        until: until.to_owned(),
    };
    let expected = PutTrust {
        from: Some("2026-07-01".to_owned()),
        until: Some("9999-12-31".to_owned()),
        earlier: vec![
            stretch(None, "2024-12-31"),
            stretch(Some("2025-02-01"), "2025-02-28"),
        ],
        ..PutTrust::default()
    };
    assert_eq!(trust.put, expected);
}

#[test]
fn errors_of_contracts_point_at_their_line() {
    for (rest, expected) in [
        (
            "minimum_monthly = 1000",
            "c.toml:7: write quantities and prices",
        ),
        (
            "minimum_monthly = 99.5",
            "c.toml:7: write quantities and prices",
        ),
        (
            "minimum_monthly = '1e3'",
            "c.toml:7: `1e3` is not a decimal number",
        ),
        ("minimum_monthly = true", "c.toml:7: invalid type: boolean"),
        (
            "end = '2027-01-14'",
            "c.toml:7: expected a day, without quotes",
        ),
        ("end = 2027-01-14T00:00:00Z", "c.toml:7: expected a day"),
        (
            "ramp_usage = 'half'",
            "c.toml:7: ramp_usage must be one of free",
        ),
        ("colour = 'red'", "c.toml:7: unknown field `colour`"),
        (
            "[[contract.line]]\nprepay_quantity = '1'",
            "c.toml:7: missing field `product`",
        ),
        (
            "[[contract.line]]\nproduct = 'A'\ntier_mode = 'stairs'",
            "c.toml:9: tier_mode must be one of graduated",
        ),
        (
            "[[contract.line]]\nproduct = 'A'\n[[contract.line]]\nproduct = 'A'",
            "c.toml:10: A is priced already at c.toml:8",
        ),
        (
            "[[contract.line]]\nproduct = 'A'\n[[contract.line.tier]]\nprice = 1",
            "c.toml:10: write quantities and prices",
        ),
        (
            "[[contract.line]]\nproduct = 'A'\nconversion = { units_per_token = 17 }",
            "c.toml:9: write quantities and prices",
        ),
        (
            "[[contract.line]]\nproduct = 'A'\nconversion = { purse = 'T' }",
            "c.toml:9: unknown field `purse`",
        ),
        (
            "[[contract.wallet]]\nterm = 'year'",
            "c.toml:7: missing field `product`",
        ),
        (
            "[[contract.wallet]]\nproduct = 'T'\nterm = 'month'",
            "c.toml:9: term must be one of year, period",
        ),
        (
            "[[contract.wallet]]\nproduct = 'T'\n[[contract.wallet]]\nproduct = 'T'",
            "c.toml:10: T has a wallet already at c.toml:8",
        ),
        (
            "[[contract.amendment]]\neffective = 2026-02-15\n\
             [[contract.amendment.wallet]]\nproduct = 'T'\nprice = 1",
            "c.toml:11: write quantities and prices",
        ),
        (
            "[[contract.amendment]]\neffective = 2026-02-15\n\
             [[contract.amendment]]\neffective = 2026-02-15",
            "c.toml:10: an amendment of this day is at c.toml:8",
        ),
    ] {
        let message = error(&format!("{BASE}{rest}\n"));
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn a_subscription_is_one_that_the_sdks_know() {
    let message = error(&BASE.replace("PREPAY", "POSTPAY"));
    assert!(
        message.starts_with("c.toml:4: subscription must be one of ININ"),
        "{message}"
    );
}

#[test]
fn nobody_trusts_themselves() {
    let id = "22222222-2222-4222-8222-222222222222";
    let message = error(&format!("[[trust]]\ntrustee = '{id}'\ntrustor = '{id}'\n"));
    assert!(
        message.starts_with("c.toml:3: an organisation is no partner"),
        "{message}"
    );
}
