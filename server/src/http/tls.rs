//! How does the port speak TLS? With a certificate from files, and with the next one as soon as it lies there.
//!
//! Connections that are open go on with what they began with. What can't be used is told, and changes nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use opentelemetry::global;
use opentelemetry::metrics::Counter;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::config::HttpConfig;
use crate::metrics::{TLS_HANDSHAKE_FAILURES, TLS_RELOAD_FAILURES};

/// How often the files are looked at. SIGHUP asks to do so at once.
const LOOK: Duration = Duration::from_secs(10);
/// The longest that a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Why files can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{} can't be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} holds no {what} in PEM form", path.display())]
    Missing { path: PathBuf, what: &'static str },
    #[error("{} and {} can't be used together", certificate.display(), key.display())]
    Unusable { certificate: PathBuf, key: PathBuf, source: rustls::Error },
    #[error("the certificates of {} can't be used", path.display())]
    ClientAuthority { path: PathBuf, source: rustls::server::VerifierBuilderError },
}

/// The server's side of TLS.
pub struct Tls {
    current: ArcSwap<ServerConfig>,
    files: Files,
    patience: Duration,
    handshake_failures: Counter<u64>,
}

#[derive(Debug, Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    client_authority: Option<PathBuf>,
}

/// What was in the files.
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_authority: Option<Vec<u8>>,
}

impl Tls {
    /// What the configuration asks for; `None` when that is plain HTTP.
    pub fn of(config: &HttpConfig) -> Result<Option<Arc<Self>>, TlsError> {
        let Some((certificate, key)) = config.tls_certificate.clone().zip(config.tls_key.clone()) else {
            return Ok(None);
        };
        let client_authority = config.tls_client_ca.clone().map(PathBuf::from);
        let files = Files { certificate: certificate.into(), key: key.into(), client_authority };
        let current = files.read()?.configured(&files)?;
        let meter = global::meter("tidegate");
        let counter = meter.u64_counter(TLS_HANDSHAKE_FAILURES.0).with_description(TLS_HANDSHAKE_FAILURES.2).build();
        Ok(Some(Arc::new(Self {
            current: ArcSwap::from_pointee(current),
            files,
            patience: HANDSHAKE.min(config.idle_timeout),
            handshake_failures: counter,
        })))
    }

    /// Agrees on keys with a caller.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let agreeing = TlsAcceptor::from(self.current.load_full()).accept(stream);
        let agreed = timeout(self.patience, agreeing).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        agreed.inspect_err(|_| self.handshake_failures.add(1, &[]))
    }

    /// Takes the files up whenever they change, until `stop` is cancelled.
    pub async fn follow_files(self: Arc<Self>, stop: CancellationToken) {
        let failures = global::meter("tidegate")
            .u64_counter(TLS_RELOAD_FAILURES.0)
            .with_description(TLS_RELOAD_FAILURES.2)
            .build();
        let mut hang_ups = hang_ups();
        let mut seen = self.files.read().ok().map(|contents| contents.mark());
        loop {
            tokio::select! {
                () = sleep(LOOK) => {}
                () = hung_up(&mut hang_ups) => {}
                () = stop.cancelled() => return,
            }
            let files = self.files.clone();
            let Ok(read) = tokio::task::spawn_blocking(move || files.read()).await else { continue };
            let mark = read.as_ref().ok().map(Contents::mark);
            if mark == seen {
                continue;
            }
            // What was refused once is not tried again until it changes.
            seen = mark;
            match read.and_then(|contents| contents.configured(&self.files)) {
                Ok(config) => {
                    self.current.store(Arc::new(config));
                    tracing::info!(file.path = %self.files.certificate.display(), "the certificate was renewed");
                }
                Err(error) => {
                    failures.add(1, &[]);
                    let error = crate::app::with_causes(&error);
                    tracing::error!(error, "the new certificate can't be used; the one before goes on");
                }
            }
        }
    }
}

impl Files {
    fn read(&self) -> Result<Contents, TlsError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source });
        Ok(Contents {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
            client_authority: self.client_authority.as_deref().map(read).transpose()?,
        })
    }
}

impl Contents {
    /// What tells these contents from others.
    fn mark(&self) -> [u8; 32] {
        let parts = [Some(&self.certificate), Some(&self.key), self.client_authority.as_ref()];
        let hash = parts.into_iter().flatten().fold(Sha256::new(), |hash, part| {
            hash.chain_update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes()).chain_update(part)
        });
        hash.finalize().into()
    }

    fn configured(&self, files: &Files) -> Result<ServerConfig, TlsError> {
        let chain = certificates(&self.certificate, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| TlsError::Missing { path: files.key.clone(), what: "private key" })?;
        let builder = ServerConfig::builder();
        let builder = match (&self.client_authority, &files.client_authority) {
            (Some(contents), Some(path)) => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(certificates(contents, path)?);
                let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
                let unusable = |source| TlsError::ClientAuthority { path: path.clone(), source };
                builder.with_client_cert_verifier(verifier.map_err(unusable)?)
            }
            _ => builder.with_no_client_auth(),
        };
        let unusable =
            |source| TlsError::Unusable { certificate: files.certificate.clone(), key: files.key.clone(), source };
        let mut config = builder.with_single_cert(chain, key).map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let missing = || TlsError::Missing { path: path.to_owned(), what: "certificate" };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(missing)
}

#[cfg(unix)]
type HangUps = Option<tokio::signal::unix::Signal>;
#[cfg(not(unix))]
type HangUps = ();

#[cfg(unix)]
fn hang_ups() -> HangUps {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok()
}

#[cfg(not(unix))]
fn hang_ups() -> HangUps {}

#[cfg(unix)]
async fn hung_up(hang_ups: &mut HangUps) {
    let asked = match hang_ups {
        Some(hang_ups) => hang_ups.recv().await,
        None => None,
    };
    if asked.is_none() {
        std::future::pending().await
    }
}

#[cfg(not(unix))]
async fn hung_up(_: &mut HangUps) {
    std::future::pending().await
}
