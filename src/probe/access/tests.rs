use super::super::{Endpoint, Stopper, fake};
use super::*;
use crate::dut::Secret;
use crate::observation::{Account, MqttVersion};
use AccessOutcome::*;
use AccessStep::{
    Anonymous, CandidateAgain, CandidateControl, OwnerControl, OwnerFirst, OwnerLast,
    RandomAccount, RandomPassword,
};

mod broker;
mod mechanism;
mod twin;

const CANDIDATE: AccessStep = AccessStep::Candidate;

/// Everything that a trial wrote down.
#[derive(Default)]
struct Book {
    attempts: Vec<(AccessStep, Option<Account>, Outcome)>,
    sequences: Vec<u32>,
    paths: Vec<Option<String>>,
    mechanisms: Vec<Mechanism>,
    of: Vec<Option<String>>,
    waits: usize,
}

impl Recorder for Book {
    fn record(&mut self, asked: Asked, exchange: Exchange) -> Result<(), Error> {
        let Asked::Access {
            step,
            account,
            sequence,
            path,
            mechanism,
            account_of,
            ..
        } = asked
        else {
            panic!("{asked:?}");
        };
        self.attempts.push((step, account, exchange.outcome));
        self.sequences.push(sequence);
        self.paths.push(path);
        self.mechanisms.push(mechanism);
        self.of.push(account_of);
        Ok(())
    }

    fn waiting(&mut self, _until: Instant, _why: &str) {
        self.waits += 1;
    }
}

impl Book {
    fn steps(&self) -> Vec<AccessStep> {
        self.attempts.iter().map(|(step, ..)| *step).collect()
    }

    fn count(&self, wanted: AccessStep) -> usize {
        self.steps().iter().filter(|step| **step == wanted).count()
    }

    fn accounts(&self, wanted: AccessStep) -> Vec<&str> {
        self.attempts
            .iter()
            .filter(|(step, ..)| *step == wanted)
            .filter_map(|(_, account, _)| account.as_ref())
            .map(|account| account.username.as_str())
            .collect()
    }
}

/// A device that answers by script: the attempt's number from 1, and what was sent.
struct Script<F>(usize, F, &'static [&'static str]);

impl<F: FnMut(usize, Option<(&str, &str)>) -> Result<AccessOutcome, Absence> + Send> Knocker
    for Script<F>
{
    async fn knock(&mut self, _mechanism: Mechanism, credential: Option<&Credential>) -> Exchange {
        self.0 += 1;
        let sent = credential.map(|one| (one.username.as_str(), one.password.as_str()));
        match (self.1)(self.0, sent) {
            Ok(outcome) => observed(outcome, self.2),
            Err(reason) => Exchange::absent(Timestamp::now(), reason, ""),
        }
    }
}

fn observed(outcome: AccessOutcome, schemes: &[&str]) -> Exchange {
    let reply = AccessReply {
        outcome,
        detail: String::new(),
        status: None,
        schemes: schemes.iter().map(|one| (*one).to_owned()).collect(),
        location: None,
        content_sha256: None,
        content_length: None,
        title: None,
        mqtt: None,
    };
    Exchange::observed(Timestamp::now(), Observation::Access(reply))
}

fn candidate(username: &str, password: &str) -> Candidate {
    Candidate {
        username: username.to_owned(),
        password: password.to_owned(),
        products: 1,
        origin: "test".to_owned(),
        retrieved: jiff::civil::date(2026, 1, 31),
    }
}

fn list() -> Vec<Candidate> {
    vec![
        candidate("admin", "admin"),
        candidate("admin", ""),
        candidate("root", "root"),
        candidate("admin", "1234"),
    ]
}

fn policy(candidates: &[Candidate]) -> TrialPolicy<'_> {
    TrialPolicy {
        candidates,
        max_candidates: 99,
        attempts_per_minute: 99,
        lockout: None,
    }
}

fn ledger(policy: &TrialPolicy<'_>) -> Ledger {
    Ledger::new(policy.attempts_per_minute, policy.lockout)
}

fn door(allow_cleartext: bool) -> Door {
    Door {
        endpoint: Endpoint::clear("127.0.0.1:1".parse().unwrap()),
        mechanism: Mechanism::HttpBasic,
        path: Some("/admin".to_owned()),
        version: None,
        topic: None,
        owner: Some(OwnerLogin {
            credential: Credential::secret("owner", &Secret::new("owner-web", "hunter2")),
            allow_cleartext,
        }),
    }
}

