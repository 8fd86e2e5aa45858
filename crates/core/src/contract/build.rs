//! Builds a contract from its base and its amendments, and checks every rule.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{
    AfterEnd, Change, Contract, ContractError, ConversionTarget, Decrease, KnownEnds, Line,
    LineChange, Opening, Overage, Products, Ramp, RampChange, RampUsage, Settings,
    SubscriptionType, Terms, TierMode, Version, Wallet, WalletChange,
};
use crate::ids::OrganizationId;
use crate::money::Currency;
use crate::period::{Calendar, Period, next_day};
use crate::quantity::Quantity;

impl Contract {
    /// Checks a contract and builds its versions. `base` holds the terms of the
    /// first day, whatever `base.effective`. Amendments come in any order.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn new(
        number: String,
        organization: OrganizationId,
        currency: Currency,
        calendar: Calendar,
        settings: Settings,
        base: &Change,
        mut amendments: Vec<Change>,
    ) -> Result<Self, ContractError> {
        amendments.sort_by_key(|change| change.effective);
        check_days(&calendar, &amendments)?;
        let mut terms = Terms {
            subscription: base.subscription.ok_or(ContractError::NoSubscription)?,
            ramp: None,
            minimum: None,
            lines: Vec::new(),
            wallets: Vec::new(),
        };
        terms.apply(base)?;
        terms.check(&calendar, currency)?;
        let mut versions = vec![Version {
            effective: calendar.start(),
            terms: terms.clone(),
        }];
        for change in &amendments {
            let before = terms.clone();
            terms.apply(change)?;
            terms.check(&calendar, currency)?;
            check_within_period(&calendar, change.effective, &before, &terms)?;
            versions.push(Version {
                effective: change.effective,
                terms: terms.clone(),
            });
        }
        let contract = Self {
            number,
            organization,
            currency,
            term_end: calendar.end(),
            calendar,
            settings,
            versions,
            known_ends: KnownEnds::default(),
            opening: Opening::default(),
        };
        contract.check_prepaid_years()?;
        contract.check_decreases()?;
        contract.check_wallet_terms()?;
        contract.going_on()
    }

    /// Returns the contract with what comes after its end, if it goes on.
    fn going_on(mut self) -> Result<Self, ContractError> {
        let goes_on = self.settings.after_end == AfterEnd::MonthToMonth;
        let Some(end) = self.term_end.filter(|_| goes_on) else {
            return Ok(self);
        };
        let endless = self.calendar.with_end(None);
        if !endless.ends_period(end) {
            return Err(ContractError::AfterEnd(end));
        }
        let last = self.versions.last().expect("a contract has a version");
        let terms = last.terms.after_end();
        self.versions.push(Version {
            effective: next_day(end),
            terms,
        });
        self.calendar = endless;
        Ok(self)
    }

    /// Checks that what was paid in advance for a contract year holds until its end.
    fn check_prepaid_years(&self) -> Result<(), ContractError> {
        let days = self.versions.iter().flat_map(|version| {
            let ramp = version
                .terms
                .ramp
                .map(|ramp| [ramp.start, next_day(ramp.end)]);
            std::iter::once(version.effective).chain(ramp.into_iter().flatten())
        });
        let is_paid = |period: &Period| self.annual_as(period) == Some(SubscriptionType::Prepay);
        let begun = days.filter_map(|day| self.calendar.period_of(day));
        for period in begun.filter(|period| period.number != self.year_of(period).first) {
            let before = self.calendar.period(period.number - 1);
            let was_paid = before.is_some_and(|before| is_paid(&before));
            if was_paid && !is_paid(&period) {
                return Err(ContractError::PrepaidYear(period.first));
            }
        }
        Ok(())
    }

    /// Returns the contract with another setting for decreases.
    ///
    /// # Errors
    /// It refuses them, and an amendment is one.
    pub fn with_decrease(mut self, decrease: Decrease) -> Result<Self, ContractError> {
        self.settings.decrease = decrease;
        self.check_decreases()?;
        Ok(self)
    }

    /// Checks that no amendment lowers what is paid for until the end of the contract year,
    /// if the contract refuses that.
    fn check_decreases(&self) -> Result<(), ContractError> {
        if self.settings.decrease != Decrease::Refused {
            return Ok(());
        }
        for versions in self.versions.windows(2) {
            let [before, after] = [&versions[0], &versions[1]];
            let day = after.effective;
            // The first day of a year buys again.
            if self.begins_year(day) {
                continue;
            }
            let lowered = self.lowered_line(day, &before.terms, &after.terms);
            let lowered = lowered.or_else(|| self.lowered_wallet(day, &before.terms, &after.terms));
            if let Some(product) = lowered {
                let product = product.to_owned();
                return Err(ContractError::DecreaseRefused { day, product });
            }
        }
        Ok(())
    }

    /// Returns the product of a line of which less is committed from a day on than is paid for.
    fn lowered_line<'a>(&self, day: Date, before: &Terms, after: &'a Terms) -> Option<&'a str> {
        let [was_paid, is_paid] = self.around(day).map(|it| self.annual_as(&it));
        // Another type buys again, too.
        if is_paid.is_none() || was_paid != is_paid {
            return None;
        }
        let mut lines = after.lines.iter();
        let lowered = lines.find(|line| {
            let held = before.line(&line.product);
            held.is_some_and(|held| line.prepay_quantity < held.prepay_quantity)
        });
        lowered.map(|line| line.product.as_str())
    }

    /// Returns the product of a wallet of which less is bought from a day on than before.
    fn lowered_wallet<'a>(&self, day: Date, before: &Terms, after: &'a Terms) -> Option<&'a str> {
        let [was_bought, is_bought] = self.around(day).map(|it| self.buys_as(&it));
        if is_bought.is_none() || was_bought != is_bought {
            return None;
        }
        let mut wallets = after.wallets.iter();
        let lowered = wallets.find(|wallet| {
            let held = before.wallet(&wallet.product);
            held.is_some_and(|held| wallet.quantity < held.quantity)
        });
        lowered.map(|wallet| wallet.product.as_str())
    }

    /// Returns the periods before and from a day of an amendment: twice the same, if it is
    /// within one.
    fn around(&self, day: Date) -> [Period; 2] {
        let period = self.calendar.period_of(day);
        let period = period.expect("amendments are within the contract");
        let before = self.period_before(&period).filter(|_| day == period.first);
        [before.unwrap_or(period), period]
    }

    /// Checks that no amendment changes the term of a wallet within a contract year.
    fn check_wallet_terms(&self) -> Result<(), ContractError> {
        for versions in self.versions.windows(2) {
            let [before, after] = [&versions[0], &versions[1]];
            let day = after.effective;
            let changed = after.terms.wallets.iter().find(|wallet| {
                let old = before.terms.wallet(&wallet.product);
                old.is_some_and(|old| old.term != wallet.term)
            });
            if let Some(wallet) = changed.filter(|_| !self.begins_year(day)) {
                let product = wallet.product.clone();
                return Err(ContractError::WalletTerm { day, product });
            }
        }
        Ok(())
    }

    /// Returns true if a contract year begins on a day of the contract.
    fn begins_year(&self, day: Date) -> bool {
        let period = self.calendar.period_of(day);
        let period = period.expect("amendments are within the contract");
        day == period.first && period.number == self.year_of(&period).first
    }

    /// Checks that the currency is money on each day of the contract. What is stored
    /// is not checked again: a currency may end while a contract goes on.
    ///
    /// # Errors
    /// The contract begins before its currency, or goes on after it.
    pub fn check_currency(&self) -> Result<(), ContractError> {
        let (currency, calendar) = (self.currency, &self.calendar);
        let (first, last) = currency.days();
        if let Some(first) = first.filter(|first| calendar.start() < *first) {
            return Err(ContractError::CurrencyBegins { currency, first });
        }
        let outlives = |last: &Date| calendar.end().is_none_or(|end| *last < end);
        match last.filter(outlives) {
            Some(last) => Err(ContractError::CurrencyEnds { currency, last }),
            None => Ok(()),
        }
    }

    /// Returns the part numbers of the products that the contract prices, on any of its days.
    #[must_use]
    pub fn products(&self) -> BTreeSet<&str> {
        let terms = self.versions.iter().map(|version| &version.terms);
        let products = terms.flat_map(|terms| {
            let lines = terms.lines.iter().map(|line| line.product.as_str());
            lines.chain(terms.wallets.iter().map(|wallet| wallet.product.as_str()))
        });
        products.collect()
    }

    /// Checks the contract against the products that it prices.
    ///
    /// # Errors
    /// A product is unknown, or its bundle excludes what a line says.
    pub fn check_products(&self, products: &Products) -> Result<(), ContractError> {
        let terms = self.versions.iter().map(|version| &version.terms);
        for (terms, line) in terms.flat_map(|terms| terms.lines.iter().map(move |it| (terms, it))) {
            let unknown = || ContractError::UnknownProduct(line.product.clone());
            let product = products.get(&line.product).ok_or_else(unknown)?;
            if product.is_bundle() && matches!(line.overage, Overage::Tiers(..)) {
                return Err(ContractError::BundleWithTiers(line.product.clone()));
            }
            if product.meter.is_some() && terms.is_converted_into(&line.product) {
                return Err(ContractError::TokenMeter(line.product.clone()));
            }
        }
        let terms = self.versions.iter().map(|version| &version.terms);
        for wallet in terms.flat_map(|terms| &terms.wallets) {
            let unknown = || ContractError::UnknownWalletProduct(wallet.product.clone());
            let product = products.get(&wallet.product).ok_or_else(unknown)?;
            if product.is_bundle() {
                return Err(ContractError::BundleWallet(wallet.product.clone()));
            }
        }
        Ok(())
    }
}

