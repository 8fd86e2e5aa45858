//! Random contracts of up to three products that meters count, one of tokens and two wallets,
//! and random usage.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use crate::contract::{
    AfterEnd, Change, ClosingTerms, Contract, Conversion, ConversionRate, ConversionTarget,
    Decrease, FairUse, KnownEnds, LineChange, Overage, Product, Products, RampChange, RampUsage,
    Settings, ShortPeriodOverage, SubscriptionType, Tier, TierMode, WalletChange, WalletTerm,
    YearStart,
};
use crate::ids::OrganizationId;
use crate::money::Price;
use crate::period::{Calendar, Period};
use crate::quantity::Quantity;
use crate::rating::{Totals, Usage};

/// The place of the product that others may convert into.
pub(super) const TOKENS: usize = 3;

/// Returns the product of the wallet that a line draws from.
fn wallet_of(line: &LineChange) -> Option<String> {
    let conversion = line.conversion.as_ref()?;
    conversion.wallet().map(str::to_owned)
}

/// The terms of a contract before they are checked.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) currency: &'static str,
    pub(super) start: Date,
    pub(super) end: Option<Date>,
    /// Another end, and the day from which on the one above was known.
    pub(super) before: Option<(Option<Date>, Date)>,
    pub(super) base: Change,
    pub(super) amendments: Vec<Change>,
    /// Bundle of each product, whether it is a third party's, and whether it is charged in
    /// a free ramp. The fourth one has no meter: others may convert into it.
    pub(super) products: Vec<(u64, bool, bool)>,
    /// True for each product of a wallet that is a third party's.
    pub(super) wallets: [bool; 2],
    /// True for each product of which usage is a level.
    pub(super) levels: [bool; 3],
    pub(super) settings: Settings,
    /// Units used of each product, period after period, round and round.
    pub(super) usage: Vec<[u32; 3]>,
}

impl World {
    /// One product, flat prices, two units committed.
    pub(super) fn simple() -> Self {
        let start = date(2026, 1, 1);
        Self {
            currency: "USD",
            start,
            end: Some(date(2027, 12, 31)),
            before: None,
            base: Change {
                effective: start,
                subscription: Some(SubscriptionType::PrepayMonthlyCommitment),
                ramp: RampChange::default(),
                minimum: None,
                lines: vec![LineChange {
                    product: "P0".to_owned(),
                    prepay_quantity: Some(Quantity::from_units(2)),
                    prepay_price: Price::parse("10").ok(),
                    overage: Price::parse("12").ok().map(Overage::Flat),
                    ..LineChange::default()
                }],
                wallets: Vec::new(),
            },
            amendments: Vec::new(),
            products: vec![(1, false, false)],
            wallets: [false; 2],
            levels: [true; 3],
            settings: Settings::default(),
            usage: vec![[3, 0, 0]],
        }
    }

    /// The contract, if it breaks no rule.
    pub(super) fn contract(&self) -> Option<Contract> {
        let contract = Contract::new(
            "C-1".to_owned(),
            OrganizationId::from_bytes([1; 16]),
            self.currency.parse().ok()?,
            Calendar::new("Europe/Berlin", self.start, self.end).ok()?,
            self.settings,
            &self.base,
            self.amendments.clone(),
        )
        .ok()?;
        contract.check_products(&self.products()).ok()?;
        let Some((end, said)) = self.before else {
            return Some(contract);
        };
        // What is over when an end is put stays as it was.
        let calendar = contract.calendar();
        let said = calendar.midnight(said);
        let before = calendar.with_end(end);
        if before.ended_otherwise(contract.term_end(), said).is_some() {
            return None;
        }
        let mut ends = KnownEnds::default();
        ends.add(calendar.midnight(self.start), end);
        ends.add(said, contract.term_end());
        Some(contract.with_known_ends(ends))
    }

