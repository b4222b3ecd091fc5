//! One real handshake: the certificate of TLS 1.3, tickets, early data, the application protocol, and whether a certificate of
//! the client is asked for.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rustls::client::{ClientSessionStore, ResolvesClientCert, Resumption};
use rustls::client::{Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{NamedGroup, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::client::Client;
use crate::observation::{TlsSession, TlsVersion};
use crate::probe::tls::client::{Handshake, handshake_with, speaks_tls};
use crate::probe::tls::probe::session_of;
use crate::probe::wire::Wire;
use crate::text::shown;

/// For the tickets behind a handshake, and for the server to hang up behind them.
const AFTERWARDS: Duration = Duration::from_secs(2);
/// Protocols that devices speak inside TLS (IANA "TLS ALPN Protocol IDs").
const PROTOCOLS: [&str; 7] = ["http/1.1", "h2", "mqtt", "coap", "ftp", "imap", "pop3"];

/// What a handshake showed.
#[derive(Debug)]
pub(super) struct Session {
    pub session: TlsSession,
    /// None: it did not get so far.
    pub version: Option<TlsVersion>,
    pub chain: Vec<Vec<u8>>,
    /// The version that the server signed by, also where the rest failed.
    pub signed_by: Option<TlsVersion>,
    pub alpn: Option<String>,
    pub asks_for_certificate: bool,
    /// Bytes of early data of its tickets; none: it came to an end without a ticket.
    ///
    /// # Errors
    ///
    /// Why that was not told.
    pub early_data: Result<Option<u32>, String>,
    /// Whether it failed for want of an answer.
    lost: bool,
}

/// Makes a handshake. Where it fails over the list of application protocols, once more without; where nobody said why, once
/// more, and then without the list: there are stacks that break off over it (tlslite-ng 0.8.2 does in TLS 1.3).
pub(super) async fn session(client: &mut Client<'_>) -> Result<Session, String> {
    let first = attempt(client, &PROTOCOLS).await?;
    let second = match &first.session {
        TlsSession::Failed { detail } if detail.contains("NoApplicationProtocol") => {
            return attempt(client, &[]).await;
        }
        TlsSession::Failed { .. } if first.lost => attempt(client, &PROTOCOLS).await?,
        _ => return Ok(first),
    };
    match &second.session {
        TlsSession::Failed { .. } if second.lost => {
            Ok(attempt(client, &[]).await.unwrap_or(second))
        }
        _ => Ok(second),
    }
}

async fn attempt(client: &mut Client<'_>, protocols: &[&str]) -> Result<Session, String> {
    client.turn().await?;
    let watch = Arc::new(Watch::default());
    let name = client.name.clone();
    let address = client.address;
    let patience = client.patience;
    let talked = async {
        let wire = client.connect().await.map_err(|how| how.to_string())?;
        let told = handshake_with(wire, address, name.as_deref(), |config| {
            config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
            config.client_auth_cert_resolver = Arc::clone(&watch) as _;
            config.resumption = Resumption::store(Arc::clone(&watch) as _);
        });
        Ok::<_, String>(told.await)
    };
    let mut told = match timeout(patience, talked).await {
        Ok(told) => told?,
        Err(_) => return Err(format!("no handshake within {} s", patience.as_secs_f32())),
    };
    if let Some(wire) = told.carrier.take() {
        client.part(wire).await;
    }
    Ok(read(told, &watch).await)
}

async fn read(told: Handshake<Wire>, watch: &Watch) -> Session {
    let chain = told.chain.iter().map(|der| der.to_vec()).collect();
    let mut session = Session {
        session: TlsSession::Failed {
            detail: String::new(),
        },
        version: None,
        chain,
        signed_by: told.signed_by,
        alpn: None,
        asks_for_certificate: false,
        early_data: Err("no handshake came to its end".to_owned()),
        lost: false,
    };
    match told.result {
        Ok(mut stream) => {
            session.session = session_of(&stream).unwrap_or_else(|error| TlsSession::Failed {
                detail: shown(error.to_string(), 200),
            });
            let (_, connection) = stream.get_ref();
            let alpn = connection.alpn_protocol();
            session.alpn = alpn.map(|protocol| shown(protocol, 40));
            if let TlsSession::Completed { version, .. } = session.session {
                session.version = Some(version);
            }
            let end = hear_out(&mut stream).await;
            let tickets = watch.tickets.load(Ordering::Relaxed);
            if let (0, End::TurnedAway(why)) = (tickets, &end) {
                let detail = why.clone();
                (session.session, session.version) = (TlsSession::Failed { detail }, None);
            }
            session.early_data = match (tickets, end) {
                (1.., _) => Ok(Some(watch.early_data.load(Ordering::Relaxed))),
                (0, End::InOrder) => Ok(None),
                // Without a word it may have turned away who has no certificate.
                (0, End::HungUp) if !watch.asked.load(Ordering::Relaxed) => Ok(None),
                (0, End::HungUp) => Err("it asked for a certificate, and hung up".to_owned()),
                (0, End::TurnedAway(why) | End::Open(why)) => Err(why),
            };
        }
        Err(error) => {
            session.lost = !speaks_tls(&error);
            session.session = TlsSession::Failed {
                detail: shown(error.to_string(), 200),
            };
        }
    }
    session.asks_for_certificate = watch.asked.load(Ordering::Relaxed);
    session
}

/// How it ended behind a handshake that the client holds to be complete: the server may still be about to look at it.
#[derive(Debug)]
enum End {
    /// It said goodbye.
    InOrder,
    /// It hung up without goodbye.
    HungUp,
    /// An alert. Safe to show.
    TurnedAway(String),
    /// Nothing that says whether it was done. Safe to show.
    Open(String),
}

/// Says goodbye and listens until the server has gone: its tickets come before.
async fn hear_out(stream: &mut TlsStream<Wire>) -> End {
    let ended = timeout(AFTERWARDS, async {
        let _ = stream.shutdown().await;
        let mut buffer = [0; 1024];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => return End::InOrder,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return End::HungUp,
                Err(error) if speaks_tls(&error) => {
                    return End::TurnedAway(shown(error.to_string(), 200));
                }
                Err(error) => return End::Open(shown(error.to_string(), 200)),
            }
        }
    });
    ended.await.unwrap_or_else(|_| {
        let seconds = AFTERWARDS.as_secs_f32();
        End::Open(format!(
            "within {seconds} s behind the handshake it neither sent a ticket nor hung up"
        ))
    })
}

/// Remembers that it was asked, and what tickets permit; hands out nothing.
#[derive(Debug, Default)]
struct Watch {
    asked: AtomicBool,
    tickets: AtomicU32,
    early_data: AtomicU32,
}

impl ResolvesClientCert for Watch {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        _sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        // Asked all the same; `false` would only spare rustls the question.
        true
    }
}

impl ClientSessionStore for Watch {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.tickets.fetch_add(1, Ordering::Relaxed);
        let size = ticket.max_early_data_size();
        self.early_data.fetch_max(size, Ordering::Relaxed);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}
