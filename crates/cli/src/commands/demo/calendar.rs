//! The days on which the contracts of the sample data begin and change.

use exchequer_core::Day;

/// A customer: its contract began some months and some days before today, so
/// that it has that many past periods, and that many days of the current one.
///
/// More than 24 days could, where short months move the start, reach into the
/// period before.
pub(super) struct Customer {
    /// The name of the customer in the catalog template.
    pub(super) name: &'static str,
    /// The id of its organisation.
    pub(super) organization: &'static str,
    months: u32,
    days: i32,
}

const fn customer(
    name: &'static str,
    organization: &'static str,
    months: u32,
    days: i32,
) -> Customer {
    Customer {
        name,
        organization,
        months,
        days,
    }
}

/// The customer that the demo prints in full.
pub(super) static ACME: Customer = customer("acme", "22222222-2222-4222-8222-222222222222", 3, 17);

/// The customer whose closed periods are adjusted and corrected.
pub(super) static FJORD: Customer = customer("fjord", "77777777-7777-4777-8777-777777777777", 3, 8);

/// All customers.
pub(super) static CUSTOMERS: [&Customer; 6] = [
    &ACME,
    &customer("borealis", "33333333-3333-4333-8333-333333333333", 4, 11),
    &customer("cedar", "44444444-4444-4444-8444-444444444444", 2, 20),
    &customer("dorado", "55555555-5555-4555-8555-555555555555", 1, 14),
    &customer("ember", "66666666-6666-4666-8666-666666666666", 1, 6),
    &FJORD,
];

impl Customer {
    /// Returns the first day of a period; period 0 begins the contract.
    pub(super) fn period(&self, number: u32, today: Day) -> Day {
        let began = Day::from_number(today.number() - self.days);
        let start = plus_months(began, -i64::from(self.months));
        plus_months(start, i64::from(number))
    }

    /// Returns the number of the period that contains today.
    pub(super) const fn current(&self) -> u32 {
        self.months
    }
}

/// Returns the same day of another month, or the last day of that month.
fn plus_months(day: Day, months: i64) -> Day {
    let (year, month, day_of_month) = day.ymd();
    let month = i64::from(year) * 12 + i64::from(month) - 1 + months;
    let (year, month) = (month.div_euclid(12) as i32, month.rem_euclid(12) as u32 + 1);
    let there = |day_of_month| Day::from_ymd(year, month, day_of_month);
    let found = (1..=day_of_month).rev().find_map(there);
    found.expect("every month of the years 0 to 9999 has a first day")
}

/// Returns a catalog with each `"{customer period offset}"` replaced by its day.
pub(super) fn fill(template: &str, today: Day) -> anyhow::Result<String> {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("= \"{") {
        let told = after.split_once("}\"");
        let filled = told.and_then(|(told, after)| Some((day(told, today)?, after)));
        let Some((day, after)) = filled else {
            anyhow::bail!("no such day in the sample data: {after:.20}");
        };
        text.push_str(&format!("{before}= {day}"));
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

fn day(told: &str, today: Day) -> Option<Day> {
    let mut words = told.split_whitespace();
    let name = words.next()?;
    let customer = CUSTOMERS.iter().find(|customer| customer.name == name)?;
    let first = customer.period(words.next()?.parse().ok()?, today);
    let offset = words.next().map_or(Ok(0), str::parse::<i32>).ok()?;
    Some(Day::from_number(first.number() + offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_in_the_current_period_on_every_day_of_the_calendar() {
        let first = Day::from_ymd(2023, 12, 31).unwrap().number();
        for today in (first..first + 1500).map(Day::from_number) {
            for customer in CUSTOMERS {
                let current = customer.current();
                let [start, next] = [current, current + 1].map(|n| customer.period(n, today));
                // A month that is too short may begin it up to three days earlier.
                let days = today.number() - start.number();
                let name = customer.name;
                assert!((0..=3).contains(&(days - customer.days)), "{name} {today}");
                assert!(today < next, "{name} {today}");
            }
        }
    }

    #[test]
    fn days_are_filled_in() {
        let today = Day::from_ymd(2026, 3, 30).unwrap();
        let filled = |text: &str| fill(text, today);
        assert_eq!(
            filled("start = \"{ember 0}\"\nend = \"{ember 12 -1}\"\n").unwrap(),
            "start = 2026-02-24\nend = 2027-02-23\n"
        );
        assert_eq!(filled("at = \"{cedar 3 +9}\"").unwrap(), "at = 2026-04-19");
        for bad in [
            "{zeta 0}",
            "{ember}",
            "{ember x}",
            "{ember 0 1d}",
            "{ember 0",
        ] {
            assert!(filled(&format!("at = \"{bad}\"")).is_err(), "{bad}");
        }
    }
}
