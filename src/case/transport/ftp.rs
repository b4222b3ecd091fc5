//! FTP in clear: whether it evaluates a login.

use crate::case::credentials::trials;
use crate::case::facts::{Facts, OpenPort};
use crate::dut::Unit;
use crate::observation::{AccessOutcome, AccessStep, Mechanism};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason};

/// A user name and a password that were accepted or refused were evaluated, `anonymous` too: a person's would
/// have travelled the same way. A server that asks for TLS first has evaluated nothing; some ask persons for it, and let
/// `anonymous` go on to a refusal in clear.
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
    let answered: Vec<_> = trials
        .iter()
        .filter(|trial| trial.is_at(open) && trial.mechanism == Mechanism::Ftp)
        .flat_map(|trial| &trial.attempts)
        .filter_map(|attempt| Some((attempt.step, attempt.reply?, attempt.evidence)))
        .collect();
    let outcomes: Vec<_> = answered.iter().map(|it| (it.0, it.1.outcome)).collect();
    let evaluated = evaluated(&outcomes).and_then(|place| answered.get(place));
    if let Some((_, reply, evidence)) = evaluated {
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

/// The place of the first answer that shows a login to be evaluated.
fn evaluated(answers: &[(AccessStep, AccessOutcome)]) -> Option<usize> {
    let stranger = |step| step == AccessStep::Anonymous;
    let mut persons = answers.iter().filter(|(step, _)| !stranger(*step));
    let persons_are_not = persons.clone().next().is_some()
        && persons.all(|(_, outcome)| *outcome == AccessOutcome::Unclear);
    answers.iter().position(|(step, outcome)| match outcome {
        AccessOutcome::Served => true,
        AccessOutcome::Refused => !(stranger(*step) && persons_are_not),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_who_is_refused_where_persons_need_tls_shows_no_login() {
        use AccessOutcome::{Refused, Served, Unclear};
        use AccessStep::{Anonymous, OwnerFirst, RandomAccount};
        assert_eq!(evaluated(&[(Anonymous, Refused)]), Some(0));
        let tls_first = [
            (Anonymous, Refused),
            (OwnerFirst, Unclear),
            (RandomAccount, Unclear),
        ];
        assert_eq!(evaluated(&tls_first), None);
        let one_was = [tls_first[0], tls_first[1], (RandomAccount, Refused)];
        assert_eq!(evaluated(&one_was), Some(0));
        assert_eq!(
            evaluated(&[(OwnerFirst, Unclear), (Anonymous, Served)]),
            Some(1)
        );
        assert_eq!(evaluated(&[(Anonymous, Unclear)]), None);
    }
}
