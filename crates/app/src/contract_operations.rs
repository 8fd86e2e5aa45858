//! Contract operations: the contracts of an organisation with their billing periods.

use std::collections::BTreeMap;
use std::ops::Bound;

use exchequer_core::contract::WalletTerm;
use exchequer_core::{Contract, Instant, OrganizationId, Period, Product, Products, State};
use exchequer_store::billing::periods::{self, ClosedPeriod};
use exchequer_store::billing::terms::{self, LedgerTerms};
use exchequer_store::catalog::contracts::{self, Stored};
use exchequer_store::catalog::products;
use exchequer_store::{Snapshot, StoreError, UsageView};
use exchequer_types::catalog::Party;
use jiff::civil::Date;

use crate::app::App;
use crate::billing::{RatedPeriod, rate_one};
use crate::billing_view::BillingView;
use crate::closing::billing_from;
use crate::closing::record::{RecordedState, Row};
use crate::documents::contract::{document, load_all};
use crate::error::Error;

/// The contracts to list.
#[derive(Clone, Debug, Default)]
pub struct ContractQuery {
    /// Only contracts with this day or a later one.
    pub from: Option<Date>,
    /// Only contracts with this day or an earlier one.
    pub to: Option<Date>,
    /// Only contracts that are in force today, or only others.
    pub active: Option<bool>,
    /// Only the contract of this number.
    pub number: Option<String>,
    /// Only contracts that the listing has after this place.
    pub after: Option<Place>,
    /// Only contracts that the listing has before this place. Of many, the last ones are
    /// listed.
    pub before: Option<Place>,
    /// The most contracts to list.
    pub limit: usize,
}

/// The place of a contract in the listing, which begins with the highest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The first day of the contract.
    pub start: Date,
    /// Its number.
    pub number: String,
}

/// Contracts that follow each other in the listing.
#[derive(Clone, Debug, Default)]
pub struct ContractPage {
    /// The contracts, newest first.
    pub contracts: Vec<ListedContract>,
    /// True if there are others before them.
    pub has_previous: bool,
    /// True if there are others after them.
    pub has_next: bool,
}

/// A contract with its periods, as of now.
#[derive(Clone, Debug)]
pub struct ListedContract {
    /// The contract.
    pub contract: Contract,
    /// The party that receives its invoices, if it names one.
    pub bill_to: Option<Party>,
    /// The products, as they are called today.
    pub products: Products,
    /// The periods that have begun, newest first.
    pub periods: Vec<ContractPeriod>,
    /// The days through which it is charged.
    pub charged: Charged,
    /// True if it is in force.
    pub active: bool,
    /// The day in its time zone.
    pub today: Date,
}

/// A period of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractPeriod {
    /// The period.
    pub period: Period,
    /// True if it is closed.
    pub closed: bool,
    /// True if it is older than what is billed here.
    pub billed_elsewhere: bool,
}

/// The last days through which a contract is charged here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    /// Of usage, and of commitments that are charged period by period.
    pub usage: Option<Date>,
    /// Of the units that are paid ahead of each product, by part number.
    pub prepaid: BTreeMap<String, Date>,
    /// Of each wallet, by the part number of its product.
    pub wallets: BTreeMap<String, Date>,
}

/// A period of a contract with its bill.
pub struct RatedContractPeriod {
    /// The period.
    pub listed: ContractPeriod,
    /// Its bill, as it is, or as it was when it was closed.
    pub rated: RatedPeriod,
    /// What it has been charged since.
    pub adjustments: Vec<Adjustment>,
}

/// What a closed period has been charged since.
#[derive(Clone, Debug)]
pub struct Adjustment {
    /// The number of the entry.
    pub entry: u64,
    /// The instant at which it was made.
    pub made: String,
    /// The difference.
    pub row: Row,
    /// The product, as it was called. A minimum has none.
    pub product: Option<Product>,
}

/// Lists contracts of an organisation, those that have yet to begin among them.
///
/// # Errors
/// If the database fails, or a contract in it cannot be read.
pub async fn contracts(
    app: &App,
    organization: OrganizationId,
    query: ContractQuery,
) -> Result<ContractPage, Error> {
    let now = app.now();
    let list = move |db: &Snapshot<'_>| {
        let stored = contracts::of_organization(db, organization)?;
        let mut found = load_all(&stored)?;
        found.retain(|contract| query.includes(contract, now));
        found.sort_by_key(|contract| std::cmp::Reverse(Place::of(contract)));
        let page = query.page(&found);
        let context = Context::read(db, organization, now)?;
        let listed = found[page.clone()].iter();
        let listed = listed.map(|contract| context.listed(db, &stored, contract));
        Ok(ContractPage {
            contracts: listed.collect::<Result<_, StoreError>>()?,
            has_previous: page.start > 0 && !page.is_empty(),
            has_next: page.end < found.len() && !page.is_empty(),
        })
    };
    Ok(app.database().read(list).await?)
}

