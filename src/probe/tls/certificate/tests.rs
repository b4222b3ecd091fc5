use super::*;

/// Facts of a certificate of the lab.
macro_rules! of {
    ($name:literal) => {{
        facts(&der(include_str!(concat!(
            "../../../../lab/fixtures/certificates/",
            $name
        ))))
        .unwrap()
    }};
}

fn der(pem: &str) -> Vec<u8> {
    let body = pem.split("-----").nth(2).unwrap();
    let text: String = body.split_whitespace().collect();
    STANDARD.decode(text).unwrap()
}

#[test]
fn the_hash_of_a_pss_signature_is_told() {
    assert_eq!(of!("leaf-pss.pem").signature, "rsassa-pss-SHA256");
    assert_eq!(of!("leaf-pss-sha1.pem").signature, "rsassa-pss-SHA1");
    assert_eq!(of!("leaf.pem").signature, "ecdsa-with-SHA256");
}

#[test]
fn a_key_for_pss_alone_is_an_rsa_key() {
    let KeyFacts { kind, bits } = of!("key-pss-1024.pem").key;
    assert_eq!((kind, bits), (KeyKind::Rsa, 1024));
    let KeyFacts { kind, bits } = of!("ca-p521.pem").key;
    assert_eq!((kind, bits), (KeyKind::Ec, 521));
    let KeyFacts { kind, bits } = of!("ca-rsa.pem").key;
    assert_eq!((kind, bits), (KeyKind::Rsa, 2048));
}

#[test]
fn who_bears_the_name_of_its_issuer_is_not_yet_signed_by_itself() {
    assert!(!of!("leaf-same-name.pem").self_signed);
    assert!(!of!("leaf.pem").self_signed);
    for own in [
        of!("own.pem"),
        of!("ca.pem"),
        of!("ca-rsa.pem"),
        // What cannot be checked is taken by its name.
        of!("ca-p521.pem"),
        of!("key-pss-1024.pem"),
    ] {
        assert!(own.self_signed, "{own:?}");
    }
}
