//! FTP (RFC 959): one login in clear, and what it opens.

mod reply;

use std::time::Duration;

use super::access::Credential;
use super::wire::{Fault, Heard, KEPT, Talk, Terms};
use super::{Endpoint, Stop};
use crate::digest::sha256_hex;
use crate::evidence::{Absence, Exchange};
use crate::observation::{AccessOutcome, AccessReply, Observation};
use crate::probe::name::ADDRESS;
use crate::text::shown;
use reply::{Control, Reply, extended_port, passive_address};

/// The names of whoever has none (RFC 1635). Servers may know one of them only.
const ANONYMOUS: [&str; 2] = ["anonymous", "ftp"];
/// How long a directory listing may take.
const LISTING: Duration = Duration::from_secs(5);

const TERMS: Terms = Terms {
    connect: Duration::from_secs(5),
    whole: Duration::from_secs(40),
    read: KEPT,
};

/// One attempt; without credentials as `anonymous`, and where that is not let in, as `ftp`.
///
/// A login is accepted when the server says so. It counts as served when a command that needs one worked:
/// the working directory, or, for a stranger, a listing.
pub async fn attempt(
    endpoint: &Endpoint,
    credential: Option<&Credential>,
    stop: &Stop,
) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let answer = match credential {
            None => strangers(&talk, endpoint).await?,
            Some(one) => {
                let mut visit = Visit::begin(&talk, endpoint).await?;
                let answer = visit.user(&one.username, &one.password).await?;
                visit.end().await;
                answer
            }
        };
        Ok(Observation::Access(answer.into()))
    };
    talk.run(stop, work).await
}

/// What a stranger gets, by each name over a connection of its own, until one is let in or the server asks for
/// fewer attempts. Only where every name was refused was a stranger refused.
async fn strangers(talk: &Talk, endpoint: &Endpoint) -> Result<Answer, Fault> {
    let mut all = Answer::new(AccessOutcome::Refused, "");
    for name in ANONYMOUS {
        let mut visit = Visit::begin(talk, endpoint).await?;
        let mut answer = visit.stranger(name).await?;
        visit.end().await;
        answer.detail = format!("`{name}`: {}", answer.detail);
        match answer.outcome {
            AccessOutcome::Served | AccessOutcome::Throttled => return Ok(answer),
            AccessOutcome::Refused => {}
            other => all.outcome = other,
        }
        if !all.detail.is_empty() {
            all.detail.push_str("; ");
        }
        all.detail.push_str(&answer.detail);
    }
    Ok(all)
}

/// What came of an attempt.
#[derive(Debug)]
struct Answer {
    outcome: AccessOutcome,
    detail: String,
    listing: Option<Vec<u8>>,
}

impl Answer {
    fn new(outcome: AccessOutcome, detail: impl Into<String>) -> Self {
        Self {
            outcome,
            detail: detail.into(),
            listing: None,
        }
    }
}

impl From<Answer> for AccessReply {
    fn from(answer: Answer) -> Self {
        let listing = answer.listing.as_deref();
        Self {
            content_sha256: listing.map(sha256_hex),
            content_length: listing.map(|bytes| bytes.len() as u64),
            ..Self::new(answer.outcome, shown(answer.detail, 300))
        }
    }
}

struct Visit<'a> {
    control: Control,
    talk: &'a Talk,
    endpoint: &'a Endpoint,
}

impl<'a> Visit<'a> {
    async fn begin(talk: &'a Talk, endpoint: &'a Endpoint) -> Result<Self, Fault> {
        Ok(Self {
            control: Control::new(talk.open(endpoint).await?),
            talk,
            endpoint,
        })
    }

    /// A farewell; whether it is heard changes nothing.
    async fn end(mut self) {
        let _ = self.control.send("QUIT", None).await;
    }

    async fn stranger(&mut self, name: &str) -> Result<Answer, Fault> {
        if let Err(answer) = self.log_in(name, ADDRESS).await? {
            return Ok(answer);
        }
        let directory = self.directory().await?;
        let listing = self.listing().await?;
        let outcome = match directory.code == 257 || listing.is_ok() {
            true => AccessOutcome::Served,
            false => AccessOutcome::Unclear,
        };
        let (seen, listing) = match listing {
            Ok((bytes, note)) => {
                let entries = bytes
                    .split(|byte| *byte == b'\n')
                    .filter(|it| !it.is_empty());
                (
                    format!("a listing of {} entries{note}", entries.count()),
                    Some(bytes),
                )
            }
            Err(why) => (format!("no listing ({why})"), None),
        };
        let detail = format!("login accepted; PWD: {directory}; {seen}");
        Ok(Answer {
            listing,
            ..Answer::new(outcome, detail)
        })
    }

