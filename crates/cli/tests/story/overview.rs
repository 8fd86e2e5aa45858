//! `exchequer overview` and `exchequer periods`.

use crate::run::{ACME, run};
use crate::stub::{Request, Stub};
use exchequer_support::program::program;

const CEDAR: &str = "44444444-4444-4444-8444-444444444444";
const ENDED: &str = "66666666-6666-4666-8666-666666666666";
const GONE: &str = "55555555-5555-4555-8555-555555555555";
const FORMER: &str = "77777777-7777-4777-8777-777777777777";

/// An overview as the API writes it, blanks and all.
const OVERVIEW: &str = r#"{ "name":"C-1001","organization":{"id":"22222222-2222-4222-8222-222222222222","name":"Acme Ltd"},
 "currency":"USD","enabledProducts":["BYOC","PureCloud3Overage"],"subscriptionType":"PREPAY_MONTHLY_COMMITMENT",
 "rampPeriodStartDate":"2026-01-15T00:00:00.000Z","rampPeriodEndDate":"2026-02-14T23:59:59.999Z",
 "billingPeriodStartDate":"2026-10-15T00:00:00.000Z","billingPeriodEndDate":"2026-11-14T23:59:59.999Z",
 "contractEffectiveDate":"2026-01-15T00:00:00.000Z","minimumMonthlyAmount":"1000","inRampPeriod":false,
 "usages":[
 {"name":"Genesys Cloud CX 3","partNumber":"GC-170-NV-CX3","grouping":"user-license","unitOfMeasureType":"seat",
  "usageQuantity":"138","overagePrice":"140","prepayQuantity":"80","prepayPrice":"115","isCancellable":true,
  "bundleQuantity":"1","isThirdParty":false},
 {"name":"Voice, minutes","partNumber":"VOICE","grouping":"resource","unitOfMeasureType":"minute",
  "usageQuantity":"14000.5","prepayQuantity":"0","usageNotes":"graduated prices"},
 {"name":"Voice, minutes","partNumber":"VOICE","grouping":"fair-use","unitOfMeasureType":"minute",
  "usageQuantity":"13800","prepayQuantity":"0","isThirdParty":true}]CHARGES}"#;

const CHARGES: &str = r#","charges":{"lines":[
 {"kind":"commitment","name":"Genesys Cloud CX 3","partNumber":"GC-170-NV-CX3","steps":[{"quantity":"80","price":"115"}],"amount":"9200"},
 {"kind":"overage","name":"Voice, minutes","partNumber":"VOICE",
  "steps":[{"quantity":"100","price":"0.2"},{"quantity":"100.5","price":"0.15","flat":"5"}],"amount":"40.08"}],
 "total":"9240.08"}"#;

fn overview(with_charges: bool) -> String {
    OVERVIEW.replace("CHARGES", if with_charges { CHARGES } else { "" })
}

/// A partner with four customers, of which one has no contract and one had one, and one
/// whose trust is not enabled.
fn answer(request: &Request) -> (u16, String) {
    let target = request.line.strip_prefix("GET /api/v2/").unwrap();
    let (path, query) = target.split_once('?').unwrap();
    let body = overview(query.contains("expand=charges"));
    match path.split_once('/').unwrap() {
        ("orgauthorization", _) => (200, customers()),
        ("billing", "subscriptionoverview") => (200, body),
        ("billing", "periods") => (200, PERIODS.to_owned()),
        (_, of) if of.ends_with(ACME) => (200, body),
        (_, of) if of.ends_with(CEDAR) => {
            (200, body.replace(ACME, CEDAR).replace("Acme Ltd", "Cedar"))
        }
        (_, of) if of.ends_with(FORMER) => {
            let ended = "\"inRampPeriod\":false,\"contractEnded\":true,\
                \"contractEndDate\":\"2026-08-31T23:59:59.999Z\"";
            let body = body.replace("\"inRampPeriod\":false", ended);
            (
                200,
                body.replace(ACME, FORMER).replace("Acme Ltd", "Former"),
            )
        }
        _ => (
            404,
            r#"{"message":"The requested resource was not found.","code":"not.found"}"#.to_owned(),
        ),
    }
}

fn customers() -> String {
    let customer = |id: &str, name: &str| {
        format!(
            "{{\"id\":\"{id}\",\"enabled\":true,\
              \"organization\":{{\"id\":\"{id}\",\"name\":\"{name}\",\"version\":1}}}}"
        )
    };
    let all = [
        customer(ACME, "Acme Ltd"),
        customer(GONE, "Gone"),
        customer(CEDAR, "Cedar"),
        customer(FORMER, "Former"),
        customer(ENDED, "Ended").replace("true", "false"),
    ];
    let all = all.join(",");
    format!(
        "{{\"entities\":[{all}],\"pageSize\":200,\"pageNumber\":1,\"total\":3,\"pageCount\":1}}"
    )
}

