use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::evidence::Outcome;
use crate::observation::TlsTrust;
use crate::probe::{Stopper, fake};

async fn observed(address: SocketAddr) -> Tls {
    observed_behind(address, None).await
}

async fn observed_behind(address: SocketAddr, starttls: Option<StartTls>) -> Tls {
    let (_keep, stop) = Stopper::new();
    let ask = Ask {
        address,
        declared: None,
        starttls,
        versions: true,
    };
    let exchange = tls(ask, &stop).await;
    match exchange.outcome {
        Outcome::Observed { observations } => match observations.into_iter().next() {
            Some(Observation::Tls(tls)) => tls,
            other => panic!("{other:?}"),
        },
        Outcome::Absent { detail, .. } => panic!("{detail}"),
    }
}

/// Every offer is unclear, for a reason that holds the text; nothing counts as TLS.
async fn unclear_because(address: SocketAddr, text: &str) {
    let tls = observed(address).await;
    assert_eq!(tls.offers.len(), 4);
    for offer in &tls.offers {
        let OfferAnswer::Unclear { detail } = &offer.answer else {
            panic!("{offer:?}");
        };
        assert!(detail.contains(text), "{detail}");
    }
    assert!(!tls.is_spoken());
    assert!(matches!(tls.session, TlsSession::Failed { .. }));
    assert_eq!((tls.chain.len(), tls.trust), (0, TlsTrust::NotDeclared));
}

#[tokio::test]
async fn who_resets_or_refuses_or_speaks_something_else_says_nothing_about_versions() {
    unclear_because(fake::serve(fake::reset).await, "reset").await;
    unclear_because(fake::closed_port().await, "cannot connect").await;
    unclear_because(
        repeat(b"HTTP/1.1 400 Bad Request\r\n\r\n").await,
        "no TLS record",
    )
    .await;
    unclear_because(fake::serve(fake::flood).await, "no TLS record").await;
}

/// Says this again and again, to whatever hello.
async fn repeat(bytes: &'static [u8]) -> SocketAddr {
    fake::serve(async |mut stream| {
        let _ = stream.read(&mut [0; 1024]).await;
        while stream.write_all(bytes).await.is_ok() {}
    })
    .await
}

#[tokio::test]
async fn endless_records_end_at_a_bound() {
    // Warnings about the name, without end.
    unclear_because(
        repeat(&[21, 3, 3, 0, 2, 1, 112]).await,
        "without a ServerHello",
    )
    .await;
    // A ServerHello of 16 MB, one byte a record.
    unclear_because(
        repeat(&[22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff]).await,
        "absurd length",
    )
    .await;
}

/// A ServerHello for TLS 1.2, and then a certificate message that says it has 16 MB and never ends.
#[tokio::test]
async fn an_endless_certificate_ends_the_handshake() {
    let address = fake::serve(async |mut stream| {
        let mut hello = [0; 2048];
        let _ = stream.read(&mut hello).await;
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0xc0, 0x2b, 0]);
        let length = u8::try_from(body.len()).unwrap();
        let message = [&[2, 0, 0, length], &body[..]].concat();
        let record = [&[22, 3, 3, 0, length + 4], &message[..]].concat();
        let _ = stream.write_all(&record).await;
        let _ = stream
            .write_all(&[22, 3, 3, 0, 4, 11, 0xff, 0xff, 0xff])
            .await;
        let block = [&[22, 3, 3, 0x40, 0][..], &[0; 0x4000]].concat();
        while stream.write_all(&block).await.is_ok() {}
    })
    .await;
    let tls = observed(address).await;
    assert!(matches!(tls.session, TlsSession::Failed { .. }), "{tls:?}");
    assert!(tls.chain.is_empty() && tls.is_spoken());
}

#[tokio::test]
async fn a_plain_refusal_is_told_from_an_odd_alert() {
    let refusing = repeat(&[21, 3, 1, 0, 2, 2, 70]).await;
    let tls = observed(refusing).await;
    let refused = |offer: &TlsOffer| offer.answer == OfferAnswer::Refused { alert: 70 };
    assert!(tls.offers.iter().all(refused), "{tls:?}");
    unclear_because(repeat(&[21, 3, 1, 0, 2, 2, 47]).await, "alert 47").await;
}

/// Says these, one after the other, whenever it hears anything; the first unasked.
async fn says(lines: &'static [&'static [u8]]) -> SocketAddr {
    fake::serve(async |mut stream| {
        for line in lines.iter() {
            if stream.write_all(line).await.is_err() {
                return;
            }
            if !matches!(stream.read(&mut [0; 2048]).await, Ok(1..)) {
                return;
            }
        }
    })
    .await
}

#[tokio::test]
async fn behind_starttls_tls_begins_after_the_word_for_it_and_never_before() {
    const REFUSAL: &[u8] = &[21, 3, 1, 0, 2, 2, 70];
    let turns = says(&[
        b"220 hub ESMTP\r\n",
        b"250 STARTTLS\r\n",
        b"220 go\r\n",
        REFUSAL,
    ])
    .await;
    let tls = observed_behind(turns, Some(StartTls::Smtp)).await;
    let refused = |offer: &TlsOffer| offer.answer == OfferAnswer::Refused { alert: 70 };
    assert!(tls.offers.iter().all(refused), "{tls:?}");
    let stays = says(&[b"220 hub ESMTP\r\n", b"250 hub\r\n", b"502 no\r\n", REFUSAL]).await;
    let tls = observed_behind(stays, Some(StartTls::Smtp)).await;
    let detail = format!("{:?}", tls.session);
    assert!(detail.contains("did not turn to TLS"), "{detail}");
    assert!(
        !tls.is_spoken() && !tls.offers.iter().any(refused),
        "{tls:?}"
    );
}
