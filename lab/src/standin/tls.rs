//! TLS in front of a service, as wrong as its switches say.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection;
use super::spec::TlsSpec;
use crate::pki;

/// A TLS server that makes its certificate when it first knows its address.
pub(crate) struct Front {
    spec: TlsSpec,
    acceptor: OnceLock<Option<TlsAcceptor>>,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

impl Front {
    pub(crate) fn new(spec: &TlsSpec) -> Self {
        Self {
            spec: spec.clone(),
            acceptor: OnceLock::new(),
        }
    }

    /// The connection inside TLS. None: there is none, and the peer has been told.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        if self.spec.switch.accepts_tls10 && offers_old(&stream).await {
            greet_old(stream).await;
            return None;
        }
        let ip = stream.local_addr().ok()?.ip();
        let acceptor = self
            .acceptor
            .get_or_init(|| acceptor(&self.spec, ip))
            .clone()?;
        acceptor.accept(stream).await.ok()
    }
}

fn acceptor(spec: &TlsSpec, ip: IpAddr) -> Option<TlsAcceptor> {
    let identity = pki::identity(spec, ip)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_no_client_auth()
        .with_single_cert(identity.chain, identity.key)
        .ok()?;
    Some(TlsAcceptor::from(Arc::new(config)))
}

/// Whether a ClientHello waits whose highest version is below TLS 1.2. Consumes nothing.
async fn offers_old(stream: &TcpStream) -> bool {
    // Record header, handshake header, version.
    let mut start = [0; 11];
    while let Ok(read @ 1..) = stream.peek(&mut start).await {
        if start[0] != 22 {
            return false;
        }
        if read == start.len() {
            return u16::from_be_bytes([start[9], start[10]]) < 0x0303;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// A ServerHello for TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA, and then silence: enough to show that the
/// version is taken.
async fn greet_old(mut stream: TcpStream) {
    let body = [&[3, 1][..], &[0x5a; 32], &[0, 0x00, 0x2f, 0]].concat();
    let length = u8::try_from(body.len()).unwrap_or_default();
    let message = [&[2, 0, 0, length][..], &body].concat();
    let record = [&[22, 3, 1, 0, length + 4][..], &message].concat();
    if stream.write_all(&record).await.is_ok() {
        connection::mute(stream).await;
    }
}
