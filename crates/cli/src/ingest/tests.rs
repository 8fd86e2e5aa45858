use std::io::{Cursor, Read};

use exchequer_types::{IngestConflict, IngestRejection, IngestResponse};
use proptest::prelude::*;

use super::batch::Batch;
use super::input::OpenInput;
use super::record::Records;
use super::tally::{Outcome, Tally};
use super::*;

fn batches(
    text: impl Into<Vec<u8>>,
    format: InputFormat,
    events: usize,
) -> anyhow::Result<Vec<Batch>> {
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(text.into()));
    let records: Box<dyn Records + Send> = match format {
        InputFormat::Ndjson => Box::new(ndjson::NdjsonRecords::new(reader)),
        InputFormat::Csv => Box::new(csv::CsvRecords::new(reader, Cells::Marked)?),
    };
    let input = OpenInput {
        records,
        header: Vec::new(),
        prefix: None,
    };
    let mut receiver = spawn(input, events, true);
    std::iter::from_fn(|| receiver.blocking_recv()).collect()
}

fn body(batch: &Batch) -> &str {
    std::str::from_utf8(&batch.body).unwrap()
}

#[test]
fn csv_columns_become_attributes_and_data() {
    let text = "\u{feff}id,source,type,subject,time,organization,minutes,division\r\n\
        e-1,/pbx,call.ended,\"ada \"\"A\"\"\",2026-10-01T08:00:00Z,,12.5,Sales\r\n\
        e-2,/pbx,call.ended,bob,2026-10-01T08:00:00Z,org-1,,\r\n";
    let batches = batches(text, InputFormat::Csv, 1000).unwrap();
    assert_eq!(
        body(&batches[0]),
        "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/pbx\",\"type\":\"call.ended\",\
         \"subject\":\"ada \\\"A\\\"\",\"time\":\"2026-10-01T08:00:00Z\",\
         \"data\":{\"minutes\":\"12.5\",\"division\":\"Sales\"}}\n\
         {\"specversion\":\"1.0\",\"id\":\"e-2\",\"source\":\"/pbx\",\"type\":\"call.ended\",\
         \"subject\":\"bob\",\"time\":\"2026-10-01T08:00:00Z\",\"organization\":\"org-1\"}\n"
    );
    assert_eq!(batches[0].lines, [2, 3]);
    assert_eq!(
        batches[0].original(1).unwrap(),
        b"e-2,/pbx,call.ended,bob,2026-10-01T08:00:00Z,org-1,,"
    );
}

#[test]
fn a_csv_record_is_kept_with_the_blanks_of_its_last_cell() {
    let text =
        "id,source,type,subject,time,voids,note\ne-1,s,t,u,x,e-0,\"a\nb\" \ne-2,s,t,u,x,,c \n";
    let batches = batches(text, InputFormat::Csv, 1000).unwrap();
    assert!(body(&batches[0]).contains("\"voids\":\"e-0\",\"data\""));
    assert_eq!(
        batches[0].original(0).unwrap(),
        b"e-1,s,t,u,x,e-0,\"a\nb \""
    );
    assert_eq!(batches[0].original(1).unwrap(), b"e-2,s,t,u,x,,c ");
}

