use super::*;
use crate::test_database::on_each;

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

fn subject() -> ReportScope {
    ReportScope {
        organization: OrganizationId::from_bytes([1; 16]),
        range: TimeRange::new(at(0), at(10)).unwrap(),
    }
}

#[test]
fn a_job_lives_until_its_result_was_fetched() {
    on_each(|db| {
        assert_eq!(find(db, &subject()).unwrap(), None);
        begin(db, &subject(), at(1)).unwrap();
        assert_eq!(find(db, &subject()).unwrap(), Some(ReportJob::Running));
        assert_eq!(running(db).unwrap(), [subject()]);
        let packed = Packed::new(b"body", at(1)).unwrap();
        complete(db, &subject(), at(2), "key", &packed).unwrap();
        assert!(running(db).unwrap().is_empty());
        let job = |delivered| ReportJob::Complete {
            etag: "key".to_owned(),
            body: b"body".to_vec(),
            as_of: Some(at(1)),
            delivered,
        };
        assert_eq!(find(db, &subject()).unwrap(), Some(job(false)));
        assert_eq!(purge(db, at(3), at(2)).unwrap(), 0);
        deliver(db, &subject(), at(3)).unwrap();
        assert_eq!(find(db, &subject()).unwrap(), Some(job(true)));
        assert_eq!(purge(db, at(4), at(2)).unwrap(), 1);
    });
}

/// Two nodes may make the same report; whoever has fetched it must not meet
/// the slower one's, which may know less.
#[test]
fn a_job_ends_only_once() {
    on_each(|db| {
        begin(db, &subject(), at(1)).unwrap();
        for (key, body) in [("first", b"newer"), ("second", b"older")] {
            let packed = Packed::new(body, at(1)).unwrap();
            complete(db, &subject(), at(2), key, &packed).unwrap();
            deliver(db, &subject(), at(3)).unwrap();
        }
        fail(db, &subject(), at(4)).unwrap();
        let first = ReportJob::Complete {
            etag: "first".to_owned(),
            body: b"newer".to_vec(),
            as_of: Some(at(1)),
            delivered: true,
        };
        assert_eq!(find(db, &subject()).unwrap(), Some(first));
    });
}

#[test]
fn a_failure_is_told_once() {
    on_each(|db| {
        begin(db, &subject(), at(1)).unwrap();
        fail(db, &subject(), at(1)).unwrap();
        assert_eq!(find(db, &subject()).unwrap(), Some(ReportJob::Failed));
        deliver(db, &subject(), at(2)).unwrap();
        assert_eq!(find(db, &subject()).unwrap(), None);
    });
}
