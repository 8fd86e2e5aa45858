//! Wire types of the Exchequer API, shared by server, SDK and CLI.
//!
//! Bodies read as Genesys Cloud writes them: names in camel case, decimals as
//! strings, instants as `…Thh:mm:ss.mmmZ`, and absent values left out, never
//! `null` (some SDKs fail a whole call on a `null`). With the feature
//! `openapi` every body also describes itself for the OpenAPI document.

mod authorization;
pub mod catalog;
mod changes;
mod closing;
mod contracts;
pub mod dates;
mod decimal;
mod error;
mod health;
mod ingest;
#[cfg(feature = "openapi")]
pub mod names;
mod organization;
mod overview;
mod page;
mod report;
mod token;
mod usage;

pub use authorization::{Trustee, Trustor};
pub use catalog::{
    AliasedResource, BulkAnswer, BulkEntity, BulkOutcome, BulkPut, CatalogAliases, CatalogClient,
    CatalogContract, CatalogMeter, CatalogMeterVersion, CatalogOrganization, CatalogProduct,
    CatalogTrust, MeterRule, PutAliases, PutClient, PutContract, PutMeter, PutOrganization,
    PutProduct, PutTrust, RecentEvents, TrustStretch,
};
pub use changes::Change;
pub use closing::{
    BillingEntry, BillingEntryRow, BillingEntryWallet, ClosePeriods, ClosedPeriods, ClosedTotal,
    ClosingFailure, ClosingTerms, CorrectContract, FailingContract, PutClosingTerms,
};
pub use contracts::{
    BillingCharge, BillingContract, BillingContractListing, BillingContractPeriod,
    BillingContractPeriodDetail, BillingPlan, BillingPlanItem, BillingProduct, BillingWallet,
    Customer,
};
pub use decimal::{Decimal, InvalidDecimal};
pub use error::{ErrorBody, ErrorDetail};
pub use health::Health;
pub use ingest::{IngestConflict, IngestRejection, IngestResponse};
pub use organization::{NamedEntity, Organization};
pub use overview::{
    BillingPeriod, ChargeLine, ChargeStep, Charges, SUBSCRIPTION_TYPES, SubscriptionOverviewUsage,
    TrusteeBillingOverview,
};
pub use page::{CursorListing, Listing};
pub use report::{BillingUsage, BillingUsageReport, BillingUsageResource, ReportStatus};
pub use token::{OAuthClientRef, OauthMetadata, TokenError, TokenInfo, TokenResponse};
pub use usage::{
    ExplainedMeter, ExplainedPeriod, Granularity, RecordedEvent, UnbilledMeter, UnbilledUsage,
    UnknownGranularity, UsageBucket, UsageExplanation, UsageSeries,
};
