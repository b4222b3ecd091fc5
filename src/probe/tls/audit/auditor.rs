//! The order of questions: versions with their suites, then what one connection each can tell, then groups and signatures.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::client::Client;
use super::flight::{Answer, Ending, Flight, Unclear, accepts};
use super::note::{Certificates, note, says_it_could_do_better, suite_name};
use super::order::Choices;
use super::{features, groups, ssl2};
use crate::evidence::Exchange;
use crate::observation::{Observation, StartTls, TlsAudit, TlsVersion, VersionAudit, VersionState};
use crate::probe::Stop;
use crate::probe::tls::hello::{Dress, Hello};
use crate::probe::wire::{Talk, Terms};
use crate::tls::{Since, suites};

/// Suites of one hello: with the signalling one fewer than 128, because some servers stumble over more.
const MOST: usize = 120;

const TERMS: Terms = Terms {
    connect: Duration::from_secs(5),
    whole: Duration::from_secs(15 * 60),
    // Records of a byte each make six of one.
    read: 512 * 1024,
};

/// The versions in the order in which they are asked for: what is likely comes first, so that a known answer is at hand early.
const ORDER: [TlsVersion; 5] = [
    TlsVersion::Tls12,
    TlsVersion::Tls13,
    TlsVersion::Tls11,
    TlsVersion::Tls10,
    TlsVersion::Ssl30,
];

/// Whom to audit.
#[derive(Clone, Debug)]
pub struct Audited {
    pub address: SocketAddr,
    /// A DNS name to be sent; never an address.
    pub name: Option<String>,
    pub starttls: Option<StartTls>,
    /// For the answer to one hello.
    pub patience: Duration,
    /// Connections a second, never passed.
    pub max_rate: u32,
    /// Connections beyond one for each accepted pair of version and suite.
    pub spare: u32,
}

/// Asks everything, one connection at a time.
pub async fn audit(whom: &Audited, stop: &Stop) -> TlsAudit {
    ask(whom, &Talk::begin(TERMS), stop).await
}

/// The same, as evidence. Always an observation: what was not asked any more, and why, stands in it.
pub async fn observe(whom: &Audited, stop: &Stop) -> Exchange {
    let talk = Talk::begin(TERMS);
    let audit = ask(whom, &talk, stop).await;
    talk.tell(Observation::TlsAudit(audit))
}

async fn ask(whom: &Audited, talk: &Talk, stop: &Stop) -> TlsAudit {
    let started = Instant::now();
    let mut auditor = Auditor::new(whom, talk);
    let ended = talk
        .bounded(stop, async {
            auditor.ask_everything().await;
            Ok(())
        })
        .await;
    let interrupted = match ended {
        Ok(()) => auditor.client.gone.clone(),
        Err(fault) => Some(fault.detail),
    };
    auditor.report(started.elapsed(), interrupted)
}

/// What is known so far.
#[derive(Debug)]
pub(super) struct Auditor<'a> {
    pub client: Client<'a>,
    pub versions: BTreeMap<TlsVersion, VersionAudit>,
    pub certificates: Certificates,
    /// Suites that were accepted, by version, as numbers in the order of choice.
    pub accepted: BTreeMap<TlsVersion, Vec<u16>>,
    /// Of each version the lists of which something was chosen.
    pub choices: BTreeMap<TlsVersion, Vec<Choices>>,
    /// Whether a version was always agreed on with the sentinel of who could do better.
    sentinels: BTreeMap<TlsVersion, bool>,
    /// None: it was not asked in words that it understands.
    pub agrees_to_heartbeats: Option<bool>,
    /// Of versions that ended in a refusal, the number of the connection that brought it; until that is confirmed.
    pub refused_at: BTreeMap<TlsVersion, u32>,
    /// Groups and signature algorithms that were chosen beside suites.
    pub in_passing: Vec<(TlsVersion, Option<u16>, Option<u16>)>,
}

