//! CSV as `exchequer ingest` reads it.

use exchequer_app::ingest::Format;
use exchequer_cli::fuzz;

use crate::input::read;

/// The command sends JSON that the server reads, and what it writes to the
/// file of rejected records is read as the same events again.
pub(crate) fn check(file: &[u8]) {
    let Some(input) = fuzz::csv(file) else {
        return;
    };
    assert!(input.lines.is_sorted());
    for events in input.events.chunks(1000) {
        let parsed = read(&events.join(&b"\n"[..]), Format::Ndjson).expect("readable lines");
        assert_eq!(parsed.events as usize, events.len());
        let broken = parsed.rejected.iter().find(|it| it.code == "bad.request");
        assert_eq!(broken, None);
    }
    let mut rejects = input.header;
    for original in &input.originals {
        rejects.push(b'\n');
        rejects.extend_from_slice(original);
    }
    rejects.push(b'\n');
    let again = fuzz::csv(&rejects).expect("the file of rejected records");
    assert_eq!(again.unreadable, 0);
    assert_eq!(again.events, input.events);
}