    pub(super) fn products(&self) -> Products {
        let products = self.products.iter().enumerate();
        let product = |(at, (bundle, third_party, charged)): (usize, &(u64, bool, bool))| Product {
            sku: format!("P{at}"),
            name: format!("Product {at}"),
            charge: format!("Charge{at}"),
            meter: (at != TOKENS).then(|| format!("m{at}")),
            grouping: "user-license".to_owned(),
            unit: "seat".to_owned(),
            unit_of_measure: "User".to_owned(),
            bundle: Quantity::from_units(*bundle),
            third_party: *third_party,
            charged_in_ramp: *charged,
            cancellable: true,
        };
        let wallets = self.wallets.iter().enumerate();
        let wallets = wallets.map(|(at, third_party)| Product {
            sku: format!("W{at}"),
            meter: None,
            ..product((at, &(1, *third_party, false)))
        });
        products
            .map(product)
            .chain(wallets)
            .map(|product| (product.sku.clone(), product))
            .collect()
    }

    /// The world with what most often comes before a wallet taken away: it is paid from the
    /// first period on, and nothing is free.
    pub(super) fn of_wallets(mut self) -> Self {
        self.base.subscription = Some(SubscriptionType::PrepayMonthlyCommitment);
        self.base.ramp = RampChange::default();
        for change in std::iter::once(&mut self.base).chain(&mut self.amendments) {
            change.ramp = RampChange::default();
            for line in &mut change.lines {
                (line.allowance, line.fair_use) = (None, None);
            }
        }
        for change in &mut self.amendments {
            change.subscription = None;
        }
        self.settings.decrease = match self.settings.decrease {
            Decrease::Refused => Decrease::GivenBack,
            other => other,
        };
        self
    }

    /// Takes away what would only make the contract refused: amendments after its end, conversions
    /// into what it does not have, and wallets that no line draws from.
    fn tidy(&mut self) {
        let end = self.end;
        self.amendments
            .retain(|change| Some(change.effective) <= end);
        let tokens = self.base.lines.len() > TOKENS;
        let trial = Some(SubscriptionType::FreeTrialMonthToMonth);
        let drawn: Vec<_> = self.base.lines.iter().filter_map(wallet_of).collect();
        let is_drawn = |wallet: &WalletChange| drawn.contains(&wallet.product);
        self.base.wallets.retain(is_drawn);
        let mut empty = self.base.wallets.clone();
        for wallet in &mut empty {
            *wallet = WalletChange {
                product: wallet.product.clone(),
                quantity: Some(Quantity::ZERO),
                ..WalletChange::default()
            };
        }
        // A trial buys nothing.
        if self.base.subscription == trial {
            for wallet in &mut self.base.wallets {
                wallet.quantity = None;
            }
        }
        for change in &mut self.amendments {
            change.wallets.retain(is_drawn);
            if change.subscription == trial {
                change.wallets.clone_from(&empty);
            }
            change
                .lines
                .retain(|line| tokens || line.product != format!("P{TOKENS}"));
            for line in &mut change.lines {
                line.conversion = line.conversion.take().filter(|it| match &it.target {
                    ConversionTarget::Line(_) => tokens,
                    ConversionTarget::Wallet(wallet) => drawn.contains(wallet),
                });
                // Somebody must go on drawing from the wallet of before.
                let mut old = self
                    .base
                    .lines
                    .iter()
                    .filter(|it| it.product == line.product);
                let old = old.next().and_then(wallet_of);
                let drawers = drawn.iter().filter(|it| Some(*it) == old.as_ref());
                if drawers.count() == 1 && line.conversion.is_some() {
                    line.conversion = None;
                }
            }
        }
    }

    pub(super) fn used(&self, number: u32) -> [u32; 3] {
        self.usage[number as usize % self.usage.len()]
    }

    /// Units used in the first `days` of the `whole` days of a period: more from day to
    /// day.
    pub(super) fn used_until(&self, number: u32, days: u32, whole: u32) -> [u32; 3] {
        self.used(number).map(|units| units * days / whole)
    }

    pub(super) fn usage(&self, period: &Period) -> Usage {
        let whole = period.days();
        let until = |days: u32| -> Totals {
            let used = self.used_until(period.number, days, whole).into_iter();
            let used = used.enumerate();
            used.map(|(at, units)| (format!("m{at}"), Quantity::from_units(units.into())))
                .collect()
        };
        let day = |days: u32| period.first.saturating_add(i64::from(days).days());
        let levels = self.levels.iter().enumerate().filter(|(_, level)| **level);
        Usage {
            totals: until(whole),
            until: (1..whole).map(|days| (day(days), until(days))).collect(),
            levels: levels.map(|(at, _)| format!("m{at}")).collect(),
        }
    }
}

