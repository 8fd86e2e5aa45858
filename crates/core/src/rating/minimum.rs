//! The minimum of a period, and the charge for what is missing to it.

use super::{Charge, ChargeKind, RatedLine, RatedWallet, Rating, RatingError, Step};
use crate::exact::Exact;
use crate::money::{Money, MoneyError};

impl Rating<'_> {
    /// Returns the smallest amount that is charged for the period. None in the ramp,
    /// and none where nothing is charged anyway.
    pub(super) fn minimum(&self) -> Result<Option<Money>, RatingError> {
        let subscription = self.rates.subscription;
        let applies = self.ramp.is_none() && subscription.charges() && !subscription.is_developer();
        let stretches = self.contract.stretches(self.period);
        let mut stated = stretches.iter().map(|stretch| stretch.terms.minimum);
        if !applies || !stated.any(|minimum| minimum.is_some()) {
            return Ok(None);
        }
        let minimum = self.contract.weighted(self.period, |terms| terms.minimum);
        Ok(Some(minimum.to_money(self.contract.currency())?))
    }

    /// Returns the charge for what is missing to the minimum. Products of third
    /// parties do not count towards it. What was paid in advance counts with the
    /// share of this period.
    pub(super) fn shortfall(
        &self,
        minimum: Money,
        lines: &[RatedLine],
        wallets: &[RatedWallet],
        charges: &[Charge],
    ) -> Result<Option<Charge>, RatingError> {
        let currency = self.contract.currency();
        let mut counted = Money::zero(currency);
        let own = charges.iter().filter(|charge| !charge.third_party);
        let of_a_year = [ChargeKind::Prepayment, ChargeKind::Wallet];
        for charge in own.filter(|charge| !of_a_year.contains(&charge.kind)) {
            counted = counted.checked_add(charge.amount)?;
        }
        if self.rates.subscription.is_annual() {
            // The prepayment itself was left out above: it is for a whole year.
            for line in lines.iter().filter(|line| !line.product.third_party) {
                counted = counted.checked_add(self.prepaid_share(line).to_money(currency)?)?;
            }
        }
        for wallet in wallets.iter().filter(|it| !it.product.third_party) {
            counted = counted.checked_add(wallet.share.to_money(currency)?)?;
        }
        let missing = minimum.minor().checked_sub(counted.minor());
        let missing = missing.ok_or(MoneyError::OutOfRange)?;
        if missing <= 0 {
            return Ok(None);
        }
        let amount = Money::from_minor(missing, currency);
        Ok(Some(Charge {
            kind: ChargeKind::Minimum,
            product: None,
            third_party: false,
            steps: vec![Step {
                quantity: Exact::whole(1),
                price: Exact::from(amount),
                flat: None,
                undoes: None,
            }],
            amount,
        }))
    }
}
