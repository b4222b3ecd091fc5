//! SSH servers that have no use for a password.

use super::trial::Trial;
use crate::observation::{AccessReply, AccessStep, Mechanism};
use crate::profile::Candidate;
use crate::text::brief;

/// The statement that a server takes no password: a proof that needs no owner's login, because nothing was
/// refused. The server named its methods to a stranger, to an account that nobody has and to every user of
/// a published credential, and none of them takes a password.
///
/// None: it takes some, or not every user was asked, or the manifest says that its owner has a password,
/// which such a server contradicts.
pub fn takes_no_passwords(trial: &Trial<'_>, wanted: &[Candidate]) -> Option<String> {
    let answered = |step| trial.last(step).and_then(|attempt| attempt.reply);
    let stranger = answered(AccessStep::Anonymous)?;
    answered(AccessStep::RandomAccount)?;
    let asked = |candidate: &Candidate| {
        trial.attempts.iter().any(|attempt| {
            let user = attempt.account.map(|account| &account.username);
            attempt.reply.is_some() && user == Some(&candidate.username)
        })
    };
    let shown = trial.mechanism == Mechanism::SshPassword
        && trial.last(AccessStep::OwnerFirst).is_none()
        && trial
            .attempts
            .iter()
            .filter_map(|attempt| attempt.reply)
            .all(AccessReply::offers_no_password)
        && wanted.iter().all(asked);
    shown.then(|| {
        format!(
            "takes no passwords: to strangers, and to the users of all {} published default credentials, it offers {} alone",
            wanted.len(),
            brief(&stranger.schemes.join(", "), 80)
        )
    })
}