fn units() -> impl Strategy<Value = Quantity> {
    (0u64..40).prop_map(Quantity::from_units)
}

/// Prices that make halves of cents.
fn price() -> impl Strategy<Value = Price> {
    (0i128..4000).prop_map(|steps| Price::from_scaled(steps * 5_000_000_000).unwrap_or_default())
}

fn overage() -> impl Strategy<Value = Overage> {
    let tier = (1u64..15, price(), prop::option::of(price()));
    let tiers = prop::collection::vec(tier, 1..4).prop_map(|tiers| {
        let count = tiers.len();
        let mut border = 0;
        let tier = |(at, (width, price, flat)): (usize, (u64, Price, Option<Price>))| {
            border += width;
            Tier {
                up_to: (at + 1 < count).then(|| Quantity::from_units(border)),
                price,
                flat,
            }
        };
        tiers.into_iter().enumerate().map(tier).collect::<Vec<_>>()
    });
    let mode = prop_oneof![
        Just(TierMode::Graduated),
        Just(TierMode::Volume),
        (1u64..7).prop_map(|size| TierMode::Package(Quantity::from_units(size))),
    ];
    prop_oneof![
        price().prop_map(Overage::Flat),
        (mode, tiers).prop_map(|(mode, tiers)| Overage::Tiers(mode, tiers)),
    ]
}

fn rate() -> impl Strategy<Value = ConversionRate> {
    // In tenths: 17 and 0.5 units a token, 1.2 and 3 tokens a unit.
    let units = prop::sample::select(vec![5u64, 10, 20, 170]);
    let tokens = prop::sample::select(vec![5u64, 10, 12, 30]);
    let tenths = |tenths: u64| Quantity::from_scaled(i128::from(tenths) * 100_000_000);
    prop_oneof![
        units.prop_map(move |units| ConversionRate::UnitsPerToken(tenths(units))),
        tokens.prop_map(move |tokens| ConversionRate::TokensPerUnit(tenths(tokens))),
    ]
}

fn conversion() -> impl Strategy<Value = Conversion> {
    let target = prop_oneof![
        2 => (0usize..2).prop_map(|at| ConversionTarget::Wallet(format!("W{at}"))),
        1 => Just(ConversionTarget::Line(format!("P{TOKENS}"))),
    ];
    (target, rate()).prop_map(|(target, rate)| Conversion { target, rate })
}

prop_compose! {
    fn wallet(at: usize)(
        by_period in prop::bool::weighted(0.3), units in 0u64..120, price in price(),
    ) -> WalletChange {
        WalletChange {
            product: format!("W{at}"),
            term: Some(if by_period { WalletTerm::Period } else { WalletTerm::Year }),
            quantity: Some(Quantity::from_units(units)),
            price: Some(price),
        }
    }
}

prop_compose! {
    /// More or fewer units of a wallet, on any day.
    fn refill(start: Date)(
        days in 1i32..500, wallet in 0usize..2, units in 0u64..120,
        price in prop::option::of(price()),
    ) -> Change {
        Change {
            effective: start.saturating_add(days.days()),
            subscription: None,
            ramp: RampChange::default(),
            minimum: None,
            lines: Vec::new(),
            wallets: vec![WalletChange {
                product: format!("W{wallet}"),
                term: None,
                quantity: Some(Quantity::from_units(units)),
                price,
            }],
        }
    }
}

prop_compose! {
    fn line(product: usize)(
        prepay_quantity in prop::option::of(units()),
        prepay_price in prop::option::weighted(0.9, price()), overage in overage(),
        allowance in prop::option::of(units()),
        licence in prop::option::of((0usize..3, units())),
        conversion in prop::option::of(conversion()),
    ) -> LineChange {
        let licence = licence.filter(|(licence, _)| *licence != product);
        LineChange {
            product: format!("P{product}"),
            prepay_quantity: prepay_quantity.filter(|_| prepay_price.is_some()),
            prepay_price,
            overage: Some(overage),
            allowance,
            fair_use: licence.map(|(licence, amount)| {
                vec![FairUse { licence: format!("P{licence}"), amount }]
            }),
            conversion: conversion.filter(|it| it.wallet().is_some() || product != TOKENS),
        }
    }
}

