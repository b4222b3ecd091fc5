//! The attempts at one login, read back from evidence, and what they amount to.

use std::collections::BTreeMap;

use crate::case::facts::{Facts, OpenPort, absence};
use crate::dut::Owner;
use crate::evidence::Evidence;
use crate::observation::{
    AccessOutcome, AccessReply, AccessStep, Account, Asked, Mechanism, MqttVersion, Observation,
    Protocol,
};
use crate::profile::Candidate;
use crate::text::brief;
use crate::verdict::Reason;

/// One attempt.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    pub evidence: &'a Evidence,
    pub step: AccessStep,
    pub account: Option<&'a Account>,
    /// None: it brought no answer, and the evidence says why.
    pub reply: Option<&'a AccessReply>,
}

impl Attempt<'_> {
    fn outcome(&self) -> Option<AccessOutcome> {
        self.reply.map(|reply| reply.outcome)
    }

    /// Whether it was never sent, because the run ended first.
    fn unasked(&self) -> bool {
        self.reply.is_none()
            && matches!(
                absence(self.evidence).0,
                Reason::Aborted | Reason::DeviceLost
            )
    }

    fn served(&self) -> bool {
        self.outcome() == Some(AccessOutcome::Served)
    }

    /// Whether its credentials were accepted, whatever they were good for.
    pub fn accepted(&self) -> bool {
        self.outcome().is_some_and(AccessOutcome::accepts)
    }

    /// Whether its credentials, or their lack, were refused.
    pub fn refused(&self) -> bool {
        self.outcome() == Some(AccessOutcome::Refused)
    }

    /// Whether it says that it travelled encrypted.
    pub fn encrypted(&self) -> bool {
        matches!(
            self.evidence.asked,
            Asked::Access {
                encrypted: true,
                ..
            }
        )
    }

    /// The service whose account it says that it sent.
    pub fn account_of(&self) -> Option<&str> {
        match &self.evidence.asked {
            Asked::Access { account_of, .. } => account_of.as_deref(),
            _ => None,
        }
    }
}

/// All attempts at one login, in order.
#[derive(Clone, Debug)]
pub struct Trial<'a> {
    pub address: &'a str,
    pub port: u16,
    pub mechanism: Mechanism,
    pub path: Option<&'a str>,
    /// The version of MQTT that was spoken.
    pub version: Option<MqttVersion>,
    pub attempts: Vec<Attempt<'a>>,
}

/// The trials of a unit, by port, mechanism, path and version. What CoAP gives is no trial: it has no login.
pub fn trials<'a>(facts: &Facts<'a>, unit: &str) -> Vec<Trial<'a>> {
    grouped(facts, unit, |step| !step.is_twin())
}

/// The attempts in clear with accounts of other services, by the same: each group a stranger, a random account, the accounts.
pub fn twin_trials<'a>(facts: &Facts<'a>, unit: &str) -> Vec<Trial<'a>> {
    grouped(facts, unit, AccessStep::is_twin)
}

fn grouped<'a>(facts: &Facts<'a>, unit: &str, wanted: fn(AccessStep) -> bool) -> Vec<Trial<'a>> {
    let mut groups: BTreeMap<_, Vec<(u32, Attempt<'a>)>> = BTreeMap::new();
    for item in facts.of(unit) {
        if let (
            Asked::Access {
                mechanism,
                path,
                version,
                step,
                sequence,
                account,
                ..
            },
            Some(port),
        ) = (&item.asked, item.target.port)
            && *mechanism != Mechanism::Coap
            && wanted(*step)
            && item.target.transport == Some(mechanism.transport())
        {
            let key = (
                item.target.address.as_str(),
                port,
                *mechanism,
                path.as_deref(),
                *version,
            );
            let reply = item.observations().iter().find_map(|fact| match fact {
                Observation::Access(reply) => Some(reply),
                _ => None,
            });
            groups.entry(key).or_default().push((
                *sequence,
                Attempt {
                    evidence: item,
                    step: *step,
                    account: account.as_ref(),
                    reply,
                },
            ));
        }
    }
    groups
        .into_iter()
        .map(
            |((address, port, mechanism, path, version), mut attempts)| {
                attempts.sort_by_key(|(sequence, _)| *sequence);
                Trial {
                    address,
                    port,
                    mechanism,
                    path,
                    version,
                    attempts: attempts.into_iter().map(|(_, attempt)| attempt).collect(),
                }
            },
        )
        .collect()
}

/// Why nobody tried to get in at an open port, as reason and in words.
pub fn untried(open: &OpenPort<'_>) -> (Reason, String) {
    let (reason, message) = match (open.protocol(), open.identification) {
        (None, None) => (
            Reason::NoEvidence,
            "what speaks there was not asked".to_owned(),
        ),
        (None, Some(attempt)) => (
            Reason::ServiceNotIdentified,
            format!(
                "what speaks there could not be told: {}",
                absence(attempt).1
            ),
        ),
        (Some(Protocol::Unknown), _) => (
            Reason::ServiceNotIdentified,
            "what speaks there could not be told from what it said".to_owned(),
        ),
        (
            Some(
                Protocol::Ftp | Protocol::Http | Protocol::Mqtt | Protocol::Ssh | Protocol::Telnet,
            ),
            _,
        ) => (
            Reason::NoEvidence,
            "nobody asked for anything there".to_owned(),
        ),
        (Some(protocol), _) => (
            Reason::LoginNotTestable,
            format!(
                "it speaks {}, which this version cannot ask for anything",
                protocol.as_str()
            ),
        ),
    };
    (reason, format!("{}: {message}", open.place()))
}