const PERIODS: &str = r#"{ "entities":[
 {"id":"2026-10-15","startDate":"2026-10-15T00:00:00.000Z","endDate":"2026-11-14T23:59:59.999Z","billingPeriodIndex":0,"contractId":"C-1001"},
 {"id":"2026-09-15","startDate":"2026-09-15T00:00:00.000Z","endDate":"2026-10-14T23:59:59.999Z","billingPeriodIndex":1,"contractId":"C-1001"}],
 "pageSize":200,"pageNumber":1,"total":2,"pageCount":1}"#;

/// The cells of each line.
fn cells(text: &str) -> Vec<Vec<&str>> {
    let cells = |line| {
        str::split(line, "  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
    };
    text.lines().map(|line| cells(line).collect()).collect()
}

#[test]
fn an_overview_for_people() {
    let stub = Stub::start(answer);
    let overview = |name| {
        let arguments = ["overview", ACME, "--charges", name, "1"];
        let text = run(&mut stub.command(&arguments)).ok();
        let line = stub.asked().remove(0).line;
        assert!(
            line.ends_with("?billingPeriodIndex=1&expand=charges"),
            "{line}"
        );
        text
    };
    let text = overview("--index");
    assert_eq!(overview("--period"), text);
    let organization = format!("Acme Ltd ({ACME})");
    assert_eq!(
        cells(&text),
        [
            vec!["organization", &organization],
            vec!["contract", "C-1001, from 2026-01-15"],
            vec!["period", "2026-10-15 to 2026-11-14"],
            vec!["subscription", "PREPAY_MONTHLY_COMMITMENT"],
            vec!["currency", "USD"],
            vec!["minimum", "1,000.00"],
            vec!["ramp", "2026-01-15 to 2026-02-14"],
            vec![],
            vec![
                "NAME",
                "PART NUMBER",
                "UNIT",
                "USED",
                "FREE",
                "PREPAID",
                "PREPAY PRICE",
                "OVERAGE PRICE"
            ],
            vec![
                "Genesys Cloud CX 3",
                "GC-170-NV-CX3",
                "seat",
                "138",
                "80",
                "115.00",
                "140.00"
            ],
            vec!["Voice, minutes", "VOICE", "minute", "14000.5", "0"],
            vec!["Voice, minutes", "VOICE", "minute", "13800"],
            vec![],
            vec!["Voice, minutes: graduated prices"],
            vec![],
            vec!["CHARGE", "NAME", "PART NUMBER", "AMOUNT", "HOW"],
            vec![
                "commitment",
                "Genesys Cloud CX 3",
                "GC-170-NV-CX3",
                "9,200.00",
                "80 × 115.00"
            ],
            vec![
                "overage",
                "Voice, minutes",
                "VOICE",
                "40.08",
                "100 × 0.20 + 100.5 × 0.15 + 5.00"
            ],
            vec![],
            vec!["total 9,240.08 USD"],
        ]
    );
    // Nothing but what was asked for, and no column that is empty throughout.
    let short = run(&mut stub.command(&["overview", "--own"])).ok();
    assert!(
        !short.contains("total") && !short.contains("BUNDLE"),
        "{short}"
    );
}

/// What was drawn and what was held stand where usage and commitments do.
#[test]
fn a_wallet_is_a_row_and_a_charge() {
    const WALLET: &str = r#",{"name":"AI tokens","partNumber":"TOKENS","grouping":"wallet",
        "unitOfMeasureType":"token","usageQuantity":"60","prepayQuantity":"75",
        "usageNotes":"Wallet: 75 a contract year at 0.15."}]"#;
    const CHARGE: &str = r#",{"kind":"wallet","name":"AI tokens","partNumber":"TOKENS",
        "steps":[{"quantity":"100","price":"0.15"},{"quantity":"-25","price":"0.15"}],
        "amount":"11.25"}]"#;
    let stub = Stub::start(|request| {
        let (status, body) = answer(request);
        let (usages, charges) = body.split_once("],\"charges\"").unwrap();
        let charges = charges.replacen("}],\n \"total\"", &format!("}}{CHARGE},\"total\""), 1);
        (status, format!("{usages}{WALLET},\"charges\"{charges}"))
    });
    let text = run(&mut stub.command(&["overview", ACME, "--charges"])).ok();
    let cells = cells(&text);
    for line in [
        &["AI tokens", "TOKENS", "token", "60", "75"][..],
        &["AI tokens: Wallet: 75 a contract year at 0.15."],
        &[
            "wallet",
            "AI tokens",
            "TOKENS",
            "11.25",
            "100 × 0.15 + -25 × 0.15",
        ],
    ] {
        assert!(cells.iter().any(|found| found == line), "{line:?}\n{text}");
    }
}

