use super::*;

const TEXT: &str = "22222222-2222-4222-8222-2222222222ab";

#[test]
fn the_hyphenated_form_is_read_and_written_in_lower_case() {
    let id: OrganizationId = TEXT.to_uppercase().parse().unwrap();
    assert_eq!(id.to_string(), TEXT);
    assert_eq!(OrganizationId::from_bytes(*id.as_bytes()), id);
    assert_eq!(OrganizationId::from_uuid(id.uuid()), id);
}

#[test]
fn other_forms_are_refused() {
    let simple = TEXT.replace('-', "");
    for text in [
        "",
        &simple,
        &format!("{{{TEXT}}}"),
        &format!("urn:uuid:{TEXT}"),
        &TEXT.replace('a', "g"),
        &format!("{simple}----"),
    ] {
        assert_eq!(
            text.parse::<OrganizationId>(),
            Err(InvalidOrganizationId),
            "{text}"
        );
    }
}

#[test]
fn the_order_is_the_order_of_the_bytes() {
    let low = OrganizationId::from_bytes([1; 16]);
    let high = OrganizationId::from_bytes([0xfe; 16]);
    assert!(low < high && low.as_bytes() < high.as_bytes());
}
