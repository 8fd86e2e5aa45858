//! A bill as one would make it with much time and little thought: day by day
//! and unit by unit, in fractions of 128 bits.

use std::collections::BTreeMap;

use jiff::civil::Date;
use num_rational::Ratio;

use super::world::World;
use crate::contract::{
    AfterEnd, Decrease, LineChange, Overage, RampUsage, ShortPeriodOverage,
    SubscriptionType as Type, Tier, TierMode, YearStart,
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

/// The terms of a day.
struct OnDay {
    subscription: Type,
    ramp: Option<RampUsage>,
    minimum: Option<Quantity>,
    lines: Vec<LineChange>,
}

/// Reads everything again to find the terms of a day.
fn on(world: &World, day: Date) -> OnDay {
    let mut ramp = world.base.ramp;
    let mut state = OnDay {
        subscription: world.base.subscription.unwrap(),
        ramp: None,
        minimum: world.base.minimum,
        lines: world.base.lines.clone(),
    };
    let mut amendments: Vec<_> = world.amendments.iter().collect();
    amendments.sort_by_key(|amendment| amendment.effective);
    for amendment in amendments.into_iter().filter(|it| it.effective <= day) {
        state.subscription = amendment.subscription.unwrap_or(state.subscription);
        state.minimum = amendment.minimum.or(state.minimum);
        ramp.end = amendment.ramp.end.or(ramp.end);
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
    let in_ramp =
        ramp.start.is_some_and(|start| start <= day) && ramp.end.is_some_and(|end| day <= end);
    state.ramp = in_ramp.then(|| ramp.usage.unwrap());
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
fn periods(world: &World) -> Vec<Vec<Date>> {
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
fn day_weight(world: &World, first: Date) -> R {
    let mut days = 1;
    let mut day = tomorrow(first);
    while !is_anchor(world, day) {
        days += 1;
        day = tomorrow(day);
    }
    R::new(1, days)
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

/// Units that are bought, or (below 0) given back, from a day on until another one.
struct Bought {
    period: usize,
    from: Date,
    until: Date,
    /// The sum of the prices of the units.
    value: R,
}

/// The units paid ahead of a line.
#[derive(Default)]
struct Paid {
    bought: Vec<Bought>,
    /// The units that are held, on days of periods that are paid ahead.
    held: BTreeMap<Date, u32>,
    /// True if fewer units were wanted on a day than were held.
    lowered: bool,
}

/// A world, with what is asked of it again and again.
pub(super) struct Reference<'a> {
    world: &'a World,
    /// The days of each period.
    periods: Vec<Vec<Date>>,
    /// As if the contract had no end: what was bought may reach beyond it.
    endless: Vec<Vec<Date>>,
    /// The share of its period that a day is.
    weights: Vec<R>,
    /// The terms from each day on which they may change.
    terms: BTreeMap<Date, OnDay>,
    /// The units paid ahead of each line.
    paid: Vec<Paid>,
}

impl<'a> Reference<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let end = world.end.unwrap();
        let mut endless = world.clone();
        endless.end = Some(tomorrow(end) + jiff::Span::new().days(800));
        endless.settings.after_end = AfterEnd::Stop;
        let endless = periods(&endless);
        let base = &world.base.ramp;
        let ramps = std::iter::once(base).chain(world.amendments.iter().map(|it| &it.ramp));
        let ramps = ramps.flat_map(|ramp| [ramp.start, ramp.end.map(tomorrow)]);
        let changes = world.amendments.iter().map(|it| it.effective);
        let changes = changes.chain(ramps.flatten());
        let changes = changes.chain([world.start, tomorrow(end)]);
        let mut reference = Self {
            world,
            periods: periods(world),
            weights: endless
                .iter()
                .map(|days| day_weight(world, days[0]))
                .collect(),
            endless,
            terms: changes.map(|day| (day, on(world, day))).collect(),
            paid: Vec::new(),
        };
        let lines = 0..world.base.lines.len();
        reference.paid = lines.map(|at| reference.pay_ahead(at)).collect();
        reference
    }

    /// The number of periods.
    pub(super) fn len(&self) -> usize {
        self.periods.len()
    }

    /// True if fewer units of a line were wanted on a day than were paid for.
    pub(super) fn lowers(&self) -> bool {
        self.paid.iter().any(|paid| paid.lowered)
    }

    fn on(&self, day: Date) -> &OnDay {
        self.terms.range(..=day).next_back().unwrap().1
    }

    /// The type of a period that is paid ahead.
    fn annual(&self, number: usize) -> Option<Type> {
        let first = self.on(self.periods[number][0]);
        let annual = is_annual(first.subscription) && first.ramp.is_none();
        annual.then_some(first.subscription)
    }

    /// The first period of the contract year of a period.
    fn year(&self, number: usize) -> usize {
        let in_ramp = |number: usize| self.on(self.periods[number][0]).ramp.is_some();
        let mut first = 0;
        if self.world.settings.year_start == YearStart::RampEnd {
            let after = (1..=number).rev();
            let mut after = after.filter(|at| in_ramp(at - 1) && !in_ramp(*at));
            first = after.next().unwrap_or(0);
        }
        while first + 12 <= number {
            first += 12;
        }
        first
    }

    /// Goes through all periods day by day, and buys unit by unit.
    fn pay_ahead(&self, at: usize) -> Paid {
        let mut paid = Paid::default();
        // The price of each unit that is held and the last day that it is paid for, in the
        // order of buying.
        let mut held: Vec<(R, Date)> = Vec::new();
        let gives_back = self.world.settings.decrease == Decrease::GivenBack;
        for (period, days) in self.periods.iter().enumerate() {
            let before = period.checked_sub(1).and_then(|it| self.annual(it));
            let now = self.annual(period);
            if now != before || self.year(period) == period {
                held.clear();
            }
            if now.is_none() {
                continue;
            }
            let mut note = |from, until, value| {
                paid.bought.push(Bought {
                    period,
                    from,
                    until,
                    value,
                });
            };
            for day in days {
                held.retain(|(_, until)| day <= until);
                // Unit by unit: commitments are whole.
                let line = &self.on(*day).lines[at];
                let wanted = quantity(line.prepay_quantity.unwrap_or_default());
                let wanted = wanted.to_integer() as usize;
                paid.lowered |= held.len() > wanted;
                while gives_back && held.len() > wanted {
                    let (price, until) = held.pop().unwrap();
                    note(*day, until, -price);
                }
                while held.len() < wanted {
                    let until = bought_until(self.world, days);
                    let price = match is_developer(now.unwrap()) {
                        true => R::from_integer(0),
                        false => money(line.prepay_price.unwrap()),
                    };
                    held.push((price, until));
                    note(*day, until, price);
                }
                paid.held.insert(*day, held.len() as u32);
            }
            // The contract ends with this period: the rest of what is held is given back.
            if gives_back && self.world.end == days.last().copied() {
                let end = self.world.end.unwrap();
                for (price, until) in held.iter().filter(|(_, until)| end < *until) {
                    note(tomorrow(end), *until, -*price);
                }
            }
        }
        paid
    }

    /// The commitment that is bought in a period for the rest of the year (if anything is),
    /// and the share of the period in all that is bought in its year until then.
    fn prepaid(&self, number: usize, at: usize) -> (Option<R>, R) {
        let (mut charge, mut share) = (None, R::from_integer(0));
        let year = self.year(number);
        let of_year = |it: &&Bought| year <= it.period && it.period <= number;
        // Units of the same days together.
        let mut together: BTreeMap<(usize, Date, Date, bool), R> = BTreeMap::new();
        for it in self.paid[at].bought.iter().filter(of_year) {
            let same = (it.period, it.from, it.until, it.value < R::from_integer(0));
            *together.entry(same).or_insert(R::from_integer(0)) += it.value;
        }
        // Units of before an interruption are no longer held.
        let held_since = (year..number).rev();
        let mut held_since = held_since.filter(|it| self.annual(*it) != self.annual(number));
        let held_since = held_since.next().map_or(year, |it| it + 1);
        for ((period, from, until, _), value) in together {
            let counted = |days: &[Date]| {
                let counted = days.iter().filter(|it| from <= **it && **it <= until);
                R::from_integer(counted.count() as i128)
            };
            if held_since <= period {
                share += value * counted(&self.periods[number]) * self.weights[number];
            }
            if period == number {
                let rest = number..year + 12;
                let rest = rest.map(|it| counted(&self.endless[it]) * self.weights[it]);
                let rest: R = rest.sum();
                if rest != R::from_integer(0) {
                    charge = Some(charge.unwrap_or(R::from_integer(0)) + value * rest);
                }
            }
        }
        (charge, share)
    }
}

/// A period, with what the rules for one line need of it.
struct InPeriod<'a> {
    reference: &'a Reference<'a>,
    world: &'a World,
    number: u32,
    days: &'a [Date],
    /// The share of a whole period that a day is.
    weight: R,
    first: &'a OnDay,
}

impl InPeriod<'_> {
    /// What each day says of a quantity.
    fn said(&self, part: impl Fn(&OnDay) -> Option<Quantity>) -> Vec<R> {
        let days = self.days.iter();
        days.map(|day| quantity(part(self.reference.on(*day)).unwrap_or_default()))
            .collect()
    }

    /// The units that are committed on each day. What is paid for stays.
    fn committed(&self, at: usize) -> Vec<R> {
        if self.reference.annual(self.number as usize).is_some() {
            let held = &self.reference.paid[at].held;
            let held = self.days.iter().map(|day| held[day].into());
            return held.map(R::from_integer).collect();
        }
        self.said(|state| state.lines[at].prepay_quantity)
    }

    fn weighed(&self, said: Vec<R>) -> R {
        let zero = R::from_integer(0);
        said.into_iter()
            .fold(zero, |sum, part| sum + part * self.weight)
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
        let items = match self.world.levels[at] {
            true => self.committed(at).into_iter().max().unwrap(),
            false => self.weighed(self.committed(at)),
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
            let prices = self.prices(at, *day);
            sum += if self.world.levels[at] {
                cost(zero, all, all, self.bundle(at), &prices) * self.level_weight()
            } else {
                let (before, until) = (self.beyond(at, place), self.beyond(at, place + 1));
                cost(before, until, all, self.bundle(at), &prices)
            };
        }
        Some(sum)
    }

    fn prices(&self, at: usize, day: Date) -> Overage {
        self.reference.on(day).lines[at].overage.clone().unwrap()
    }

    fn prepay_price(&self, at: usize, day: Date) -> Option<Price> {
        self.reference.on(day).lines[at].prepay_price
    }

    fn commitment(&self, at: usize) -> Option<R> {
        let (said, zero) = (self.committed(at), R::from_integer(0));
        let days = said.iter().zip(self.days);
        let amounts = days
            .filter(|(items, _)| **items != zero)
            .map(|(items, day)| {
                let price = self.prepay_price(at, *day).unwrap();
                *items * self.weight * money(price)
            });
        let amounts: Vec<R> = amounts.collect();
        (!amounts.is_empty()).then(|| amounts.into_iter().sum())
    }

    /// All usage, in a ramp: at the prepay price, and at that of overage on days without
    /// one. An allowance frees what is beyond the commitment.
    fn in_ramp(&self, at: usize) -> [Option<R>; 2] {
        let (zero, bundle) = (R::from_integer(0), self.bundle(at));
        let units =
            |days: usize| self.included(at).min(self.used(at, days)) + self.beyond(at, days);
        let all = units(self.days.len());
        let mut sums = [None, None];
        if all == zero {
            return sums;
        }
        let mut before = zero;
        for (place, day) in self.days.iter().enumerate() {
            let (kind, prices) = match self.prepay_price(at, *day) {
                Some(price) => (0, Overage::Flat(price)),
                None => (1, self.prices(at, *day)),
            };
            let until = units(place + 1);
            let of_day = |prices: &Overage| match self.world.levels[at] {
                true => cost(zero, all, all, bundle, prices) * self.level_weight(),
                false => cost(before, until, all, bundle, prices),
            };
            // What costs something or would, if it had a price.
            if of_day(&prices) != zero || of_day(&at_one(&prices)) != zero {
                sums[kind] = Some(sums[kind].unwrap_or(zero) + of_day(&prices));
            }
            before = until;
        }
        sums
    }
}

