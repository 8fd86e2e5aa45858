//! Entries of contracts on the wire.

use exchequer_app::closing::record::{Record, RecordedStep, RecordedWallet, Row};
use exchequer_app::closing::{Closed, ListedEntry};
use exchequer_types::{BillingEntry, BillingEntryRow, BillingEntryWallet, ChargeStep};

/// Returns the entries that a close has added. Those of a dry run have no number.
pub(crate) fn added(closed: &Closed) -> Vec<BillingEntry> {
    let first = closed.first_entry;
    let numbers = (0..).map(|at| first.map(|first| first + at));
    let records = numbers.zip(&closed.records).zip(&closed.digests);
    records
        .map(|((number, record), digest)| to_wire(number, record, digest))
        .collect()
}

/// Returns an entry of a list.
pub(crate) fn listed(entry: &ListedEntry) -> BillingEntry {
    to_wire(Some(entry.entry), &entry.record, &entry.digest)
}

/// Returns an entry.
fn to_wire(entry: Option<u64>, record: &Record, digest: &str) -> BillingEntry {
    BillingEntry {
        entry,
        kind: record.kind.clone(),
        contract_id: record.contract.clone(),
        billing_period_id: record.period.first.clone(),
        date_created: record.made.clone(),
        follows: record.follows.clone(),
        reason: record.reason.clone(),
        rows: record.rows.iter().map(row).collect(),
        wallets: record.wallets.iter().map(wallet).collect(),
        currency: record.currency.clone(),
        total: record.total.clone(),
        digest: digest.to_owned(),
    }
}

fn wallet(wallet: &RecordedWallet) -> BillingEntryWallet {
    let wallet = wallet.clone();
    BillingEntryWallet {
        part_number: wallet.product,
        starting_balance: wallet.opening,
        balance_increase: wallet.increase,
        balance_decrease: wallet.decrease,
        balance_consumption: wallet.consumption,
        balance_overage: wallet.overage,
        balance_lapse: wallet.lapse,
        ending_balance: wallet.closing,
    }
}

fn row(row: &Row) -> BillingEntryRow {
    BillingEntryRow {
        kind: row.kind.clone(),
        part_number: row.product.clone(),
        before: row.before.iter().map(step).collect(),
        steps: row.after.iter().map(step).collect(),
        amount: row.amount.clone(),
    }
}

fn step(step: &RecordedStep) -> ChargeStep {
    ChargeStep {
        quantity: step.quantity.clone(),
        price: step.price.clone(),
        flat: step.flat.clone(),
    }
}
