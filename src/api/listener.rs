//! Sockets, TLS and the end.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_openssl::{OpenSSLAcceptor, OpenSSLConfig};
use openssl::nid::Nid;
use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod, SslVerifyMode};
use openssl::x509::{X509, X509NameRef};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;
use tower::Layer;

use super::Api;
use super::access::Certified;
use super::serve::router;
use super::watched::version;
use crate::config::Api as Settings;
use crate::ops::Health;

/// Who connects and says nothing is not waited for any longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests of one connection at the same time, with HTTP/2.
const REQUESTS_OF_ONE_MAX: u32 = 64;
/// How long requests may take that are under way when the service stops.
const FAREWELL: Duration = Duration::from_secs(2);
/// How often the files of TLS, and whether the service stops, are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// An address that is listened on, before anything answers.
pub struct Listener {
    bound: TcpListener,
    pub address: SocketAddr,
    tls: Option<OpenSSLConfig>,
}

impl Listener {
    /// `listener`: instead of one of its own. `None`: there is to be no API.
    ///
    /// # Errors
    ///
    /// An address that is taken, certificates that cannot be read.
    pub fn bind(settings: &Settings, listener: Option<&TcpListener>) -> anyhow::Result<Option<Self>> {
        let listen = &settings.listen;
        if listen.is_empty() {
            return Ok(None);
        }
        let bound = match listener {
            Some(listener) => listener.try_clone().context("taking the listener of the API over")?,
            None => TcpListener::bind(listen)
                .with_context(|| format!("api.listen: {listen} cannot be listened on; another process may have it"))?,
        };
        let address = bound.local_addr().context("asking for the address of api.listen")?;
        let tls = settings.has_tls().then(|| tls(settings)).transpose()?;
        Ok(Some(Self { bound, address, tls }))
    }

    /// Answers, until the service stops.
    pub fn serve(self, runtime: &tokio::runtime::Handle, api: Arc<Api>) -> anyhow::Result<()> {
        let _runtime = runtime.enter();
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(self.bound).context("api.listen: handing it to tokio")?;
        server = server.handle(handle.clone()).first_request_timeout(PATIENCE);
        server.http_builder().http1().header_read_timeout(PATIENCE);
        server.http_builder().http2().max_concurrent_streams(REQUESTS_OF_ONE_MAX);
        runtime.spawn(watch(Arc::clone(&api.health), handle, self.tls.clone(), api.settings.clone()));
        let service = router(api).into_make_service();
        runtime.spawn(async move {
            let ended = match self.tls {
                Some(config) => server.acceptor(Certifying(OpenSSLAcceptor::new(config).handshake_timeout(PATIENCE))).serve(service).await,
                None => server.serve(service).await,
            };
            if let Err(error) = ended {
                tracing::error!("the API's server ended: {error}");
            }
        });
        Ok(())
    }
}

/// Takes new certificates, and ends the server with the service.
async fn watch(health: Arc<Health>, handle: Handle<SocketAddr>, tls_config: Option<OpenSSLConfig>, settings: Settings) {
    let mut known = versions(&settings);
    while !health.draining() {
        tokio::time::sleep(LOOK).await;
        let Some(config) = &tls_config else { continue };
        let now = versions(&settings);
        if now == known {
            continue;
        }
        known = now;
        match tls(&settings) {
            Ok(new) => {
                config.reload_from_acceptor(new.get_inner());
                tracing::info!("the API has new certificates");
            }
            Err(error) => tracing::warn!("the API's certificates before stay in force: {error:#}"),
        }
    }
    handle.graceful_shutdown(Some(FAREWELL));
}

fn versions(settings: &Settings) -> Vec<Option<(std::time::SystemTime, u64)>> {
    let files = [&settings.tls_certificate_location, &settings.tls_key_location, &settings.client_ca_location];
    files.into_iter().flatten().map(|path| version(path)).collect()
}

/// Whether the certificates can be used.
pub fn check(settings: &Settings) -> anyhow::Result<()> {
    if settings.has_tls() { tls(settings).map(drop) } else { Ok(()) }
}

fn tls(settings: &Settings) -> anyhow::Result<OpenSSLConfig> {
    let (Some(certificate), Some(key)) = (&settings.tls_certificate_location, &settings.tls_key_location) else {
        anyhow::bail!("api.tls_certificate_location and api.tls_key_location belong together");
    };
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).context("OpenSSL")?;
    let file = |setting: &str, path: &Path| format!("api.{setting}: {} cannot be used", path.display());
    builder.set_certificate_chain_file(certificate).with_context(|| file("tls_certificate_location", certificate))?;
    builder.set_private_key_file(key, SslFiletype::PEM).with_context(|| file("tls_key_location", key))?;
    if let Some(ca) = &settings.client_ca_location {
        builder.set_ca_file(ca).with_context(|| file("client_ca_location", ca))?;
        // Their names are told to clients, which choose a certificate by them.
        let stack = openssl::x509::X509Name::load_client_ca_file(ca).with_context(|| file("client_ca_location", ca))?;
        builder.set_client_ca_list(stack);
        // Who has none may come with a token.
        builder.set_verify(SslVerifyMode::PEER);
        builder.set_session_id_context(b"adoption-tracker").context("OpenSSL")?;
    }
    OpenSSLConfig::try_from(builder).context("OpenSSL")
}

/// Tells each request of a connection whose certificate was shown.
#[derive(Clone)]
struct Certifying(OpenSSLAcceptor);

type Accepted<S> = AddExtension<<OpenSSLAcceptor as Accept<TcpStream, S>>::Service, Certified>;

impl<S: Send + 'static> Accept<TcpStream, S> for Certifying {
    type Stream = SslStream<TcpStream>;
    type Service = Accepted<S>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accepted = self.0.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            let name = stream.ssl().peer_certificate().and_then(|certificate: X509| common_name(certificate.subject_name()));
            let service = Extension(Certified(name)).layer(service);
            Ok((stream, service))
        })
    }
}

/// The one common name of a subject. Of several, nobody could say who is meant.
fn common_name(subject: &X509NameRef) -> Option<String> {
    let mut names = subject.entries_by_nid(Nid::COMMONNAME);
    match (names.next(), names.next()) {
        (Some(name), None) => name.data().to_string().ok(),
        _ => None,
    }
}
