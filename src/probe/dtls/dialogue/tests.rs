use super::super::message::tests::fragments;
use super::*;
use crate::observation::TlsVersion;
use crate::probe::tls::audit::flight::Ending;

const PSK_CCM_8: u16 = 0xc0a8;

fn hello() -> Hello {
    Hello {
        suites: vec![PSK_CCM_8, 0xc0ac],
        ..Hello::offer(TlsVersion::Tls12, None)
    }
}

pub(in super::super) fn verify(cookie: &[u8]) -> Message {
    let length = u8::try_from(cookie.len()).unwrap();
    Message {
        kind: HELLO_VERIFY_REQUEST,
        number: 0,
        body: [&[0xfe, 0xff, length][..], cookie].concat(),
    }
}

/// ServerHello with a suite, a key exchange with a hint, and done, as of this number.
pub(in super::super) fn flight(version: u16, suite: u16, number: u16) -> Vec<Message> {
    let hello = [
        &version.to_be_bytes()[..],
        &[7; 32],
        &[0],
        &suite.to_be_bytes(),
        &[0],
        &[0, 5, 0xff, 0x01, 0, 1, 0],
    ]
    .concat();
    let bodies = [(2, hello), (12, b"\0\x04hint".to_vec()), (14, Vec::new())];
    let messages = bodies.into_iter().zip(number..);
    let message = |((kind, body), number)| Message { kind, number, body };
    messages.map(message).collect()
}

pub(in super::super) fn datagram(content: &[u8]) -> Vec<u8> {
    let record = Record {
        kind: HANDSHAKE,
        version: 0xfefd,
        epoch: 0,
        sequence: 0,
        content,
    };
    record.bytes()
}

fn alert(level: u8, alert: u8) -> Vec<u8> {
    let record = Record {
        kind: ALERT,
        version: 0xfefd,
        epoch: 0,
        sequence: 0,
        content: &[level, alert],
    };
    record.bytes()
}

fn told(step: Step) -> String {
    match step {
        Step::Done(Answer::Flight(flight)) => format!(
            "{:04x} {:?} {:?}",
            flight.hello.suite, flight.exchange.psk_hint, flight.ending
        ),
        step => format!("{step:?}"),
    }
}

const WHOLE: &str = "c0a8 Some(\"hint\") Done";

#[test]
fn a_cookie_is_brought_back_and_the_flight_read() {
    let hello = hello();
    let mut dialogue = Dialogue::new(&hello, [5; 32]);
    let first = dialogue.datagram();
    let Step::Send(second) = dialogue.hear(&datagram(&verify(b"crumb").bytes())) else {
        panic!("no hello with the cookie");
    };
    assert!(dialogue.has_cookie());
    assert_eq!(second.len(), first.len() + 5);
    // Number of the record and of the message, and the cookie behind version, random and session.
    assert_eq!((first[10], first[18]), (0, 0));
    assert_eq!((second[10], second[18]), (1, 1));
    assert_eq!(&second[13 + 12 + 35..][..6], b"\x05crumb");
    assert_eq!(second, dialogue.datagram(), "and so again where it is lost");
    let answer: Vec<u8> = flight(0xfefd, PSK_CCM_8, 1)
        .iter()
        .flat_map(Message::bytes)
        .collect();
    assert_eq!(told(dialogue.hear(&datagram(&answer))), WHOLE);
}

#[test]
fn without_a_cookie_what_came_is_counted() {
    let hello = hello();
    let mut dialogue = Dialogue::new(&hello, [5; 32]);
    let mut bytes = 0;
    let mut last = Step::Wait;
    // In fragments, back to front.
    let pieces = flight(0xfefd, PSK_CCM_8, 0).into_iter();
    let pieces: Vec<_> = pieces
        .flat_map(|it| match it.body.is_empty() {
            true => vec![it.bytes()],
            false => fragments(&it, 9),
        })
        .collect();
    for piece in pieces.iter().rev() {
        assert_eq!(last, Step::Wait);
        let datagram = datagram(piece);
        bytes += datagram.len();
        last = dialogue.hear(&datagram);
    }
    assert_eq!(told(last), WHOLE);
    assert!(!dialogue.has_cookie());
    assert_eq!(dialogue.unverified, bytes);
}