impl<'a> Auditor<'a> {
    fn new(whom: &Audited, talk: &'a Talk) -> Self {
        let unknown = |version| (version, VersionAudit::unknown(version));
        Self {
            client: Client {
                talk,
                address: whom.address,
                name: whom.name.clone(),
                name_refused: None,
                name_unanswered: None,
                silence_was_named: [false; 2],
                starttls: whom.starttls,
                patience: whom.patience,
                interval: Duration::from_secs(1) / whom.max_rate.max(1),
                last: None,
                connections: 0,
                spare: whom.spare,
                pairs: 0,
                dress: Dress::Curious,
                stalled: 0,
                stalls: false,
                known_good: None,
                last_good: 0,
                unheard: 0,
                rude: 0,
                gone: None,
                stays_in_clear: None,
            },
            versions: TlsVersion::ALL.into_iter().map(unknown).collect(),
            certificates: Certificates::default(),
            accepted: BTreeMap::new(),
            choices: BTreeMap::new(),
            sentinels: BTreeMap::new(),
            agrees_to_heartbeats: None,
            refused_at: BTreeMap::new(),
            in_passing: Vec::new(),
        }
    }

    async fn ask_everything(&mut self) {
        for version in ORDER {
            self.suites(version).await;
        }
        self.ssl2().await;
        self.confirm("suites").await;
        self.doubt_tls13();
        features::ask(self).await;
        groups::ask(self).await;
        self.confirm("groups and signatures").await;
    }

    /// Asks once more what was answered before. Where that is not answered now, what was refused since the last good answer was
    /// not shown to be: who is overloaded, or has had enough, sends the same alerts.
    async fn confirm(&mut self, what: &str) {
        let since = self.client.last_good;
        let refused = std::mem::take(&mut self.refused_at);
        if self.client.is_well().await {
            return;
        }
        for (version, _) in refused.into_iter().filter(|(_, at)| *at > since) {
            let audit = self.of(version);
            let why = "it was refused, and then it refused or left what it had answered before";
            match audit.state {
                VersionState::Refused => {
                    audit.state = VersionState::Unknown;
                    audit.because = format!("{}; {why}", audit.because);
                }
                VersionState::Offered => audit.not_told(what, why),
                VersionState::Unknown => {}
            }
        }
    }

    /// Who takes TLS 1.3 with a shared key alone refuses a hello without one by an alert that says nothing of the version: so
    /// where it says in an older version that it could do better, or takes nothing else, that is no refusal of TLS 1.3.
    fn doubt_tls13(&mut self) {
        let better = match self.classic() {
            Some(version) => self.sentinels.get(&version).copied().unwrap_or_default(),
            None => true,
        };
        let audit = self.of(TlsVersion::Tls13);
        let handshake = ["alert 40", "alert 71"].contains(&audit.because.as_str());
        if audit.state == VersionState::Refused && handshake && better {
            audit.state = VersionState::Unknown;
            audit.because = format!(
                "{}, which may ask for a key that both sides know: a hello without one was refused, not the version",
                audit.because
            );
        }
    }

    /// A version ended in a refusal.
    pub(super) fn refused(&mut self, version: TlsVersion) {
        self.refused_at.insert(version, self.client.connections);
    }

    /// What is known of a version; every one has an entry.
    pub(super) fn of(&mut self, version: TlsVersion) -> &mut VersionAudit {
        self.versions
            .entry(version)
            .or_insert_with(|| VersionAudit::unknown(version))
    }

    /// Whom to ask, what is known of a version, and the orders in which it chose its suites.
    pub(super) fn parts(
        &mut self,
        version: TlsVersion,
    ) -> (&mut Client<'a>, &mut VersionAudit, &[Choices]) {
        let audit = self.versions.entry(version);
        (
            &mut self.client,
            audit.or_insert_with(|| VersionAudit::unknown(version)),
            self.choices.get(&version).map_or(&[], Vec::as_slice),
        )
    }

