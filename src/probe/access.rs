//! The order of attempts at one login: owner, nobody, controls, published defaults, owner.
//!
//! Nothing is judged here. Every attempt is recorded with the part that it plays in the proof
//! ([`AccessStep`]); what a refusal or an opened door means is for the test cases to say.

mod companion;
mod door;
mod schemes;
mod settle;
mod twin;

use std::time::{Duration, Instant};

use jiff::Timestamp;

pub use super::pace::Lockout;
pub use door::{Credential, Door, Ended, OwnerLogin, Recorder, TrialPolicy};
pub use twin::{OtherAccount, twin};

use super::Stop;
pub use super::pace::Ledger;
use super::random::random_hex;
use crate::error::Error;
use crate::evidence::{Absence, Exchange, Outcome};
use crate::observation::{AccessOutcome, AccessReply, AccessStep, Asked, Mechanism, Observation};
use crate::profile::Candidate;

/// A wait that is worth telling.
const LONG: Duration = Duration::from_secs(1);

/// Runs the whole order for one login. The ledger knows afterwards what was tried at its accounts.
///
/// # Errors
///
/// Only what the recorder could not write down, and a system without random numbers.
pub async fn trial(
    door: &Door,
    policy: &TrialPolicy<'_>,
    ledger: &mut Ledger,
    stop: &Stop,
    recorder: &mut dyn Recorder,
) -> Result<Ended, Error> {
    let knocker = Network { door, stop };
    let mut offers = schemes::Offers::new(recorder);
    let ended = run(door, knocker, policy, ledger, stop, &mut offers).await?;
    if let Some(door) = offers.other(door, ended) {
        let knocker = Network { door: &door, stop };
        return run(&door, knocker, policy, ledger, stop, recorder).await;
    }
    let Some(door) = companion::door(door, ended) else {
        return Ok(ended);
    };
    let knocker = Network { door: &door, stop };
    match run(&door, knocker, policy, ledger, stop, recorder).await? {
        Ended::Stopped => Ok(Ended::Stopped),
        _ => Ok(ended),
    }
}

/// Makes one attempt: the network, or a script in tests.
trait Knocker: Send {
    fn knock(
        &mut self,
        mechanism: Mechanism,
        credential: Option<&Credential>,
    ) -> impl Future<Output = Exchange> + Send;
}

struct Network<'a> {
    door: &'a Door,
    stop: &'a Stop,
}

impl Knocker for Network<'_> {
    async fn knock(&mut self, mechanism: Mechanism, credential: Option<&Credential>) -> Exchange {
        let Self { door, stop } = self;
        let path = door.http_path().unwrap_or("/");
        match mechanism {
            // No door of ours: [`super::coap`] reads what there is without one.
            Mechanism::Coap => {
                let detail = "CoAP has no login to try";
                Exchange::absent(Timestamp::now(), Absence::HarnessFault, detail)
            }
            Mechanism::DtlsPsk => {
                super::dtls::attempt(door.endpoint.address, credential, stop).await
            }
            Mechanism::Ftp => super::ftp::attempt(&door.endpoint, credential, stop).await,
            Mechanism::HttpBasic => {
                super::http::attempt(&door.endpoint, path, credential, stop).await
            }
            Mechanism::HttpDigest => {
                super::http::digest::attempt(&door.endpoint, path, credential, stop).await
            }
            Mechanism::Mqtt => {
                let (version, topic) = (door.mqtt_version(), door.topic.as_deref());
                super::mqtt::attempt(&door.endpoint, version, topic, credential, stop).await
            }
            Mechanism::SshPassword => super::ssh::attempt(&door.endpoint, credential, stop).await,
            Mechanism::Telnet => super::telnet::attempt(&door.endpoint, credential, stop).await,
        }
    }
}

