//! Flags of `usage`, and the range that they name.

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use exchequer_client::Client;
use exchequer_types::Granularity;

use crate::connection::Connection;
use crate::output::Shape;

/// Flags of `usage`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The meter; with --events it may be left out, and every event is listed
    #[arg(value_name = "METER", required_unless_present = "events")]
    pub(super) meter: Option<String>,
    /// One line for each: hour, day or month, all of UTC
    #[arg(long, value_name = "STEP", default_value = "day", conflicts_with = "events",
        value_parser = granularity())]
    pub(super) by: Granularity,
    /// List the events themselves, in order of time, each with what the meter reads
    #[arg(long)]
    pub(super) events: bool,
    /// Only events of this resource
    #[arg(long, value_name = "NAME", requires = "events")]
    pub(super) resource: Option<String>,
    /// Show also what is voided, and so counts nowhere, and by which event
    #[arg(long, requires = "events")]
    pub(super) voided: bool,
    /// At most so many events; all of them unless given
    #[arg(long, value_name = "N", requires = "events", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: Option<u64>,
    /// First instant of the range, e.g. 2026-10-01 or 2026-10-01T08:00:00Z; no zone means UTC
    #[arg(long, value_name = "DATE", requires = "to", conflicts_with = "period")]
    pub(super) from: Option<String>,
    /// End of the range; this instant no longer belongs to it
    #[arg(long, value_name = "DATE", requires = "from")]
    pub(super) to: Option<String>,
    /// A billing period instead of a range: 0 contains now, 1 is the one before it, and so on
    #[arg(long, visible_alias = "index", value_name = "N", default_value_t = 0)]
    pub(super) period: u32,
    /// Whose usage, for clients of the operator
    #[arg(long, value_name = "ID")]
    pub(super) organization: Option<String>,
    /// json is exactly the body of the API; of several pages of events one on each line
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Shape,
    #[command(flatten)]
    pub(super) connection: Connection,
}

fn granularity() -> impl clap::builder::TypedValueParser<Value = Granularity> {
    let names = Granularity::ALL.map(Granularity::as_str);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Granularity>())
}

/// A range as the API reads it.
pub(super) struct Range {
    pub(super) start: String,
    pub(super) end: String,
}

/// The range that the flags name; none if there is no such billing period.
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
