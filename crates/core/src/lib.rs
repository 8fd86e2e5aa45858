//! The pure domain of Exchequer: exact quantities, money, time ranges, meters,
//! contracts with their billing periods, and rating.
//!
//! Nothing in here reads a clock, a file, a database or a source of
//! randomness, and nothing calculates with floating point: every function is
//! a function of its arguments, so that a whole world can be replayed and
//! checked against a brute-force reference.

pub mod aliases;
pub mod closing;
pub mod contract;
mod decimal;
mod exact;
pub mod ids;
pub mod meter;
mod metered_range;
pub mod money;
pub mod period;
pub mod quantity;
pub mod rating;
pub mod schedule;
pub mod sessions;
pub mod time;
pub mod trust;
pub mod zone;

pub use aliases::{AliasChange, AliasError, AliasList, Aliases, OneResource};
pub use contract::{Contract, ContractError, Product, ProductError, Products, SubscriptionType};
pub use decimal::ExcessDecimals;
pub use exact::{Exact, UnreadableExact};
pub use ids::{ClientId, InvalidOrganizationId, OrganizationId};
pub use meter::{
    Aggregation, Family, Meter, MeterError, MeterSet, MeterVersion, ReadError, Reading, Spelling,
    Unreadable,
};
pub use metered_range::{ContractZones, MeteredRange};
pub use money::{Currency, Money, MoneyError, Price, PriceError, UnknownCurrency};
pub use period::{Calendar, CalendarError, Period, zone_data_version};
pub use quantity::{Quantity, QuantityError};
pub use rating::{Bill, Rated, RatingError, State, Totals, Usage, UsageRanges, rate};
pub use schedule::{Schedule, Scheduled};
pub use time::{Day, Instant, InvalidDay, MICROS_PER_DAY, MICROS_PER_SECOND, TimeRange};
pub use trust::{TrustDates, TrustDatesError, TrustStretch};
pub use zone::Zone;
