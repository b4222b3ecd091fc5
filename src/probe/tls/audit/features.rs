//! What one connection each can tell: who chooses and what comes first, compression, fallback, a handshake to its end, heartbeats.

use super::auditor::Auditor;
use super::flight::{Answer, Ending, Flight, accepts};
use super::note::ONLY_FEW_WORDS;
use super::order::is_forward_secret;
use super::preference::{decide, forward_secrecy, preference, takes, undecided_pair};
use super::session::session;
use crate::observation::{Heartbeat, TlsSession, TlsVersion};
use crate::probe::tls::hello::{Dress, FALLBACK_SCSV, Hello, extension};

/// DEFLATE and LZS (RFC 3749, RFC 3943), and none.
const COMPRESSIONS: [u8; 3] = [1, 64, 0];

pub(super) async fn ask(auditor: &mut Auditor<'_>) {
    let Some(classic) = auditor.classic() else {
        who_chooses(auditor, TlsVersion::Tls13).await;
        handshake(auditor).await;
        return;
    };
    compression(auditor, classic).await;
    if auditor.of(classic).preference.is_none() {
        who_chooses(auditor, classic).await;
    }
    let (client, audit, choices) = auditor.parts(classic);
    forward_secrecy(client, audit, choices).await;
    who_chooses(auditor, TlsVersion::Tls13).await;
    fallback(auditor, classic).await;
    handshake(auditor).await;
    heartbeat(auditor, classic).await;
}

async fn who_chooses(auditor: &mut Auditor<'_>, version: TlsVersion) {
    let (client, audit, choices) = auditor.parts(version);
    preference(client, audit, choices).await;
}

/// Offers compression, and in the same hello what tells who chooses: where that is still to be told two suites the other way
/// round, else those with forward secrecy last, where one without it shows that they are not preferred.
async fn compression(auditor: &mut Auditor<'_>, version: TlsVersion) {
    let (_, audit, choices) = auditor.parts(version);
    let pair = undecided_pair(audit, choices);
    let suites = pair.map_or_else(
        || forward_secrecy_last(auditor.accepted(version)),
        |pair| pair.to_vec(),
    );
    let hello = Hello {
        compression: COMPRESSIONS.to_vec(),
        ..auditor.client.hello(version, suites.clone())
    };
    match auditor.client.ask(&hello).await {
        Answer::Flight(flight) if takes(&flight, version) => {
            auditor.of(version).compression = Some(flight.hello.compression != 0);
            match pair {
                Some(pair) => decide(auditor.of(version), pair, &flight),
                None if takes_both(&suites) && !is_forward_secret(flight.hello.suite) => {
                    auditor.of(version).prefers_forward_secrecy = Some(false);
                }
                None => {}
            }
        }
        other => auditor.of(version).not_told("compression", why(&other)),
    }
}

/// Suites of a hello, those with forward secrecy last; of each kind as many as there is room for.
fn forward_secrecy_last(accepted: &[u16]) -> Vec<u16> {
    let of = |has_it: bool| {
        let kind = accepted
            .iter()
            .filter(move |it| is_forward_secret(**it) == has_it);
        kind.copied().take(50)
    };
    of(false).chain(of(true)).collect()
}

fn takes_both(suites: &[u16]) -> bool {
    suites.iter().any(|it| is_forward_secret(*it))
        && suites.iter().any(|it| !is_forward_secret(*it))
}

/// Says "I fell back to this" about the newest classic version below the service's best (RFC 7507).
async fn fallback(auditor: &mut Auditor<'_>, classic: TlsVersion) {
    let modern = !auditor.accepted(TlsVersion::Tls13).is_empty();
    let below = |auditor: &Auditor<'_>| {
        [TlsVersion::Tls11, TlsVersion::Tls10, TlsVersion::Ssl30]
            .into_iter()
            .find(|version| *version < classic && !auditor.accepted(*version).is_empty())
    };
    let version = match modern {
        true => Some(classic),
        false => below(auditor),
    };
    let Some(version) = version else {
        return;
    };
    let mut suites: Vec<u16> = auditor
        .accepted(version)
        .iter()
        .copied()
        .take(100)
        .collect();
    suites.push(FALLBACK_SCSV);
    let mut hello = auditor.client.hello(version, suites);
    // Plain words: that it is refused is the answer, not a reason to ask in others.
    if hello.dress == Dress::Curious {
        hello.dress = Dress::Plain;
    }
    match auditor.client.ask(&hello).await {
        Answer::Refused(86) => auditor.of(version).refuses_fallback = Some(true),
        Answer::Flight(flight) if flight.ending == Ending::Alert(86) => {
            auditor.of(version).refuses_fallback = Some(true);
        }
        Answer::Flight(flight) if accepts(&flight) => {
            auditor.of(version).refuses_fallback = Some(false);
        }
        other => auditor.of(version).not_told("fallback", why(&other)),
    }
}