/// A sound device: takes the owner's password and nothing else.
fn sound(_: usize, sent: Option<(&str, &str)>) -> Result<AccessOutcome, Absence> {
    Ok(match sent {
        Some(("owner", "hunter2")) => Served,
        _ => Refused,
    })
}

async fn play<F>(door: &Door, policy: &TrialPolicy<'_>, script: F) -> (Ended, Book)
where
    F: FnMut(usize, Option<(&str, &str)>) -> Result<AccessOutcome, Absence> + Send,
{
    play_offering(&["basic"], door, policy, script).await
}

/// The same, where every answer offers these schemes.
async fn play_offering<F>(
    offers: &'static [&'static str],
    door: &Door,
    policy: &TrialPolicy<'_>,
    script: F,
) -> (Ended, Book)
where
    F: FnMut(usize, Option<(&str, &str)>) -> Result<AccessOutcome, Absence> + Send,
{
    let (_keep, stop) = Stopper::new();
    let mut book = Book::default();
    let ended = run(
        door,
        Script(0, script, offers),
        policy,
        &mut ledger(policy),
        &stop,
        &mut book,
    )
    .await;
    let expected: Vec<u32> = (1..=book.sequences.len() as u32).collect();
    assert_eq!(book.sequences, expected);
    (ended.unwrap(), book)
}

#[tokio::test]
async fn a_sound_device_sees_the_whole_order() {
    let list = list();
    let (ended, book) = play(&door(true), &policy(&list), sound).await;
    assert_eq!(ended, Ended::CandidatesTried);
    assert_eq!(
        book.steps(),
        [
            OwnerFirst,
            Anonymous,
            RandomAccount,
            RandomPassword,
            CANDIDATE,
            CANDIDATE,
            CANDIDATE,
            CANDIDATE,
            // As many as `admin` failed: one random password and three candidates.
            OwnerControl,
            OwnerControl,
            OwnerControl,
            OwnerControl,
            OwnerLast
        ]
    );
    assert_eq!(book.accounts(RandomPassword), ["admin"]);
    assert_eq!(
        book.accounts(CANDIDATE),
        ["admin", "admin", "root", "admin"]
    );
    let (_, owner, _) = &book.attempts[0];
    assert_eq!(owner.as_ref().unwrap().password, "{{secret:owner-web}}");
}

#[tokio::test]
async fn random_credentials_are_fresh_and_in_clear() {
    let list = list();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let (_, book) = play(&door(true), &policy(&list), sound).await;
        for (step, account, _) in &book.attempts {
            if matches!(step, RandomAccount | RandomPassword) {
                let password = &account.as_ref().unwrap().password;
                assert_eq!(password.len(), 16);
                assert!(seen.insert(password.clone()));
            }
        }
    }
    assert_eq!(seen.len(), 4);
}

#[tokio::test]
async fn the_path_that_was_asked_for_is_on_the_record() {
    let list = list();
    for (mechanism, path, expected) in [
        (Mechanism::HttpBasic, Some("/admin"), Some("/admin")),
        (Mechanism::HttpBasic, None, Some("/")),
        (Mechanism::Telnet, Some("/admin"), None),
    ] {
        let mut door = door(true);
        door.mechanism = mechanism;
        door.path = path.map(str::to_owned);
        let (_, book) = play(&door, &policy(&list), sound).await;
        assert!(book.paths.iter().all(|path| path.as_deref() == expected));
    }
}

#[tokio::test]
async fn no_cleartext_means_that_the_owner_is_not_sent() {
    let list = list();
    let mut sent_owner = false;
    let (ended, book) = play(&door(false), &policy(&list), |_, sent| {
        sent_owner |= matches!(sent, Some(("owner", _)));
        sound(0, sent)
    })
    .await;
    assert_eq!(ended, Ended::CandidatesTried);
    assert!(!sent_owner);
    for at in [0, book.attempts.len() - 1] {
        assert!(matches!(
            book.attempts[at].2,
            Outcome::Absent {
                reason: Absence::CleartextNotAllowed,
                ..
            }
        ));
    }
    assert_eq!((book.count(OwnerFirst), book.count(OwnerLast)), (1, 1));
}

#[tokio::test]
async fn a_door_without_owner_is_tried_all_the_same() {
    let list = list();
    let mut door = door(true);
    door.owner = None;
    let (ended, book) = play(&door, &policy(&list), sound).await;
    assert_eq!(ended, Ended::CandidatesTried);
    assert_eq!((book.count(OwnerFirst), book.count(OwnerLast)), (0, 0));
}