fn check_days(calendar: &Calendar, amendments: &[Change]) -> Result<(), ContractError> {
    for change in amendments {
        let day = change.effective;
        if day <= calendar.start() || calendar.end().is_some_and(|end| end < day) {
            return Err(ContractError::AmendmentOutside(day));
        }
    }
    let twice = amendments
        .windows(2)
        .find(|pair| pair[0].effective == pair[1].effective);
    match twice {
        Some(pair) => Err(ContractError::RepeatedAmendment(pair[0].effective)),
        None => Ok(()),
    }
}

impl Terms {
    /// Returns the terms from month to month: overage prices and allowances, without
    /// commitment, wallets, minimum and ramp.
    fn after_end(&self) -> Self {
        let mut terms = Self {
            subscription: self.subscription.after_end(),
            ramp: None,
            minimum: None,
            wallets: Vec::new(),
            ..self.clone()
        };
        for line in &mut terms.lines {
            line.prepay_quantity = Quantity::ZERO;
            line.prepay_price = None;
            // Without a wallet everything beyond is overage of the line.
            line.conversion = line.conversion.take().filter(|it| it.wallet().is_none());
        }
        terms
    }

    fn apply(&mut self, change: &Change) -> Result<(), ContractError> {
        self.subscription = change.subscription.unwrap_or(self.subscription);
        self.minimum = change.minimum.or(self.minimum);
        self.change_ramp(change.ramp)?;
        let mut seen = BTreeSet::new();
        for line in &change.lines {
            if !seen.insert(&line.product) {
                return Err(ContractError::RepeatedProduct(line.product.clone()));
            }
            self.change_line(line)?;
        }
        let mut seen = BTreeSet::new();
        for wallet in &change.wallets {
            if !seen.insert(&wallet.product) {
                return Err(ContractError::RepeatedWallet(wallet.product.clone()));
            }
            self.change_wallet(wallet)?;
        }
        Ok(())
    }

