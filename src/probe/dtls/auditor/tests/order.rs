//! What is chosen where suites with and without forward secrecy are offered in datagrams.

use super::*;
use crate::observation::Preference;

/// A shared key and nothing else, and one behind an exchange of keys.
const PLAIN: u16 = 0x00a8;
const OTHER: u16 = 0x00a9;
const EPHEMERAL: u16 = 0xd001;
/// In another list than those with a shared key. Nothing of it is read but that it was chosen.
const STATIC: u16 = 0x009c;

/// Answers hellos of DTLS 1.2 by the suite that `choose` takes of those that they offer, and all others by an alert. None: silence.
async fn choosing(
    choose: impl Fn(&[u16]) -> Option<Option<u16>> + Send + 'static,
) -> (tokio::task::JoinHandle<()>, SocketAddr) {
    let socket = UdpSocket::bind("127.77.9.2:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let hello = &buffer[..length];
            if hello[0] != 22 {
                continue;
            }
            let other =
                hello[13 + 12 + 1] == 0xff || hello.windows(4).any(|it| it == [0xfe, 0xfc, 0, 51]);
            let chosen = match other {
                true => Some(None),
                false => choose(&offered(hello)),
            };
            let answer = match chosen {
                Some(Some(suite)) => taken(suite),
                Some(None) => [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40].to_vec(),
                None => continue,
            };
            let _ = socket.send_to(&answer, from).await;
        }
    });
    (serving, address)
}

fn taken(suite: u16) -> Vec<u8> {
    let mut messages = flight(0xfefd, suite, 0);
    match suite {
        EPHEMERAL => messages[1].body.extend([3, 0, 0x17, 1, 4]),
        STATIC => messages[1].body.clear(),
        _ => {}
    }
    let bytes: Vec<u8> = messages.iter().flat_map(Message::bytes).collect();
    datagram(&bytes)
}

async fn preferring(takes: &'static [u16], own_order: bool) -> (Option<bool>, Option<Preference>) {
    let (serving, address) = choosing(move |offered| {
        Some(match own_order {
            true => takes.iter().find(|code| offered.contains(code)).copied(),
            false => offered.iter().find(|code| takes.contains(code)).copied(),
        })
    })
    .await;
    let audit = audit_at(address).await;
    serving.abort();
    let version = audit.tls.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.suites.len(), takes.len(), "{:?}", version.suites);
    assert_eq!(version.untold, []);
    (version.prefers_forward_secrecy, version.preference)
}

#[tokio::test]
async fn forward_secrecy_is_preferred_by_whose_order_puts_it_first() {
    const SERVER: Option<Preference> = Some(Preference::Server);
    const CLIENT: Option<Preference> = Some(Preference::Client);
    for (takes, own_order, prefers, who) in [
        (&[EPHEMERAL, PLAIN][..], true, Some(true), SERVER),
        (&[PLAIN, EPHEMERAL], true, Some(false), SERVER),
        (&[EPHEMERAL, PLAIN], false, Some(false), CLIENT),
        // One with a shared key beside one with a certificate, which no list of ours holds together.
        (&[STATIC, EPHEMERAL], true, Some(false), None),
        (&[EPHEMERAL, STATIC], true, Some(true), None),
        (&[EPHEMERAL, STATIC], false, Some(false), None),
        // There is nothing to prefer.
        (&[OTHER, PLAIN], true, None, SERVER),
        (&[EPHEMERAL], true, None, None),
    ] {
        let told = preferring(takes, own_order).await;
        assert_eq!(told, (prefers, who), "{takes:x?} {own_order}");
    }
}

#[tokio::test]
async fn silence_where_the_order_is_asked_shows_none() {
    let (serving, address) = choosing(|offered| {
        let both = offered.contains(&EPHEMERAL) && offered.contains(&STATIC);
        let known = [EPHEMERAL, STATIC].into_iter();
        let takes = known.into_iter().find(|code| offered.contains(code));
        (!both).then_some(takes)
    })
    .await;
    let audit = audit_at(address).await;
    serving.abort();
    let version = audit.tls.version(TlsVersion::Tls12).unwrap();
    assert_eq!(
        (version.suites.len(), version.prefers_forward_secrecy),
        (2, None)
    );
    assert_eq!(version.untold[0].what, "preference");
}
