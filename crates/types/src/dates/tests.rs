use proptest::prelude::*;

use super::*;

/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600_000_000;

#[test]
fn every_shape_that_the_sdks_send_is_read() {
    for text in [
        "2026-01-01",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00Z",
        "2026-01-01t00:00:00z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T00:00:00 00:00",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01T01:00:00 01:00",
        "2026-01-01T01:00:00+0100",
        "2026-01-01T01:00:00+01",
        "2025-12-31T18:30:00-05:30",
        "2026-01-01 00:00:00",
        "2026-01-01 00:00:00 +0000 UTC",
        "2026-01-01 00:00:00  0000 UTC",
        "2026-01-01 00:00:00 +0000 UTC m=+0.000000001",
        "2026-01-01 00:00:00  0000 UTC m= 0.000000001",
        "2026-01-01 00:00:00.0000004 +0000 UTC m=+0.1",
        "2026-01-01 01:00:00 +0100 CET",
        "2026-01-01 03:00:00 +0300 +03 m=-4.5",
        "2026-01-01 00:00:00 UTC",
        " 2026-01-01T00:00:00Z ",
    ] {
        assert_eq!(parse(text), Ok(NEW_YEAR), "{text}");
    }
    assert_eq!(
        parse("2026-01-01T00:00:00.123456+00:00"),
        Ok(NEW_YEAR + 123_456)
    );
    assert_eq!(
        parse("2026-01-01T00:00:00.1234569Z"),
        Ok(NEW_YEAR + 123_456)
    );
    assert_eq!(parse("2026-01-01T00:00:00.5"), Ok(NEW_YEAR + 500_000));
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "",
        "2026",
        "2026-1-1",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "0000-01-01",
        "2026-01-01T",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00X",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+01:",
        "2026-01-01T00:00:00 UTC; x",
        "2026-01-01T00:00:00UTC",
        "2026-01-01 00:00:00 CET",
        "+2026-01-01",
        "１２２６-01-01",
        "1767225600000",
        "yesterday",
        "2026-01-01T00:00:00 +0000 UTC m=+x",
    ] {
        assert_eq!(parse(text), Err(DateError), "{text}");
    }
}

#[test]
fn the_last_instant_of_a_day_ends_at_midnight() {
    for text in [
        "2025-12-31T23:59:59Z",
        "2025-12-31T23:59:59",
        "2025-12-31T23:59:59.999Z",
        "2025-12-31T23:59:59.999999+00:00",
        "2026-01-01T00:59:59.999+01:00x",
    ] {
        let expected = if text.ends_with('x') {
            Err(DateError)
        } else {
            Ok(NEW_YEAR)
        };
        assert_eq!(parse_end(text), expected, "{text}");
    }
    assert_eq!(parse_end("2026-01-01"), Ok(NEW_YEAR));
    assert_eq!(
        parse_end("2025-12-31T23:59:58.999Z"),
        Ok(NEW_YEAR - 1_001_000)
    );
    assert_eq!(parse_end("2025-12-31T23:59:59.998Z"), Ok(NEW_YEAR - 2_000));
    // The clock of whoever wrote it decides.
    assert_eq!(
        parse_end("2025-12-31T23:59:59+01:00"),
        Ok(NEW_YEAR - 3_600_000_000)
    );
    assert_eq!(parse("2025-12-31T23:59:59Z"), Ok(NEW_YEAR - 1_000_000));
    // The end of a period whose midnights are not UTC's, as overviews show it.
    let quarter = |text| parse_end(text).map(|instant| instant - NEW_YEAR);
    assert_eq!(quarter("2025-12-31T18:14:59.999Z"), Ok(-20_700_000_000));
    assert_eq!(quarter("2025-12-31T22:59:59.999Z"), Ok(-3_600_000_000));
    assert_eq!(quarter("2025-12-31T22:59:59Z"), Ok(-3_601_000_000));
    assert_eq!(quarter("2025-12-31T22:58:59.999Z"), Ok(-3_660_001_000));
}

