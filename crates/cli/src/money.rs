//! Amounts and prices for people: with the decimals of their currency and with thousands
//! set apart. CSV and JSON have the canonical decimals of the API.

use std::borrow::Cow;
use std::str::FromStr as _;

use exchequer_core::Currency;

use crate::output::printable;

/// Returns an amount or price as people write it: `8,314.60` for `8314.6` dollars. Decimals
/// beyond those of the currency stay, and text that is no decimal number is shown as it is.
pub(crate) fn amount<'a>(decimal: &'a str, currency: &str) -> Cow<'a, str> {
    let (sign, digits) = match decimal.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", decimal),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
        return printable(decimal);
    }
    // A currency that this program does not know gets no decimals that nobody sent.
    let places = Currency::from_str(currency).map_or(0, Currency::minor_digits) as usize;
    let mut text = format!("{sign}{}", grouped(whole));
    if !fraction.is_empty() || places > 0 {
        text.push_str(&format!(".{fraction:0<places$}"));
    }
    Cow::Owned(text)
}

/// Returns digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        for (decimal, currency, shown) in [
            ("8314.6", "USD", "8,314.60"),
            ("0", "USD", "0.00"),
            ("115", "EUR", "115.00"),
            ("0.022", "USD", "0.022"),
            ("1000", "JPY", "1,000"),
            ("12.5", "JPY", "12.5"),
            ("1234567.5", "KWD", "1,234,567.500"),
            ("-100000", "USD", "-100,000.00"),
            ("999", "USD", "999.00"),
            ("12.5", "???", "12.5"),
            ("1200", "???", "1,200"),
            ("1200/31", "USD", "1200/31"),
            ("", "USD", ""),
            ("1e3", "USD", "1e3"),
            ("\u{1b}", "USD", "\\u{1b}"),
        ] {
            assert_eq!(amount(decimal, currency), shown, "{decimal} {currency}");
        }
    }
}
