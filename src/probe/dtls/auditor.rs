//! The order of questions: each version with its suites; who chooses among them, and whether forward secrecy comes first; of the
//! newest version that shows them the curves and signature algorithms.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::client::{Client, Cookies};
use crate::evidence::{Absence, Exchange};
use crate::observation::{
    Cookie, DtlsAudit, Observation, TlsAudit, TlsVersion, VersionAudit, VersionState,
};
use crate::probe::Stop;
use crate::probe::tls::audit::elimination::{conclude, eliminate, own_curves, question};
use crate::probe::tls::audit::flight::{Answer, Ending, Flight, accepts};
use crate::probe::tls::audit::note::{Certificates, note, suite_name};
use crate::probe::tls::audit::order::Choices;
use crate::probe::tls::audit::preference::{forward_secrecy, preference};
use crate::probe::tls::hello::Hello;
use crate::tls::{Authentication, Since, suite_named, suites};

/// Suites of one hello, which has to fit into one datagram.
const MOST: usize = 120;
/// For everything.
const WHOLE: Duration = Duration::from_secs(120);

/// The versions in the order in which they are asked for: what is likely comes first, so that a known answer is at hand early.
const ORDER: [TlsVersion; 3] = [TlsVersion::Tls12, TlsVersion::Tls11, TlsVersion::Tls13];

/// Whom to audit.
#[derive(Clone, Debug)]
pub struct DtlsAudited {
    pub address: SocketAddr,
    /// A DNS name to be sent; never an address.
    pub name: Option<String>,
    /// Conversations a second, never passed.
    pub max_rate: u32,
}

/// Asks everything, one conversation at a time. Always an observation, unless it was stopped: what brought no answer says so in
/// its place.
pub async fn audit(whom: &DtlsAudited, stop: &Stop) -> Exchange {
    let started_at = Timestamp::now();
    let started = Instant::now();
    let mut stop = stop.clone();
    let mut auditor = Auditor::new(whom);
    let interrupted = tokio::select! {
        biased;
        () = stop.wait() => {
            let why = stop.reason().unwrap_or_default();
            let kept = auditor.client.kept;
            return Exchange::absent(started_at, Absence::Aborted, why)
                .with_bytes(kept.sent, kept.received, kept.truncated);
        }
        () = sleep(WHOLE) => Some(format!("not everything was asked within {} s", WHOLE.as_secs())),
        () = auditor.ask_everything() => auditor.client.gone.clone(),
    };
    let kept = std::mem::take(&mut auditor.client.kept);
    let fact = Observation::Dtls(auditor.report(started.elapsed(), interrupted));
    Exchange::observed(started_at, fact).with_bytes(kept.sent, kept.received, kept.truncated)
}

#[derive(Debug)]
struct Auditor {
    client: Client,
    versions: BTreeMap<TlsVersion, VersionAudit>,
    certificates: Certificates,
    /// Of each version the lists of which something was chosen.
    choices: BTreeMap<TlsVersion, Vec<Choices>>,
}

impl Auditor {
    fn new(whom: &DtlsAudited) -> Self {
        let unknown = |version| (version, VersionAudit::unknown(version));
        Self {
            client: Client::new(whom.address, whom.name.clone(), whom.max_rate),
            versions: ORDER.into_iter().map(unknown).collect(),
            certificates: Certificates::default(),
            choices: BTreeMap::new(),
        }
    }

    async fn ask_everything(&mut self) {
        for version in ORDER {
            self.suites(version).await;
        }
        self.order().await;
        self.curves().await;
    }

    /// As over a stream: who chooses in the newest version up to 1.2 and in 1.3, and in the former whether forward secrecy comes
    /// first.
    async fn order(&mut self) {
        let classic = [TlsVersion::Tls12, TlsVersion::Tls11].into_iter();
        let newest = classic
            .filter(|version| self.choices.contains_key(version))
            .take(1);
        for version in newest.chain([TlsVersion::Tls13]).collect::<Vec<_>>() {
            let Some(choices) = self.choices.get(&version) else {
                continue;
            };
            let audit = self.versions.entry(version);
            let audit = audit.or_insert_with(|| VersionAudit::unknown(version));
            preference(&mut self.client, audit, choices).await;
            forward_secrecy(&mut self.client, audit, choices).await;
        }
    }

