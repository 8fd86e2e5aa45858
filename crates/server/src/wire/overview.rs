//! A rated period on the wire.

use std::collections::BTreeSet;

use exchequer_app::billing::RatedPeriod;
use exchequer_app::reports;
use exchequer_core::{Bill, Instant};
use exchequer_store::catalog::organizations::Organization;
use exchequer_store::report_jobs::ReportScope;
use exchequer_types::{NamedEntity, TrusteeBillingOverview, dates};
use jiff::civil::Date;

use super::{charges, rows};

/// Returns the overview of a period, apart from its path; with its charges if
/// wanted.
pub(crate) fn to_wire(
    organization: &Organization,
    rated: &RatedPeriod,
    with_charges: bool,
) -> TrusteeBillingOverview {
    let RatedPeriod {
        contract,
        period,
        usage,
        bill,
        contract_ended,
        ..
    } = rated;
    let calendar = contract.calendar();
    let former = usage.former_name.as_ref();
    let ramp = contract.terms_at(period.first).ramp;
    let begins = |day: Date| dates::format(calendar.opens(day).micros());
    // A ramp may end on the last day of the calendar, after which there is none.
    let last = |day: Date| ends(calendar.midnight(day.tomorrow().unwrap_or(day)));
    let mut usages = rows::of_lines(bill);
    usages.extend(rows::of_wallets(bill));
    rows::push_unpriced(&mut usages, bill, usage);
    rows::push_after_end(&mut usages, contract, usage);
    TrusteeBillingOverview {
        id: Some(reports::id(&ReportScope {
            organization: organization.id,
            range: period.range,
        })),
        name: Some(contract.number().to_owned()),
        organization: NamedEntity {
            id: organization.id.to_string(),
            name: Some(former.unwrap_or(&organization.name).clone()),
        },
        currency: contract.currency().code().to_owned(),
        enabled_products: enabled_products(bill),
        subscription_type: bill.subscription.to_string(),
        ramp_period_start_date: ramp.map(|ramp| begins(ramp.start)),
        ramp_period_end_date: ramp.map(|ramp| last(ramp.end)),
        billing_period_start_date: Some(dates::format(period.range.start().micros())),
        billing_period_end_date: Some(ends(period.range.end())),
        usages,
        contract_amendment_date: contract.amended(period).map(begins),
        contract_effective_date: Some(begins(calendar.start())),
        contract_end_date: contract.term_ends().map(ends),
        minimum_monthly_amount: bill.minimum.map(charges::amount),
        in_ramp_period: Some(bill.ramp.is_some()),
        contract_ended: contract_ended.then_some(true),
        date_closed: rated
            .closed
            .as_ref()
            .map(|closed| closed.close.made.clone()),
        self_uri: None,
        charges: with_charges.then(|| charges::to_wire(rated)),
    }
}

/// Returns the charge names of what lines price and wallets hold, sorted.
fn enabled_products(bill: &Bill) -> Vec<String> {
    let lines = bill.lines.iter().map(|line| &line.product);
    let wallets = bill.wallets.iter().map(|wallet| &wallet.product);
    let names: BTreeSet<_> = lines.chain(wallets).map(|it| it.charge.clone()).collect();
    names.into_iter().collect()
}

/// Returns the last instant before an end, as periods are shown.
pub(crate) fn ends(end: Instant) -> String {
    const MILLISECOND: i64 = 1000;
    dates::format(end.micros().saturating_sub(MILLISECOND))
}
