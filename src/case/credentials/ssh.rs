//! SSH servers that have no use for a password.

use super::trial::Trial;
use crate::observation::{AccessReply, AccessStep, Mechanism};
use crate::profile::Candidate;
use crate::text::brief;

/// The statement that a server takes no password: a proof that needs no owner's login, because no user is known
/// whose password it would take. It named its methods to a stranger and to every user who was tried, none of
/// them takes a password, and every password that was sent all the same was refused: random ones, and every
/// published default.
///
/// None: it takes some, or not all of that was tried, or the manifest says that its owner has a password,
/// which such a server contradicts.
pub fn takes_no_passwords(trial: &Trial<'_>, wanted: &[Candidate]) -> Option<String> {
    let stranger = trial
        .last(AccessStep::Anonymous)
        .and_then(|attempt| attempt.reply)?;
    let shown = trial.mechanism == Mechanism::SshPassword
        && trial.last(AccessStep::OwnerFirst).is_none()
        && trial
            .attempts
            .iter()
            .filter_map(|attempt| attempt.reply)
            .all(AccessReply::offers_no_password)
        && trial.refusal_learned()
        && !wanted.is_empty()
        && wanted.iter().all(|candidate| trial.refuses(candidate));
    shown.then(|| {
        format!(
            "takes no passwords: it offers {} alone, and refused random passwords and all {} published default credentials, which were sent all the same by the method `password`",
            brief(&stranger.schemes.join(", "), 80),
            wanted.len(),
        )
    })
}

/// A method that takes a password too and was offered beside the one that was tried.
pub fn untried_method(trial: &Trial<'_>) -> Option<&'static str> {
    let both = |reply: &AccessReply| {
        ["password", "keyboard-interactive"]
            .iter()
            .all(|method| reply.schemes.iter().any(|offered| offered == method))
    };
    let mut replies = trial.attempts.iter().filter_map(|attempt| attempt.reply);
    (trial.mechanism == Mechanism::SshPassword && replies.any(both))
        .then_some("keyboard-interactive")
}