    async fn user(&mut self, username: &str, password: &str) -> Result<Answer, Fault> {
        if let Err(answer) = self.log_in(username, password).await? {
            return Ok(answer);
        }
        let directory = self.directory().await?;
        let outcome = match directory.code {
            257 => AccessOutcome::Served,
            // Whatever it says now, it took the password.
            _ => AccessOutcome::Admitted,
        };
        let detail = format!("login accepted; PWD: {directory}");
        Ok(Answer::new(outcome, detail))
    }

    /// The login alone. The inner error is the answer where it was not accepted.
    async fn log_in(
        &mut self,
        username: &str,
        password: &str,
    ) -> Result<Result<(), Answer>, Fault> {
        let mut greeting = self.control.reply().await?;
        if greeting.code == 120 {
            // It will be ready in a while (RFC 959, section 5.4).
            greeting = self.control.reply().await?;
        }
        if greeting.code != 220 {
            return Ok(Err(refusal("greeting", &greeting)));
        }
        let asked = self.control.ask("USER", Some(username)).await?;
        let said = match asked.code {
            230 => return Ok(Ok(())),
            331 => self.control.ask("PASS", Some(password)).await?,
            _ => return Ok(Err(refusal("USER", &asked))),
        };
        Ok(match said.code {
            // 202: a password was not needed.
            202 | 230 => Ok(()),
            _ => Err(refusal("PASS", &said)),
        })
    }

    async fn directory(&mut self) -> Result<Reply, Fault> {
        self.control.ask("PWD", None).await
    }

    /// The names of the working directory, and a note on how they were had; or why there are none.
    async fn listing(&mut self) -> Result<Result<(Vec<u8>, String), String>, Fault> {
        if self.endpoint.tls {
            return Ok(Err("not asked inside TLS".to_owned()));
        }
        let (port, note) = match self.data_port().await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        // With its port changed the address keeps the zone of a link-local one.
        let mut address = self.endpoint.address;
        address.set_port(port);
        let mut data = match self.talk.connect(address).await {
            Ok(data) => data,
            Err(fault) => return Ok(Err(fault.detail)),
        };
        let opened = self.control.ask("LIST", None).await?;
        if !matches!(opened.code, 125 | 150) {
            return Ok(Err(format!("LIST: {opened}")));
        }
        let mut listing = Vec::new();
        loop {
            match data.hear(LISTING).await {
                Ok(Heard::Bytes(bytes)) => listing.extend(bytes),
                Ok(Heard::Closed) => break,
                Ok(Heard::Quiet) => return Ok(Err("the listing did not end".to_owned())),
                Err(fault) if fault.reason == Absence::Malformed => {
                    return Ok(Err("the listing went on past our bounds".to_owned()));
                }
                Err(fault) => return Ok(Err(fault.detail)),
            }
        }
        let closed = self.control.reply().await?;
        Ok(match closed.code {
            226 | 250 => Ok((listing, note)),
            _ => Err(format!("LIST ended: {closed}")),
        })
    }

    /// Where the server waits with data: EPSV (RFC 2428), or PASV. The connection goes to the device's own
    /// address, whatever address it names.
    async fn data_port(&mut self) -> Result<Result<(u16, String), String>, Fault> {
        let extended = self.control.ask("EPSV", None).await?;
        if extended.code == 229 {
            let port = extended_port(&extended.text);
            return Ok(port
                .map(|port| (port, " over EPSV".to_owned()))
                .ok_or_else(|| format!("EPSV: {extended}")));
        }
        let passive = self.control.ask("PASV", None).await?;
        let found = passive_address(&passive.text).filter(|_| passive.code == 227);
        Ok(match found {
            None => Err(format!("EPSV: {extended}; PASV: {passive}")),
            Some((named, port)) if self.endpoint.address.ip() == named => {
                Ok((port, " over PASV".to_owned()))
            }
            Some((named, port)) => Ok((
                port,
                format!(" over PASV, which names {named}; asked at the device's own address"),
            )),
        })
    }
}

/// What a reply says that is not an acceptance.
fn refusal(to: &str, reply: &Reply) -> Answer {
    let outcome = match reply.code {
        421 => AccessOutcome::Throttled,
        _ if reply.wants_tls() => AccessOutcome::Unclear,
        // An unknown user may be refused before a password is asked for.
        530 => AccessOutcome::Refused,
        _ => AccessOutcome::Unclear,
    };
    let note = if reply.wants_tls() {
        "no login in clear; "
    } else {
        ""
    };
    Answer::new(outcome, format!("{note}{to}: {reply}"))
}

#[cfg(test)]
mod tests;
