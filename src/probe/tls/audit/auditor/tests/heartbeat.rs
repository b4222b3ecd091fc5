//! Answers to a heartbeat that lies: whole, in pieces, and none.

use super::*;

/// Agrees to heartbeats, takes compression, and says these bytes behind the request.
async fn answered_by(said: Vec<u8>) -> VersionAudit {
    let address = fake::serve(move |mut stream| {
        let said = said.clone();
        async move {
            let Some(asked) = read_hello(&mut stream).await else {
                return;
            };
            if asked.version != 0x0303 || !asked.suites.contains(&0x002f) {
                let _ = stream.write_all(&alert(70)).await;
                return;
            }
            let compression = u8::from(asked.compressions.contains(&1));
            let hello = flight(0x0303, 0x002f, compression, &[(15, &[1])]);
            let _ = stream.write_all(&in_record(22, &hello)).await;
            let mut request = [0; 31];
            if stream.read_exact(&mut request).await.is_ok() && request[0] == 24 {
                let _ = stream.set_nodelay(true);
                for byte in said.chunks(1) {
                    let _ = stream.write_all(byte).await;
                    tokio::task::yield_now().await;
                }
            }
        }
    });
    let audit = audited(address.await, None).await;
    audit.version(TlsVersion::Tls12).unwrap().clone()
}

/// An answer with what the request brought, and what lies behind that in memory.
fn message(claimed: u8, length: usize) -> Vec<u8> {
    let rest = vec![b'x'; length.saturating_sub(16)];
    [&[2, 0, claimed][..], &[b'p'; 16][..length.min(16)], &rest].concat()
}

fn in_records(content: &[u8], size: usize) -> Vec<u8> {
    let records = content.chunks(size).map(|it| in_record(24, it));
    records.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn an_answer_with_more_than_was_sent_is_seen_however_it_is_cut() {
    let long = message(18, 34);
    for size in [1, 8, 20, 37] {
        let version = answered_by(in_records(&long, size)).await;
        assert_eq!(version.compression, Some(true));
        assert_eq!(version.heartbeat, Some(Heartbeat::TellsMore), "{size}");
    }
    let warned = [in_record(21, &[1, 112]), in_records(&long, 20)].concat();
    let version = answered_by(warned).await;
    assert_eq!(version.heartbeat, Some(Heartbeat::TellsMore));
}

#[tokio::test]
async fn only_who_says_nothing_is_silent() {
    for (said, expected) in [
        (Vec::new(), Heartbeat::Silent),
        (in_record(21, &[2, 50]), Heartbeat::Silent),
        // A request of its own, which we owe no answer.
        (
            in_record(24, &[&[1, 0, 2][..], &[7; 18]].concat()),
            Heartbeat::Silent,
        ),
        (in_records(&message(16, 32), 35), Heartbeat::Answers),
        // With its padding in records of its own.
        (in_records(&message(16, 32), 19), Heartbeat::Answers),
        (in_records(&message(16, 32), 1), Heartbeat::Answers),
    ] {
        let version = answered_by(said).await;
        assert_eq!(version.heartbeat, Some(expected));
        assert!(version.untold.is_empty(), "{:?}", version.untold);
    }
}

#[tokio::test]
async fn an_answer_behind_another_message_is_seen() {
    for claimed in [17, 18] {
        let both = [&[1, 0, 2][..], &[7; 18], &message(claimed, 34)].concat();
        let version = answered_by(in_record(24, &both)).await;
        assert_eq!(version.heartbeat, Some(Heartbeat::TellsMore), "{claimed}");
    }
}

#[tokio::test]
async fn memory_is_memory_however_little_of_it_comes() {
    let other = [&[2, 0, 16][..], b"SECRETSECRETSECR", &[7; 16]].concat();
    let begun = [&[2, 0x40, 0][..], &[b'p'; 40]].concat();
    for said in [other, begun] {
        let version = answered_by(in_record(24, &said)).await;
        assert_eq!(version.heartbeat, Some(Heartbeat::TellsMore), "{said:02x?}");
    }
}

#[tokio::test]
async fn what_began_and_did_not_end_is_not_told() {
    let long = in_record(24, &message(18, 34));
    for said in [
        // Whole records of half an answer, half a record, and what is none.
        in_record(24, &message(18, 16)),
        long[..30].to_vec(),
        b"HTTP/1.0 400 Bad request\r\n".to_vec(),
    ] {
        let version = answered_by(said.clone()).await;
        assert_eq!(version.heartbeat, None, "{said:02x?}");
        let untold: Vec<_> = version.untold.iter().map(|it| it.what.as_str()).collect();
        assert!(untold.contains(&"heartbeat"), "{untold:?}");
    }
}
