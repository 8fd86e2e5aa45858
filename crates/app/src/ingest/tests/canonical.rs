//! Canonical JSON against a plain reference: random values, written in random
//! sloppy ways.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::super::canonical::{Canonicalizer, Flaw, Limits};

const WIDE: Limits = Limits {
    bytes: usize::MAX,
    depth: 100,
};

fn canonical(json: &str, limits: Limits) -> Result<String, Flaw> {
    let mut out = "left over".to_owned();
    Canonicalizer::default().write(json, limits, &mut out)?;
    Ok(out)
}

#[track_caller]
fn same(json: &str, expected: &str) {
    assert_eq!(canonical(json, WIDE).as_deref(), Ok(expected), "{json}");
}

/// JSON content: equal values are equal content.
#[derive(Debug, Clone, PartialEq)]
enum Json {
    Null,
    Bool(bool),
    /// Mantissa without trailing zeros, and power of ten.
    Number(i64, i32),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

fn number(mut mantissa: i64, mut power: i32) -> Json {
    while mantissa != 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        power += 1;
    }
    Json::Number(mantissa, if mantissa == 0 { 0 } else { power })
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{0,1}",
        "[a\"\\\\/\n\u{1}\u{7f}é\u{e000}\u{10000} ]{0,4}",
        ".{0,6}"
    ]
}

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        (-3i64..12, -2i32..3).prop_map(|(m, e)| number(m, e)),
        (any::<i64>(), -70i32..70).prop_map(|(m, e)| number(m, e)),
        texts().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            prop::collection::btree_map(texts(), inner, 0..5).prop_map(Json::Object),
        ]
    })
}

/// The canonical text, by way of the simplest code.
fn reference(value: &Json) -> String {
    let join = |parts: Vec<String>| parts.join(",");
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(mantissa, power) => reference_number(*mantissa, *power),
        Json::Text(text) => serde_json::to_string(text).unwrap(),
        Json::List(items) => format!("[{}]", join(items.iter().map(reference).collect())),
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| {
                format!(
                    "{}:{}",
                    serde_json::to_string(name).unwrap(),
                    reference(value)
                )
            };
            format!("{{{}}}", join(members.iter().map(member).collect()))
        }
    }
}

/// Writes each place of a number from the left, or falls back to an exponent.
fn reference_number(mantissa: i64, power: i32) -> String {
    let digits = mantissa.unsigned_abs().to_string();
    let sign = if mantissa < 0 { "-" } else { "" };
    let first = power + digits.len() as i32 - 1;
    if first.abs() > 40 {
        let rest = if digits.len() > 1 { "." } else { "" };
        return format!("{sign}{}{rest}{}e{first:+}", &digits[..1], &digits[1..]);
    }
    let mut text = sign.to_owned();
    for place in (power.min(0)..=first.max(0)).rev() {
        let digit = usize::try_from(first - place).ok();
        let digit = digit
            .and_then(|n| digits.as_bytes().get(n))
            .unwrap_or(&b'0');
        text.push(char::from(*digit));
        if place == 0 && power < 0 {
            text.push('.');
        }
    }
    text
}

/// Choices that make the same content look different.
struct Noise(Vec<u8>, usize);

impl Noise {
    fn pick(&mut self, choices: usize) -> usize {
        self.1 += 1;
        usize::from(self.0[self.1 % self.0.len()]).wrapping_add(self.1) % choices
    }

    fn blank(&mut self) -> &'static str {
        ["", "", " ", "\n\t", "\r\n  "][self.pick(5)]
    }

    fn write(&mut self, value: &Json) -> String {
        let body = match value {
            Json::Null | Json::Bool(_) => reference(value),
            Json::Number(mantissa, power) => self.number(*mantissa, *power),
            Json::Text(text) => self.text(text),
            Json::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.write(item)).collect();
                format!("[{}{}]", self.blank(), items.join(","))
            }
            Json::Object(members) => {
                let mut written: Vec<_> = members
                    .iter()
                    .map(|(name, value)| {
                        let (name, value) = (self.text(name), self.write(value));
                        format!("{}{name}{}:{value}", self.blank(), self.blank())
                    })
                    .collect();
                let turn = self.pick(written.len().max(1));
                written.rotate_left(turn);
                if self.pick(2) == 0 {
                    written.reverse();
                }
                format!("{{{}{}}}", self.blank(), written.join(","))
            }
        };
        format!("{}{body}{}", self.blank(), self.blank())
    }

    fn number(&mut self, mantissa: i64, power: i32) -> String {
        let sign = if mantissa < 0 || (mantissa == 0 && self.pick(2) == 0) {
            "-"
        } else {
            ""
        };
        let digits = mantissa.unsigned_abs().to_string();
        let body = match self.pick(5) {
            0 => format!("{digits}e{power}"),
            1 if mantissa != 0 => format!("{digits}000E{:+}", power - 3),
            2 => format!("0.00{digits}0e{}", power + digits.len() as i32 + 2),
            3 if mantissa != 0 => {
                let power = power + digits.len() as i32 - 1;
                let (sign, power) = (if power < 0 { "-" } else { "+" }, power.abs());
                format!("{}.{}0e{sign}00{power}", &digits[..1], &digits[1..])
            }
            _ => return reference_number(mantissa, power),
        };
        format!("{sign}{body}")
    }

    fn text(&mut self, text: &str) -> String {
        let mut out = "\"".to_owned();
        for character in text.chars() {
            if self.pick(3) == 0 {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    out += &format!("\\u{unit:04X}");
                }
            } else if character == '/' {
                out += "\\/";
            } else {
                out += serde_json::to_string(&character).unwrap().trim_matches('"');
                if character == '"' {
                    out += "\"";
                }
            }
        }
        out + "\""
    }
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..40)
}

