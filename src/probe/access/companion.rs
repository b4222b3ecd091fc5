//! The other version of a protocol at the same port: a broker may be open in one of them only.

use super::super::Stop;
use super::super::pace::Ledger;
use super::door::Credential;
use super::{Door, Ended, Halt, Knocker, Network, Recorder, Trial, TrialPolicy, random};
use crate::error::Error;
use crate::observation::{AccessOutcome, AccessStep};

/// After a trial of MQTT in one version, a short one in the other: nobody, a random account, the owner. The
/// ledger is the same, so that no account is tried faster or more often for it.
///
/// Returns how the first one ended, unless somebody stopped the second.
pub(super) async fn follow(
    door: &Door,
    ended: Ended,
    policy: &TrialPolicy<'_>,
    ledger: &mut Ledger,
    stop: &Stop,
    recorder: &mut dyn Recorder,
) -> Result<Ended, Error> {
    let Some(version) = door.version.filter(|_| is_worth_it(ended)) else {
        return Ok(ended);
    };
    let door = Door {
        version: Some(version.other()),
        ..door.clone()
    };
    let mut trial = Trial {
        door: &door,
        knocker: Network { door: &door, stop },
        policy,
        stop: stop.clone(),
        recorder,
        ledger,
        sequence: 0,
    };
    match trial.companion().await {
        Err(Halt::Failed(error)) => Err(error),
        Err(Halt::Ended(Ended::Stopped)) => Ok(Ended::Stopped),
        Ok(_) | Err(Halt::Ended(_)) => Ok(ended),
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
    pub(super) async fn companion(&mut self) -> Result<Ended, Halt> {
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
