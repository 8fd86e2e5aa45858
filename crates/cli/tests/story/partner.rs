//! A partner and its customers, from a catalog file to the overview, with a
//! real server.

use serde_json::Value;

use crate::run::{ACME, CATALOG, Run, World, run, run_with};

const PARTNER: &str = "11111111-1111-4111-8111-111111111111";
const PARTNER_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const PARTNER_SECRET: &str = "a-secret-that-the-partner-has-chosen";

/// Beside the customer: its partner, what it buys, and the trust.
const SOLD: &str = r#"
[[organization]]
id = "11111111-1111-4111-8111-111111111111"
name = "Northwind Partners"

[[client]]
id = "aaaaaaaa-0000-4000-8000-000000000001"
organization = "11111111-1111-4111-8111-111111111111"
name = "partner reader"
secret_env = "PARTNER_SECRET"
permissions = ["affiliateOrganization:clientBilling:view", "authorization:orgTrustor:view"]

[[trust]]
trustee = "11111111-1111-4111-8111-111111111111"
trustor = "22222222-2222-4222-8222-222222222222"

[[product]]
sku = "CX3"
name = "Genesys Cloud CX 3"
charge = "PureCloud3Overage"
meter = "users"
grouping = "user-license"
unit = "seat"
unit_of_measure = "User"

[[contract]]
number = "C-1001"
organization = "22222222-2222-4222-8222-222222222222"
subscription = "PREPAY_MONTHLY_COMMITMENT"
currency = "USD"
start = 2025-10-01
end = 2025-12-31
minimum_monthly = "1000.00"

[[contract.line]]
product = "CX3"
prepay_quantity = "1"
prepay_price = "115.00"
overage_price = "140.00"
"#;

/// Applies what is sold twice: the second time nothing changes.
fn apply(world: &World, sold: &str) {
    let file = world.ledger.write("sold.toml", &format!("{CATALOG}{sold}"));
    let apply = || {
        let mut apply = world.operator(&["apply", "--format", "json"]);
        let apply = apply.arg(&file).env("PARTNER_SECRET", PARTNER_SECRET);
        run(apply).json()
    };
    apply();
    let again = apply();
    let unchanged = |of: &Value| of["change"] == "unchanged";
    assert!(again.as_array().unwrap().iter().all(unchanged), "{again}");
}

/// Runs a command as the partner.
fn as_partner(world: &World, arguments: &[&str]) -> Run {
    let mut partner = world.operator(arguments);
    partner
        .env("EXCHEQUER_CLIENT_ID", PARTNER_CLIENT)
        .env("EXCHEQUER_CLIENT_SECRET", PARTNER_SECRET);
    run(&mut partner)
}

#[test]
fn a_former_partner_sees_the_periods_of_then() {
    let world = World::start();
    let ended = "trustor = \"22222222-2222-4222-8222-222222222222\"\nuntil = 2025-11-30\n\
        from = 2025-11-01\nearlier = [{ from = 2025-01-01, until = 2025-09-30 }]\n";
    let trustor = "trustor = \"22222222-2222-4222-8222-222222222222\"\n";
    apply(&world, &SOLD.replace(trustor, ended));
    let november = as_partner(&world, &["overview", ACME, "--index", "1"]).ok();
    assert!(november.contains("2025-11-01 to 2025-11-30"), "{november}");
    for index in ["0", "2"] {
        as_partner(&world, &["overview", ACME, "--index", index]).failed(4, "");
    }
    // Whoever adds up November has it, whoever adds up December is told.
    let all = as_partner(&world, &["overview", "--all"]);
    let told = format!(
        "Acme Ltd ({ACME}): no billing period 0 that began while it trusted you (2025-01-01 to \
         2025-09-30, 2025-11-01 to 2025-11-30); left out"
    );
    assert_eq!(all.code, 0, "{all:?}");
    assert!(all.err.contains(&told), "{all:?}");
}

#[test]
fn a_partner_sees_what_its_customer_pays() {
    let world = World::start();
    apply(&world, SOLD);

    // After the contract's end, index 0 is its last period.
    let logins =
        ["ada", "ben", "eve"].map(|who| crate::run::login(who, who, "2025-12-10T08:00:00Z"));
    run_with(&mut world.operator(&["ingest", "-"]), &logins.concat()).ok();
    let partner = |arguments: &[&str]| as_partner(&world, arguments);
    let table = partner(&["overview", ACME, "--charges"]).ok();
    for told in [
        "C-1001, 2025-10-01 to 2025-12-31",
        "2025-12-01 to 2025-12-31",
        "2 × 140.00",
    ] {
        assert!(table.contains(told), "{told}: {table}");
    }
    // 115 committed and 280 beyond are less than the minimum.
    assert!(table.ends_with("total 1,000.00 USD\n"), "{table}");

    // Beside the current bills of others, a last one would be a wrong sum.
    let all = partner(&["overview", "--all", "--format", "json"]);
    assert_eq!((all.code, all.out.as_str()), (0, "[]\n"), "{all:?}");
    let told = format!("Acme Ltd ({ACME}): the contract ended on 2025-12-31; left out");
    assert!(all.err.contains(&told), "{all:?}");
    let own = run(&mut world.acme(&["overview", "--own", "--format", "csv"])).ok();
    assert!(
        own.contains("Genesys Cloud CX 3,CX3,user-license,seat,3,1,115,140"),
        "{own}"
    );
    let acting = ["overview", "--all", "--organization", PARTNER];
    let acting = run(&mut world.operator(&acting));
    assert!(acting.err.contains("Acme Ltd"), "{acting:?}");
    partner(&["overview", ACME, "--index", "3"]).failed(4, "");
    partner(&["overview", PARTNER]).failed(4, "");

    let periods = run(&mut world.acme(&["periods", "--format", "csv"])).ok();
    assert_eq!(periods.lines().count(), 4, "{periods}");
    assert!(periods.contains("\n0,2025-12-01T00:00:00.000Z,2025-12-31T23:59:59.999Z,C-1001\n"));
}

#[test]
fn a_contract_moves_only_if_that_is_asked_for() {
    let world = World::start();
    apply(&world, SOLD);
    let acme = "number = \"C-1001\"\norganization = \"22222222-2222-4222-8222-222222222222\"";
    let partner = "number = \"C-1001\"\norganization = \"11111111-1111-4111-8111-111111111111\"";
    let moved = SOLD.replace(acme, partner);
    assert_ne!(moved, SOLD);
    let file = world
        .ledger
        .write("moved.toml", &format!("{CATALOG}{moved}"));
    let apply = |flags: &[&str]| run(world.operator(&["apply"]).arg(&file).args(flags));
    let refused = apply(&[]);
    assert_eq!(refused.code, 1);
    let why = format!("contract C-1001: it belongs to organization {ACME}");
    assert!(refused.err.contains(&why), "{refused:?}");
    assert!(refused.err.contains("apply --move"), "{refused:?}");
    let periods = run(&mut world.acme(&["periods", "--format", "csv"])).ok();
    assert!(periods.contains("C-1001"), "{periods}");
    let table = apply(&["--move"]).ok();
    assert!(table.contains("updated    contract      C-1001"), "{table}");
    let periods = run(&mut world.acme(&["periods", "--format", "csv"])).ok();
    assert!(!periods.contains("C-1001"), "{periods}");
}
