use proptest::prelude::*;

use super::*;

fn exact(numerator: i64, denominator: i64) -> Exact {
    Exact(Ratio::new(numerator.into(), denominator.into()))
}

#[test]
fn numbers_are_written_as_decimals_or_as_fractions() {
    for (number, text, decimal) in [
        (exact(0, 1), "0", "0"),
        (exact(25, 2), "12.5", "12.5"),
        (exact(-1, 8), "-0.125", "-0.125"),
        (exact(1250, 1), "1250", "1250"),
        (exact(1200, 31), "1200/31", "38.709677419"),
        (exact(-2, 3), "-2/3", "-0.666666667"),
        (exact(1, 2_000_000_000), "0.0000000005", "0.000000001"),
        (exact(-1, 2_000_000_000), "-0.0000000005", "-0.000000001"),
        (exact(1, 2_000_000_000_000), "1/2000000000000", "0"),
    ] {
        assert_eq!(number.to_string(), text);
        assert_eq!(number.to_decimal(), decimal);
    }
}

proptest! {
    #[test]
    fn a_number_is_read_as_it_is_written(
        numerator in any::<i64>(), denominator in prop_oneof![1i64.., Just(1), Just(1000), Just(31)],
    ) {
        let number = exact(numerator, denominator);
        prop_assert_eq!(number.to_string().parse(), Ok(number));
    }
}

#[test]
fn a_number_has_one_text() {
    for text in [
        "",
        "-",
        "+1",
        "01",
        "1.",
        ".5",
        "1.50",
        "-0",
        "1e2",
        "2/4",
        "1/2",
        "3/1",
        "1/0",
        "1/-3",
        "1_000",
        " 1",
        "0.0000000000001",
        "1/3/5",
    ] {
        let read = text.parse::<Exact>();
        assert_eq!(read, Err(UnreadableExact(text.to_owned())));
    }
}

#[test]
fn money_is_rounded_half_away_from_zero() {
    let minor = |number: &Exact, code: &str| {
        let money = number.to_money(code.parse().unwrap()).unwrap();
        money.minor()
    };
    assert_eq!(minor(&exact(1, 200), "USD"), 1);
    assert_eq!(minor(&exact(-1, 200), "USD"), -1);
    assert_eq!(minor(&exact(49, 10_000), "USD"), 0);
    assert_eq!(minor(&exact(1, 2), "JPY"), 1);
    assert_eq!(minor(&exact(5, 10_000), "KWD"), 1);
    assert_eq!(minor(&exact(2, 3), "KWD"), 667);
}

#[test]
fn packages_are_whole() {
    let size = Quantity::from_units(100);
    for (units, packages) in [(0, "0"), (1, "1"), (100, "1"), (101, "2")] {
        assert_eq!(Exact::whole(units).packages(size).to_string(), packages);
    }
}

proptest! {
    #[test]
    fn decimals_are_at_most_half_a_step_away(numerator: i64, denominator in 1..i64::MAX) {
        let number = exact(numerator, denominator);
        let decimal = number.to_decimal();
        let (negative, plain) = (decimal.starts_with('-'), decimal.trim_start_matches('-'));
        let read = Exact::from(Quantity::parse_json_number(plain).unwrap_or_default());
        if read.is_zero() && plain != "0" {
            return Ok(()); // beyond what a quantity can hold
        }
        let read = if negative { Exact::zero() - read } else { read };
        let step = exact(1, 2_000_000_000);
        prop_assert!(number.clone() - read.clone() <= step && read - number <= step);
    }
}

/// Numbers of about 63 bits, at which small numbers end.
fn numerators() -> impl Strategy<Value = i128> {
    let near = |middle: i128| (middle - 3)..(middle + 3);
    prop_oneof![
        -1_000_i128..1_000,
        near(i64::MAX.into()),
        near(i64::MIN.into()),
        any::<i128>().prop_map(|it| it / 4),
    ]
}

fn numbers() -> impl Strategy<Value = Ratio<BigInt>> {
    let denominators = prop_oneof![
        Just(1),
        1_i128..40,
        Just(1_000_000_000),
        Just(i64::MAX.into())
    ];
    let number =
        |(numerator, denominator): (i128, i128)| Ratio::new(numerator.into(), denominator.into());
    (numerators(), denominators).prop_map(number)
}

proptest! {
    #[test]
    fn small_numbers_are_calculated_with_as_large_ones(left in numbers(), right in numbers()) {
        let [a, b] = [&left, &right].map(|number| Exact(number.clone()));
        prop_assert_eq!((a.clone() + b.clone()).0, &left + &right);
        prop_assert_eq!((a.clone() - b.clone()).0, &left - &right);
        prop_assert_eq!((a.clone() * b.clone()).0, &left * &right);
        if right > Ratio::zero() {
            prop_assert_eq!(a.divided_by(b).0, &left / &right);
        }
    }

    #[test]
    fn scaled_numbers_are_reduced(scaled in any::<i128>(), decimals in 0_u32..13) {
        let expected = Ratio::new(scaled.into(), BigInt::from(10).pow(decimals));
        prop_assert_eq!(Exact::scaled(scaled, decimals).0, expected);
    }
}
