//! Closed periods that are rated again when usage arrives late.

use super::*;
use crate::closing::standing;
use crate::rating::{Difference, Step};

/// The charges of closed periods that stand, from the first period on.
struct Closed(Vec<Vec<Charge>>);

impl Closed {
    /// Closes the first periods.
    fn of(case: &Case, periods: u32) -> Self {
        let rated = case.fold(periods).into_iter();
        Self(rated.map(|rated| rated.bill.charges).collect())
    }

    /// Rates them again, and makes the differences to the charges that stand. Returns those of
    /// each.
    fn adjust(&mut self, case: &Case) -> Vec<Vec<String>> {
        let rated = (0..).zip(&mut self.0).map(|(number, stands)| {
            let charges = case.bill(number).charges;
            let differences = differences(stands, &charges).unwrap();
            *stands = standing(std::mem::take(stands), &differences).unwrap();
            // They then come to what is charged now.
            assert_eq!(amounts(stands), amounts(&charges));
            differences.iter().map(described).collect()
        });
        rated.collect()
    }
}

/// What charges come to, but for those that come to nothing.
fn amounts(charges: &[Charge]) -> Vec<String> {
    let mut shown = shown(charges);
    shown.retain(|it| !it.ends_with(" 0.00"));
    shown.sort();
    shown
}

fn described(it: &Difference) -> String {
    let product = it.product.as_deref().unwrap_or("-");
    let steps = |steps: &[Step]| -> Vec<String> {
        steps.iter().map(|it| it.quantity.to_string()).collect()
    };
    let (before, after) = (steps(&it.before), steps(&it.after));
    let steps = format!("{} for {}", after.join(" + "), before.join(" + "));
    format!("{} {product} {}: {steps}", it.kind, it.amount)
}

/// *calls* at 0.0137. The steps that are reversed are those of the row before, and not those
/// of a rating that made no row: 1,003.3 for 1,003, not for 1,003.2.
#[test]
fn what_makes_no_difference_leaves_the_steps() {
    let used = |units| Case::new(vec![line("calls", "0.0137")]).used(0, "calls", units);
    let mut closed = Closed::of(&used("1000"), 1);
    let late = closed.adjust(&used("1003"));
    assert_eq!(late, [["overage calls 0.04: 1003 for 1000"]]);
    let silent = closed.adjust(&used("1003.2"));
    assert_eq!(silent, [Vec::<String>::new()]);
    let late = closed.adjust(&used("1003.3"));
    assert_eq!(late, [["overage calls 0.01: 1003.3 for 1003"]]);
}

/// A wallet of 100. January 90: 10 are left. February 20: 10 × 0.25 = 2.50. Late 25 of
/// January: 15 × 0.25 = 3.75 in January, and all 20 of February: 5.00.
#[test]
fn late_usage_of_one_period_moves_the_next() {
    let used = |january| {
        let case = Case::with_wallet().used(0, "ai", january);
        case.used(1, "ai", "20")
    };
    let mut closed = Closed::of(&used("90"), 2);
    let late = closed.adjust(&used("115"));
    let rows = [["overage ai 3.75: 15 for "], ["overage ai 2.50: 20 for 10"]];
    assert_eq!(late, rows);
    // A void of what came late takes both back.
    let back = closed.adjust(&used("90"));
    let rows = [
        ["overage ai -3.75:  for 15"],
        ["overage ai -2.50: 10 for 20"],
    ];
    assert_eq!(back, rows);
}
