use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::spawn;
use super::*;

fn transfer(format: InputFormat) -> Transfer {
    Transfer {
        server: "http://127.0.0.1:8080/".to_owned(),
        client: "somebody".to_owned(),
        format,
        cells: Cells::Marked,
    }
}

struct Place {
    directory: TempDir,
    file: PathBuf,
    format: InputFormat,
}

impl Place {
    fn new(name: &str, text: impl AsRef<[u8]>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(name);
        fs::write(&file, text).unwrap();
        let format = InputFormat::from_path(&file).unwrap();
        Self {
            directory,
            file,
            format,
        }
    }

    fn request(&self) -> IngestRequest<'_> {
        IngestRequest {
            file: &self.file,
            transfer: transfer(self.format),
            rejects: None,
            progress: None,
            resume: true,
            restart: false,
        }
    }

    /// Leaves what a run leaves that was interrupted behind so many bytes.
    fn interrupt(&self, bytes: usize, rejected: &[&str]) {
        let mut start = begin(&self.request()).unwrap();
        let done = mark(&fs::read(&self.file).unwrap()[..bytes]);
        for line in rejected {
            let rejects = start.tally.rejects.as_mut().unwrap();
            rejects.reject(1, line.as_bytes(), "bad").unwrap();
        }
        start.tally.counts.accepted = 7;
        let mut checkpoint = start.checkpoint.take().unwrap();
        checkpoint.advance(done, &start.tally);
        checkpoint
            .close(bytes as u64 + 5, &mut start.tally)
            .unwrap();
        start.tally.finish().unwrap();
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name)).unwrap()
    }
}

/// The mark of so many bytes.
fn mark(bytes: &[u8]) -> Mark {
    Mark {
        bytes: bytes.len() as u64,
        digest: hex(&Sha256::digest(bytes)),
    }
}

const LINES: &str = "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n";

