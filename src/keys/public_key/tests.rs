//! The same keys in both forms, made by `ssh-keygen -q -t TYPE -N "" -m PEM -f k` and shown by
//! `ssh-keygen -e -m PKCS8 -f k.pub`; the Ed25519 key is that of RFC 8032, section 7.1, test 1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::keys::published;

struct Pair {
    words: &'static str,
    ssh: &'static str,
    spki: &'static str,
}

const PAIRS: &[Pair] = &[
    Pair {
        words: "RSA, 1024 bits",
        ssh: concat!(
            "AAAAB3NzaC1yc2EAAAADAQABAAAAgQClG/oczBJ229VQOV7ISZpRA8Act8VhY3xpwWoICkv3TtI6pbFfM3/83GlI0/M3+UT9FhnH",
            "VSZRLJEzX7vFet+tX2ctGiYcbImMTVHad+dwsEOVNodDixEF23RMY2yyPHMDef7A6ihkjIaf4h10+52udP8P+uXmPpqPunz6Nf0/",
            "eQ==",
        ),
        spki: concat!(
            "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQClG/oczBJ229VQOV7ISZpRA8Act8VhY3xpwWoICkv3TtI6pbFfM3/83GlI0/M3",
            "+UT9FhnHVSZRLJEzX7vFet+tX2ctGiYcbImMTVHad+dwsEOVNodDixEF23RMY2yyPHMDef7A6ihkjIaf4h10+52udP8P+uXmPpqP",
            "unz6Nf0/eQIDAQAB",
        ),
    },
    Pair {
        words: "P-256",
        ssh: concat!(
            "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBLZ2qMGwNOe/eXsKRXFXBkMNnn63rPdzVGyXLgFCLvmcBWSm",
            "F2SEBkSaeIK3QTMGM6r/xKZ6qTIS66LiEdW1Bd8=",
        ),
        spki: concat!(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtnaowbA05795ewpFcVcGQw2efres93NUbJcuAUIu+ZwFZKYXZIQGRJp4grdBMwYz",
            "qv/EpnqpMhLrouIR1bUF3w==",
        ),
    },
    Pair {
        words: "DSA, 1024 bits",
        ssh: concat!(
            "AAAAB3NzaC1kc3MAAACBALj2vt1HVlFMhLc+iA8DLIdmKk0obi7UvYgT0r/G+XnHpr7pk0CSSgAUM6FUvdJeXy7cqHoOFUJMx6gP",
            "bSBpNzYIuawPH9QepnnmgmCerQG8S0YoGdtAnurNnQLS8T/MVez3x4RQKWkLKho0SshflJIihVDj/Hbj4KFefDb3phvTAAAAFQC4",
            "AcVv4IceURrl4yYJq2GSYBIiswAAAIAslwdtvDMblgbt0s+ZKmUBBV4QQzl9mpWnTGAWw0kHr3e9we29UiYz8+08Kq6gzt2MzDQC",
            "s647mF6xVxu+lRnqegKs3DoJ121cZJCi7WiygEmligRKGEkqJ39FGCSdmwW81HeNHaWZxsrWCOSTGdfnreJK7RoYzw7sRakaFv/p",
            "yQAAAIBAGzgBuS9IDrrU17qNVHITxKD+/LTBVqqJRrVRfnoVZpqkmMGHa5UgtTukQj6QqOv8GRD5yt85vHfrWRmH1uZof2gXpLM6",
            "cqIfmHTn9E6BWxgN9XL3RiTfZeceIhmE13rTKNmfOQTGfJ1GNoDg0Z36QKW3OIPYWG4Kl4kgjD+1qw==",
        ),
        spki: concat!(
            "MIIBtjCCASsGByqGSM44BAEwggEeAoGBALj2vt1HVlFMhLc+iA8DLIdmKk0obi7UvYgT0r/G+XnHpr7pk0CSSgAUM6FUvdJeXy7c",
            "qHoOFUJMx6gPbSBpNzYIuawPH9QepnnmgmCerQG8S0YoGdtAnurNnQLS8T/MVez3x4RQKWkLKho0SshflJIihVDj/Hbj4KFefDb3",
            "phvTAhUAuAHFb+CHHlEa5eMmCathkmASIrMCgYAslwdtvDMblgbt0s+ZKmUBBV4QQzl9mpWnTGAWw0kHr3e9we29UiYz8+08Kq6g",
            "zt2MzDQCs647mF6xVxu+lRnqegKs3DoJ121cZJCi7WiygEmligRKGEkqJ39FGCSdmwW81HeNHaWZxsrWCOSTGdfnreJK7RoYzw7s",
            "RakaFv/pyQOBhAACgYBAGzgBuS9IDrrU17qNVHITxKD+/LTBVqqJRrVRfnoVZpqkmMGHa5UgtTukQj6QqOv8GRD5yt85vHfrWRmH",
            "1uZof2gXpLM6cqIfmHTn9E6BWxgN9XL3RiTfZeceIhmE13rTKNmfOQTGfJ1GNoDg0Z36QKW3OIPYWG4Kl4kgjD+1qw==",
        ),
    },
    Pair {
        words: "Ed25519",
        ssh: "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
        spki: "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    },
];

/// The key that Vagrant puts into every new machine, whose private half it ships.
const VAGRANT: &str = concat!(
    "AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oX",
    "evct1YeS0o9HZyN1Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8HfdOV0IAdx4O7PtixWK",
    "n5y2hMNG0zQPyUecp4pzC6kivAIhyfHilFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEnDkbUvxhMmBYSdETk1rRgm+R4",
    "LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbIbEgE98OHlnVYCzRdK8jlqm8tehUc9c9WhQ==",
);

fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

#[test]
fn a_key_is_the_same_in_a_certificate_and_from_ssh() {
    for Pair { words, ssh, spki } in PAIRS {
        let from_ssh = PublicKey::of_ssh(&bytes(ssh)).unwrap();
        let from_spki = PublicKey::of_spki(&bytes(spki)).unwrap();
        assert_eq!(from_ssh, from_spki, "{words}");
        assert_eq!(from_ssh.words(), *words);
        assert_eq!(from_ssh.spki(), bytes(spki), "{words}");
    }
    let identities = PAIRS
        .iter()
        .map(|it| PublicKey::of_spki(&bytes(it.spki)).unwrap());
    let mut identities: Vec<_> = identities.map(|it| it.identity()).collect();
    identities.dedup();
    assert_eq!(identities.len(), PAIRS.len());
}

#[test]
fn bytes_that_are_cut_off_or_followed_by_others_are_no_key() {
    for Pair { words, ssh, spki } in PAIRS {
        for (bytes, read) in [
            (bytes(ssh), PublicKey::of_ssh as fn(&[u8]) -> _),
            (bytes(spki), PublicKey::of_spki),
        ] {
            for length in 0..bytes.len() {
                assert!(read(&bytes[..length]).is_err(), "{words} {length}");
            }
            let more = [&bytes[..], &[0]].concat();
            assert_eq!(read(&more), Err(Unread::Malformed), "{words}");
            // Lengths that lie, and whatever else a byte may say, end in an answer.
            for place in 0..bytes.len() {
                for byte in [0, 0x7f, 0x80, 0x84, 0xff] {
                    let mut changed = bytes.clone();
                    changed[place] = byte;
                    let _ = read(&changed).map(|key| (key.identity(), key.words()));
                }
            }
        }
    }
    assert_eq!(PublicKey::of_ssh(&[0; 20_000]), Err(Unread::TooLarge));
    assert_eq!(PublicKey::of_spki(&[0; 20_000]), Err(Unread::TooLarge));
}

#[test]
fn the_other_half_of_a_key_may_be_written_otherwise() {
    let PublicKey::Elliptic { curve, point } = PublicKey::of_spki(&bytes(PAIRS[1].spki)).unwrap()
    else {
        panic!("an elliptic key");
    };
    let sign = 2 + (point[64] & 1);
    let short = [&[sign], &point[1..33]].concat();
    let (short, long) = (
        PublicKey::elliptic(curve, &short).unwrap(),
        PublicKey::Elliptic { curve, point },
    );
    assert_ne!(short, long);
    assert_eq!(short.identity(), long.identity());
}

#[test]
fn published_keys_are_known_in_either_form() {
    let vagrant = PublicKey::of_ssh(&bytes(VAGRANT)).unwrap();
    assert_eq!(published(&vagrant).unwrap().origin, "ssh-badkeys");
    let example = PublicKey::of_spki(&bytes(PAIRS[3].spki)).unwrap();
    assert_eq!(
        published(&example).unwrap().to_string(),
        "RFC 8032 (section 7.1, test 1)"
    );
    for pair in &PAIRS[..3] {
        assert_eq!(
            published(&PublicKey::of_spki(&bytes(pair.spki)).unwrap()),
            None
        );
    }
}

#[test]
fn what_is_no_named_curve_is_said_so() {
    // `openssl ecparam -name prime256v1 -genkey -param_enc explicit` writes a sequence where the name stands.
    let spki = bytes(PAIRS[1].spki);
    let name = [0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let place = spki.windows(10).position(|it| it == name).unwrap();
    let mut explicit = spki.clone();
    explicit[place] = 0x30;
    assert_eq!(PublicKey::of_spki(&explicit), Err(Unread::UnknownCurve));
    let mut unknown = spki;
    unknown[place + 9] = 99;
    assert_eq!(PublicKey::of_spki(&unknown), Err(Unread::UnknownCurve));
}
