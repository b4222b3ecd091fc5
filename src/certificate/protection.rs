//! What carries each TCP service, and what was seen of its TLS.

use std::collections::BTreeMap;

use super::model::{
    Carried, SeenCertificate, SeenTls, SeenTrust, SeenVersion, ServiceProtection, VersionAnswer,
};
use crate::case::{Facts, OpenPort};
use crate::keys::shown_by;
use crate::observation::{
    Asked, CertificateFacts, KeyKind, Observation, OfferAnswer, Protocol, Service, Tls, TlsAudit,
    TlsSession, TlsTrust, TlsVersion, Transport, VersionState,
};
use crate::text::brief;

/// The open TCP ports that were asked what they speak, unit by unit.
pub(super) fn protection(facts: &Facts<'_>) -> Vec<ServiceProtection> {
    let units = facts.units.iter();
    units
        .flat_map(|unit| {
            let open = facts.open_ports(&unit.id).into_iter();
            open.filter_map(|open| of_port(facts, &unit.id, &open))
        })
        .collect()
}

fn of_port(facts: &Facts<'_>, unit: &str, open: &OpenPort<'_>) -> Option<ServiceProtection> {
    open.identification?;
    Some(ServiceProtection {
        unit: unit.to_owned(),
        address: open.address.to_owned(),
        port: open.port,
        protocol: open
            .service
            .map_or_else(|| "not told".to_owned(), Service::spoken),
        carried: carried(open.service),
        tls: seen(facts, unit, open),
    })
}

fn carried(service: Option<&Service>) -> Carried {
    match service {
        None => Carried::NotKnown,
        Some(service) if service.tls && service.also_in_clear => Carried::TlsAndClear,
        Some(service) if service.tls => Carried::Tls,
        Some(service) => match service.protocol {
            Protocol::Ssh => Carried::Own,
            Protocol::Unknown => Carried::NotKnown,
            _ => Carried::Clear,
        },
    }
}

/// The last look at the TLS of a port, which is the one that is judged.
fn seen(facts: &Facts<'_>, unit: &str, open: &OpenPort<'_>) -> Option<SeenTls> {
    let here = facts.of(unit).filter(|item| {
        matches!(item.asked, Asked::Tls { starttls: None, .. })
            && item.target.address == open.address
            && item.target.transport == Some(Transport::Tcp)
            && item.target.port == Some(open.port)
    });
    let item = here.last()?;
    let tls = item.observations().iter().find_map(|fact| match fact {
        Observation::Tls(tls) => Some(tls),
        _ => None,
    })?;
    let certificate = tls.chain.first().and_then(|own| own.facts.as_ref());
    Some(SeenTls {
        versions: audit(facts, unit, open).map_or_else(|| versions(tls), audited),
        session: match &tls.session {
            TlsSession::Completed { version, suite } => {
                Some(format!("{version}, {}", brief(suite, 60)))
            }
            TlsSession::Failed { .. } => None,
        },
        certificate: certificate.map(|facts| shown_certificate(tls, facts)),
        evidence: item.id.clone(),
    })
}

/// The last audit of a port that speaks TLS from the first byte.
fn audit<'a>(facts: &Facts<'a>, unit: &str, open: &OpenPort<'a>) -> Option<&'a TlsAudit> {
    let here = facts.of(unit).filter(|item| {
        matches!(item.asked, Asked::TlsAudit { starttls: None, .. })
            && item.target.address == open.address
            && item.target.port == Some(open.port)
    });
    let facts = here.last()?.observations();
    facts.iter().find_map(|fact| match fact {
        Observation::TlsAudit(audit) => Some(audit),
        _ => None,
    })
}

/// What an audit tells of each version.
fn audited(audit: &TlsAudit) -> Vec<SeenVersion> {
    let told = audit.versions.iter().map(|version| SeenVersion {
        version: version.version.to_string(),
        answer: match version.state {
            VersionState::Offered => VersionAnswer::Taken,
            VersionState::Refused => VersionAnswer::Refused,
            VersionState::Unknown => VersionAnswer::Unclear,
        },
        suites: version.suites.iter().map(|name| brief(name, 60)).collect(),
    });
    told.collect()
}

/// What is known of each version that was asked for, or chosen. What was taken once is taken.
fn versions(tls: &Tls) -> Vec<SeenVersion> {
    let mut known: BTreeMap<TlsVersion, VersionAnswer> = BTreeMap::new();
    for offer in &tls.offers {
        let answer = match &offer.answer {
            OfferAnswer::Accepted { selected, .. } => {
                known.insert(*selected, VersionAnswer::Taken);
                VersionAnswer::Refused
            }
            OfferAnswer::Refused { .. } => VersionAnswer::Refused,
            OfferAnswer::Unclear { .. } => VersionAnswer::Unclear,
        };
        known.entry(offer.offered).or_insert(answer);
    }
    if let TlsSession::Completed { version, .. } = &tls.session {
        known.insert(*version, VersionAnswer::Taken);
    }
    let told = known.into_iter().map(|(version, answer)| SeenVersion {
        version: version.to_string(),
        answer,
        suites: Vec::new(),
    });
    told.collect()
}

fn shown_certificate(tls: &Tls, facts: &CertificateFacts) -> SeenCertificate {
    let kind = match facts.key.kind {
        KeyKind::Rsa => "RSA",
        KeyKind::Ec => "EC",
        KeyKind::Other => "another kind",
    };
    let curve = tls.chain.first().and_then(shown_by);
    let curve = curve.and_then(|key| key.curve());
    SeenCertificate {
        subject: brief(&facts.subject, 120),
        issuer: brief(&facts.issuer, 120),
        self_signed: facts.self_signed,
        not_before: facts.not_before,
        not_after: facts.not_after,
        key: match (curve, facts.key.bits) {
            (Some(curve), _) => format!("{kind}, {curve}"),
            (None, 0) => kind.to_owned(),
            (None, bits) => format!("{kind}, {bits} bits"),
        },
        signature: brief(&facts.signature, 60),
        trust: match tls.trust {
            TlsTrust::NotDeclared => SeenTrust::NotDeclared,
            TlsTrust::Verified => SeenTrust::Verified,
            TlsTrust::Failed { .. } => SeenTrust::Failed,
            TlsTrust::Unchecked { .. } => SeenTrust::Unchecked,
        },
        name_matches: (!tls.names.is_empty()).then(|| tls.names.iter().any(|name| name.matches)),
    }
}