#[test]
fn what_was_not_offered_is_none_of_ours() {
    for (version, suite, unasked) in [
        (0xfefd, 0xc0ae, "suite"),
        (0x0303, PSK_CCM_8, "does not exist"),
        (0xfefc, PSK_CCM_8, "version that was not offered"),
    ] {
        let hello = hello();
        let mut dialogue = Dialogue::new(&hello, [5; 32]);
        let answer = flight(version, suite, 0)[0].bytes();
        let told = told(dialogue.hear(&datagram(&answer)));
        assert!(told.contains("Unasked") && told.contains(unasked), "{told}");
    }
    let hello = hello();
    let mut dialogue = Dialogue::new(&hello, [5; 32]);
    let answer: Vec<u8> = flight(0xfeff, PSK_CCM_8, 0)
        .iter()
        .flat_map(Message::bytes)
        .collect();
    let Step::Done(Answer::Flight(flight)) = dialogue.hear(&datagram(&answer)) else {
        panic!("an older version is an answer");
    };
    assert_eq!(flight.version, TlsVersion::Tls11);
}

#[test]
fn dtls_13_is_told_by_its_demand_for_a_share() {
    let hello = Hello {
        suites: vec![0x1301],
        share: false,
        ..Hello::offer(TlsVersion::Tls13, None)
    };
    let mut dialogue = Dialogue::new(&hello, [5; 32]);
    let sent = dialogue.datagram();
    assert!(
        sent.windows(7)
            .any(|part| part == [0, 43, 0, 3, 2, 0xfe, 0xfc])
    );
    let body = [
        &[0xfe, 0xfd][..],
        &[9; 32],
        &[0, 0x13, 0x01, 0, 0, 12],
        &[0, 43, 0, 2, 0xfe, 0xfc],
        &[0, 51, 0, 2, 0, 0x17],
    ]
    .concat();
    let answer = Message {
        kind: 2,
        number: 0,
        body,
    };
    let Step::Done(Answer::Flight(flight)) = dialogue.hear(&datagram(&answer.bytes())) else {
        panic!("no answer");
    };
    assert_eq!(
        (flight.version, flight.ending, flight.hello.group),
        (TlsVersion::Tls13, Ending::Encrypted, Some(0x17))
    );
}

#[test]
fn alerts_refuse_and_warnings_do_not() {
    let hello = hello();
    let mut dialogue = Dialogue::new(&hello, [5; 32]);
    assert_eq!(dialogue.hear(&alert(1, 112)), Step::Wait);
    assert_eq!(
        dialogue.hear(&alert(2, 40)),
        Step::Done(Answer::Refused(40))
    );
    let mut dialogue = Dialogue::new(&hello, [5; 32]);
    let storm = alert(1, 112).repeat(5);
    assert!(told(dialogue.hear(&storm)).contains("warnings"));
}

#[test]
fn hostile_datagrams_end_or_wait_and_never_go_on() {
    let hello = hello();
    let answer: Vec<u8> = flight(0xfefd, PSK_CCM_8, 0)
        .iter()
        .flat_map(Message::bytes)
        .collect();
    let whole = datagram(&answer);
    for length in 0..whole.len() {
        let step = Dialogue::new(&hello, [5; 32]).hear(&whole[..length]);
        assert_eq!(step, Step::Wait, "{length}");
    }
    for place in 0..whole.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut changed = whole.clone();
            changed[place] = byte;
            let _ = Dialogue::new(&hello, [5; 32]).hear(&changed);
        }
    }
    // Cookies without end, and one that is none.
    let mut dialogue = Dialogue::new(&hello, [5; 32]);
    for number in 0..4 {
        let demand = Message {
            number,
            ..verify(b"more")
        };
        let step = dialogue.hear(&datagram(&demand.bytes()));
        assert!(matches!(step, Step::Send(_)), "{number}");
    }
    let demand = Message {
        number: 4,
        ..verify(b"more")
    };
    assert!(told(dialogue.hear(&datagram(&demand.bytes()))).contains("one demand"));
    let mut dialogue = Dialogue::new(&hello, [5; 32]);
    assert!(told(dialogue.hear(&datagram(&verify(b"").bytes()))).contains("without one"));
}