    fn change_wallet(&mut self, change: &WalletChange) -> Result<(), ContractError> {
        let mut wallets = self.wallets.iter_mut();
        if let Some(known) = wallets.find(|wallet| wallet.product == change.product) {
            known.apply(change);
            return Ok(());
        }
        let half = || ContractError::HalfWallet(change.product.clone());
        self.wallets.push(Wallet::new(change).ok_or_else(half)?);
        Ok(())
    }

    fn change_ramp(&mut self, change: RampChange) -> Result<(), ContractError> {
        if change == RampChange::default() {
            return Ok(());
        }
        let start = change.start.or(self.ramp.map(|ramp| ramp.start));
        let end = change.end.or(self.ramp.map(|ramp| ramp.end));
        let usage = change.usage.or(self.ramp.map(|ramp| ramp.usage));
        let (Some(start), Some(end)) = (start, end) else {
            return Err(ContractError::HalfRamp);
        };
        self.ramp = Some(Ramp {
            start,
            end,
            // Usage in a ramp is free unless the contract says otherwise.
            usage: usage.unwrap_or(RampUsage::Free),
        });
        Ok(())
    }

    fn change_line(&mut self, change: &LineChange) -> Result<(), ContractError> {
        let known = self
            .lines
            .iter_mut()
            .find(|line| line.product == change.product);
        if let Some(line) = known {
            line.apply(change);
            return Ok(());
        }
        let line = Line::new(change).ok_or(ContractError::NoPrice(change.product.clone()))?;
        self.lines.push(line);
        Ok(())
    }

    fn check(&self, calendar: &Calendar, currency: Currency) -> Result<(), ContractError> {
        if self.lines.is_empty() {
            return Err(ContractError::NoLines);
        }
        for line in &self.lines {
            self.check_line(line)?;
        }
        for wallet in &self.wallets {
            self.check_wallet(wallet)?;
        }
        if let Some(Ramp { start, end, .. }) = self.ramp
            && !(start <= end && calendar.begins_period(start) && calendar.ends_period(end))
        {
            return Err(ContractError::RampBorders(start, end));
        }
        let step = 10i128.pow(Quantity::DECIMALS - currency.minor_digits());
        match self.minimum {
            Some(minimum) if minimum.scaled() % step != 0 => {
                Err(ContractError::MinimumDecimals { currency })
            }
            _ => Ok(()),
        }
    }

