//! Products: what contracts price and meters count.

use std::collections::BTreeMap;

use crate::quantity::Quantity;

/// Products by part number.
pub type Products = BTreeMap<String, Product>;

/// The units of measure of the contract operations.
pub const UNITS_OF_MEASURE: [&str; 36] = [
    "Call",
    "Character",
    "Conversation",
    "Course",
    "Day",
    "EA",
    "Each",
    "Employee",
    "Engagement",
    "Evaluation",
    "Event",
    "Exam",
    "GB",
    "Guide",
    "Hour",
    "Ingestion",
    "Instance",
    "Interaction",
    "Invocation",
    "Message",
    "MillionCharacters",
    "Minute",
    "Person",
    "PhoneNumber",
    "Port",
    "RateTable",
    "Segment",
    "Session",
    "Stream",
    "Summary",
    "Token",
    "Transaction",
    "Translation",
    "Turn",
    "Unit",
    "User",
];

/// A product: its names on bills, and the meter that counts its usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The part number.
    pub sku: String,
    /// The name on bills.
    pub name: String,
    /// The short name of the product's charge.
    pub charge: String,
    /// The meter that counts the usage of the product. A product has none if nothing but its
    /// commitment is sold, or if its usage is what other lines convert.
    pub meter: Option<String>,
    /// The key by which applications group the product.
    pub grouping: String,
    /// The unit as shown to people.
    pub unit: String,
    /// The unit of the contract operations, one of [`UNITS_OF_MEASURE`].
    pub unit_of_measure: String,
    /// The number of units that are sold and charged together: a whole number from 1.
    /// 1 is no bundle.
    pub bundle: Quantity,
    /// True for a product of a third party. It does not count towards the minimum.
    pub third_party: bool,
    /// True if usage is charged in a free ramp too.
    pub charged_in_ramp: bool,
    /// True if the customer may cancel the product.
    pub cancellable: bool,
}

/// The error of a product that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// A text that is empty, too long or unreadable.
    #[error("{setting} must be 1 to {most} bytes without control characters")]
    Text {
        /// The setting.
        setting: &'static str,
        /// The largest number of bytes.
        most: usize,
    },
    /// A unit that the contract operations do not know.
    #[error(
        "unitOfMeasure must be a unit of the contract operations, such as User, Minute or Each"
    )]
    Unit,
    /// A bundle of a part, or of nothing.
    #[error("bundle must be a whole number from 1")]
    Bundle,
}

impl Product {
    /// Returns true if more than one unit is sold together.
    #[must_use]
    pub fn is_bundle(&self) -> bool {
        self.bundle != Quantity::ONE
    }

    /// Checks the product on its own.
    ///
    /// # Errors
    /// The first setting that is out of its limits.
    pub fn validate(&self) -> Result<(), ProductError> {
        for (setting, text, most) in [
            ("id", &self.sku, 64),
            ("name", &self.name, 256),
            ("charge", &self.charge, 128),
            ("grouping", &self.grouping, 64),
            ("unit", &self.unit, 64),
        ] {
            let fine = !text.trim().is_empty() && text.len() <= most;
            if !fine || text.chars().any(char::is_control) {
                return Err(ProductError::Text { setting, most });
            }
        }
        if !UNITS_OF_MEASURE.contains(&self.unit_of_measure.as_str()) {
            return Err(ProductError::Unit);
        }
        let whole = self.bundle.scaled() % Quantity::ONE.scaled() == 0;
        if !whole || self.bundle < Quantity::ONE {
            return Err(ProductError::Bundle);
        }
        Ok(())
    }

    /// Returns true if the bills of contracts that price the product would have the
    /// same figures with `other` in its place.
    #[must_use]
    pub fn counts_like(&self, other: &Self) -> bool {
        self.meter == other.meter
            && self.bundle == other.bundle
            && self.third_party == other.third_party
            && self.charged_in_ramp == other.charged_in_ramp
    }
}
