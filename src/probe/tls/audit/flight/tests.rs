use super::*;
use crate::probe::tls::record::tests::{in_message, in_record};

fn asked() -> Hello {
    Hello {
        suites: vec![0xc02f, 0x009e, 0xc0a8, 0xc035, 0x1301],
        ..Hello::offer(TlsVersion::Tls12, None)
    }
}

fn server_hello(suite: u16) -> Vec<u8> {
    let mut body = [&[3, 3][..], &[9; 32], &[0]].concat();
    body.extend(suite.to_be_bytes());
    body.push(0);
    in_message(2, &body)
}

fn counted_24(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[1..], bytes].concat()
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[..], bytes].concat()
}

fn chain(certificates: &[&[u8]]) -> Vec<u8> {
    let list: Vec<u8> = certificates.iter().flat_map(|it| counted_24(it)).collect();
    in_message(11, &counted_24(&list))
}

fn answer(messages: &[Vec<u8>]) -> Answer {
    let asked = asked();
    let mut hearing = Hearing::new(&asked, false);
    let bytes = in_record(22, &messages.concat());
    hearing
        .hear(&bytes)
        .unwrap_or_else(|| hearing.end(Unclear::HungUp))
}

fn flight(messages: &[Vec<u8>]) -> Flight {
    match answer(messages) {
        Answer::Flight(flight) => *flight,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_flight_tells_chain_curve_signature_and_whether_a_certificate_is_wanted() {
    let exchange = [&[3, 0, 29, 2, 7, 7][..], &[8, 4], &counted(&[1; 64])].concat();
    let told = flight(&[
        server_hello(0xc02f),
        chain(&[b"leaf", b"issuer"]),
        in_message(12, &exchange),
        in_message(13, &[1, 1, 0, 0, 0, 0]),
        in_message(14, &[]),
    ]);
    assert_eq!(told.chain, [b"leaf".to_vec(), b"issuer".to_vec()]);
    assert_eq!(
        (told.exchange.group, told.exchange.signature),
        (Some(29), Some(0x0804))
    );
    assert!(told.asks_for_certificate);
    assert_eq!(told.ending, Ending::Done);
}

#[test]
fn groups_of_integers_are_counted_without_their_leading_zeros() {
    let prime = [&[0, 0x7f][..], &[0xff; 127]].concat();
    let exchange = [
        counted(&prime),
        counted(&[2]),
        counted(&[5; 128]),
        vec![4, 1],
    ]
    .concat();
    let told = flight(&[
        server_hello(0x009e),
        in_message(12, &exchange),
        in_message(14, &[]),
    ]);
    assert_eq!(told.exchange.dh_bits, Some(1023));
    assert_eq!(told.exchange.signature, Some(0x0401));
    assert_eq!((bits(&[]), bits(&[0, 0]), bits(&[1])), (0, 0, 1));
}

#[test]
fn a_hint_to_a_shared_key_is_shown_safely_and_comes_before_a_curve() {
    let told = flight(&[
        server_hello(0xc0a8),
        in_message(12, &counted(b"hub\x1b[2J")),
        in_message(14, &[]),
    ]);
    let hint = told.exchange.psk_hint.unwrap();
    assert!(hint.starts_with("hub") && !hint.contains('\x1b'), "{hint}");
    let exchange = [counted(b""), vec![3, 0, 23, 1, 7]].concat();
    let told = flight(&[
        server_hello(0xc035),
        in_message(12, &exchange),
        in_message(14, &[]),
    ]);
    assert_eq!(
        (told.exchange.group, told.exchange.signature),
        (Some(23), None)
    );
}

#[test]
fn what_follows_a_server_hello_and_makes_no_sense_leaves_the_hello_standing() {
    for (message, ending) in [
        (
            in_message(11, &[0, 0, 9, 0]),
            "a message that cannot be read",
        ),
        (
            in_message(11, &[0, 0, 4, 0, 0, 9, 1]),
            "a message that cannot be read",
        ),
        (in_message(12, &[3, 0]), "a message that cannot be read"),
        (
            vec![11, 0xff, 0xff, 0xff],
            "a handshake message of absurd length",
        ),
    ] {
        let told = flight(&[server_hello(0xc02f), message]);
        assert_eq!(told.ending, Ending::Malformed(ending));
    }
    let asked = asked();
    let mut hearing = Hearing::new(&asked, false);
    let bytes = [
        in_record(22, &server_hello(0xc02f)),
        in_record(21, &[2, 80]),
    ]
    .concat();
    let Some(Answer::Flight(told)) = hearing.hear(&bytes) else {
        panic!("no flight");
    };
    assert_eq!(told.ending, Ending::Alert(80));
}

#[test]
fn a_flight_without_end_is_what_was_heard_of_it() {
    let told = flight(&[server_hello(0xc02f), chain(&[b"leaf"])]);
    assert_eq!((told.ending, told.chain.len()), (Ending::Open, 1));
    let many: Vec<&[u8]> = vec![b"x"; 500];
    let told = flight(&[server_hello(0xc02f), chain(&many)]);
    assert_eq!(told.chain.len(), CHAIN);
}

#[test]
fn before_a_server_hello_nothing_but_a_plain_alert_says_no() {
    let heard = |bytes: &[u8]| {
        let asked = asked();
        Hearing::new(&asked, false).hear(bytes)
    };
    assert_eq!(heard(&in_record(21, &[2, 40])), Some(Answer::Refused(40)));
    let unclear = |how| Some(Answer::Unclear(how));
    assert_eq!(heard(&in_record(21, &[2, 47])), unclear(Unclear::Alert(47)));
    assert_eq!(heard(&in_record(21, &[1, 0])), unclear(Unclear::HungUp));
    let first = Unclear::Malformed("the first message is no ServerHello");
    assert_eq!(
        heard(&in_record(22, &in_message(11, &[0, 0, 0]))),
        unclear(first.clone())
    );
    assert_eq!(heard(&in_record(24, &[1])), unclear(first));
    assert_eq!(
        answer(&[server_hello(0x0005)]),
        Answer::Unasked("a cipher suite that was not offered")
    );
    let none = [&[3, 3][..], &[9; 31]].concat();
    assert_eq!(
        answer(&[in_message(2, &none)]),
        Answer::Unclear(Unclear::Malformed("a ServerHello that cannot be read"))
    );
}

#[test]
fn no_flight_makes_it_stumble() {
    let mut state = 7_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for suite in [0xc02f, 0x009e, 0xc0a8, 0xc035] {
        for round in 0..3_000_usize {
            let body: Vec<u8> = (0..round % 40).map(|_| random() % 9).collect();
            let kind = 11 + (round % 4) as u8;
            let _ = answer(&[server_hello(suite), in_message(kind, &body)]);
        }
    }
}
