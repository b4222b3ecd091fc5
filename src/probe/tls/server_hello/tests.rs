use super::*;
use TlsVersion::{Ssl30, Tls10, Tls11, Tls12, Tls13};

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3, length[0], length[1]], content].concat()
}

fn hello(version: u16, suite: u16, extensions: &[u8]) -> Vec<u8> {
    let mut body = [&version.to_be_bytes()[..], &[9; 32], &[0]].concat();
    body.extend(suite.to_be_bytes());
    body.push(0);
    if !extensions.is_empty() {
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
    }
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[2, length[1], length[2], length[3]], &body[..]].concat()
}

/// A hello of this version with two suites.
fn asked(version: TlsVersion) -> Hello {
    Hello {
        suites: vec![0x002f, 0x1301],
        ..Hello::offer(version, None)
    }
}

fn accepted(selected: TlsVersion, suite: &str) -> Option<OfferAnswer> {
    Some(OfferAnswer::Accepted {
        selected,
        suite: suite.to_owned(),
    })
}

#[test]
fn a_version_and_suite_that_were_offered_are_accepted() {
    let answer = |bytes: &[u8], version| read(&record(22, bytes), &asked(version));
    assert_eq!(
        answer(&hello(0x0301, 0x2f, &[]), Tls10),
        accepted(Tls10, "0x002f")
    );
    assert_eq!(
        answer(&hello(0x0301, 0x2f, &[]), Tls12),
        accepted(Tls10, "0x002f")
    );
    assert_eq!(
        answer(&hello(0x0300, 0x2f, &[]), Tls10),
        accepted(Ssl30, "0x002f")
    );
    let extension = [0, 43, 0, 2, 3, 4];
    let modern = hello(0x0303, 0x1301, &extension);
    assert_eq!(answer(&modern, Tls13), accepted(Tls13, "0x1301"));
}

#[test]
fn what_was_never_offered_is_malformed() {
    let wrong = [
        (hello(0x0302, 0x2f, &[]), Tls10),
        (hello(0x0303, 0x2f, &[]), Tls11),
        (hello(0x0303, 0x1301, &[]), Tls13),
        (hello(0x0301, 0x0005, &[]), Tls10),
        (hello(0x0399, 0x002f, &[]), Tls12),
        (hello(0x0301, 0x002f, &[0, 43, 0, 9]), Tls10),
        (vec![11, 0, 0, 1, 0], Tls10),
        (vec![2, 0xff, 0xff, 0xff], Tls10),
    ];
    for (bytes, version) in wrong {
        let answer = read(&record(22, &bytes), &asked(version));
        let Some(OfferAnswer::Unclear { detail }) = &answer else {
            panic!("{bytes:02x?}: {answer:?}");
        };
        assert!(detail.starts_with("malformed"), "{detail}");
    }
}

#[test]
fn only_plain_alerts_refuse() {
    for alert in [40, 70, 71, 86] {
        let answer = read(&record(21, &[2, alert]), &asked(Tls10));
        assert_eq!(answer, Some(OfferAnswer::Refused { alert }));
    }
    for alert in [0, 10, 47, 80, 112] {
        let answer = read(&record(21, &[2, alert]), &asked(Tls10));
        assert!(
            matches!(answer, Some(OfferAnswer::Unclear { .. })),
            "{alert}"
        );
    }
}

#[test]
fn a_hello_in_pieces_is_put_together_at_every_length() {
    let hello = hello(0x0301, 0x2f, &[]);
    for cut in 1..hello.len() {
        let (one, two) = hello.split_at(cut);
        let bytes = [record(22, one), record(22, two)].concat();
        assert_eq!(read(&bytes, &asked(Tls10)), accepted(Tls10, "0x002f"));
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end], &asked(Tls10)), None, "{cut} {end}");
        }
    }
}

#[test]
fn a_warning_before_the_hello_is_passed_over() {
    let bytes = [record(21, &[1, 112]), record(22, &hello(0x0301, 0x2f, &[]))].concat();
    assert_eq!(read(&bytes, &asked(Tls10)), accepted(Tls10, "0x002f"));
}

#[test]
fn what_is_no_record_is_malformed_at_its_first_byte() {
    for bytes in [
        &b"HTTP/1.1 400"[..],
        b"\x16\x02\x00\x00\x05",
        b"\x16\x03\x03\xff\xff",
        b"\x16\x03\x03\0\0",
    ] {
        assert!(matches!(
            read(bytes, &asked(Tls10)),
            Some(OfferAnswer::Unclear { .. })
        ));
    }
}
