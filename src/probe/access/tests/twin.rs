//! Accounts of other services.

use AccessStep::{TwinAccount, TwinAnonymous, TwinControl};

use super::super::twin::{OtherAccount, ask};
use super::*;
use crate::probe::pace::Lockout;

fn account(service: &str, username: &str, allow_cleartext: bool) -> OtherAccount {
    let secret = Secret::new(format!("owner-{service}"), "hunter2");
    OtherAccount {
        service: service.to_owned(),
        login: OwnerLogin {
            credential: Credential::secret(username, &secret),
            allow_cleartext,
        },
    }
}

fn clear() -> Door {
    Door {
        owner: None,
        ..door(true)
    }
}

async fn tried<F>(
    door: &Door,
    accounts: &[OtherAccount],
    ledger: &mut Ledger,
    script: F,
) -> (Ended, Book)
where
    F: FnMut(usize, Option<(&str, &str)>) -> Result<AccessOutcome, Absence> + Send,
{
    let (_keep, stop) = Stopper::new();
    let (list, mut book) = (list(), Book::default());
    let policy = policy(&list);
    let knocker = Script(0, script, &["basic"]);
    let ended = ask(door, knocker, accounts, &policy, ledger, &stop, &mut book);
    (ended.await.unwrap(), book)
}

fn fresh() -> Ledger {
    Ledger::new(99, None)
}

#[tokio::test]
async fn each_account_is_sent_once_after_a_stranger_and_a_random_one() {
    let accounts = [
        account("web", "owner", true),
        account("shell", "root", true),
    ];
    for refusal in [Ok(Refused), Err(Absence::NoAnswer)] {
        let (ended, book) = tried(&clear(), &accounts, &mut fresh(), |_, sent| match sent {
            Some(("root", _)) => refusal,
            _ => sound(0, sent),
        })
        .await;
        assert_eq!(ended, Ended::CandidatesTried);
        let steps = [TwinAnonymous, TwinControl, TwinAccount, TwinAccount];
        assert_eq!(book.steps(), steps, "{refusal:?}");
        assert_eq!(book.accounts(TwinAccount), ["owner", "root"]);
        assert_eq!(
            book.of,
            [None, None, Some("web".into()), Some("shell".into())]
        );
        let (_, sent, _) = &book.attempts[2];
        assert_eq!(sent.as_ref().unwrap().password, "{{secret:owner-web}}");
    }
}

#[tokio::test]
async fn nothing_is_sent_that_may_not_travel_or_proves_nothing() {
    let sent_to = async |allowed: bool, script: fn(Option<(&str, &str)>) -> AccessOutcome| {
        let mut secrets = 0;
        let accounts = [account("web", "owner", allowed)];
        let (ended, book) = tried(&clear(), &accounts, &mut fresh(), |_, sent| {
            secrets += usize::from(matches!(sent, Some((_, "hunter2"))));
            Ok(script(sent))
        })
        .await;
        (ended, book.steps(), secrets)
    };
    let asks = |_: Option<(&str, &str)>| Refused;
    let (ended, steps, secrets) = sent_to(false, asks).await;
    // That it was not sent is written down, where a login was demanded.
    assert_eq!((ended, secrets), (Ended::CandidatesTried, 0));
    assert_eq!(steps, [TwinAnonymous, TwinAccount]);
    let (ended, steps, secrets) = sent_to(true, |_| Served).await;
    assert_eq!((ended, secrets), (Ended::NoLoginNeeded, 0));
    assert_eq!(steps, [TwinAnonymous]);
    let (ended, steps, secrets) = sent_to(true, |_| Redirected).await;
    // Its schemes say that it asks all the same.
    assert_eq!((ended, secrets), (Ended::CandidatesTried, 1));
    assert_eq!(steps, [TwinAnonymous, TwinControl, TwinAccount]);
    let anything = |sent: Option<(&str, &str)>| if sent.is_some() { Served } else { Refused };
    let (ended, steps, secrets) = sent_to(true, anything).await;
    assert_eq!((ended, secrets), (Ended::AcceptsAnything, 0));
    assert_eq!(steps, [TwinAnonymous, TwinControl]);
    let peace = |sent: Option<(&str, &str)>| if sent.is_some() { Throttled } else { Refused };
    let (ended, _, secrets) = sent_to(true, peace).await;
    assert_eq!((ended, secrets), (Ended::Throttled, 0));
}

/// What the trial of that login left is all there is.
#[tokio::test]
async fn an_account_that_one_failure_more_would_lock_is_left_alone() {
    let lockout = Some(Lockout {
        threshold: 2,
        forgets_after: None,
    });
    let mut ledger = Ledger::new(99, lockout);
    let accounts = [
        account("web", "owner", true),
        account("shell", "root", true),
    ];
    ledger.tried("Owner", Instant::now());
    let refuses = |_, _: Option<(&str, &str)>| Ok(Refused);
    let (_, book) = tried(&clear(), &accounts, &mut ledger, refuses).await;
    assert_eq!(book.accounts(TwinAccount), ["root"]);
    let (_, book) = tried(&clear(), &accounts, &mut ledger, refuses).await;
    assert!(book.accounts(TwinAccount).is_empty());
}

#[tokio::test]
async fn silence_before_the_account_ends_it() {
    let accounts = [account("web", "owner", true)];
    let silent = |_, _: Option<(&str, &str)>| Err(Absence::NoAnswer);
    let (ended, book) = tried(&clear(), &accounts, &mut fresh(), silent).await;
    assert_eq!(ended, Ended::Lost);
    assert_eq!(book.steps(), [TwinAnonymous, TwinAnonymous]);
}
