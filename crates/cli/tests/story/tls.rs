//! `exchequer serve` with a certificate of its own.

use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::run::run;
use exchequer_support::program::Ledger;

#[test]
fn a_server_with_its_own_certificate_is_reached_by_those_who_trust_it() {
    let ledger = Ledger::init();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    ledger.write("cert.pem", &cert.pem());
    ledger.write("key.pem", &signing_key.serialize_pem());
    let server = ledger.serve(&["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    assert!(
        server.url.starts_with("https://127.0.0.1:"),
        "{}",
        server.url
    );

    let whoami = || {
        let mut whoami = ledger.operator(&server.url);
        whoami.arg("whoami");
        whoami
    };
    let told = run(whoami().args(["--ca-cert", "cert.pem"])).ok();
    assert!(told.starts_with("organization  Operator ("), "{told}");
    run(whoami().env("EXCHEQUER_CA_CERT", "cert.pem")).ok();
    ledger.write("client.toml", "ca_cert = 'cert.pem'");
    run(whoami().args(["--config", "client.toml"])).ok();
    // Nobody else is; to try again would not help, so nobody does.
    let stranger = run(&mut whoami());
    stranger.failed(5, "certificate");
    assert!(!stranger.err.contains("trying again"), "{stranger:?}");
}

#[test]
fn half_of_tls_is_a_mistake() {
    let ledger = Ledger::init();
    ledger.write("nonsense.pem", "nonsense");
    for bad in [
        &["--tls-cert", "nonsense.pem"][..],
        &["--tls-key", "nonsense.pem"],
        &["--tls-cert", "nonsense.pem", "--tls-key", "nonsense.pem"],
        &["--tls-cert", "absent.pem", "--tls-key", "absent.pem"],
    ] {
        run(ledger.program().arg("serve").args(bad)).failed(2, "");
    }
    let absent = ["whoami", "--ca-cert", "absent.pem"];
    run(ledger.operator("https://127.0.0.1:1").args(absent)).failed(2, "absent.pem");
}