#[test]
fn an_overview_for_programs() {
    let stub = Stub::start(answer);
    let json = run(&mut stub.command(&["overview", "--own", "--format", "json"])).ok();
    assert_eq!(json, overview(false), "the body, byte for byte");
    let csv = run(&mut stub.command(&["overview", ACME, "--format", "csv"])).ok();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "organization_id,organization,contract,period_start,period_end,currency,name,part_number,grouping,unit,used,prepaid,prepay_price,overage_price,bundle,third_party,cancellable,notes,subscription",
            &*format!(
                "{ACME},Acme Ltd,C-1001,2026-10-15T00:00:00.000Z,2026-11-14T23:59:59.999Z,USD,Genesys Cloud CX 3,GC-170-NV-CX3,user-license,seat,138,80,115,140,1,false,true,,PREPAY_MONTHLY_COMMITMENT"
            ),
        ]
    );
    assert_eq!(lines.len(), 4);
    let charges = ["overview", ACME, "--format", "csv", "--charges"];
    let csv = run(&mut stub.command(&charges)).ok();
    assert!(
        csv.ends_with(",USD,overage,\"Voice, minutes\",VOICE,40.08,100 × 0.2 + 100.5 × 0.15 + 5\n"),
        "{csv}"
    );
}

#[test]
fn customers_without_a_contract_are_marked_and_left_out() {
    let stub = Stub::start(answer);
    let all = run(&mut stub.command(&["overview", "--all", "--format", "json"]));
    assert_eq!(all.code, 0, "{all:?}");
    let bodies = [
        overview(false),
        overview(false)
            .replace(ACME, CEDAR)
            .replace("Acme Ltd", "Cedar"),
    ];
    assert_eq!(all.out, format!("[{}]\n", bodies.join(",")));
    for told in [
        format!("Gone ({GONE}): no contract; left out"),
        format!("Former ({FORMER}): the contract ended on 2026-08-31; left out"),
        format!("Ended ({ENDED}): its trust in you is not enabled; left out"),
    ] {
        assert!(all.err.contains(&told), "{all:?}");
    }
    let earlier = run(&mut stub.command(&["overview", "--all", "--index", "3"]));
    let told = format!("Gone ({GONE}): no billing period 3; left out");
    assert!(earlier.err.contains(&told), "{earlier:?}");
    // A trust that is not enabled opens none of the periods.
    let told = format!("Ended ({ENDED}): its trust in you is not enabled; left out");
    assert!(earlier.err.contains(&told), "{earlier:?}");
    let table = run(&mut stub.command(&["overview", "--all"]));
    assert!(
        table.out.contains("Acme Ltd (") && table.out.contains("Cedar ("),
        "{table:?}"
    );
    let csv = run(&mut stub.command(&["overview", "--all", "--format", "csv"])).out;
    assert_eq!(csv.lines().count(), 1 + 2 * 3);
    // Nobody has a period of this index: that is an answer as well.
    let nobody = Stub::start(|request| match answer(request) {
        found if request.line.contains("orgauthorization") => found,
        _ => (404, "{}".to_owned()),
    });
    let table = run(&mut nobody.command(&["overview", "--all"])).ok();
    assert_eq!(table, "no customers with a contract\n");
    let json = run(&mut nobody.command(&["overview", "--all", "--format", "json"])).ok();
    assert_eq!(json, "[]\n");
    // One by itself is shown as it is.
    let former = run(&mut stub.command(&["overview", FORMER])).ok();
    assert!(former.contains("contract ended"), "{former}");
}

#[test]
fn one_customer_that_fails_does_not_stop_the_others() {
    let stub = Stub::start(|request| match answer(request) {
        (404, _) => (
            400,
            r#"{"message":"It is broken.","code":"bad.request"}"#.to_owned(),
        ),
        found => found,
    });
    let all = run(&mut stub.command(&["overview", "--all"]));
    assert_eq!(all.code, 6, "{all:?}");
    assert!(
        all.err.contains(&format!("Gone ({GONE}): It is broken.")),
        "{all:?}"
    );
    assert!(
        all.out.contains("Acme Ltd (") && all.out.contains("Cedar ("),
        "{all:?}"
    );
    let nobody = Stub::start(|request| match answer(request) {
        found if request.line.contains("orgauthorization") => found,
        _ => (400, "{}".to_owned()),
    });
    run(&mut nobody.command(&["overview", "--all"])).failed(1, "HTTP 400");
}

#[test]
fn whose_overview_must_be_said() {
    for bad in [
        &["overview"][..],
        &["overview", ACME, "--own"],
        &["overview", "--own", "--all"],
        &["overview", "--own", "--index", "-1"],
    ] {
        run(program().args(bad)).failed(2, "");
    }
}

#[test]
fn periods_are_listed() {
    let stub = Stub::start(answer);
    let table = run(&mut stub.command(&["periods", "--organization", ACME])).ok();
    assert!(
        stub.asked()[0]
            .line
            .contains(&format!("organizationId={ACME}"))
    );
    assert_eq!(
        cells(&table),
        [
            ["INDEX", "START", "END", "CONTRACT"],
            ["0", "2026-10-15", "2026-11-14", "C-1001"],
            ["1", "2026-09-15", "2026-10-14", "C-1001"],
        ]
    );
    let json = run(&mut stub.command(&["periods", "--format", "json"])).ok();
    assert_eq!(json, PERIODS, "the body, byte for byte");
    let csv = run(&mut stub.command(&["periods", "--format", "csv"])).ok();
    assert!(
        csv.starts_with("index,start,end,contract\n0,2026-10-15T00:00:00.000Z,"),
        "{csv}"
    );
}
