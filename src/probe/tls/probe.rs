//! What a TLS service takes: one hello for each version, unless an audit asks for them, then one real handshake. One connection
//! at a time.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use rustls::ProtocolVersion;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::audit::note::suite_name;
use super::audit::starttls;
use super::certificate::certificate;
use super::hello::Hello;
use super::server_hello::{LIMIT, read, unclear};
use super::{Handshake, handshake};
use crate::dut::DeclaredTls;
use crate::evidence::{Absence, Exchange};
use crate::observation::{
    Observation, OfferAnswer, StartTls, Tls, TlsOffer, TlsSession, TlsVersion,
};
use crate::probe::Stop;
use crate::probe::random::random_bytes;
use crate::probe::wire::{Fault, Heard, Talk, Terms, Wire};
use crate::text::shown;
use crate::tls::{names, trust};

/// For the answer to one hello, and for one handshake.
const PATIENCE: Duration = Duration::from_secs(5);

const TERMS: Terms = Terms {
    connect: Duration::from_secs(5),
    whole: Duration::from_secs(60),
    read: LIMIT,
};

/// What is asked, and what the manifest says about it.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub address: SocketAddr,
    pub declared: Option<&'a DeclaredTls>,
    /// What is spoken in clear before TLS.
    pub starttls: Option<StartTls>,
    /// Whether it is also asked for each version alone. An audit does that better.
    pub versions: bool,
}

impl Ask<'_> {
    /// The server name that is sent: the first that the manifest declares, and never an address.
    pub fn server_name(&self) -> Option<&str> {
        self.declared?.names.first().map(String::as_str)
    }
}

/// Asks for the versions, then makes a handshake. Always an observation, unless it was stopped: what
/// brought no answer says so in its place.
///
/// The recorded bytes are those of the hellos and their answers; the chain stands in the observation.
pub async fn tls(ask: Ask<'_>, stop: &Stop) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let mut offers = Vec::new();
        for offered in TlsVersion::OFFERED.into_iter().filter(|_| ask.versions) {
            let answer = offer(&talk, ask, offered).await;
            offers.push(TlsOffer { offered, answer });
        }
        let (session, shaken) = session(&talk, ask).await;
        let tls = Tls {
            offers,
            ..facts(ask.declared, ask.address.ip(), session, &shaken)
        };
        Ok(Observation::Tls(tls))
    };
    talk.run(stop, work).await
}

/// What a handshake showed, by what the manifest says of the service. No offers.
pub(in crate::probe) fn facts(
    declared: Option<&DeclaredTls>,
    address: IpAddr,
    session: TlsSession,
    shaken: &Shown,
) -> Tls {
    let chain: Vec<_> = shaken.chain.iter().map(|der| certificate(der)).collect();
    let first = chain.first().and_then(|first| first.facts.as_ref());
    let authority = declared.and_then(|tls| tls.ca.as_ref());
    let wanted = declared.map(|tls| &tls.names[..]).unwrap_or_default();
    Tls {
        trust: trust(&shaken.chain, first, authority, Timestamp::now()),
        names: names(shaken.chain.first(), first, wanted, address),
        offers: Vec::new(),
        session,
        chain,
        key_shown: shaken.key_shown,
    }
}

/// One hello; where the server objects to the name or to something unsaid, once more without or with it.
async fn offer(talk: &Talk, ask: Ask<'_>, version: TlsVersion) -> OfferAnswer {
    let named = ask.server_name();
    let answer = hello(talk, ask, version, named).await;
    match (&answer, named) {
        (OfferAnswer::Unclear { .. }, Some(_)) => hello(talk, ask, version, None).await,
        _ => answer,
    }
}

async fn hello(talk: &Talk, ask: Ask<'_>, version: TlsVersion, name: Option<&str>) -> OfferAnswer {
    let talked = async {
        let mut wire = turned(talk, ask).await?;
        let hello = Hello::offer(version, name);
        wire.say(&hello.record(&random_bytes()?)).await?;
        listen(&mut wire, &hello).await
    };
    match timeout(PATIENCE, talked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(fault)) => unclear(shown(fault.detail, 200)),
        Err(_) => unclear(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// A connection on which TLS may begin.
async fn turned(talk: &Talk, ask: Ask<'_>) -> Result<Wire, Fault> {
    let mut wire = talk.connect(ask.address).await?;
    if let Some(protocol) = ask.starttls {
        let asked = starttls::ask(&mut wire, protocol, PATIENCE).await;
        asked.map_err(|why| {
            Fault::new(
                Absence::Refused,
                shown(format!("it did not turn to TLS: {why}"), 200),
            )
        })?;
    }
    Ok(wire)
}

async fn listen(wire: &mut Wire, hello: &Hello) -> Result<OfferAnswer, Fault> {
    let mut bytes = Vec::new();
    loop {
        match wire.hear(PATIENCE).await? {
            Heard::Bytes(more) => bytes.extend(more),
            Heard::Closed => return Ok(unclear("it hung up without an alert")),
            Heard::Quiet => return Ok(unclear("no answer")),
        }
        if let Some(answer) = read(&bytes, hello) {
            return Ok(answer);
        }
        if bytes.len() >= LIMIT {
            return Ok(unclear("malformed: records without a ServerHello"));
        }
    }
}

/// What a handshake showed.
#[derive(Debug, Default)]
pub(in crate::probe) struct Shown {
    /// As sent, the server's own certificate first.
    pub chain: Vec<rustls::pki_types::CertificateDer<'static>>,
    pub key_shown: bool,
}

async fn session(talk: &Talk, ask: Ask<'_>) -> (TlsSession, Shown) {
    let failed = |detail: String| TlsSession::Failed {
        detail: shown(detail, 200),
    };
    // Of the handshake itself nothing is recorded: its chain stands in the observation.
    let stream = match turned(talk, ask).await.map(Wire::into_clear) {
        Ok(Some(stream)) => stream,
        Ok(None) => return (failed("no bare connection".to_owned()), Shown::default()),
        Err(fault) => return (failed(fault.detail), Shown::default()),
    };
    let attempt = handshake(stream, ask.address, ask.server_name());
    let Ok(Handshake {
        result,
        chain,
        key_shown,
        ..
    }) = timeout(PATIENCE, attempt).await
    else {
        let late = format!("no handshake within {} s", PATIENCE.as_secs());
        return (failed(late), Shown::default());
    };
    let session = match result.and_then(|stream| session_of(&stream)) {
        Ok(session) => session,
        Err(error) => failed(error.to_string()),
    };
    (session, Shown { chain, key_shown })
}

/// What a handshake agreed on.
pub(super) fn session_of<S>(stream: &TlsStream<S>) -> io::Result<TlsSession> {
    let (_, connection) = stream.get_ref();
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
        Some(ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
        other => return Err(io::Error::other(format!("version {other:?}"))),
    };
    let suite = connection
        .negotiated_cipher_suite()
        .map(|suite| suite_name(suite.suite().into()));
    Ok(TlsSession::Completed {
        version,
        suite: suite.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
