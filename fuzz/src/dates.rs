//! Dates of queries, and the times of events.

use exchequer_app::fuzz;
use exchequer_types::dates;

const MILLI: i64 = 1000;

/// A date that is read can be written and read again, to the millisecond.
pub(crate) fn check(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let read = dates::parse(text);
    if let Ok(instant) = read {
        let written = dates::format(instant);
        assert_eq!(written.len(), 24, "{text} became {written}");
        let cut = instant.div_euclid(MILLI) * MILLI;
        assert_eq!(dates::parse(&written), Ok(cut), "{text} became {written}");
        let mut again = String::new();
        dates::InstantWriter::default().push(&mut again, instant);
        assert_eq!(again, written);
    }
    match (read, dates::parse_end(text)) {
        (Ok(start), Ok(end)) => assert!((0..=1_000_000).contains(&(end - start)), "{text}"),
        (start, end) => assert_eq!(start, end, "{text}"),
    }
    if let Ok(day) = dates::parse_day(text) {
        assert_eq!(dates::format_day(day), text);
        assert_eq!(read, Ok(i64::from(day) * 86_400_000_000));
    }
    // A date that an event may have is read alike in a query.
    if let (Some(time), Ok(instant)) = (fuzz::time(text), read) {
        assert_eq!(time, instant, "{text}");
    }
}
