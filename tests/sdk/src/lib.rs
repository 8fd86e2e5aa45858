//! The official SDKs as tests; the tests are in `tests/sdk`.
