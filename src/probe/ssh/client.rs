//! The client that `russh` drives: what it offers, whom it trusts (anybody), and what it notes.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use russh::client::{
    Config, DisconnectReason, GexParams, Handle, Handler, Session, connect_stream,
};
use russh::keys::PublicKeyOrCertificate;
use russh::{MethodKind, Preferred, SshId, cipher, kex, mac};
use tokio::io::{copy_bidirectional, duplex};
use tokio::time::timeout;

use super::super::wire::{Fault, Wire};
use crate::evidence::Absence;
use crate::text::shown;

/// Bytes in flight between the library and the wire.
const IN_FLIGHT: usize = 16 * 1024;
/// How long a key exchange may take. Old devices need seconds.
const KEYS: Duration = Duration::from_secs(15);
/// A connection of the library that says nothing for so long ends by itself, should all else fail.
const SILENCE: Duration = Duration::from_secs(60);

/// New ones first, and those of old devices at the end: that a device offers nothing better is no reason
/// to leave its passwords untried.
const KEX: &[kex::Name] = &[
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_G14_SHA256,
    kex::DH_GEX_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G14_SHA1,
    kex::DH_GEX_SHA1,
    kex::DH_G1_SHA1,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
];

const CIPHERS: &[cipher::Name] = &[
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_GCM,
    cipher::AES_128_GCM,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
    cipher::AES_256_CBC,
    cipher::AES_192_CBC,
    cipher::AES_128_CBC,
];

const MACS: &[mac::Name] = &[
    mac::HMAC_SHA256_ETM,
    mac::HMAC_SHA512_ETM,
    mac::HMAC_SHA256,
    mac::HMAC_SHA512,
    mac::HMAC_SHA1_ETM,
    mac::HMAC_SHA1,
];

/// Why a conversation brought no reply.
#[derive(Debug)]
pub(super) enum Trouble {
    Library(russh::Error),
    Ours(Fault),
}

impl From<russh::Error> for Trouble {
    fn from(error: russh::Error) -> Self {
        Self::Library(error)
    }
}

/// What the library told on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    suite: String,
    /// Why the connection ended, once it did.
    ended: Option<End>,
}

#[derive(Clone, Debug)]
enum End {
    /// The server refused and had no further method to name: an answer, not a loss.
    NoMoreMethods,
    /// Anything else, in words that are safe to show.
    Lost(String),
}

impl Notes {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Each field is set as a whole, so that what a panic left behind is still true.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was agreed upon: key exchange, host key, cipher.
    pub(super) fn suite(&self) -> String {
        self.noted().suite.clone()
    }

    /// Whether a refusal without methods was the server's. To the library a connection that was lost
    /// looks the same, and to be hung up on is never a refusal.
    pub(super) fn still_there(&self, methods: &[MethodKind]) -> Result<(), Trouble> {
        match &self.noted().ended {
            Some(End::Lost(why)) if methods.is_empty() => {
                let why = format!("it ended the connection without an answer: {why}");
                Err(Trouble::Ours(Fault::new(Absence::Disconnected, why)))
            }
            _ => Ok(()),
        }
    }
}

/// Our side of the protocol.
#[derive(Debug)]
pub(super) struct Client(Notes);

impl Handler for Client {
    type Error = russh::Error;

    /// Any: who runs the harness runs the network as well, and no secret but the owner's, for this device,
    /// is ever sent.
    async fn check_server_key(
        &mut self,
        _server_key: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        Ok(true)
    }

    async fn kex_done(
        &mut self,
        _shared_secret: Option<&[u8]>,
        names: &russh::Names,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.0.noted().suite = format!(
            "{}, {}, {}",
            names.kex.as_ref(),
            names.key,
            names.cipher.as_ref()
        );
        Ok(())
    }

    async fn disconnected(
        &mut self,
        reason: DisconnectReason<Self::Error>,
    ) -> Result<(), Self::Error> {
        let (end, result) = match reason {
            DisconnectReason::Error(russh::Error::NoAuthMethod) => (End::NoMoreMethods, Ok(())),
            DisconnectReason::Error(error) => {
                (End::Lost(shown(error.to_string(), 100)), Err(error))
            }
            DisconnectReason::ReceivedDisconnect(said) => {
                (End::Lost(shown(said.message, 100)), Ok(()))
            }
        };
        self.0.noted().ended = Some(end);
        result
    }
}

/// Exchanges keys over a wire and lets `visit` go on from there.
///
/// The library runs on a task of its own, and would go on after its caller has given up. So it is given
/// one end of a pipe, and this future carries the bytes between the other end and the wire: whoever drops it
/// ends them both, and the wire's own bounds are what a fault says.
pub(super) async fn through<T>(
    mut wire: Wire,
    notes: &Notes,
    visit: impl AsyncFnOnce(Handle<Client>) -> Result<T, Trouble>,
) -> Result<T, Fault> {
    let (mut near, far) = duplex(IN_FLIGHT);
    let config = Arc::new(config().map_err(|error| super::fault(&error))?);
    let mut conversation = pin!(async {
        let connected = connect_stream(config, far, Client(notes.clone()));
        let Ok(handle) = timeout(KEYS, connected).await else {
            let late = format!("no keys were exchanged within {} s", KEYS.as_secs());
            return Err(Trouble::Ours(Fault::new(Absence::NoAnswer, late)));
        };
        visit(handle?).await
    });
    let carried = async {
        let result = copy_bidirectional(&mut near, &mut wire).await;
        drop(near);
        result
    };
    let (result, broken) = tokio::select! {
        biased;
        result = &mut conversation => (result, None),
        // What came before the break is still to be read.
        carried = carried => (conversation.await, carried.err()),
    };
    result.map_err(|trouble| match (broken, trouble) {
        (Some(error), _) => Fault::from(error),
        (None, Trouble::Library(error)) => super::fault(&error),
        (None, Trouble::Ours(fault)) => fault,
    })
}

fn config() -> Result<Config, russh::Error> {
    Ok(Config {
        client_id: SshId::Standard(Cow::Borrowed(crate::probe::name::SSH)),
        inactivity_timeout: Some(SILENCE),
        gex: GexParams::new(2048, 3072, 8192)?,
        nodelay: true,
        preferred: Preferred {
            kex: Cow::Borrowed(KEX),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Borrowed(MACS),
            ..Preferred::DEFAULT
        },
        ..Config::default()
    })
}
