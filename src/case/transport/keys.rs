//! `transport/keys`: nobody else has the keys that a device shows, and nobody can compute them.

use serde::Deserialize;

use super::common_primes::{common_primes, not_compared};
use super::key_lists::KeyLists;
use super::shown_keys::{ShownKey, no_keys, shown_keys};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::keys::{FERMAT_STEPS, Limits, PublicKey, SMALL_PRIMES, Weakness, published, weaknesses};
use crate::verdict::{Assessment, Code, Reason, Severity};

pub(super) const PUBLISHED: Code = Code {
    id: "key-published",
    severity: Severity::Critical,
};

const BROKEN: Code = Code {
    id: "key-broken",
    severity: Severity::Critical,
};

const TOO_SMALL: Code = Code {
    id: "key-too-small",
    severity: Severity::High,
};

const ODD_EXPONENT: Code = Code {
    id: "key-odd-exponent",
    severity: Severity::Low,
};

const ABSENT: Code = Code {
    id: "keys-absent",
    severity: Severity::Medium,
};

/// The test case.
pub const KEYS: TestCase = TestCase {
    id: "transport/keys",
    title: "Nobody else has, and nobody can compute, the keys of certificates and SSH hosts",
    page: include_str!("keys.md"),
    codes: &[BROKEN, ODD_EXPONENT, PUBLISHED, TOO_SMALL, ABSENT],
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
    check_parameters: parameters::check::<Parameters>,
    assess,
};

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    /// The smallest RSA modulus, and prime of DSA.
    min_rsa_bits: u32,
    /// The smallest elliptic curve; Ed25519 counts as 256.
    min_elliptic_bits: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        let Limits {
            min_rsa_bits,
            min_elliptic_bits,
        } = Limits::default();
        Self {
            min_rsa_bits,
            min_elliptic_bits,
        }
    }
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let parameters: Parameters = parameters::read(parameters);
    let limits = Limits {
        min_rsa_bits: parameters.min_rsa_bits,
        min_elliptic_bits: parameters.min_elliptic_bits,
    };
    let mut assessment = Assessment::default();
    let mut all = Vec::new();
    for unit in &facts.units {
        let keys = shown_keys(facts, unit, &mut assessment);
        let lists = KeyLists::of(facts, unit, &mut assessment);
        for shown in &keys {
            weigh(shown, &limits, &lists, &mut assessment);
            if lists.passes_over(&shown.key.identity_hex()) {
                let message = format!(
                    "{} was not looked up in the list that was handed in",
                    shown.words()
                );
                let (subject, evidence) = (shown.subject.clone(), shown.evidence.clone());
                assessment.missing(Reason::NoEvidence, subject, message, evidence);
            }
        }
        if !keys.is_empty() {
            prove(unit, &keys, &mut assessment);
        }
        all.extend(keys);
    }
    for pair in common_primes(&all) {
        let subject = pair.shown.subject.clone();
        assessment.found(BROKEN, subject, pair.words(), pair.evidence());
    }
    for shown in not_compared(&all) {
        let message = format!(
            "{} was not compared with all others, of which there are too many",
            shown.words()
        );
        let (subject, evidence) = (shown.subject.clone(), shown.evidence.clone());
        assessment.missing(Reason::NoEvidence, subject, message, evidence);
    }
    assessment.absent = no_keys(facts, &assessment, ABSENT, "TLS or SSH");
    assessment
}

fn weigh(shown: &ShownKey, limits: &Limits, lists: &KeyLists<'_>, assessment: &mut Assessment) {
    for (code, what) in key_faults(&shown.key, limits) {
        let message = format!("{}: {what}", shown.words());
        let (subject, evidence) = (shown.subject.clone(), shown.evidence.clone());
        assessment.found(code, subject, message, evidence);
    }
    for on_list in lists.with(&shown.key.identity_hex()) {
        let message = format!(
            "{}: its private half is published, by {}",
            shown.words(),
            on_list.list
        );
        let evidence = [&shown.evidence[..], &on_list.evidence].concat();
        assessment.found(PUBLISHED, shown.subject.clone(), message, evidence);
    }
    for weakness in weaknesses(&shown.key, limits) {
        if let Weakness::NotExamined { .. } = weakness {
            let message = format!("{}: {weakness}", shown.words());
            let (subject, evidence) = (shown.subject.clone(), shown.evidence.clone());
            assessment.missing(Reason::AnswerUnclear, subject, message, evidence);
        }
    }
}

/// What is wrong with a key by itself, worst first, and by which code.
pub(super) fn key_faults(key: &PublicKey, limits: &Limits) -> Vec<(Code, String)> {
    let known = published(key).map(|published| {
        let what = format!("its private half is published by {published}");
        (PUBLISHED, what)
    });
    let weak = weaknesses(key, limits).into_iter();
    let weak = weak.filter_map(|weakness| {
        let code = match weakness {
            _ if weakness.is_fatal() => BROKEN,
            Weakness::Small { .. } => TOO_SMALL,
            Weakness::SmallExponent(_) | Weakness::HugeExponent { .. } => ODD_EXPONENT,
            _ => return None,
        };
        Some((code, weakness.to_string()))
    });
    known.into_iter().chain(weak).collect()
}

fn prove(unit: &Unit, keys: &[ShownKey], assessment: &mut Assessment) {
    let mut different: Vec<[u8; 32]> = keys.iter().map(|shown| shown.key.identity()).collect();
    different.sort_unstable();
    different.dedup();
    let mut evidence: Vec<String> = keys
        .iter()
        .flat_map(|shown| shown.evidence.clone())
        .collect();
    evidence.sort_unstable();
    evidence.dedup();
    let statement = format!(
        "unit {} shows {} public keys; each was looked up among published ones, and RSA examined for primes below {SMALL_PRIMES}, close primes ({FERMAT_STEPS} steps) and ROCA",
        unit.id,
        different.len()
    );
    assessment.proved(&unit.id, statement, evidence);
}
