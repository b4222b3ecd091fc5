//! What keeps a statement about strangers and defaults behind DTLS from being made, beside the shared keys that were tried.

use super::trial::Trial;
use crate::case::transport::DtlsPort;
use crate::dut::Unit;
use crate::observation::{AccessStep, DtlsAudit};
use crate::text::brief;
use crate::tls::{Authentication, suite_named};
use crate::verdict::{Assessment, Reason};

/// The hint of a service, by which keys were tried.
pub fn hint<'a>(port: &DtlsPort<'a>) -> Option<&'a str> {
    port.audit.as_ref().ok()?.dtls.hint()
}

/// Ways in other than a shared key: seen, or not excluded.
pub fn other_ways(unit: &Unit, port: &DtlsPort<'_>, assessment: &mut Assessment) {
    let place = port.open.place();
    let (reason, why) = match &port.audit {
        Err((reason, why)) => (*reason, why.clone()),
        Ok(audited) => {
            let dtls = audited.dtls;
            let other = suites(dtls).find(|name| !is_keyed(name));
            let untold = dtls.tls.versions.iter().find_map(|version| {
                let untold = version.untold.iter().find(|it| it.what == "suites")?;
                Some((version.version, untold))
            });
            match (other, untold, &dtls.tls.interrupted) {
                (Some(name), ..) => (
                    Reason::LoginNotTestable,
                    format!(
                        "it takes {}, by which one gets in without a shared key; this version does not ask who",
                        brief(name, 80)
                    ),
                ),
                (None, Some((version, untold)), _) => (
                    Reason::AnswerUnclear,
                    format!(
                        "whether one gets in without a shared key could not be told: cipher suites of {}, {}",
                        DtlsAudit::name(version),
                        brief(&untold.why, 160)
                    ),
                ),
                (None, None, Some(why)) => (
                    Reason::AnswerUnclear,
                    format!("the audit ended early: {}", brief(why, 160)),
                ),
                (None, None, None) if !audited.is_spoken() => (
                    Reason::AnswerUnclear,
                    "it answers like DTLS, and no version was seen to be taken".to_owned(),
                ),
                (None, None, None) => return,
            }
        }
    };
    let subject = port.open.subject(&unit.id);
    let message = format!("{place}: {why}");
    assessment.missing(reason, subject, message, port.open.evidence());
}

/// A refusal over datagrams may be silence, which says something only where the right key was answered.
pub fn by_the_owner(
    unit: &Unit,
    port: &DtlsPort<'_>,
    trial: &Trial<'_>,
    assessment: &mut Assessment,
) {
    let declared = port
        .open
        .declared
        .and_then(|service| service.owner.as_ref());
    let fault =
        trial
            .owner_fault(AccessStep::OwnerFirst)
            .or_else(|| match trial.by_the_owner(declared) {
                true => None,
                false => Some((
                    Reason::OwnerControlMissing,
                    "the key was not the owner's of the manifest".to_owned(),
                )),
            });
    if let Some((reason, why)) = fault {
        let message = format!(
            "{}: that strangers get no answer shows nothing, because the owner's key was not shown to get one: {why}",
            port.open.place()
        );
        let subject = port.open.subject(&unit.id);
        assessment.missing(reason, subject, message, trial.evidence());
    }
}

/// That nobody tried a key.
pub fn untried(unit: &Unit, port: &DtlsPort<'_>, assessment: &mut Assessment) {
    let message = format!("{}: nobody tried a shared key", port.open.place());
    let subject = port.open.subject(&unit.id);
    let evidence = port.open.evidence();
    assessment.missing(Reason::NoEvidence, subject, message, evidence);
}

fn suites(dtls: &DtlsAudit) -> impl Iterator<Item = &str> {
    let versions = dtls.tls.offered();
    versions.flat_map(|version| version.suites.iter().map(String::as_str))
}

fn is_keyed(name: &str) -> bool {
    suite_named(name).is_some_and(|suite| suite.authentication() == Authentication::Psk)
}
