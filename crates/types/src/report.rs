//! The billable-usage report.

use serde::{Deserialize, Serialize};

/// Whether a report is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReportStatus {
    /// Being made: ask again in a few seconds.
    InProgress,
    /// Ready.
    Complete,
}

/// The billable usages of one organisation in one range of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingUsageReport {
    /// The same for the same organisation and range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Not set by Exchequer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first instant of the range.
    pub start_date: String,
    /// The end of the range; this instant no longer belongs to it.
    pub end_date: String,
    /// Generation status of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ReportStatus>,
    /// What was used, by name; empty while in progress.
    #[serde(default)]
    pub usages: Vec<BillingUsage>,
    /// The path of this report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// One billable usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingUsage {
    /// Identifies the billable usage: the name of its meter.
    pub name: String,
    /// The total amount of usage, a decimal number as a string.
    pub total_usage: String,
    /// The resources for which usage was observed, by date, then name.
    #[serde(default)]
    pub resources: Vec<BillingUsageResource>,
}

/// One resource (e.g. a licence user or a device) for which usage was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BillingUsageResource {
    /// Identifies the resource.
    pub name: String,
    /// When its usage was first observed within the range.
    pub date: String,
}
