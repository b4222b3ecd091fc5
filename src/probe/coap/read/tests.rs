use super::*;
use crate::evidence::Outcome;
use crate::probe::Stopper;

/// A server that answers each datagram as the script says.
async fn serve(script: impl Fn(usize, &[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.77.6.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        let mut count = 0;
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            for datagram in script(count, &buffer[..length]) {
                let _ = socket.send_to(&datagram, from).await;
            }
            count += 1;
        }
    });
    address
}

async fn asked(address: SocketAddr, path: &str) -> (Result<AccessReply, Absence>, Reading) {
    let (_keep, stop) = Stopper::new();
    let reading = read(address, Way::Clear, path, &stop).await;
    let result = match &reading.exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Access(reply)] => Ok(reply.clone()),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, .. } => Err(*reason),
    };
    (result, reading)
}

/// An acknowledgement that carries a response; `rest` follows the token.
fn ack(request: &[u8], code: u8, rest: &[u8]) -> Vec<u8> {
    [&[0x64, code], &request[2..8], rest].concat()
}

#[tokio::test]
async fn codes_are_told_apart() {
    for (code, rest, outcome, detail) in [
        (
            0x45,
            &b"\xff21.5"[..],
            AccessOutcome::Served,
            "2.05 Content, 4 bytes, beginning `21.5`",
        ),
        (
            0x45,
            b"\xc0\xffx",
            AccessOutcome::Served,
            "2.05 Content, 1 bytes in content format 0, beginning `x`",
        ),
        (0x45, b"", AccessOutcome::Unclear, "2.05 Content"),
        (0x81, b"", AccessOutcome::Refused, "4.01 Unauthorized"),
        (
            0x83,
            b"\xffno\x1b",
            AccessOutcome::Refused,
            "4.03 Forbidden (`no\\u{1b}`)",
        ),
        (0x84, b"", AccessOutcome::NotFound, "4.04 Not Found"),
        (
            0x9d,
            b"",
            AccessOutcome::Throttled,
            "4.29 Too Many Requests",
        ),
        (0x85, b"", AccessOutcome::Unclear, "4.05 Method Not Allowed"),
        (
            0xa3,
            b"",
            AccessOutcome::Unclear,
            "5.03 Service Unavailable",
        ),
    ] {
        let address = serve(move |_, request| vec![ack(request, code, rest)]).await;
        let (reply, reading) = asked(address, "/x").await;
        let reply = reply.unwrap();
        assert_eq!((reply.outcome, reply.detail.as_str()), (outcome, detail));
        assert_eq!(
            reply.content_length.is_some(),
            outcome == AccessOutcome::Served
        );
        assert_eq!(reading.exchange.received[1], code);
    }
}

#[tokio::test]
async fn a_separate_response_is_waited_for_and_acknowledged() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let address = serve(move |count, request| match count {
        0 => {
            let empty = vec![0x60, 0, request[2], request[3]];
            let later = [&[0x44, 0x45, 0xab, 0xcd], &request[4..8], b"\xfflate"].concat();
            vec![empty, later]
        }
        _ => {
            tell.send(request.to_vec()).unwrap();
            vec![]
        }
    })
    .await;
    assert_eq!(
        asked(address, "/").await.0.unwrap().outcome,
        AccessOutcome::Served
    );
    let thanks = told.recv().await.unwrap();
    assert_eq!(thanks, [0x60, 0, 0xab, 0xcd]);
}

#[tokio::test]
async fn a_list_in_blocks_is_read_and_other_content_only_begun() {
    let list = b"</a>,</b>;title=\"a long title that takes two blocks\"".to_vec();
    let blocks = move |_: usize, request: &[u8]| {
        // The request for block 1 ends in the option Block2, 0x10 (number 1, size 16).
        let number = usize::from(request.last() == Some(&0x12));
        let start = number * 64;
        let whole = [list.clone(), vec![b' '; 80]].concat();
        let part = &whole[start..(start + 64).min(whole.len())];
        let first = u8::from(number == 0);
        let option = [0xd1, 10, (number as u8) << 4 | first << 3 | 2];
        vec![ack(request, 0x45, &[&option[..], &[0xff], part].concat())]
    };
    let address = serve(blocks.clone()).await;
    let (reply, reading) = asked(address, DISCOVERY).await;
    assert_eq!((reading.content.len(), reading.whole), (128, true));
    assert_eq!(reply.unwrap().content_length, Some(128));
    let (reply, reading) = asked(serve(blocks).await, "/x").await;
    assert_eq!((reading.content.len(), reading.whole), (64, false));
    assert!(
        reply
            .unwrap()
            .detail
            .ends_with("and more in further blocks")
    );
}

#[tokio::test]
async fn blocks_without_end_end() {
    let address = serve(|_, request| {
        // After the path, Block2 is 0xc1 or 0xc2 and its value: the same comes back, with more to follow.
        let path = b"core";
        let at = request.windows(4).position(|it| it == path).unwrap() + 4;
        let asked = request.get(at + 1..).unwrap_or_default();
        let mut value = if asked.is_empty() {
            vec![0]
        } else {
            asked.to_vec()
        };
        *value.last_mut().unwrap() |= 8;
        let option = [&[0xd0 | value.len() as u8, 10], &value[..], b"\xffx"].concat();
        vec![ack(request, 0x45, &option)]
    })
    .await;
    let (reply, reading) = asked(address, DISCOVERY).await;
    assert_eq!(reply.unwrap().outcome, AccessOutcome::Served);
    assert_eq!(
        (reading.content.len(), reading.whole),
        (BLOCKS as usize, false)
    );
}

#[tokio::test(start_paused = true)]
async fn silence_reset_refusal_and_noise_are_no_answers() {
    let mute = serve(|_, _| vec![]).await;
    let (result, reading) = asked(mute, "/").await;
    assert_eq!(result, Err(Absence::NoAnswer));
    assert_eq!(reading.exchange.sent.len(), 3 * 8, "sent three times");
    let reset = serve(|_, request| vec![vec![0x70, 0, request[2], request[3]]]).await;
    assert_eq!(asked(reset, "/").await.0, Err(Absence::Disconnected));
    let closed = {
        let socket = UdpSocket::bind("127.77.6.2:0").await.unwrap();
        socket.local_addr().unwrap()
    };
    assert_eq!(asked(closed, "/").await.0, Err(Absence::Refused));
    let garbage = serve(|_, request| vec![ack(request, 0x45, &[0xf0])]).await;
    assert_eq!(asked(garbage, "/").await.0, Err(Absence::Malformed));
    let others = serve(|_, request| {
        let mut other = ack(request, 0x45, b"\xffx");
        other[4] ^= 1;
        vec![other]
    })
    .await;
    assert_eq!(asked(others, "/").await.0, Err(Absence::NoAnswer));
    let flood = serve(|_, request| vec![vec![0x50, 0x45, 0, request[3]]; 60]).await;
    assert_eq!(asked(flood, "/").await.0, Err(Absence::Malformed));
}

#[tokio::test]
async fn a_stop_ends_it() {
    let mute = serve(|_, _| vec![]).await;
    let (stopper, stop) = Stopper::new();
    stopper.stop("enough");
    let reading = read(mute, Way::Clear, "/", &stop).await;
    assert!(matches!(
        reading.exchange.outcome,
        Outcome::Absent {
            reason: Absence::Aborted,
            ..
        }
    ));
}
