//! Decimals that cross as JSON numbers.

use std::fmt;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;
use serde_json::value::RawValue;

/// A decimal that crosses as a JSON number, with each of its digits: it is never a binary
/// fraction on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(String);

/// The error of a text that is no JSON number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDecimal(String);

impl fmt::Display for InvalidDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no number", self.0)
    }
}

impl std::error::Error for InvalidDecimal {}

impl Decimal {
    /// Returns a number by its digits.
    ///
    /// # Errors
    /// If they are no JSON number.
    pub fn new(digits: impl Into<String>) -> Result<Self, InvalidDecimal> {
        let digits = digits.into();
        match serde_json::from_str::<Number>(&digits) {
            // Blanks around a number are JSON, and no part of it.
            Ok(_) if digits.trim() == digits => Ok(Self(digits)),
            _ => Err(InvalidDecimal(digits)),
        }
    }

    /// Returns the digits, as they were written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = RawValue::from_string(self.0.clone());
        digits.map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::new(raw.get()).map_err(D::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Decimal {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Number))
            .description(Some("A decimal, exact, without an exponent."))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Decimal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_cross_as_they_are() {
        // Beyond the 53 bits of a binary fraction, and none of its values.
        for digits in ["0", "-0.5", "12.3", "90071992547409931.000000001", "1e3"] {
            let number = Decimal::new(digits).unwrap();
            let json = serde_json::to_string(&[&number]).unwrap();
            assert_eq!(json, format!("[{digits}]"));
            let read: Vec<Decimal> = serde_json::from_str(&json).unwrap();
            assert_eq!(read, [number]);
        }
    }

    #[test]
    fn anything_but_a_number_is_refused() {
        for text in [
            "", " 1", "1 ", "01", ".5", "5.", "+1", "1/3", "NaN", "\"1\"", "null",
        ] {
            assert_eq!(
                Decimal::new(text),
                Err(InvalidDecimal(text.to_owned())),
                "{text}"
            );
            let json = format!("[{text}]");
            assert!(serde_json::from_str::<[Decimal; 1]>(&json).is_err() || text.trim() != text);
        }
    }
}