    /// With suites that show a certificate: of those with a shared key nobody asks for curves.
    async fn curves(&mut self) {
        let classic = [TlsVersion::Tls12, TlsVersion::Tls11].into_iter();
        let accepted = |version| {
            let names = self.versions.get(&version).map(|it| &it.suites[..]);
            let suites = names.unwrap_or_default().iter();
            let suites = suites.filter_map(|name| suite_named(name));
            let certified = suites.filter(|suite| suite.authentication().has_certificate());
            let codes: Vec<u16> = certified.map(|suite| suite.code).collect();
            (version, codes)
        };
        let Some((version, accepted)) = classic.map(accepted).find(|it| !it.1.is_empty()) else {
            return;
        };
        let own = own_curves(&self.certificates.shown);
        let Some((suites, mut joint)) = question(&accepted, version, &own) else {
            return;
        };
        let ended = eliminate(&mut self.client, version, &suites, &mut joint).await;
        conclude(self.of(version), &joint, &own, ended);
    }

    fn of(&mut self, version: TlsVersion) -> &mut VersionAudit {
        self.versions
            .entry(version)
            .or_insert_with(|| VersionAudit::unknown(version))
    }

    /// Offers what can be offered, crosses out what is chosen, and so on until it is refused. A list that brings silence leaves
    /// the others to be asked: some servers are silent where none of the suites is theirs, and take another list.
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
                        continue;
                    }
                    Answer::Flight(flight) => {
                        let other = DtlsAudit::name(flight.version);
                        refused = Some(format!("it answered with {other}"));
                    }
                    Answer::Refused(alert) => refused = Some(format!("alert {alert}")),
                    Answer::Unasked(what) => {
                        self.of(version).answered_unasked(what);
                        unclear = Some(format!("answered unasked: {what}"));
                        undecided += left.len();
                    }
                    Answer::Unclear(why) => {
                        unclear = Some(why.to_string());
                        undecided += left.len();
                    }
                    Answer::NotAsked(why) => {
                        unclear = Some(why);
                        undecided += left.len();
                    }
                }
                break;
            }
            if !chosen.is_empty() {
                let choices = self.choices.entry(version).or_default();
                choices.push(Choices { offered, chosen });
            }
            let nothing = self.of(version).suites.is_empty();
            // Alert 70 is about the version, and an older one in answer says the same: other suites change nothing.
            if nothing && refused.as_deref().is_some_and(|why| why != "alert 40") {
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
        let audit = self.of(version);
        let nothing = audit.suites.is_empty();
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
        let name = suite_name(flight.hello.suite);
        match &flight.ending {
            Ending::Alert(alert) => {
                let why = format!("chosen, and then alert {alert}: {name}");
                return self.of(version).not_told("suites", why);
            }
            Ending::Malformed(fault) => {
                let why = format!("{fault}, with {name}");
                self.of(version).not_told("certificate", why);
            }
            _ => {}
        }
        self.client.pairs += 1;
        self.of(version).suites.push(name);
        let dress = hello.dress.min(self.client.dress);
        note(self.of(version), dress, flight);
        let chain = flight.chain.iter().map(Vec::as_slice);
        self.certificates.note(version, chain);
    }

    fn report(self, took: Duration, interrupted: Option<String>) -> DtlsAudit {
        let cookie = cookie(self.client.cookies);
        let tls = TlsAudit {
            versions: self.versions.into_values().collect(),
            certificates: self.certificates.shown,
            connections: self.client.asked,
            max_concurrent: self.client.opened.most(),
            seconds: took.as_secs_f64(),
            interrupted,
            stays_in_clear: None,
            name_refused: None,
            name_unanswered: None,
        };
        DtlsAudit { tls, cookie }
    }
}

fn cookie(seen: Cookies) -> Option<Cookie> {
    match (seen.without, seen.most) {
        (0, _) => (seen.with > 0).then_some(Cookie::Demanded),
        (_, most) => {
            let (sent, received) = most.unwrap_or_default();
            Some(Cookie::NotDemanded {
                sent: sent as u64,
                received: received as u64,
            })
        }
    }
}

/// The suites that may be offered with a version, in lists that a hello can hold. Those with a shared key stand apart and first:
/// they are what small devices take, and who takes one kind may say nothing at all to the other.
fn chunks(version: TlsVersion) -> Vec<Vec<u16>> {
    let fits = |since: Since| match version {
        TlsVersion::Tls13 => since == Since::Tls13,
        TlsVersion::Tls12 => since != Since::Tls13,
        _ => since == Since::Any,
    };
    let fitting = suites().iter().filter(|suite| fits(suite.since));
    let (shared, others): (Vec<_>, Vec<_>) =
        fitting.partition(|suite| suite.authentication() == Authentication::Psk);
    let lists = [shared, others].into_iter();
    let lists = lists.map(|list| list.iter().map(|suite| suite.code).collect::<Vec<u16>>());
    lists
        .flat_map(|list| list.chunks(MOST).map(<[u16]>::to_vec).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests;
