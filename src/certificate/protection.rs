//! What carries each TCP service, and what was seen of its TLS.

use std::collections::BTreeMap;

use super::model::{
    Carried, SeenCertificate, SeenTls, SeenTrust, SeenVersion, ServiceProtection, VersionAnswer,
};
use crate::case::{Facts, OpenPort, TlsView, tls_view};
use crate::keys::shown_by;
use crate::observation::{
    CertificateFacts, KeyKind, OfferAnswer, Protocol, Service, Tls, TlsAudit, TlsSession, TlsTrust,
    TlsVersion, VersionState,
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
    let view = tls_view(facts, unit, open);
    let turns = view.as_ref().is_some_and(|it| it.behind.is_some());
    Some(ServiceProtection {
        unit: unit.to_owned(),
        address: open.address.to_owned(),
        port: open.port,
        protocol: open
            .service
            .map_or_else(|| "not told".to_owned(), Service::spoken),
        carried: match carried(open.service) {
            Carried::Clear if turns => Carried::TurnsToTls,
            // Nothing else tells it, and the audit does.
            Carried::NotKnown if view.is_some() => Carried::Tls,
            carried => carried,
        },
        tls: view.as_ref().map(seen),
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

/// What is judged of the TLS of a port.
fn seen(view: &TlsView<'_>) -> SeenTls {
    let tls = view.handshake.as_ref();
    let own = tls.chain.first().and_then(|first| first.facts.as_ref());
    SeenTls {
        versions: match view.audit {
            Some(audit) => audited(audit, &view.taken()),
            None => versions(tls),
        },
        session: match &tls.session {
            TlsSession::Completed { version, suite } => {
                Some(format!("{version}, {}", brief(suite, 60)))
            }
            TlsSession::Failed { .. } => None,
        },
        certificate: own.map(|facts| shown_certificate(tls, facts)),
        evidence: view.evidence.to_owned(),
    }
}

/// What an audit tells of each version. What a handshake took is taken, as for the verdict.
fn audited(audit: &TlsAudit, taken: &BTreeMap<TlsVersion, &str>) -> Vec<SeenVersion> {
    let told = audit.versions.iter().map(|version| SeenVersion {
        version: version.version.to_string(),
        answer: match version.state {
            _ if taken.contains_key(&version.version) => VersionAnswer::Taken,
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
