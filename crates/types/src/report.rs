//! The billable-usage report.

use serde::{Deserialize, Serialize};

/// The state of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReportStatus {
    /// The report is being computed. Ask again in a few seconds.
    InProgress,
    /// The report is ready.
    Complete,
}

/// The billable usages of one organisation in one range of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingUsageReport {
    /// The id of the report: the same for the same organisation and range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "uuid", required))]
    pub id: Option<String>,
    /// Not set by Exchequer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first instant of the range.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub start_date: String,
    /// The end of the range. This instant is not part of it.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub end_date: String,
    /// Generation status of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub status: Option<ReportStatus>,
    /// The usages, sorted by name. Empty while the report is in progress.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub usages: Vec<BillingUsage>,
    /// The path of this report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
    /// Only in a report that was made in the background and that usage has changed since:
    /// it holds what was acknowledged before this instant. Genesys Cloud does not send this
    /// field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub as_of_date: Option<String>,
}

/// One billable usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingUsage {
    /// The name of the usage, which is the name of its meter.
    pub name: String,
    /// The total usage, a decimal string.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub total_usage: String,
    /// The resources for which usage was observed, by date, then name.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub resources: Vec<BillingUsageResource>,
}

/// One resource (e.g. a licence user or a device) for which usage was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BillingUsageResource {
    /// The name of the resource.
    pub name: String,
    /// The instant within the range at which its usage was first observed.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub date: String,
}
