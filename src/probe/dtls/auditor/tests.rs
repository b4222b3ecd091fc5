use tokio::net::UdpSocket;

use super::super::dialogue::tests::{datagram, flight, verify};
use super::super::message::Message;
use super::*;
use crate::probe::Stopper;

const PSK_CCM_8: u16 = 0xc0a8;

/// How a service behaves that takes one suite of DTLS 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Cookie,
    NoCookie,
    /// It says nothing where nothing suits it.
    Curt,
    Silent,
    /// It answers with a suite that nobody offered.
    Mad,
    /// It never answers who comes next after a suite was chosen; once.
    Distracted,
}

async fn served(manner: Manner) -> (tokio::task::JoinHandle<()>, SocketAddr) {
    let socket = UdpSocket::bind("127.77.9.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let mut buffer = [0; 2048];
        let (mut chosen, mut missed) = (None, None);
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            if manner == Manner::Distracted && chosen.is_some_and(|it| it != from) {
                missed.get_or_insert(from);
            }
            if missed == Some(from) {
                continue;
            }
            if buffer[..length]
                .windows(2)
                .any(|it| it == PSK_CCM_8.to_be_bytes())
            {
                chosen.get_or_insert(from);
            }
            if let Some(answer) = answer(manner, &buffer[..length]) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    (serving, address)
}

fn answer(manner: Manner, hello: &[u8]) -> Option<Vec<u8>> {
    if hello[0] != 22 || manner == Manner::Silent {
        return None;
    }
    // Behind record, head, version, random and session.
    let cookie = hello[13 + 12 + 35];
    let old = hello[13 + 12 + 1] == 0xff;
    let modern = hello.windows(4).any(|it| it == [0xfe, 0xfc, 0, 51]);
    if cookie == 0 && matches!(manner, Manner::Cookie | Manner::Curt) {
        return Some(datagram(&verify(b"crumb").bytes()));
    }
    let suites = offered(hello);
    let number = u16::from(cookie > 0);
    let whole = |suite| {
        let messages = flight(0xfefd, suite, number);
        Some(datagram(
            &messages
                .iter()
                .flat_map(Message::bytes)
                .collect::<Vec<u8>>(),
        ))
    };
    match suites.contains(&PSK_CCM_8) && !old && !modern {
        _ if manner == Manner::Mad => whole(0x1399),
        true => whole(PSK_CCM_8),
        false if manner == Manner::Curt => None,
        false => Some([21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40].to_vec()),
    }
}

/// The suites of a hello.
fn offered(hello: &[u8]) -> Vec<u16> {
    let cookie = usize::from(hello[13 + 12 + 35]);
    let suites = &hello[13 + 12 + 36 + cookie..];
    let length = usize::from(u16::from_be_bytes([suites[0], suites[1]]));
    suites[2..][..length]
        .chunks(2)
        .map(|it| u16::from_be_bytes([it[0], it[1]]))
        .collect()
}

async fn audited(manner: Manner) -> DtlsAudit {
    let (serving, address) = served(manner).await;
    let audit = audit_at(address).await;
    serving.abort();
    audit
}

async fn audit_at(address: SocketAddr) -> DtlsAudit {
    let (_keep, stop) = Stopper::new();
    let whom = DtlsAudited {
        address,
        name: None,
        max_rate: 1000,
    };
    let exchange = audit(&whom, &stop).await;
    match exchange.outcome {
        crate::evidence::Outcome::Observed { observations } => match &observations[..] {
            [Observation::Dtls(audit)] => audit.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn state(audit: &DtlsAudit, version: TlsVersion) -> VersionState {
    audit.tls.version(version).unwrap().state
}

#[tokio::test]
async fn versions_suites_hint_and_cookie_are_told() {
    for (manner, demanded) in [(Manner::Cookie, true), (Manner::NoCookie, false)] {
        let audit = audited(manner).await;
        let taken = audit.tls.version(TlsVersion::Tls12).unwrap();
        assert_eq!(taken.suites, ["TLS_PSK_WITH_AES_128_CCM_8"], "{manner:?}");
        assert_eq!(taken.psk_hint.as_deref(), Some("hint"));
        assert!(taken.untold.is_empty(), "{:?}", taken.untold);
        assert_eq!(state(&audit, TlsVersion::Tls11), VersionState::Refused);
        assert_eq!(state(&audit, TlsVersion::Tls13), VersionState::Refused);
        assert_eq!(audit.cookie == Some(Cookie::Demanded), demanded);
        if let Some(Cookie::NotDemanded { sent, received }) = audit.cookie {
            assert!(sent > 100 && received > 60, "{sent} {received}");
        }
    }
}

#[tokio::test]
async fn silence_is_never_a_refusal() {
    let audit = audited(Manner::Curt).await;
    let taken = audit.tls.version(TlsVersion::Tls12).unwrap();
    assert_eq!(taken.suites, ["TLS_PSK_WITH_AES_128_CCM_8"]);
    assert_eq!(taken.untold[0].what, "suites");
    assert_eq!(state(&audit, TlsVersion::Tls11), VersionState::Unknown);
    assert_eq!(audit.tls.interrupted, None);
}

#[tokio::test]
async fn one_question_that_was_missed_is_asked_once_more() {
    let audit = audited(Manner::Distracted).await;
    let taken = audit.tls.version(TlsVersion::Tls12).unwrap();
    assert_eq!(taken.suites, ["TLS_PSK_WITH_AES_128_CCM_8"]);
    assert!(taken.untold.is_empty(), "{:?}", taken.untold);
    assert_eq!(state(&audit, TlsVersion::Tls11), VersionState::Refused);
}

#[tokio::test]
async fn who_never_answers_is_given_up_and_nothing_is_said_of_it() {
    let audit = audited(Manner::Silent).await;
    for version in ORDER {
        assert_eq!(state(&audit, version), VersionState::Unknown);
    }
    assert_eq!((audit.cookie, audit.tls.connections), (None, 3));
    assert!(audit.tls.interrupted.is_some());
}

#[tokio::test]
async fn what_nobody_offered_is_a_fact_of_its_own() {
    let audit = audited(Manner::Mad).await;
    let taken = audit.tls.version(TlsVersion::Tls12).unwrap();
    assert_eq!(taken.state, VersionState::Unknown);
    assert_eq!(taken.unasked[0], "a cipher suite that was not offered");
}

mod order;
