//! The minimum, and what counts towards it.

use super::*;

/// *calls* at 1, minimum 120. January 80: shortfall 40. Late 50: 130, and none.
#[test]
fn late_usage_removes_a_shortfall() {
    let mut case = Case::new(vec![line("calls", "1")]);
    case.base.minimum = Some(quantity("120"));
    let case = case.used(0, "calls", "80");
    assert_eq!(case.charges(0), ["overage calls 80.00", "minimum - 40.00"]);
    let case = case.used(0, "calls", "130");
    assert_eq!(case.charges(0), ["overage calls 130.00"]);
}

/// A wallet of 100 at 0.10 is 10.00 for twelve months: 0.8333 a month, rounded 0.83. Minimum
/// 5.00: January and February lack 4.17, and 4.17 − 2.50 with 10 of overage.
#[test]
fn a_wallet_counts_with_the_share_of_the_period() {
    let mut case = Case::with_wallet().used(0, "ai", "100").used(1, "ai", "10");
    case.base.minimum = Some(quantity("5"));
    assert_eq!(case.charges(0), ["wallet tokens 10.00", "minimum - 4.17"]);
    assert_eq!(case.charges(1), ["overage ai 2.50", "minimum - 1.67"]);
    // 50 more in July for six months: 10.00 / 12 + 5.00 / 6 = 1.6667.
    let case = case.refill(date(2026, 7, 20), "150");
    assert_eq!(case.charges(6), ["wallet tokens 5.00", "minimum - 3.33"]);
    assert_eq!(case.charges(7), ["minimum - 3.33"]);
    // A product of a third party has no part in it.
    let mut case = case;
    case.third_party = vec!["tokens"];
    assert_eq!(case.charges(7), ["minimum - 5.00"]);
}

/// What is given back has no part in it, but in the share of its period on: 40 × 0.10 / 12 =
/// 0.3333.
#[test]
fn what_is_given_back_of_a_wallet_no_longer_counts() {
    let mut case = Case::with_wallet()
        .decrease(Decrease::GivenBack)
        .refill(date(2026, 5, 10), "40");
    case.base.minimum = Some(quantity("5"));
    assert_eq!(case.charges(3), ["minimum - 4.17"]);
    assert_eq!(case.charges(4), ["wallet tokens -6.00", "minimum - 4.67"]);
}

/// What is bought by period counts in its period: 10 × 0.10 of 5.00.
#[test]
fn a_wallet_by_period_counts_as_it_is_bought() {
    let mut case = Case::with_wallet();
    case.base.wallets[0].term = Some(WalletTerm::Period);
    case.base.wallets[0].quantity = Some(quantity("10"));
    case.base.minimum = Some(quantity("5"));
    for number in [0, 5, 11] {
        assert_eq!(
            case.charges(number),
            ["wallet tokens 1.00", "minimum - 4.00"]
        );
    }
}

/// Commitments of 3 × 6.665 a month for a year, and of 3 × 6.665: shares of 20.00 each (19.995
/// rounded by product), and the bill of a minimum of 100.00 comes to it.
#[test]
fn shares_are_rounded_by_product() {
    let seat = |product: &str| LineChange {
        prepay_quantity: Some(quantity("3")),
        prepay_price: Some(price("6.665")),
        ..line(product, "0")
    };
    let mut case = Case::new(vec![seat("a"), seat("b")]);
    case.base.subscription = Some(SubscriptionType::Prepay);
    case.base.minimum = Some(quantity("100"));
    assert_eq!(
        case.charges(0),
        [
            "prepayment a 239.94",
            "prepayment b 239.94",
            "minimum - 60.00"
        ]
    );
}
