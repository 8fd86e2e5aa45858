//! A bill as one would make it with much time and little thought: day by day
//! and unit by unit, in fractions of 128 bits.

use std::collections::BTreeMap;

use jiff::civil::Date;
use num_rational::Ratio;

use super::world::World;
use crate::contract::{
    AfterEnd, LineChange, Overage, RampUsage, ShortPeriodOverage, SubscriptionType as Type, Tier,
    TierMode,
};
use crate::money::Price;
use crate::quantity::Quantity;

type R = Ratio<i128>;

/// Kind, product and minor units of each charge of a period.
type Charged = Vec<(String, Option<String>, i128)>;

fn quantity(quantity: Quantity) -> R {
    R::new(quantity.scaled(), 1_000_000_000)
}

fn money(price: Price) -> R {
    R::new(price.scaled(), 1_000_000_000_000)
}

fn tomorrow(day: Date) -> Date {
    day.tomorrow().unwrap()
}

/// The terms of a day, found by reading everything again.
struct OnDay {
    subscription: Type,
    ramp: Option<RampUsage>,
    minimum: Option<Quantity>,
    lines: Vec<LineChange>,
}

fn on(world: &World, day: Date) -> OnDay {
    let ramp = world.base.ramp;
    let in_ramp =
        ramp.start.is_some_and(|start| start <= day) && ramp.end.is_some_and(|end| day <= end);
    let mut state = OnDay {
        subscription: world.base.subscription.unwrap(),
        ramp: in_ramp.then(|| ramp.usage.unwrap()),
        minimum: world.base.minimum,
        lines: world.base.lines.clone(),
    };
    let mut amendments: Vec<_> = world.amendments.iter().collect();
    amendments.sort_by_key(|amendment| amendment.effective);
    for amendment in amendments.into_iter().filter(|it| it.effective <= day) {
        state.subscription = amendment.subscription.unwrap_or(state.subscription);
        state.minimum = amendment.minimum.or(state.minimum);
        for change in &amendment.lines {
            let line = state
                .lines
                .iter_mut()
                .find(|line| line.product == change.product);
            let line = line.unwrap();
            line.prepay_quantity = change.prepay_quantity.or(line.prepay_quantity);
            line.prepay_price = change.prepay_price.or(line.prepay_price);
            line.overage = change.overage.clone().or(line.overage.take());
            line.allowance = change.allowance.or(line.allowance);
            line.fair_use = change.fair_use.clone().or(line.fair_use.take());
        }
    }
    if day > world.end.unwrap() {
        // From month to month: no commitment, no minimum, no ramp.
        state.ramp = None;
        state.minimum = None;
        state.subscription = match state.subscription {
            Type::Inin => Type::Inin,
            other if is_developer(other) => Type::DevOrgMonthToMonth,
            _ => Type::MonthToMonth,
        };
        for line in &mut state.lines {
            line.prepay_quantity = None;
        }
    }
    state
}

/// Returns true if a period begins on a day: it is the anchor's day of the month, or
/// the last of a month that has no such day.
fn is_anchor(world: &World, day: Date) -> bool {
    let anchor = world.start.day();
    day.day() == anchor || (anchor > day.days_in_month() && day.day() == day.days_in_month())
}

/// The days of each period, also of some after the end if the contract goes on.
pub(super) fn periods(world: &World) -> Vec<Vec<Date>> {
    let mut periods: Vec<Vec<Date>> = Vec::new();
    let mut day = world.start;
    let (mut last, mut more) = (world.end.unwrap(), 0);
    if world.settings.after_end == AfterEnd::MonthToMonth {
        more = 3;
    }
    while day <= last {
        if day == last && more > 0 {
            // Up to the day before the next anchor.
            last = tomorrow(last);
            while !is_anchor(world, tomorrow(last)) {
                last = tomorrow(last);
            }
            more -= 1;
        }
        if is_anchor(world, day) {
            periods.push(Vec::new());
        }
        periods.last_mut().unwrap().push(day);
        day = tomorrow(day);
    }
    periods
}

/// Returns the share of a period that a day is.
fn weight(world: &World, first: Date) -> R {
    let mut days = 1;
    let mut day = tomorrow(first);
    while !is_anchor(world, day) {
        days += 1;
        day = tomorrow(day);
    }
    R::new(1, days)
}

