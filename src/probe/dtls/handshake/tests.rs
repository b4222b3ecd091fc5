use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};

use super::super::agreement::algorithm;
use super::super::agreement::tests::{CLIENT, SERVER, server};
use super::super::dialogue::tests::{datagram, flight, verify};
use super::super::message::tests::fragments;
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

/// A client that hears from a server with a certificate, its flight by this curve, and the private half of the server's share.
fn before_a_certificate(group: u16) -> (Handshake, Vec<Message>, EphemeralPrivateKey) {
    let (certificate, share, private) = server(group);
    let counted = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[1..], bytes].concat();
    let hello = flight(DTLS_12, 0xc0ae, 0).remove(0).body;
    let bodies = [
        (2, hello),
        (CERTIFICATE, counted(&counted(&certificate))),
        (12, share),
        (13, vec![1, 64, 0, 2, 4, 3, 0, 0]),
        (14, Vec::new()),
    ];
    let messages = bodies.into_iter().zip(0..);
    let messages = messages.map(|((kind, body), number)| Message { kind, number, body });
    let client = Handshake::new(Means::Certificate, CLIENT, None);
    (client, messages.collect(), private)
}

/// Each message in fragments of so many bytes, each in a datagram of its own.
fn hear_all(client: &mut Handshake, messages: &[Message], size: usize) -> Step {
    for message in messages {
        let pieces = match message.body.is_empty() {
            true => vec![message.bytes()],
            false => fragments(message, size),
        };
        for piece in pieces {
            let step = client.hear(&datagram(&piece));
            if step != Step::Wait {
                return step;
            }
        }
    }
    Step::Wait
}

#[test]
fn a_certificate_is_taken_in_fragments_and_none_of_ours_is_said() {
    for (group, size) in [(0x001d, 7), (0x0017, 100), (0x0018, 5000)] {
        let (mut client, messages, private) = before_a_certificate(group);
        client.datagram();
        assert_eq!(hear_all(&mut client, &messages, size), Step::Send);
        assert_eq!(client.shown.chain.len(), 1);
        assert!(client.shown.key_shown && client.shown.asks_for_ours);
        assert_eq!(client.suite(), Some(0xc0ae));
        let out = client.datagram();
        let out: Vec<_> = records(&out);
        let kinds: Vec<_> = out.iter().map(|it| (it.kind, it.epoch)).collect();
        let wanted = [
            (HANDSHAKE, 0),
            (HANDSHAKE, 0),
            (CHANGE_CIPHER_SPEC, 0),
            (HANDSHAKE, 1),
        ];
        assert_eq!(kinds, wanted);
        // No certificate, then our share, by which the server comes to the same keys: what it opens says so.
        assert_eq!(out[0].content[12..], [0, 0, 0]);
        let theirs = UnparsedPublicKey::new(algorithm(group).unwrap(), &out[1].content[13..]);
        let premaster = agree_ephemeral(private, &theirs, <[u8]>::to_vec).unwrap();
        let randoms = [&CLIENT[..], &SERVER].concat();
        let master = expand(&premaster, "master secret", &randoms, 48);
        let [ours, _] = keys(0xc0ae, &master, [&CLIENT, &SERVER]).unwrap();
        let head = Head {
            kind: HANDSHAKE,
            epoch: 1,
            sequence: out[3].sequence,
        };
        assert_eq!(ours.open(head, out[3].content).unwrap()[0], FINISHED);
    }
}

#[test]
fn a_server_without_the_key_of_its_certificate_is_told() {
    let (mut client, mut messages, _) = before_a_certificate(0x0017);
    messages[2].body = before_a_certificate(0x0017).1.remove(2).body;
    assert_eq!(hear_all(&mut client, &messages, 500), Step::Send);
    assert!(!client.shown.key_shown);
}

#[test]
fn a_flight_that_lacks_something_or_lies_ends_it() {
    for missing in [1, 2] {
        let (mut client, mut messages, _) = before_a_certificate(0x0017);
        messages.remove(missing);
        for (message, number) in messages.iter_mut().zip(0..) {
            message.number = number;
        }
        let step = hear_all(&mut client, &messages, 500);
        assert!(matches!(step, Step::Impossible(_)), "{missing}");
    }
    for (place, body) in [
        (1, vec![0, 0, 9, 0, 0, 200, 1]),
        (1, vec![0xff; 3]),
        (2, vec![3, 0, 0x17, 65]),
        (2, [&[3, 0, 0x17, 65][..], &[9; 65], &[4, 3, 0, 0]].concat()),
    ] {
        let (mut client, mut messages, _) = before_a_certificate(0x0017);
        messages[place].body = body;
        let step = hear_all(&mut client, &messages, 500);
        assert!(matches!(step, Step::Impossible(_)), "{place}");
    }
    // A message of 16 MB, of which the first bytes come.
    let (mut client, messages, _) = before_a_certificate(0x0017);
    let huge = [
        &[CERTIFICATE, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 4][..],
        b"much",
    ]
    .concat();
    hear_all(&mut client, &messages[..1], 500);
    assert!(matches!(client.hear(&datagram(&huge)), Step::Impossible(_)));
    // Cut anywhere.
    let (_, messages, _) = before_a_certificate(0x0017);
    let whole: Vec<u8> = messages.iter().flat_map(Message::bytes).collect();
    let whole = datagram(&whole);
    for length in 0..whole.len() {
        let mut client = Handshake::new(Means::Certificate, CLIENT, None);
        assert_eq!(client.hear(&whole[..length]), Step::Wait, "{length}");
    }
}

#[test]
fn a_client_with_a_key_takes_no_certificate_and_the_other_no_suite_with_a_key() {
    let (_, messages, _) = before_a_certificate(0x0017);
    let step = hear_all(&mut client(), &messages, 500);
    assert!(matches!(step, Step::Impossible(_)));
    let mut client = Handshake::new(Means::Certificate, CLIENT, None);
    let answer = server_flight(0xc0a8, 0);
    assert!(matches!(client.hear(&answer), Step::Impossible(_)));
}
