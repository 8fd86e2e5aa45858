//! Cases worked by hand: the working stands beside each of them.
//!
//! Unless a case says otherwise: UTC, 2 decimals, contract from 1 January 2026,
//! `MONTH_TO_MONTH`. A wallet of tokens holds 100 a year, bought at 0.10.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use crate::contract::{
    Change, Contract, ContractError, Conversion, ConversionRate, ConversionTarget, Decrease,
    KnownEnds, LineChange, Overage, Product, Products, RampChange, RampUsage, Settings,
    SubscriptionType, WalletChange, WalletTerm,
};
use crate::exact::Exact;
use crate::ids::OrganizationId;
use crate::money::Price;
use crate::period::{Calendar, Period};
use crate::quantity::Quantity;
use crate::rating::{
    Bill, Charge, ChargeKind, Purchase, Rated, RatingError, State, Totals, Usage, advance,
    differences, rate,
};

use super::rate_in_order;

mod advances;
mod closings;
mod minimums;
mod tokens;
mod wallets;

const START: Date = date(2026, 1, 1);

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

/// A line with one price for overage. Its meter has the name of its product.
fn line(product: &str, overage: &str) -> LineChange {
    LineChange {
        product: product.to_owned(),
        overage: Some(Overage::Flat(price(overage))),
        ..LineChange::default()
    }
}

/// A line whose units are so many a token.
fn per_token(line: LineChange, units: &str, target: ConversionTarget) -> LineChange {
    let rate = ConversionRate::UnitsPerToken(quantity(units));
    LineChange {
        conversion: Some(Conversion { target, rate }),
        ..line
    }
}

/// A line whose units are so many tokens each.
fn tokens_each(line: LineChange, tokens: &str, target: ConversionTarget) -> LineChange {
    let rate = ConversionRate::TokensPerUnit(quantity(tokens));
    LineChange {
        conversion: Some(Conversion { target, rate }),
        ..line
    }
}

fn from_wallet() -> ConversionTarget {
    ConversionTarget::Wallet("tokens".to_owned())
}

fn wallet(units: &str, cost: &str) -> WalletChange {
    WalletChange {
        product: "tokens".to_owned(),
        term: Some(WalletTerm::Year),
        quantity: Some(quantity(units)),
        price: Some(price(cost)),
    }
}

/// *ai* is a token a unit, 0.25 beyond the wallet.
fn ai() -> LineChange {
    tokens_each(line("ai", "0.25"), "1", from_wallet())
}

/// A contract, and what is used of its products.
struct Case {
    start: Date,
    end: Option<Date>,
    /// The ends that were known before, each from a day on.
    known_ends: Vec<(Date, Option<Date>)>,
    settings: Settings,
    base: Change,
    amendments: Vec<Change>,
    /// By the number of the period and the product.
    usage: BTreeMap<(u32, &'static str), &'static str>,
    levels: Vec<&'static str>,
    /// The products that have no meter.
    unmetered: Vec<&'static str>,
    third_party: Vec<&'static str>,
}

impl Case {
    fn new(lines: Vec<LineChange>) -> Self {
        let mut base = amendment(START);
        base.subscription = Some(SubscriptionType::MonthToMonth);
        base.lines = lines;
        Self {
            start: START,
            end: None,
            known_ends: Vec::new(),
            settings: Settings::default(),
            base,
            amendments: Vec::new(),
            usage: BTreeMap::new(),
            levels: Vec::new(),
            unmetered: vec!["tokens"],
            third_party: Vec::new(),
        }
    }

    /// A contract whose only line is *ai*, with a wallet.
    fn with_wallet() -> Self {
        let mut case = Self::new(vec![ai()]);
        case.base.wallets = vec![wallet("100", "0.10")];
        case
    }

    fn decrease(mut self, decrease: Decrease) -> Self {
        self.settings.decrease = decrease;
        self
    }

    /// From a day on, the wallet has so many units.
    fn refill(mut self, day: Date, units: &str) -> Self {
        let mut change = amendment(day);
        change.wallets = vec![WalletChange {
            term: None,
            price: None,
            ..wallet(units, "0")
        }];
        self.amendments.push(change);
        self
    }

