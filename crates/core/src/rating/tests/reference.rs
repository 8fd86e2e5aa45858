//! A bill as one would make it with much time and little thought: day by day
//! and unit by unit, in fractions of 128 bits.

use std::collections::BTreeMap;

use jiff::civil::Date;
use num_rational::Ratio;

use super::world::{TOKENS, World};
use crate::contract::{
    AfterEnd, ConversionRate, ConversionTarget, Decrease, LineChange, Overage, RampUsage,
    ShortPeriodOverage, SubscriptionType as Type, Tier, TierMode, WalletChange, WalletTerm,
    YearStart,
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
    wallets: Vec<WalletChange>,
}

/// Reads everything again to find the terms of a day.
fn on(world: &World, day: Date) -> OnDay {
    let mut ramp = world.base.ramp;
    let mut state = OnDay {
        subscription: world.base.subscription.unwrap(),
        ramp: None,
        minimum: world.base.minimum,
        lines: world.base.lines.clone(),
        wallets: world.base.wallets.clone(),
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
            line.conversion = change.conversion.clone().or(line.conversion.take());
        }
        for change in &amendment.wallets {
            let mut wallets = state.wallets.iter_mut();
            let wallet = wallets.find(|wallet| wallet.product == change.product);
            let wallet = wallet.unwrap();
            wallet.quantity = change.quantity.or(wallet.quantity);
            wallet.price = change.price.or(wallet.price);
        }
    }
    let in_ramp =
        ramp.start.is_some_and(|start| start <= day) && ramp.end.is_some_and(|end| day <= end);
    state.ramp = in_ramp.then(|| ramp.usage.unwrap());
    if day > world.end.unwrap() {
        // From month to month: no commitment, no wallet, no minimum, no ramp.
        state.ramp = None;
        state.minimum = None;
        state.subscription = match state.subscription {
            Type::Inin => Type::Inin,
            other if is_developer(other) => Type::DevOrgMonthToMonth,
            _ => Type::MonthToMonth,
        };
        for line in &mut state.lines {
            line.prepay_quantity = None;
            line.conversion = line
                .conversion
                .take()
                .filter(|it| matches!(it.target, ConversionTarget::Line(_)));
        }
        state.wallets.clear();
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

/// One unit of a wallet.
struct Unit {
    /// The number of the period in which it was bought.
    period: usize,
    /// The last day that it was bought for.
    until: Date,
    price: R,
    /// The part of it that is left.
    left: R,
}

/// What a period changes of a wallet.
#[derive(Default)]
struct Moves {
    happened: bool,
    lowered: bool,
    charge: R,
    owed: R,
}

impl Moves {
    /// Gives back a unit: its whole price, and what was used of it is owed.
    fn back(&mut self, unit: Unit) {
        self.happened = true;
        self.charge -= unit.price;
        self.owed += R::from_integer(1) - unit.left;
    }
}

/// Returns the tokens that units are.
fn tokens(rate: ConversionRate, units: R) -> R {
    match rate {
        ConversionRate::UnitsPerToken(rate) => units / quantity(rate),
        ConversionRate::TokensPerUnit(rate) => units * quantity(rate),
    }
}

/// Returns the units that tokens are.
fn untoken(rate: ConversionRate, tokens: R) -> R {
    match rate {
        ConversionRate::UnitsPerToken(rate) => tokens * quantity(rate),
        ConversionRate::TokensPerUnit(rate) => tokens / quantity(rate),
    }
}

/// A wallet in a period.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InWallet {
    /// What is bought less what is given back, if anything is.
    charge: Option<R>,
    /// The share of the period in what was paid.
    share: R,
    /// The tokens that each line gets.
    covered: Vec<R>,
    /// The tokens that were used, and are given back all the same.
    owed: R,
    /// True if fewer units were wanted on a day than were bought.
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
    /// The wallets, by their place in the contract and by period.
    wallets: Vec<Vec<InWallet>>,
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
            wallets: Vec::new(),
        };
        let lines = 0..world.base.lines.len();
        reference.paid = lines.map(|at| reference.pay_ahead(at)).collect();
        let wallets = 0..world.base.wallets.len();
        reference.wallets = wallets.map(|at| reference.use_wallet(at)).collect();
        reference
    }

    /// The number of periods.
    pub(super) fn len(&self) -> usize {
        self.periods.len()
    }

    /// True if fewer units of a line or a wallet were wanted on a day than were paid for.
    pub(super) fn lowers(&self) -> bool {
        let mut wallets = self.wallets.iter().flatten();
        self.paid.iter().any(|paid| paid.lowered) || wallets.any(|wallet| wallet.lowered)
    }

    /// The tokens that lines get from a wallet in a period, and those that were used and are
    /// given back, as rating shows them.
    pub(super) fn drawn_and_owed(&self, at: usize, number: u32) -> [String; 2] {
        let wallet = &self.wallets[at][number as usize];
        let drawn: R = wallet.covered.iter().sum();
        [drawn, wallet.owed].map(|tokens| {
            let price = Price::DECIMALS as usize;
            let scaled = tokens * 10i128.pow(Price::DECIMALS);
            if !scaled.is_integer() {
                return tokens.to_string();
            }
            let digits = format!("{:0>width$}", scaled.to_integer(), width = price + 1);
            let (whole, part) = digits.split_at(digits.len() - price);
            format!("{whole}.{part}")
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned()
        })
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

    /// Who buys units of wallets in a period, if anybody does.
    fn buyer(&self, number: usize) -> Option<&str> {
        let first = self.on(self.periods[number][0]);
        match first.subscription {
            _ if first.ramp.is_some() => None,
            Type::FreeTrialMonthToMonth => None,
            Type::Inin => Some("nobody pays"),
            other if is_developer(other) => Some("developer"),
            _ => Some("customer"),
        }
    }

    /// True if the contract ended with a period, as far as was known when it was over or is
    /// known now.
    fn ends_with(&self, days: &[Date]) -> bool {
        let last = days.last().copied();
        let known = match self.world.before {
            Some((before, said)) if last < Some(said) => before,
            _ => None,
        };
        last == self.world.end || known.is_some() && last == known
    }

    /// Goes through all periods day by day, and buys, gives back and draws unit by unit.
    fn use_wallet(&self, at: usize) -> Vec<InWallet> {
        let by_period = self.world.base.wallets[at].term == Some(WalletTerm::Period);
        let mut units: Vec<Unit> = Vec::new();
        let mut rated = Vec::new();
        for (period, days) in self.periods.iter().enumerate() {
            // Nothing outlives its year, its buyer or the contract.
            let goes_on = period.checked_sub(1).is_some_and(|before| {
                self.buyer(before) == self.buyer(period) && !self.ends_with(&self.periods[before])
            });
            if !goes_on || self.year(period) == period {
                units.clear();
            }
            let mut moves = Moves::default();
            if self.buyer(period).is_some() {
                self.change_wallet(at, by_period, period, &mut units, &mut moves);
            }
            let share = units
                .iter()
                .map(|unit| self.share(unit, period, days))
                .sum();
            let covered = self.draw(at, period, &mut units);
            rated.push(InWallet {
                charge: moves.happened.then_some(moves.charge),
                share,
                covered,
                owed: moves.owed,
                lowered: moves.lowered,
            });
        }
        rated
    }

    /// Buys and gives back what the days of a period say, as if it were the first instant.
    fn change_wallet(
        &self,
        at: usize,
        by_period: bool,
        period: usize,
        units: &mut Vec<Unit>,
        moves: &mut Moves,
    ) {
        let days = &self.periods[period];
        let gives_back = self.world.settings.decrease == Decrease::GivenBack;
        // What is bought for a year counts in all of it, what is bought for a period in it.
        let counted = |units: &[Unit], period: usize| {
            let counted = units.iter().filter(|it| !by_period || it.period == period);
            counted.count()
        };
        for day in days {
            let Some(wallet) = self.on(*day).wallets.get(at) else {
                continue;
            };
            let wanted = quantity(wallet.quantity.unwrap_or_default()).to_integer();
            let mut wanted = wanted as usize;
            if gives_back {
                while counted(units, period) > wanted {
                    moves.back(units.pop().unwrap());
                }
            } else if by_period && *day == days[0] && period > 0 {
                // A decrease does nothing until the next year.
                moves.lowered |= counted(units, period - 1) > wanted;
                wanted = wanted.max(counted(units, period - 1));
            }
            moves.lowered |= counted(units, period) > wanted;
            while counted(units, period) < wanted {
                let whole = match by_period {
                    true => period,
                    false => self.year(period) + 11,
                };
                let until = *self.endless[whole].last().unwrap();
                let price = match self.buyer(period) {
                    Some("developer") => R::from_integer(0),
                    _ => money(wallet.price.unwrap()),
                };
                moves.happened = true;
                moves.charge += price;
                units.push(Unit {
                    period,
                    until: until.min(bought_until(self.world, days)),
                    price,
                    left: R::from_integer(1),
                });
            }
        }
        // An end is a decrease to nothing of what was bought for longer.
        if gives_back && self.ends_with(days) {
            let end = *days.last().unwrap();
            let all = std::mem::take(units).into_iter();
            let (longer, others) = all.partition(|unit| end < unit.until);
            *units = others;
            let longer: Vec<Unit> = longer;
            longer.into_iter().for_each(|unit| moves.back(unit));
        }
    }

    /// The share of a period in the price of a unit: its days among those that it was bought
    /// for, from the first day of the period in which it was, each as a part of its period.
    fn share(&self, unit: &Unit, period: usize, days: &[Date]) -> R {
        let part = |days: &[Date], number: usize| {
            let days = days.iter().filter(|day| **day <= unit.until);
            self.weights[number] * R::from_integer(days.count() as i128)
        };
        let whole = self.endless.iter().enumerate().skip(unit.period);
        let whole: R = whole.map(|(number, days)| part(days, number)).sum();
        unit.price * part(days, period) / whole
    }

    /// Gives tokens to the lines, in the order of the contract, from the oldest unit first.
    fn draw(&self, at: usize, number: usize, units: &mut [Unit]) -> Vec<R> {
        let zero = R::from_integer(0);
        let period = self.in_period(number);
        let lines = 0..period.first.lines.len();
        let covered = lines.map(|line| {
            let drawn = &self.world.base.wallets[at].product;
            let Some(rate) = period.rate_into(line, &ConversionTarget::Wallet(drawn.clone()))
            else {
                return zero;
            };
            let wanted = tokens(rate, period.beyond(line, period.days.len()));
            let mut missing = wanted;
            for unit in units.iter_mut() {
                let part = unit.left.min(missing);
                unit.left -= part;
                missing -= part;
            }
            wanted - missing
        });
        covered.collect()
    }

    fn in_period(&self, number: usize) -> InPeriod<'_> {
        let days = &self.periods[number];
        InPeriod {
            reference: self,
            world: self.world,
            number: number as u32,
            weight: self.weights[number],
            first: self.on(days[0]),
            days,
        }
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

    /// The rate of a line that converts into a target.
    fn rate_into(&self, at: usize, target: &ConversionTarget) -> Option<ConversionRate> {
        let conversion = self.first.lines[at].conversion.as_ref();
        conversion
            .filter(|it| it.target == *target)
            .map(|it| it.rate)
    }

    fn is_level(&self, at: usize) -> bool {
        at < TOKENS && self.world.levels[at]
    }

    fn bundle(&self, at: usize) -> R {
        R::from_integer(self.world.products[at].0.into())
    }

    /// The units used in the first days of the period.
    fn used(&self, at: usize, days: usize) -> R {
        if at == TOKENS {
            return self.tokens(days);
        }
        let (days, whole) = (days as u32, self.days.len() as u32);
        R::from_integer(self.world.used_until(self.number, days, whole)[at].into())
    }

    /// The tokens into which the other lines convert, in the first days of the period. Those
    /// of a level come with the first one.
    fn tokens(&self, days: usize) -> R {
        let target = ConversionTarget::Line(format!("P{TOKENS}"));
        let lines = (0..TOKENS).filter_map(|at| Some((at, self.rate_into(at, &target)?)));
        let of_line = |(at, rate)| {
            let days = match self.is_level(at) && days > 0 {
                true => self.days.len(),
                false => days,
            };
            tokens(rate, self.beyond(at, days))
        };
        lines.map(of_line).sum()
    }

    fn included(&self, at: usize) -> R {
        let items = match self.is_level(at) {
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

    /// What is used in the first days of the period beyond what is included and allowed.
    fn beyond(&self, at: usize, days: usize) -> R {
        let beyond = self.used(at, days) - self.included(at) - self.allowed(at);
        beyond.max(R::from_integer(0))
    }

    /// The overage of the first days of the period: what is beyond, but for what is tokens of
    /// another line or comes out of a wallet first.
    fn charged(&self, at: usize, days: usize) -> R {
        let zero = R::from_integer(0);
        let Some(conversion) = &self.first.lines[at].conversion else {
            return self.beyond(at, days);
        };
        let ConversionTarget::Wallet(product) = &conversion.target else {
            return zero;
        };
        let mut wallets = self.world.base.wallets.iter();
        let place = wallets.position(|wallet| wallet.product == *product);
        let wallet = &self.reference.wallets[place.unwrap()][self.number as usize];
        let covered = untoken(conversion.rate, wallet.covered[at]);
        let rest = (self.beyond(at, days) - covered).max(zero);
        let draws = |line: &LineChange| {
            let conversion = line.conversion.as_ref();
            conversion.is_some_and(|it| it.wallet() == Some(product))
        };
        // What is owed is there from the first instant on.
        let is_last = self.first.lines.iter().rposition(draws) == Some(at);
        match is_last && days > 0 {
            true => rest + untoken(conversion.rate, wallet.owed),
            false => rest,
        }
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
        let all = self.charged(at, self.days.len());
        if all == zero {
            return None;
        }
        let mut sum = zero;
        for (place, day) in self.days.iter().enumerate() {
            let prices = self.prices(at, *day);
            sum += if self.is_level(at) {
                cost(zero, all, all, self.bundle(at), &prices) * self.level_weight()
            } else {
                let (before, until) = (self.charged(at, place), self.charged(at, place + 1));
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
            |days: usize| self.included(at).min(self.used(at, days)) + self.charged(at, days);
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
            let of_day = |prices: &Overage| match self.is_level(at) {
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

/// The number in the name of a wallet's product.
fn wallet_number(world: &World, at: usize) -> usize {
    world.base.wallets[at].product[1..].parse().unwrap()
}

/// The charges of a period.
pub(super) fn charges(reference: &Reference<'_>, number: u32) -> Charged {
    let world = reference.world;
    let period = reference.in_period(number as usize);
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
    for (at, wallet) in reference.wallets.iter().enumerate() {
        let wallet = &wallet[number as usize];
        let third_party = world.wallets[wallet_number(world, at)];
        if !third_party {
            own_counted += round(world, wallet.share);
        }
        if let Some(charge) = wallet.charge {
            let product = world.base.wallets[at].product.clone();
            charged.push(("wallet".to_owned(), Some(product), round(world, charge)));
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
