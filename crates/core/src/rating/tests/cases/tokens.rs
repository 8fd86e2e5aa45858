//! Conversion of units into tokens of another line.

use super::*;

fn into_tokens() -> ConversionTarget {
    ConversionTarget::Line("tokens".to_owned())
}

/// *calls* 17 minutes a token, *copilot* 40 tokens a user, and tokens at 1.00 beyond 250 that are
/// free. The features have a price that is never charged.
fn case() -> Case {
    let calls = per_token(line("calls", "9"), "17", into_tokens());
    let copilot = tokens_each(line("copilot", "9"), "40", into_tokens());
    let mut tokens = line("tokens", "1.00");
    tokens.allowance = Some(quantity("250"));
    let mut case = Case::new(vec![calls, copilot, tokens]);
    case.levels = vec!["copilot"];
    case
}

/// 5 users are 200 tokens, 1,000 minutes 1000/17 = 58.8235: 8.8235 × 1.00 beyond 250.
#[test]
fn features_are_charged_as_tokens_exactly() {
    let case = case().used(0, "calls", "1000").used(0, "copilot", "5");
    let bill = case.bill(0);
    assert_eq!(shown(&bill.charges), ["overage tokens 8.82"]);
    let steps = &bill.charges[0].steps;
    // 200 + 1000/17 − 250 = 150/17
    assert_eq!(steps[0].quantity.to_string(), "150/17");
    let [calls, copilot, tokens] = [0, 1, 2].map(|at| &bill.lines[at]);
    assert_eq!(tokens.usage.to_string(), "4400/17");
    let converted = calls.converted.as_ref().unwrap();
    assert_eq!(converted.tokens.to_string(), "1000/17");
    assert!(calls.overage.is_zero() && copilot.overage.is_zero());
}

/// 100 minutes are free for each user, and only what is beyond is converted: 500 free, 170 are
/// 10 tokens.
#[test]
fn what_is_free_of_a_feature_is_no_token() {
    let mut case = case().used(0, "calls", "670").used(0, "copilot", "5");
    case.base.lines[0].fair_use = Some(vec![crate::contract::FairUse {
        licence: "copilot".to_owned(),
        amount: quantity("100"),
    }]);
    let bill = case.bill(0);
    // 200 + 10 are below 250.
    assert_eq!(bill.lines[2].usage.to_string(), "210");
    assert_eq!(shown(&bill.charges), Vec::<String>::new());
}

/// Tokens draw from a wallet like any product: 258.8235 − 250 = 8.8235 of 100.
#[test]
fn a_token_line_may_draw_from_a_wallet() {
    let mut case = case().used(0, "calls", "1000").used(0, "copilot", "5");
    let rate = ConversionRate::TokensPerUnit(Quantity::ONE);
    let target = from_wallet();
    case.base.lines[2].conversion = Some(Conversion { target, rate });
    case.base.wallets = vec![wallet("100", "0.10")];
    let bill = case.bill(0);
    assert_eq!(shown(&bill.charges), ["wallet tokens 10.00"]);
    assert_eq!(bill.wallets[0].consumption.to_string(), "150/17");
    // February has another 250 for nothing, and what is left: 7 × 40 − 250 = 30.
    let case = case.used(1, "copilot", "7");
    assert_eq!(case.bill(1).wallets[0].consumption.to_string(), "30");
}

/// Tokens at 1.00 until 10 January and 2.00 from the 11th on, none are free. 170 minutes are 10
/// tokens, 5 of them until then; the 40 of a user are there on the first day.
#[test]
fn tokens_that_come_about_later_have_the_later_price() {
    let mut case = case().used(0, "calls", "170").used(0, "copilot", "1");
    case.base.lines[2].allowance = None;
    let mut change = amendment(date(2026, 1, 11));
    change.lines = vec![line("tokens", "2.00")];
    case.amendments = vec![change];
    let (contract, products) = (case.contract(), case.products());
    let period = contract.calendar().period(0).unwrap();
    let mut usage = case.usage(&contract, &period);
    let until = usage.until.get_mut(&date(2026, 1, 11)).unwrap();
    until.insert("calls".to_owned(), quantity("85"));
    // A level that rises only after it has had its price from the first day on.
    until.insert("copilot".to_owned(), Quantity::ZERO);
    let rated = rate(&State::default(), &contract, &period, &products, &usage).unwrap();
    // 45 × 1.00 + 5 × 2.00
    assert_eq!(shown(&rated.bill.charges), ["overage tokens 55.00"]);
}

/// An allowance is granted for a period, however short it is: the fixed one and that for each
/// licence. 10 days of January: 5 users × 100 + 250 = 750 are free.
#[test]
fn allowances_do_not_weigh_in_a_short_period() {
    let mut calls = line("calls", "0.02");
    calls.allowance = Some(quantity("250"));
    calls.fair_use = Some(vec![crate::contract::FairUse {
        licence: "seats".to_owned(),
        amount: quantity("100"),
    }]);
    let mut case = Case::new(vec![calls, line("seats", "30")]);
    case.levels = vec!["seats"];
    case.end = Some(date(2026, 1, 10));
    let case = case.used(0, "calls", "760").used(0, "seats", "5");
    assert_eq!(
        case.charges(0),
        ["overage calls 0.20", "overage seats 150.00"]
    );
    // A fixed one that an amendment changes within a period weighs by days: 5 days of 250 and
    // 5 of 350 are 300 of 10 days, so 800 are free and 10 are beyond.
    let mut change = amendment(date(2026, 1, 6));
    change.lines = vec![LineChange {
        product: "calls".to_owned(),
        allowance: Some(quantity("350")),
        ..LineChange::default()
    }];
    let mut case = case.used(0, "calls", "810");
    case.amendments = vec![change];
    assert_eq!(
        case.charges(0),
        ["overage calls 0.20", "overage seats 150.00"]
    );
}