proptest! {
    #[test]
    fn any_spelling_comes_to_the_reference(value in values(), noise in noise()) {
        let text = Noise(noise, 0).write(&value);
        prop_assert!(serde_json::from_str::<&RawValue>(text.trim()).is_ok(), "{}", text);
        let expected = reference(&value);
        prop_assert_eq!(canonical(&text, WIDE), Ok(expected.clone()), "{}", text);
        prop_assert_eq!(canonical(&expected, WIDE), Ok(expected));
    }

    #[test]
    fn texts_are_equal_exactly_when_contents_are(
        a in values(), b in values(), edit in any::<prop::sample::Index>(), noise in noise()
    ) {
        let mut spell = Noise(noise, 0);
        let mut text = |value: &Json| canonical(&spell.write(value), WIDE);
        prop_assert_eq!(text(&a) == text(&b), a == b);
        if let Json::Object(members) = &a && !members.is_empty() {
            let mut less = members.clone();
            let name = edit.get(&members.keys().collect::<Vec<_>>()).to_owned().clone();
            less.remove(&name);
            prop_assert_ne!(text(&a), text(&Json::Object(less)));
        }
    }

    #[test]
    fn limits_hold_exactly(value in values(), noise in noise(), bytes in 0usize..60) {
        let text = Noise(noise, 0).write(&value);
        let expected = reference(&value);
        let found = canonical(&text, Limits { bytes, depth: 100 });
        if expected.len() <= bytes {
            prop_assert_eq!(found, Ok(expected));
        } else {
            prop_assert_eq!(found, Err(Flaw::TooLong));
        }
    }

    #[test]
    fn whatever_serde_accepts_has_an_answer(
        soup in "[\\[\\]{}\",:0-9eE.+\\-truefalsn\\\\u \u{e9}\u{10000}]{0,40}", text: String
    ) {
        for json in [&soup, &text, &format!("[{soup}]"), &format!("\"{soup}\"")] {
            let found = canonical(json, Limits { bytes: 30, depth: 4 });
            if serde_json::from_str::<&RawValue>(json).is_ok() {
                prop_assert_ne!(found, Err(Flaw::Malformed), "{}", json);
            }
        }
    }
}

#[test]
fn numbers_have_one_spelling() {
    for (text, expected) in [
        ("-0", "0"),
        ("0.000e-7", "0"),
        ("1.0", "1"),
        ("1e2", "100"),
        ("-12.500", "-12.5"),
        ("0.00120e1", "0.012"),
        ("123456789.987654321e-3", "123456.789987654321"),
        ("1e40", "10000000000000000000000000000000000000000"),
        ("1e41", "1e+41"),
        ("10e-41", "0.0000000000000000000000000000000000000001"),
        ("1.250e-41", "1.25e-41"),
        ("123e0000000000000000000099", "1.23e+101"),
    ] {
        same(text, expected);
    }
    assert_eq!(canonical("1e10000", WIDE), Err(Flaw::Exponent));
    assert_eq!(
        canonical("1e-9999999999999999999", WIDE),
        Err(Flaw::Exponent)
    );
    same("0e9999999999999999999", "0");
}

#[test]
fn names_are_ordered_by_code_point() {
    // By UTF-16 units, U+10000 would stand before U+E000; by their escapes,
    // the line feed would stand behind the blank.
    same(
        r#"{"\ud800\udc00":1,"\ue000":2,"a":3," ":4,"\n":5,"\u0041":6}"#,
        "{\"\\n\":5,\" \":4,\"A\":6,\"a\":3,\"\u{e000}\":2,\"\u{10000}\":1}",
    );
    same(
        r#"{"b":{"d":1,"c":[{"z":0,"y":0}]},"a":{}}"#,
        r#"{"a":{},"b":{"c":[{"y":0,"z":0}],"d":1}}"#,
    );
}

#[test]
fn flaws_are_told_apart() {
    for (text, flaw) in [
        (r#"{"a":1,"a":2}"#, Flaw::TwiceNamed("\"a\"".to_owned())),
        (
            r#"{"b":1,"c":1,"\u0062":2}"#,
            Flaw::TwiceNamed("\"b\"".to_owned()),
        ),
        (r#""\ud800""#, Flaw::LoneSurrogate),
        (r#""\udc00\ud800""#, Flaw::LoneSurrogate),
        (r#"{"\ud800\u0041":1}"#, Flaw::LoneSurrogate),
        ("[[[[[]]]]]", Flaw::TooDeep),
        ("[1 2]", Flaw::Malformed),
        ("tru", Flaw::Malformed),
        ("\"\\x\"", Flaw::Malformed),
        ("\"a", Flaw::Malformed),
        ("", Flaw::Malformed),
    ] {
        let limits = Limits { depth: 4, ..WIDE };
        assert_eq!(canonical(text, limits), Err(flaw), "{text}");
    }
    same(
        r#"{"a":{"x":1},"b":{"x":1}}"#,
        r#"{"a":{"x":1},"b":{"x":1}}"#,
    );
}
