//! FTP in clear: whether it evaluates a login.

use crate::case::credentials::trials;
use crate::case::facts::{Facts, OpenPort};
use crate::dut::Unit;
use crate::observation::{AccessOutcome, Mechanism};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason};

/// A user name and a password that were accepted or refused were evaluated, `anonymous` too: a person's would
/// have travelled the same way. A server that asks for TLS first has evaluated nothing.
pub fn assess(
    facts: &Facts<'_>,
    unit: &Unit,
    open: &OpenPort<'_>,
    cleartext_login: Code,
    assessment: &mut Assessment,
) {
    let place = open.place();
    let subject = open.subject(&unit.id);
    let trials = trials(facts, &unit.id);
    let evaluated = trials
        .iter()
        .filter(|trial| trial.is_at(open) && trial.mechanism == Mechanism::Ftp)
        .flat_map(|trial| &trial.attempts)
        .filter_map(|attempt| Some((attempt.reply?, attempt.evidence)))
        .find(|(reply, _)| {
            matches!(
                reply.outcome,
                AccessOutcome::Served | AccessOutcome::Refused
            )
        });
    if let Some((reply, evidence)) = evaluated {
        let message = format!(
            "{place} evaluates an FTP login in clear ({})",
            brief(&reply.detail, 160)
        );
        assessment.found(cleartext_login, subject, message, vec![evidence.id.clone()]);
    } else {
        let message = format!(
            "{place} speaks FTP in clear and took no login in clear; what it does inside TLS, this version does not ask"
        );
        assessment.missing(Reason::LoginNotTestable, subject, message, open.evidence());
    }
}
