//! Wallets: units that are bought ahead, in pots, and what lines draw from them.
//!
//! In a period, terms change a wallet first: it is as if all that is bought or given back in
//! it were so from its first instant. Then lines draw, in the order of the contract, from the
//! oldest pot first. With the contract year, or with the contract, what is left lapses.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::charge::charge;
use super::{Charge, ChargeKind, RatedLine, Rating, RatingError, State, Step};
use crate::contract::{Contract, Decrease, Product, Products, Stretch, Wallet, WalletTerm};
use crate::exact::Exact;
use crate::period::{Period, next_day};

/// Units of a wallet that were bought together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pot {
    /// The day on which they were bought.
    pub bought: Date,
    /// The last day that they were bought for: that of the contract year (of the period, if
    /// they are bought by period), or the end of the contract that was known then.
    pub until: Date,
    /// The units that were bought, but for those that were given back.
    pub quantity: Exact,
    /// The price that was paid for each.
    pub price: Exact,
    /// The units that are left.
    pub left: Exact,
}

/// A wallet in a period. What it opens with and what is bought is what is given back, taken,
/// lapses and is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedWallet {
    /// The product that is bought.
    pub product: Product,
    /// The terms of the first day.
    pub wallet: Wallet,
    /// The units that the period opens with.
    pub opening: Exact,
    /// The units that are bought in it.
    pub increase: Exact,
    /// The units that a change of the contract takes from it.
    pub decrease: Exact,
    /// The units that lines draw from it.
    pub consumption: Exact,
    /// The units that lapse with it.
    pub lapse: Exact,
    /// The units that it closes with.
    pub closing: Exact,
    /// The units that were used in earlier periods, and that a change of the contract gives
    /// back: the last line that draws charges them.
    pub owed: Exact,
    /// The units that lines charge as overage, because the wallet does not hold them.
    pub overage: Exact,
    /// The pots with which the period closes, oldest first.
    pub pots: Vec<Pot>,
    /// What is bought and given back in the period, with its day, in order.
    movements: Vec<(Date, Step)>,
    /// The share of the period in what was paid for the pots.
    pub(super) share: Exact,
}

/// Rates the wallets of a period, in the order of the contract, and says of the lines that
/// draw from them what the wallets cover.
pub(super) fn rate_wallets(
    opening: &State,
    contract: &Contract,
    period: &Period,
    products: &Products,
    lines: &mut [RatedLine],
) -> Result<Vec<RatedWallet>, RatingError> {
    let terms = contract.terms_at(period.first);
    let mut held = opening.wallets.keys();
    if let Some(unknown) = held.find(|product| terms.wallet(product).is_none()) {
        return Err(RatingError::NotInContract(unknown.clone()));
    }
    let rated = terms.wallets.iter().map(|wallet| {
        let unknown = || RatingError::UnknownProduct(wallet.product.clone());
        let product = products.get(&wallet.product).ok_or_else(unknown)?;
        let pots = opening.wallets.get(&wallet.product);
        let pots = pots.cloned().unwrap_or_default();
        Ok(rate_wallet(contract, period, wallet, product, pots, lines))
    });
    rated.collect()
}

fn rate_wallet(
    contract: &Contract,
    period: &Period,
    wallet: &Wallet,
    product: &Product,
    pots: Vec<Pot>,
    lines: &mut [RatedLine],
) -> RatedWallet {
    let opening = left(&pots);
    let ChangedWallet {
        mut pots,
        movements,
        decrease,
        owed,
        mut lapse,
        ..
    } = ChangedWallet::of(contract, period, wallet, pots);
    let share = pots.iter().map(|pot| share(contract, period, pot)).sum();
    let available = left(&pots);
    let overage = draw(&wallet.product, &mut pots, lines, &owed);
    let consumption = available - left(&pots);
    let year_ends = period.number + 1 == contract.year_of(period).next;
    if year_ends || contract.ends_in(period).is_some() {
        lapse = lapse + left(&pots);
        pots.clear();
    }
    let steps = movements.iter().map(|(_, step)| step);
    let bought = steps.filter(|step| step.undoes.is_none());
    let increase: Exact = bought.map(|step| step.quantity.clone()).sum();
    let closing = left(&pots);
    assert_eq!(
        opening.clone() + increase.clone(),
        decrease.clone() + consumption.clone() + lapse.clone() + closing.clone(),
        "each unit of a wallet goes to one place"
    );
    RatedWallet {
        product: product.clone(),
        wallet: wallet.clone(),
        opening,
        increase,
        decrease,
        consumption,
        lapse,
        closing,
        owed,
        overage,
        pots,
        movements,
        share,
    }
}

fn left(pots: &[Pot]) -> Exact {
    pots.iter().map(|pot| pot.left.clone()).sum()
}

