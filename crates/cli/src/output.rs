//! Output: data to stdout, messages to stderr.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// The output format of commands that print one record or a short list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// A table for people
    #[default]
    Table,
    /// One JSON document
    Json,
}

/// The output format of commands whose records other programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum DataFormat {
    /// A table for people
    #[default]
    Table,
    /// The response body of the API, byte for byte
    Json,
    /// CSV with a header, for spreadsheets and other programs
    Csv,
}

/// The reader of stdout went away. A type of its own, because a connection to
/// the server can break with the same `io::ErrorKind` and is no success.
#[derive(Debug)]
pub(crate) struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reader of the output has gone")
    }
}

impl std::error::Error for ReaderGone {}

/// Writes data to stdout.
pub(crate) fn data(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        done => Ok(done?),
    }
}

/// Writes one line of data to stdout.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    data(format!("{text}\n").as_bytes())
}

/// Writes an API body to stdout exactly as it came. Only on a terminal a line
/// end is added, so that the prompt does not stick to the last brace.
pub(crate) fn body(bytes: &[u8]) -> anyhow::Result<()> {
    data(bytes)?;
    if io::stdout().is_terminal() && !bytes.ends_with(b"\n") {
        data(b"\n")?;
    }
    Ok(())
}

/// Writes a line for people to stderr. An error doing so is ignored: there is
/// nowhere left to report it.
pub(crate) fn message(text: &str) {
    announce(&format!("exchequer: {text}"));
}

/// Writes a line to stderr as it is, because programs read it.
pub(crate) fn announce(text: &str) {
    // A closed stderr must not end a server or a transfer.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Returns an empty table in the style of all commands.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().copied());
    table
}

/// Aligns columns of numbers to the right.
pub(crate) fn align_right(table: &mut Table, columns: std::ops::Range<usize>) {
    for place in columns {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Returns a table as text: columns two spaces apart, no spaces at the end of a
/// line.
pub(crate) fn render(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// Returns text from elsewhere as a terminal may show it. Control characters,
/// which could move the cursor or worse, become escapes.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_control() {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("ada@example.com"), "ada@example.com");
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
    }
}
