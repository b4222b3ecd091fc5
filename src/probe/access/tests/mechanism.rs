//! Which login is tried, and a real one.

use super::*;

#[tokio::test]
async fn without_an_owner_the_device_says_which_login_is_tried() {
    let list = list();
    let refused = |number, _: Option<(&str, &str)>| match number {
        1 => Err(Absence::Disconnected),
        _ => Ok(Refused),
    };
    for (offers, mechanism) in [
        (&["digest"][..], Mechanism::HttpDigest),
        (&["digest", "basic"], Mechanism::HttpBasic),
        (&["negotiate"], Mechanism::HttpBasic),
    ] {
        let mut door = door(true);
        let (_, book) = play_offering(offers, &door, &policy(&list), refused).await;
        assert!(
            book.mechanisms
                .iter()
                .all(|one| *one == Mechanism::HttpBasic)
        );
        door.owner = None;
        let (_, book) = play_offering(offers, &door, &policy(&list), refused).await;
        // The answer that was lost stands where the others stand.
        assert_eq!(book.count(Anonymous), 2);
        assert!(
            book.mechanisms.iter().all(|one| *one == mechanism),
            "{offers:?}"
        );
    }
    // Nobody ever said it.
    let mut silent = door(true);
    silent.owner = None;
    let (ended, book) = play(&silent, &policy(&list), |_, _| Err(Absence::NoAnswer)).await;
    assert_eq!(ended, Ended::Lost);
    assert_eq!(book.steps(), [Anonymous, Anonymous]);
}

#[tokio::test]
async fn every_scheme_that_is_offered_is_tried() {
    for (offered, schemes) in [
        ("Basic realm=x", 1),
        ("Digest realm=x, nonce=n, Basic realm=x", 2),
    ] {
        let address = fake::serve(move |mut stream| async move {
            use tokio::io::AsyncWriteExt;
            while !fake::read_request(&mut stream).await.is_empty() {
                let answer = format!(
                    "HTTP/1.1 401 No\r\nWWW-Authenticate: {offered}\r\nContent-Length: 0\r\n\r\n"
                );
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        })
        .await;
        let (_keep, stop) = Stopper::new();
        let (list, mut book) = (list(), Book::default());
        let door = Door {
            endpoint: Endpoint::clear(address),
            owner: None,
            ..door(true)
        };
        let ended = trial(
            &door,
            &policy(&list),
            &mut ledger(&policy(&list)),
            &stop,
            &mut book,
        )
        .await
        .unwrap();
        assert_eq!(ended, Ended::CandidatesTried);
        assert_eq!(book.count(CANDIDATE), schemes * 4, "{offered}");
        let digest = book.mechanisms.contains(&Mechanism::HttpDigest);
        assert_eq!(digest, schemes == 2, "{offered}");
    }
}

/// What a server says that it takes is no proof of what it takes.
#[tokio::test]
async fn a_user_who_is_offered_keys_alone_is_tried_with_every_password() {
    let list = list();
    let mut ssh = door(true);
    ssh.mechanism = Mechanism::SshPassword;
    let refused = |_, _: Option<(&str, &str)>| Ok(Refused);
    for offer in [&["publickey"], &["password"]] {
        let (ended, book) = play_offering(offer, &ssh, &policy(&list), refused).await;
        assert_eq!(ended, Ended::CandidatesTried);
        assert_eq!(book.count(CANDIDATE), 4, "{offer:?}");
    }
}

#[tokio::test]
async fn a_real_server_with_a_default_is_found() {
    let address = fake::serve(async |mut stream| {
        use tokio::io::AsyncWriteExt;
        let head = fake::read_request(&mut stream).await;
        // `root:root` and `owner:hunter2`.
        let known = ["Basic cm9vdDpyb290\r\n", "Basic b3duZXI6aHVudGVyMg==\r\n"];
        let answer = if known.iter().any(|one| head.contains(one)) {
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin"
        } else {
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let (_keep, stop) = Stopper::new();
    let (list, mut book) = (list(), Book::default());
    let door = Door {
        endpoint: Endpoint::clear(address),
        ..door(true)
    };
    let ended = trial(
        &door,
        &policy(&list),
        &mut ledger(&policy(&list)),
        &stop,
        &mut book,
    )
    .await
    .unwrap();
    assert_eq!(ended, Ended::DefaultFound);
    assert_eq!(book.accounts(CandidateAgain), ["root"]);
}