/// The pots of a wallet as the terms of a period change them, before lines draw.
struct ChangedWallet<'a> {
    contract: &'a Contract,
    period: &'a Period,
    /// The terms of the first day.
    wallet: &'a Wallet,
    pots: Vec<Pot>,
    movements: Vec<(Date, Step)>,
    decrease: Exact,
    owed: Exact,
    lapse: Exact,
}

impl<'a> ChangedWallet<'a> {
    /// Returns a wallet as the terms of the period have changed it.
    fn of(contract: &'a Contract, period: &'a Period, wallet: &'a Wallet, pots: Vec<Pot>) -> Self {
        let mut changing = Self {
            contract,
            period,
            wallet,
            pots,
            movements: Vec::new(),
            decrease: Exact::zero(),
            owed: Exact::zero(),
            lapse: Exact::zero(),
        };
        changing.change();
        changing
    }

    /// Buys and gives back what the period asks for, day by day.
    fn change(&mut self) {
        let now = self.contract.buys_as(self.period);
        let before = self.contract.period_before(self.period);
        // Another buyer begins with empty pots: a developer has paid nothing for what is
        // left, and a ramp is no time for which something was bought.
        if before.is_some_and(|before| self.contract.buys_as(&before) != now) {
            self.lapse = left(&self.pots);
            self.pots.clear();
        }
        if now.is_none() {
            return;
        }
        let gives_back = self.contract.settings().decrease == Decrease::GivenBack;
        let kept = self.bought_before();
        for stretch in self.contract.stretches(self.period) {
            let wanted = stretch.terms.wallet(&self.wallet.product);
            let mut wanted = wanted.map_or_else(Exact::zero, |wallet| wallet.quantity.into());
            if stretch.from == self.period.first && !gives_back {
                // Fewer are bought by period from the next contract year on.
                wanted = wanted.max(kept.clone());
            }
            let holds = self.holds();
            if wanted > holds {
                self.buy(&stretch, wanted - holds);
            } else if gives_back {
                self.give_back(stretch.from, holds - wanted);
            }
        }
        if gives_back {
            self.end();
        }
    }

    /// Returns the pots that count when more or fewer units are wanted: those of the contract
    /// year, or of the period.
    fn counted(&mut self) -> impl DoubleEndedIterator<Item = &mut Pot> {
        let first = match self.wallet.term {
            WalletTerm::Year => Date::MIN,
            WalletTerm::Period => self.period.first,
        };
        self.pots.iter_mut().filter(move |pot| first <= pot.bought)
    }

    fn holds(&mut self) -> Exact {
        self.counted().map(|pot| pot.quantity.clone()).sum()
    }

    /// Returns the units that were bought for the period before, if they are bought by period,
    /// and that is of the same contract year. At the end of a year all pots lapse.
    fn bought_before(&self) -> Exact {
        let before = self.contract.period_before(self.period);
        let before = before.filter(|_| self.wallet.term == WalletTerm::Period);
        let Some(before) = before else {
            return Exact::zero();
        };
        let pots = self.pots.iter().filter(|pot| before.first <= pot.bought);
        pots.map(|pot| pot.quantity.clone()).sum()
    }

    /// Buys units on the first day of a stretch, at its price.
    fn buy(&mut self, stretch: &Stretch<'_>, quantity: Exact) {
        let wallet = stretch.terms.wallet(&self.wallet.product);
        let wallet = wallet.expect("units of the wallet are wanted");
        let price = match stretch.terms.subscription.is_developer() {
            true => Exact::zero(),
            false => wallet.price.into(),
        };
        let step = Step {
            quantity: quantity.clone(),
            price: price.clone(),
            flat: None,
            undoes: None,
        };
        self.movements.push((stretch.from, step));
        let until = match self.wallet.term {
            WalletTerm::Year => self.contract.last_of_year(self.period),
            WalletTerm::Period => self.contract.last_if_whole(self.period),
        };
        let known_end = self.contract.bought_until(self.period);
        self.pots.push(Pot {
            bought: stretch.from,
            until: known_end.map_or(until, |end| end.min(until)),
            left: quantity.clone(),
            quantity,
            price,
        });
    }

    /// Gives back units on a day, the last bought first.
    fn give_back(&mut self, day: Date, mut fewer: Exact) {
        let mut undone = Vec::new();
        for pot in self.counted().rev() {
            let back = pot.quantity.clone().min(fewer.clone());
            if !back.is_zero() {
                fewer = fewer - back.clone();
                undone.push(pot.undo(back));
            }
        }
        assert!(fewer.is_zero(), "no more is given back than was bought");
        self.note(day, undone);
    }

    /// Gives back all that was bought for days after the end of the contract, if it has ended
    /// with this period.
    fn end(&mut self) {
        let Some(end) = self.contract.ends_in(self.period) else {
            return;
        };
        let longer = self.pots.iter_mut().rev().filter(|pot| end < pot.until);
        let undone = longer.map(|pot| pot.undo(pot.quantity.clone())).collect();
        self.note(end, undone);
    }

