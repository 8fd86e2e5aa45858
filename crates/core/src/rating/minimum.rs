//! The minimum of a period, and what is missing to it.

use super::charge::amount;
use super::{Charge, ChargeKind, Item, Rating, RatingError, Step};
use crate::exact::Exact;
use crate::money::Money;

impl Rating<'_> {
    /// The least that is charged for the period; none in the ramp, and none
    /// where nothing is charged anyway.
    pub(super) fn minimum(&self) -> Result<Option<Money>, RatingError> {
        let subscription = self.rates.subscription;
        let applies = self.ramp.is_none() && subscription.charges() && !subscription.is_developer();
        let stated = self.contract.versions().iter();
        let mut stated = stated.filter(|version| version.effective < self.period.next);
        if !applies || !stated.any(|version| version.terms.minimum.is_some()) {
            return Ok(None);
        }
        let minimum = self.contract.weighted(self.period, |terms| terms.minimum);
        Ok(Some(minimum.to_money(self.contract.currency())?))
    }

    /// The charge for what is missing to the minimum. Third parties' products
    /// do not count towards it; of what was paid in advance the period's share
    /// does.
    pub(super) fn shortfall(
        &self,
        minimum: Money,
        items: &[Item],
        charges: &[Charge],
    ) -> Result<Option<Charge>, RatingError> {
        let currency = self.contract.currency();
        let mut counted = Money::zero(currency);
        let own = charges.iter().filter(|charge| !charge.third_party);
        for charge in own.filter(|charge| charge.kind != ChargeKind::Prepayment) {
            counted = counted.checked_add(charge.amount)?;
        }
        if self.rates.subscription.is_annual() {
            for item in items.iter().filter(|item| !item.product.third_party) {
                counted = counted.checked_add(amount(&self.prepaid_share(item), currency)?)?;
            }
        }
        let missing = minimum.minor().saturating_sub(counted.minor());
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
            }],
            amount,
        }))
    }
}
