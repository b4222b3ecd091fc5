//! Who chooses among suites, and whether those with forward secrecy come first: from the orders in which suites were chosen, and
//! where these leave it open by a question more. The same over a stream and over datagrams.

use super::elimination::Asked;
use super::features::why;
use super::flight::{Answer, Flight, accepts};
use super::order::{Choices, Told, forward_secrecy_first, is_forward_secret};
use crate::observation::{Preference, TlsVersion, VersionAudit};

/// Who chooses: from the orders so far, else by offering two suites the other way round.
pub(in crate::probe) async fn preference(
    asked: &mut impl Asked,
    audit: &mut VersionAudit,
    choices: &[Choices],
) {
    let Some(pair) = undecided_pair(audit, choices) else {
        return;
    };
    let hello = asked.hello(audit.version, pair.to_vec());
    match asked.ask(&hello).await {
        Answer::Flight(flight) if takes(&flight, audit.version) => decide(audit, pair, &flight),
        other => audit.not_told("preference", because(asked, &other)),
    }
}

/// Two suites of which the second was chosen before the first while it stood before it; none: it is decided, or there
/// is no choice.
pub(super) fn undecided_pair(audit: &mut VersionAudit, choices: &[Choices]) -> Option<[u16; 2]> {
    if choices.iter().any(Choices::has_an_order_of_its_own) {
        audit.preference = Some(Preference::Server);
        return None;
    }
    let chosen = &choices.iter().find(|it| it.chosen.len() > 1)?.chosen;
    Some([*chosen.last()?, *chosen.first()?])
}

pub(super) fn decide(audit: &mut VersionAudit, pair: [u16; 2], flight: &Flight) {
    audit.preference = Some(match flight.hello.suite == pair[0] {
        true => Preference::Client,
        false => Preference::Server,
    });
}

/// Whether suites with forward secrecy come first: from the orders so far, else by offering them behind others, and what is
/// chosen of them no more.
pub(in crate::probe) async fn forward_secrecy(
    asked: &mut impl Asked,
    audit: &mut VersionAudit,
    choices: &[Choices],
) {
    let by_its_own_order = audit.preference == Some(Preference::Server);
    let (without, mut with) = match forward_secrecy_first(choices, by_its_own_order) {
        Told::NothingToPrefer => return,
        Told::Prefers(prefers) => {
            let before = audit.prefers_forward_secrecy;
            audit.prefers_forward_secrecy = Some(prefers && before != Some(false));
            return;
        }
        Told::Open { without, with } => (without, with),
    };
    while !with.is_empty() && audit.prefers_forward_secrecy.is_none() {
        let hello = asked.hello(audit.version, [&without[..], &with].concat());
        match asked.ask(&hello).await {
            Answer::Flight(flight) if takes(&flight, audit.version) => {
                let code = flight.hello.suite;
                with.retain(|it| *it != code);
                if !is_forward_secret(code) {
                    audit.prefers_forward_secrecy = Some(false);
                } else if with.is_empty() {
                    audit.prefers_forward_secrecy = Some(true);
                }
            }
            other => return audit.not_told("preference", because(asked, &other)),
        }
    }
}

/// Whether a flight goes on with this version. One that ends in an alert takes back what it chose.
pub(super) fn takes(flight: &Flight, version: TlsVersion) -> bool {
    flight.version == version && accepts(flight)
}

/// Why an answer told nothing, by the names that versions have there.
fn because(asked: &impl Asked, answer: &Answer) -> String {
    match answer {
        Answer::Flight(flight) if accepts(flight) => {
            format!("it answered with {}", asked.called(flight.version))
        }
        other => why(other),
    }
}