#[tokio::test]
async fn what_is_open_to_all_is_tried_no_further() {
    let list = list();
    let (ended, book) = play(&door(true), &policy(&list), |_, _| Ok(Served)).await;
    assert_eq!(ended, Ended::NoLoginNeeded);
    assert_eq!(book.steps(), [OwnerFirst, Anonymous]);
}

#[tokio::test]
async fn what_demands_no_basic_login_is_tried_no_further() {
    struct Digest;
    impl Knocker for Digest {
        async fn knock(&mut self, _: Mechanism, _: Option<&Credential>) -> Exchange {
            observed(Refused, &["digest"])
        }
    }
    let (_keep, stop) = Stopper::new();
    let (list, mut book) = (list(), Book::default());
    let ended = run(
        &door(true),
        Digest,
        &policy(&list),
        &mut ledger(&policy(&list)),
        &stop,
        &mut book,
    )
    .await;
    assert_eq!(ended.unwrap(), Ended::NoLoginToTry);
    assert_eq!(book.steps(), [OwnerFirst, Anonymous]);
}

#[tokio::test]
async fn a_terminal_whose_prompt_is_unknown_is_tried_no_further() {
    let list = list();
    let mut door = door(true);
    door.mechanism = Mechanism::Telnet;
    let (ended, _) = play(&door, &policy(&list), |_, _| Ok(Unclear)).await;
    assert_eq!(ended, Ended::NoLoginToTry);
    let (ended, _) = play(&door, &policy(&list), sound).await;
    assert_eq!(ended, Ended::CandidatesTried);
}

#[tokio::test]
async fn a_device_that_accepts_anything_is_found_by_the_controls() {
    let list = list();
    let (ended, book) = play(&door(true), &policy(&list), |_, sent| {
        Ok(if sent.is_some() { Served } else { Refused })
    })
    .await;
    assert_eq!(ended, Ended::AcceptsAnything);
    assert_eq!(book.steps(), [OwnerFirst, Anonymous, RandomAccount]);
    let (ended, book) = play(&door(true), &policy(&list), |_, sent| {
        Ok(match sent {
            Some(("admin" | "owner", _)) => Served,
            _ => Refused,
        })
    })
    .await;
    assert_eq!(ended, Ended::AcceptsAnything);
    assert_eq!(book.steps()[2..], [RandomAccount, RandomPassword]);
}

#[tokio::test]
async fn a_default_is_confirmed_and_ends_the_search() {
    let list = list();
    let (ended, book) = play(&door(true), &policy(&list), |at, sent| match sent {
        Some(("admin", "")) => Ok(Served),
        sent => sound(at, sent),
    })
    .await;
    assert_eq!(ended, Ended::DefaultFound);
    assert_eq!(
        book.steps()[4..],
        [
            CANDIDATE,
            CANDIDATE,
            CandidateAgain,
            CandidateControl,
            OwnerLast
        ]
    );
    assert_eq!(book.accounts(CandidateControl), ["admin"]);
}

#[tokio::test]
async fn one_account_that_takes_any_password_is_no_default() {
    let list = list();
    let (ended, book) = play(&door(true), &policy(&list), |at, sent| match sent {
        Some(("root", _)) => Ok(Served),
        sent => sound(at, sent),
    })
    .await;
    assert_eq!(ended, Ended::AcceptsAnything);
    assert_eq!(*book.steps().last().unwrap(), CandidateControl);
}

#[tokio::test]
async fn a_success_that_does_not_repeat_is_not_confirmed() {
    let list = list();
    let mut opened = 0;
    let (ended, book) = play(&door(true), &policy(&list), |at, sent| match sent {
        Some(("admin", "admin")) if opened == 0 => {
            opened += 1;
            Ok(Served)
        }
        sent => sound(at, sent),
    })
    .await;
    assert_eq!(ended, Ended::CandidatesTried);
    assert_eq!((book.count(CandidateAgain), book.count(CANDIDATE)), (1, 4));
}

#[tokio::test]
async fn throttling_ends_the_candidates_and_the_owner_follows() {
    let list = list();
    let (ended, book) = play(&door(true), &policy(&list), |at, sent| {
        if at == 6 {
            Ok(Throttled)
        } else {
            sound(at, sent)
        }
    })
    .await;
    assert_eq!(ended, Ended::Throttled);
    assert_eq!(book.steps()[4..], [CANDIDATE, CANDIDATE, OwnerLast]);
}

