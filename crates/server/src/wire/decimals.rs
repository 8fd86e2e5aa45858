//! Exact numbers as JSON numbers.

use exchequer_core::{Exact, Money};
use exchequer_types::Decimal;

/// Returns a number as a decimal. Only one without a finite decimal is rounded, to nine
/// digits behind the point.
pub(super) fn decimal(number: &Exact) -> Decimal {
    let text = number.to_string();
    let finite = !text.contains('/');
    let text = if finite { text } else { number.to_decimal() };
    Decimal::new(text).expect("a decimal is a JSON number")
}

/// Returns money as a decimal.
pub(super) fn amount(money: Money) -> Decimal {
    decimal(&Exact::from(money))
}

#[cfg(test)]
mod tests {
    use exchequer_core::Quantity;
    use exchequer_core::contract::ConversionRate;

    use super::*;

    #[test]
    fn numbers_are_as_exact_as_a_decimal_can_be() {
        let shown = |text: &str| decimal(&text.parse().unwrap()).to_string();
        assert_eq!(shown("12.5"), "12.5");
        assert_eq!(shown("0.000000000001"), "0.000000000001");
        assert_eq!(shown("-1234567890123456789.25"), "-1234567890123456789.25");
        assert_eq!(shown("80/31"), "2.580645161");
        assert_eq!(shown("-1/3"), "-0.333333333");
        let rate = ConversionRate::TokensPerUnit(Quantity::parse("40").unwrap());
        assert_eq!(decimal(&rate.units(Exact::whole(1))).to_string(), "0.025");
    }
}