fn committed(world: &World, at: usize, day: Date) -> R {
    quantity(on(world, day).lines[at].prepay_quantity.unwrap_or_default())
}

fn is_developer(subscription: Type) -> bool {
    subscription.to_string().starts_with("DEV_ORG")
}

fn is_annual(subscription: Type) -> bool {
    matches!(subscription, Type::Prepay | Type::DevOrgPrepay)
}

/// The minor units of an exact amount, halves away from zero.
fn round(world: &World, amount: R) -> i128 {
    let one: i128 = match world.currency {
        "JPY" => 1,
        "USD" => 100,
        _ => 1000,
    };
    let scaled = amount * one;
    let (whole, rest) = (scaled.trunc().to_integer(), scaled.fract());
    if rest >= R::new(1, 2) {
        whole + 1
    } else if rest <= R::new(-1, 2) {
        whole - 1
    } else {
        whole
    }
}

/// Returns the number of packages of a size that units take.
fn times(units: R, size: R) -> R {
    let mut count = R::from_integer(0);
    while count * size < units {
        count += 1;
    }
    count
}

/// The cost of the overage from `before` to `until`, of `all` that there is in the
/// period.
fn cost(before: R, until: R, all: R, bundle: R, overage: &Overage) -> R {
    match overage {
        Overage::Flat(price) if bundle > R::from_integer(1) => {
            (times(until, bundle) - times(before, bundle)) * money(*price)
        }
        Overage::Flat(price) => (until - before) * money(*price),
        Overage::Tiers(TierMode::Graduated, tiers) => {
            graduated(until, tiers) - graduated(before, tiers)
        }
        Overage::Tiers(TierMode::Volume, tiers) => {
            reached(until - before, (before, until), all, tiers)
        }
        Overage::Tiers(TierMode::Package(size), tiers) => {
            let size = quantity(*size);
            let packages = times(until, size) - times(before, size);
            reached(packages, (before, until), all, tiers)
        }
    }
}

fn flat(tier: &Tier) -> R {
    tier.flat.map_or(R::from_integer(0), money)
}

/// Unit after unit; borders are whole.
fn graduated(units: R, tiers: &[Tier]) -> R {
    let mut cost = R::from_integer(0);
    let mut seen = 0;
    let mut unit = R::from_integer(0);
    while unit < units {
        let piece = (units - unit).min(R::from_integer(1));
        let at = tiers
            .iter()
            .position(|tier| tier.up_to.is_none_or(|border| unit < quantity(border)))
            .unwrap();
        while seen <= at {
            cost += flat(&tiers[seen]);
            seen += 1;
        }
        cost += piece * money(tiers[at].price);
        unit += 1;
    }
    cost
}

/// All at the price of the tier that `all` reaches, and its flat amount on the day on
/// which the units reach it.
fn reached(count: R, (before, until): (R, R), all: R, tiers: &[Tier]) -> R {
    let mut below = R::from_integer(0);
    for tier in tiers {
        match tier.up_to.map(quantity) {
            Some(border) if border < all => below = border,
            _ => {
                let on_this_day = before <= below && below < until;
                let flat = if on_this_day {
                    flat(tier)
                } else {
                    R::from_integer(0)
                };
                return count * money(tier.price) + flat;
            }
        }
    }
    unreachable!("the last tier has no border");
}

/// Returns the last day for which something was bought in a period: the end that was known
/// when the period was over. If that lies before the period, the contract was prolonged.
fn bought_until(world: &World, days: &[Date]) -> Date {
    // Nothing is bought beyond the contract year.
    let ever = Date::MAX;
    let end = world.end.unwrap();
    match world.before {
        Some((before, said)) if *days.last().unwrap() < said => {
            let before = before.unwrap_or(ever);
            if before < days[0] { end } else { before }
        }
        _ => end,
    }
}

