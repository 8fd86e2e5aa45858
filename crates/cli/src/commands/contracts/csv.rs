//! Contracts as CSV: one line for each contract, item of its prices, or charge.

use exchequer_types::{BillingContract, BillingContractPeriodDetail, Decimal};

use super::period::{amount, currency};
use crate::cells::CellWriter;

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}

fn number(value: &Option<Decimal>) -> &str {
    value.as_ref().map_or("", Decimal::as_str)
}

/// Returns contracts.
pub(super) fn list(contracts: &[BillingContract], raw: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    writer.write_record([
        "contract",
        "status",
        "model",
        "start",
        "end",
        "ramp_start",
        "ramp_end",
        "bill_to_number",
        "bill_to",
    ])?;
    for contract in contracts {
        let bill_to = contract.bill_to_customer.as_ref();
        writer.write_record([
            text(&contract.id),
            text(&contract.status),
            text(&contract.commercial_model),
            text(&contract.date_start),
            text(&contract.date_end),
            text(&contract.date_ramp_start),
            text(&contract.date_ramp_end),
            bill_to.map_or("", |customer| text(&customer.number)),
            bill_to.map_or("", |customer| text(&customer.name)),
        ])?;
    }
    writer.finish()
}

/// Returns the prices of a contract.
pub(super) fn prices(contract: &BillingContract, raw: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    writer.write_record([
        "contract",
        "part_number",
        "name",
        "item",
        "type",
        "function",
        "start",
        "end",
        "unit",
        "quantity",
        "price",
        "overage_price",
        "currency",
        "charged_through",
        "description",
    ])?;
    for plan in &contract.plans {
        let product = plan.product.as_ref();
        for item in &plan.items {
            writer.write_record([
                text(&contract.id),
                product.map_or("", |product| text(&product.sku)),
                text(&plan.name),
                text(&item.item_number),
                text(&item.r#type),
                text(&item.function),
                text(&item.date_effective_start),
                text(&item.date_effective_end),
                text(&item.unit_of_measure),
                number(&item.quantity),
                number(&item.price),
                number(&item.overage_price),
                text(&item.currency_iso_code),
                text(&item.date_charged_through),
                text(&item.description),
            ])?;
        }
    }
    writer.finish()
}

/// Returns the charges of a period.
pub(super) fn charges(
    contract: &str,
    period: &BillingContractPeriodDetail,
    raw: bool,
) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    writer.write_record([
        "contract",
        "period",
        "status",
        "charge",
        "adjusts",
        "entry",
        "part_number",
        "name",
        "used",
        "prepaid",
        "free",
        "overage",
        "rate",
        "tokens",
        "amount",
        "currency",
    ])?;
    for charge in &period.charges {
        let entry = charge.entry.map(|entry| entry.to_string());
        let product = charge.product.as_ref();
        writer.write_record([
            contract,
            text(&period.id),
            text(&period.status),
            text(&charge.kind),
            text(&charge.adjusted_kind),
            text(&entry),
            product.map_or("", |product| text(&product.sku)),
            text(&charge.name),
            number(&charge.actual_quantity),
            number(&charge.prepaid_quantity),
            number(&charge.fairuse_quantity),
            number(&charge.overage_quantity),
            number(&charge.overage_rate),
            number(&charge.converted_token_count),
            amount(charge).map_or("", Decimal::as_str),
            currency(period),
        ])?;
    }
    writer.finish()
}