#[tokio::test]
async fn a_lost_attempt_is_repeated_once_and_two_end_the_trial() {
    let list = list();
    let (ended, book) = play(&door(true), &policy(&list), |at, sent| {
        if at == 5 {
            Err(Absence::Disconnected)
        } else {
            sound(at, sent)
        }
    })
    .await;
    assert_eq!((ended, book.count(CANDIDATE)), (Ended::CandidatesTried, 5));
    let (ended, book) = play(&door(true), &policy(&list), |at, sent| {
        if at == 5 || at == 6 {
            Err(Absence::NoAnswer)
        } else {
            sound(at, sent)
        }
    })
    .await;
    assert_eq!(ended, Ended::Lost);
    assert_eq!(book.steps()[4..], [CANDIDATE, CANDIDATE, OwnerLast]);
}

#[tokio::test]
async fn no_account_comes_near_its_lockout() {
    let list = list();
    for threshold in 1..6 {
        for lose in 0..10 {
            let mut policy = policy(&list);
            policy.lockout = Some(Lockout {
                threshold,
                forgets_after: None,
            });
            let mut failed = std::collections::BTreeMap::new();
            let (_, book) = play(&door(true), &policy, |at, sent| {
                if let Some((name, _)) = sent.filter(|(name, _)| *name != "owner") {
                    *failed.entry(name.to_owned()).or_insert(0) += 1;
                }
                if at == lose {
                    Err(Absence::NoAnswer)
                } else {
                    sound(at, sent)
                }
            })
            .await;
            for (name, count) in failed {
                assert!(
                    count < threshold,
                    "{name} {count} of {threshold}, {lose} lost"
                );
            }
            assert_eq!(*book.steps().last().unwrap(), OwnerLast);
        }
    }
}

#[tokio::test]
async fn no_more_candidates_than_the_policy_allows() {
    let list = list();
    let mut policy = policy(&list);
    policy.max_candidates = 2;
    let (_, book) = play(&door(true), &policy, sound).await;
    assert_eq!(book.accounts(CANDIDATE), ["admin", "admin"]);
}

#[tokio::test]
async fn while_one_account_waits_another_goes_on_and_a_stop_ends_the_wait() {
    let list = list();
    let mut policy = policy(&list);
    policy.attempts_per_minute = 2;
    let (stopper, stop) = Stopper::new();
    let (mut book, door) = (Book::default(), door(true));
    let mut seen = 0;
    let script = Script(
        0,
        |at, sent: Option<(&str, &str)>| {
            seen += 1;
            // Behind the owner, nobody, two controls, and one candidate each of admin and root.
            if at == 6 {
                stopper.stop("Ctrl-C");
            }
            sound(at, sent)
        },
        &["basic"],
    );
    let ended = run(
        &door,
        script,
        &policy,
        &mut ledger(&policy),
        &stop,
        &mut book,
    )
    .await
    .unwrap();
    assert_eq!((ended, seen), (Ended::Stopped, 6));
    assert_eq!(book.accounts(CANDIDATE), ["admin", "root", "admin"]);
    assert_eq!(book.waits, 1);
    assert!(matches!(
        book.attempts.last().unwrap().2,
        Outcome::Absent {
            reason: Absence::Aborted,
            ..
        }
    ));
}

#[tokio::test]
async fn a_record_that_fails_ends_the_trial() {
    struct Full;
    impl Recorder for Full {
        fn record(&mut self, _: Asked, _: Exchange) -> Result<(), Error> {
            Err(Error::Harness("the disk is full".to_owned()))
        }
        fn waiting(&mut self, _: Instant, _: &str) {}
    }
    let (_keep, stop) = Stopper::new();
    let list = list();
    let ended = run(
        &door(true),
        Script(0, sound, &["basic"]),
        &policy(&list),
        &mut ledger(&policy(&list)),
        &stop,
        &mut Full,
    )
    .await;
    assert!(ended.is_err());
}

#[test]
fn a_trial_may_run_on_any_thread() {
    fn send<T: Send>(_: &T) {}
    let (_keep, stop) = Stopper::new();
    let (list, mut book, door) = (list(), Book::default(), door(true));
    let policy = policy(&list);
    send(&trial(
        &door,
        &policy,
        &mut ledger(&policy),
        &stop,
        &mut book,
    ));
}