    /// The suites that were accepted with a version.
    pub(super) fn accepted(&self, version: TlsVersion) -> &[u16] {
        self.accepted.get(&version).map_or(&[], Vec::as_slice)
    }

    /// The newest version up to TLS 1.2 that is offered.
    pub(super) fn classic(&self) -> Option<TlsVersion> {
        let offered = |version: &TlsVersion| !self.accepted(*version).is_empty();
        ORDER
            .into_iter()
            .filter(|version| *version != TlsVersion::Tls13)
            .find(offered)
    }

    /// Offers what can be offered, crosses out what is chosen, and so on until it is refused.
    async fn suites(&mut self, version: TlsVersion) {
        let mut undecided = 0;
        let mut refused = None;
        let mut unclear = None;
        for offered in chunks(version) {
            let mut left = offered.clone();
            let mut chosen = Vec::new();
            while !left.is_empty() {
                let hello = self.client.hello(version, left.clone());
                match self.client.ask(&hello).await {
                    Answer::Flight(flight) if flight.version == version => {
                        let code = flight.hello.suite;
                        left.retain(|it| *it != code);
                        if accepts(&flight) {
                            chosen.push(code);
                        }
                        self.took(&hello, &flight);
                    }
                    Answer::Flight(flight) => {
                        refused = Some(format!("it answered with {}", flight.version));
                        break;
                    }
                    Answer::Refused(alert) => {
                        refused = Some(format!("alert {alert}"));
                        break;
                    }
                    Answer::Unasked(what) => {
                        self.of(version).answered_unasked(what);
                        undecided += left.len();
                        unclear = Some(format!("answered unasked: {what}"));
                        break;
                    }
                    Answer::Unclear(why) => {
                        undecided += left.len();
                        unclear = Some(why.to_string());
                        break;
                    }
                    Answer::NotAsked(why) => {
                        undecided += left.len();
                        unclear = Some(why);
                        break;
                    }
                }
            }
            if !chosen.is_empty() {
                let choices = self.choices.entry(version).or_default();
                choices.push(Choices { offered, chosen });
            }
            let nothing = self.accepted(version).is_empty();
            // Alert 70 is about the version, and an older one in answer says the same: other suites change nothing.
            if nothing && refused.as_deref().is_some_and(|why| why != "alert 40") {
                break;
            }
            // No more of what brings no answer to anybody.
            if nothing && unclear.is_some() {
                break;
            }
        }
        self.conclude(version, undecided, refused, unclear);
    }

    fn conclude(
        &mut self,
        version: TlsVersion,
        undecided: usize,
        refused: Option<String>,
        unclear: Option<String>,
    ) {
        let nothing = self.accepted(version).is_empty();
        if refused.is_some() {
            self.refused(version);
        }
        let audit = self.of(version);
        (audit.state, audit.because) = match (nothing, refused, &unclear) {
            (false, ..) => (VersionState::Offered, "a ServerHello".to_owned()),
            (true, _, Some(why)) => (VersionState::Unknown, why.clone()),
            (true, Some(why), None) => (VersionState::Refused, why),
            (true, None, None) => (VersionState::Unknown, "no suite of it is known".to_owned()),
        };
        if let Some(why) = unclear.filter(|_| !nothing) {
            audit.not_told("suites", format!("{undecided} were not decided: {why}"));
        }
    }

