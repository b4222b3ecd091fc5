//! HTTP Digest (RFC 7616): a challenge, and a hash of the password as the answer.
//!
//! The hash can be tried out against any number of passwords by whoever sees it, so that the owner's is
//! treated like the password: in clear only with leave, and never written down. The same holds for the hashes
//! by which a server shows that it knows the password too.

mod secrecy;

use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::super::access::Credential;
use super::super::random::random_hex;
use super::super::wire::{Fault, Talk};
use super::super::{Endpoint, Stop};
use super::challenge::Challenge;
use super::{Page, TERMS, get, get_twice, reply};
use crate::digest::hex;
use crate::evidence::Exchange;
use crate::observation::{AccessOutcome, AccessReply, Observation};
use secrecy::Secrecy;

/// One attempt at what lies behind a path, with Digest credentials or without.
///
/// It takes two requests: one for the challenge, one with the answer, over the same connection where the
/// server keeps it open. A nonce that went stale in between is replaced once.
pub async fn attempt(
    endpoint: &Endpoint,
    path: &str,
    credential: Option<&Credential>,
    stop: &Stop,
) -> Exchange {
    let Some(credential) = credential else {
        return super::attempt(endpoint, path, None, stop).await;
    };
    let talk = Talk::begin(TERMS);
    let mut secrecy = Secrecy::of(credential);
    let work = async {
        let reply = run(&talk, endpoint, path, credential, &mut secrecy).await?;
        Ok(Observation::Access(reply))
    };
    let mut exchange = talk.run(stop, work).await;
    secrecy.hide_in_bytes(&mut exchange);
    exchange
}

/// The conversation; every hash is noted in `secrecy` before it is sent.
async fn run(
    talk: &Talk,
    endpoint: &Endpoint,
    path: &str,
    credential: &Credential,
    secrecy: &mut Secrecy<'_>,
) -> Result<AccessReply, Fault> {
    let cnonce = random_hex(16)?;
    let mut why_not = None;
    let mut answer = |page: &Page| match Question::of(&page.challenges()) {
        Ok(question) => {
            let response = question.response(credential, path, &cnonce);
            let header = question.header(credential, path, &cnonce, &response);
            secrecy.note(&question, credential, path, &cnonce);
            Some(header)
        }
        Err(why) => {
            why_not = Some(why);
            None
        }
    };
    let mut page = get_twice(talk, endpoint, path, &mut answer).await?;
    let stale = page.status.as_u16() == 401
        && Question::of(&page.challenges()).is_ok_and(|question| question.stale);
    if stale && let Some(header) = answer(&page) {
        page = get(talk, endpoint, path, Some(&header)).await?;
    }
    secrecy.hide_in(&mut page);
    let mut reply = reply(&page);
    if let Some(why) = why_not
        && reply.outcome == AccessOutcome::Refused
    {
        // Nothing was tried, so that nothing was refused.
        reply.outcome = AccessOutcome::Unclear;
        reply.detail = format!("{}; {why}", reply.detail);
    }
    Ok(reply)
}

/// How the password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
}

impl Hash {
    fn of(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

/// A challenge that we can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Question {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    hash: Hash,
    /// Whether the hash covers both nonces from the beginning (`-sess`).
    session: bool,
    /// As the server wrote it. None: it names none, which means MD5.
    algorithm: Option<String>,
    /// Whether it knows `qop=auth`. Without it the older form is meant (RFC 2617, section 3.2.2.1).
    auth: bool,
    stale: bool,
}

impl Question {
    /// The first that we can answer: servers name the strongest first (RFC 7616, section 3.7).
    fn of(challenges: &[Challenge]) -> Result<Self, &'static str> {
        let mut why = "no digest is asked for";
        for challenge in challenges.iter().filter(|one| one.scheme == "digest") {
            match Self::from_challenge(challenge) {
                Ok(question) => return Ok(question),
                Err(other) => why = other,
            }
        }
        Err(why)
    }

