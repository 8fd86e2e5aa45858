use super::*;

#[test]
fn a_value_is_read_as_the_binding_says() {
    for (sent, read) in [
        ("plain", "plain"),
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("Euro € 😀", "Euro € 😀"),
        ("%c3%a9", "é"),
        // Encoded without need, and once only.
        ("%61bc", "abc"),
        ("100%2525", "100%25"),
        // Raw: a sender that does not encode.
        ("100%", "100%"),
        ("5%-off", "5%-off"),
        ("%zz%4", "%zz%4"),
        ("a b", "a b"),
        // As older versions of the binding quote.
        (r#""a b""#, "a b"),
        (r#""a \"b\" \\ %20c""#, r#"a "b" \  c"#),
        (r#"""#, r#"""#),
        (r#"say "hi""#, r#"say "hi""#),
        (r#""""#, ""),
    ] {
        assert_eq!(
            header::decode(sent.as_bytes()).as_deref(),
            Some(read),
            "{sent}"
        );
    }
    // What Node sends raw, in ISO 8859-1.
    assert_eq!(header::decode(b"Jos\xe9").as_deref(), Some("José"));
    // Percent-encoded bytes are UTF-8 or refused; an overlong blank is none.
    for sent in ["%E9", "%C0%A0", "a%ff"] {
        assert_eq!(header::decode(sent.as_bytes()), None, "{sent}");
    }
}

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_static(value));
    }
    headers
}

fn structured(lines: &[(&'static str, &'static str)], data: &str) -> String {
    let event = to_structured(&headers(lines), data.as_bytes()).unwrap();
    String::from_utf8(event.to_vec()).unwrap()
}

#[test]
fn headers_and_body_become_one_event() {
    let lines = [
        ("ce-specversion", "1.0"),
        ("host", "localhost"),
        ("ce-subject", "a\"b%22"),
        ("content-type", "application/json"),
        // No attributes.
        ("ce-data", "{}"),
        ("ce-data_base64", "e30="),
    ];
    let whole = r#"{"specversion":"1.0","subject":"a\"b\"","data": {"n":1} }"#;
    assert_eq!(structured(&lines, " {\"n\":1} "), whole);
    assert_eq!(structured(&lines, "\u{feff} {\"n\":1} "), whole);
    let without = r#"{"specversion":"1.0","subject":"a\"b\""}"#;
    assert_eq!(structured(&lines, ""), without);
    assert_eq!(structured(&lines, "\r\n"), without);
    let twice = [("ce-id", "a"), ("ce-id", "b")];
    assert_eq!(
        structured(&twice, "null"),
        r#"{"id":"a","id":"b","data":null}"#
    );
}

#[test]
fn a_body_that_is_not_one_json_value_is_refused() {
    for data in ["{", "{} {}", "{},\"organization\":\"x\"", "x", "{}}"] {
        assert!(
            to_structured(&HeaderMap::new(), data.as_bytes()).is_err(),
            "{data}"
        );
    }
    assert!(to_structured(&HeaderMap::new(), b"{\"a\":\"\xff\"}").is_err());
}

#[test]
fn the_content_type_tells_the_mode() {
    let mode = |media: &'static str| {
        let mut headers = headers(&[("ce-specversion", "1.0")]);
        if !media.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        }
        (is_binary(&headers), check_data_type(&headers).is_ok())
    };
    for media in [
        "",
        "application/json",
        "Application/JSON; charset=utf-8",
        "text/json",
        "application/vnd.acme.call+json;v=2",
    ] {
        assert_eq!(mode(media), (true, true), "{media}");
    }
    for media in ["text/plain", "application/xml", "application/jsonp", "json"] {
        assert_eq!(mode(media), (true, false), "{media}");
    }
    for media in [
        "application/cloudevents+json; charset=utf-8",
        "application/cloudevents-batch+json",
        "application/cloudevents+avro",
        "application/x-ndjson",
    ] {
        assert!(!mode(media).0, "{media}");
    }
    assert!(!is_binary(&headers(&[("ce-id", "1")])));
}
