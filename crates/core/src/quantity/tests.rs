use proptest::prelude::*;

use super::*;

/// Returns the quantity that a number means, by moving characters about: `whole` and
/// `fraction` are the digits before and after the point once the exponent has been applied.
fn reference(negative: bool, whole: &str, fraction: &str) -> Result<Quantity, QuantityError> {
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() && fraction.is_empty() {
        Ok(Quantity::ZERO)
    } else if negative {
        Err(QuantityError::Negative)
    } else if whole.len() > 15 {
        Err(QuantityError::TooLarge)
    } else if fraction.len() > 9 {
        Err(QuantityError::TooManyDecimals)
    } else {
        let scaled = format!("{whole}{fraction:0<9}");
        Ok(Quantity::from_scaled(scaled.parse().unwrap()))
    }
}

/// Returns what such a number is to at most so many decimals: digits behind are struck out,
/// and one is added in the last place if the first of them is 5 or more and that is wanted.
fn shortened(
    whole: &str,
    fraction: &str,
    decimals: usize,
    round: bool,
) -> Result<Quantity, QuantityError> {
    let fraction = format!("{fraction:0<decimals$}");
    let (kept, struck) = fraction.split_at(decimals);
    let up = round && struck.starts_with(['5', '6', '7', '8', '9']);
    let value = format!("0{whole}{kept}").parse::<i128>().unwrap() + i128::from(up);
    let digits = format!("{value:0>width$}", width = decimals + 1);
    let (whole, kept) = digits.split_at(digits.len() - decimals);
    reference(false, whole, kept)
}

/// Moves the point by `exponent` places, filling up with zeros.
fn shift_point(whole: &str, fraction: &str, exponent: i32) -> (String, String) {
    let zeros = "0".repeat(exponent.unsigned_abs() as usize);
    let digits = format!("{zeros}{whole}{fraction}{zeros}");
    let point = (zeros.len() + whole.len()) as i32 + exponent;
    let (whole, fraction) = digits.split_at(point as usize);
    (whole.to_owned(), fraction.to_owned())
}

#[test]
fn canonical_strings_come_back_as_they_were() {
    for text in [
        "0",
        "1",
        "12.5",
        "1250",
        "0.000000001",
        "999999999999999.999999999",
    ] {
        assert_eq!(Quantity::parse(text).unwrap().to_string(), text);
        assert_eq!(Quantity::parse_json_number(text).unwrap().to_string(), text);
    }
    assert_eq!(Quantity::parse("007.500").unwrap().to_string(), "7.5");
    assert_eq!(Quantity::from_scaled(-12_500_000_000).to_string(), "-12.5");
    assert_eq!(
        Quantity::from_units(u64::MAX).to_string(),
        u64::MAX.to_string()
    );
    let least = Quantity::from_scaled(i128::MIN);
    assert_eq!(
        least.to_string(),
        "-170141183460469231731687303715.884105728"
    );
    assert_eq!(Quantity::default(), Quantity::ZERO);
}

#[test]
fn plain_strings_know_no_sign_exponent_or_blank() {
    for text in [
        "", " ", "1 ", " 1", "+1", "-", "-0", "-x", ".5", "5.", ".", "1e3", "1E3", "1,5", "1_000",
        "0x1", "NaN", "inf", "1.2.3", "١", "\u{0}",
    ] {
        assert_eq!(
            Quantity::parse(text),
            Err(QuantityError::NotADecimal),
            "{text:?}"
        );
    }
    assert_eq!(Quantity::parse("-1"), Err(QuantityError::Negative));
    assert_eq!(
        Quantity::parse("1000000000000000"),
        Err(QuantityError::TooLarge)
    );
    assert_eq!(
        Quantity::parse("0.0000000001"),
        Err(QuantityError::TooManyDecimals)
    );
}

#[test]
fn json_numbers_are_read_exactly() {
    for (text, canonical) in [
        ("-0", "0"),
        ("-0.000e5", "0"),
        ("0e999999999999999999999999", "0"),
        ("1.5e3", "1500"),
        ("1E+2", "100"),
        ("125e-1", "12.5"),
        ("0.1", "0.1"),
        ("1e-9", "0.000000001"),
        ("0.001e12", "1000000000"),
        ("10000000000000e-3", "10000000000"),
    ] {
        assert_eq!(
            Quantity::parse_json_number(text).unwrap().to_string(),
            canonical
        );
    }
    for text in [
        "", "-", "01", "-01", "00", "1.", ".1", "1e", "1e+", "1e1.0", "+1", "1 ", "\"1\"", "null",
    ] {
        assert_eq!(
            Quantity::parse_json_number(text),
            Err(QuantityError::NotADecimal),
            "{text:?}"
        );
    }
    for (text, fault) in [
        ("-1", QuantityError::Negative),
        ("-1e-400", QuantityError::Negative),
        ("1e15", QuantityError::TooLarge),
        ("1e99999999999999999999", QuantityError::TooLarge),
        ("1e-10", QuantityError::TooManyDecimals),
        ("1e-99999999999999999999", QuantityError::TooManyDecimals),
    ] {
        assert_eq!(Quantity::parse_json_number(text), Err(fault), "{text:?}");
    }
    let long = format!("0.{}1e3001", "0".repeat(3000));
    assert_eq!(Quantity::parse_json_number(&long), Ok(Quantity::ONE));
}