/// One handshake to its end, by the newest version.
async fn handshake(auditor: &mut Auditor<'_>) {
    let newest = [TlsVersion::Tls13, TlsVersion::Tls12]
        .into_iter()
        .find(|version| !auditor.accepted(*version).is_empty());
    let Some(newest) = newest else {
        return;
    };
    let told = match session(&mut auditor.client).await {
        Ok(told) => told,
        Err(why) => return auditor.of(newest).not_told("session", why),
    };
    let version = told.version.or(told.signed_by);
    if newest == TlsVersion::Tls13 && told.version != Some(newest) {
        // Older versions showed theirs in clear.
        let why = match &told.session {
            TlsSession::Failed { detail } => format!("the handshake failed: {detail}"),
            TlsSession::Completed { version, .. } => {
                format!("the handshake was one of {version}")
            }
        };
        if told.chain.is_empty() || version != Some(newest) {
            auditor.of(newest).not_told("certificate", why.as_str());
        }
        auditor.of(newest).not_told("early data and tickets", why);
    }
    // A chain without a signature stands for no version: which one it was is not known.
    if let Some(version) = version {
        let chain = told.chain.iter().map(Vec::as_slice);
        auditor.certificates.note(version, chain);
    }
    let version = version.unwrap_or(newest);
    let audit = auditor.of(version);
    let completed = told.version.is_some();
    audit.session = Some(told.session);
    audit.alpn = told.alpn;
    if completed || told.asks_for_certificate {
        let asks = audit.asks_for_certificate.unwrap_or(false) || told.asks_for_certificate;
        audit.asks_for_certificate = Some(asks);
    }
    if completed && version == TlsVersion::Tls13 {
        match told.early_data {
            Ok(early_data) => {
                audit.session_ticket = Some(early_data.is_some());
                audit.early_data = Some(early_data.unwrap_or(0));
            }
            Err(why) => audit.not_told("early data and tickets", why),
        }
    }
}

/// One heartbeat that lies by two bytes, to who agrees to heartbeats.
async fn heartbeat(auditor: &mut Auditor<'_>, version: TlsVersion) {
    let suites: Vec<u16> = auditor
        .accepted(version)
        .iter()
        .copied()
        .take(100)
        .collect();
    let hello = Hello {
        dress: Dress::Curious,
        ..auditor.client.hello(version, suites)
    };
    match auditor.agrees_to_heartbeats {
        // Who speaks SSL 3 was asked without extensions, and so for none.
        None if version == TlsVersion::Ssl30 => return,
        None => return auditor.of(version).not_told("heartbeat", ONLY_FEW_WORDS),
        Some(false) => {
            auditor.of(version).heartbeat = Some(Heartbeat::NotOffered);
            return;
        }
        Some(true) => {}
    }
    match auditor.client.heartbeat(&hello).await {
        Ok(heartbeat) => auditor.of(version).heartbeat = Some(heartbeat),
        Err(why) => auditor.of(version).not_told("heartbeat", why),
    }
}

/// Whether a flight agrees to heartbeats.
pub(super) fn agrees_to_heartbeats(flight: &Flight) -> bool {
    flight.hello.says(extension::HEARTBEAT)
}

/// Why an answer told nothing.
pub(super) fn why(answer: &Answer) -> String {
    match answer {
        Answer::Flight(flight) if let Ending::Alert(alert) = flight.ending => {
            format!("chosen, and then alert {alert}")
        }
        Answer::Flight(flight) => format!("it answered with {}", flight.version),
        Answer::Refused(alert) => format!("alert {alert}"),
        Answer::Unasked(what) => format!("answered unasked: {what}"),
        Answer::Unclear(why) => why.to_string(),
        Answer::NotAsked(why) => why.clone(),
    }
}
