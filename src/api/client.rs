//! HTTP as a client: other processes of the group, and the commands that ask a running service.

use std::path::Path;

use anyhow::{Context as _, ensure};
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::typestate::AgentScope;

/// What a client is made from. Statuses are no errors, nothing is asked of another place than was named.
///
/// # Errors
///
/// A file of CA certificates that cannot be used.
pub fn client(ca: Option<&Path>) -> anyhow::Result<ConfigBuilder<AgentScope>> {
    let roots = match ca {
        Some(path) => {
            let pem = std::fs::read(path).with_context(|| path.display().to_string())?;
            RootCerts::new_with_certs(&certificates(&pem).with_context(|| path.display().to_string())?)
        }
        None => RootCerts::PlatformVerifier,
    };
    let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(roots).build();
    Ok(ureq::Agent::config_builder().tls_config(tls).max_redirects(0).http_status_as_error(false))
}

fn certificates(pem: &[u8]) -> anyhow::Result<Vec<Certificate<'static>>> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item? {
            certificates.push(certificate);
        }
    }
    ensure!(!certificates.is_empty(), "there is no certificate (PEM) in it");
    Ok(certificates)
}
