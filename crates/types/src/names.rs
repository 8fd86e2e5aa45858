//! The words that some fields may have, for the OpenAPI document.
//!
//! In the wire types such a field is text, so that a client of today reads an answer
//! with a word of tomorrow, and the server refuses an unknown word by its own message.
//! The document lists the words of what callers choose. What only the server says, such
//! as the kind of a charge, is open: it gets more of them.

use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// The type of a subscription. The SDKs of Genesys Cloud know these and no others.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "docs/billing-model.md explains each")]
pub enum SubscriptionType {
    Inin,
    MonthToMonth,
    FreeTrialMonthToMonth,
    PrepayMonthlyCommitment,
    Prepay,
    DevOrgMonthToMonth,
    DevOrgPrepayMonthlyCommitment,
    DevOrgPrepay,
}

/// The way in which a meter makes a figure of its events.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Aggregation {
    /// The number of distinct resources.
    Unique,
    /// The sum of a quantity.
    Sum,
    /// The number of events.
    Count,
    /// The highest single quantity.
    Max,
    /// The hours in which resources were active.
    Hours,
    /// The highest number of resources that were active at once.
    Peak,
}

/// The price of usage during the ramp.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum RampUsage {
    /// Nothing, but for third-party products.
    Free,
    /// The prepay price up to the commitment, the overage price beyond.
    Billed,
}

/// The cost of overage of a level in a period that the end of the contract cuts short.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ShortPeriodOverage {
    /// As much as in a whole period.
    Full,
    /// The share of its days.
    ByDays,
}

/// The course of a contract after its end.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum AfterEnd {
    /// Nothing is billed any more.
    Stop,
    /// The contract goes on at its overage prices.
    MonthToMonth,
}

/// The meaning of a lower prepaid quantity within a contract year.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Decrease {
    /// An amendment with one is refused.
    Refused,
    /// Paid units stay until the end of the year.
    NextYear,
    /// The rest of the year is credited.
    GivenBack,
}

/// The time that the units of a wallet are bought for.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum WalletTerm {
    /// A contract year.
    Year,
    /// A billing period. The rest adds up until the end of the contract year.
    Period,
}

/// The day from which contract years count.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum YearStart {
    /// The first day of the contract.
    Contract,
    /// The first day after the ramp.
    RampEnd,
}

/// The meaning of an event whose quantity cannot be read.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Unreadable {
    /// The event is refused.
    Reject,
    /// The event is kept, and does not count.
    Skip,
    /// The event counts with the quantity 0.
    Zero,
}

/// The treatment of decimals beyond those that a quantity has.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ExcessDecimals {
    /// The quantity cannot be read.
    Reject,
    /// They are cut.
    Cut,
    /// The quantity is rounded, half away from zero.
    Round,
}

/// The names that are one resource.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Resources {
    /// Those that are equal byte for byte.
    Exact,
    /// Those that are equal in lower case and without blanks around.
    Folded,
}

/// The way in which tiers count.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum TierMode {
    /// Each unit costs what its tier says.
    Graduated,
    /// All units cost what the tier of the last one says.
    Volume,
    /// Units are sold in packages.
    Package,
}

/// The state of a contract.
#[derive(ToSchema)]
pub enum ContractStatus {
    /// It is in force.
    Active,
    /// It has not begun, or has ended.
    Inactive,
}

/// The state of a billing period of a contract.
#[derive(ToSchema)]
pub enum PeriodStatus {
    /// Its charges may change.
    Open,
    /// Its charges stay as they are.
    Closed,
}

/// The unit of a product, as the contract operations list it. The server knows the words,
/// and adds them to the document.
pub struct UnitOfMeasure;

impl utoipa::PartialSchema for UnitOfMeasure {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some(
                "The unit of a product, as the contract operations list it.",
            ))
            .into()
    }
}

impl ToSchema for UnitOfMeasure {}
