//! What an SSH server offers, and its host keys: one connection for each kind of key, one at a time. Nobody logs in.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::timeout;

use super::choice::{Exchange as Choice, GROUP_REPLY, REPLY, kinds, strange};
use super::packet::{
    DEBUG, DISCONNECT, IGNORE, KEXINIT, Malformed, UNIMPLEMENTED, answer, banner, offer, packed,
    packet, string, write_string,
};
use crate::evidence::{Absence, Exchange};
use crate::observation::{Observation, Ssh, SshHostKey, SshOffer, Untold};
use crate::probe::random::random_bytes;
use crate::probe::wire::{Fault, Heard, KEPT, Talk, Terms, Wire};
use crate::probe::{Endpoint, Stop, name};
use crate::text::{brief, shown};

/// For one connection. Old devices need seconds for a signature.
const PATIENCE: Duration = Duration::from_secs(15);

const TERMS: Terms = Terms {
    connect: Duration::from_secs(5),
    whole: Duration::from_secs(120),
    read: KEPT,
};

/// Packets without meaning that are skipped before the one that is waited for.
const SKIPPED: usize = 8;

/// Asks. An observation as soon as the server said who it is; what else was not told says so in its place.
pub async fn inquire(endpoint: &Endpoint, stop: &Stop) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let mut visit = Visit::begin(&talk, endpoint).await?;
        let mut ssh = Ssh {
            banner: shown(&visit.banner, 255),
            offer: None,
            host_keys: Vec::new(),
            untold: Vec::new(),
        };
        match visit.offer().await {
            Ok(offer) => {
                let first = (visit, offer.clone());
                host_keys(&talk, endpoint, first, &mut ssh).await;
                ssh.offer = Some(offer);
            }
            Err(fault) => ssh.untold.push(untold("algorithms", fault.detail)),
        }
        Ok(Observation::Ssh(ssh))
    };
    talk.run(stop, work).await
}

/// Every kind of key that is offered; the first over the connection that there is.
async fn host_keys(talk: &Talk, endpoint: &Endpoint, first: (Visit, SshOffer), ssh: &mut Ssh) {
    let offer = first.1.clone();
    for name in strange(&offer) {
        let why = "it signs with a kind of key that we do not know";
        ssh.untold.push(untold(&format!("host key of {name}"), why));
    }
    let Some(exchange) = Choice::of(&offer) else {
        let why = "it offers no key exchange that we can begin";
        return ssh.untold.push(untold("host keys", why));
    };
    let mut there = Some(first);
    for (kind, algorithm) in kinds(&offer) {
        let shown = async {
            let (mut visit, offer) = match there.take() {
                Some(there) => there,
                None => {
                    let mut visit = Visit::begin(talk, endpoint).await?;
                    let offer = visit.offer().await?;
                    (visit, offer)
                }
            };
            visit.host_key(&offer, exchange, algorithm).await
        };
        let result = match timeout(PATIENCE, shown).await {
            Ok(result) => result,
            Err(_) => Err(Fault::new(
                Absence::NoAnswer,
                format!("it was not shown within {} s", PATIENCE.as_secs()),
            )),
        };
        match result {
            Ok(key) => ssh.host_keys.push(SshHostKey {
                algorithm: algorithm.to_owned(),
                key: STANDARD.encode(key),
            }),
            Err(fault) => {
                let what = format!("{kind} host key");
                ssh.untold.push(untold(&what, fault.detail));
            }
        }
    }
}

/// Both are safe to show: names are visible ASCII, and faults have been through [`shown`].
fn untold(what: &str, why: impl AsRef<str>) -> Untold {
    Untold {
        what: brief(what, 160),
        why: brief(why.as_ref(), 200),
    }
}

/// A connection, and what was read from it and not used yet.
struct Visit {
    wire: Wire,
    banner: Vec<u8>,
    bytes: Vec<u8>,
}

