//! The certificates that a client trusts.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::{Error, Server};

/// Returns the settings of TLS, with the crypto of the whole program if one was
/// installed, and otherwise `ring`, so that nobody has to install one.
pub(crate) fn config(server: &Server, roots: &[u8]) -> Result<ClientConfig, Error> {
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(ring::default_provider()));
    let pem = roots;
    let roots = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(&error))?;
    if roots.is_empty() && !pem.is_empty() {
        return Err(wrong(&"there is none in PEM form"));
    }
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?;
    if !server.is_tls() {
        // Nothing is trusted, because nothing has to be: a small container
        // without certificates can still use plain HTTP.
        let nobody = RootCertStore::empty();
        return Ok(config.with_root_certificates(nobody).with_no_client_auth());
    }
    let verifier = verifier(roots, provider).map_err(|error| wrong(&error))?;
    let mut config = config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Returns the verifier of this machine with these roots added.
#[cfg(not(target_os = "android"))]
fn verifier(
    roots: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Verifier::new_with_extra_roots(roots, provider)
}

/// Returns the verifier of the system. Android verifies outside of the program, and
/// takes no more roots.
#[cfg(target_os = "android")]
fn verifier(
    roots: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    match roots.is_empty() {
        true => Verifier::new(provider),
        false => Err(rustls::Error::General(
            "Android takes no further roots".to_owned(),
        )),
    }
}

fn wrong(error: &dyn std::fmt::Display) -> Error {
    Error::Invalid(format!("certificates: {error}"))
}
