//! The words of the document are those that the product reads.

use std::collections::BTreeSet;

use exchequer_core::contract::{
    AfterEnd, Decrease, RampUsage, ShortPeriodOverage, UNITS_OF_MEASURE, WalletTerm, YearStart,
};
use exchequer_core::{Aggregation, ExcessDecimals, Spelling, SubscriptionType, Unreadable};
use exchequer_types::SUBSCRIPTION_TYPES;
use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(crate::router::openapi()).unwrap()
}

/// Returns the words of an enum.
fn words(name: &str) -> Vec<String> {
    let document = document();
    let listed = document["components"]["schemas"][name]["enum"].as_array();
    let words = listed.unwrap_or_else(|| panic!("{name} is no enum"));
    words
        .iter()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn enums_are_the_words_that_are_read() {
    assert_eq!(words("SubscriptionType"), SUBSCRIPTION_TYPES);
    assert_eq!(words("UnitOfMeasure"), UNITS_OF_MEASURE);
    for word in words("SubscriptionType") {
        word.parse::<SubscriptionType>().unwrap();
    }
    for word in words("Aggregation") {
        word.parse::<Aggregation>().unwrap();
    }
    for word in words("RampUsage") {
        word.parse::<RampUsage>().unwrap();
    }
    for word in words("AfterEnd") {
        word.parse::<AfterEnd>().unwrap();
    }
    for word in words("ShortPeriodOverage") {
        word.parse::<ShortPeriodOverage>().unwrap();
    }
    for word in words("Decrease") {
        word.parse::<Decrease>().unwrap();
    }
    for word in words("WalletTerm") {
        word.parse::<WalletTerm>().unwrap();
    }
    for word in words("YearStart") {
        word.parse::<YearStart>().unwrap();
    }
    for word in words("Unreadable") {
        Unreadable::named(&word).unwrap();
    }
    for word in words("ExcessDecimals") {
        ExcessDecimals::named(&word).unwrap();
    }
    for word in words("Resources") {
        Spelling::named(&word).unwrap();
    }
}

/// A client that is generated from several kinds of body sends none, or the wrong one.
#[test]
fn every_operation_has_at_most_one_kind_of_body() {
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = operation["requestBody"]["content"].as_object();
            let kinds = content.map_or(0, serde_json::Map::len);
            assert!(kinds <= 1, "{method} {path} has {kinds}");
        }
    }
}

#[test]
fn every_refusal_has_a_body() {
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let has = response["content"].is_object();
                assert!(has || status.as_str() < "400", "{method} {path} {status}");
            }
        }
    }
}

#[test]
fn nothing_may_be_null() {
    let text = document().to_string();
    assert!(!text.contains("\"null\""), "{text}");
}

#[test]
fn required_attributes_of_an_event_are_those_that_are_refused_without() {
    let document = document();
    let event = &document["components"]["schemas"]["UsageEvent"];
    let required: BTreeSet<&str> = event["required"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let wanted = ["id", "source", "specversion", "subject", "time", "type"];
    assert_eq!(required, BTreeSet::from(wanted));
}