async fn run<K: Knocker>(
    door: &Door,
    knocker: K,
    policy: &TrialPolicy<'_>,
    ledger: &mut Ledger,
    stop: &Stop,
    recorder: &mut dyn Recorder,
) -> Result<Ended, Error> {
    let mut trial = Trial::new(door, knocker, policy, ledger, stop, recorder);
    let ended = trial.until_owner_last().await;
    trial.settle(None)?;
    let ended = match ended {
        Ok(ended) | Err(Halt::Ended(ended)) => ended,
        Err(Halt::Failed(error)) => return Err(error),
    };
    if ended.owner_follows() {
        match trial.owner(AccessStep::OwnerLast).await {
            Err(Halt::Failed(error)) => return Err(error),
            Err(Halt::Ended(Ended::Stopped)) => return Ok(Ended::Stopped),
            Ok(()) | Err(Halt::Ended(_)) => {}
        }
    }
    Ok(ended)
}

/// What breaks the order off.
#[derive(Debug)]
enum Halt {
    Ended(Ended),
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

struct Trial<'a, K> {
    door: &'a Door,
    knocker: K,
    policy: &'a TrialPolicy<'a>,
    stop: Stop,
    recorder: &'a mut dyn Recorder,
    ledger: &'a mut Ledger,
    sequence: u32,
    /// The login that is tried: the door's, or what the device turned out to ask for.
    mechanism: Mechanism,
    /// Attempts that are written down once it is known by which login they were made. None: it is.
    held: Option<Vec<(AccessStep, Exchange)>>,
    /// The service whose account the attempt sends, where it is another's.
    account_of: Option<String>,
    /// Whether the last attempt was answered by hanging up.
    hung_up: bool,
}

impl<'a, K: Knocker> Trial<'a, K> {
    fn new(
        door: &'a Door,
        knocker: K,
        policy: &'a TrialPolicy<'a>,
        ledger: &'a mut Ledger,
        stop: &Stop,
        recorder: &'a mut dyn Recorder,
    ) -> Self {
        Self {
            door,
            knocker,
            policy,
            stop: stop.clone(),
            recorder,
            ledger,
            sequence: 0,
            mechanism: door.mechanism,
            held: settle::open(door).then(Vec::new),
            account_of: None,
            hung_up: false,
        }
    }

    async fn until_owner_last(&mut self) -> Result<Ended, Halt> {
        match self.owner(AccessStep::OwnerFirst).await {
            // A door that does not answer its owner may still open to a stranger.
            Ok(()) | Err(Halt::Ended(Ended::Lost)) => {}
            Err(halt) => return Err(halt),
        }
        let anonymous = self.nobody(AccessStep::Anonymous).await?;
        if let Some(reply) = anonymous {
            if reply.outcome == AccessOutcome::Served {
                return Ok(Ended::NoLoginNeeded);
            }
            if !demands_login(self.mechanism, &reply) {
                return Ok(Ended::NoLoginToTry);
            }
        }
        if self.accepts_anything().await? {
            return Ok(Ended::AcceptsAnything);
        }
        match self.candidates().await? {
            Ended::CandidatesTried => self.owner_control().await,
            ended => Ok(ended),
        }
    }

    /// Asks without credentials. None: a broker hung up, which is its right, and may take credentials.
    async fn nobody(&mut self, step: AccessStep) -> Result<Option<AccessReply>, Halt> {
        match self.attempt(step, None).await {
            Err(Halt::Ended(Ended::Lost)) if self.mechanism == Mechanism::Mqtt && self.hung_up => {
                Ok(None)
            }
            answer => answer.map(Some),
        }
    }

    /// As many failures at the owner's account as the most tried one saw. Where its owner still gets in
    /// afterwards, so many failures lock no account in silence.
    async fn owner_control(&mut self) -> Result<Ended, Halt> {
        let Some(owner) = self
            .door
            .owner
            .as_ref()
            .filter(|owner| self.may_travel(owner))
        else {
            return Ok(Ended::CandidatesTried);
        };
        let username = owner.credential.username.clone();
        let most = self.ledger.most_failures();
        while self.ledger.failures(&username) < most && self.ledger.may_fail(&username) {
            let credential = Credential::clear(&username, &random(8)?);
            let reply = self
                .attempt(AccessStep::OwnerControl, Some(&credential))
                .await?;
            if reply.outcome.accepts() {
                return Ok(Ended::AcceptsAnything);
            }
        }
        Ok(Ended::CandidatesTried)
    }