/// What a random credential got that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anything {
    /// What lies behind the login.
    Opened,
    /// A session, and nothing in it.
    Admitted,
    /// Something that may be the page of a failed login.
    Unclear,
}

/// What a stranger gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strangers<'a> {
    /// Content, without any credentials.
    Served(&'a AccessReply),
    /// A session, and nothing in it.
    Admitted(&'a AccessReply),
    /// A refusal, with the schemes by which it asks for credentials.
    Refused(&'a AccessReply),
    /// A page with a password field.
    LoginForm,
    /// Something that shows neither.
    Unclear(&'a AccessReply),
    /// No answer, for this reason.
    Unanswered(Reason),
}

/// A default credential that was shown to open the door.
#[derive(Clone, Copy, Debug)]
pub struct Opened<'a> {
    pub account: &'a Account,
    pub reply: &'a AccessReply,
    /// The accepted attempt, its repetition, its control.
    pub evidence: [&'a Evidence; 3],
}

impl<'a> Trial<'a> {
    /// Whether it was made at this port.
    pub fn is_at(&self, open: &OpenPort<'_>) -> bool {
        open.transport == self.mechanism.transport()
            && self.address == open.address
            && self.port == open.port
    }

    /// The last attempt of a step: where one was repeated, the repetition counts.
    pub fn last(&self, step: AccessStep) -> Option<&Attempt<'a>> {
        self.attempts
            .iter()
            .rev()
            .find(|attempt| attempt.step == step)
    }

    /// Ids of all its evidence.
    pub fn evidence(&self) -> Vec<String> {
        self.attempts
            .iter()
            .map(|attempt| attempt.evidence.id.clone())
            .collect()
    }

    /// Ids of the evidence of one step.
    pub fn evidence_of(&self, step: AccessStep) -> Vec<String> {
        self.attempts
            .iter()
            .filter(|attempt| attempt.step == step)
            .map(|attempt| attempt.evidence.id.clone())
            .collect()
    }

    /// What came back without credentials. None: it was never asked.
    pub fn strangers(&self) -> Option<Strangers<'a>> {
        let attempt = self.last(AccessStep::Anonymous)?;
        let Some(reply) = attempt.reply else {
            return Some(Strangers::Unanswered(absence(attempt.evidence).0));
        };
        Some(match reply.outcome {
            AccessOutcome::Served => Strangers::Served(reply),
            AccessOutcome::Admitted => Strangers::Admitted(reply),
            AccessOutcome::Refused => Strangers::Refused(reply),
            // 403 says that nobody gets it, unless the owner was shown to.
            AccessOutcome::Forbidden if self.owner_fault(AccessStep::OwnerFirst).is_none() => {
                Strangers::Refused(reply)
            }
            AccessOutcome::LoginForm => Strangers::LoginForm,
            _ => Strangers::Unclear(reply),
        })
    }

    /// An attempt with random credentials that was accepted, and what that shows.
    ///
    /// A session that opened is open. A page may be served to say that the login failed:
    /// only the same page that the owner gets shows that the door is open. A broker that accepts a CONNECT
    /// accepts its credentials, whatever they are good for.
    pub fn accepts_anything(&self) -> Option<(&Attempt<'a>, Anything)> {
        let random = self.attempts.iter().find(|attempt| {
            matches!(
                attempt.step,
                AccessStep::RandomAccount
                    | AccessStep::RandomPassword
                    | AccessStep::CandidateControl
                    | AccessStep::OwnerControl
            ) && attempt.accepted()
        })?;
        let content = |attempt: &Attempt<'a>| {
            attempt
                .reply
                .filter(|reply| reply.outcome == AccessOutcome::Served)
                .and_then(|reply| reply.content_sha256.as_deref())
        };
        let owner = self.last(AccessStep::OwnerFirst).and_then(content);
        let anything = match self.mechanism {
            _ if !random.served() => Anything::Admitted,
            mechanism if !mechanism.is_http() => Anything::Opened,
            _ if owner.is_some() && owner == content(random) => Anything::Opened,
            _ => Anything::Unclear,
        };
        Some((random, anything))
    }

    /// Whether the owner's attempts, where there are any, were made with the manifest's credential.
    pub fn by_the_owner(&self, owner: Option<&Owner>) -> bool {
        self.attempts
            .iter()
            .filter(|attempt| {
                matches!(attempt.step, AccessStep::OwnerFirst | AccessStep::OwnerLast)
            })
            .all(|attempt| {
                owner.zip(attempt.account).is_some_and(|(owner, account)| {
                    account.username == owner.username
                        && account.password == owner.password.placeholder()
                })
            })
    }

    /// Whether the attempts came in the order that makes refusals count: the owner, a stranger, random
    /// credentials, candidates, the control for lockouts, the owner.
    pub fn in_order(&self) -> bool {
        let rank = |step| match step {
            AccessStep::OwnerFirst => 0,
            AccessStep::Anonymous => 1,
            AccessStep::RandomAccount | AccessStep::RandomPassword => 2,
            AccessStep::Candidate | AccessStep::CandidateAgain | AccessStep::CandidateControl => 3,
            AccessStep::OwnerControl => 4,
            AccessStep::OwnerLast => 5,
            AccessStep::TwinAnonymous | AccessStep::TwinControl | AccessStep::TwinAccount => 6,
        };
        self.attempts.is_sorted_by_key(|attempt| rank(attempt.step))
    }

    /// The failures that the most tried account saw, and those that the owner's account saw before it
    /// was shown to work still.
    pub fn failures(&self) -> (usize, usize) {
        let owner = self
            .last(AccessStep::OwnerFirst)
            .and_then(|attempt| attempt.account)
            .map(|account| account.username.to_lowercase());
        let mut failures: BTreeMap<String, usize> = BTreeMap::new();
        for attempt in &self.attempts {
            let own = matches!(attempt.step, AccessStep::OwnerFirst | AccessStep::OwnerLast);
            if let Some(account) = attempt.account
                && !own
                && !attempt.accepted()
            {
                *failures.entry(account.username.to_lowercase()).or_default() += 1;
            }
        }
        let of_owner = owner.and_then(|owner| failures.get(&owner).copied());
        let most = failures.into_values().max();
        (most.unwrap_or_default(), of_owner.unwrap_or_default())
    }

    /// The attempt that met a throttle or a lock.
    pub fn throttled(&self) -> Option<&Attempt<'a>> {
        self.attempts
            .iter()
            .find(|attempt| attempt.outcome() == Some(AccessOutcome::Throttled))
    }

    /// Whether random credentials were refused before the candidates.
    pub fn refusal_learned(&self) -> bool {
        [AccessStep::RandomAccount, AccessStep::RandomPassword]
            .into_iter()
            .all(|step| self.last(step).is_some_and(Attempt::refused))
    }

    /// A default credential that was accepted twice while a random password for the same user was
    /// refused in between or after: it was the password that opened the door.
    pub fn opened(&self) -> Option<Opened<'a>> {
        self.attempts.iter().find_map(|first| {
            let account = first.account?;
            if first.step != AccessStep::Candidate || !first.accepted() {
                return None;
            }
            let again = self.attempts.iter().find(|attempt| {
                attempt.step == AccessStep::CandidateAgain
                    && attempt.account == Some(account)
                    && attempt.accepted()
            })?;
            let control = self.attempts.iter().find(|attempt| {
                attempt.step == AccessStep::CandidateControl
                    && attempt
                        .account
                        .is_some_and(|other| other.username == account.username)
                    && attempt.refused()
            })?;
            Some(Opened {
                account,
                reply: first.reply?,
                evidence: [first.evidence, again.evidence, control.evidence],
            })
        })
    }

    /// A default credential that was accepted, confirmed or not.
    pub fn accepted(&self) -> Option<&Attempt<'a>> {
        self.attempts
            .iter()
            .find(|attempt| attempt.step == AccessStep::Candidate && attempt.accepted())
    }

    /// Whether this default credential was refused.
    pub fn refuses(&self, candidate: &Candidate) -> bool {
        self.attempts.iter().any(|attempt| {
            attempt.step == AccessStep::Candidate
                && attempt.refused()
                && attempt.account.is_some_and(|account| {
                    account.username == candidate.username && account.password == candidate.password
                })
        })
    }

    /// A default credential whose answer was neither acceptance nor refusal, after all repetitions.
    pub fn unclear_candidate(&self) -> Option<&Attempt<'a>> {
        self.attempts.iter().find(|attempt| {
            attempt.step == AccessStep::Candidate
                && !attempt.unasked()
                && !attempt.refused()
                && !attempt.accepted()
                && !self.attempts.iter().any(|other| {
                    other.step == AccessStep::Candidate
                        && other.account == attempt.account
                        && (other.refused() || other.accepted())
                })
        })
    }

    /// Why the owner's login does not serve as a control at this step. None: it was accepted.
    pub fn owner_fault(&self, step: AccessStep) -> Option<(Reason, String)> {
        let Some(attempt) = self.last(step) else {
            return Some((
                Reason::OwnerControlMissing,
                "the owner's login was not tried".to_owned(),
            ));
        };
        match attempt.reply {
            Some(reply) if reply.outcome.accepts() => None,
            Some(reply) => Some((
                Reason::OwnerControlFailed,
                format!(
                    "the owner's login was not accepted ({})",
                    brief(&reply.detail, 160)
                ),
            )),
            None => {
                let (reason, detail) = absence(attempt.evidence);
                let reason = match reason {
                    Reason::CleartextNotAllowed | Reason::Aborted | Reason::DeviceLost => reason,
                    _ => Reason::OwnerControlFailed,
                };
                Some((reason, detail))
            }
        }
    }
}
