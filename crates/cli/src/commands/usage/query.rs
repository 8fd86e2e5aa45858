//! Flags of `usage`, and the range that they name.

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use exchequer_client::Client;
use exchequer_types::Granularity;

use crate::connection::Connection;
use crate::output::DataFormat;

/// Flags of `usage`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Name of the meter; with --events you can leave it out to list all events
    #[arg(value_name = "METER", required_unless_present_any = ["events", "unbilled"])]
    pub(super) meter: Option<String>,
    /// Length of the time steps
    #[arg(long, value_name = "STEP", default_value = "day", conflicts_with = "events",
        value_parser = granularity())]
    pub(super) by: Granularity,
    /// Time zone of the steps, e.g. Europe/Berlin or UTC [default: that of the contract]
    #[arg(long, value_name = "ZONE", conflicts_with_all = ["events", "unbilled"])]
    pub(super) time_zone: Option<String>,
    /// List events by time, each with the quantity that the meter reads from it
    #[arg(long)]
    pub(super) events: bool,
    /// List what no contract bills, of all meters, with the reason
    #[arg(long, conflicts_with_all = ["meter", "events"])]
    pub(super) unbilled: bool,
    /// List only events of this resource
    #[arg(long, value_name = "NAME", requires = "events")]
    pub(super) resource: Option<String>,
    /// Also list voided events, which do not count, with the event that voids each
    #[arg(long, requires = "events")]
    pub(super) voided: bool,
    /// Maximum number of events to list [default: all]
    #[arg(long, value_name = "N", requires = "events", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: Option<u64>,
    /// Start of the range, e.g. 2026-10-01 or 2026-10-01T08:00:00Z (without an offset: the time zone of the steps, else UTC)
    #[arg(long, value_name = "DATE", requires = "to", conflicts_with = "period")]
    pub(super) from: Option<String>,
    /// End of the range (exclusive)
    #[arg(long, value_name = "DATE", requires = "from")]
    pub(super) to: Option<String>,
    /// Billing period to use without --from and --to: 0 is the current one, 1 the one before it
    #[arg(long, visible_alias = "index", value_name = "N", default_value_t = 0)]
    pub(super) period: u32,
    /// Organisation to read, for clients of the operator
    #[arg(long, value_name = "ID")]
    pub(super) organization: Option<String>,
    /// Output format; json prints one response body on each line if the events have several pages
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: DataFormat,
    /// Write cells of csv as they are kept, also those that a spreadsheet takes for formulas
    #[arg(long)]
    pub(super) raw: bool,
    #[command(flatten)]
    pub(super) connection: Connection,
}

fn granularity() -> impl clap::builder::TypedValueParser<Value = Granularity> {
    let names = Granularity::ALL.map(Granularity::as_str);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Granularity>())
}

/// A time range as the API takes it.
pub(super) struct Range {
    pub(super) start: String,
    pub(super) end: String,
}

/// Returns the range that the flags name, or `None` if there is no such billing
/// period.
pub(super) async fn range(client: &Client, flags: &Flags) -> anyhow::Result<Option<Range>> {
    if let (Some(start), Some(end)) = (&flags.from, &flags.to) {
        let (start, end) = (start.clone(), end.clone());
        return Ok(Some(Range { start, end }));
    }
    // Periods are listed newest first, so with one on a page each page is one.
    let pages = client.billing_periods().page_size(1);
    let mut pages = pages.starting_at(flags.period.saturating_add(1));
    let page = pages.next().await?;
    let periods = page.map(|page| page.into_inner().entities);
    // The last instant of a period is read as its end.
    let range = periods.into_iter().flatten().next().map(|period| Range {
        start: period.start_date,
        end: period.end_date,
    });
    Ok(range)
}