/// Returns the commitment that is bought for the rest of the year, day by day: the charge
/// of the period (if anything is bought in it), and its share of all there was.
fn prepaid(world: &World, number: usize, at: usize) -> (Option<R>, R) {
    let (actual, zero) = (periods(world), R::from_integer(0));
    // As if the contract had no end: what was bought may reach beyond it.
    let mut endless = world.clone();
    endless.end = Some(tomorrow(world.end.unwrap()) + jiff::Span::new().days(800));
    let endless = periods(&endless);
    let (mut charge, mut share) = (None, zero);
    // The price of each unit that is held and the last day that it is paid for, in the
    // order of buying.
    let mut held: Vec<(R, Date)> = Vec::new();
    let mut before = None;
    let year = number - number % 12;
    for (now, days) in actual.iter().enumerate().take(number + 1).skip(year) {
        let first = on(world, days[0]);
        let prepaid = is_annual(first.subscription) && first.ramp.is_none();
        let prepaid = prepaid.then_some(first.subscription);
        if prepaid != before {
            held.clear();
        }
        before = prepaid;
        if prepaid.is_none() {
            continue;
        }
        for day in days {
            let price = match is_developer(first.subscription) {
                true => zero,
                false => money(on(world, *day).lines[at].prepay_price.unwrap()),
            };
            let left = |periods: &[Vec<Date>], until: Date| {
                let parts = periods.iter().map(|days| {
                    let counted = days.iter().filter(|it| *day <= **it && **it <= until);
                    weight(world, days[0]) * R::from_integer(counted.count() as i128)
                });
                parts.fold(zero, |sum, part| sum + part)
            };
            // The rest of the year, and the part of the period in question, up to a day.
            let mut parts: BTreeMap<Date, (R, R)> = BTreeMap::new();
            held.retain(|(_, until)| day <= until);
            // Unit by unit: commitments are whole.
            let wanted = committed(world, at, *day);
            let mut changed = false;
            let mut bought = zero;
            while R::from_integer(held.len() as i128) != wanted {
                changed = true;
                let (value, until) = if R::from_integer(held.len() as i128) < wanted {
                    let until = bought_until(world, days);
                    held.push((price, until));
                    (price, until)
                } else {
                    let (paid, until) = held.pop().unwrap();
                    (-paid, until)
                };
                let (rest, part) = *parts.entry(until).or_insert_with(|| {
                    let rest = left(&endless[now..year + 12], until);
                    (rest, left(&actual[number..=number], until))
                });
                bought += value * rest;
                share += value * part;
            }
            if changed && now == number {
                charge = Some(charge.unwrap_or(zero) + bought);
            }
        }
    }
    (charge, share)
}

/// A period, with what the rules for one line need of it.
struct InPeriod<'a> {
    world: &'a World,
    number: u32,
    days: Vec<Date>,
    /// The share of a whole period that a day is.
    weight: R,
    first: OnDay,
}

