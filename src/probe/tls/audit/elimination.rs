//! Curves and signature algorithms up to version 1.2, where a server names both in its key exchange: what it chooses is crossed out,
//! and so on until it refuses. The same over a stream and over datagrams.

use super::features::why;
use super::flight::{Answer, accepts};
use super::joint::Joint;
use super::note::{group_name, signature_name};
use crate::observation::{CertificateFacts, KeyKind, ShownCertificate, TlsVersion, VersionAudit};
use crate::probe::tls::hello::Hello;
use crate::tls::{Authentication, Exchange, GROUPS, SIGNATURES, suite};

/// Who can be asked.
pub(in crate::probe) trait Asked {
    /// A hello in the words that it understands.
    fn hello(&self, version: TlsVersion, suites: Vec<u16>) -> Hello;
    async fn ask(&mut self, hello: &Hello) -> Answer;
    /// What a version is called where it is spoken.
    fn called(&self, version: TlsVersion) -> String;
}

/// The suites to ask with, of those that are accepted, and what about. None: nothing is to be asked.
pub(in crate::probe) fn question(
    accepted: &[u16],
    version: TlsVersion,
    own: &[u16],
) -> Option<(Vec<u16>, Joint)> {
    let signs = |code: &u16| {
        suite(*code).is_some_and(|suite| {
            matches!(suite.exchange(), Exchange::Ecdhe | Exchange::Dhe)
                && matches!(
                    suite.authentication(),
                    Authentication::Rsa | Authentication::Ecdsa | Authentication::Dss
                )
        })
    };
    let curved = |code: &u16| suite(*code).is_some_and(|it| it.exchange() == Exchange::Ecdhe);
    let all = accepted.iter().copied();
    let curves: Vec<u16> = all.clone().filter(|it| curved(it) && signs(it)).collect();
    let signed: Vec<u16> = all.clone().filter(signs).collect();
    let is_signed = !signed.is_empty();
    // Without curves with a certificate: curves without one, and signatures of whatever signs.
    let (suites, with_groups) = match curves.is_empty() {
        false => (curves, true),
        true if signed.is_empty() => (all.filter(curved).collect(), true),
        true => (signed, false),
    };
    if suites.is_empty() || version == TlsVersion::Ssl30 {
        return None;
    }
    let mut groups: Vec<u16> = match with_groups {
        true => GROUPS.iter().map(|group| group.code).collect(),
        false => Vec::new(),
    };
    // The server's own curve last: a certificate with a key on a curve that is not offered may not be shown, which hides all others.
    groups.sort_by_key(|code| own.contains(code));
    let signatures = match version {
        TlsVersion::Tls12 if is_signed => SIGNATURES.iter().map(|it| it.code).collect(),
        _ => Vec::new(),
    };
    Some((suites, Joint::new(groups, signatures)))
}

/// Asks until nothing is left.
///
/// # Errors
///
/// Why it did not come to an end.
pub(in crate::probe) async fn eliminate(
    asked: &mut impl Asked,
    version: TlsVersion,
    suites: &[u16],
    joint: &mut Joint,
) -> Result<(), String> {
    while let Some((groups, signatures)) = joint.next() {
        let mut hello = asked.hello(version, suites.to_vec());
        if !groups.is_empty() {
            hello.groups = groups;
        }
        if !signatures.is_empty() {
            hello.signatures = signatures;
        }
        let answer = asked.ask(&hello).await;
        match &answer {
            // A key exchange that cannot be made is a refusal, though late.
            Answer::Flight(flight) if !accepts(flight) => joint.refused(),
            Answer::Flight(flight) if flight.version == version => {
                let exchange = &flight.exchange;
                if !joint.took(exchange.group, exchange.signature) {
                    // Curves and algorithms that were not offered, or are not told: asking on would not end.
                    return Err("it goes on with what was crossed out".to_owned());
                }
            }
            Answer::Refused(_) => joint.refused(),
            Answer::Flight(flight) => {
                let version = asked.called(flight.version);
                return Err(format!("it answered with {version}"));
            }
            other => return Err(why(other)),
        }
    }
    Ok(())
}

/// Writes down what was chosen, and what was not told.
pub(in crate::probe) fn conclude(
    audit: &mut VersionAudit,
    joint: &Joint,
    own: &[u16],
    ended: Result<(), String>,
) {
    let (groups, signatures) = (&joint.first.chosen, &joint.second.chosen);
    audit.groups = groups.iter().map(|code| group_name(*code)).collect();
    audit.signatures = signatures
        .iter()
        .map(|code| signature_name(*code))
        .collect();
    if let Err(why) = ended {
        return audit.not_told("groups and signatures", why);
    }
    let hidden = groups.first().is_some_and(|first| own.contains(first)) && groups.len() == 1;
    if hidden {
        let why = "it chose the curve of its certificate first, and without that shows none";
        audit.not_told("groups", why);
    }
    if joint.second.is_asked() && signatures.is_empty() {
        audit.not_told("signatures", "none was seen");
    }
}

/// The curves on which certificates have their keys.
pub(in crate::probe) fn own_curves(shown: &[ShownCertificate]) -> Vec<u16> {
    let own = shown.iter().filter(|shown| shown.place == 0);
    own.filter_map(|shown| curve(shown.certificate.facts.as_ref()?))
        .collect()
}

fn curve(facts: &CertificateFacts) -> Option<u16> {
    match (facts.key.kind, facts.key.bits) {
        (KeyKind::Ec, 256) => Some(0x0017),
        (KeyKind::Ec, 384) => Some(0x0018),
        (KeyKind::Ec, 521) => Some(0x0019),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::DtlsAudit;
    use crate::probe::tls::audit::flight::Hearing;
    use crate::probe::tls::record::tests::{in_message, in_record};

    /// A service over datagrams that goes back to an older version.
    struct Older;

    impl Asked for Older {
        fn hello(&self, version: TlsVersion, suites: Vec<u16>) -> Hello {
            Hello {
                suites,
                ..Hello::offer(version, None)
            }
        }

        async fn ask(&mut self, hello: &Hello) -> Answer {
            let body = [&[3, 2][..], &[9; 32], &[0, 0xc0, 0x13, 0]].concat();
            let answer = in_record(22, &in_message(2, &body));
            Hearing::new(hello, true).hear(&answer).unwrap()
        }

        fn called(&self, version: TlsVersion) -> String {
            DtlsAudit::name(version).to_owned()
        }
    }

    #[tokio::test]
    async fn who_goes_back_to_an_older_version_is_told_by_the_name_that_it_has_there() {
        let (suites, mut joint) = question(&[0xc013], TlsVersion::Tls12, &[]).unwrap();
        let ended = eliminate(&mut Older, TlsVersion::Tls12, &suites, &mut joint).await;
        assert_eq!(ended, Err("it answered with DTLS 1.0".to_owned()));
    }
}