/// What our CSV marks as text is read as it was, and is marked again in the file of
/// rejected records, also if somebody else has written the input.
#[test]
fn marks_of_formulas_come_off_and_are_put_on_rejected_records() {
    let text = "id,source,type,subject,time,'=note\n'=e-1,@s,t,+49 170,x,'a'\n";
    let read = batches(text, InputFormat::Csv, 1000).unwrap();
    assert!(body(&read[0]).contains(r#""id":"=e-1","source":"@s","type":"t","subject":"+49 170""#));
    assert!(
        body(&read[0]).contains(r#""data":{"=note":"'a'"}"#),
        "{}",
        body(&read[0])
    );
    let original = read[0].original(0).unwrap();
    assert_eq!(original, b"'=e-1,'@s,t,+49 170,x,'a'");

    let mut raw = csv::CsvRecords::new(text.as_bytes(), Cells::Raw).unwrap();
    assert_eq!(raw.header(), b"id,source,type,subject,time,'=note");
    let mut record = record::Record::default();
    assert!(matches!(raw.next(&mut record), Ok(record::Next::Event)));
    assert!(record.json.windows(5).any(|text| text == b"'=e-1"));
    assert_eq!(record.original.unwrap(), b"'=e-1,@s,t,+49 170,x,'a'");
}

#[test]
fn csv_records_know_their_line() {
    for end in ["\n", "\r\n"] {
        let rows = [
            "id,source,type,subject,time",
            "1,s,t,\"a\nb\",x",
            "",
            "2,s,t,u,x",
            "3,s,t,u,x",
        ];
        for tail in ["", end] {
            let text = rows.join(end) + tail;
            let batches = batches(text, InputFormat::Csv, 1000).unwrap();
            assert_eq!(batches[0].lines, [2, 5, 6], "{end:?} {tail:?}");
        }
    }
}

#[test]
fn the_last_csv_record_knows_its_line_whatever_ends_it() {
    for end in [
        "u",
        "\"u\"",
        "\"u\n\"",
        "\"u\n",
        "\"u\"\"\n",
        "\"u\n\n",
        "\"u",
    ] {
        for tail in ["", "\n", "\r\n", "\r"] {
            let text = format!("id,source,type,time,subject\n1,s,t,x,u\n2,s,t,x,{end}{tail}");
            let batches = batches(text, InputFormat::Csv, 1000).unwrap();
            assert_eq!(batches[0].lines, [2, 3], "{end:?} {tail:?}");
        }
    }
}

#[test]
fn a_bad_csv_record_is_refused_and_the_next_one_read() {
    let mut text = b"id,source,type,subject,time\ne-1,s,t,u\ne-2,s,t,u,x\n".to_vec();
    text.extend(b"e-3,s,t,\xff,x\n");
    let batches = batches(text, InputFormat::Csv, 1000).unwrap();
    assert_eq!(batches[0].lines, [3]);
    let refused = &batches[0].unreadable;
    assert_eq!((refused[0].line, refused[1].line), (2, 4));
    assert_eq!(refused[0].original, b"e-1,s,t,u");
    assert!(refused[0].message.contains("4 fields"));
    assert!(refused[1].message.contains("subject"));
}

#[test]
fn a_header_that_cannot_be_used_is_refused() {
    for (header, why) in [
        ("id,source,type,subject", "time"),
        ("id,source,type,subject,time,x,x", "twice"),
        ("id,source,type,subject,time,", "no name"),
        ("", "id"),
    ] {
        let error = batches(header, InputFormat::Csv, 10).err().unwrap();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn an_unclosed_quote_does_not_swallow_the_file() {
    let mut text = "id,source,type,subject,time\ne-1,s,t,u,x\ne-2,s,t,\"".to_owned();
    text.push_str(&"e-3,s,t,u,x\n".repeat(400_000));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("usage.csv");
    std::fs::write(&file, &text).unwrap();
    let transfer = Transfer {
        server: String::new(),
        client: String::new(),
        format: InputFormat::Csv,
        cells: Cells::Marked,
    };
    let opened = input::file(&file, &transfer).unwrap();
    let mut receiver = spawn(opened, 10, true);
    let first = receiver.blocking_recv().unwrap().unwrap();
    assert_eq!(first.lines, [2]);
    let error = receiver.blocking_recv().unwrap().unwrap_err();
    assert!(format!("{error:#}").contains("quote"), "{error:#}");
    assert!(receiver.blocking_recv().is_none());
    // Whoever goes on begins with the damaged record, and leaves out none.
    let whole = text.find("e-2").unwrap() as u64;
    assert_eq!((first.end, first.mark.unwrap().bytes), (whole, whole));
}

#[test]
fn ndjson_lines_keep_their_numbers() {
    let mut text = "\u{feff}{\"id\":1}\r\n\n   \n{\"id\":2}\n".to_owned();
    text.push_str(&"x".repeat(record::LONGEST + 70_000));
    text.push_str("\n{\"id\":3}");
    let batches = batches(text.clone(), InputFormat::Ndjson, 1000).unwrap();
    assert_eq!(body(&batches[0]), "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n");
    assert_eq!(batches[0].lines, [1, 4, 6]);
    assert_eq!(batches[0].original(1).unwrap(), b"{\"id\":2}");
    assert_eq!(batches[0].unreadable[0].line, 5);
    assert_eq!(batches[0].end, text.len() as u64);
}

#[test]
fn batches_hold_up_to_the_limit() {
    let text: String = (0..25).map(|id| format!("{{\"id\":{id}}}\n")).collect();
    let batches = batches(text.clone(), InputFormat::Ndjson, 10).unwrap();
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.lines.len()).collect();
    assert_eq!(sizes, [10, 10, 5]);
    assert_eq!((batches[0].begin, batches[1].begin), (0, batches[0].end));
    assert_eq!(batches[2].end, text.len() as u64);
}

#[test]
fn a_tally_adds_up_and_must_be_complete() {
    let batches = batches(b"a\nb\n\xff\nd\n", InputFormat::Ndjson, 10).unwrap();
    let batch = &batches[0];
    let mut tally = Tally::default();
    let answer = IngestResponse {
        accepted: batch.lines.len() as u64 - 2,
        conflicts: vec![IngestConflict {
            index: 0,
            id: "e-1".to_owned(),
            ..IngestConflict::default()
        }],
        rejected: vec![IngestRejection {
            index: 1,
            id: None,
            code: "bad.request".to_owned(),
            message: "not JSON".to_owned(),
        }],
        ..IngestResponse::default()
    };
    tally
        .add(Outcome::new(batch, Some(&answer)).unwrap())
        .unwrap();
    assert_eq!(tally.counts.events(), 4);
    assert!(!tally.counts.is_clean());
    let lines: Vec<u64> = tally.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [1, 2, 3]);
    assert!(Outcome::new(batch, Some(&IngestResponse::default())).is_err());
}

proptest! {
    #[test]
    fn every_line_is_an_event_or_refused(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let lines = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let expected = lines.split(|&byte| byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .count();
        let batches = batches(text.clone(), InputFormat::Ndjson, 3).unwrap();
        let found: usize = batches.iter().map(|batch| batch.lines.len() + batch.unreadable.len()).sum();
        prop_assert_eq!(found, expected);
        for batch in &batches {
            prop_assert_eq!(body(batch).lines().count(), batch.lines.len());
        }
    }

    /// What we write is what we read.
    #[test]
    fn any_cell_comes_back_from_our_csv(subject in "\\PC{1,12}|[-=+@'; ]{1,6}", note: String) {
        let mut writer = crate::cells::CellWriter::new(false);
        writer.write_record(["id", "source", "type", "subject", "time", "note"]).unwrap();
        writer.write_record(["e-1", "s", "t", &subject, "x", &note]).unwrap();
        let batches = batches(writer.finish().unwrap(), InputFormat::Csv, 3).unwrap();
        let event: serde_json::Value = serde_json::from_str(body(&batches[0]).trim_end()).unwrap();
        prop_assert_eq!(&event["subject"], &subject);
        if !note.is_empty() {
            prop_assert_eq!(&event["data"]["note"], &note);
        }
    }

    #[test]
    fn no_csv_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut input = b"id,source,type,subject,time,x\n".to_vec();
        input.extend(text);
        let batches = batches(input, InputFormat::Csv, 3).unwrap();
        for batch in &batches {
            for line in body(batch).lines() {
                prop_assert!(serde_json::from_str::<serde_json::Value>(line).is_ok());
            }
        }
    }
}
