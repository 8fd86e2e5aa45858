//! HTTP stories; the tests are in `tests/it`.
