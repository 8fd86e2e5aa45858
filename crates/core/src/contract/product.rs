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

/// Something that is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its part number.
    pub sku: String,
    /// Its name on bills.
    pub name: String,
    /// The short name of its charge.
    pub charge: String,
    /// The meter that counts it.
    pub meter: String,
    /// The key under which applications group it.
    pub grouping: String,
    /// Its unit, for people.
    pub unit: String,
    /// Its unit, one of [`UNITS_OF_MEASURE`].
    pub unit_of_measure: String,
    /// Units that are sold and charged together: a whole number from 1; 1 is
    /// no bundle.
    pub bundle: Quantity,
    /// Whether it is a third party's: charged in a free ramp too, and not
    /// counted towards the minimum.
    pub third_party: bool,
    /// Whether the customer may cancel it.
    pub cancellable: bool,
}

/// Why a product is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// A text that is empty, too long or unreadable.
    #[error("{setting} must be 1 to {most} bytes without control characters")]
    Text {
        /// Which.
        setting: &'static str,
        /// Its longest.
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
    /// Whether more than one unit is sold together.
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

    /// Whether bills of a contract that prices it would stay the same figures
    /// if it became `other`.
    #[must_use]
    pub fn counts_like(&self, other: &Self) -> bool {
        self.meter == other.meter
            && self.bundle == other.bundle
            && self.third_party == other.third_party
    }
}
