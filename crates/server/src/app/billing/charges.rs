//! Charges on the wire, with the steps that they are made of.

use exchequer_core::rating::{Charge, ChargeKind, Step};
use exchequer_core::{Bill, Exact, Money};
use exchequer_types::{ChargeLine, ChargeStep, Charges};

pub(super) fn show(bill: &Bill) -> Charges {
    Charges {
        lines: bill
            .charges
            .iter()
            .map(|charge| line(bill, charge))
            .collect(),
        total: amount(bill.total),
    }
}

fn line(bill: &Bill, charge: &Charge) -> ChargeLine {
    let sku = charge.product.as_deref();
    let item = bill
        .lines
        .iter()
        .find(|item| Some(item.product.sku.as_str()) == sku);
    let name = match charge.kind {
        ChargeKind::Minimum => "Minimum monthly amount",
        _ => item.map_or("", |item| item.product.name.as_str()),
    };
    ChargeLine {
        kind: charge.kind.to_string(),
        name: name.to_owned(),
        part_number: charge.product.clone(),
        steps: charge.steps.iter().map(step).collect(),
        amount: amount(charge.amount),
    }
}

fn step(step: &Step) -> ChargeStep {
    ChargeStep {
        quantity: step.quantity.to_string(),
        price: step.price.to_string(),
        flat: step.flat.map(|flat| flat.to_string()),
    }
}

/// Money as the canonical decimal string.
pub(super) fn amount(money: Money) -> String {
    Exact::from(money).to_string()
}
