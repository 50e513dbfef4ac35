//! Which certificates does this process show and trust? Those in files, and the next ones as soon as they lie there.
//!
//! Connections that are open go on with what they began with. What can't be used is told, and changes nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use opentelemetry::global;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metric;

/// How often the files are looked at. SIGHUP asks to do so at once.
const LOOK: Duration = Duration::from_secs(10);

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

/// Where the certificates of one side lie.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// What we show: a certificate, those between it and its authority, and its private key in the other file.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// The authorities that the other side's certificate must be of.
    pub authority: Option<PathBuf>,
}

/// What was in the files.
struct Contents {
    identity: Option<(Vec<u8>, Vec<u8>)>,
    authority: Option<Vec<u8>>,
}

/// A configuration of TLS that follows its files.
pub struct Followed<C> {
    pub current: Arc<ArcSwap<C>>,
    files: Files,
    build: fn(&Files) -> Result<C, TlsError>,
    seen: Option<[u8; 32]>,
}

impl<C: Send + Sync + 'static> Followed<C> {
    /// Reads the files for the first time; `build` is [`server`], [`client`] or made of these.
    pub fn new(files: Files, build: fn(&Files) -> Result<C, TlsError>) -> Result<Self, TlsError> {
        let seen = files.read().ok().map(|contents| contents.mark());
        let current = Arc::new(ArcSwap::from_pointee(build(&files)?));
        Ok(Self { current, files, build, seen })
    }

    /// Takes the files up whenever they change, until `stop` is cancelled. Failures are counted in `failures`.
    pub async fn follow(self, failures: Metric, stop: CancellationToken) {
        let (name, _, meaning) = failures;
        let failures = global::meter("tidegate").u64_counter(name).with_description(meaning).build();
        let mut hang_ups = hang_ups();
        let Self { current, files, build, mut seen } = self;
        loop {
            tokio::select! {
                () = sleep(LOOK) => {}
                () = hung_up(&mut hang_ups) => {}
                () = stop.cancelled() => return,
            }
            let looked_at = files.clone();
            let look = move || (looked_at.read().ok().map(|contents| contents.mark()), looked_at);
            let Ok((mark, looked_at)) = tokio::task::spawn_blocking(look).await else { continue };
            if mark == seen {
                continue;
            }
            // What was refused once is not tried again until it changes.
            seen = mark;
            let Ok(built) = tokio::task::spawn_blocking(move || build(&looked_at)).await else { continue };
            match built {
                Ok(config) => {
                    current.store(Arc::new(config));
                    tracing::info!(file.path = %files.first().display(), "the certificate was renewed");
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

/// A server's side. Only callers with a certificate of `files.authority` come in, if there is one.
pub fn server(files: &Files) -> Result<ServerConfig, TlsError> {
    let contents = files.read()?;
    let builder = ServerConfig::builder();
    let builder = match contents.authority.as_ref().zip(files.authority.as_ref()) {
        Some((pem, path)) => {
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots(pem, path)?)).build();
            let unusable = |source| TlsError::ClientAuthority { path: path.clone(), source };
            builder.with_client_cert_verifier(verifier.map_err(unusable)?)
        }
        None => builder.with_no_client_auth(),
    };
    let (chain, key) = contents
        .identity(files)?
        .ok_or_else(|| TlsError::Missing { path: files.first().to_owned(), what: "certificate" })?;
    builder.with_single_cert(chain, key).map_err(|source| files.unusable(source))
}

/// A client's side. Servers must have a certificate of `files.authority`, or of those whom the system trusts.
pub fn client(files: &Files) -> Result<ClientConfig, TlsError> {
    let contents = files.read()?;
    let roots = match contents.authority.as_ref().zip(files.authority.as_ref()) {
        Some((pem, path)) => roots(pem, path)?,
        None => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        }
    };
    let builder = ClientConfig::builder().with_root_certificates(roots);
    match contents.identity(files)? {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|source| files.unusable(source)),
        None => Ok(builder.with_no_client_auth()),
    }
}

impl Files {
    fn read(&self) -> Result<Contents, TlsError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source });
        let identity = match &self.identity {
            Some((certificate, key)) => Some((read(certificate)?, read(key)?)),
            None => None,
        };
        Ok(Contents { identity, authority: self.authority.as_deref().map(read).transpose()? })
    }

    /// The file to be named when all of them are meant.
    fn first(&self) -> &Path {
        let identity = self.identity.as_ref().map(|(certificate, _)| certificate);
        identity.or(self.authority.as_ref()).map(PathBuf::as_path).unwrap_or(Path::new(""))
    }

    fn unusable(&self, source: rustls::Error) -> TlsError {
        let (certificate, key) = self.identity.clone().unwrap_or_default();
        TlsError::Unusable { certificate, key, source }
    }
}

impl Contents {
    /// What tells these contents from others.
    fn mark(&self) -> [u8; 32] {
        let (certificate, key) = self.identity.as_ref().map(|(certificate, key)| (certificate, key)).unzip();
        let parts = [certificate, key, self.authority.as_ref()];
        let hash = parts.into_iter().flatten().fold(Sha256::new(), |hash, part| {
            hash.chain_update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes()).chain_update(part)
        });
        hash.finalize().into()
    }

    fn identity(&self, files: &Files) -> Result<Option<Identity>, TlsError> {
        let Some(((certificate, key), (certificate_path, key_path))) =
            self.identity.as_ref().zip(files.identity.as_ref())
        else {
            return Ok(None);
        };
        let chain = certificates(certificate, certificate_path)?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| TlsError::Missing { path: key_path.clone(), what: "private key" })?;
        Ok(Some((chain, key)))
    }
}

/// A chain of certificates and the private key of the first.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn roots(pem: &[u8], path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(pem, path)?);
    Ok(roots)
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
