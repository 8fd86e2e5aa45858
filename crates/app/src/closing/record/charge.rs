//! Charges, and what an entry charges of them.

use exchequer_core::rating::{Charge, ChargeKind, Difference, Step};
use exchequer_core::{Currency, Exact};
use serde::{Deserialize, Serialize};

use super::{Read, money, read, shown};

/// A charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedCharge {
    /// Its kind.
    pub kind: String,
    /// The part number of its product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// True for a product of a third party.
    pub third_party: bool,
    /// Its steps.
    pub steps: Vec<RecordedStep>,
    /// Its amount.
    pub amount: String,
}

/// A step of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedStep {
    /// The units.
    pub quantity: String,
    /// The price of one.
    pub price: String,
    /// An amount that is charged once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<String>,
    /// The first day of the purchase that it gives back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
}

/// A difference that an entry charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its kind.
    pub kind: String,
    /// The part number of its product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// True for a product of a third party.
    pub third_party: bool,
    /// The steps that were charged before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<RecordedStep>,
    /// The steps that are charged now.
    pub after: Vec<RecordedStep>,
    /// The difference.
    pub amount: String,
}

impl RecordedCharge {
    pub(in crate::closing) fn of(charge: &Charge) -> Self {
        Self {
            kind: charge.kind.to_string(),
            product: charge.product.clone(),
            third_party: charge.third_party,
            steps: charge.steps.iter().map(RecordedStep::of).collect(),
            amount: shown(charge.amount),
        }
    }

    pub(super) fn read(&self, currency: Currency) -> Read<Charge> {
        Ok(Charge {
            kind: read::<ChargeKind>(&self.kind)?,
            product: self.product.clone(),
            third_party: self.third_party,
            steps: RecordedStep::all(&self.steps)?,
            amount: money(&self.amount, currency)?,
        })
    }
}

impl RecordedStep {
    fn of(step: &Step) -> Self {
        Self {
            quantity: step.quantity.to_string(),
            price: step.price.to_string(),
            flat: step.flat.as_ref().map(Exact::to_string),
            undoes: step.undoes.map(|day| day.to_string()),
        }
    }

    pub(super) fn read(&self) -> Read<Step> {
        Ok(Step {
            quantity: read(&self.quantity)?,
            price: read(&self.price)?,
            flat: self.flat.as_deref().map(read).transpose()?,
            undoes: self.undoes.as_deref().map(read).transpose()?,
        })
    }

    fn all(steps: &[Self]) -> Read<Vec<Step>> {
        steps.iter().map(Self::read).collect()
    }
}

impl Row {
    pub(in crate::closing) fn of(difference: &Difference) -> Self {
        let steps = |steps: &[Step]| steps.iter().map(RecordedStep::of).collect();
        Self {
            kind: difference.kind.to_string(),
            product: difference.product.clone(),
            third_party: difference.third_party,
            before: steps(&difference.before),
            after: steps(&difference.after),
            amount: shown(difference.amount),
        }
    }

    pub(super) fn read(&self, currency: Currency) -> Read<Difference> {
        Ok(Difference {
            kind: read::<ChargeKind>(&self.kind)?,
            product: self.product.clone(),
            third_party: self.third_party,
            before: RecordedStep::all(&self.before)?,
            after: RecordedStep::all(&self.after)?,
            amount: money(&self.amount, currency)?,
        })
    }
}
