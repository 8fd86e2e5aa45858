//! `exchequer report`: the billable usage of a range.

use clap::Args;
use exchequer_types::{BillingUsageReport, ReportStatus};

use crate::cells::CellWriter;
use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::output::{self, DataFormat, message, printable};
use crate::settings::Settings;

/// Flags of `report`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Start of the range, e.g. 2026-10-01 or 2026-10-01T00:00:00Z (UTC without a zone)
    #[arg(long, value_name = "DATE")]
    from: String,
    /// End of the range (exclusive)
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Organisation to read, for clients of the operator
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Output format; csv prints one line for each resource: usage,total,resource,date
    #[arg(long, value_enum, default_value_t)]
    format: DataFormat,
    /// Write cells of csv as they are kept, also those that a spreadsheet takes for formulas
    #[arg(long)]
    raw: bool,
    /// Also list every resource in the table
    #[arg(long)]
    resources: bool,
    /// Exit with code 7 instead of waiting for a report that is in progress
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Asks for the report until it is complete, and prints it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let organization = flags.organization.as_deref();
    let client = flags
        .connection
        .client_of(organization, settings, RETRY_BUDGET)?;
    let report = match flags.no_wait {
        true => client.billable_usage_now(&flags.from, &flags.to).await?,
        false => client.billable_usage(&flags.from, &flags.to).await?,
    };
    // Only `--no-wait` lets an unfinished report come here.
    let ready = report.status != Some(ReportStatus::InProgress);
    match flags.format {
        DataFormat::Json => output::body(report.body())?,
        // An unfinished report has no figures; an empty table would claim zero.
        _ if !ready => {}
        DataFormat::Table => output::line(&table(&report, flags.resources))?,
        DataFormat::Csv => output::data(&csv(&report, flags.raw)?)?,
    }
    if let Some(as_of) = &report.as_of_date {
        message(&format!(
            "the report is as of {as_of}, and usage has changed since; run the command again"
        ));
    }
    if ready {
        return Ok(Exit::Success);
    }
    message("the report is in progress; run the command again in a few seconds");
    Ok(Exit::InProgress)
}

fn table(report: &BillingUsageReport, with_resources: bool) -> String {
    if report.usages.is_empty() {
        return "no usage in this range".to_owned();
    }
    let mut meters = output::table(&["METER", "TOTAL", "RESOURCES"]);
    let mut resources = output::table(&["METER", "RESOURCE", "FIRST SEEN"]);
    for usage in &report.usages {
        let name = printable(&usage.name);
        let count = usage.resources.len().to_string();
        meters.add_row([&name, usage.total_usage.as_str(), &count]);
        for resource in &usage.resources {
            resources.add_row([&name, &*printable(&resource.name), &*resource.date]);
        }
    }
    for column in [1, 2] {
        if let Some(column) = meters.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    let mut text = output::render(meters);
    if with_resources && !resources.is_empty() {
        text.push_str("\n\n");
        text.push_str(&output::render(resources));
    }
    text
}

/// Returns one line for each resource. A usage without resources keeps a line with
/// its total.
fn csv(report: &BillingUsageReport, raw: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    writer.write_record(["usage", "total", "resource", "date"])?;
    for usage in &report.usages {
        if usage.resources.is_empty() {
            writer.write_record([usage.name.as_str(), &usage.total_usage, "", ""])?;
        }
        for resource in &usage.resources {
            writer.write_record([
                usage.name.as_str(),
                &usage.total_usage,
                &resource.name,
                &resource.date,
            ])?;
        }
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> BillingUsageReport {
        let body = r#"{"startDate":"2026-10-01T00:00:00.000Z","endDate":"2026-11-01T00:00:00.000Z",
            "status":"Complete","usages":[
            {"name":"peak-users","totalUsage":"0","resources":[]},
            {"name":"voice, minutes","totalUsage":"12.5","resources":[
                {"name":"ada@example.com","date":"2026-10-01T08:00:00.000Z"}]}]}"#;
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn csv_keeps_usages_without_resources() {
        let text = String::from_utf8(csv(&report(), false).unwrap()).unwrap();
        assert_eq!(
            text,
            "usage,total,resource,date\n\
             peak-users,0,,\n\
             \"voice, minutes\",12.5,ada@example.com,2026-10-01T08:00:00.000Z\n"
        );
    }

    #[test]
    fn the_table_lists_resources_only_when_asked() {
        let short = table(&report(), false);
        assert!(short.contains("12.5") && !short.contains("ada@"), "{short}");
        assert!(table(&report(), true).contains("ada@example.com"));
    }
}