    fn note(&mut self, day: Date, undone: Vec<Undone>) {
        for undone in undone {
            self.decrease = self.decrease.clone() + undone.taken;
            self.owed = self.owed.clone() + undone.used;
            self.movements.push((day, undone.step));
        }
        self.pots.retain(|pot| !pot.quantity.is_zero());
    }
}

/// Units of a pot that are given back.
struct Undone {
    /// Those of them that were left.
    taken: Exact,
    /// Those of them that were used.
    used: Exact,
    /// Their price, below 0.
    step: Step,
}

impl Pot {
    fn undo(&mut self, back: Exact) -> Undone {
        let taken = self.left.clone().min(back.clone());
        self.quantity = self.quantity.clone() - back.clone();
        self.left = self.left.clone() - taken.clone();
        assert!(
            self.left <= self.quantity,
            "no more is left than was bought"
        );
        Undone {
            used: back.clone() - taken.clone(),
            taken,
            step: Step {
                quantity: Exact::zero() - back,
                price: self.price.clone(),
                flat: None,
                undoes: Some(self.bought),
            },
        }
    }
}

/// Lets lines draw from pots, in the order of the contract. Returns the units that they charge
/// as overage.
fn draw(product: &str, pots: &mut [Pot], lines: &mut [RatedLine], owed: &Exact) -> Exact {
    let mut overage = Exact::zero();
    let mut last = None;
    for line in lines.iter_mut().filter(|it| it.line.draws_from(product)) {
        let converted = line.converted.as_mut();
        let converted = converted.expect("a line that draws converts");
        converted.covered = take(pots, converted.tokens.clone());
        overage = overage + converted.tokens.clone() - converted.covered.clone();
        last = Some(converted);
    }
    // What was used already is charged with the last line.
    let last = last.expect("a line draws from each wallet: the contract was checked");
    last.owed = owed.clone();
    overage + owed.clone()
}

/// Takes units from pots, from the oldest first. Returns those that there were.
fn take(pots: &mut [Pot], wanted: Exact) -> Exact {
    let mut taken = Exact::zero();
    for pot in pots {
        let part = pot.left.clone().min(wanted.clone() - taken.clone());
        pot.left = pot.left.clone() - part.clone();
        taken = taken + part;
    }
    taken
}

/// Returns the share of a period in what was paid for a pot: each period that the pot was
/// bought for has a share by its days, also that in which it was bought.
fn share(contract: &Contract, period: &Period, pot: &Pot) -> Exact {
    let endless = contract.calendar().with_end(None);
    // What another contract has bought is for this one from its beginning on.
    let first = endless.period_of(pot.bought).map_or(0, |it| it.number);
    let bought_for = endless.with_end(Some(pot.until));
    let bought_for = (first..).map_while(|number| bought_for.period(number));
    let whole: Exact = bought_for.map(|it| weight(&it, pot.until)).sum();
    if whole.is_zero() {
        return Exact::zero();
    }
    let paid = pot.quantity.clone() * pot.price.clone();
    (paid * weight(period, pot.until)).divided_by(whole)
}

/// Returns the part of a whole period that lies before the end of a day.
fn weight(period: &Period, until: Date) -> Exact {
    let days = period.days() - period.days_from(next_day(until));
    Exact::fraction(days, period.full_days)
}

impl Rating<'_> {
    /// Returns the charge for what is bought and given back of a wallet. None if nothing is.
    pub(super) fn wallet(&self, wallet: &RatedWallet) -> Result<Option<Charge>, RatingError> {
        if !self.rates.subscription.charges() {
            return Ok(None);
        }
        let steps = wallet.movements.iter().map(|(_, step)| step.clone());
        let steps = steps.collect();
        let currency = self.contract.currency();
        charge(ChargeKind::Wallet, &wallet.product, steps, currency)
    }
}

/// Returns the steps of what is bought of a wallet on the first day of a period.
pub(super) fn bought_at_once(
    opening: &State,
    contract: &Contract,
    period: &Period,
    wallet: &Wallet,
) -> Vec<Step> {
    let pots = opening.wallets.get(&wallet.product);
    let pots = pots.cloned().unwrap_or_default();
    let movements = ChangedWallet::of(contract, period, wallet, pots).movements;
    let at_once = movements
        .into_iter()
        .filter(|(day, step)| *day == period.first && step.undoes.is_none());
    at_once.map(|(_, step)| step).collect()
}

/// Returns the pots that a period hands to the next one, by part number. A wallet without a
/// pot is absent.
pub(super) fn closing(wallets: &[RatedWallet]) -> BTreeMap<String, Vec<Pot>> {
    let held = wallets.iter().filter(|wallet| !wallet.pots.is_empty());
    held.map(|wallet| (wallet.wallet.product.clone(), wallet.pots.clone()))
        .collect()
}
