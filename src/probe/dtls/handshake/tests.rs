use super::super::dialogue::tests::{datagram, flight, verify};
use super::*;

fn client() -> Handshake {
    let shared = SharedKey {
        identity: b"dev1".to_vec(),
        key: b"sesame".to_vec(),
    };
    Handshake::new(Means::Key(shared), [5; 32], None)
}

fn server_flight(suite: u16, number: u16) -> Vec<u8> {
    let messages = flight(DTLS_12, suite, number);
    datagram(
        &messages
            .iter()
            .flat_map(Message::bytes)
            .collect::<Vec<u8>>(),
    )
}

/// A client whose key is out, and what the server's Finished must be, in a datagram.
fn until_the_key() -> (Handshake, Vec<u8>) {
    let mut client = client();
    client.datagram();
    assert_eq!(
        client.hear(&datagram(&verify(b"crumb").bytes())),
        Step::Send
    );
    assert!(!client.key_is_out());
    client.datagram();
    assert_eq!(client.hear(&server_flight(0xc0a8, 1)), Step::Send);
    assert!(client.key_is_out());
    let finished = Message {
        kind: FINISHED,
        number: 4,
        body: client.wanted.clone(),
    };
    let head = Head {
        kind: HANDSHAKE,
        epoch: 1,
        sequence: 0,
    };
    let [_, theirs] = client.keys.as_ref().unwrap();
    let sealed = theirs.seal(head, &finished.bytes()).unwrap();
    let record = Record {
        kind: HANDSHAKE,
        version: DTLS_12,
        epoch: 1,
        sequence: 0,
        content: &sealed,
    };
    let answer = record.bytes();
    (client, answer)
}

#[test]
fn the_identity_is_said_and_the_key_is_not() {
    let (mut client, _) = until_the_key();
    let out = client.datagram();
    let kinds: Vec<_> = records(&out).iter().map(|it| (it.kind, it.epoch)).collect();
    let wanted = [(HANDSHAKE, 0), (CHANGE_CIPHER_SPEC, 0), (HANDSHAKE, 1)];
    assert_eq!(kinds, wanted);
    let says = |text: &[u8]| out.windows(text.len()).any(|it| it == text);
    assert!(says(b"dev1") && !says(b"sesame"));
    // Once more with numbers of its own: no nonce is used twice.
    let again = client.datagram();
    let (one, two) = (records(&out), records(&again));
    assert!(two[0].sequence > one[1].sequence && two[2].sequence > one[2].sequence);
}

#[test]
fn only_a_finished_that_fits_opens() {
    let (mut client, answer) = until_the_key();
    for place in 0..answer.len() {
        let mut changed = answer.clone();
        changed[place] ^= 1;
        // What does not concern the protection is its type and the like: it is then no Finished.
        assert_ne!(client.hear(&changed), Step::Established, "{place}");
    }
    for length in 0..answer.len() {
        assert_eq!(client.hear(&answer[..length]), Step::Wait, "{length}");
    }
    assert_eq!(client.hear(&answer), Step::Established);
    let (mut client, answer) = until_the_key();
    client.wanted[0] ^= 1;
    assert!(matches!(client.hear(&answer), Step::Impossible(_)));
}

#[test]
fn an_alert_refuses_the_key_only_once_it_is_out() {
    let alert = |alert: u8| {
        let record = Record {
            kind: ALERT,
            version: DTLS_12,
            epoch: 0,
            sequence: 9,
            content: &[2, alert],
        };
        record.bytes()
    };
    assert!(matches!(client().hear(&alert(40)), Step::Impossible(_)));
    let (mut client, _) = until_the_key();
    assert_eq!(client.hear(&alert(51)), Step::Refused(51));
}

#[test]
fn what_was_not_offered_ends_it() {
    for (version, suite) in [(DTLS_12, 0xc0ae), (0xfeff, 0xc0a8), (0x0303, 0xc0a8)] {
        let messages = flight(version, suite, 0);
        let answer = datagram(&messages[0].bytes());
        assert!(matches!(client().hear(&answer), Step::Impossible(_)));
    }
    let certificate = Message {
        kind: 11,
        number: 0,
        body: vec![0, 0, 0],
    };
    let answer = datagram(&certificate.bytes());
    assert!(matches!(client().hear(&answer), Step::Impossible(_)));
    // Cut anywhere.
    let whole = server_flight(0xc0a8, 0);
    for length in 0..whole.len() {
        assert_eq!(client().hear(&whole[..length]), Step::Wait, "{length}");
    }
}
