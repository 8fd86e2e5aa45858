//! Parameters that name a billing period, and links to its overview.

use crate::auth::Tenant;
use crate::error::ApiError;
use crate::params::Params;

/// Parses `billingPeriodIndex`, 0 if absent.
pub(super) fn index(params: &Params) -> Result<u32, ApiError> {
    const NAME: &str = "billingPeriodIndex";
    match params.get(NAME) {
        None | Some("") => Ok(0),
        // A whole number beyond all periods is no mistake of form: it is 404.
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(text.parse().unwrap_or(u32::MAX))
        }
        Some(text) => Err(ApiError::invalid_param(text, NAME, "integers from 0")),
    }
}

/// Returns true if `expand` lists `charges`.
pub(super) fn wants_charges(params: &Params) -> bool {
    params.expands("charges")
}

/// Returns the link to an overview at `path`. For an operator it names the organisation
/// that the operator acts for.
pub(super) fn uri(path: &str, index: u32, tenant: &Tenant) -> String {
    let mut uri = format!("{path}?billingPeriodIndex={index}");
    if let Some(id) = tenant.foreign() {
        uri.push_str(&format!("&organizationId={id}"));
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_a_whole_number_from_0() {
        let of = |query: &str| index(&Params::parse(query)).ok();
        assert_eq!(of(""), Some(0));
        assert_eq!(of("billingPeriodIndex="), Some(0));
        assert_eq!(of("billingPeriodIndex=13"), Some(13));
        assert_eq!(of("billingPeriodIndex=99999999999999"), Some(u32::MAX));
        for bad in ["-1", "1.0", "x", "+1", "%201"] {
            assert_eq!(of(&format!("billingPeriodIndex={bad}")), None, "{bad}");
        }
    }

    #[test]
    fn charges_are_asked_for_by_name() {
        let wants = |query: &str| wants_charges(&Params::parse(query));
        assert!(wants("expand=charges") && wants("expand=x,%20charges"));
        assert!(!wants("") && !wants("expand=charge"));
    }
}
