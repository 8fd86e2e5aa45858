//! `exchequer contracts`.

use crate::run::{ACME, Run, World, login, run, run_with};

/// A contract of two periods that are long over, with a price for each of them.
const SOLD: &str = r#"
[[product]]
sku = "SEAT"
name = "Seats"
charge = "Seats"
meter = "users"
grouping = "user-license"
unit = "seat"
unit_of_measure = "User"

[[contract]]
number = "C-1"
organization = "22222222-2222-4222-8222-222222222222"
subscription = "PREPAY_MONTHLY_COMMITMENT"
currency = "USD"
start = 2025-09-15
end = 2025-11-14
[[contract.line]]
product = "SEAT"
prepay_quantity = "1"
prepay_price = "1000"
overage_price = "1200.5"
[[contract.amendment]]
effective = 2025-10-15
[[contract.amendment.line]]
product = "SEAT"
prepay_quantity = "2"
"#;

/// A served ledger with the contract and its usage.
fn world() -> World {
    let world = World::start();
    let file = world.ledger.write("sold.toml", SOLD);
    run(world.operator(&["apply"]).arg(file)).ok();
    let logins = [
        login("e-1", "ada", "2025-09-20T08:00:00Z"),
        login("e-2", "ben", "2025-09-20T08:00:00Z"),
    ];
    run_with(&mut world.operator(&["ingest", "-"]), &logins.concat()).ok();
    world
}

fn acme(world: &World, arguments: &[&str]) -> Run {
    run(&mut world.acme(arguments))
}

/// The words of each line.
fn words(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines();
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn a_customer_lists_its_contracts_and_the_charges_of_a_period() {
    let world = world();
    let listed = acme(&world, &["contracts"]).ok();
    let listed = words(&listed);
    assert_eq!(
        listed,
        [
            vec!["CONTRACT", "STATUS", "MODEL", "START", "END", "PERIODS"],
            vec![
                "C-1",
                "Inactive",
                // It is over, and these are its last terms.
                "PREPAY_MONTHLY_COMMITMENT",
                "2025-09-15",
                "2025-11-14",
                "2"
            ],
        ]
    );
    let contract = acme(&world, &["contracts", "C-1"]).ok();
    let lines = words(&contract);
    let holds = |line: &[&str]| assert!(lines.contains(&line.to_vec()), "{line:?}: {contract}");
    holds(&["days", "2025-09-15", "to", "2025-11-14"]);
    let item = |from: &'static str, to: &'static str, quantity: &'static str| {
        [
            "Seats",
            "SEAT",
            "commitment",
            from,
            to,
            quantity,
            "1,000.00",
            "USD",
            "1,200.50",
            "USD",
        ]
    };
    holds(&item("2025-09-15", "2025-10-14", "1"));
    holds(&item("2025-10-15", "2025-11-14", "2"));
    holds(&["2025-09-15", "2025-09-15", "2025-10-14", "Open"]);
    let period = acme(&world, &["contracts", "C-1", "2025-09-15"]).ok();
    let lines = words(&period);
    assert_eq!(lines[2], ["status", "Open"], "{period}");
    assert_eq!(lines[6], ["commitment", "Seats", "SEAT", "1", "1,000.00"]);
    // Two were used, and one is committed.
    let overage = [
        "overage", "Seats", "SEAT", "2", "1", "1", "1,200.50", "1,200.50",
    ];
    assert_eq!(lines[7], overage, "{period}");
    assert!(period.ends_with("\n\ntotal 2,200.50 USD\n"), "{period}");
}

#[test]
fn other_programs_read_csv_and_json() {
    let world = world();
    let csv = |arguments: &[&str]| acme(&world, &[arguments, &["--format", "csv"]].concat()).ok();
    assert_eq!(
        csv(&["contracts"]),
        "contract,status,model,start,end,ramp_start,ramp_end,bill_to_number,bill_to\n\
         C-1,Inactive,PREPAY_MONTHLY_COMMITMENT,2025-09-15,2025-11-14,,,,\n"
    );
    assert_eq!(
        csv(&["contracts", "C-1"]),
        "contract,part_number,name,item,type,function,start,end,unit,quantity,price,\
         overage_price,currency,charged_through,description\n\
         C-1,SEAT,Seats,1,commitment,contract,2025-09-15,2025-10-14,User,1,1000,1200.5,USD,,\n\
         C-1,SEAT,Seats,2,commitment,amendment,2025-10-15,2025-11-14,User,2,1000,1200.5,USD,,\n"
    );
    assert_eq!(
        csv(&["contracts", "C-1", "2025-09-15"]),
        "contract,period,status,charge,adjusts,entry,part_number,name,used,prepaid,free,overage,\
         rate,tokens,amount,currency\n\
         C-1,2025-09-15,Open,commitment,,,SEAT,Seats,,1,,,,,1000,USD\n\
         C-1,2025-09-15,Open,overage,,,SEAT,Seats,2,1,,1,1200.5,,1200.5,USD\n"
    );
    let json = acme(&world, &["contracts", "--format", "json"]).json();
    let contract = acme(&world, &["contracts", "C-1", "--format", "json"]).json();
    assert_eq!(json["entities"], serde_json::json!([contract]));
    let period = ["contracts", "C-1", "2025-10-15", "--format", "json"];
    assert_eq!(acme(&world, &period).json()["charges"][0]["amount"], 2000);
}

#[test]
fn an_operator_names_the_customer() {
    let world = world();
    let own = acme(&world, &["contracts", "C-1"]).ok();
    let of = ["contracts", "C-1", "--organization", ACME];
    assert_eq!(run(&mut world.operator(&of)).ok(), own);
    assert_eq!(
        run(&mut world.operator(&["contracts"])).ok(),
        "no contracts\n"
    );
}

#[test]
fn what_is_not_there_ends_with_4() {
    let world = world();
    for arguments in [
        &["contracts", "C-2"][..],
        &["contracts", "C-1", "2025-09-16"],
        &["contracts", "C-2", "2025-09-15"],
    ] {
        acme(&world, arguments).failed(4, "not found");
    }
}
