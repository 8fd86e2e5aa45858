use proptest::prelude::*;

use super::*;
use crate::exact::Exact;
use crate::quantity::Quantity;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

/// The product of two strings of digits as people do it on paper.
fn multiply_on_paper(a: &str, b: &str) -> String {
    let mut sums = vec![0u32; a.len() + b.len()];
    for (i, x) in a.bytes().rev().enumerate() {
        for (j, y) in b.bytes().rev().enumerate() {
            sums[i + j] += u32::from(x - b'0') * u32::from(y - b'0');
            sums[i + j + 1] += sums[i + j] / 10;
            sums[i + j] %= 10;
        }
    }
    let digits = sums.iter().rev();
    digits
        .map(|digit| char::from(b'0' + *digit as u8))
        .collect()
}

/// Cuts the last `places` digits off and rounds by the first of them.
fn cut_on_paper(digits: &str, places: usize) -> String {
    let digits = format!("{}{digits}", "0".repeat(places + 1));
    let (kept, cut) = digits.split_at(digits.len() - places);
    let mut kept: Vec<u8> = kept.bytes().collect();
    if cut.starts_with(|digit| digit >= '5') {
        let place = kept.iter().rposition(|digit| *digit != b'9').unwrap();
        kept[place] += 1;
        kept[place + 1..].fill(b'0');
    }
    String::from_utf8(kept).unwrap()
}

/// The charge for a quantity at a price.
fn times(price: Price, quantity: Quantity, currency: Currency) -> Result<Money, MoneyError> {
    (Exact::from(price) * Exact::from(quantity)).to_money(currency)
}

fn times_on_paper(price: i128, quantity: i128, digits: u32) -> Option<i128> {
    let product = multiply_on_paper(&price.to_string(), &quantity.unsigned_abs().to_string());
    let rounded = cut_on_paper(&product, 21 - digits as usize);
    let magnitude: i128 = rounded.parse().ok()?;
    Some(if quantity < 0 { -magnitude } else { magnitude })
}

#[test]
fn the_table_is_sorted_distinct_and_complete_in_shape() {
    let known = |text: &str| text.parse::<Currency>().is_ok();
    let letters = || b'A'..=b'Z';
    let mut found = Vec::new();
    for (a, b, c) in
        letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| (a, b, c))))
    {
        let code = String::from_utf8(vec![a, b, c]).unwrap();
        if known(&code) {
            assert_eq!(currency(&code).code(), code);
            found.push(code);
        }
    }
    // A code out of order would not be found by the binary search.
    assert_eq!(found.len(), 29 + 180 + 7 + 2);
}