/// Batches of one event from where it begins: line and text.
fn rest(start: Start) -> Vec<(u64, String)> {
    let mut batches = spawn(start.input, 1, true);
    std::iter::from_fn(|| batches.blocking_recv())
        .map(|batch| batch.unwrap())
        .map(|batch| {
            (
                batch.lines[0],
                String::from_utf8(batch.original(0).unwrap().to_vec()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn an_interrupted_file_goes_on_and_so_does_one_that_has_grown() {
    let place = Place::new("usage.ndjson", LINES);
    place.interrupt(18, &[]);
    fs::write(&place.file, format!("{LINES}{{\"id\":4}}\n")).unwrap();
    let start = begin(&place.request()).unwrap();
    assert_eq!(start.tally.counts.accepted, 7);
    assert_eq!(
        (start.input.position(), start.tally.resent_before),
        (18, 23)
    );
    let rest = rest(start);
    assert_eq!(
        rest,
        [(3, "{\"id\":3}".to_owned()), (4, "{\"id\":4}".to_owned())]
    );
}

#[test]
fn a_file_that_was_replaced_is_not_skipped() {
    for text in [&LINES.replace('1', "9"), "{\"id\":1}\n", ""] {
        let place = Place::new("usage.ndjson", LINES);
        place.interrupt(18, &["kept"]);
        fs::write(&place.file, text).unwrap();
        let start = begin(&place.request()).unwrap();
        assert_eq!(start.tally.counts, Counts::default());
        assert_eq!(rest(start).len(), text.lines().count());
        // What was rejected of the other file may still have to be fixed.
        assert_eq!(place.read("usage.rejected.ndjson"), "kept\n");
    }
}

#[test]
fn a_damaged_note_is_not_trusted() {
    let place = Place::new("usage.ndjson", LINES);
    place.interrupt(18, &[]);
    let note = place.directory.path().join("usage.ndjson.progress");
    let text = fs::read(&note).unwrap();
    fs::write(&note, &text[..text.len() / 2]).unwrap();
    assert_eq!(rest(begin(&place.request()).unwrap()).len(), 3);
}

#[test]
fn a_foreign_note_is_kept_unless_told_otherwise() {
    let place = Place::new("usage.ndjson", LINES);
    place.interrupt(18, &[]);
    let mut other = place.request();
    other.transfer.server = "http://elsewhere/".to_owned();
    let error = begin(&other).err().unwrap();
    assert!(error.to_string().contains("--restart"), "{error}");
    assert_eq!(begin(&place.request()).unwrap().input.position(), 18);
    other.restart = true;
    assert_eq!(begin(&other).unwrap().input.position(), 0);
    // Now the note is the other one's, but of nothing.
    assert_eq!(begin(&place.request()).unwrap().input.position(), 0);
}

#[test]
fn a_half_written_last_line_is_not_done() {
    let place = Place::new("usage.ndjson", "{\"id\":1}\n{\"id\":");
    let mut batches = spawn(begin(&place.request()).unwrap().input, 1, true);
    let marks: Vec<bool> = std::iter::from_fn(|| batches.blocking_recv())
        .map(|batch| batch.unwrap().mark.is_some())
        .collect();
    assert_eq!(marks, [true, false]);
}

#[test]
fn rejected_lines_go_on_where_they_were_noted() {
    let place = Place::new("usage.csv", "id,source,type,subject,time\n1\n2\n");
    place.interrupt(30, &["1"]);
    let rejected = place.directory.path().join("usage.rejected.csv");
    // Written, but not noted before the end.
    let noted = place.read("usage.rejected.csv");
    fs::write(&rejected, format!("{noted}2\nhal")).unwrap();
    let mut start = begin(&place.request()).unwrap();
    let rejects = start.tally.rejects.as_mut().unwrap();
    rejects.reject(3, b"2", "bad").unwrap();
    start.tally.finish().unwrap();
    drop(start);
    let header = "id,source,type,subject,time\n";
    assert_eq!(place.read("usage.rejected.csv"), format!("{header}1\n2\n"));
    let why = place.read("usage.rejected.csv.why");
    assert_eq!(why, "line 1: bad\nline 3: bad\n");

    let fixed = format!("{header}9\n2\n");
    fs::write(&rejected, &fixed).unwrap();
    let error = begin(&place.request()).err().unwrap();
    assert!(error.to_string().contains("usage.rejected.csv"), "{error}");
    assert_eq!(place.read("usage.rejected.csv"), fixed);
    fs::remove_file(&rejected).unwrap();
    assert!(begin(&place.request()).is_err());
    let mut restarted = place.request();
    restarted.restart = true;
    assert_eq!(begin(&restarted).unwrap().input.position(), 0);
}

#[test]
fn a_named_file_is_gone_on_with_even_if_nothing_in_it_was_noted() {
    let place = Place::new("usage.ndjson", LINES);
    let path = place.directory.path().join("mine");
    let other = place.directory.path().join("other");
    let mut named = place.request();
    named.rejects = Some(&path);
    drop(begin(&named).unwrap());
    fs::write(&path, "written, but not not").unwrap();
    let mut start = begin(&named).unwrap();
    assert_eq!(place.read("mine"), "");
    let rejects = start.tally.rejects.as_mut().unwrap();
    rejects.reject(1, b"line", "bad").unwrap();
    let mut checkpoint = start.checkpoint.take().unwrap();
    checkpoint.advance(Mark::default(), &start.tally);
    checkpoint.close(9, &mut start.tally).unwrap();
    drop((start, checkpoint));
    named.rejects = Some(&other);
    let error = begin(&named).err().unwrap();
    assert!(error.to_string().contains("mine"), "{error}");
    named.rejects = None;
    assert!(begin(&named).is_ok());
    assert_eq!(place.read("mine"), "line\n");
}

#[test]
fn a_run_that_goes_on_leaves_alone_what_others_have_rejected() {
    let place = Place::new("usage.ndjson", LINES);
    place.interrupt(18, &[]);
    let theirs = place.directory.path().join("usage.rejected.ndjson");
    fs::write(&theirs, "theirs\n").unwrap();
    let mut start = begin(&place.request()).unwrap();
    assert_eq!(start.input.position(), 18);
    let rejects = start.tally.rejects.as_mut().unwrap();
    rejects.reject(3, b"mine", "bad").unwrap();
    start.tally.finish().unwrap();
    assert_eq!(place.read("usage.rejected.ndjson"), "theirs\n");
    assert_eq!(place.read("usage.rejected-2.ndjson"), "mine\n");
}

#[test]
fn what_a_killed_run_will_go_on_in_is_not_taken_by_others() {
    let place = Place::new("usage.ndjson", LINES);
    drop(begin(&place.request()).unwrap());
    let elsewhere = place.directory.path().join("elsewhere");
    let mut other = place.request();
    other.progress = Some(&elsewhere);
    let mut start = begin(&other).unwrap();
    let rejects = start.tally.rejects.as_mut().unwrap();
    rejects.reject(1, b"theirs", "bad").unwrap();
    start.tally.finish().unwrap();
    assert_eq!(place.read("usage.rejected-2.ndjson"), "theirs\n");
    let mut start = begin(&place.request()).unwrap();
    let rejects = start.tally.rejects.as_mut().unwrap();
    rejects.reject(1, b"mine", "bad").unwrap();
    start.tally.finish().unwrap();
    assert_eq!(place.read("usage.rejected.ndjson"), "mine\n");
    assert_eq!(place.read("usage.rejected-2.ndjson"), "theirs\n");
}

#[test]
fn a_file_that_is_no_note_is_not_written_over() {
    let place = Place::new("usage.ndjson", LINES);
    let path = place.directory.path().join("accounts");
    for text in ["a, b\n1, 2\n", "{\"id\":1}\n", "\n", "{}"] {
        fs::write(&path, text).unwrap();
        for restart in [false, true] {
            let mut named = place.request();
            named.progress = Some(&path);
            named.restart = restart;
            let error = begin(&named).err().unwrap();
            assert!(error.to_string().contains("no saved progress"), "{error}");
            assert_eq!(place.read("accounts"), text);
        }
    }
    // Beside the input the name leaves no doubt.
    let note = place.directory.path().join("usage.ndjson.progress");
    fs::write(&note, "{}").unwrap();
    assert_eq!(rest(begin(&place.request()).unwrap()).len(), 3);
}

#[test]
fn a_damaged_checkpoint_that_was_named_is_left_as_it_is() {
    let place = Place::new("usage.ndjson", LINES);
    place.interrupt(18, &[]);
    let path = place.directory.path().join("usage.ndjson.progress");
    let text = place.read("usage.ndjson.progress");
    let damaged = text.replace("\"bytes\":18", "\"bytes\":27");
    assert_ne!(damaged, text);
    fs::write(&path, &damaged).unwrap();
    let mut named = place.request();
    named.progress = Some(&path);
    for restart in [false, true] {
        named.restart = restart;
        let error = begin(&named).err().unwrap();
        assert!(error.to_string().contains("damaged"), "{error}");
        assert_eq!(place.read("usage.ndjson.progress"), damaged);
    }
    // The default name leaves no doubt what the file is for.
    assert_eq!(rest(begin(&place.request()).unwrap()).len(), 3);
}

/// Its writer would else see a reader that goes away.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_opened_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("usage.ndjson");
    let made = std::process::Command::new("mkfifo").arg(&file).status();
    assert!(made.unwrap().success());
    let place = Place {
        file: file.clone(),
        directory,
        format: InputFormat::Ndjson,
    };
    let writer = std::thread::spawn(move || fs::write(file, LINES));
    let start = begin(&place.request()).unwrap();
    assert_eq!((start.size, rest(start).len()), (None, 3));
    writer.join().unwrap().unwrap();
}

#[test]
fn lines_that_were_rejected_before_are_never_written_over() {
    let place = Place::new("usage.ndjson", LINES);
    for expected in ["usage.rejected.ndjson", "usage.rejected-2.ndjson"] {
        let mut start = begin(&place.request()).unwrap();
        let rejects = start.tally.rejects.as_mut().unwrap();
        rejects.reject(1, b"line", "bad").unwrap();
        assert_eq!(
            start.tally.finish().unwrap().unwrap().file_name().unwrap(),
            expected
        );
        start.checkpoint.unwrap().remove().unwrap();
    }
    // The fixed file is an input like any other.
    let fixed = Place {
        file: place.directory.path().join("usage.rejected.ndjson"),
        directory: place.directory,
        format: InputFormat::Ndjson,
    };
    let mut start = begin(&fixed.request()).unwrap();
    let rejects = start.tally.rejects.as_mut().unwrap();
    rejects.reject(1, b"line", "bad").unwrap();
    let third = start.tally.finish().unwrap().unwrap();
    assert_eq!(third.file_name().unwrap(), "usage.rejected-3.ndjson");
    start.checkpoint.unwrap().remove().unwrap();

    let mut named = fixed.request();
    named.rejects = Some(&third);
    let error = begin(&named).err().unwrap();
    assert!(error.to_string().contains("holds lines"), "{error}");
    assert_eq!(fixed.files().len(), 7, "{:?}", fixed.files());
}

#[test]
fn nothing_is_left_behind_where_nothing_went_wrong() {
    let place = Place::new("usage.ndjson", LINES);
    let mut start = begin(&place.request()).unwrap();
    let second = begin(&place.request()).err().unwrap();
    assert!(second.to_string().contains("another"), "{second}");
    assert_eq!(start.tally.finish().unwrap(), None);
    start.checkpoint.unwrap().remove().unwrap();
    assert_eq!(place.files(), ["usage.ndjson"]);
    let bad = Place::new("usage.csv", "id\n");
    assert!(begin(&bad.request()).is_err());
    assert_eq!(bad.files(), ["usage.csv"]);
}

/// The file of the format before, as its build left it after a kill.
#[test]
fn a_checkpoint_of_the_build_before_is_resumed() {
    let place = Place::new("usage.ndjson", LINES);
    let done = mark(&LINES.as_bytes()[..18]);
    let json = format!(
        r#"{{"transfer":{{"server":"http://127.0.0.1:8080/","client":"somebody","format":"ndjson"}},"done":{{"bytes":18,"digest":"{}"}},"sent":16777234,"counts":{{"accepted":2,"duplicates":0,"unmetered":0,"conflicts":0,"rejected":0}},"faults":[],"rejects":null}}"#,
        done.digest
    );
    let text = format!("{json}\n{}\n", hex(&Sha256::digest(&json)));
    let path = place.directory.path().join("usage.ndjson.progress");
    fs::write(path, text).unwrap();
    let start = begin(&place.request()).unwrap();
    assert_eq!(start.tally.counts.accepted, 2);
    assert_eq!(start.tally.resent_before, 16_777_234);
    assert_eq!(rest(start), [(3, "{\"id\":3}".to_owned())]);
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        transfer: transfer(InputFormat::Csv),
        done: mark(b"some of the input"),
        sent: Some(99),
        counts: Counts {
            accepted: 3,
            ..Counts::default()
        },
        faults: Vec::new(),
        rejects: None,
    }
}

#[test]
fn a_checkpoint_is_read_as_it_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("usage.csv.progress");
    let (locked, found) = open(&path).unwrap();
    assert_eq!(found, Found::Nothing);
    let mut file = CheckpointFile {
        path: path.clone(),
        locked,
        content: checkpoint(),
        changed: false,
    };
    file.write().unwrap();
    let second = open(&path).unwrap_err();
    assert_eq!(second.kind(), io::ErrorKind::ResourceBusy);
    let mut later = checkpoint();
    later.sent = None;
    file.content = later.clone();
    file.write().unwrap();
    assert!(open(&path).is_err());
    drop(file);
    let (locked, found) = open(&path).unwrap();
    assert_eq!(found, Found::Checkpoint(Box::new(later.clone())));
    let file = CheckpointFile {
        path,
        locked,
        content: later,
        changed: false,
    };
    file.remove().unwrap();
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}

#[test]
fn a_torn_or_changed_checkpoint_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("note");
    let whole = to_text(&checkpoint()).unwrap();
    for length in 1..whole.len() - 1 {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(open(&path).unwrap().1, Found::Other, "{length}");
    }
    for at in 0..whole.len() - 1 {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert_eq!(from_text(&changed), None, "{at}");
    }
    assert!(open(directory.path()).is_err());
}

proptest! {
    /// Wherever reading is broken off between two batches, the rest is what
    /// would have been read anyway, with the same line numbers.
    #[test]
    fn the_rest_is_the_rest(
        rows in proptest::collection::vec("[a-z]{1,3}|\"[a-z\n]{0,3}\"|[a-z]{0,2} ", 1..12),
        end in "\n|\r\n|\n\n|\r\n\r\n",
        at in 0..12_usize,
        csv in any::<bool>(),
    ) {
        let mut text = String::new();
        for row in &rows {
            text += &if csv { format!("{row},s,t,u,x{end}") } else { format!("{}!{end}", row.replace('\n', "")) };
        }
        let (name, header) = if csv { ("u.csv", format!("id,source,type,subject,time{end}")) } else { ("u.ndjson", String::new()) };
        let place = Place::new(name, header + &text);
        let mut batches = spawn(begin(&place.request()).unwrap().input, 1, true);
        let marks: Vec<Mark> = std::iter::from_fn(|| batches.blocking_recv())
            .map(|batch| batch.unwrap().mark.unwrap())
            .collect();
        let at = at % marks.len();
        let all = rest(begin(&place.request()).unwrap());
        let input = input::resume(&place.file, &transfer(place.format), &marks[at]).unwrap().unwrap();
        let start = Start { input, tally: Tally::default(), checkpoint: None, size: None };
        prop_assert_eq!(rest(start), &all[at + 1..]);
    }
}