/// The same with a price of 1 for every unit.
fn at_one(prices: &Overage) -> Overage {
    let one = Price::parse("1").unwrap();
    match prices {
        Overage::Flat(_) => Overage::Flat(one),
        Overage::Tiers(mode, tiers) => {
            let mut tiers = tiers.clone();
            for tier in &mut tiers {
                tier.price = one;
            }
            Overage::Tiers(*mode, tiers)
        }
    }
}

/// The charges of a period.
pub(super) fn charges(reference: &Reference<'_>, number: u32) -> Charged {
    let (world, days) = (reference.world, &reference.periods[number as usize]);
    let period = InPeriod {
        reference,
        world,
        number,
        weight: reference.weights[number as usize],
        first: reference.on(days[0]),
        days,
    };
    let first = period.first;
    let mut charged = Charged::new();
    if matches!(first.subscription, Type::Inin | Type::FreeTrialMonthToMonth) {
        return charged;
    }
    let (mut counted, mut own_counted) = (0, 0);
    for (at, line) in first.lines.iter().enumerate() {
        let (_, third_party, charged_in_ramp) = world.products[at];
        let lines = match first.ramp {
            Some(RampUsage::Free) if !charged_in_ramp => continue,
            Some(_) => {
                let [ramp, overage] = period.in_ramp(at);
                [("ramp", ramp), ("overage", overage)]
            }
            None if is_annual(first.subscription) => {
                let (charge, share) = reference.prepaid(number as usize, at);
                if !third_party {
                    own_counted += round(world, share);
                }
                [("prepayment", charge), ("overage", period.overage(at))]
            }
            None => [
                ("commitment", period.commitment(at)),
                ("overage", period.overage(at)),
            ],
        };
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
    let last = reference.on(*period.days.last().unwrap());
    let stated = last.minimum.is_some();
    if stated && first.ramp.is_none() && !is_developer(first.subscription) {
        let minimum = round(world, period.weighed(period.said(|state| state.minimum)));
        let missing = minimum - counted - own_counted;
        if missing > 0 {
            charged.push(("minimum".to_owned(), None, missing));
        }
    }
    charged
}
