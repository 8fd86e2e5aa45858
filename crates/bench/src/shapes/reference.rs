//! The reports that must follow from the events that were accepted, counted
//! event by event, beside those that the server answers.

use anyhow::{Context, Result, bail, ensure};
use exchequer_core::{Aggregation, Day, Instant, OrganizationId, Quantity, Reading, TimeRange};
use exchequer_support::Connection;
use hashbrown::HashMap;
use serde::Deserialize;

use crate::bodies;
use crate::input::Event;
use crate::kinds::KINDS;
use crate::meters::Meters;
use crate::reports;

/// A day before the first event, and two after the last: what a server made of
/// a conflict would show there.
const MARGIN: (i32, i32) = (-1, 3);

/// What a meter has seen of an organisation.
#[derive(Default)]
struct Counted {
    events: u64,
    /// Steps of 10^-9.
    sum: i128,
    max: i128,
    /// The first instant of each resource, in microseconds.
    firsts: HashMap<String, i64>,
}

/// All accepted events, by organisation and kind.
pub(crate) struct Reference {
    meters: Meters,
    counted: HashMap<(u16, u8), Counted>,
    /// The instants of the first and the last event.
    span: Option<(i64, i64)>,
}

impl Reference {
    pub(crate) fn new() -> Self {
        Self {
            meters: Meters::new(),
            counted: HashMap::new(),
            span: None,
        }
    }

    pub(crate) fn add(&mut self, event: &Event<'_>) -> Result<()> {
        let Reading::Point(quantity) = self.meters.read(event)? else {
            bail!("sessions are not counted here");
        };
        let key = (event.organization, event.kind);
        let counted = self.counted.entry(key).or_default();
        counted.events += 1;
        counted.sum += quantity.scaled();
        counted.max = counted.max.max(quantity.scaled());
        match counted.firsts.get_mut(event.subject) {
            Some(first) => *first = event.micros.min(*first),
            None => {
                let name = event.subject.to_owned();
                counted.firsts.insert(name, event.micros);
            }
        }
        let (first, last) = self.span.unwrap_or((event.micros, event.micros));
        self.span = Some((first.min(event.micros), last.max(event.micros)));
        Ok(())
    }

    /// The number of all events.
    pub(crate) fn events(&self) -> u64 {
        self.counted.values().map(|counted| counted.events).sum()
    }

    /// The days of all events.
    pub(crate) fn range(&self) -> Result<TimeRange> {
        let (first, last) = self.span.context("no event was sent")?;
        let day = |micros, moved| {
            let day = Instant::from_micros(micros).day();
            Day::from_number(day.number() + moved).start()
        };
        TimeRange::new(day(first, MARGIN.0), day(last, MARGIN.1)).context("no range")
    }

    /// Compares the report of an organisation to the last resource.
    pub(crate) async fn check(
        &self,
        at: &Connection,
        number: u16,
        organization: OrganizationId,
    ) -> Result<()> {
        let path = reports::path(organization, self.range()?)?;
        let compared = self.compare(number, &at.get(&path).await?);
        compared.with_context(|| format!("the report of {organization} is wrong"))
    }

    fn compare(&self, number: u16, body: &[u8]) -> Result<()> {
        let report: Report = serde_json::from_slice(body)?;
        ensure!(report.status == "Complete", "a report is {}", report.status);
        let mut usages: HashMap<&str, &Usage> = HashMap::new();
        for usage in &report.usages {
            let before = usages.insert(&usage.name, usage);
            ensure!(before.is_none(), "{} stands twice", usage.name);
        }
        for (kind, which) in KINDS.iter().zip(0u8..) {
            let usage = usages.remove(kind.meter.name);
            match (self.counted.get(&(number, which)), usage) {
                (None, None) => {}
                (Some(counted), Some(usage)) => counted
                    .check(kind.meter.aggregation, usage)
                    .with_context(|| kind.meter.name)?,
                (Some(_), None) => bail!("{} is missing", kind.meter.name),
                (None, Some(_)) => bail!("{} was not used", kind.meter.name),
            }
        }
        ensure!(usages.is_empty(), "it has unknown meters");
        Ok(())
    }
}

