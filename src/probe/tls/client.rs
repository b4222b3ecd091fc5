//! A TLS client that judges nothing: it completes the handshake with whoever is there and keeps what
//! was shown.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::observation::TlsVersion;

/// Certificates of a chain that are kept. rustls itself takes no handshake message above 64 KiB.
const CHAIN: usize = 10;

/// What came of a handshake. The chain may have been seen even where it failed afterwards.
#[derive(Debug)]
pub(in crate::probe) struct Handshake<S = TcpStream> {
    pub result: io::Result<TlsStream<S>>,
    /// What carried the bytes of a handshake that failed, still open.
    pub carrier: Option<S>,
    /// As sent, the server's own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Whether the server signed the handshake with the key of its certificate.
    pub key_shown: bool,
    /// The version that it signed by, whatever the signature is worth. None: it signed nothing.
    pub signed_by: Option<TlsVersion>,
}

/// Makes a handshake over a fresh connection. The server's name is sent only if it is a DNS name.
pub(in crate::probe) async fn handshake(
    stream: TcpStream,
    address: SocketAddr,
    name: Option<&str>,
) -> Handshake {
    handshake_with(stream, address, name, |_| {}).await
}

/// The same over whatever carries bytes, with a client that `adapt` has changed.
pub(super) async fn handshake_with<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    address: SocketAddr,
    name: Option<&str>,
    adapt: impl FnOnce(&mut ClientConfig),
) -> Handshake<S> {
    let recorder = Arc::new(Recorder::new());
    let connected = match config(&recorder, name.is_some()) {
        Ok(mut config) => {
            adapt(&mut config);
            let connector = TlsConnector::from(Arc::new(config));
            let connecting = connector.connect(server_name(address, name), stream);
            connecting.into_fallible().await
        }
        Err(error) => Err((io::Error::other(error), stream)),
    };
    let (result, carrier) = match connected {
        Ok(stream) => (Ok(stream), None),
        Err((error, carrier)) => (Err(error), Some(carrier)),
    };
    let seen = recorder.seen.lock().unwrap_or_else(PoisonError::into_inner);
    Handshake {
        result,
        carrier,
        chain: seen.chain.clone(),
        key_shown: seen.key_shown,
        signed_by: seen.signed_by,
    }
}

/// Whether a failed handshake shows that the other side speaks TLS all the same: it sent an alert, or an
/// answer that is TLS and that this client cannot go on with.
pub(in crate::probe) fn speaks_tls(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(
        inner,
        Some(
            Error::AlertReceived(_)
                | Error::PeerIncompatible(_)
                | Error::PeerMisbehaved(_)
                | Error::InappropriateHandshakeMessage { .. }
                | Error::InvalidCertificate(_)
        )
    )
}

fn config(recorder: &Arc<Recorder>, send_name: bool) -> Result<ClientConfig, Error> {
    let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(recorder) as _;
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&recorder.provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.enable_sni = send_name;
    // Every connection is to show the chain.
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn server_name(address: SocketAddr, name: Option<&str>) -> ServerName<'static> {
    name.and_then(|name| ServerName::try_from(name.to_owned()).ok())
        .unwrap_or_else(|| ServerName::from(address.ip()))
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<CertificateDer<'static>>,
    key_shown: bool,
    signed_by: Option<TlsVersion>,
}

/// Accepts every certificate, and remembers it.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

impl Recorder {
    fn new() -> Self {
        Self {
            provider: Arc::new(ring::default_provider()),
            seen: Mutex::default(),
        }
    }

    /// Whatever the signature is worth, the handshake goes on; only what it is worth is written down.
    fn signed(
        &self,
        version: TlsVersion,
        signature: Result<HandshakeSignatureValid, Error>,
    ) -> HandshakeSignatureValid {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.key_shown = signature.is_ok();
        seen.signed_by = Some(version);
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).take(CHAIN);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.chain = chain.map(|it| it.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        let signature = verify_tls12_signature(message, certificate, signature, known);
        Ok(self.signed(TlsVersion::Tls12, signature))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        let signature = verify_tls13_signature(message, certificate, signature, known);
        Ok(self.signed(TlsVersion::Tls13, signature))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
