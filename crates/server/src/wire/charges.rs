//! Charges on the wire, with the steps that they are made of.

use exchequer_app::billing::RatedPeriod;
use exchequer_core::rating::{Charge, ChargeKind, Step};
use exchequer_core::{Bill, Exact, Money};
use exchequer_types::{ChargeLine, ChargeStep, Charges};

use super::entries;

/// The name of a charge for what is missing to the minimum.
pub(super) const MINIMUM: &str = "Minimum monthly amount";

pub(super) fn to_wire(rated: &RatedPeriod) -> Charges {
    let bill = &rated.bill;
    let later = rated.closed.iter().flat_map(|closed| &closed.later);
    Charges {
        adjustments: later.map(entries::listed).collect(),
        lines: bill
            .charges
            .iter()
            .map(|charge| line(bill, charge))
            .collect(),
        total: amount(bill.total),
    }
}

fn line(bill: &Bill, charge: &Charge) -> ChargeLine {
    let name = match charge.kind {
        ChargeKind::Minimum => MINIMUM,
        _ => product_name(bill, charge),
    };
    ChargeLine {
        kind: charge.kind.to_string(),
        name: name.to_owned(),
        part_number: charge.product.clone(),
        steps: charge.steps.iter().map(step).collect(),
        amount: amount(charge.amount),
    }
}

/// Returns the name of the product that is charged.
fn product_name<'a>(bill: &'a Bill, charge: &Charge) -> &'a str {
    let sku = charge.product.as_deref();
    let lines = bill.lines.iter().map(|line| &line.product);
    let wallets = bill.wallets.iter().map(|wallet| &wallet.product);
    let mut products = lines.chain(wallets);
    let product = products.find(|product| Some(product.sku.as_str()) == sku);
    &product
        .expect("a charge is of a line or a wallet of its bill")
        .name
}

fn step(step: &Step) -> ChargeStep {
    ChargeStep {
        quantity: step.quantity.to_string(),
        price: step.price.to_string(),
        flat: step.flat.as_ref().map(Exact::to_string),
    }
}

/// Returns money as the canonical decimal string.
pub(super) fn amount(money: Money) -> String {
    Exact::from(money).to_string()
}
