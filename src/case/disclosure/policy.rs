//! `disclosure/policy`: everybody can find out how to report a vulnerability.

use super::published::{
    Known, Parameters, Read, Wanted, document, listed, no_statements, statements,
};
use super::security_txt::{Examined, examine};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{DocumentKind, Topic};
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason, Severity, Subject};

const POLICY_MISSING: Code = Code {
    id: "policy-missing",
    severity: Severity::Medium,
};

const POLICY_NOT_PUBLIC: Code = Code {
    id: "policy-not-public",
    severity: Severity::Medium,
};

const SECURITY_TXT_EXPIRED: Code = Code {
    id: "security-txt-expired",
    severity: Severity::Medium,
};

const SECURITY_TXT_INVALID: Code = Code {
    id: "security-txt-invalid",
    severity: Severity::Medium,
};

const SECURITY_TXT_ADVICE: Code = Code {
    id: "security-txt-advice",
    severity: Severity::Note,
};

/// The test case.
pub const POLICY: TestCase = TestCase {
    id: "disclosure/policy",
    title: "A vulnerability disclosure policy is published and says whom to write to",
    page: include_str!("policy.md"),
    codes: &[
        POLICY_MISSING,
        POLICY_NOT_PUBLIC,
        SECURITY_TXT_EXPIRED,
        SECURITY_TXT_INVALID,
        SECURITY_TXT_ADVICE,
    ],
    probes: &["documents"],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let wanted = parameters::read::<Parameters>(parameters).publication;
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, wanted, &mut assessment);
    }
    assessment
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, wanted: Wanted, assessment: &mut Assessment) {
    let Some((stated, _)) = statements(facts, unit) else {
        assessment.gaps.push(no_statements(unit));
        return;
    };
    let txt = security_txt(facts, unit, wanted, assessment);
    match document(facts, unit, DocumentKind::VulnerabilityPolicy) {
        Known::Missing(gap) => assessment.gaps.push(gap),
        Known::Gone { item, why } => {
            let message = format!("the vulnerability disclosure policy: {why}");
            let evidence = vec![item.id.clone()];
            assessment.found(POLICY_NOT_PUBLIC, Subject::unit(&unit.id), message, evidence);
        }
        Known::Read(policy) => read(unit, &policy, txt.as_ref(), wanted, assessment),
        Known::NotNamed => match txt.as_ref().and_then(|(_, txt)| txt.policies.first()) {
            Some(url) => assessment.missing(
                Reason::DocumentNotRead,
                Subject::unit(&unit.id),
                format!("security.txt says that the policy is at {url}, and the manifest does not name it (`vulnerability-policy`), so that nobody read it"),
                vec![stated.id.clone()],
            ),
            None => {
                assessment.absent = Some(Absent {
                    statement: "the manifest names no vulnerability disclosure policy".to_owned(),
                    by: Declarant::Supplier,
                    code: POLICY_MISSING,
                    evidence: vec![stated.id.clone()],
                });
            }
        },
    }
}

/// What `security.txt` says, where it could be read; what is wrong with it goes into the assessment.
fn security_txt<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    wanted: Wanted,
    assessment: &mut Assessment,
) -> Option<(Read<'a>, Examined)> {
    let subject = || Subject::unit(&unit.id);
    let read = match document(facts, unit, DocumentKind::SecurityTxt) {
        Known::NotNamed => return None,
        Known::Missing(gap) => {
            assessment.gaps.push(gap);
            return None;
        }
        Known::Gone { item, why } => {
            let message = format!("security.txt: {why}");
            assessment.found(POLICY_NOT_PUBLIC, subject(), message, vec![item.id.clone()]);
            return None;
        }
        Known::Read(read) => read,
    };
    assessment.gaps.extend(read.publication_gap(unit, wanted));
    let txt = read.document.security_txt.as_ref()?;
    let found = examine(&read, txt, facts.judged_at);
    let words = read.words();
    let evidence = || vec![read.item.id.clone()];
    if !found.breaches.is_empty() {
        let message = format!("{words}: {}", listed(&found.breaches, 12));
        assessment.found(SECURITY_TXT_INVALID, subject(), message, evidence());
    }
    if let Some(expired) = &found.expired {
        let message = format!("{words}: {expired}");
        assessment.found(SECURITY_TXT_EXPIRED, subject(), message, evidence());
    }
    if !found.advice.is_empty() {
        let message = format!("{words}: {}", listed(&found.advice, 12));
        assessment.found(SECURITY_TXT_ADVICE, subject(), message, evidence());
    }
    Some((read, found))
}

/// A policy that was read. What it promises is for a person to read; that somebody can be reached is told.
fn read(
    unit: &Unit,
    policy: &Read<'_>,
    txt: Option<&(Read<'_>, Examined)>,
    wanted: Wanted,
    assessment: &mut Assessment,
) {
    assessment.gaps.extend(policy.publication_gap(unit, wanted));
    let own = policy.document.text.iter().flat_map(|it| &it.contacts);
    let own: Vec<String> = own.cloned().collect();
    let told = txt
        .map(|(_, txt)| txt.contacts.as_slice())
        .unwrap_or_default();
    let unclear = if !policy.speaks_of(Topic::Vulnerabilities) {
        Some("nothing in it was recognised to speak of vulnerabilities; a person must read it")
    } else if own.is_empty() && told.is_empty() {
        Some(
            "no address to write to was recognised in it; a person must read it, or security.txt must name one",
        )
    } else {
        None
    };
    if let Some(unclear) = unclear {
        assessment.missing(
            Reason::DocumentUnclear,
            Subject::unit(&unit.id),
            format!("{}: {unclear}", policy.words()),
            vec![policy.item.id.clone()],
        );
        return;
    }
    let mut says = Vec::new();
    if !own.is_empty() {
        says.push(format!("{} names {}", policy.words(), listed(&own, 4)));
    } else {
        says.push(policy.words());
    }
    let mut evidence = vec![policy.item.id.clone()];
    if let Some((read, txt)) = txt {
        says.push(security_txt_words(read, txt));
        evidence.push(read.item.id.clone());
    }
    says.push("within what times reports are acknowledged and answered was not judged: a person must read it".to_owned());
    assessment.proved(&unit.id, says.join("; "), evidence);
}

fn security_txt_words(read: &Read<'_>, txt: &Examined) -> String {
    let until = match txt.expires {
        Some(time) => format!(" until {time}"),
        None => String::new(),
    };
    let signed = match txt.signed {
        true => ", signed, which was not verified",
        false => "",
    };
    format!(
        "{} names {}{until}{signed}",
        read.words(),
        listed(&txt.contacts, 4)
    )
}
