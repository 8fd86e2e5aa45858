//! Billing periods of contracts on the wire, with their charges and wallets.

use exchequer_app::contract_operations::{Adjustment, RatedContractPeriod};
use exchequer_core::contract::{Conversion, Overage};
use exchequer_core::rating::{Allowance, Charge, ChargeKind, RatedLine, RatedWallet};
use exchequer_core::{Bill, Exact, Money, Product};
use exchequer_store::catalog::organizations::Organization;
use exchequer_types::{
    BillingCharge, BillingContractPeriodDetail, BillingWallet, Decimal, NamedEntity,
};

use super::charges::MINIMUM;
use super::contracts;
use super::decimals::{amount, decimal};

/// Returns a period of a contract of an organisation.
pub(crate) fn to_wire(
    organization: &Organization,
    rated: &RatedContractPeriod,
) -> BillingContractPeriodDetail {
    let bill = &rated.rated.bill;
    let former = rated.rated.usage.former_name.as_ref();
    let name = former.unwrap_or(&organization.name);
    let shown = Shown {
        bill,
        organizations: contracts::named(organization, name),
    };
    let mut charges = shown.charges();
    let adjustments = rated.adjustments.iter();
    charges.extend(adjustments.map(|it| shown.adjustment(it)));
    let period = contracts::period(&rated.listed);
    BillingContractPeriodDetail {
        id: period.id,
        date_start: period.date_start,
        date_end: period.date_end,
        status: period.status,
        billed_elsewhere: period.billed_elsewhere,
        currency: Some(bill.total.currency().code().to_owned()),
        charges,
        wallets: bill.wallets.iter().map(|it| shown.wallet(it)).collect(),
    }
}

/// A bill that is shown, and whose it is.
struct Shown<'a> {
    bill: &'a Bill,
    organizations: Vec<NamedEntity>,
}

