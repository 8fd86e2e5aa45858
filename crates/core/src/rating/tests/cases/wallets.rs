//! What wallets buy, hold, give back and let lapse.

use super::*;

/// In this order: *calls* 17 minutes a token, overage 0.02; *ai* 1.5 tokens a unit, overage
/// 0.25.
fn two_products() -> Case {
    let calls = per_token(line("calls", "0.02"), "17", from_wallet());
    let ai = tokens_each(line("ai", "0.25"), "1.5", from_wallet());
    let mut case = Case::new(vec![calls, ai]);
    case.base.wallets = vec![wallet("100", "0.10")];
    case.used(0, "calls", "850")
        .used(0, "ai", "20")
        .used(1, "calls", "170")
        .used(1, "ai", "10")
}

/// January: calls 850 (50 tokens), ai 20 (30 tokens): 20 left. February: calls 170 (10), ai 10
/// (15). In February calls take 10, ai gets 10 of 15; 5 tokens = 10/3 units × 0.25 = 0.8333.
#[test]
fn the_last_product_overflows_first() {
    let case = two_products();
    assert_eq!(case.charges(0), ["wallet tokens 10.00"]);
    assert_eq!(statement(&case.bill(0)), ["0", "100", "0", "80", "0", "20"]);
    let february = case.bill(1);
    assert_eq!(shown(&february.charges), ["overage ai 0.83"]);
    assert_eq!(statement(&february), ["20", "0", "0", "20", "0", "0"]);
    let step = &february.charges[0].steps[0];
    assert_eq!(
        (
            step.quantity.to_string().as_str(),
            step.price.to_string().as_str()
        ),
        ("10/3", "0.25")
    );
    assert_eq!(february.wallets[0].overage.to_string(), "5");
}

/// 51 minutes of February more are 3 tokens: calls take 13, ai 7; 8 tokens = 16/3 units →
/// 1.3333.
#[test]
fn late_usage_of_one_product_moves_the_other() {
    let case = two_products().used(1, "calls", "221");
    assert_eq!(case.charges(1), ["overage ai 1.33"]);
    // 340 minutes of January more are 20 tokens: nothing is left on 1 February. Calls
    // 221 × 0.02 = 4.42, ai 10 × 0.25.
    let case = case.used(0, "calls", "1190");
    assert_eq!(case.charges(0), ["wallet tokens 10.00"]);
    assert_eq!(case.charges(1), ["overage calls 4.42", "overage ai 2.50"]);
}

/// January 90. Late 25 of January: 115 − 100 = 15 × 0.25. February 20 × 0.25 from an empty
/// wallet; it would have been 10 × 0.25.
#[test]
fn late_usage_is_taken_from_what_would_be_left() {
    let case = Case::with_wallet().used(0, "ai", "90").used(1, "ai", "20");
    assert_eq!(case.charges(1), ["overage ai 2.50"]);
    let case = case.used(0, "ai", "115");
    assert_eq!(case.charges(0), ["overage ai 3.75", "wallet tokens 10.00"]);
    assert_eq!(case.charges(1), ["overage ai 5.00"]);
}

/// 100 a year, 40 from 10 May; February 70, May (the 5th) 8. In May 30 are left; of −60, 30 are
/// taken, and 30 were used already: wallet −60 × 0.10, ai (30 + 8) × 0.25.
#[test]
fn a_decrease_below_what_was_used_is_overage_of_its_period() {
    let case = Case::with_wallet()
        .decrease(Decrease::GivenBack)
        .refill(date(2026, 5, 10), "40")
        .used(1, "ai", "70")
        .used(4, "ai", "8");
    let may = case.bill(4);
    assert_eq!(
        shown(&may.charges),
        ["overage ai 9.50", "wallet tokens -6.00"]
    );
    assert_eq!(statement(&may), ["30", "0", "30", "0", "0", "0"]);
    assert_eq!(may.wallets[0].owed.to_string(), "30");
    // The step says which purchase it undoes.
    assert_eq!(may.charges[1].steps[0].undoes, Some(START));
    // Late 5 of February: 25 left, 35 used already: (35 + 8) × 0.25. The wallet stays.
    let case = case.used(1, "ai", "75");
    assert_eq!(case.charges(4), ["overage ai 10.75", "wallet tokens -6.00"]);
}

