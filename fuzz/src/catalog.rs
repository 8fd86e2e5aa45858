//! A catalog file: read by the command, built by the server, and rated.

use std::path::Path;

use exchequer_app::documents;
use exchequer_cli::catalog;
use exchequer_core::{
    Bill, Contract, Money, Period, Products, Quantity, State, Totals, Usage, rate,
};

/// A file is refused or built, and what is built can be rated.
pub(crate) fn check(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Ok(read) = catalog::parse(Path::new("catalog.toml"), text, &|_| None) else {
        return;
    };
    for item in &read.meters {
        let _ = documents::meter::parse(item.put.rule.clone());
    }
    let mut products = Products::new();
    for item in &read.products {
        let parsed = documents::product::parse(item.id.clone(), item.put.product.clone());
        if let Ok(product) = parsed {
            products.insert(item.id.clone(), product);
        }
    }
    for item in &read.contracts {
        let Some(contract) = parse_contract(&item.id, &item.put.contract) else {
            continue;
        };
        // The server shows a contract as it was put.
        let told = serde_json::to_string(&item.put.contract).expect("a document");
        let kept = serde_json::from_str(&told).expect("the same document");
        assert_eq!(parse_contract(&item.id, &kept).as_ref(), Some(&contract));
        if contract.check_products(&products).is_ok() {
            bills(&contract, &products, text);
        }
    }
}

/// Parses a contract as a put does.
fn parse_contract(number: &str, document: &exchequer_types::catalog::Contract) -> Option<Contract> {
    documents::contract::check_number(number).ok()?;
    documents::contract::parse(number, document).ok()
}

/// The first periods, a late one and the one after the last; usage depends on
/// the text, so that the same text means the same bills.
fn bills(contract: &Contract, products: &Products, text: &str) {
    let seed = text.bytes().fold(1_u64, |sum, byte| {
        sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
    });
    for number in [0, 1, 2, 11, 12, 13, 400] {
        let Some(period) = contract.calendar().period(number) else {
            continue;
        };
        let Some(opening) = State::before(contract, &period) else {
            continue;
        };
        for scale in [0, 1, 1_000_000_007] {
            let usage = usage(contract, &period, products, seed, scale);
            if let Ok(rated) = rate(&opening, contract, &period, products, &usage) {
                check_bill(contract, &period, &rated.bill);
            }
        }
    }
}

/// Usage that grows from one change of prices to the next; every other meter is a level.
fn usage(
    contract: &Contract,
    period: &Period,
    products: &Products,
    seed: u64,
    scale: i128,
) -> Usage {
    let days = contract.price_changes(period);
    let parts = i128::try_from(days.len()).expect("a number of days") + 1;
    let totals = |part: i128| -> Totals {
        let numbered = products.values().zip(1..);
        let counted = numbered.filter_map(|(product, at)| {
            let whole = i128::from(seed >> (at % 40)) * scale;
            let total = Quantity::from_scaled(whole * part / parts);
            Some((product.meter.clone()?, total))
        });
        counted.collect()
    };
    let levels = products.values().step_by(2);
    Usage {
        totals: totals(parts),
        until: days.into_iter().zip((1..).map(totals)).collect(),
        levels: levels.filter_map(|product| product.meter.clone()).collect(),
    }
}

fn check_bill(contract: &Contract, period: &Period, bill: &Bill) {
    let sum = bill
        .charges
        .iter()
        .try_fold(Money::zero(contract.currency()), |sum, charge| {
            sum.checked_add(charge.amount)
        });
    assert_eq!(sum, Ok(bill.total));
    assert_eq!(
        bill.lines.len(),
        contract.terms_at(period.first).lines.len()
    );
}
