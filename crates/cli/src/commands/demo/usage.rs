//! The usage events of the sample data: day by day, from the start of each
//! contract until now. Two runs on the same day make the same events.

use std::ops::Range;

use exchequer_client::UsageEvent;
use exchequer_core::{Day, Instant, MICROS_PER_SECOND};
use exchequer_types::dates;
use serde_json::json;

use super::calendar::Customer;
use super::habits::{self, Amount, Habit};

const HOUR: u64 = 3600;

/// Returns every event up to now that is sent in time.
pub(super) fn events(now: Instant) -> anyhow::Result<Vec<UsageEvent>> {
    let mut events = Vec::new();
    for series in all(now.day())?.filter(|series| series.habit.late.is_none()) {
        series.collect_until(now, &mut events);
    }
    Ok(events)
}

/// Returns the events that are sent only after their period is closed.
pub(super) fn late(now: Instant) -> anyhow::Result<Vec<UsageEvent>> {
    let mut events = Vec::new();
    for series in all(now.day())? {
        if let Some(late) = series.habit.late {
            let first = series.customer.period(late.period, now.day());
            let day = Day::from_number(first.number() + late.day);
            events.extend(series.on(day, 0..series.habit.a_day, now));
        }
    }
    Ok(events)
}

/// The events of one habit.
struct Series {
    /// Tells the habit from all others.
    place: u64,
    customer: &'static Customer,
    habit: Habit,
    /// The first day of the contract.
    first: Day,
}

fn all(today: Day) -> anyhow::Result<impl Iterator<Item = Series>> {
    let habits = (0..).zip(habits::load()?);
    Ok(habits.map(move |(place, (customer, habit))| Series {
        place,
        customer,
        habit,
        first: customer.period(0, today),
    }))
}

impl Series {
    /// Adds the events of all days until now.
    fn collect_until(&self, now: Instant, events: &mut Vec<UsageEvent>) {
        let mut count = 0;
        let days = self.first.number()..=now.day().number();
        for day in days.map(Day::from_number) {
            let several = events_on(day, self.habit.a_day);
            events.extend(self.on(day, count..count + several, now));
            count += several;
        }
    }

    /// Returns the events of a day, of which these are the numbers, without those to come.
    fn on(&self, day: Day, numbers: Range<u64>, now: Instant) -> impl Iterator<Item = UsageEvent> {
        let Self { place, habit, .. } = self;
        let age = u64::from(day.number().abs_diff(self.first.number()));
        let several = numbers.end - numbers.start;
        (0..).zip(numbers).filter_map(move |(nth, count)| {
            // Place, age and number make each draw another, on every run the same.
            let draw = mix((place << 48) | (age << 16) | nth);
            // Spread evenly, with some minutes of noise.
            let second = habit.opens * HOUR + habit.hours * HOUR * nth / several + draw % 900;
            let moment = Moment {
                start: after(day.start(), second),
                age,
                count,
                draw,
            };
            event(self.customer, habit, &moment, now)
        })
    }
}

/// The time of an event, and the number that tells it from others.
struct Moment {
    start: Instant,
    /// Days since the contract began.
    age: u64,
    /// The number of events before this one.
    count: u64,
    draw: u64,
}