/// 100 at 0.10 in January, 120 at 0.30 from 20 April, 90 from 1 June: of the 30, 20 are given
/// back at 0.30 and 10 at 0.10. 95 were used: 100 − 95 + 20 = 25 were left, all are taken, and
/// 5 were used already.
#[test]
fn what_was_bought_last_is_given_back_first_at_its_price() {
    let mut case = Case::with_wallet()
        .decrease(Decrease::GivenBack)
        .used(0, "ai", "95");
    let mut april = amendment(date(2026, 4, 20));
    april.wallets = vec![WalletChange {
        term: None,
        ..wallet("120", "0.30")
    }];
    case.amendments.push(april);
    let case = case.refill(date(2026, 6, 1), "90");
    assert_eq!(case.charges(3), ["wallet tokens 6.00"]);
    let june = case.bill(5);
    // −20 × 0.30 − 10 × 0.10; 5 × 0.25.
    assert_eq!(
        shown(&june.charges),
        ["overage ai 1.25", "wallet tokens -7.00"]
    );
    let undone = june.charges[1].steps.iter().map(|step| step.undoes);
    let purchases = [Some(date(2026, 4, 20)), Some(START)];
    assert_eq!(undone.collect::<Vec<_>>(), purchases);
    assert_eq!(statement(&june), ["25", "0", "25", "0", "0", "0"]);
}

