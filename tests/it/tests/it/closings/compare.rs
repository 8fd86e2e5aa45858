//! The entries of a step beside those that a world expects.

use serde_json::{Value, json};

/// Everything in which entries differ.
pub(super) fn entries(expected: &[Value], actual: &[Value]) -> Vec<String> {
    let expected: Vec<Value> = expected.iter().map(worked_out).collect();
    // A correction notes what a period is rated by also where that makes no difference.
    let rows = |entry: &&Value| entry["kind"] != "correction" || entry["rows"] != json!([]);
    let actual: Vec<Value> = actual.iter().filter(rows).map(answered).collect();
    let mut problems = Vec::new();
    for at in 0..expected.len().max(actual.len()) {
        let (left, right) = (expected.get(at), actual.get(at));
        if left != right {
            let show = |it: Option<&Value>| it.map_or("nothing".to_owned(), Value::to_string);
            let place = at + 1;
            problems.push(format!(
                "entry {place}: expected {}\n      got {}",
                show(left),
                show(right)
            ));
        }
    }
    problems
}

/// An entry as a world has it.
fn worked_out(row: &Value) -> Value {
    let charges = row["charges"].as_array().unwrap().iter();
    let charges = charges.map(|charge| charge_of(charge, steps(&charge["steps"], false)));
    entry(
        row["kind"].clone(),
        &row["period"],
        charges.collect(),
        &row["total"],
        &row["wallets"],
    )
}

/// An entry as a server answers it.
fn answered(entry_: &Value) -> Value {
    let charges = entry_["rows"].as_array().unwrap().iter().map(|row| {
        // What was charged before is taken back.
        let mut all = steps(&row["before"], true);
        all.extend(steps(&row["steps"], false));
        // An adjustment says all that it takes back.
        let all = match entry_["kind"] == "close" {
            true => without_opposites(all),
            false => all,
        };
        charge_of(row, all)
    });
    let wallets = entry_["wallets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            json!({
                "product": it["partNumber"], "starting": it["startingBalance"],
                "increase": it["balanceIncrease"], "decrease": it["balanceDecrease"],
                "consumption": it["balanceConsumption"], "overage": it["balanceOverage"],
                "ending": it["endingBalance"], "lapsed": it["balanceLapse"],
            })
        });
    let wallets: Vec<Value> = wallets.collect();
    // Only closes of worlds show wallets.
    let wallets = match entry_["kind"] == "close" && !wallets.is_empty() {
        true => Value::from(wallets),
        false => Value::Null,
    };
    entry(
        entry_["kind"].clone(),
        &entry_["billingPeriodId"],
        charges.collect(),
        &entry_["total"],
        &wallets,
    )
}

/// An entry with its charges in one order.
fn entry(
    kind: Value,
    period: &Value,
    mut charges: Vec<Value>,
    total: &Value,
    wallets: &Value,
) -> Value {
    charges.sort_by_key(Value::to_string);
    json!({"kind": kind, "period": day(period), "charges": charges, "total": total,
        "wallets": wallets})
}

/// A day, however it was read.
fn day(value: &Value) -> Value {
    match value.as_object().and_then(|object| object.values().next()) {
        Some(inner) => inner.clone(),
        None => value.clone(),
    }
}

fn charge_of(charge: &Value, steps: Vec<Value>) -> Value {
    json!({"kind": charge["kind"], "partNumber": charge.get("partNumber"), "steps": steps,
        "amount": charge["amount"]})
}

fn steps(value: &Value, reversed: bool) -> Vec<Value> {
    let steps = value.as_array().into_iter().flatten().map(|step| {
        let number = |name: &str| {
            step.get(name)
                .and_then(Value::as_str)
                .map(|it| sign(it, reversed))
        };
        let mut shown = json!({"quantity": number("quantity"), "price": step["price"]});
        if let Some(flat) = number("flat") {
            shown["flat"] = flat.into();
        }
        shown
    });
    steps.collect()
}

/// A number, or its opposite.
fn sign(number: &str, reversed: bool) -> String {
    match (reversed, number.strip_prefix('-')) {
        (false, _) => number.to_owned(),
        (true, Some(positive)) => positive.to_owned(),
        (true, None) if number == "0" => number.to_owned(),
        (true, None) => format!("-{number}"),
    }
}

/// Steps without those that another one takes back.
fn without_opposites(mut steps: Vec<Value>) -> Vec<Value> {
    let mut at = 0;
    while at < steps.len() {
        let mut opposite = steps[at].clone();
        for name in ["quantity", "flat"] {
            if let Some(number) = opposite.get(name).and_then(Value::as_str) {
                opposite[name] = sign(number, true).into();
            }
        }
        match steps[at + 1..].iter().position(|step| *step == opposite) {
            Some(other) => {
                steps.remove(at + 1 + other);
                steps.remove(at);
            }
            None => at += 1,
        }
    }
    steps
}
