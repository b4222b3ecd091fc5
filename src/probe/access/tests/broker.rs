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
}

#[tokio::test]
async fn a_version_is_not_spoken_only_where_credentials_do_not_help() {
    let list = list();
    let door = broker(MqttVersion::V5);
    let (ended, book) = play(&door, &policy(&list), |_, _| Ok(NotFound)).await;
    assert_eq!(ended, Ended::NoLoginToTry);
    assert_eq!(book.steps(), [OwnerFirst, Anonymous, RandomAccount]);
    for nobody in [Ok(NotFound), Ok(Unclear), Err(Absence::Disconnected)] {
        let (ended, _) = play(&door, &policy(&list), |_, sent| match sent {
            None => nobody,
            Some(_) => Ok(Served),
        })
        .await;
        assert_eq!(ended, Ended::AcceptsAnything, "{nobody:?}");
        let (ended, book) = play(&door, &policy(&list), |place, sent| match sent {
            None => nobody,
            _ => sound(place, sent),
        })
        .await;
        assert_eq!(ended, Ended::CandidatesTried, "{nobody:?}");
        assert_eq!(book.count(CANDIDATE), list.len());
    }
    // Silence is waited for as seldom as may be.
    let (ended, book) = play(&door, &policy(&list), |_, _| Err(Absence::NoAnswer)).await;
    assert_eq!((ended, book.count(RandomAccount)), (Ended::Lost, 0));
    let (ended, book) = play(&door, &policy(&list), |_, _| Err(Absence::Disconnected)).await;
    assert_eq!((ended, book.count(RandomAccount)), (Ended::Lost, 2));
}

/// A trial in the other version, with what is left of the first one's pace.
async fn accompany<F>(policy: &TrialPolicy<'_>, ledger: &mut Ledger, script: F) -> (Ended, Book)
where
    F: FnMut(usize, Option<(&str, &str)>) -> Result<AccessOutcome, Absence> + Send,
{
    let (_keep, stop) = Stopper::new();
    let mut book = Book::default();
    let door = companion::door(&broker(MqttVersion::V3), Ended::CandidatesTried).unwrap();
    assert_eq!(door.version, Some(MqttVersion::V5));
    let script = Script(0, script, &["basic"]);
    let ended = run(&door, script, policy, ledger, &stop, &mut book).await;
    (ended.unwrap(), book)
}

#[tokio::test]
async fn the_other_version_keeps_below_the_same_lockout() {
    let list = list();
    let policy = TrialPolicy {
        lockout: Some(Lockout {
            threshold: 5,
            forgets_after: None,
        }),
        ..policy(&list)
    };
    let mut ledger = ledger(&policy);
    for _ in 0..3 {
        ledger.tried("admin", Instant::now());
    }
    let (_, book) = accompany(&policy, &mut ledger, sound).await;
    assert_eq!(book.accounts(CANDIDATE), ["root"]);
    assert_eq!(book.accounts(RandomPassword), ["admin"]);
}

#[tokio::test(start_paused = true)]
async fn the_other_version_tries_no_account_faster() {
    let list = list();
    let policy = TrialPolicy {
        attempts_per_minute: 1,
        ..policy(&list)
    };
    let mut ledger = ledger(&policy);
    let (_, first) = accompany(&policy, &mut ledger, sound).await;
    let (_, second) = accompany(&policy, &mut ledger, sound).await;
    assert!(second.waits > first.waits, "{}", first.waits);
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
