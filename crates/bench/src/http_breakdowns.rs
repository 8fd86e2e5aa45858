//! Series and pages of events over HTTP: a month by hour, and the first events
//! behind its figure.

use anyhow::Result;
use exchequer_core::Aggregation;

use crate::asks::{self, Ask};
use crate::kinds::KINDS;
use crate::questions::{Question, questions};
use crate::setup;
use crate::task::{Figures, Task};

/// Measures breakdowns of the task's database.
pub(crate) async fn run(task: &Task) -> Result<Figures> {
    let months = questions(&task.ground.fresh()).into_iter();
    let months = months.filter(|question| question.name.1 == "month");
    let asks: Vec<Ask> = months.flat_map(of).collect();
    asks::measure(task, &asks).await
}

/// What is asked of an organisation's month: of points, of sessions, and of no
/// meter at all.
fn of(question: Question) -> Vec<Ask> {
    let range = format!(
        "organizationId={}&startDate={}&endDate={}",
        question.organization,
        question.range.start().day(),
        question.range.end().day(),
    );
    let ask = |what: &str, path: String, proof: &str| Ask {
        figure: question.figure(&format!("breakdown.{what}")),
        client: setup::CLIENT,
        path: format!("/api/v2/billing/usage/{path}&{range}"),
        proof: proof.to_owned(),
        question,
    };
    let meters = KINDS.iter().filter_map(|kind| match kind.aggregation {
        Aggregation::Sum => Some(("points", kind.meter)),
        Aggregation::Peak => Some(("sessions", kind.meter)),
        _ => None,
    });
    let mut asks = vec![ask(
        "events.all",
        "events?pageSize=100".to_owned(),
        "\"id\":",
    )];
    for (what, meter) in meters {
        let series = format!("series?granularity=hour&meter={meter}");
        asks.push(ask(&format!("hours.{what}"), series, "\"usage\":"));
        let page = format!("events?pageSize=100&meter={meter}");
        asks.push(ask(&format!("events.{what}"), page, "\"quantity\":"));
    }
    asks
}
