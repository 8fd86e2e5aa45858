use jiff::civil::Date;

use crate::money::Currency;

/// The error of a contract that is refused. Each message names the place and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// The contract says nothing of how it is paid.
    #[error("subscription is required")]
    NoSubscription,
    /// The contract prices nothing.
    #[error("lines must have one line at least")]
    NoLines,
    /// A product stands twice in the same list.
    #[error("lines: {0} is priced twice")]
    RepeatedProduct(String),
    /// A new line without a price for overage.
    #[error("lines: {0} needs overagePrice or tiers")]
    NoPrice(String),
    /// Units are committed that have no price.
    #[error("lines: {0} commits a quantity, and needs prepayPrice")]
    NoPrepayPrice(String),
    /// Units are committed under a type without commitments.
    #[error("lines: {product} commits a quantity, which {subscription} does not allow")]
    CommitmentRefused {
        /// The part number.
        product: String,
        /// The type.
        subscription: super::SubscriptionType,
    },
    /// Tiers that leave a gap, overlap, or end too early.
    #[error("lines: the tiers of {0} must have ascending upTo above 0, and only the last one none")]
    Tiers(String),
    /// Packages of nothing.
    #[error("lines: {0} needs a package size above 0")]
    PackageSize(String),
    /// A bundle is sold at one price.
    #[error("lines: {0} is sold in bundles, which excludes tiers")]
    BundleWithTiers(String),
    /// Fair use for each of something that is no other line.
    #[error("lines: the fair use of {product} counts {licence}, which must be another line")]
    Licence {
        /// The part number of the line.
        product: String,
        /// The part number that it counts.
        licence: String,
    },
    /// Fair use counts a licence twice.
    #[error("lines: the fair use of {product} counts {licence} twice")]
    RepeatedLicence {
        /// The part number of the line.
        product: String,
        /// The part number that it counts.
        licence: String,
    },
    /// A conversion of units into nothing, or of nothing.
    #[error("lines: the conversion of {0} needs a rate above 0")]
    ConversionRate(String),
    /// A line that converts into something that is no other line.
    #[error("lines: {product} converts into {tokens}, which must be another line")]
    TokenLine {
        /// The part number of the line.
        product: String,
        /// The part number that it converts into.
        tokens: String,
    },
    /// A line that converts into a line that converts as well.
    #[error("lines: {product} converts into {tokens}, which cannot convert into another line")]
    TokensConverted {
        /// The part number of the line.
        product: String,
        /// The part number that it converts into.
        tokens: String,
    },
    /// Fair use for each token.
    #[error("lines: the fair use of {product} counts {licence}, into which others convert")]
    TokenLicence {
        /// The part number of the line.
        product: String,
        /// The part number that it counts.
        licence: String,
    },
    /// Tokens that are counted twice: as they are converted, and by a meter.
    #[error("lines: others convert into {0}, whose product must have no meter")]
    TokenMeter(String),
    /// A wallet stands twice in the same list.
    #[error("wallets: the wallet of {0} stands twice")]
    RepeatedWallet(String),
    /// A new wallet without a price, or of which nobody knows for how long its units are.
    #[error("wallets: the wallet of {0} needs a term and a price")]
    HalfWallet(String),
    /// Units are bought under a type that commits nothing.
    #[error("wallets: units of {product} are bought, which {subscription} does not allow")]
    WalletRefused {
        /// The part number of the wallet.
        product: String,
        /// The type.
        subscription: super::SubscriptionType,
    },
    /// A wallet that nothing is taken from.
    #[error("wallets: no line draws from the wallet of {0}")]
    IdleWallet(String),
    /// A line that draws from a wallet that is not there.
    #[error("lines: {product} draws from the wallet of {wallet}, which the contract does not have")]
    UnknownWallet {
        /// The part number of the line.
        product: String,
        /// The part number of the wallet.
        wallet: String,
    },
    /// A wallet that would be bought for another time within a contract year.
    #[error(
        "amendments: on {day} the term of the wallet of {product} would change within a contract \
         year; it may with the first day of one"
    )]
    WalletTerm {
        /// The day.
        day: Date,
        /// The part number of the wallet.
        product: String,
    },
    /// An opening of a contract of which no period is billed here.
    #[error("openings: they need billingFrom, a day of the contract from which it is billed here")]
    OpeningWithoutDay,
    /// An opening of a wallet that the contract does not have then.
    #[error("openings: on the first day that is billed here the contract has no wallet of {0}")]
    OpeningWallet(String),
    /// A day through which nothing can be paid.
    #[error(
        "paidThrough: {0} must be a day of the contract year that is billed here first, or the day \
         before, and the type one that is paid ahead"
    )]
    PaidThrough(Date),
    /// A wallet of bundles.
    #[error("wallets: {0} is sold in bundles, of which there is no wallet")]
    BundleWallet(String),
    /// A line of a product that the catalog does not have.
    #[error("lines: there is no product {0}")]
    UnknownProduct(String),
    /// A wallet of a product that the catalog does not have.
    #[error("wallets: there is no product {0}")]
    UnknownWalletProduct(String),
    /// An amendment outside the contract, or on its first day.
    #[error("amendments: {0} must be after the first day of the contract and not after its last")]
    AmendmentOutside(Date),
    /// Two amendments on one day.
    #[error("amendments: two are effective on {0}")]
    RepeatedAmendment(Date),
    /// Something changes within a period that may only change with one.
    #[error(
        "amendments: on {day} {what} would change within a billing period; only quantities and \
         prices may"
    )]
    WithinPeriod {
        /// The day.
        day: Date,
        /// The term that would change.
        what: String,
    },
    /// A ramp with only one end.
    #[error("rampStart and rampEnd go together")]
    HalfRamp,
    /// A ramp that does not consist of whole periods.
    #[error("the ramp must begin with a billing period and end with one, not {0} to {1}")]
    RampBorders(Date, Date),
    /// A year that was paid in advance would end early.
    #[error(
        "a type that is paid for a year in advance holds until the end of that year, not to {0}"
    )]
    PrepaidYear(Date),
    /// Fewer units than are paid for until the end of the contract year.
    #[error(
        "amendments: {day} lowers what is paid of {product} until the end of the contract year, \
         which decrease refused does not allow"
    )]
    DecreaseRefused {
        /// The day.
        day: Date,
        /// The part number.
        product: String,
    },
    /// A contract that goes on after an end within a period.
    #[error(
        "afterEnd month_to_month needs an end that is the last day of a billing period, which {0} \
         is not"
    )]
    AfterEnd(Date),
    /// A contract that begins before its currency.
    #[error("currency {currency} is money from {first} on: the contract cannot begin before")]
    CurrencyBegins {
        /// The currency.
        currency: Currency,
        /// Its first day.
        first: Date,
    },
    /// A contract that outlives its currency.
    #[error("currency {currency} was money until {last}: the contract must end by then")]
    CurrencyEnds {
        /// The currency.
        currency: Currency,
        /// Its last day.
        last: Date,
    },
    /// A minimum finer than the minor unit.
    #[error("minimumMonthly may have at most {} decimals in {currency}", .currency.minor_digits())]
    MinimumDecimals {
        /// The currency.
        currency: Currency,
    },
}