#[test]
fn arithmetic_is_checked() {
    let most = Quantity::from_scaled(i128::MAX);
    assert_eq!(most.checked_add(Quantity::from_scaled(1)), None);
    assert_eq!(
        Quantity::from_scaled(i128::MIN).checked_sub(Quantity::ONE),
        None
    );
    assert_eq!(
        Quantity::ZERO.checked_sub(Quantity::ONE),
        Some(Quantity::from_scaled(-1_000_000_000))
    );
    assert_eq!(most.round_up_to(Quantity::from_scaled(2)), None);
    assert_eq!(Quantity::ONE.round_up_to(Quantity::ZERO), None);
    assert_eq!(Quantity::ONE.round_up_to(Quantity::from_scaled(-1)), None);
}

proptest! {
    #[test]
    fn plain_strings_mean_what_their_digits_say(
        negative: bool, whole in "[0-9]{1,17}", fraction in proptest::option::of("[0-9]{1,5}0{0,3}[0-9]{0,4}"),
    ) {
        let mut text = whole.clone();
        if let Some(fraction) = &fraction {
            text = format!("{whole}.{fraction}");
        }
        let fraction = fraction.unwrap_or_default();
        prop_assert_eq!(Quantity::parse(&text), reference(false, &whole, &fraction));
        if negative {
            let expected = match reference(true, &whole, &fraction) {
                Ok(_) => Err(QuantityError::NotADecimal),
                refused => refused,
            };
            prop_assert_eq!(Quantity::parse(&format!("-{text}")), expected);
        }
    }

    #[test]
    fn json_numbers_mean_their_shifted_digits(
        negative: bool, whole in "0|[1-9][0-9]{0,16}", fraction in "[0-9]{1,12}",
        exponent in -24i32..24, plus: bool,
    ) {
        let sign = if negative { "-" } else { "" };
        let plus = if plus && exponent >= 0 { "+" } else { "" };
        let text = format!("{sign}{whole}.{fraction}e{plus}{exponent}");
        let (whole, fraction) = shift_point(&whole, &fraction, exponent);
        prop_assert_eq!(Quantity::parse_json_number(&text), reference(negative, &whole, &fraction));
    }

    #[test]
    fn excess_decimals_are_cut_or_rounded(
        whole in "0|[1-9][0-9]{0,15}|999999999999999", fraction in "[0-9]{1,14}|9{5,12}[4-6]?",
        exponent in -18i32..9, decimals in 0u32..=9, round: bool,
    ) {
        let excess = if round { ExcessDecimals::Round } else { ExcessDecimals::Cut };
        let expected = |whole: &str, fraction: &str| shortened(whole, fraction, decimals as usize, round);
        let plain = Quantity::parse_to(&format!("{whole}.{fraction}"), decimals, excess);
        prop_assert_eq!(plain, expected(&whole, &fraction));
        let json = format!("{whole}.{fraction}e{exponent}");
        let json = Quantity::parse_json_number_to(&json, decimals, excess);
        let (whole, fraction) = shift_point(&whole, &fraction, exponent);
        prop_assert_eq!(json, expected(&whole, &fraction));
    }

    #[test]
    fn any_text_is_read_alike_or_refused(text in "[-+0-9.eE ]{0,12}") {
        // Where both notations accept a text, they agree on it.
        if let (Ok(plain), Ok(json)) = (Quantity::parse(&text), Quantity::parse_json_number(&text)) {
            prop_assert_eq!(plain, json);
        }
    }

    #[test]
    fn display_is_canonical_and_exact(scaled: i128) {
        let text = Quantity::from_scaled(scaled).to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        prop_assert!(!fraction.ends_with('0') && !text.ends_with('.'));
        prop_assert!(whole.trim_start_matches('-').len() == 1 || !whole.trim_start_matches('-').starts_with('0'));
        prop_assert_eq!(format!("{whole}{fraction:0<9}").parse::<i128>().unwrap(), scaled);
    }

    #[test]
    fn what_is_displayed_is_read_back(scaled in 0..10i128.pow(24)) {
        let quantity = Quantity::from_scaled(scaled);
        prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
        prop_assert_eq!(Quantity::parse_json_number(&quantity.to_string()), Ok(quantity));
    }

    #[test]
    fn rounding_up_finds_the_next_multiple(scaled in -300i128..300, step in 1i128..40) {
        let rounded = Quantity::from_scaled(scaled).round_up_to(Quantity::from_scaled(step));
        let next = (-400i128..400).map(|k| k * step).find(|multiple| *multiple >= scaled);
        prop_assert_eq!(rounded.map(Quantity::scaled), next);
    }
}
