//! A trial whose login has two versions.

use super::*;

fn broker(version: MqttVersion) -> Door {
    Door {
        mechanism: Mechanism::Mqtt,
        version: Some(version),
        path: None,
        ..door(true)
    }
}

#[tokio::test]
async fn being_let_in_accepts_credentials_and_serves_nobody() {
    let list = list();
    let door = broker(MqttVersion::V3);
    let (ended, book) = play(&door, &policy(&list), |_, sent| {
        Ok(match sent {
            None | Some(("owner", "hunter2") | ("root", "root")) => Admitted,
            _ => Refused,
        })
    })
    .await;
    assert_eq!(ended, Ended::DefaultFound);
    assert_eq!(book.count(Anonymous), 1);
    let (ended, book) = play(&door, &policy(&list), |_, _| Ok(Admitted)).await;
    assert_eq!(ended, Ended::AcceptsAnything);
    assert_eq!(book.steps(), [OwnerFirst, Anonymous, RandomAccount]);
    let (ended, _) = play(&door, &policy(&list), |_, _| Ok(NotFound)).await;
    assert_eq!(ended, Ended::NoLoginToTry);
}

/// A short trial in the other version, with what is left of the first one's pace.
async fn accompany<F>(policy: &TrialPolicy<'_>, ledger: &mut Ledger, script: F) -> (Ended, Book)
where
    F: FnMut(usize, Option<(&str, &str)>) -> Result<AccessOutcome, Absence> + Send,
{
    let (_keep, stop) = Stopper::new();
    let mut book = Book::default();
    let door = companion::door(&broker(MqttVersion::V3), Ended::CandidatesTried).unwrap();
    assert_eq!(door.version, Some(MqttVersion::V5));
    let script = Script(0, script, &["basic"]);
    let ended = companion::run(&door, script, policy, ledger, &stop, &mut book).await;
    (ended.unwrap(), book)
}

#[tokio::test]
async fn the_other_version_sees_nobody_somebody_and_the_owner() {
    let list = list();
    let policy = policy(&list);
    let (ended, book) = accompany(&policy, &mut ledger(&policy), sound).await;
    assert_eq!(ended, Ended::CandidatesTried);
    assert_eq!(book.steps(), [Anonymous, RandomAccount, OwnerLast]);
    assert_eq!(book.sequences, [1, 2, 3]);
    for (outcome, end, count) in [
        (Ok(Served), Ended::NoLoginNeeded, 1),
        (Ok(Admitted), Ended::AcceptsAnything, 2),
        (Ok(NotFound), Ended::NoLoginToTry, 1),
        (Ok(Throttled), Ended::Throttled, 1),
        (Err(Absence::Disconnected), Ended::Lost, 2),
    ] {
        let (ended, book) = accompany(&policy, &mut ledger(&policy), |_, _| outcome).await;
        assert_eq!((ended, book.attempts.len()), (end, count));
    }
}

#[tokio::test(start_paused = true)]
async fn the_other_version_tries_no_account_faster() {
    let list = list();
    let policy = TrialPolicy {
        attempts_per_minute: 1,
        ..policy(&list)
    };
    let mut ledger = ledger(&policy);
    ledger.tried("owner", Instant::now());
    let (_, book) = accompany(&policy, &mut ledger, sound).await;
    assert_eq!(book.waits, 1);
}

#[test]
fn a_door_that_stands_open_or_asked_for_peace_is_left_alone() {
    let door = broker(MqttVersion::V5);
    for ended in [
        Ended::NoLoginNeeded,
        Ended::AcceptsAnything,
        Ended::Throttled,
        Ended::Stopped,
    ] {
        assert!(companion::door(&door, ended).is_none(), "{ended:?}");
    }
    let other = companion::door(&door, Ended::Lost).unwrap();
    assert_eq!(other.version, Some(MqttVersion::V3));
    assert!(companion::door(&super::door(true), Ended::Lost).is_none());
}
