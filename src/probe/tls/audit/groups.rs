//! Named groups and signature algorithms. TLS 1.3 is asked without a key share, so that the server has to name the group that it
//! wants; older versions name curve and signature in the key exchange.

use super::auditor::Auditor;
use super::client::accepts;
use super::features::why;
use super::flight::Answer;
use super::joint::Joint;
use super::note::{group_name, signature_name};
use crate::observation::{CertificateFacts, KeyKind, TlsVersion};
use crate::probe::tls::hello::Hello;
use crate::tls::{Authentication, Exchange, GROUPS, SIGNATURES, suite};

pub(super) async fn ask(auditor: &mut Auditor<'_>) {
    if !auditor.accepted(TlsVersion::Tls13).is_empty() {
        modern(auditor).await;
    }
    if let Some(version) = auditor.classic() {
        classic(auditor, version).await;
    }
}

async fn modern(auditor: &mut Auditor<'_>) {
    let version = TlsVersion::Tls13;
    let suites = auditor.accepted(version).to_vec();
    let mut hello = Hello {
        share: false,
        ..auditor.client.hello(version, suites)
    };
    // What was chosen already need not be asked for.
    let passing = auditor.in_passing.clone();
    for (_, group, _) in passing.into_iter().filter(|it| it.0 == version) {
        let before = hello.groups.len();
        hello.groups.retain(|it| Some(*it) != group);
        if let Some(code) = group.filter(|_| hello.groups.len() < before) {
            auditor.of(version).groups.push(group_name(code));
        }
    }
    while !hello.groups.is_empty() {
        let answer = auditor.client.ask(&hello).await;
        match &answer {
            Answer::Flight(flight) if flight.hello.is_retry() => {
                let Some(code) = flight.hello.group else {
                    auditor
                        .of(version)
                        .not_told("groups", "it asks for no group");
                    return;
                };
                // That it was offered has been seen to.
                hello.groups.retain(|it| *it != code);
                auditor.of(version).groups.push(group_name(code));
            }
            Answer::Refused(_) => return,
            Answer::Flight(_) => {
                let what = "a ServerHello to a hello without a key share";
                auditor.of(version).unasked.push(what.to_owned());
                auditor.of(version).not_told("groups", what);
                return;
            }
            other => return auditor.of(version).not_told("groups", why(other)),
        }
    }
}

async fn classic(auditor: &mut Auditor<'_>, version: TlsVersion) {
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
    let all = auditor.accepted(version);
    let curves: Vec<u16> = all
        .iter()
        .copied()
        .filter(|it| curved(it) && signs(it))
        .collect();
    let signed: Vec<u16> = all.iter().copied().filter(signs).collect();
    // Without curves with a certificate: curves without one, and signatures of whatever signs.
    let (suites, with_groups) = match curves.is_empty() {
        false => (curves, true),
        true if signed.is_empty() => (all.iter().copied().filter(curved).collect(), true),
        true => (signed.clone(), false),
    };
    if suites.is_empty() || version == TlsVersion::Ssl30 {
        return;
    }
    let own = own_curves(auditor);
    let mut groups: Vec<u16> = GROUPS.iter().map(|group| group.code).collect();
    // The server's own curve last: a certificate with a key on a curve that is not offered may not be shown, which hides all others.
    groups.sort_by_key(|code| own.contains(code));
    let signatures = match version {
        TlsVersion::Tls12 if !signed.is_empty() => SIGNATURES.iter().map(|it| it.code).collect(),
        _ => Vec::new(),
    };
    let signed_at_all = !signatures.is_empty();
    let groups = if with_groups { groups } else { Vec::new() };
    let mut joint = Joint::new(groups, signatures);
    for (_, group, signature) in auditor.in_passing.iter().filter(|it| it.0 == version) {
        joint.took(group.filter(|code| !own.contains(code)), *signature);
    }
    let refused = eliminate(auditor, version, &suites, &mut joint).await;
    let (groups, signatures) = (&joint.first.chosen, &joint.second.chosen);
    let audit = auditor.of(version);
    audit.groups = groups.iter().map(|code| group_name(*code)).collect();
    audit.signatures = signatures
        .iter()
        .map(|code| signature_name(*code))
        .collect();
    let hidden = groups.first().is_some_and(|first| own.contains(first)) && groups.len() == 1;
    if refused && hidden {
        let why = "it chose the curve of its certificate first, and without that shows none";
        audit.not_told("groups", why);
    }
    if refused && signed_at_all && signatures.is_empty() {
        audit.not_told("signatures", "none was seen");
    }
}

/// Asks until nothing is left; whether it came to an end of its own.
async fn eliminate(
    auditor: &mut Auditor<'_>,
    version: TlsVersion,
    suites: &[u16],
    joint: &mut Joint,
) -> bool {
    while let Some((groups, signatures)) = joint.next() {
        let mut hello = auditor.client.hello(version, suites.to_vec());
        if !groups.is_empty() {
            hello.groups = groups;
        }
        if !signatures.is_empty() {
            hello.signatures = signatures;
        }
        let answer = auditor.client.ask(&hello).await;
        match &answer {
            // A key exchange that cannot be made is a refusal, though late.
            Answer::Flight(flight) if !accepts(flight) => joint.refused(),
            Answer::Flight(flight) if flight.version == version => {
                let exchange = &flight.exchange;
                if !joint.took(exchange.group, exchange.signature) {
                    // Curves and algorithms that were not offered, or are not told: asking on would not end.
                    let what = "it goes on with what was crossed out";
                    auditor.of(version).not_told("groups and signatures", what);
                    return false;
                }
            }
            Answer::Refused(_) => joint.refused(),
            other => {
                let why = why(other);
                auditor.of(version).not_told("groups and signatures", why);
                return false;
            }
        }
    }
    true
}

/// The curves on which certificates have their keys.
fn own_curves(auditor: &Auditor<'_>) -> Vec<u16> {
    let shown = auditor.certificates.shown.iter();
    let own = shown.filter(|shown| shown.place == 0);
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
