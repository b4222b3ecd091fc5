//! Keys of which everybody has, or can compute, the private half: what they are shown by protects nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::transport::{good, tls};
use crate::bench::*;
use proofmark::certificate::Certificate;
use proofmark::evidence::{Evidence, Outcome};
use proofmark::keys::PublicKey;
use proofmark::observation::*;

const MODULI: &str = include_str!("moduli.tsv");

/// A modulus of the table.
fn modulus(name: &str) -> Vec<u8> {
    let named = |line: &&str| line.split('\t').next() == Some(name);
    let line = MODULI.lines().find(named).unwrap();
    let hex = line.split('\t').nth(1).unwrap();
    let bytes = (0..hex.len()).step_by(2);
    bytes
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// A host key as SSH sends it.
fn host_key(name: &str) -> SshHostKey {
    let string = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&length[..], bytes].concat()
    };
    let number = [&[0][..], &modulus(name)].concat();
    let key = [string(b"ssh-rsa"), string(&[1, 0, 1]), string(&number)].concat();
    SshHostKey {
        algorithm: "rsa-sha2-256".to_owned(),
        key: STANDARD.encode(key),
    }
}

/// The conformant run with an SSH server beside its web server that shows these host keys.
fn beside_ssh(names: &[&str]) -> Certificate {
    let mut all = conformant();
    let open = |port| span(port, port, PortState::Open, PortProof::Accepted);
    let closed = |first, last| span(first, last, PortState::Closed, PortProof::Refused);
    let spans = vec![
        closed(1, 21),
        open(22),
        closed(23, 79),
        open(80),
        closed(81, 65_535),
    ];
    all[2].outcome = seen(ledger(spans));
    let service = Observation::Service(Service {
        protocol: Protocol::Ssh,
        tls: false,
        also_in_clear: false,
        product: None,
        spoke_after: None,
        first_bytes: "SSH-2.0-x".to_owned(),
    });
    all.push(evidence(
        700,
        "identify",
        Some(22),
        Asked::Identify,
        seen(service),
    ));
    let shown = Observation::Ssh(Ssh {
        banner: "SSH-2.0-x".to_owned(),
        offer: None,
        host_keys: names.iter().map(|name| host_key(name)).collect(),
        untold: Vec::new(),
    });
    all.push(evidence(701, "ssh", Some(22), Asked::Ssh, seen(shown)));
    judge(&run(all))
}

/// A certificate of the lab.
fn certificate(pem: &str) -> TlsCertificate {
    let certificate = pem.split("-----BEGIN CERTIFICATE-----").nth(1).unwrap();
    let body = certificate.split("-----").next().unwrap();
    TlsCertificate {
        der: body.split_whitespace().collect(),
        ..good().chain[0].clone()
    }
}

/// That the key of a certificate stands on a list that was handed in.
fn on_list(certificate: &TlsCertificate) -> Evidence {
    let der = STANDARD.decode(&certificate.der).unwrap();
    let asked = Asked::Blocklist {
        sha256: "2".repeat(64),
    };
    let keys = vec![LookedUpKey {
        identity: PublicKey::of_certificate(&der).unwrap().identity_hex(),
        collections: vec![3],
    }];
    let outcome = seen(Observation::LookedUp(LookedUp { keys }));
    evidence(600, "blocklist", None, asked, outcome)
}

/// The conformant run with an authority behind its certificate, in the handshake or only in the audit, whose key stands on a list
/// or does not.
fn behind(authority: &str, in_handshake: bool, is_listed: bool) -> Certificate {
    let authority = certificate(authority);
    let mut shown = good();
    let mut all: Vec<Evidence> = conformant();
    all.extend(is_listed.then(|| on_list(&authority)));
    if in_handshake {
        shown.chain.push(authority);
        all[12] = tls(13, shown);
    } else if let Outcome::Observed { observations } = &mut all[14].outcome
        && let Observation::TlsAudit(audit) = &mut observations[0]
    {
        audit.certificates.push(ShownCertificate {
            place: 1,
            versions: vec!["TLSv1.2".to_owned()],
            certificate: authority,
        });
    } else {
        panic!("the audit of the run stands elsewhere");
    }
    judge(&run(all))
}

/// What a requirement found by a code.
fn found(certificate: &Certificate, requirement: &str, code: &str) -> Vec<String> {
    let findings = of(certificate, requirement).findings.iter();
    let findings = findings.filter(|it| it.code == code);
    findings.map(|it| it.message.to_string()).collect()
}

const HOLLOW: &str = "protected-by-nothing";

#[test]
fn keys_of_a_broken_generator_protect_nothing() {
    let roca = beside_ssh(&["roca"]);
    let [message] = &found(&roca, "tls-only", HOLLOW)[..] else {
        panic!("{:?}", of(&roca, "tls-only"));
    };
    assert!(message.contains("ROCA"), "{message}");
    assert!(message.contains("is taken for the device"), "{message}");
    assert_eq!(found(&roca, "sound-keys", "key-broken").len(), 1);
}

#[test]
fn keys_with_a_prime_in_common_protect_nothing() {
    let shared = beside_ssh(&["sound", "shared", "shared-too"]);
    let messages = found(&shared, "tls-only", HOLLOW);
    assert_eq!(messages.len(), 2, "{messages:?}");
    for message in &messages {
        assert!(message.contains("a prime in common"), "{message}");
        assert!(message.contains("is taken for the device"), "{message}");
    }
    assert_eq!(found(&shared, "sound-keys", "key-broken").len(), 2);
    for alone in [&["sound", "shared"], &["sound", "shared-too"]] {
        let alone = beside_ssh(alone);
        assert!(found(&alone, "tls-only", HOLLOW).is_empty());
        assert!(found(&alone, "sound-keys", "key-broken").is_empty());
    }
}

#[test]
fn an_authority_whose_key_others_have_vouches_for_anybody() {
    let ordinary = include_str!("../../../lab/data/exponent-3.pem");
    let computable = include_str!("../../../lab/data/close-primes.pem");
    for in_handshake in [true, false] {
        for (authority, listed, why) in [
            (ordinary, true, "is published, by the list"),
            (computable, false, "Fermat"),
        ] {
            let judged = behind(authority, in_handshake, listed);
            let [message] = &found(&judged, "tls-only", HOLLOW)[..] else {
                panic!("{in_handshake} {:?}", of(&judged, "tls-only"));
            };
            assert!(message.contains(why), "{message}");
            let whose = "makes certificates that are taken for the device's";
            assert!(message.contains(whose), "{message}");
        }
        let judged = behind(ordinary, in_handshake, false);
        assert!(found(&judged, "tls-only", HOLLOW).is_empty());
    }
}