/// Returns a contract of an organisation.
///
/// # Errors
/// [`Error::NotFound`] if it has no contract of that number.
pub async fn contract(
    app: &App,
    organization: OrganizationId,
    number: &str,
) -> Result<ListedContract, Error> {
    let (now, number) = (app.now(), number.to_owned());
    let find = move |db: &Snapshot<'_>| {
        let stored = contracts::of_organization(db, organization)?;
        let found = load_all(&stored)?;
        let Some(found) = found.iter().find(|it| it.number() == number) else {
            return Ok(None);
        };
        let context = Context::read(db, organization, now)?;
        context.listed(db, &stored, found).map(Some)
    };
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Returns a period of a contract with its bill. Its id is its first day.
///
/// # Errors
/// [`Error::NotFound`] if the organisation has no such contract, or that has no such period.
pub async fn contract_period(
    app: &App,
    organization: OrganizationId,
    number: &str,
    id: &str,
) -> Result<RatedContractPeriod, Error> {
    let (now, number, id) = (app.now(), number.to_owned(), id.to_owned());
    let read = move |usage: &UsageView<'_>| {
        let view = BillingView::new(usage, organization);
        let found = load_all(&view.contracts()?)?;
        let Some(contract) = found.into_iter().find(|it| it.number() == number) else {
            return Ok(Err(Error::NotFound));
        };
        let closed = view.closed(&number)?;
        let listed = listed_periods(&contract, &closed, &view.closing_terms()?, now);
        let found = listed
            .into_iter()
            .find(|it| it.period.first.to_string() == id);
        Ok(match found {
            Some(found) => rated(&view, contract, found),
            None => Err(Error::NotFound),
        })
    };
    app.store().read_usage(organization, read).await?
}

fn rated(
    view: &BillingView<'_>,
    contract: Contract,
    listed: ContractPeriod,
) -> Result<RatedContractPeriod, Error> {
    let rated = rate_one(view, contract, listed.period)?;
    let mut adjustments = Vec::new();
    for later in rated.closed.iter().flat_map(|closed| &closed.later) {
        let mut products = later.record.basis.products()?;
        for row in &later.record.rows {
            let product = match &row.product {
                None => None,
                // A line that was forgotten is not of the products that were known then.
                Some(sku) => match products.remove(sku) {
                    Some(known) => Some(known),
                    None => view.product(sku)?,
                },
            };
            adjustments.push(Adjustment {
                entry: later.entry,
                made: later.record.made.clone(),
                row: row.clone(),
                product,
            });
        }
    }
    Ok(RatedContractPeriod {
        listed,
        rated,
        adjustments,
    })
}

impl Place {
    /// Returns the place of a contract.
    #[must_use]
    pub fn of(contract: &Contract) -> Self {
        Self {
            start: contract.calendar().start(),
            number: contract.number().to_owned(),
        }
    }
}

impl ContractQuery {
    /// Returns true if a contract is listed, on whatever page.
    fn includes(&self, contract: &Contract, now: Instant) -> bool {
        let calendar = contract.calendar();
        let ends_before = |day: Date| calendar.end().is_some_and(|end| end < day);
        self.from.is_none_or(|from| !ends_before(from))
            && self.to.is_none_or(|to| calendar.start() <= to)
            && self
                .active
                .is_none_or(|active| active == is_active(contract, now))
            && self
                .number
                .as_ref()
                .is_none_or(|number| number == contract.number())
    }

    /// Returns the page of contracts in the order of the listing.
    fn page(&self, contracts: &[Contract]) -> std::ops::Range<usize> {
        let before = |place: &Place, bound: Bound<()>| {
            contracts.partition_point(|contract| {
                let contract = Place::of(contract);
                contract > *place || (bound == Bound::Included(()) && contract == *place)
            })
        };
        let from = self.after.as_ref();
        let from = from.map_or(0, |place| before(place, Bound::Included(())));
        let to = self.before.as_ref();
        let to = to.map_or(contracts.len(), |place| before(place, Bound::Excluded(())));
        let to = to.max(from);
        match (&self.after, &self.before) {
            // Whoever goes back sees what is next to the place that they come from.
            (None, Some(_)) => to.saturating_sub(self.limit).max(from)..to,
            _ => from..to.min(from.saturating_add(self.limit)),
        }
    }
}

/// What contracts of an organisation are shown with.
struct Context {
    organization: OrganizationId,
    now: Instant,
    ledger: LedgerTerms,
    products: Products,
}