impl Visit {
    /// Connects, and learns who is there.
    async fn begin(talk: &Talk, endpoint: &Endpoint) -> Result<Self, Fault> {
        let wire = talk.open(endpoint).await?;
        let mut visit = Self {
            wire,
            banner: Vec::new(),
            bytes: Vec::new(),
        };
        visit
            .wire
            .say(format!("{}\r\n", name::SSH).as_bytes())
            .await?;
        loop {
            let found = banner(&visit.bytes).map_err(fault)?;
            if let Some((line, used)) = found.map(|(line, used)| (line.to_vec(), used)) {
                visit.banner = line;
                visit.bytes.drain(..used);
                return Ok(visit);
            }
            visit.more().await?;
        }
    }

    /// What it offers.
    async fn offer(&mut self) -> Result<SshOffer, Fault> {
        let content = self.message(&[KEXINIT]).await?;
        offer(&content).map_err(fault)
    }

    /// Exchanges as much of keys as makes the server show this one.
    async fn host_key(
        &mut self,
        offered: &SshOffer,
        exchange: Choice,
        algorithm: &str,
    ) -> Result<Vec<u8>, Fault> {
        let cookie = random_bytes()?;
        self.say(&answer(offered, &cookie, exchange.name, algorithm))
            .await?;
        let (first, group) = exchange.begin().ok_or_else(no_random)?;
        self.say(&first).await?;
        let reply = if group {
            let group = self.message(&[REPLY]).await?;
            let prime = string(&mut &group[1..]).unwrap_or_default();
            let zeros = prime.iter().take_while(|byte| **byte == 0).count();
            let next = Choice::in_group(prime.len() - zeros);
            let next = next.ok_or_else(|| fault(Malformed("its group has no prime")))?;
            self.say(&next).await?;
            self.message(&[GROUP_REPLY]).await?
        } else {
            self.message(&[REPLY]).await?
        };
        let key = string(&mut &reply[1..]).map(<[u8]>::to_vec);
        self.leave().await;
        key.ok_or_else(|| fault(Malformed("its answer to the exchange is cut off")))
    }

    /// The next packet of one of these kinds. It has one byte at least.
    async fn message(&mut self, wanted: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut skipped = 0;
        loop {
            let found = packet(&self.bytes).map_err(fault)?;
            let Some((content, used)) = found.map(|(it, used)| (it.to_vec(), used)) else {
                self.more().await?;
                continue;
            };
            self.bytes.drain(..used);
            match content.first() {
                Some(kind) if wanted.contains(kind) => return Ok(content),
                Some(&(IGNORE | DEBUG | UNIMPLEMENTED)) if skipped < SKIPPED => skipped += 1,
                Some(&DISCONNECT) => {
                    // Four bytes say why, in a number.
                    let why = content.get(5..).and_then(|mut rest| string(&mut rest));
                    let why = shown(why.unwrap_or_default(), 100);
                    let detail = format!("it ended the connection: {why}");
                    return Err(Fault::new(Absence::Disconnected, detail));
                }
                _ => return Err(fault(Malformed("it sent what nobody waits for there"))),
            }
        }
    }

    async fn say(&mut self, content: &[u8]) -> Result<(), Fault> {
        self.wire.say(&packed(content)).await
    }

    async fn more(&mut self) -> Result<(), Fault> {
        match self.wire.hear(PATIENCE).await? {
            Heard::Bytes(bytes) => {
                self.bytes.extend(bytes);
                Ok(())
            }
            Heard::Closed => Err(Fault::new(Absence::Disconnected, "it hung up")),
            Heard::Quiet => Err(Fault::new(
                Absence::NoAnswer,
                format!("it said nothing more for {} s", PATIENCE.as_secs()),
            )),
        }
    }

    /// Says that nothing more will come; whether that arrives is no matter.
    async fn leave(&mut self) {
        /// SSH_DISCONNECT_BY_APPLICATION (RFC 4253, section 11.1).
        const BY_APPLICATION: u8 = 11;
        let mut farewell = vec![DISCONNECT, 0, 0, 0, BY_APPLICATION];
        write_string(&mut farewell, b"");
        write_string(&mut farewell, b"");
        let _ = self.say(&farewell).await;
    }
}

fn fault(Malformed(what): Malformed) -> Fault {
    Fault::new(Absence::Malformed, what)
}

fn no_random() -> Fault {
    Fault::new(Absence::HarnessFault, "no random numbers")
}

#[cfg(test)]
mod tests;
