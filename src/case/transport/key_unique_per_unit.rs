//! `transport/key-unique-per-unit`: every unit has keys of its own.

use std::collections::BTreeMap;

use super::shown_keys::{Holder, ShownKey, no_keys, shown_keys};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::verdict::{Assessment, Code, Reason, Severity, Subject};

const SHARED_BY_UNITS: Code = Code {
    id: "key-shared-by-units",
    severity: Severity::High,
};

const SHARED_BY_SERVICES: Code = Code {
    id: "key-shared-by-services",
    severity: Severity::Medium,
};

const ABSENT: Code = Code {
    id: "unique-keys-absent",
    severity: Severity::Medium,
};

/// The test case.
pub const KEY_UNIQUE_PER_UNIT: TestCase = TestCase {
    id: "transport/key-unique-per-unit",
    title: "Every unit has keys of its own, and each key one purpose",
    page: include_str!("key_unique_per_unit.md"),
    codes: &[SHARED_BY_SERVICES, SHARED_BY_UNITS, ABSENT],
    probes: &[
        "reach",
        "ports",
        "udp-ports",
        "identify",
        "tls",
        "dtls",
        "ssh",
        "heartbeat",
    ],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _: &toml::Table) -> Assessment {
    let mut assessment = Assessment::default();
    let shown: Vec<(&Unit, Vec<ShownKey>)> = facts
        .units
        .iter()
        .map(|unit| {
            let mut keys = shown_keys(facts, unit, &mut assessment);
            // Whoever vouches for several units has one key for that.
            keys.retain(ShownKey::is_own);
            (*unit, keys)
        })
        .collect();
    let with_keys: Vec<_> = shown.iter().filter(|(_, keys)| !keys.is_empty()).collect();
    for (unit, keys) in &with_keys {
        by_purpose(keys, &mut assessment);
        let others = with_keys
            .iter()
            .filter(|(other, _)| is_another(unit, other));
        let others: Vec<_> = others.collect();
        if others.is_empty() {
            let message = "its keys were compared with those of no other unit: two units of the product show whether each has its own".to_owned();
            let evidence = evidence(keys);
            assessment.missing(
                Reason::OneUnitOnly,
                Subject::unit(&unit.id),
                message,
                evidence,
            );
            continue;
        }
        for (other, theirs) in &others {
            between_units(keys, other, theirs, &mut assessment);
        }
        let names: Vec<&str> = others.iter().map(|(other, _)| other.id.as_str()).collect();
        let statement = format!(
            "the {} keys of unit {} were compared with those of {}",
            keys.len(),
            unit.id,
            names.join(", ")
        );
        let all = others.iter().flat_map(|(_, theirs)| evidence(theirs));
        let mut cited: Vec<String> = evidence(keys).into_iter().chain(all).collect();
        cited.sort_unstable();
        cited.dedup();
        assessment.proved(&unit.id, statement, cited);
    }
    assessment.absent = no_keys(facts, &assessment, ABSENT, "TLS or SSH");
    assessment
}

/// Whether two units of a manifest are two samples: one sample may stand there in two states.
fn is_another(one: &Unit, other: &Unit) -> bool {
    let same_sample = match (&one.serial, &other.serial) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    };
    one.id != other.id && !same_sample
}

fn evidence(keys: &[ShownKey]) -> Vec<String> {
    let mut ids: Vec<String> = keys
        .iter()
        .flat_map(|shown| shown.evidence.clone())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The same key on two units: once for each port of this one.
fn between_units(
    keys: &[ShownKey],
    other: &Unit,
    theirs: &[ShownKey],
    assessment: &mut Assessment,
) {
    for shown in keys {
        let Some(same) = theirs
            .iter()
            .find(|their| their.key.identity() == shown.key.identity())
        else {
            continue;
        };
        let message = format!(
            "{} is also {}, of unit {}",
            shown.words(),
            same.words(),
            other.id
        );
        let cited = [&shown.evidence[..], &same.evidence].concat();
        assessment.found(SHARED_BY_UNITS, shown.subject.clone(), message, cited);
    }
}

/// The same key in a certificate and as an SSH host key.
fn by_purpose(keys: &[ShownKey], assessment: &mut Assessment) {
    let certificates: BTreeMap<[u8; 32], &ShownKey> = keys
        .iter()
        .filter(|shown| shown.holder == Holder::Certificate)
        .map(|shown| (shown.key.identity(), shown))
        .collect();
    for host in keys.iter().filter(|shown| shown.holder == Holder::Host) {
        if let Some(certificate) = certificates.get(&host.key.identity()) {
            let message = format!("{} is also {}", host.words(), certificate.words());
            let cited = [&host.evidence[..], &certificate.evidence].concat();
            assessment.found(SHARED_BY_SERVICES, host.subject.clone(), message, cited);
        }
    }
}