fn subscription() -> impl Strategy<Value = SubscriptionType> {
    prop_oneof![
        3 => Just(SubscriptionType::PrepayMonthlyCommitment),
        3 => Just(SubscriptionType::Prepay),
        1 => Just(SubscriptionType::MonthToMonth),
        1 => Just(SubscriptionType::FreeTrialMonthToMonth),
        1 => Just(SubscriptionType::Inin),
        1 => Just(SubscriptionType::DevOrgPrepay),
        1 => Just(SubscriptionType::DevOrgPrepayMonthlyCommitment),
        1 => Just(SubscriptionType::DevOrgMonthToMonth),
    ]
}

fn decrease() -> impl Strategy<Value = Decrease> {
    prop_oneof![
        3 => Just(Decrease::GivenBack),
        3 => Just(Decrease::NextYear),
        1 => Just(Decrease::Refused),
    ]
}

prop_compose! {
    /// Quantities on any day.
    fn amendment(start: Date)(
        days in 1i32..500, line in 0usize..4, quantity in units(),
        allowance in prop::option::of(units()), minimum in prop::option::of(0u64..500),
    ) -> Change {
        Change {
            effective: start.saturating_add(days.days()),
            subscription: None,
            ramp: RampChange::default(),
            minimum: minimum.map(Quantity::from_units),
            lines: vec![LineChange {
                product: format!("P{line}"),
                prepay_quantity: Some(quantity),
                allowance,
                ..LineChange::default()
            }],
            wallets: Vec::new(),
        }
    }
}

prop_compose! {
    /// Prices and the rest at the start of a period.
    fn renewal(start: Date)(
        months in 1i32..18, line in line(0), subscription in prop::option::of(subscription()),
        ramp in prop::option::weighted(0.2, 1i32..6),
    ) -> Change {
        let end = ramp.map(|months| start.saturating_add(months.months()).yesterday());
        Change {
            effective: start.saturating_add(months.months()),
            subscription,
            // Refused if there is none.
            ramp: RampChange { end: end.and_then(Result::ok), ..RampChange::default() },
            minimum: None,
            lines: vec![line],
            wallets: Vec::new(),
        }
    }
}

/// Other prices for a line, on any day.
#[derive(Debug, Clone)]
struct NewPrices {
    days: i32,
    line: usize,
    prepay: Price,
    /// The factor of all other prices.
    factor: i128,
}

prop_compose! {
    fn new_prices()(
        days in 1i32..500, line in 1usize..4, prepay in price(), factor in 0i128..4,
    ) -> NewPrices {
        NewPrices { days, line, prepay, factor }
    }
}

impl NewPrices {
    fn change(&self, start: Date, lines: &[LineChange]) -> Change {
        // There may be no line of tokens.
        let line = self.line.min(lines.len() - 1);
        let times = |price: Price| Price::from_scaled(price.scaled() * self.factor).unwrap();
        let overage = lines[line].overage.clone().map(|overage| match overage {
            Overage::Flat(price) => Overage::Flat(times(price)),
            Overage::Tiers(mode, mut tiers) => {
                for tier in &mut tiers {
                    tier.price = times(tier.price);
                    tier.flat = tier.flat.map(times);
                }
                Overage::Tiers(mode, tiers)
            }
        });
        Change {
            effective: start.saturating_add(self.days.days()),
            subscription: None,
            ramp: RampChange::default(),
            minimum: None,
            lines: vec![LineChange {
                product: format!("P{line}"),
                prepay_price: Some(self.prepay),
                overage,
                ..LineChange::default()
            }],
            wallets: Vec::new(),
        }
    }
}

fn start() -> impl Strategy<Value = Date> {
    (0i32..800).prop_map(|days| date(2024, 1, 1).saturating_add(days.days()))
}