    /// A suite was chosen.
    fn took(&mut self, hello: &Hello, flight: &Flight) {
        let version = flight.version;
        let code = flight.hello.suite;
        match &flight.ending {
            Ending::Alert(alert) => {
                let why = format!("chosen, and then alert {alert}: {}", suite_name(code));
                self.of(version).not_told("suites", why);
                return;
            }
            Ending::Malformed(fault) => {
                let why = format!("{fault}, with {}", suite_name(code));
                self.of(version).not_told("certificate", why);
            }
            _ => {}
        }
        self.accepted.entry(version).or_default().push(code);
        self.client.pairs += 1;
        self.of(version).suites.push(suite_name(code));
        let sentinel = self.sentinels.entry(version).or_insert(true);
        *sentinel &= says_it_could_do_better(flight);
        let passing = match version {
            TlsVersion::Tls13 => (version, flight.hello.group, None),
            _ => (version, flight.exchange.group, flight.exchange.signature),
        };
        if !self.in_passing.contains(&passing) {
            self.in_passing.push(passing);
        }
        // What it took to be understood may be less than what was meant to be said.
        let dress = hello.dress.min(self.client.dress);
        if dress == Dress::Curious && version != TlsVersion::Tls13 {
            let before = self.agrees_to_heartbeats.unwrap_or_default();
            self.agrees_to_heartbeats = Some(before || features::agrees_to_heartbeats(flight));
        }
        note(self.of(version), dress, flight);
        let chain = flight.chain.iter().map(Vec::as_slice);
        self.certificates.note(version, chain);
    }

    async fn ssl2(&mut self) {
        let told = self.client.ssl2().await;
        // To a hello of SSL 2 alone a server that does not speak it aborts the connection, by an alert or without (RFC 6176,
        // section 3). That is no refusal of somebody who never showed to be there.
        let aborts = self.client.known_good.is_some();
        let (state, because, suites) = match told {
            Ok(ssl2::Answer::Unclear(why @ (Unclear::Alert(_) | Unclear::HungUp))) if aborts => {
                (VersionState::Refused, format!("aborted: {why}"), Vec::new())
            }
            Ok(ssl2::Answer::Takes(ciphers)) => {
                let names: Vec<_> = ciphers.into_iter().map(str::to_owned).collect();
                (VersionState::Offered, "a SERVER-HELLO".to_owned(), names)
            }
            Ok(ssl2::Answer::Refuses(how)) => (VersionState::Refused, how.to_owned(), Vec::new()),
            Ok(ssl2::Answer::Unclear(why)) => (VersionState::Unknown, why.to_string(), Vec::new()),
            Err(why) => (VersionState::Unknown, why, Vec::new()),
        };
        self.client.pairs += u32::try_from(suites.len()).unwrap_or_default();
        if state == VersionState::Refused {
            self.refused(TlsVersion::Ssl20);
        }
        let audit = self.of(TlsVersion::Ssl20);
        (audit.state, audit.because, audit.suites) = (state, because, suites);
    }

    fn report(mut self, took: Duration, interrupted: Option<String>) -> TlsAudit {
        let modern = !self.accepted(TlsVersion::Tls13).is_empty();
        for (version, says) in std::mem::take(&mut self.sentinels) {
            // Only servers of TLS 1.3 know the sentinel; the requirement on older ones is optional (RFC 8446, section 4.1.3).
            if modern && version != TlsVersion::Tls13 {
                self.of(version).downgrade_sentinel = Some(says);
            }
        }
        TlsAudit {
            versions: self.versions.into_values().collect(),
            certificates: self.certificates.shown,
            connections: self.client.connections,
            max_concurrent: self.client.talk.most_open(),
            seconds: took.as_secs_f64(),
            interrupted,
            stays_in_clear: self.client.stays_in_clear,
            name_refused: self.client.name_refused,
            name_unanswered: self.client.name_unanswered,
        }
    }
}

/// The suites that may be offered with a version, in lists that a hello can hold, of about the same length.
fn chunks(version: TlsVersion) -> Vec<Vec<u16>> {
    let fits = |since: Since| match version {
        TlsVersion::Tls13 => since == Since::Tls13,
        TlsVersion::Tls12 => since != Since::Tls13,
        _ => since == Since::Any,
    };
    let all: Vec<u16> = suites()
        .iter()
        .filter(|suite| fits(suite.since))
        .map(|suite| suite.code)
        .collect();
    all.chunks(MOST).map(<[u16]>::to_vec).collect()
}

#[cfg(test)]
mod tests;