impl Shown<'_> {
    /// Returns the charges of the bill, and for each line without one that holds its usage
    /// one of 0.
    fn charges(&self) -> Vec<BillingCharge> {
        let mut charges = Vec::new();
        for line in &self.bill.lines {
            let committed = [ChargeKind::Commitment, ChargeKind::Prepayment];
            let committed = committed.map(|kind| self.find(kind, line));
            let committed = committed.into_iter().flatten();
            charges.extend(committed.map(|charge| self.committed(line, charge)));
            let ramp = self.find(ChargeKind::Ramp, line);
            let overage = self.find(ChargeKind::Overage, line);
            charges.extend(ramp.map(|charge| self.used(line, charge.kind, charge.amount)));
            if ramp.is_none() || overage.is_some() {
                charges.push(self.overage(line, overage));
            }
        }
        let wallets = self.bill.wallets.iter().map(|wallet| &wallet.product);
        for product in wallets {
            let bought = self.charge_of(ChargeKind::Wallet, &product.sku);
            charges.extend(bought.map(|charge| self.plain(Some(product), charge)));
        }
        let mut all = self.bill.charges.iter();
        let minimum = all.find(|charge| charge.kind == ChargeKind::Minimum);
        charges.extend(minimum.map(|charge| self.plain(None, charge)));
        charges
    }

    fn find(&self, kind: ChargeKind, line: &RatedLine) -> Option<&Charge> {
        self.charge_of(kind, &line.product.sku)
    }

    fn charge_of(&self, kind: ChargeKind, sku: &str) -> Option<&Charge> {
        let mut charges = self.bill.charges.iter();
        charges.find(|it| it.kind == kind && it.product.as_deref() == Some(sku))
    }

    /// Returns a charge without quantities.
    fn plain(&self, product: Option<&Product>, charge: &Charge) -> BillingCharge {
        let kind = charge.kind.to_string();
        let sku = product.map(|product| product.sku.as_str());
        self.row(id(&kind, sku), product, &kind, amount(charge.amount))
    }

    fn row(
        &self,
        id: String,
        product: Option<&Product>,
        kind: &str,
        amount: Decimal,
    ) -> BillingCharge {
        let name = product.map_or(MINIMUM, |product| &product.name);
        BillingCharge {
            id: Some(id),
            name: Some(name.to_owned()),
            product: product.map(contracts::product),
            organizations: self.organizations.clone(),
            kind: Some(kind.to_owned()),
            amount: Some(amount),
            ..BillingCharge::default()
        }
    }

    fn committed(&self, line: &RatedLine, charge: &Charge) -> BillingCharge {
        BillingCharge {
            prepaid_quantity: Some(decimal(&line.included)),
            ..self.plain(Some(&line.product), charge)
        }
    }

    /// Returns a charge that holds the usage of a line.
    fn used(&self, line: &RatedLine, kind: ChargeKind, money: Money) -> BillingCharge {
        let kind = kind.to_string();
        let product = &line.product;
        let allowed = line.allowance.as_ref().map(Allowance::total);
        let converted = line.converted.as_ref();
        BillingCharge {
            prepaid_quantity: Some(decimal(&line.included)),
            fairuse_quantity: allowed.as_ref().map(decimal),
            actual_quantity: Some(decimal(&line.usage)),
            converted_token_count: converted.map(|it| decimal(&it.tokens)),
            token_conversion_rate: converted
                .map(|it| decimal(&it.conversion.rate.units(Exact::whole(1)))),
            ..self.row(
                id(&kind, Some(&product.sku)),
                Some(product),
                &kind,
                amount(money),
            )
        }
    }

    fn overage(&self, line: &RatedLine, charge: Option<&Charge>) -> BillingCharge {
        let currency = self.bill.total.currency();
        let money = charge.map_or(Money::zero(currency), |charge| charge.amount);
        BillingCharge {
            overage_quantity: Some(decimal(&line.overage)),
            overage_rate: self.rate(line).as_ref().map(decimal),
            overage_charge: Some(amount(money)),
            overage_currency: Some(currency.code().to_owned()),
            ..self.used(line, ChargeKind::Overage, money)
        }
    }

    /// Returns the price of each unit of overage of a line, if there is one such price: the
    /// charge is then exactly so much for each.
    fn rate(&self, line: &RatedLine) -> Option<Exact> {
        let mut prices = line.parts.iter().map(|part| match part.line.overage {
            // That of a bundle is none of a unit.
            Overage::Flat(price) if !line.product.is_bundle() => Some(Exact::from(price)),
            _ => None,
        });
        let price = prices.next()??;
        if !prices.all(|other| other.as_ref() == Some(&price)) {
            return None;
        }
        let Some(charge) = self.find(ChargeKind::Overage, line) else {
            let charges = self.bill.ramp.is_none() && self.bill.subscription.charges();
            return (charges && line.overage.is_zero()).then_some(price);
        };
        // In a short period a level may cost a share only.
        let units: Exact = charge.steps.iter().map(|it| it.quantity.clone()).sum();
        let mut steps = charge.steps.iter();
        let alike = steps.all(|step| step.price == price && step.flat.is_none());
        (alike && units == line.overage).then_some(price)
    }

    fn adjustment(&self, adjustment: &Adjustment) -> BillingCharge {
        let Adjustment {
            entry,
            made,
            row,
            product,
        } = adjustment;
        let sku = row.product.as_deref();
        let difference = Decimal::new(row.amount.clone());
        let difference = difference.expect("a recorded amount is a decimal");
        let name = product.as_ref().map(|product| product.name.clone());
        let shown = self.row(
            format!("adjustment:{entry}:{}", id(&row.kind, sku)),
            product.as_ref(),
            "adjustment",
            difference,
        );
        BillingCharge {
            name: name.or(row.product.clone()).or(shown.name),
            adjusted_kind: Some(row.kind.clone()),
            entry: Some(*entry),
            date_created: Some(made.clone()),
            ..shown
        }
    }

    fn wallet(&self, wallet: &RatedWallet) -> BillingWallet {
        let sku = wallet.product.sku.as_str();
        let lines = self.bill.lines.iter().filter(|line| {
            let conversion = line.line.conversion.as_ref();
            conversion.and_then(Conversion::wallet) == Some(sku)
        });
        let lines: Vec<&RatedLine> = lines.collect();
        let currency = self.bill.total.currency();
        let charges = lines.iter();
        let charges = charges.filter_map(|line| self.find(ChargeKind::Overage, line));
        let charge: Exact = charges.map(|charge| Exact::from(charge.amount)).sum();
        BillingWallet {
            id: Some(sku.to_owned()),
            name: Some(wallet.product.name.clone()),
            organizations: self.organizations.clone(),
            product: Some(contracts::product(&wallet.product)),
            starting_balance: Some(decimal(&wallet.opening)),
            ending_balance: Some(decimal(&wallet.closing)),
            balance_increase: Some(decimal(&wallet.increase)),
            balance_decrease: Some(decimal(&wallet.decrease)),
            balance_consumption: Some(decimal(&wallet.consumption)),
            balance_overage: Some(decimal(&wallet.overage)),
            balance_overage_rate: self.rate_of_token(&lines).as_ref().map(decimal),
            balance_overage_charge: Some(decimal(&charge)),
            balance_overage_currency: Some(currency.code().to_owned()),
            balance_lapse: Some(decimal(&wallet.lapse)),
            unit_of_measure: Some(wallet.product.unit_of_measure.clone()),
        }
    }

    /// Returns the price of each token beyond a wallet, if those of the lines that go beyond
    /// it have one such price, and that is a decimal.
    fn rate_of_token(&self, lines: &[&RatedLine]) -> Option<Exact> {
        let beyond: Vec<_> = lines.iter().filter(|it| !it.overage.is_zero()).collect();
        let beyond = if beyond.is_empty() {
            lines.iter().collect()
        } else {
            beyond
        };
        let mut rates = beyond.into_iter().map(|line| {
            let conversion = line.line.conversion.as_ref()?;
            Some(conversion.rate.units(self.rate(line)?))
        });
        let rate = rates.next()??;
        let one = rates.all(|other| other.as_ref() == Some(&rate));
        (one && !rate.to_string().contains('/')).then_some(rate)
    }
}

/// Returns the id of a charge within its period.
fn id(kind: &str, sku: Option<&str>) -> String {
    sku.map_or_else(|| kind.to_owned(), |sku| format!("{kind}:{sku}"))
}

#[cfg(test)]
mod tests;
