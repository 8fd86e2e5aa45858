//! What is charged when a period begins, and what its close charges beyond it.

use super::*;

fn seats(units: &str, cost: &str) -> LineChange {
    LineChange {
        prepay_quantity: Some(quantity(units)),
        prepay_price: Some(price(cost)),
        ..line("seats", "30")
    }
}

/// `PREPAY` from 15 January.
fn prepay(units: &str, cost: &str) -> Case {
    let mut case = Case::new(vec![seats(units, cost)]);
    case.start = date(2026, 1, 15);
    case.base.subscription = Some(SubscriptionType::Prepay);
    case
}

fn from(mut case: Case, day: Date, units: &str) -> Case {
    let mut change = amendment(day);
    change.lines = vec![LineChange {
        product: "seats".to_owned(),
        prepay_quantity: Some(quantity(units)),
        ..LineChange::default()
    }];
    case.amendments.push(change);
    case
}

/// The advance of a period, and what its close charges beyond it.
fn advance_and_rest(before: &Case, after: &Case, number: u32) -> (Vec<String>, Vec<String>) {
    let opening = match number.checked_sub(1) {
        Some(earlier) => before.period(earlier).closing,
        None => State::default(),
    };
    let contract = before.contract();
    let period = contract.calendar().period(number).unwrap();
    let charged = advance(&opening, &contract, &period, &before.products()).unwrap();
    let rest = differences(&charged, &after.bill(number).charges).unwrap();
    let rest = rest.iter().map(|it| {
        let product = it.product.as_deref().unwrap_or("-");
        format!("{} {product} {}", it.kind, it.amount)
    });
    (shown(&charged), rest.collect())
}

/// 10 seats at 20 from 15 January: 2,400.00. 11 from 31 January; the period has 31 days:
/// 1 × 20 × (15/31 + 11) = 229.677…; whole 2,629.677… → 2,629.68 − 2,400.00.
#[test]
fn a_purchase_within_a_period_is_charged_beyond_its_advance() {
    let case = prepay("10", "20");
    let more = from(prepay("10", "20"), date(2026, 1, 31), "11");
    assert_eq!(more.charges(0), ["prepayment seats 2629.68"]);
    let (advance, rest) = advance_and_rest(&case, &more, 0);
    assert_eq!(advance, ["prepayment seats 2400.00"]);
    assert_eq!(rest, ["prepayment seats 229.68"]);
    // It makes no difference when it is known.
    let (advance, rest) = advance_and_rest(&more, &more, 0);
    assert_eq!(advance, ["prepayment seats 2400.00"]);
    assert_eq!(rest, ["prepayment seats 229.68"]);
}

/// 5 at 0.0334 for a year: 2.004 → 2.00. Then 6: whole 2.38756… → 2.39, beyond it 0.39; the
/// difference alone, 0.38356…, would be 0.38.
#[test]
fn nothing_is_rounded_twice() {
    let case = prepay("5", "0.0334");
    let more = from(prepay("5", "0.0334"), date(2026, 1, 31), "6");
    let (advance, rest) = advance_and_rest(&case, &more, 0);
    assert_eq!(advance, ["prepayment seats 2.00"]);
    assert_eq!(rest, ["prepayment seats 0.39"]);
}

/// What is given back on the first day of a period is no part of its advance, and what makes
/// no difference no row of its close.
#[test]
fn an_advance_holds_purchases_only() {
    let case = from(prepay("10", "20"), date(2026, 7, 15), "7").decrease(Decrease::GivenBack);
    let (advance, rest) = advance_and_rest(&case, &case, 6);
    assert_eq!(advance, Vec::<String>::new());
    // 3 × 20 × 6
    assert_eq!(rest, ["prepayment seats -360.00"]);
    let case = prepay("10", "20");
    let (advance, rest) = advance_and_rest(&case, &case, 0);
    assert_eq!((advance.len(), rest.len()), (1, 0));
    let (advance, rest) = advance_and_rest(&case, &case, 1);
    assert_eq!((advance.len(), rest.len()), (0, 0));
}

/// 10 at 20 from 1 April for a year: 2,400.00. Ended 31 December: 10 × 20 × 3 back.
#[test]
fn an_end_gives_back_in_its_period() {
    let mut case = prepay("10", "20").decrease(Decrease::GivenBack);
    case.start = date(2026, 4, 1);
    case.end = Some(date(2027, 3, 31));
    let (advance, rest) = advance_and_rest(&case, &case, 0);
    assert_eq!(advance, ["prepayment seats 2400.00"]);
    assert_eq!(rest, Vec::<String>::new());
    case.known_ends = vec![
        (case.start, case.end),
        (date(2026, 11, 20), Some(date(2026, 12, 31))),
    ];
    case.end = Some(date(2026, 12, 31));
    assert_eq!(case.charges(0), ["prepayment seats 2400.00"]);
    assert_eq!(case.charges(8), ["prepayment seats -600.00"]);
    assert_eq!(case.period(7).closing.paid_through, Some(date(2027, 3, 31)));
    assert_eq!(
        case.period(8).closing.paid_through,
        Some(date(2026, 12, 31))
    );
}