impl Context {
    fn read(
        db: &Snapshot<'_>,
        organization: OrganizationId,
        now: Instant,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            organization,
            now,
            ledger: terms::find(db)?,
            products: products::of_bills(db, organization, std::iter::empty(), now.day())?,
        })
    }

    fn listed(
        &self,
        db: &Snapshot<'_>,
        stored: &[Stored],
        contract: &Contract,
    ) -> Result<ListedContract, StoreError> {
        let number = contract.number();
        let stored = stored.iter().find(|it| it.number == number);
        let stored = stored.expect("it was loaded from one of them");
        let closed = periods::of_contract(db, self.organization, number)?;
        let today = contract.calendar().day_at(self.now);
        Ok(ListedContract {
            bill_to: document(stored)?.bill_to,
            products: self.products.clone(),
            periods: listed_periods(contract, &closed, &self.ledger, self.now),
            charged: charged(contract, &closed)?,
            active: is_active(contract, self.now),
            today: today.unwrap_or_else(|| contract.calendar().start()),
            contract: contract.clone(),
        })
    }
}

fn is_active(contract: &Contract, now: Instant) -> bool {
    let calendar = contract.calendar();
    calendar.begins() <= now && calendar.ends().is_none_or(|ends| now < ends)
}

/// Returns the periods of a contract that have begun, newest first; among them those that
/// were closed before the contract was ended earlier.
fn listed_periods(
    contract: &Contract,
    closed: &[ClosedPeriod],
    ledger: &LedgerTerms,
    now: Instant,
) -> Vec<ContractPeriod> {
    let calendar = contract.calendar();
    let billed_from = billing_from(contract, ledger);
    let begun = calendar.latest(now).map_or(0, |latest| latest.number + 1);
    let closed: BTreeMap<u32, &ClosedPeriod> = closed
        .iter()
        .filter(|it| it.closed.is_some())
        .map(|it| (it.number, it))
        .collect();
    let dropped = closed.range(begun..).rev();
    let dropped = dropped.filter_map(|(_, closed)| dropped_period(contract, closed));
    let current = (0..begun)
        .rev()
        .filter_map(|number| calendar.period(number));
    let all = dropped.chain(current).map(|period| {
        let is_closed = closed.contains_key(&period.number);
        let older = billed_from.is_some_and(|from| period.next <= from);
        ContractPeriod {
            period,
            closed: is_closed,
            billed_elsewhere: older && !is_closed,
        }
    });
    all.collect()
}

/// Returns a period that was closed and is after the end of its contract now, with the days
/// that it had.
fn dropped_period(contract: &Contract, closed: &ClosedPeriod) -> Option<Period> {
    let whole = contract.calendar().with_end(None).period(closed.number)?;
    let next = match closed.range.end() < whole.range.end() {
        true => contract.calendar().day_at(closed.range.end())?,
        false => whole.next,
    };
    Some(Period {
        next,
        range: closed.range,
        ..whole
    })
}

/// Returns the days through which a contract is charged, as its entries have left it.
fn charged(contract: &Contract, periods: &[ClosedPeriod]) -> Result<Charged, StoreError> {
    let calendar = contract.calendar();
    let mut charged = Charged::default();
    let closed = periods.iter().rev().filter(|it| it.closed.is_some());
    let mut closed = closed.filter_map(|it| Some((it, calendar.period(it.number)?)));
    if let Some((closed, period)) = closed.next() {
        charged.usage = Some(period.last());
        let held = closed.state.as_deref().map(RecordedState::parse);
        charged.add_held(&held.transpose()?.unwrap_or_default());
    }
    // What is bought with the current period is charged when that begins.
    let open = periods.iter().filter(|it| it.closed.is_none());
    let open = open.filter_map(|open| calendar.period(open.number));
    for period in open {
        charged.add_bought(contract, &period);
    }
    Ok(charged)
}

impl Charged {
    /// Adds what is held at the end of a period.
    fn add_held(&mut self, state: &State) {
        for (sku, held) in &state.prepaid {
            let until = held.iter().map(|purchase| purchase.until).max();
            self.prepaid.extend(until.map(|until| (sku.clone(), until)));
        }
        for (sku, pots) in &state.wallets {
            let until = pots.iter().map(|pot| pot.until).max();
            self.wallets.extend(until.map(|until| (sku.clone(), until)));
        }
    }

    /// Adds what is bought on the first day of a period.
    fn add_bought(&mut self, contract: &Contract, period: &Period) {
        let terms = contract.terms_at(period.first);
        let year = contract.paid_through(period);
        if terms.subscription.is_annual() && terms.ramp_on(period.first).is_none() {
            let lines = terms.lines.iter().map(|line| line.product.clone());
            self.prepaid.extend(lines.map(|sku| (sku, year)));
        }
        for wallet in &terms.wallets {
            let through = match wallet.term {
                WalletTerm::Year => year,
                WalletTerm::Period => period.last(),
            };
            self.wallets.insert(wallet.product.clone(), through);
        }
    }
}