    async fn owner(&mut self, step: AccessStep) -> Result<(), Halt> {
        let Some(owner) = &self.door.owner else {
            return Ok(());
        };
        if self.may_travel(owner) {
            return self.attempt(step, Some(&owner.credential)).await.map(drop);
        }
        let absent = Exchange::absent(
            Timestamp::now(),
            Absence::CleartextNotAllowed,
            "the manifest does not allow sending the owner's password in clear",
        );
        self.record(step, Some(&owner.credential), absent)?;
        Ok(())
    }

    fn may_travel(&self, owner: &OwnerLogin) -> bool {
        owner.allow_cleartext || self.door.encrypted()
    }

    /// The controls: an account that nobody has, and a likely account with a password that nobody has.
    async fn accepts_anything(&mut self) -> Result<bool, Halt> {
        let stranger = format!("pm{}", random(6)?);
        let likely = self
            .policy
            .candidates
            .first()
            .map(|one| one.username.clone());
        let controls = [
            (AccessStep::RandomAccount, Some(stranger)),
            (AccessStep::RandomPassword, likely),
        ];
        for (step, username) in controls {
            let Some(username) = username.filter(|name| self.ledger.may_fail(name)) else {
                continue;
            };
            let credential = Credential::clear(&username, &random(8)?);
            let reply = self.attempt(step, Some(&credential)).await?;
            if reply.outcome.accepts() {
                return Ok(true);
            }
            // Neither with credentials nor without: then there is nobody to try them on.
            if self.mechanism == Mechanism::Mqtt && reply.outcome == AccessOutcome::NotFound {
                return Err(Halt::Ended(Ended::NoLoginToTry));
            }
        }
        Ok(false)
    }

    /// Likeliest first, except that while one account's pace makes it wait, others go on.
    async fn candidates(&mut self) -> Result<Ended, Halt> {
        let policy = self.policy;
        let mut left: Vec<&Candidate> = policy
            .candidates
            .iter()
            .take(policy.max_candidates)
            .collect();
        loop {
            left.retain(|one| self.ledger.may_fail(&one.username));
            let now = Instant::now();
            // Of those that are due at the same time, the first is taken: the likeliest.
            let next = (0..left.len()).min_by_key(|at| self.ledger.due(&left[*at].username, now));
            let Some(next) = next else {
                return Ok(Ended::CandidatesTried);
            };
            let candidate = left.remove(next);
            let credential = Credential::clear(&candidate.username, &candidate.password);
            let reply = self
                .attempt(AccessStep::Candidate, Some(&credential))
                .await?;
            if reply.outcome.accepts()
                && let Some(ended) = self.confirm(&credential).await?
            {
                return Ok(ended);
            }
        }
    }

    /// Once more, and then with a random password: was it this password that opened the door?
    async fn confirm(&mut self, credential: &Credential) -> Result<Option<Ended>, Halt> {
        let again = self
            .attempt(AccessStep::CandidateAgain, Some(credential))
            .await?;
        let control = Credential::clear(&credential.username, &random(8)?);
        let control = self
            .attempt(AccessStep::CandidateControl, Some(&control))
            .await?;
        Ok(match (again.outcome.accepts(), control.outcome.accepts()) {
            (_, true) => Some(Ended::AcceptsAnything),
            (true, _) => Some(Ended::DefaultFound),
            _ => None,
        })
    }

    /// One attempt, in its account's pace, repeated once over a fresh connection where no answer came.
    async fn attempt(
        &mut self,
        step: AccessStep,
        credential: Option<&Credential>,
    ) -> Result<AccessReply, Halt> {
        for _ in 0..2 {
            if let Some(reply) = self.once(step, credential).await? {
                return Ok(reply);
            }
            // The lost attempt may have been counted by the device.
            match credential {
                Some(one) if !is_owner(step) && !self.ledger.may_fail(&one.username) => break,
                _ => {}
            }
        }
        Err(Halt::Ended(Ended::Lost))
    }