    fn used(mut self, number: u32, product: &'static str, units: &'static str) -> Self {
        self.usage.insert((number, product), units);
        self
    }

    fn build(&self) -> Result<Contract, ContractError> {
        let contract = Contract::new(
            "C-1".to_owned(),
            OrganizationId::from_bytes([1; 16]),
            "USD".parse().unwrap(),
            Calendar::new("UTC", self.start, self.end).unwrap(),
            self.settings,
            &self.base,
            self.amendments.clone(),
        )?;
        contract.check_products(&self.products())?;
        let mut known = KnownEnds::default();
        for (since, end) in &self.known_ends {
            known.add(contract.calendar().midnight(*since), *end);
        }
        Ok(contract.with_known_ends(known))
    }

    fn contract(&self) -> Contract {
        self.build().unwrap()
    }

    fn products(&self) -> Products {
        let changes = std::iter::once(&self.base).chain(&self.amendments);
        let skus = changes.flat_map(|change| {
            let lines = change.lines.iter().map(|line| &line.product);
            lines.chain(change.wallets.iter().map(|wallet| &wallet.product))
        });
        let product = |sku: &String| Product {
            sku: sku.clone(),
            name: sku.clone(),
            charge: sku.clone(),
            meter: (!self.unmetered.contains(&sku.as_str())).then(|| sku.clone()),
            grouping: "ai".to_owned(),
            unit: "token".to_owned(),
            unit_of_measure: "Token".to_owned(),
            bundle: Quantity::ONE,
            third_party: self.third_party.contains(&sku.as_str()),
            charged_in_ramp: false,
            cancellable: true,
        };
        skus.map(|sku| (sku.clone(), product(sku))).collect()
    }

    /// The usage of a period. All of it is there on its first day.
    fn usage(&self, contract: &Contract, period: &Period) -> Usage {
        let used = self.usage.iter();
        let used = used.filter(|((number, _), _)| *number == period.number);
        let totals: Totals = used
            .map(|((_, product), units)| ((*product).to_owned(), quantity(units)))
            .collect();
        let changes = contract.price_changes(period).into_iter();
        Usage {
            until: changes.map(|day| (day, totals.clone())).collect(),
            totals,
            levels: self.levels.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    /// The first periods, one after the other.
    fn fold(&self, periods: u32) -> Vec<Rated> {
        let (contract, products) = (self.contract(), self.products());
        let periods = (0..periods).map_while(|number| contract.calendar().period(number));
        let periods = periods.map(|period| (period, self.usage(&contract, &period)));
        let periods: Vec<_> = periods.collect();
        rate_in_order(State::default(), &contract, &products, &periods)
    }

    fn period(&self, number: u32) -> Rated {
        self.fold(number + 1).pop().unwrap()
    }

    fn bill(&self, number: u32) -> Bill {
        self.period(number).bill
    }

    /// The charges of a period: kind, product and amount.
    fn charges(&self, number: u32) -> Vec<String> {
        shown(&self.bill(number).charges)
    }
}

fn shown(charges: &[Charge]) -> Vec<String> {
    let shown = charges.iter().map(|charge| {
        let product = charge.product.as_deref().unwrap_or("-");
        format!("{} {product} {}", charge.kind, charge.amount)
    });
    shown.collect()
}

/// An amendment that changes nothing yet.
fn amendment(day: Date) -> Change {
    Change {
        effective: day,
        subscription: None,
        ramp: RampChange::default(),
        minimum: None,
        lines: Vec::new(),
        wallets: Vec::new(),
    }
}

/// What a wallet says of a period: opening, bought, given back, drawn, lapsed, closing.
fn statement(bill: &Bill) -> [String; 6] {
    let wallet = &bill.wallets[0];
    let parts = [
        &wallet.opening,
        &wallet.increase,
        &wallet.decrease,
        &wallet.consumption,
        &wallet.lapse,
        &wallet.closing,
    ];
    parts.map(ToString::to_string)
}