/// With 40 left of January's pot and 20 of April's, 50 of May come from January's first. What
/// is left of April's is then 10.
#[test]
fn pots_are_used_up_from_the_oldest_on() {
    let case = Case::with_wallet()
        .refill(date(2026, 4, 1), "120")
        .used(0, "ai", "60")
        .used(4, "ai", "50");
    let left = |number| {
        let closing = case.period(number).closing;
        let pots = closing.wallets["tokens"].iter();
        pots.map(|pot| pot.left.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(left(3), ["40", "20"]);
    assert_eq!(left(4), ["0", "10"]);
    assert_eq!(left(10), ["0", "10"]);
    // With the year it lapses, and nothing is handed on.
    let december = case.period(11);
    assert_eq!(statement(&december.bill), ["10", "0", "0", "0", "10", "0"]);
    assert!(december.closing.wallets.is_empty());
    assert_eq!(case.charges(12), ["wallet tokens 12.00"]);
}

/// 100 → 150 on the last day of March: 50 × 0.10, and they cover March from its first instant
/// on: 120 of March leave 30.
#[test]
fn an_increase_buys_the_whole_difference_from_the_first_instant_on() {
    let case = Case::with_wallet()
        .refill(date(2026, 3, 31), "150")
        .used(2, "ai", "120");
    let march = case.bill(2);
    assert_eq!(shown(&march.charges), ["wallet tokens 5.00"]);
    assert_eq!(statement(&march), ["100", "50", "0", "120", "0", "30"]);
}

/// 100 → 40 on 10 May. `next_year`: the 100 stay until December, and 40 are bought in January.
/// A rise to 110 in July buys 10.
#[test]
fn a_decrease_may_do_nothing_until_the_next_year() {
    let case = Case::with_wallet()
        .refill(date(2026, 5, 10), "40")
        .refill(date(2026, 7, 1), "110")
        .used(3, "ai", "70")
        .used(5, "ai", "30");
    assert_eq!(case.charges(4), Vec::<String>::new());
    assert_eq!(case.charges(5), Vec::<String>::new());
    assert_eq!(case.charges(6), ["wallet tokens 1.00"]);
    let case = Case::with_wallet().refill(date(2026, 5, 10), "40");
    assert_eq!(case.charges(12), ["wallet tokens 4.00"]);
}

#[test]
fn a_decrease_within_the_year_may_be_refused() {
    let at = |day| {
        let case = Case::with_wallet().decrease(Decrease::Refused);
        case.refill(day, "40").build().map(|_| ())
    };
    let refused = |day| {
        let product = "tokens".to_owned();
        Err(ContractError::DecreaseRefused { day, product })
    };
    assert_eq!(at(date(2026, 5, 10)), refused(date(2026, 5, 10)));
    assert_eq!(at(date(2026, 12, 1)), refused(date(2026, 12, 1)));
    assert_eq!(at(date(2027, 1, 1)), Ok(()));
    // More may be bought at any time.
    let case = Case::with_wallet().decrease(Decrease::Refused);
    assert!(case.refill(date(2026, 5, 10), "101").build().is_ok());
}

/// 10 a month at 0.10: January uses 4, February 9: 6 + 10 − 9 = 7 are left on 1 March.
fn by_period() -> Case {
    let mut case = Case::with_wallet();
    case.base.wallets = vec![WalletChange {
        term: Some(WalletTerm::Period),
        ..wallet("10", "0.10")
    }];
    case.used(0, "ai", "4").used(1, "ai", "9")
}

#[test]
fn pots_that_are_bought_by_period_add_up_until_the_year_ends() {
    let case = by_period();
    for number in 0..14 {
        assert_eq!(case.charges(number), ["wallet tokens 1.00"], "{number}");
    }
    assert_eq!(statement(&case.bill(1)), ["6", "10", "0", "9", "0", "7"]);
    // 12 × 10 − 13 lapse, of twelve pots.
    assert_eq!(
        statement(&case.bill(11)),
        ["97", "10", "0", "0", "107", "0"]
    );
    assert_eq!(statement(&case.bill(12)), ["0", "10", "0", "0", "0", "10"]);
}

/// From 11 May 4 a month. `given_back`: May buys 10 and gives back 6. `next_year`: 10 are bought
/// until December. From 15 June 12: June buys 2 more than it has bought, whichever it is.
#[test]
fn a_decrease_by_period_follows_the_setting() {
    let case = |decrease| {
        let case = by_period().decrease(decrease);
        let case = case.refill(date(2026, 5, 11), "4");
        case.refill(date(2026, 6, 15), "12")
    };
    let total = |case: &Case, number| case.bill(number).total.to_string();
    let given_back = case(Decrease::GivenBack);
    let steps = given_back.bill(4).charges[0].steps.clone();
    let steps = steps.iter().map(|step| step.quantity.to_string());
    assert_eq!(steps.collect::<Vec<_>>(), ["10", "-6"]);
    let totals = [4, 5, 6].map(|number| total(&given_back, number));
    assert_eq!(totals, ["0.40", "1.20", "1.20"]);
    let next_year = case(Decrease::NextYear);
    let totals = [4, 5, 6].map(|number| total(&next_year, number));
    assert_eq!(totals, ["1.00", "1.20", "1.20"]);
    // In July it has bought 12 in June, and goes on so when it falls to 5 in August.
    let next_year = next_year.refill(date(2026, 8, 1), "5");
    let totals = [7, 11, 12].map(|number| total(&next_year, number));
    assert_eq!(totals, ["1.20", "1.20", "0.50"]);
}

/// 100 in January, ended on 31 October, which was put in May; 70 are used until June, 5 in
/// October. An end is a decrease to nothing. `given_back`: −100 × 0.10; 30 are taken, 70 were
/// used already: (70 + 5) × 0.25 = 18.75. Otherwise 25 lapse.
#[test]
fn at_an_end_a_wallet_follows_the_setting() {
    let case = |decrease, known: &[(Date, Option<Date>)]| {
        let mut case = Case::with_wallet().decrease(decrease);
        case.end = Some(date(2026, 10, 31));
        case.known_ends = known.to_vec();
        let case = case.used(5, "ai", "70").used(9, "ai", "5");
        assert_eq!(case.charges(0), ["wallet tokens 10.00"]);
        case
    };
    let later = [(START, None), (date(2026, 5, 5), Some(date(2026, 10, 31)))];
    let given_back = case(Decrease::GivenBack, &later);
    assert_eq!(
        given_back.charges(9),
        ["overage ai 18.75", "wallet tokens -10.00"]
    );
    assert_eq!(
        statement(&given_back.bill(9)),
        ["30", "0", "30", "0", "0", "0"]
    );
    let kept = case(Decrease::NextYear, &later);
    assert_eq!(kept.charges(9), Vec::<String>::new());
    assert_eq!(statement(&kept.bill(9)), ["30", "0", "0", "5", "25", "0"]);
    assert!(kept.period(9).closing.wallets.is_empty());
    // What was bought up to an end that was known is not given back.
    let known = case(Decrease::GivenBack, &[]);
    assert_eq!(known.charges(9), Vec::<String>::new());
    assert_eq!(statement(&known.bill(9)), ["30", "0", "0", "5", "25", "0"]);
}

/// A contract that goes on after an end that was known has new pots.
#[test]
fn what_has_lapsed_with_an_end_is_bought_again_if_the_contract_goes_on() {
    let mut case = Case::with_wallet();
    case.end = Some(date(2027, 2, 28));
    case.known_ends = vec![
        (START, Some(date(2026, 10, 31))),
        (date(2026, 12, 5), Some(date(2027, 2, 28))),
    ];
    assert_eq!(statement(&case.bill(9)), ["100", "0", "0", "0", "100", "0"]);
    assert_eq!(case.charges(10), ["wallet tokens 10.00"]);
    // If it was prolonged before the end, the pot lasts as long as its year.
    case.known_ends[1].0 = date(2026, 10, 20);
    assert_eq!(
        statement(&case.bill(10)),
        ["100", "0", "0", "0", "0", "100"]
    );
    assert_eq!(case.charges(12), ["wallet tokens 10.00"]);
}

/// After the end it goes on from month to month, without a wallet: 7 × 0.25.
#[test]
fn after_the_end_there_is_no_wallet() {
    let mut case = Case::with_wallet().used(6, "ai", "7");
    case.end = Some(date(2026, 6, 30));
    case.settings.after_end = crate::contract::AfterEnd::MonthToMonth;
    assert_eq!(statement(&case.bill(5)), ["100", "0", "0", "0", "100", "0"]);
    let july = case.bill(6);
    assert_eq!(shown(&july.charges), ["overage ai 1.75"]);
    assert!(july.wallets.is_empty());
}

/// A ramp of three months: all usage is overage in it, if it is billed, and the wallet is
/// bought in April.
#[test]
fn a_wallet_is_bought_after_the_ramp() {
    let mut case = Case::with_wallet().used(0, "ai", "8").used(3, "ai", "8");
    case.base.ramp = RampChange {
        start: Some(START),
        end: Some(date(2026, 3, 31)),
        usage: Some(RampUsage::Billed),
    };
    assert_eq!(case.charges(0), ["overage ai 2.00"]);
    assert_eq!(case.charges(3), ["wallet tokens 10.00"]);
    assert_eq!(statement(&case.bill(3)), ["0", "100", "0", "8", "0", "92"]);
}

#[test]
fn developers_have_a_wallet_for_nothing_and_buy_it_when_they_pay() {
    let mut case = Case::with_wallet().used(0, "ai", "30").used(1, "ai", "1");
    case.base.subscription = Some(SubscriptionType::DevOrgMonthToMonth);
    let mut change = amendment(date(2026, 2, 1));
    change.subscription = Some(SubscriptionType::MonthToMonth);
    case.amendments = vec![change];
    assert_eq!(case.charges(0), ["wallet tokens 0.00"]);
    assert_eq!(statement(&case.bill(0)), ["0", "100", "0", "30", "0", "70"]);
    assert_eq!(case.charges(1), ["wallet tokens 10.00"]);
    assert_eq!(
        statement(&case.bill(1)),
        ["70", "100", "0", "1", "70", "99"]
    );
}

#[test]
fn an_internal_contract_shows_a_wallet_and_charges_nothing() {
    let mut case = Case::with_wallet().used(0, "ai", "130");
    case.base.subscription = Some(SubscriptionType::Inin);
    let bill = case.bill(0);
    assert_eq!(bill.total.to_string(), "0.00");
    assert_eq!(statement(&bill), ["0", "100", "0", "100", "0", "0"]);
    assert_eq!(bill.lines[0].overage.to_string(), "30");
}

/// 25 minutes are included in the seat; 10 × 17 + 25 minutes draw 10 tokens.
#[test]
fn only_what_is_beyond_commitment_and_allowance_is_drawn() {
    let mut calls = per_token(line("calls", "0.02"), "17", from_wallet());
    calls.prepay_quantity = Some(quantity("20"));
    calls.prepay_price = Some(price("0.01"));
    calls.allowance = Some(quantity("5"));
    let mut case = Case::new(vec![calls]);
    case.base.subscription = Some(SubscriptionType::PrepayMonthlyCommitment);
    case.base.wallets = vec![wallet("100", "0.10")];
    let case = case.used(0, "calls", "195").used(1, "calls", "24");
    assert_eq!(
        case.charges(0),
        ["commitment calls 0.20", "wallet tokens 10.00"]
    );
    assert_eq!(statement(&case.bill(0)), ["0", "100", "0", "10", "0", "90"]);
    assert_eq!(statement(&case.bill(1)), ["90", "0", "0", "0", "0", "90"]);
}

/// 0.25 until 10 January, 0.50 from the 11th on. 130 are used on the first day: the 30 that the
/// wallet does not hold cost 7.50, wherever the change is.
#[test]
fn what_overflows_is_priced_when_it_is_used() {
    let mut case = Case::with_wallet().used(0, "ai", "130");
    let mut change = amendment(date(2026, 1, 11));
    change.lines = vec![line("ai", "0.50")];
    case.amendments = vec![change];
    assert_eq!(case.charges(0), ["overage ai 7.50", "wallet tokens 10.00"]);
    // 80 until then, 50 after it: 20 are covered still, 30 × 0.50.
    let (contract, products) = (case.contract(), case.products());
    let period = contract.calendar().period(0).unwrap();
    let mut usage = case.usage(&contract, &period);
    let until = usage.until.get_mut(&date(2026, 1, 11)).unwrap();
    until.insert("ai".to_owned(), quantity("80"));
    let rated = rate(&State::default(), &contract, &period, &products, &usage).unwrap();
    assert_eq!(
        shown(&rated.bill.charges),
        ["overage ai 15.00", "wallet tokens 10.00"]
    );
}

#[test]
fn what_is_held_and_not_in_the_contract_is_an_error() {
    let case = Case::with_wallet();
    let opening = case.period(0).closing;
    let other = Case::new(vec![line("ai", "0.25")]);
    let (contract, products) = (other.contract(), other.products());
    let period = contract.calendar().period(1).unwrap();
    let rated = rate(&opening, &contract, &period, &products, &Usage::default());
    assert_eq!(rated, Err(RatingError::NotInContract("tokens".to_owned())));
    // So are units of a line.
    let purchase = Purchase {
        from: START,
        until: date(2026, 12, 31),
        quantity: Exact::whole(10),
        price: Exact::whole(20),
    };
    let opening = State {
        prepaid: BTreeMap::from([("seats".to_owned(), vec![purchase])]),
        ..State::default()
    };
    let rated = rate(&opening, &contract, &period, &products, &Usage::default());
    assert_eq!(rated, Err(RatingError::NotInContract("seats".to_owned())));
}

#[test]
fn within_a_year_a_wallet_needs_the_state_of_the_period_before() {
    let contract = Case::with_wallet().contract();
    let before = |number| {
        let period = contract.calendar().period(number).unwrap();
        State::before(&contract, &period)
    };
    assert_eq!(before(0), Some(State::default()));
    assert_eq!(before(1), None);
    // All pots have lapsed when a year begins.
    let opening = Case::with_wallet().period(11).closing;
    assert_eq!(before(12), Some(opening));
}
