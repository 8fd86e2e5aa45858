//! SQLite numbers `$n` parameters by where they first stand in a statement,
//! PostgreSQL by their number. Statements are for both, so the two must agree.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The numbers of the parameters of a text, in the order of first appearance.
fn parameters(statement: &str) -> Vec<u32> {
    let mut numbers = Vec::new();
    for piece in statement.split('$').skip(1) {
        let digits: String = piece.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(number) = digits.parse()
            && !numbers.contains(&number)
        {
            numbers.push(number);
        }
    }
    numbers
}

#[test]
fn parameters_stand_in_the_order_of_their_numbers() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut statements = 0;
    for file in files {
        let source = fs::read_to_string(&file).expect("a source file");
        // String literals are what stands between every other pair of quotes.
        for literal in source.split('"').skip(1).step_by(2) {
            let numbers = parameters(literal);
            if !numbers.is_empty() {
                statements += 1;
                let expected: Vec<u32> = (1..=numbers.len() as u32).collect();
                assert_eq!(numbers, expected, "{}: {literal}", file.display());
            }
        }
    }
    assert!(statements > 40, "only {statements} statements found");
}

#[test]
fn a_wrong_order_is_noticed() {
    assert_eq!(
        parameters("UPDATE t SET a = $2, b = $3 WHERE c = $1 AND d = $2"),
        [2, 3, 1]
    );
}
