//! The account of a service that protects it, tried at another that does not: a stranger, a random account, then each
//! account once.
//!
//! Its owner's word is right where it belongs, so that it is no guess; where it is refused here, it was a failure like any
//! other, and the ledger of this login knows it.

use jiff::Timestamp;

use super::{
    Absence, AccessOutcome, AccessReply, AccessStep, Credential, Door, Ended, Error, Exchange,
    Halt, Knocker, Ledger, Mechanism, Network, OwnerLogin, Recorder, Stop, Trial, TrialPolicy,
    demands_login, random,
};

/// An account that was accepted at another service, where it travels encrypted.
#[derive(Clone, Debug)]
pub struct OtherAccount {
    /// The id of that service in the manifest.
    pub service: String,
    pub login: OwnerLogin,
}

/// Tries each account once at a login in clear, where one is demanded there and random credentials are refused.
///
/// # Errors
///
/// Only what the recorder could not write down, and a system without random numbers.
pub async fn twin(
    door: &Door,
    accounts: &[OtherAccount],
    policy: &TrialPolicy<'_>,
    ledger: &mut Ledger,
    stop: &Stop,
    recorder: &mut dyn Recorder,
) -> Result<Ended, Error> {
    let knocker = Network { door, stop };
    ask(door, knocker, accounts, policy, ledger, stop, recorder).await
}

pub(super) async fn ask<K: Knocker>(
    door: &Door,
    knocker: K,
    accounts: &[OtherAccount],
    policy: &TrialPolicy<'_>,
    ledger: &mut Ledger,
    stop: &Stop,
    recorder: &mut dyn Recorder,
) -> Result<Ended, Error> {
    let mut trial = Trial::new(door, knocker, policy, ledger, stop, recorder);
    let ended = trial.others(accounts).await;
    trial.settle(None)?;
    match ended {
        Ok(ended) | Err(Halt::Ended(ended)) => Ok(ended),
        Err(Halt::Failed(error)) => Err(error),
    }
}

impl<K: Knocker> Trial<'_, K> {
    async fn others(&mut self, accounts: &[OtherAccount]) -> Result<Ended, Halt> {
        if let Some(reply) = self.nobody(AccessStep::TwinAnonymous).await? {
            if reply.outcome == AccessOutcome::Served {
                return Ok(Ended::NoLoginNeeded);
            }
            if !demands_login(self.mechanism, &reply) {
                return Ok(Ended::NoLoginToTry);
            }
        }
        let travels = |account: &&OtherAccount| account.login.allow_cleartext;
        if accounts.iter().any(|account| travels(&account)) {
            let control = Credential::clear(&format!("pm{}", random(6)?), &random(8)?);
            let reply = self
                .attempt(AccessStep::TwinControl, Some(&control))
                .await?;
            if let Some(ended) = self.made_pointless(&reply) {
                return Ok(ended);
            }
        }
        for account in accounts {
            self.account_of = Some(account.service.clone());
            let ended = self.other(&account.login).await;
            self.account_of = None;
            ended?;
        }
        Ok(Ended::CandidatesTried)
    }

    /// Why a secret need not be sent: random credentials were not refused.
    fn made_pointless(&self, control: &AccessReply) -> Option<Ended> {
        match control.outcome {
            outcome if outcome.accepts() => Some(Ended::AcceptsAnything),
            AccessOutcome::NotFound if self.mechanism == Mechanism::Mqtt => {
                Some(Ended::NoLoginToTry)
            }
            _ => None,
        }
    }

    /// One account, once: an attempt without an answer is not repeated, because it may have been counted.
    async fn other(&mut self, login: &OwnerLogin) -> Result<(), Halt> {
        let credential = &login.credential;
        if !self.may_travel(login) {
            let absent = Exchange::absent(
                Timestamp::now(),
                Absence::CleartextNotAllowed,
                "the manifest does not allow sending this password in clear",
            );
            self.record(AccessStep::TwinAccount, Some(credential), absent)?;
        } else if self.ledger.may_fail(&credential.username) {
            self.once(AccessStep::TwinAccount, Some(credential)).await?;
        }
        Ok(())
    }
}