#[test]
fn currencies_know_their_minor_digits() {
    for (code, digits) in [
        ("USD", 2),
        ("EUR", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
        ("UYI", 0),
        ("BGN", 2),
        ("TRL", 0),
    ] {
        assert_eq!(currency(code).minor_digits(), digits, "{code}");
        assert_eq!(currency(code).to_string(), code);
    }
    for text in ["", "usd", "US", "USDX", "XXX", "XAU", "XDR", "ZZZ"] {
        assert_eq!(text.parse::<Currency>(), Err(UnknownCurrency), "{text}");
    }
}

#[test]
fn currencies_know_the_days_on_which_they_were_money() {
    let days = |code: &str| {
        let (first, last) = currency(code).days();
        [first, last].map(|day| day.map(|day| day.to_string()).unwrap_or_default())
    };
    for (code, first, last) in [
        ("USD", "", ""),
        ("EUR", "", ""),
        ("CLF", "", ""),
        ("BGN", "", "2026-01-31"),
        ("ANG", "", "2025-06-30"),
        ("XCG", "2025-03-31", ""),
        ("HRK", "", "2023-01-14"),
        ("DEM", "", "2002-05-15"),
        ("VEF", "2008-01-01", "2018-08-20"),
        ("ZWR", "2008-08-01", "2009-02-02"),
    ] {
        assert_eq!(days(code), [first, last], "{code}");
    }
}

#[test]
fn amounts_are_written_with_their_minor_digits() {
    for (minor, code, text) in [
        (1250, "USD", "12.50"),
        (-5, "USD", "-0.05"),
        (0, "EUR", "0.00"),
        (12, "JPY", "12"),
        (-12, "JPY", "-12"),
        (5, "KWD", "0.005"),
        (-5, "CLF", "-0.0005"),
        (i128::MIN, "JPY", "-170141183460469231731687303715884105728"),
    ] {
        assert_eq!(Money::from_minor(minor, currency(code)).to_string(), text);
    }
}

#[test]
fn sums_are_checked() {
    let (usd, eur) = (currency("USD"), currency("EUR"));
    let sum = Money::from_minor(1250, usd).checked_add(Money::from_minor(-50, usd));
    assert_eq!(sum, Ok(Money::from_minor(1200, usd)));
    assert_eq!(
        Money::zero(usd).checked_add(Money::zero(eur)),
        Err(MoneyError::MixedCurrency(usd, eur))
    );
    let most = Money::from_minor(i128::MAX, usd);
    assert_eq!(
        most.checked_add(Money::from_minor(1, usd)),
        Err(MoneyError::OutOfRange)
    );
}

#[test]
fn prices_keep_to_the_door() {
    for text in [
        "0",
        "140",
        "0.015",
        "0.000000000001",
        "1900000",
        "999999999999.999999999999",
    ] {
        assert_eq!(Price::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Price::parse("115.00").unwrap().to_string(), "115");
    for (text, fault) in [
        ("", PriceError::NotADecimal),
        ("1e3", PriceError::NotADecimal),
        ("-0.5", PriceError::Negative),
        ("1000000000000", PriceError::TooLarge),
        ("0.0000000000001", PriceError::TooManyDecimals),
    ] {
        assert_eq!(Price::parse(text), Err(fault), "{text:?}");
    }
    assert_eq!(Price::from_scaled(10i128.pow(24)), None);
    assert_eq!(Price::from_scaled(-1), None);
    assert_eq!(Price::from_scaled(0), Some(Price::ZERO));
}

#[test]
fn halves_round_away_from_zero() {
    for (price, quantity, code, text) in [
        ("0.005", "1", "USD", "0.01"),
        ("0.004999999999", "1", "USD", "0.00"),
        ("0.5", "1", "JPY", "1"),
        ("0.0005", "1", "KWD", "0.001"),
        ("115", "80", "USD", "9200.00"),
        ("1.005", "1", "USD", "1.01"),
        (
            "999999999999.999999999999",
            "999999999999.999999999",
            "USD",
            "999999999999999999998999.00",
        ),
    ] {
        let (price, quantity) = (
            Price::parse(price).unwrap(),
            Quantity::parse(quantity).unwrap(),
        );
        let charge = times(price, quantity, currency(code)).unwrap();
        assert_eq!(charge.to_string(), text);
        let credit = Quantity::from_scaled(-quantity.scaled());
        let credit = times(price, credit, currency(code)).unwrap();
        assert_eq!(credit.minor(), -charge.minor());
    }
}

#[test]
fn the_widest_charge_fits() {
    let price = Price::parse("999999.999999999999").unwrap();
    for scaled in [i128::MIN, i128::MAX, i128::MAX >> 20] {
        let charge = times(price, Quantity::from_scaled(scaled), currency("KWD"));
        let expected = times_on_paper(price.scaled(), scaled, 3);
        assert_eq!(charge.ok().map(Money::minor), expected);
    }
}

proptest! {
    #[test]
    fn charges_equal_paper(
        price in 0..10i128.pow(24), quantity: i128, shift in 0u32..127,
        code in prop::sample::select(vec!["JPY", "USD", "KWD"]),
    ) {
        let (quantity, currency) = (quantity >> shift, currency(code));
        let charge = times(Price::from_scaled(price).unwrap(), Quantity::from_scaled(quantity), currency);
        let expected = times_on_paper(price, quantity, currency.minor_digits());
        prop_assert_eq!(charge.ok().map(Money::minor), expected);
    }

    #[test]
    fn exact_halves_go_away_from_zero(minor in 0i128..10i128.pow(9), negative: bool) {
        // Half a cent more than a whole number of cents, at a price of 0.01.
        let half = minor * 10i128.pow(9) + 10i128.pow(9) / 2;
        let quantity = Quantity::from_scaled(if negative { -half } else { half });
        let charge = times(Price::parse("0.01").unwrap(), quantity, currency("USD")).unwrap();
        prop_assert_eq!(charge.minor(), if negative { -minor - 1 } else { minor + 1 });
    }
}
