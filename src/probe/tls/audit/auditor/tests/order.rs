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