/// Returns the event, unless it is still to come; a session is told when it is over.
fn event(customer: &Customer, habit: &Habit, moment: &Moment, now: Instant) -> Option<UsageEvent> {
    let quantity = habit
        .amount
        .as_ref()
        .map(|amount| (amount, quantity(amount, moment)));
    let lasts = match quantity {
        Some((amount, seconds)) if amount.field == "seconds" => seconds,
        _ => 0,
    };
    if after(moment.start, lasts) > now {
        return None;
    }
    Some(UsageEvent {
        id: format!("{}-{:05}", habit.r#type, moment.count),
        source: format!("/{}", habit.source.as_deref().unwrap_or(customer.name)),
        r#type: habit.r#type.clone(),
        subject: match &habit.subject {
            Some(subject) => subject.clone(),
            None => person(customer, turn(habit, moment)),
        },
        time: dates::format(moment.start.micros()),
        organization: Some(customer.organization.to_owned()),
        data: quantity
            .map(|(amount, scaled)| json!({ &amount.field: decimal(scaled, amount.decimals) })),
        ..UsageEvent::default()
    })
}

/// Returns the number of events on a day: at weekends a third of that on others.
fn events_on(day: Day, a_day: u64) -> u64 {
    // 1970-01-01 was a Thursday.
    match (day.number() + 4).rem_euclid(7) {
        0 | 6 => a_day.div_ceil(3),
        _ => a_day,
    }
}

fn quantity(amount: &Amount, moment: &Moment) -> u64 {
    amount.least + amount.grows * moment.age + moment.draw % (amount.most - amount.least + 1)
}

/// Returns whose turn it is, so that everybody is seen within some days.
fn turn(habit: &Habit, moment: &Moment) -> u64 {
    let people = habit.people + moment.age / habit.join;
    habit.after + moment.count % people
}

fn person(customer: &Customer, number: u64) -> String {
    const GIVEN: [&str; 16] = [
        "ada", "ben", "cleo", "dan", "eve", "finn", "gus", "hana", "ida", "jon", "kim", "leo",
        "mia", "noa", "oz", "pia",
    ];
    const FAMILY: [&str; 16] = [
        "abel", "bauer", "costa", "dahl", "engel", "fox", "grant", "hill", "ito", "jones", "king",
        "lund", "moss", "nolan", "olsen", "park",
    ];
    let [given, family] = [number % 16, (number + number / 16) % 16].map(|place| place as usize);
    let (given, family) = (GIVEN[given], FAMILY[family]);
    format!("{given}.{family}@{}.example", customer.name)
}

/// Returns an integer as a decimal number with so many decimals.
fn decimal(scaled: u64, decimals: usize) -> String {
    let digits = format!("{scaled:0width$}", width = decimals + 1);
    match digits.split_at(digits.len() - decimals) {
        (whole, "") => whole.to_owned(),
        (whole, fraction) => format!("{whole}.{fraction}"),
    }
}

fn after(instant: Instant, seconds: u64) -> Instant {
    let micros = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(MICROS_PER_SECOND));
    let later = micros.and_then(|micros| instant.checked_add_micros(micros));
    // All times of the sample data are within a day of its own days.
    later.expect("the sample data has no times that far away")
}

/// Spreads numbers that lie close together (the finaliser of SplitMix64).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::commands::demo::calendar::{ACME, FJORD};
    use crate::commands::demo::tests::charged::{WALLET, quantity};

    /// The tokens of the events that are in a period.
    fn tokens(events: &[UsageEvent], period: u32, today: Day) -> u64 {
        let [from, to] = [period, period + 1].map(|it| FJORD.period(it, today).to_string());
        quantity(events, [&from, &to], "assistant.turn")
    }

    #[test]
    fn some_thousand_events_each_once_and_none_of_the_future() {
        for (month, day) in [(1, 31), (2, 28), (7, 1), (12, 31)] {
            let midnight = Day::from_ymd(2026, month, day).unwrap().start();
            for hour in [0, 12, 23] {
                let now = after(midnight, hour * HOUR);
                let events = events(now).unwrap();
                assert!((6_000..12_000).contains(&events.len()), "{}", events.len());
                let ids: HashSet<_> = events.iter().map(|of| (&of.source, &of.id)).collect();
                assert_eq!(ids.len(), events.len());
                let latest = events.iter().map(|of| &of.time).max().unwrap();
                assert!(*latest <= dates::format(now.micros()));
            }
        }
    }

    /// What comes late of the second period must still be in the wallet there, and all of it
    /// must be missing in the third.
    #[test]
    fn late_tokens_cascade_on_every_day_of_the_calendar() {
        let first = Day::from_ymd(2026, 1, 1).unwrap().number();
        for today in (first..first + 1100).map(Day::from_number) {
            let now = today.start();
            let mut events = Vec::new();
            let is_fjord = |series: &Series| series.customer.name == FJORD.name;
            for series in all(today).unwrap().filter(is_fjord) {
                if series.habit.amount.is_some() && series.habit.late.is_none() {
                    series.collect_until(now, &mut events);
                }
            }
            let used = [0, 1, 2].map(|period| tokens(&events, period, today));
            let [before, all] = [used[0] + used[1], used.iter().sum()];
            let sent_late = late(now).unwrap();
            assert_eq!(sent_late.len(), 45, "{today}");
            let late = tokens(&sent_late, 1, today);
            assert!((30_000..=50_000).contains(&late), "{late} on {today}");
            assert!(before + late < WALLET, "{before} + {late} on {today}");
            assert!(all > WALLET, "{all} on {today}");
        }
    }

    #[test]
    fn people_have_names_of_their_own() {
        let names: HashSet<_> = (0..256).map(|number| person(&ACME, number)).collect();
        assert_eq!(names.len(), 256);
    }

    #[test]
    fn decimals_are_written_in_full() {
        let written = [decimal(5, 2), decimal(1234, 1), decimal(7, 0)];
        assert_eq!(written, ["0.05", "123.4", "7"]);
    }
}
