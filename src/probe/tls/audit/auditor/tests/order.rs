//! What is chosen where suites with and without forward secrecy are offered.

use super::*;

const STATIC: u16 = 0x002f;
const EPHEMERAL: u16 = 0xc02f;
/// With forward secrecy too, in another of the lists that are offered one after the other.
const FAR: u16 = 0xd001;

/// What a service of TLS 1.2 that takes these, in its own order or else the client's, is said to prefer.
async fn preferring(takes: &'static [u16], own_order: bool) -> (Option<bool>, Option<Preference>) {
    let address = answering(move |asked| {
        let choice = match own_order {
            true => takes.iter().find(|code| asked.suites.contains(code)),
            false => asked.suites.iter().find(|code| takes.contains(code)),
        };
        match choice {
            _ if asked.version != 0x0303 => alert(70),
            Some(code) => in_record(22, &flight(0x0303, *code, 0, &[(0xff01, &[0])])),
            None => alert(40),
        }
    });
    let audit = audited(address.await, None).await;
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.suites.len(), takes.len());
    (version.prefers_forward_secrecy, version.preference)
}

#[tokio::test]
async fn forward_secrecy_is_preferred_by_whose_order_puts_it_first() {
    let together = |list: &Vec<u16>| list.contains(&FAR) && list.contains(&STATIC);
    assert!(!chunks(TlsVersion::Tls12).iter().any(together));
    for (takes, own_order, prefers) in [
        (&[EPHEMERAL, STATIC][..], true, Some(true)),
        (&[STATIC, EPHEMERAL], true, Some(false)),
        (&[EPHEMERAL, STATIC], false, Some(false)),
        // Compression is offered with two of them, or with all.
        (&[EPHEMERAL, STATIC, 0x0035], true, Some(true)),
        (&[0x0035, STATIC, EPHEMERAL], true, Some(false)),
        (&[EPHEMERAL, STATIC, 0x0035], false, Some(false)),
        // One that comes first hides others that come behind.
        (&[EPHEMERAL, STATIC, 0xc030], true, Some(false)),
        (&[EPHEMERAL, 0xc030, STATIC], true, Some(true)),
        // Suites that no hello of ours offers together.
        (&[STATIC, FAR], true, Some(false)),
        (&[FAR, STATIC], true, Some(true)),
        (&[EPHEMERAL, FAR, STATIC], true, Some(true)),
        (&[EPHEMERAL, STATIC, FAR], true, Some(false)),
        (&[FAR, EPHEMERAL, STATIC], false, Some(false)),
        // There is nothing to prefer.
        (&[STATIC, 0x0035], false, None),
        (&[EPHEMERAL, 0xc030], true, None),
    ] {
        let (told, who) = preferring(takes, own_order).await;
        assert_eq!(told, prefers, "{takes:x?} {own_order}");
        if takes.len() == 3 {
            assert_eq!(who == Some(Preference::Server), own_order, "{takes:x?}");
        }
    }
}

/// Whatever the client offers first, and an alert behind it where only two suites are left to choose from.
#[tokio::test]
async fn what_an_alert_takes_back_shows_no_preference() {
    for takes in [[STATIC, 0x0035], [STATIC, FAR]] {
        let address = answering(move |asked| {
            let known = asked.suites.iter().filter(|code| **code != 0x00ff);
            let few = known.count() == 2;
            let choice = asked.suites.iter().find(|code| takes.contains(code));
            match choice {
                _ if asked.version != 0x0303 => alert(70),
                Some(code) => broken_off(asked.version, *code, few.then_some(80)),
                None => alert(40),
            }
        });
        let audit = audited(address.await, None).await;
        let version = audit.version(TlsVersion::Tls12).unwrap();
        assert_eq!(version.suites.len(), 2);
        assert_eq!(version.preference, None);
        assert_eq!(version.prefers_forward_secrecy, None);
        assert_eq!(version.compression, None);
        for what in ["compression", "preference"] {
            let why = version.untold.iter().find(|it| it.what == what);
            assert_eq!(why.unwrap().why, "chosen, and then alert 80");
        }
    }
}

/// A flight that ends in this alert; none: to its end.
fn broken_off(version: u16, suite: u16, ends_in: Option<u8>) -> Vec<u8> {
    let whole = flight(version, suite, 0, &[(0xff01, &[0])]);
    match ends_in {
        Some(number) => [in_record(22, &whole[..whole.len() - 4]), alert(number)].concat(),
        None => in_record(22, &whole),
    }
}

/// Over TLS 1.2 and 1.1: the older one is chosen for who says that he fell back, and by which alert that ends.
#[tokio::test]
async fn a_fallback_that_an_alert_takes_back_was_not_let_in() {
    for (ends_in, expected) in [
        (None, Some(false)),
        (Some(86), Some(true)),
        (Some(80), None),
    ] {
        let address = answering(move |asked| {
            let fell_back = asked.suites.contains(&0x5600);
            match asked.version {
                0x0302 | 0x0303 if asked.suites.contains(&STATIC) => {
                    broken_off(asked.version, STATIC, ends_in.filter(|_| fell_back))
                }
                0x0302 | 0x0303 => alert(40),
                _ => alert(70),
            }
        });
        let audit = audited(address.await, None).await;
        let version = audit.version(TlsVersion::Tls11).unwrap();
        assert_eq!(version.refuses_fallback, expected, "{ends_in:?}");
    }
}
