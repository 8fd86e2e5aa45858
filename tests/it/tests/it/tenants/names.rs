//! The ids of the tenant tests, and the words of their failures.

use exchequer_server::routes::Route;
use exchequer_support::Answer;

/// A partner of its own, and its customer: what nobody else may see.
pub(crate) const INITECH: &str = "44444444-4444-4444-8444-444444444444";
pub(crate) const HOOLI: &str = "55555555-5555-4555-8555-555555555555";
/// Customers of Globex once: the trust of one is off, the other's is gone.
pub(crate) const OFF: &str = "66666666-6666-4666-8666-666666666666";
pub(crate) const LEFT: &str = "77777777-7777-4777-8777-777777777777";
pub(crate) const ABSENT: &str = "99999999-9999-4999-8999-999999999999";
pub(crate) const HOOLI_CLIENT: &str = "bbbbbbbb-0000-4000-8000-000000000005";
/// A resource that Hooli used.
pub(crate) const GAVIN: &str = "gavin@hooli.example";

/// Describes an answer for a failure.
pub(crate) fn describe(route: &Route, answer: &Answer) -> String {
    format!("{} {}: {}", route.method, route.path, answer.text)
}
