//! SSH, seen from the side of encryption.

use crate::case::credentials::trials;
use crate::case::facts::{Facts, OpenPort};
use crate::dut::Unit;
use crate::observation::Mechanism;
use crate::text::brief;
use crate::verdict::{Assessment, Reason};

/// A banner is only a word. An attempt that was answered shows more: SSH answers a login only after the
/// keys are exchanged, and no attempt offers to go on without a cipher.
pub fn assess(facts: &Facts<'_>, unit: &Unit, open: &OpenPort<'_>, assessment: &mut Assessment) {
    let place = open.place();
    let trials = trials(facts, &unit.id);
    let answered = trials
        .iter()
        .filter(|trial| trial.is_at(open) && trial.mechanism == Mechanism::SshPassword)
        .flat_map(|trial| &trial.attempts)
        .find_map(|attempt| Some((attempt.reply?, attempt.evidence)));
    if let Some((reply, evidence)) = answered {
        let statement = format!(
            "{place} speaks SSH, exchanged keys and encrypted what followed ({})",
            brief(&reply.detail, 160)
        );
        assessment.proved(&unit.id, statement, vec![evidence.id.clone()]);
    } else {
        let message = format!(
            "{place} says that it speaks SSH, and no attempt came as far as its encryption"
        );
        let subject = open.subject(&unit.id);
        assessment.missing(Reason::LoginNotTestable, subject, message, open.evidence());
    }
}