#[test]
fn the_years_are_1_to_9999_of_utc() {
    for (text, shown) in [
        ("0001-01-01", "0001-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00-11:00", "0001-01-01T11:00:00.000Z"),
        ("9999-12-30T22:00:01Z", "9999-12-30T22:00:01.000Z"),
        ("9999-12-31", "9999-12-31T00:00:00.000Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
        ("9999-12-31T23:59:59+14:00", "9999-12-31T09:59:59.000Z"),
        ("9999-12-31T23:00:00-11:00", "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(parse(text).map(format).as_deref(), Ok(shown), "{text}");
    }
    // The midnight that follows is the end of all years, however it was written.
    let end = 253_402_300_800_000_000;
    for text in [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59",
        "9999-12-31T12:59:59.999-11:00",
        "9999-12-31T23:59:59-11:00",
    ] {
        assert_eq!(parse_end(text), Ok(end), "{text}");
    }
    assert_eq!(parse_end(&format(end)), Ok(end));
    assert_eq!(format(i64::MAX), "9999-12-31T23:59:59.999Z");
    assert_eq!(format(i64::MIN), "0001-01-01T00:00:00.000Z");
    assert_eq!(
        parse_day("9999-12-31").map(format_day).as_deref(),
        Ok("9999-12-31")
    );
    assert_eq!(
        parse_day("0001-01-01").map(format_day).as_deref(),
        Ok("0001-01-01")
    );
    for text in ["0000-12-31", "10000-01-01", "-0001-01-01", "9999-12-32"] {
        assert_eq!(parse_end(text), Err(DateError), "{text}");
    }
}

#[test]
fn only_a_date_without_an_offset_is_of_the_clocks_that_it_means() {
    let berlin = |shown: i64| shown - 3_600_000_000;
    for text in ["2026-01-01", "2026-01-01T00:00", "2026-01-01 00:00:00.000"] {
        assert_eq!(
            parse_in(text, berlin),
            Ok(NEW_YEAR - 3_600_000_000),
            "{text}"
        );
    }
    for text in [
        "2026-01-01T00:00Z",
        "2026-01-01T01:00+01:00",
        "2026-01-01 00:00:00 UTC",
    ] {
        assert_eq!(parse_in(text, berlin), Ok(NEW_YEAR), "{text}");
    }
    assert_eq!(
        parse_end_in("2025-12-31T23:59:59", berlin),
        Ok(NEW_YEAR - 3_600_000_000)
    );
    assert_eq!(
        parse_end_in("2025-12-31T23:59:59.999Z", berlin),
        Ok(NEW_YEAR)
    );
}

#[test]
fn a_local_time_is_written_with_its_offset() {
    assert_eq!(format_local(NEW_YEAR, 0), "2026-01-01T00:00:00.000Z");
    assert_eq!(
        format_local(NEW_YEAR, 20_700),
        "2026-01-01T05:45:00.000+05:45"
    );
    assert_eq!(
        format_local(NEW_YEAR, -12_600),
        "2025-12-31T20:30:00.000-03:30"
    );
    assert_eq!(
        format_local(NEW_YEAR, 3_208),
        "2026-01-01T00:53:28.000+00:53:28"
    );
    for text in [
        "2026-01-01T05:45:00.000+05:45",
        "2025-12-31T20:30:00.000-03:30",
    ] {
        assert_eq!(parse(text), Ok(NEW_YEAR));
    }
}

#[test]
fn instants_are_cut_to_milliseconds() {
    assert_eq!(format(NEW_YEAR + 1_999), "2026-01-01T00:00:00.001Z");
    assert_eq!(format(-1), "1969-12-31T23:59:59.999Z");
    assert_eq!(format_day(0), "1970-01-01");
    assert_eq!(parse_day("2026-01-01"), Ok(20_454));
    assert_eq!(parse_day("2026-01-01T00:00:00Z"), Err(DateError));
}

proptest! {
    /// A written instant is read back, to the millisecond.
    #[test]
    fn what_is_written_is_read_back(millis in -62_135_596_800_000_i64..253_402_300_800_000) {
        prop_assert_eq!(parse(&format(millis * 1000)), Ok(millis * 1000));
    }

    #[test]
    fn every_shape_of_one_instant_reads_alike(
        seconds in 0_i64..4_102_444_800, micros in 0_i64..1_000_000, minutes in -1439_i64..=1439,
    ) {
        let instant = seconds * 1_000_000 + micros;
        let local = instant + minutes * 60_000_000;
        let text = format(local);
        let (date, time) = (&text[..10], &text[11..19]);
        let sign = if minutes < 0 { '-' } else { '+' };
        let (h, m) = (minutes.abs() / 60, minutes.abs() % 60);
        let mut shapes = vec![
            format!("{date}T{time}.{micros:06}{sign}{h:02}:{m:02}"),
            format!("{date} {time}.{micros:06} {sign}{h:02}{m:02} XYZ"),
            format!("{date} {time}.{micros:06}000 {sign}{h:02}{m:02} XYZ m={sign}12.5"),
        ];
        if sign == '+' {
            shapes.push(format!("{date}T{time}.{micros:06} {h:02}:{m:02}"));
        }
        for shape in shapes {
            prop_assert_eq!(parse(&shape), Ok(instant), "{}", shape);
        }
    }

    #[test]
    fn what_is_written_exactly_is_read_exactly(seconds in 0_i64..4_102_444_800, micros in 0_i64..1_000_000) {
        let instant = seconds * 1_000_000 + micros;
        let text = format_exact(instant);
        prop_assert_eq!(parse(&text), Ok(instant));
        let whole = micros % 1000 == 0;
        prop_assert_eq!(text.len(), if whole { 24 } else { 27 });
        prop_assert!(!whole || text == format(instant));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let _ = parse(&text);
        let _ = parse_end(&text);
    }
}

proptest! {
    #[test]
    fn instants_in_any_order_are_written_alike(instants in proptest::collection::vec(-4_000_000_000_000_000_i64..4_000_000_000_000_000, 0..20)) {
        let mut writer = InstantWriter::default();
        for micros in instants {
            let mut text = String::new();
            writer.push(&mut text, micros);
            prop_assert_eq!(text, format(micros));
        }
    }
}
