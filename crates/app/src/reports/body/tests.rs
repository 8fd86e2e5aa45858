use exchequer_core::{Day, Instant, MeteredRange, OrganizationId, TimeRange};

use super::*;

fn scope(organization: u8, end: i64) -> ReportScope {
    ReportScope {
        organization: OrganizationId::from_bytes([organization; 16]),
        range: TimeRange::new(Instant::from_micros(0), Instant::from_micros(end)).unwrap(),
    }
}

fn usage_key(last_seq: u64, revision: u64, entitled: &[&str]) -> UsageKey {
    UsageKey {
        last_seq,
        revision,
        aliases: 0,
        entitled: entitled.iter().map(|meter| (*meter).to_owned()).collect(),
        range: MeteredRange::utc(scope(1, 5).range),
    }
}

fn key_of(last_seq: u64, revision: u64, entitled: &[&str]) -> String {
    key(&usage_key(last_seq, revision, entitled))
}

#[test]
fn an_id_is_of_organisation_and_range() {
    assert_eq!(id(&scope(1, 5)), id(&scope(1, 5)));
    assert_ne!(id(&scope(1, 5)), id(&scope(2, 5)));
    assert_ne!(id(&scope(1, 5)), id(&scope(1, 6)));
}

#[test]
fn a_tag_changes_with_usage_and_meters() {
    let tag = |last, revision| etag(&scope(1, 5), &key_of(last, revision, &[]));
    assert_eq!(tag(1, 1), tag(1, 1));
    assert_ne!(tag(1, 1), tag(2, 1));
    assert_ne!(tag(1, 1), tag(1, 2));
    assert_ne!(tag(1, 1), etag(&scope(2, 5), &key_of(1, 1, &[])));
    let entitled = |meters: &[&str]| etag(&scope(1, 5), &key_of(1, 1, meters));
    assert_ne!(entitled(&["a"]), tag(1, 1));
    assert_ne!(entitled(&["a"]), entitled(&["a", "b"]));
    let mut local = usage_key(1, 1, &[]);
    local.range.last_day = Day::from_number(-1);
    assert_ne!(etag(&scope(1, 5), &key(&local)), tag(1, 1));
}

#[test]
fn a_report_in_progress_echoes_its_range() {
    let report = in_progress(&scope(1, 86_400_000_000));
    let text = serde_json::to_string(&report).unwrap();
    assert!(
        text.contains("\"startDate\":\"1970-01-01T00:00:00.000Z\""),
        "{text}"
    );
    assert!(
        text.contains("\"endDate\":\"1970-01-02T00:00:00.000Z\""),
        "{text}"
    );
    assert!(
        text.contains("\"status\":\"InProgress\",\"usages\":[]"),
        "{text}"
    );
}

#[test]
fn a_report_of_the_past_says_so_at_its_end() {
    let kept = ReportBody::kept(b"{\"usages\":[]}".to_vec());
    let whole = |body: ReportBody| body.pieces().flatten().collect::<Vec<u8>>();
    let body = whole(kept.dated(Instant::from_micros(1_500)));
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"usages": [], "asOfDate": "1970-01-01T00:00:00.001Z"})
    );
    let kept = ReportBody::kept(b"{\"usages\":[]}".to_vec());
    assert_eq!(whole(kept), b"{\"usages\":[]}");
}
