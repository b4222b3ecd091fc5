//! The other version of a protocol at the same port: a broker may be open in one of them only.

use super::super::Stop;
use super::super::pace::Ledger;
use super::door::Credential;
use super::{Door, Ended, Halt, Knocker, Recorder, Trial, TrialPolicy, random};
use crate::error::Error;
use crate::observation::{AccessOutcome, AccessStep};

/// The same door in the other version of MQTT, where a trial that ended so leaves something to ask there.
pub(super) fn door(first: &Door, ended: Ended) -> Option<Door> {
    let version = first.version.filter(|_| is_worth_it(ended))?;
    Some(Door {
        version: Some(version.other()),
        ..first.clone()
    })
}

/// A short trial: nobody, a random account, the owner. The ledger is that of the first trial, so that no
/// account is tried faster or more often for it.
pub(super) async fn run<K: Knocker>(
    door: &Door,
    knocker: K,
    policy: &TrialPolicy<'_>,
    ledger: &mut Ledger,
    stop: &Stop,
    recorder: &mut dyn Recorder,
) -> Result<Ended, Error> {
    let mut trial = Trial::new(door, knocker, policy, ledger, stop, recorder);
    match trial.companion().await {
        Ok(ended) | Err(Halt::Ended(ended)) => Ok(ended),
        Err(Halt::Failed(error)) => Err(error),
    }
}

/// Whether the other version can change anything. A door that stands open in one need not be tried again,
/// and one that asked for peace gets it.
fn is_worth_it(ended: Ended) -> bool {
    match ended {
        Ended::DefaultFound | Ended::CandidatesTried | Ended::NoLoginToTry | Ended::Lost => true,
        Ended::NoLoginNeeded | Ended::AcceptsAnything | Ended::Throttled | Ended::Stopped => false,
    }
}

impl<K: Knocker> Trial<'_, K> {
    /// What shows whether the door is open in this version.
    async fn companion(&mut self) -> Result<Ended, Halt> {
        let anonymous = self.attempt(AccessStep::Anonymous, None).await?;
        match anonymous.outcome {
            AccessOutcome::Served => return Ok(Ended::NoLoginNeeded),
            AccessOutcome::Refused | AccessOutcome::Admitted => {}
            _ => return Ok(Ended::NoLoginToTry),
        }
        let stranger = Credential::clear(&format!("pm{}", random(6)?), &random(8)?);
        let reply = self
            .attempt(AccessStep::RandomAccount, Some(&stranger))
            .await?;
        if reply.outcome.accepts() {
            return Ok(Ended::AcceptsAnything);
        }
        self.owner(AccessStep::OwnerLast).await?;
        Ok(Ended::CandidatesTried)
    }
}
