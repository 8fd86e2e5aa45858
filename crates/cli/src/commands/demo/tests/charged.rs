//! What Fjord is charged, worked out from its events alone.

use exchequer_client::UsageEvent;
use exchequer_core::Instant;
use exchequer_types::BillingEntry;

use crate::commands::demo::calendar::FJORD;
use crate::commands::demo::usage;
use crate::money;

/// The tokens of its wallet.
pub(in crate::commands::demo) const WALLET: u64 = 600_000;

/// Returns one line for each row of these entries.
pub(super) fn rows(entries: &[BillingEntry]) -> Vec<String> {
    let rows = entries.iter().flat_map(|entry| {
        entry.rows.iter().map(|row| {
            line([
                &entry.kind,
                &entry.billing_period_id,
                entry.follows.as_deref().unwrap_or("-"),
                row.part_number.as_deref().unwrap_or("-"),
                &money::amount(&row.amount, &entry.currency),
            ])
        })
    });
    rows.collect()
}

/// Returns the lines that they should be: three closes, what late usage of the second period
/// changes there and in the third, and the other price of messages in the third.
pub(super) fn expected(now: Instant) -> Vec<String> {
    let periods = [0, 1, 2, 3].map(|number| FJORD.period(number, now.day()).to_string());
    let [first, second, third, _] = &periods;
    let (sent, late) = (usage::events(now).unwrap(), usage::late(now).unwrap());
    let of = |events, period: usize, kind| {
        quantity(events, [&periods[period], &periods[period + 1]], kind)
    };
    let messages = [0, 1, 2].map(|period| of(&sent, period, "message.sent"));
    let tokens = (0..3).map(|period| of(&sent, period, "assistant.turn"));
    let tokens: u64 = tokens.sum();
    let tokens = [tokens, tokens + of(&late, 1, "assistant.turn")];
    let [beyond, beyond_then] = tokens.map(|tokens| twentieths(tokens - WALLET));
    let late_messages = of(&late, 1, "message.sent");
    [
        ["close", first, "-", "MESSAGE", &cents(messages[0] * 19)],
        ["close", first, "-", "AI-CREDIT", "240.00"],
        ["close", second, "-", "MESSAGE", &cents(messages[1] * 19)],
        ["close", third, "-", "MESSAGE", &cents(messages[2] * 210)],
        ["close", third, "-", "AI-TOKEN", &cents(beyond)],
        [
            "adjustment",
            second,
            "-",
            "MESSAGE",
            &cents(late_messages * 19),
        ],
        [
            "adjustment",
            third,
            second,
            "AI-TOKEN",
            &cents(beyond_then - beyond),
        ],
        [
            "correction",
            third,
            "-",
            "MESSAGE",
            &format!("-{}", cents(messages[2] * 189)),
        ],
    ]
    .map(line)
    .to_vec()
}

fn line(cells: [&str; 5]) -> String {
    cells.join(" ")
}

/// Returns the tokens of a period's events, or the number of those that have none.
pub(in crate::commands::demo) fn quantity(
    events: &[UsageEvent],
    [from, to]: [&str; 2],
    kind: &str,
) -> u64 {
    let events = events.iter().filter(|event| {
        let day = &event.time[..from.len()];
        let is_own = event.organization.as_deref() == Some(FJORD.organization);
        is_own && event.r#type == kind && (from..to).contains(&day)
    });
    let tokens = |event: &UsageEvent| {
        let data = event.data.as_ref()?;
        data["tokens"].as_str()?.parse::<u64>().ok()
    };
    events.map(|event| tokens(event).unwrap_or(1)).sum()
}

/// Returns what tokens cost in cents: each is a twentieth, and half a cent is rounded up.
const fn twentieths(tokens: u64) -> u64 {
    (tokens + 10) / 20
}

fn cents(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