    fn check_line(&self, line: &Line) -> Result<(), ContractError> {
        let product = || line.product.clone();
        if line.prepay_quantity > Quantity::ZERO {
            if !self.subscription.commits() {
                return Err(ContractError::CommitmentRefused {
                    product: product(),
                    subscription: self.subscription,
                });
            }
            if line.prepay_price.is_none() {
                return Err(ContractError::NoPrepayPrice(product()));
            }
        }
        if let Overage::Tiers(mode, _) = &line.overage {
            if !line.overage.tiers_are_sound() {
                return Err(ContractError::Tiers(product()));
            }
            if *mode == TierMode::Package(Quantity::ZERO) {
                return Err(ContractError::PackageSize(product()));
            }
        }
        let mut seen = BTreeSet::new();
        for fair_use in &line.fair_use {
            let (product, licence) = (product(), fair_use.licence.clone());
            if licence == product || self.line(&licence).is_none() {
                return Err(ContractError::Licence { product, licence });
            }
            if !seen.insert(&fair_use.licence) {
                return Err(ContractError::RepeatedLicence { product, licence });
            }
            if self.is_converted_into(&licence) {
                return Err(ContractError::TokenLicence { product, licence });
            }
        }
        self.check_conversion(line)
    }

    fn check_wallet(&self, wallet: &Wallet) -> Result<(), ContractError> {
        let product = || wallet.product.clone();
        // A trial charges nothing, so there is nothing to buy in it.
        let trial = self.subscription == SubscriptionType::FreeTrialMonthToMonth;
        if trial && wallet.quantity > Quantity::ZERO {
            return Err(ContractError::WalletRefused {
                product: product(),
                subscription: self.subscription,
            });
        }
        // What a decrease leaves without cover is charged with the last line that draws.
        let drawn = self.lines.iter().any(|it| it.draws_from(&wallet.product));
        if !drawn {
            return Err(ContractError::IdleWallet(product()));
        }
        Ok(())
    }

    /// Returns true if a line converts into the line of a product.
    fn is_converted_into(&self, product: &str) -> bool {
        self.lines.iter().any(|line| line.converts_into(product))
    }

    fn check_conversion(&self, line: &Line) -> Result<(), ContractError> {
        let Some(conversion) = &line.conversion else {
            return Ok(());
        };
        let product = line.product.clone();
        if !conversion.rate.is_sound() {
            return Err(ContractError::ConversionRate(product));
        }
        match &conversion.target {
            ConversionTarget::Line(tokens) => {
                let tokens = tokens.clone();
                match self.line(&tokens) {
                    Some(target) if tokens != product => {
                        // The usage of all lines is known when that of a token line is.
                        let converts = target.conversion.as_ref();
                        if converts.is_some_and(|it| it.line().is_some()) {
                            return Err(ContractError::TokensConverted { product, tokens });
                        }
                        Ok(())
                    }
                    Some(_) | None => Err(ContractError::TokenLine { product, tokens }),
                }
            }
            ConversionTarget::Wallet(wallet) => match self.wallet(wallet) {
                Some(_) => Ok(()),
                None => Err(ContractError::UnknownWallet {
                    product,
                    wallet: wallet.clone(),
                }),
            },
        }
    }
}

impl Overage {
    /// Returns true if the limits rise from 0 and only the last tier has none.
    fn tiers_are_sound(&self) -> bool {
        let Self::Tiers(_, tiers) = self else {
            return true;
        };
        let Some((last, others)) = tiers.split_last() else {
            return false;
        };
        let mut border = Some(Quantity::ZERO);
        let rising = others.iter().all(|tier| {
            let before = std::mem::replace(&mut border, tier.up_to);
            tier.up_to.is_some() && tier.up_to > before
        });
        rising && last.up_to.is_none()
    }
}

/// Checks that only quantities and prices change within a period.
fn check_within_period(
    calendar: &Calendar,
    day: Date,
    before: &Terms,
    after: &Terms,
) -> Result<(), ContractError> {
    if calendar.begins_period(day) {
        return Ok(());
    }
    let refuse = |what: String| Err(ContractError::WithinPeriod { day, what });
    if before.subscription != after.subscription {
        return refuse("the subscription type".to_owned());
    }
    if before.ramp != after.ramp {
        return refuse("the ramp".to_owned());
    }
    for line in &after.lines {
        match before.line(&line.product) {
            None => return refuse(format!("the line of {} (a new one)", line.product)),
            Some(old) if !old.same_model(line) => {
                return refuse(format!(
                    "the tiers, fair use or conversion of {}",
                    line.product
                ));
            }
            Some(_) => {}
        }
    }
    let mut wallets = after.wallets.iter();
    if let Some(new) = wallets.find(|wallet| before.wallet(&wallet.product).is_none()) {
        return refuse(format!("the wallet of {} (a new one)", new.product));
    }
    Ok(())
}
