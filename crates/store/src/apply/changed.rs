//! A check of how many rows a statement has changed.

use crate::error::StoreError;

/// Returns an error if a statement has not changed exactly the rows that it
/// must: then the tables are not as this process knows them, and going on
/// would store figures that nobody has.
pub(super) fn expect_rows(what: &str, changed: usize, expected: usize) -> Result<(), StoreError> {
    if changed == expected {
        return Ok(());
    }
    let why = format!("{changed} rows have changed instead of {expected}");
    Err(StoreError::corrupt(what, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_too_few_is_an_error_that_names_the_table() {
        expect_rows("mark", 2, 2).unwrap();
        let error = expect_rows("mark", 1, 2).unwrap_err();
        let text = "corrupt mark: 1 rows have changed instead of 2";
        assert_eq!(error.to_string(), text);
    }
}
