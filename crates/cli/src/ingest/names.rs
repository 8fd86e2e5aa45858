//! Names of the files that `ingest` writes beside its input.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::input::Input;

/// Where progress is noted: `usage.csv.progress` beside `usage.csv`.
pub(super) fn progress(input: &Path) -> PathBuf {
    let mut name = input.as_os_str().to_owned();
    name.push(".progress");
    name.into()
}

/// Where the reasons are.
pub(super) fn why(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".why");
    name.into()
}

/// The name of the file beside the input. Its extension tells the format, so
/// that it can be sent by the same command.
pub(super) fn rejects(input: &Path, format: Input, number: u32) -> PathBuf {
    let told = Input::of(input).is_ok_and(|told| told == format);
    let extension = match (input.extension(), format) {
        (Some(extension), _) if told => extension.to_owned(),
        (_, Input::Csv) => "csv".into(),
        (_, Input::Ndjson) => "ndjson".into(),
    };
    let stem = if told {
        input.file_stem()
    } else {
        input.file_name()
    };
    let mut name = stem.unwrap_or_default().to_owned();
    if let Some(plain) = without_number(&name) {
        name = plain.into();
    }
    name.push(".rejected");
    if number > 1 {
        name.push(format!("-{number}"));
    }
    name.push(".");
    name.push(extension);
    input.with_file_name(name)
}

/// `usage` of `usage.rejected` or `usage.rejected-2`: what is rejected of a file
/// of rejected lines is not rejected twice.
fn without_number(name: &OsStr) -> Option<String> {
    let (plain, number) = name.to_str()?.rsplit_once(".rejected")?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let counts = digits.bytes().all(|byte| byte.is_ascii_digit());
    counts.then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_lines_go_beside_the_input_in_its_format() {
        for (input, format, number, expected) in [
            ("usage.csv", Input::Csv, 1, "usage.rejected.csv"),
            (
                "a.b/usage.JSONL",
                Input::Ndjson,
                2,
                "a.b/usage.rejected-2.JSONL",
            ),
            ("usage.rejected.csv", Input::Csv, 2, "usage.rejected-2.csv"),
            (
                "usage.rejected-9.csv",
                Input::Csv,
                10,
                "usage.rejected-10.csv",
            ),
            (
                "all.rejected.calls.csv",
                Input::Csv,
                1,
                "all.rejected.calls.rejected.csv",
            ),
            ("events.log", Input::Ndjson, 1, "events.log.rejected.ndjson"),
            ("usage.csv", Input::Ndjson, 1, "usage.csv.rejected.ndjson"),
        ] {
            let name = rejects(Path::new(input), format, number);
            assert_eq!(name, Path::new(expected), "{input}");
            assert_eq!(why(&name), PathBuf::from(format!("{expected}.why")));
        }
        assert_eq!(
            progress(Path::new("a/b.csv")),
            Path::new("a/b.csv.progress")
        );
    }
}