prop_compose! {
    pub(super) fn world()(start in start())(
        currency in prop::sample::select(vec!["USD", "JPY", "KWD"]),
        length in prop::option::of(20i64..600),
        before in prop::option::weighted(0.4, (prop::option::weighted(0.8, 20i64..600), 1i32..500)),
        subscription in subscription(),
        ramp in prop::option::of((1i32..4, prop::bool::ANY)),
        minimum in prop::option::of(0u64..2000),
        (first, second, third, tokens) in (line(0), line(1), line(2), line(TOKENS)),
        (wallets, refills, wallet_parties) in (
            (wallet(0), wallet(1)), prop::collection::vec(refill(start), 0..6),
            prop::array::uniform2(prop::bool::weighted(0.2)),
        ),
        amendments in prop::collection::vec(amendment(start), 0..4),
        renewals in prop::collection::vec(renewal(start), 0..2),
        bundles in prop::collection::vec((
            prop_oneof![3 => Just(1u64), 1 => 2u64..6], prop::bool::weighted(0.2), prop::bool::weighted(0.3),
        ), 4),
        prices in prop::collection::vec(new_prices(), 0..3),
        (levels, by_days) in (prop::array::uniform3(prop::bool::ANY), prop::bool::ANY),
        (decrease, from_ramp) in (decrease(), prop::bool::weighted(0.4)),
        goes_on_after in prop::option::weighted(0.2, 0u32..14),
        usage in prop::collection::vec(prop::array::uniform3(0u32..80), 1..4),
        start in Just(start),
    ) -> World {
        let mut lines = vec![first, second, third];
        let converts = |line: &LineChange| line.conversion.as_ref().is_some_and(|it| it.line().is_some());
        if lines.iter().any(converts) {
            lines.push(tokens);
        }
        // A bundle has one price.
        for (line, (bundle, ..)) in lines.iter_mut().zip(&bundles) {
            if *bundle > 1 && matches!(line.overage, Some(Overage::Tiers(..))) {
                line.overage = Some(Overage::Flat(Price::parse("7.5").unwrap_or_default()));
            }
            if !subscription.commits() {
                line.prepay_quantity = None;
            }
        }
        let prices: Vec<_> = prices.iter().map(|new| new.change(start, &lines)).collect();
        let calendar = Calendar::new("UTC", start, None);
        let ramp_end = |months: i32| {
            let period = calendar.as_ref().ok()?.period(months.unsigned_abs())?;
            period.first.yesterday().ok()
        };
        let ends_period = |number| calendar.as_ref().ok()?.period(number)?.next.yesterday().ok();
        let mut world = World {
            currency,
            start,
            // Without an end only the first two years are looked at. A contract goes on
            // only after a whole period.
            end: Some(match goes_on_after.and_then(ends_period) {
                Some(end) => end,
                None => start.saturating_add(length.unwrap_or(730).days()),
            }),
            before: before.map(|(length, said)| {
                let end = length.map(|days| start.saturating_add(days.days()));
                (end, start.saturating_add(said.days()))
            }),
            base: Change {
                effective: start,
                subscription: Some(subscription),
                ramp: ramp.map_or_else(RampChange::default, |(months, billed)| RampChange {
                    start: Some(start),
                    end: ramp_end(months),
                    usage: Some(if billed { RampUsage::Billed } else { RampUsage::Free }),
                }),
                minimum: minimum.map(Quantity::from_units),
                lines,
                wallets: vec![wallets.0, wallets.1],
            },
            amendments: amendments.into_iter().chain(renewals).chain(prices).chain(refills).collect(),
            wallets: wallet_parties,
            products: bundles,
            levels,
            settings: Settings {
                short_period_overage: match by_days {
                    true => ShortPeriodOverage::ByDays,
                    false => ShortPeriodOverage::Full,
                },
                after_end: match goes_on_after {
                    Some(_) => AfterEnd::MonthToMonth,
                    None => AfterEnd::Stop,
                },
                decrease,
                year_start: if from_ramp { YearStart::RampEnd } else { YearStart::Contract },
                closing: ClosingTerms::default(),
            },
            usage,
        };
        world.tidy();
        world
    }
}
