//! What keeps a statement about strangers and defaults behind DTLS from being made, beside the shared keys that were tried and
//! what was read behind a certificate.

use super::trial::Trial;
use crate::case::transport::DtlsPort;
use crate::dut::Unit;
use crate::observation::AccessStep;
use crate::text::brief;
use crate::tls::{Authentication, suite_named};
use crate::verdict::{Assessment, Reason};

/// The hint of a service, by which keys were tried.
pub fn hint<'a>(port: &DtlsPort<'a>) -> Option<&'a str> {
    port.audit.as_ref().ok()?.dtls.hint()
}

/// Whether it was shown to take no shared key, so that none need be tried.
pub fn takes_no_key(port: &DtlsPort<'_>) -> bool {
    let audited = port.audit.as_ref();
    audited.is_ok_and(|audited| audited.dtls.takes_no_key())
}

/// Ways in other than a shared key: seen, or not excluded. `gone` says that one was gone, and what was found there is judged.
pub fn other_ways(unit: &Unit, port: &DtlsPort<'_>, gone: bool, assessment: &mut Assessment) {
    let place = port.open.place();
    let (reason, why) = match &port.audit {
        Err((reason, why)) => (*reason, why.clone()),
        Ok(audited) => {
            let dtls = audited.dtls;
            let other = dtls.suites().find(|name| !is_keyed(name));
            match (other.filter(|_| !gone), dtls.undecided()) {
                (Some(name), _) => (
                    Reason::LoginNotTestable,
                    format!(
                        "it takes {}, by which one gets in without a shared key; this version could not ask what is there",
                        brief(name, 80)
                    ),
                ),
                (None, Some(why)) => (
                    Reason::AnswerUnclear,
                    format!(
                        "whether one gets in without a shared key could not be told: {}",
                        brief(&why, 200)
                    ),
                ),
                (None, None) => return,
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

fn is_keyed(name: &str) -> bool {
    suite_named(name).is_some_and(|suite| suite.authentication() == Authentication::Psk)
}