/// An end before the period drops it, and its advance is adjusted to nothing.
#[test]
fn the_advance_of_a_period_that_is_dropped_is_given_back() {
    let case = prepay("10", "20");
    let contract = case.contract();
    let period = contract.calendar().period(0).unwrap();
    let advance = advance(&State::default(), &contract, &period, &case.products()).unwrap();
    let rest = differences(&advance, &[]).unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].amount.to_string(), "-2400.00");
    assert_eq!(
        (&rest[0].before, rest[0].after.len()),
        (&advance[0].steps, 0)
    );
}

/// A wallet of 100 at 0.10 is charged when its year begins, and 50 that are added on the 20th
/// when the period closes.
#[test]
fn a_wallet_is_charged_in_advance() {
    let case = Case::with_wallet();
    let more = Case::with_wallet().refill(date(2026, 1, 20), "150");
    let (advance, rest) = advance_and_rest(&case, &more, 0);
    assert_eq!(advance, ["wallet tokens 10.00"]);
    assert_eq!(rest, ["wallet tokens 5.00"]);
    // A correction may take the wallet away: its advance is adjusted to nothing.
    let none = Case::new(vec![line("ai", "0.25")]).used(0, "ai", "2");
    let (_, rest) = advance_and_rest(&case, &none, 0);
    assert_eq!(rest, ["overage ai 0.50", "wallet tokens -10.00"]);
}

/// *calls* at 0.0137. 1,000 minutes: 13.70. 1,003: 13.7411 → +0.04. 1,003.2: 13.74384, no
/// difference. 1,003.3: 13.74521 → 13.75, +0.01.
#[test]
fn a_difference_is_of_rounded_amounts() {
    let at = |units| {
        let case = Case::new(vec![line("calls", "0.0137")]);
        case.used(0, "calls", units).bill(0).charges
    };
    let between = |before, after| {
        let differences = differences(&at(before), &at(after)).unwrap();
        let shown = differences.iter().map(|it| {
            let quantity = |steps: &[crate::rating::Step]| steps[0].quantity.to_string();
            (
                it.amount.to_string(),
                quantity(&it.before),
                quantity(&it.after),
            )
        });
        shown.collect::<Vec<_>>()
    };
    let difference = |amount: &str, before: &str, after: &str| {
        vec![(amount.to_owned(), before.to_owned(), after.to_owned())]
    };
    assert_eq!(between("1000", "1003"), difference("0.04", "1000", "1003"));
    assert_eq!(between("1003", "1003.2"), []);
    assert_eq!(
        between("1003", "1003.3"),
        difference("0.01", "1003", "1003.3")
    );
}

/// Ten seats from 15 January, two more from 15 July: the stack that is handed on, and the day
/// that it is paid through.
#[test]
fn a_state_holds_what_is_paid_ahead() {
    let case = from(prepay("10", "20"), date(2026, 7, 15), "12");
    let closing = case.period(6).closing;
    let stack = closing.prepaid["seats"].iter().map(|purchase| {
        let days = (purchase.from, purchase.until);
        (purchase.quantity.to_string(), days)
    });
    let ends = date(2027, 1, 14);
    let expected = [
        ("10".to_owned(), (date(2026, 1, 15), ends)),
        ("2".to_owned(), (date(2026, 7, 15), ends)),
    ];
    assert_eq!(stack.collect::<Vec<_>>(), expected);
    assert_eq!(closing.paid_through, Some(ends));
    let year_end = case.period(11).closing;
    assert!(year_end.prepaid.is_empty());
    assert_eq!(year_end.paid_through, Some(ends));
    assert_eq!(
        case.period(12).closing.paid_through,
        Some(date(2028, 1, 14))
    );
}

/// A stack that another contract hands over is held until the day that it is paid through,
/// then this one buys: 10 × 20 × (12 − 5 − 14/31) of its own year from 1 August.
#[test]
fn what_was_paid_elsewhere_is_bought_when_it_ends() {
    let mut case = prepay("10", "20");
    case.start = date(2026, 8, 1);
    let other = prepay("10", "20");
    let opening = other.period(5).closing;
    let (contract, products) = (case.contract(), case.products());
    let periods = (0..6).map(|number| contract.calendar().period(number).unwrap());
    let periods: Vec<_> = periods.map(|period| (period, Usage::default())).collect();
    let rated = rate_in_order(opening, &contract, &products, &periods);
    let totals = rated.iter().map(|it| it.bill.total.to_string());
    // January has 17 of 31 days left, then six months: 200 × (17/31 + 6) = 1,309.677…
    assert_eq!(
        totals.collect::<Vec<_>>(),
        ["0.00", "0.00", "0.00", "0.00", "0.00", "1309.68"]
    );
}

#[test]
fn kinds_have_names() {
    assert_eq!(ChargeKind::Wallet.to_string(), "wallet");
    assert_eq!("year".parse(), Ok(WalletTerm::Year));
    assert_eq!("period".parse(), Ok(WalletTerm::Period));
    assert!("month".parse::<WalletTerm>().is_err());
    for term in [WalletTerm::Year, WalletTerm::Period] {
        assert_eq!(term.to_string().parse(), Ok(term));
    }
}
