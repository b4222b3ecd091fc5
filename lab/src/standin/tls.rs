//! TLS in front of a service, as wrong as its switches say.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::tls_raw::{self, Hello, Raw};
use super::tls_spec::{TlsSpec, TlsSwitches};
use crate::pki;

/// A TLS server that makes its certificate when it first knows its address.
pub(crate) struct Front {
    spec: TlsSpec,
    made: OnceLock<Option<Made>>,
    /// That came so far.
    hellos: AtomicU64,
}

/// What it takes to answer.
struct Made {
    acceptor: TlsAcceptor,
    /// The message that shows its certificates.
    certificate: Vec<u8>,
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
            made: OnceLock::new(),
            hellos: AtomicU64::new(0),
        }
    }

    /// The connection inside TLS. None: there is none, and the peer has been told.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<Segments>> {
        let stream = self.answered_raw(stream).await?;
        let acceptor = &self.made(&stream)?.acceptor;
        let most = match self.spec.switch.drips {
            true => SEGMENT,
            false => usize::MAX,
        };
        let accepted = acceptor.accept(Segments { stream, most }).into_fallible();
        match accepted.await {
            Ok(stream) => Some(stream),
            Err((error, stream)) => {
                // The library hangs up on some of those with whom it shares nothing, which is no answer.
                let error = error.get_ref().and_then(|it| it.downcast_ref());
                if let Some(rustls::Error::General(_) | rustls::Error::PeerIncompatible(_)) = error
                {
                    tls_raw::refuse(stream.stream).await;
                }
                None
            }
        }
    }

    /// Made with the first connection, which knows its address.
    fn made(&self, stream: &TcpStream) -> Option<&Made> {
        let ip = stream.local_addr().ok()?.ip();
        self.made.get_or_init(|| make(&self.spec, ip)).as_ref()
    }
}

/// Bytes at a time of who drips.
const SEGMENT: usize = 7;

/// A connection that sends a few bytes at a time.
#[derive(Debug)]
pub(crate) struct Segments {
    stream: TcpStream,
    most: usize,
}

impl AsyncRead for Segments {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Segments {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.most != usize::MAX {
            self.stream.set_nodelay(true)?;
        }
        let length = bytes.len().min(self.most);
        Pin::new(&mut self.stream).poll_write(context, &bytes[..length])
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// What the library takes of TLS 1.2, with the key that there is.
const TAKEN: [u16; 3] = [0xc02b, 0xc02c, 0xcca9];

impl Front {
    /// The connection, where nothing that is switched on has a word for its hello.
    async fn answered_raw(&self, stream: TcpStream) -> Option<TcpStream> {
        let TlsSwitches {
            accepts_tls10,
            old,
            rest,
            nothing_but_null,
            compresses,
            heartbleed,
            answers_heartbeats,
            shows_none,
            no_address_for_a_name,
            silent_after,
            ..
        } = self.spec.switch;
        if !(accepts_tls10
            || old.is_some()
            || rest.is_some()
            || nothing_but_null
            || compresses
            || heartbleed
            || answers_heartbeats
            || shows_none
            || no_address_for_a_name
            || silent_after.is_some())
        {
            return Some(stream);
        }
        if old == Some(Raw::TakesSsl2) && tls_raw::says_ssl2(&stream).await {
            tls_raw::take_ssl2(stream).await;
            return None;
        }
        let Some(hello) = Hello::peek(&stream).await else {
            return Some(stream).filter(|_| !nothing_but_null);
        };
        let hellos = self.hellos.fetch_add(1, Ordering::Relaxed);
        if silent_after.is_some_and(|most| hellos >= most) {
            tls_raw::wait(stream).await;
            return None;
        }
        let classic = hello.version == 0x0303 && !hello.modern;
        let taken = hello.offers(&TAKEN).filter(|_| classic);
        let certificate = &self.made(&stream)?.certificate;
        match (old, rest) {
            _ if nothing_but_null => {
                if hello.offers(&[tls_raw::NULL]).is_some() {
                    tls_raw::answer(stream, &hello, Raw::TakesNull, certificate).await;
                }
            }
            _ if no_address_for_a_name && hello.names_an_address() => {
                tls_raw::alert(stream, 47).await;
            }
            _ if accepts_tls10 && hello.version < 0x0303 => {
                tls_raw::take_tls10(stream, &hello, certificate).await;
            }
            (Some(how), _) if hello.version < 0x0303 => {
                tls_raw::answer(stream, &hello, how, certificate).await;
            }
            (_, Some(how)) if classic && taken.is_none() => {
                tls_raw::answer(stream, &hello, how, certificate).await;
            }
            _ => match taken {
                Some(suite) if compresses && hello.compressions.contains(&1) => {
                    tls_raw::compress(stream, &hello, suite, certificate).await;
                }
                Some(suite) if heartbleed || answers_heartbeats => {
                    tls_raw::beat(stream, &hello, suite, certificate, heartbleed).await;
                }
                Some(suite) if shows_none => tls_raw::show_none(stream, &hello, suite).await,
                _ => return Some(stream),
            },
        }
        None
    }
}

fn make(spec: &TlsSpec, ip: IpAddr) -> Option<Made> {
    let identity = pki::identity(spec, ip)?;
    let certificate = tls_raw::certificate(identity.chain.iter().map(|der| &der[..]));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_no_client_auth()
        .with_single_cert(identity.chain, identity.key)
        .ok()?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Some(Made {
        acceptor,
        certificate,
    })
}
