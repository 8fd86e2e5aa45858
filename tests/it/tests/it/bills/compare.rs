//! An overview beside the one that a bill expects.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

/// The fields that identify an overview and its organisation; bills do not have them.
const IDENTITY: [&str; 3] = ["id", "organization", "selfUri"];

/// Every field in which the answer is not what is expected.
pub(super) fn overview(expected: &Value, actual: &Value) -> Vec<String> {
    let mut actual = actual.clone();
    let fields = actual.as_object_mut().unwrap();
    fields.retain(|name, _| !IDENTITY.contains(&name.as_str()));
    let mut problems = Vec::new();
    differ("", expected, &actual, &mut problems);
    problems
}

fn differ(at: &str, expected: &Value, actual: &Value, problems: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            let fields: BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for field in fields {
                let (left, right) = (left.get(field), right.get(field));
                // Words for people count only where a bill gives them.
                if left.is_none() && field == "usageNotes" {
                    continue;
                }
                let at = format!("{at}.{field}");
                match (left, right) {
                    (Some(left), Some(right)) => differ(&at, left, right, problems),
                    (left, right) => problems.push(line(&at, left, right)),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for place in 0..left.len().max(right.len()) {
                let at = format!("{at}[{place}]");
                match (left.get(place), right.get(place)) {
                    (Some(left), Some(right)) => differ(&at, left, right, problems),
                    (left, right) => problems.push(line(&at, left, right)),
                }
            }
        }
        _ if expected == actual => {}
        _ => problems.push(line(at, Some(expected), Some(actual))),
    }
}

fn line(at: &str, expected: Option<&Value>, actual: Option<&Value>) -> String {
    let show = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
    format!("{at}: expected {}, got {}", show(expected), show(actual))
}

/// The total must be the sum of the lines.
pub(super) fn sum(charges: &Value) -> Option<String> {
    let lines = charges["lines"].as_array().unwrap();
    let sum: i128 = lines.iter().map(|line| smallest(&line["amount"])).sum();
    let total = smallest(&charges["total"]);
    (sum != total).then(|| format!("lines add up to {sum}, the total is {total} / 10,000"))
}

/// No currency has more than four decimals.
fn smallest(amount: &Value) -> i128 {
    let text = amount.as_str().unwrap();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(fraction.len() <= 4, "{text}");
    sign * format!("{whole}{fraction:0<4}").parse::<i128>().unwrap()
}

/// A row without a price for overage must say why.
pub(super) fn notes(overview: &Value) -> Vec<String> {
    rows(overview)
        .filter(|row| row.get("overagePrice").is_none() && row.get("usageNotes").is_none())
        .map(|row| format!("neither overagePrice nor usageNotes: {row}"))
        .collect()
}

/// Each row must show what the report shows for the same range.
pub(super) fn report(
    overview: &Value,
    report: &Value,
    meters: &HashMap<String, String>,
) -> Vec<String> {
    if report["status"] != "Complete" {
        return vec![format!("the report is not complete: {report}")];
    }
    let totals: HashMap<_, _> = report["usages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|usage| (usage["name"].as_str().unwrap(), &usage["totalUsage"]))
        .collect();
    rows(overview)
        .filter_map(|row| {
            let part = row["partNumber"].as_str().unwrap();
            // No report shows a product that no meter counts.
            let meter = meters.get(part)?.as_str();
            let (shown, total) = (&row["usageQuantity"], totals.get(meter).copied());
            (total != Some(shown))
                .then(|| line(&format!("{part}, report of {meter}"), Some(shown), total))
        })
        .collect()
}

/// The rows of the period's usage: not those of allowances, and of what was used after
/// the end.
fn rows(overview: &Value) -> impl Iterator<Item = &Value> {
    let rows = overview["usages"].as_array().unwrap().iter();
    rows.filter(|row| row["grouping"] != "fair-use" && row["grouping"] != "unbilled")
}