impl InPeriod<'_> {
    /// What each day says of a quantity.
    fn said(&self, part: impl Fn(&OnDay) -> Option<Quantity>) -> Vec<R> {
        let days = self.days.iter();
        days.map(|day| quantity(part(&on(self.world, *day)).unwrap_or_default()))
            .collect()
    }

    fn weighed(&self, part: impl Fn(&OnDay) -> Option<Quantity>) -> R {
        let zero = R::from_integer(0);
        let said = self.said(part).into_iter();
        said.fold(zero, |sum, part| sum + part * self.weight)
    }

    fn bundle(&self, at: usize) -> R {
        R::from_integer(self.world.products[at].0.into())
    }

    /// The units used in the first days of the period.
    fn used(&self, at: usize, days: usize) -> R {
        let (days, whole) = (days as u32, self.days.len() as u32);
        R::from_integer(self.world.used_until(self.number, days, whole)[at].into())
    }

    fn included(&self, at: usize) -> R {
        let committed = |state: &OnDay| state.lines[at].prepay_quantity;
        let items = match self.world.levels[at] {
            true => self.said(committed).into_iter().max().unwrap(),
            false => self.weighed(committed),
        };
        items * self.bundle(at)
    }

    fn allowed(&self, at: usize) -> R {
        // Granted for the period, however short it is; by days if it changes.
        let said = self.said(|state| state.lines[at].allowance);
        let days = R::from_integer(said.len() as i128);
        let mut allowed = said.into_iter().sum::<R>() / days;
        for each in self.first.lines[at].fair_use.iter().flatten() {
            let licence: usize = each.licence[1..].parse().unwrap();
            let used = self.used(licence, self.days.len());
            allowed += self.included(licence).max(used) * quantity(each.amount);
        }
        allowed
    }

    /// The overage of the first days of the period.
    fn beyond(&self, at: usize, days: usize) -> R {
        let beyond = self.used(at, days) - self.included(at) - self.allowed(at);
        beyond.max(R::from_integer(0))
    }

    /// The share of a period's price of a level that a day is.
    fn level_weight(&self) -> R {
        match self.world.settings.short_period_overage {
            ShortPeriodOverage::Full => R::new(1, self.days.len() as i128),
            ShortPeriodOverage::ByDays => self.weight,
        }
    }

    fn overage(&self, at: usize) -> Option<R> {
        let zero = R::from_integer(0);
        let all = self.beyond(at, self.days.len());
        if all == zero {
            return None;
        }
        let mut sum = zero;
        for (place, day) in self.days.iter().enumerate() {
            let prices = on(self.world, *day).lines[at].overage.clone().unwrap();
            sum += if self.world.levels[at] {
                cost(zero, all, all, self.bundle(at), &prices) * self.level_weight()
            } else {
                let (before, until) = (self.beyond(at, place), self.beyond(at, place + 1));
                cost(before, until, all, self.bundle(at), &prices)
            };
        }
        Some(sum)
    }

    fn prepay_price(&self, at: usize, day: Date) -> R {
        money(on(self.world, day).lines[at].prepay_price.unwrap())
    }

    fn commitment(&self, at: usize) -> Option<R> {
        let said = self.said(|state| state.lines[at].prepay_quantity);
        let days = said.iter().zip(&self.days);
        let amounts = days.map(|(items, day)| *items * self.weight * self.prepay_price(at, *day));
        let is_something = said.iter().any(|items| *items != R::from_integer(0));
        is_something.then(|| amounts.sum())
    }

    /// Usage up to the commitment, in a ramp.
    fn within(&self, at: usize) -> Option<R> {
        let zero = R::from_integer(0);
        let within = |days: usize| {
            let within = self.included(at).min(self.used(at, days));
            match self.bundle(at) > R::from_integer(1) {
                true => times(within, self.bundle(at)),
                false => within,
            }
        };
        let all = within(self.days.len());
        let mut sum = zero;
        for (place, day) in self.days.iter().enumerate() {
            let units = match self.world.levels[at] {
                true => all * self.level_weight(),
                false => within(place + 1) - within(place),
            };
            sum += units * self.prepay_price(at, *day);
        }
        (all != zero).then_some(sum)
    }
}

/// The charges of a period.
pub(super) fn charges(world: &World, number: u32) -> Charged {
    let days = periods(world).swap_remove(number as usize);
    let period = InPeriod {
        world,
        number,
        weight: weight(world, days[0]),
        first: on(world, days[0]),
        days,
    };
    let first = &period.first;
    let mut charged = Charged::new();
    if matches!(first.subscription, Type::Inin | Type::FreeTrialMonthToMonth) {
        return charged;
    }
    let (mut counted, mut own_counted) = (0, 0);
    for (at, line) in first.lines.iter().enumerate() {
        let third_party = world.products[at].1;
        let mut lines = Vec::new();
        match first.ramp {
            Some(RampUsage::Free) if !third_party => continue,
            Some(_) => lines.push(("ramp", period.within(at))),
            None if is_annual(first.subscription) => {
                let (charge, share) = prepaid(world, number as usize, at);
                lines.push(("prepayment", charge));
                if !third_party {
                    own_counted += round(world, share);
                }
            }
            None => lines.push(("commitment", period.commitment(at))),
        }
        lines.push(("overage", period.overage(at)));
        for (kind, amount) in lines {
            let Some(amount) = amount else { continue };
            let free = is_developer(first.subscription);
            let amount = if free { 0 } else { round(world, amount) };
            if !third_party && kind != "prepayment" {
                counted += amount;
            }
            charged.push((kind.to_owned(), Some(line.product.clone()), amount));
        }
    }
    let stated = on(world, *period.days.last().unwrap()).minimum.is_some();
    if stated && first.ramp.is_none() && !is_developer(first.subscription) {
        let minimum = round(world, period.weighed(|state| state.minimum));
        let missing = minimum - counted - own_counted;
        if missing > 0 {
            charged.push(("minimum".to_owned(), None, missing));
        }
    }
    charged
}