    fn from_challenge(challenge: &Challenge) -> Result<Self, &'static str> {
        let own = |name| challenge.parameter(name).map(str::to_owned);
        let algorithm = own("algorithm");
        let word = algorithm.as_deref().unwrap_or("MD5").to_ascii_lowercase();
        let (hash, session) = match word.as_str() {
            "md5" => (Hash::Md5, false),
            "md5-sess" => (Hash::Md5, true),
            "sha-256" => (Hash::Sha256, false),
            "sha-256-sess" => (Hash::Sha256, true),
            _ => return Err("the digest's algorithm is none that this version knows"),
        };
        let auth = match challenge.parameter("qop") {
            None => false,
            Some(list)
                if list
                    .split(',')
                    .any(|one| one.trim().eq_ignore_ascii_case("auth")) =>
            {
                true
            }
            Some(_) => return Err("the digest's quality of protection is not `auth`"),
        };
        Ok(Self {
            realm: own("realm").ok_or("the digest has no realm")?,
            nonce: own("nonce").ok_or("the digest has no nonce")?,
            opaque: own("opaque"),
            hash,
            session,
            algorithm,
            auth,
            stale: challenge
                .parameter("stale")
                .is_some_and(|word| word.eq_ignore_ascii_case("true")),
        })
    }

    /// The hash that answers it (RFC 7616, section 3.4.1), for a GET.
    fn response(&self, credential: &Credential, path: &str, cnonce: &str) -> String {
        let [_, secret] = self.secrets(credential, cnonce);
        self.proof(&secret, &format!("GET:{path}"), cnonce)
    }

    /// Everything that either side can make of the password here: the secret as it is stored and as it is used,
    /// our answer, and the server's own (`rspauth`, section 3.5).
    fn hashes(&self, credential: &Credential, path: &str, cnonce: &str) -> [String; 4] {
        let [stored, secret] = self.secrets(credential, cnonce);
        let ours = self.proof(&secret, &format!("GET:{path}"), cnonce);
        let theirs = self.proof(&secret, &format!(":{path}"), cnonce);
        [stored, secret, ours, theirs]
    }

    /// The hash of the password, and the one that answers are made of (section 3.4.2).
    fn secrets(&self, credential: &Credential, cnonce: &str) -> [String; 2] {
        let Self { realm, nonce, .. } = self;
        let Credential {
            username, password, ..
        } = credential;
        let stored = self.hash.of(&format!("{username}:{realm}:{password}"));
        let used = match self.session {
            true => self.hash.of(&format!("{stored}:{nonce}:{cnonce}")),
            false => stored.clone(),
        };
        [stored, used]
    }

    fn proof(&self, secret: &str, request: &str, cnonce: &str) -> String {
        let nonce = &self.nonce;
        let request = self.hash.of(request);
        let between = match self.auth {
            true => format!("{nonce}:{COUNT}:{cnonce}:auth"),
            false => nonce.clone(),
        };
        self.hash.of(&format!("{secret}:{between}:{request}"))
    }

    /// The value of `Authorization` (RFC 7616, section 3.4).
    fn header(&self, credential: &Credential, path: &str, cnonce: &str, response: &str) -> String {
        let mut header = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quoted(&credential.username),
            quoted(&self.realm),
            quoted(&self.nonce),
            quoted(path),
        );
        if let Some(algorithm) = &self.algorithm {
            header.push_str(&format!(", algorithm={algorithm}"));
        }
        if let Some(opaque) = &self.opaque {
            header.push_str(&format!(", opaque={}", quoted(opaque)));
        }
        if self.auth {
            header.push_str(&format!(", qop=auth, nc={COUNT}"));
        }
        if self.auth || self.session {
            header.push_str(&format!(", cnonce={}", quoted(cnonce)));
        }
        header
    }
}

/// How often a nonce was used: each is used once.
const COUNT: &str = "00000001";

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