impl Counted {
    fn total(&self, aggregation: Aggregation) -> Result<Quantity> {
        Ok(match aggregation {
            Aggregation::Unique => Quantity::from_units(self.firsts.len() as u64),
            Aggregation::Count => Quantity::from_units(self.events),
            Aggregation::Sum => Quantity::from_scaled(self.sum),
            Aggregation::Max => Quantity::from_scaled(self.max),
            Aggregation::Hours | Aggregation::Peak => bail!("sessions are not counted here"),
        })
    }

    fn check(&self, aggregation: Aggregation, usage: &Usage) -> Result<()> {
        let total = self.total(aggregation)?.to_string();
        ensure!(
            usage.total_usage == total,
            "{} is reported, and {total} was sent",
            usage.total_usage
        );
        let (listed, used) = (usage.resources.len(), self.firsts.len());
        ensure!(
            listed == used,
            "{listed} resources are listed, and {used} were used"
        );
        let mut seen: HashMap<&str, &str> = HashMap::with_capacity(listed);
        for resource in &usage.resources {
            seen.insert(&resource.name, &resource.date);
        }
        let mut date = String::new();
        for (name, first) in &self.firsts {
            date.clear();
            bodies::write_time(*first, &mut date)?;
            // To the millisecond, as the wire has it: without the quotes, the
            // last three digits and the Z.
            let expected = date.get(1..24);
            let shown = seen
                .get(name.as_str())
                .and_then(|date| date.strip_suffix('Z'));
            ensure!(
                shown == expected,
                "{name} began at {expected:?}, not {shown:?}"
            );
        }
        Ok(())
    }
}

/// A report as it is read.
#[derive(Deserialize)]
struct Report {
    status: String,
    usages: Vec<Usage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    name: String,
    total_usage: String,
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    date: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two calls of 1.25 and 1 minutes, of which the first is rounded up to 1.3.
    fn reference() -> Reference {
        let mut reference = Reference::new();
        for (micros, subject, data) in [
            (1_759_276_800_500_999, "line-1", r#"{"minutes":"1.25"}"#),
            (1_759_276_800_000_000, "line-2", r#"{"minutes":"1"}"#),
        ] {
            let event = Event {
                organization: 4,
                kind: 0,
                source: 0,
                micros,
                id: subject,
                subject,
                data,
            };
            reference.add(&event).unwrap();
        }
        reference
    }

    const RIGHT: &str = r#"{"status":"Complete","usages":[{"name":"voice-minutes",
        "totalUsage":"2.3","resources":[
        {"name":"line-2","date":"2025-10-01T00:00:00.000Z"},
        {"name":"line-1","date":"2025-10-01T00:00:00.500Z"}]}]}"#;

    #[test]
    fn a_report_is_right_to_the_last_resource_or_wrong() {
        let compared = |from: &str, to: &str| {
            let body = RIGHT.replace(from, to);
            assert!(from.is_empty() || body != RIGHT);
            reference().compare(4, body.as_bytes()).is_ok()
        };
        assert!(compared("", ""));
        assert!(!compared("2.3", "2.25"));
        assert!(!compared("00.500Z", "00.501Z"));
        assert!(!compared("line-2", "line-3"));
        assert!(!compared("voice-minutes", "messages"));
        assert!(!compared("Complete", "InProgress"));
        assert!(reference().compare(5, RIGHT.as_bytes()).is_err());
    }

    #[test]
    fn the_range_holds_every_event() {
        let range = reference().range().unwrap();
        let day = |text: &str| text.parse::<Day>().unwrap().start();
        assert_eq!(range.start(), day("2025-09-30"));
        assert_eq!(range.end(), day("2025-10-04"));
    }
}