    /// One attempt, in its account's pace. None: no answer came.
    async fn once(
        &mut self,
        step: AccessStep,
        credential: Option<&Credential>,
    ) -> Result<Option<AccessReply>, Halt> {
        self.wait_for_turn(step, credential).await?;
        if let Some(credential) = credential {
            self.ledger.tried(&credential.username, Instant::now());
        }
        let exchange = self.knocker.knock(self.mechanism, credential).await;
        let reply = reply_in(&exchange);
        let aborted = absence(&exchange) == Some(Absence::Aborted);
        self.hung_up = absence(&exchange) == Some(Absence::Disconnected);
        self.record(step, credential, exchange)?;
        if let Some(reply) = &reply {
            self.settle(Some(reply))?;
        }
        if aborted {
            return Err(Halt::Ended(Ended::Stopped));
        }
        match (reply.as_ref().map(|reply| reply.outcome), credential) {
            (Some(AccessOutcome::Throttled), _) => return Err(Halt::Ended(Ended::Throttled)),
            (Some(outcome), Some(one)) if outcome.accepts() => {
                self.ledger.succeeded(&one.username);
            }
            _ => {}
        }
        Ok(reply)
    }

    async fn wait_for_turn(
        &mut self,
        step: AccessStep,
        credential: Option<&Credential>,
    ) -> Result<(), Halt> {
        let now = Instant::now();
        let due = credential.map_or(now, |one| self.ledger.due(&one.username, now));
        if due > now + LONG {
            self.recorder
                .waiting(due, "login attempts at one account are paced");
        }
        tokio::select! {
            biased;
            () = self.stop.wait() => {}
            () = tokio::time::sleep_until(due.into()) => return Ok(()),
        }
        let why = self.stop.reason().unwrap_or_default();
        let aborted = Exchange::absent(Timestamp::now(), Absence::Aborted, why);
        self.record(step, credential, aborted)?;
        Err(Halt::Ended(Ended::Stopped))
    }

    fn record(
        &mut self,
        step: AccessStep,
        credential: Option<&Credential>,
        exchange: Exchange,
    ) -> Result<(), Error> {
        if let (Some(held), None) = (&mut self.held, credential) {
            held.push((step, exchange));
            return Ok(());
        }
        self.sequence += 1;
        let asked = Asked::Access {
            mechanism: self.mechanism,
            path: self.door.http_path().map(str::to_owned),
            version: self.door.version,
            step,
            sequence: self.sequence,
            account: credential.map(Credential::account),
            encrypted: self.door.encrypted(),
            account_of: self.account_of.clone(),
        };
        self.recorder.record(asked, exchange)
    }
}

/// Whether credentials can be tried at all, by what an anonymous request brought. A form, another
/// scheme, or a prompt in another language is none of ours to fill in.
fn demands_login(mechanism: Mechanism, anonymous: &AccessReply) -> bool {
    match mechanism {
        Mechanism::HttpBasic => offers(anonymous, "basic"),
        Mechanism::HttpDigest => offers(anonymous, "digest"),
        // Who is let in without credentials may be let further with them; and what a broker tells a stranger,
        // that it does not speak this version for one, it need not tell everybody.
        Mechanism::Mqtt => anonymous.outcome != AccessOutcome::Served,
        Mechanism::DtlsPsk | Mechanism::Ftp | Mechanism::SshPassword | Mechanism::Telnet => {
            anonymous.outcome == AccessOutcome::Refused
        }
        Mechanism::Coap => false,
    }
}

fn offers(reply: &AccessReply, scheme: &str) -> bool {
    reply.schemes.iter().any(|offered| offered == scheme)
}

fn is_owner(step: AccessStep) -> bool {
    matches!(step, AccessStep::OwnerFirst | AccessStep::OwnerLast)
}

fn reply_in(exchange: &Exchange) -> Option<AccessReply> {
    match &exchange.outcome {
        Outcome::Observed { observations } => observations.iter().find_map(|one| match one {
            Observation::Access(reply) => Some(reply.clone()),
            _ => None,
        }),
        Outcome::Absent { .. } => None,
    }
}

fn absence(exchange: &Exchange) -> Option<Absence> {
    match &exchange.outcome {
        Outcome::Observed { .. } => None,
        Outcome::Absent { reason, .. } => Some(*reason),
    }
}

fn random(length: usize) -> Result<String, Error> {
    random_hex(length).map_err(|fault| Error::Harness(fault.detail))
}

#[cfg(test)]
mod tests;
