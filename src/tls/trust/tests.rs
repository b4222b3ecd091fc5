use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::{DateTime, date};

use super::*;
use crate::observation::{KeyFacts, KeyKind};

/// A certificate of the lab.
macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../lab/fixtures/certificates/", $name))
    };
}

fn body(pem: &str) -> String {
    let body = pem.split("-----").nth(2).unwrap();
    body.split_whitespace().collect()
}

fn der(pem: &str) -> CertificateDer<'static> {
    STANDARD.decode(body(pem)).unwrap().into()
}

fn facts(self_signed: bool, names: &[&str]) -> CertificateFacts {
    let day = |year| -> DateTime { date(year, 1, 1).at(0, 0, 0, 0) };
    CertificateFacts {
        subject: "CN=hub".to_owned(),
        issuer: "CN=Maker".to_owned(),
        self_signed,
        names: names.iter().map(|&name| name.to_owned()).collect(),
        not_before: day(2027),
        not_after: day(2100),
        key: KeyFacts {
            kind: KeyKind::Ec,
            bits: 256,
        },
        signature: "ecdsa-with-SHA256".to_owned(),
        authority: false,
        spki_sha256: String::new(),
        form: None,
    }
}

/// Where these lead, by an authority, for a certificate that is not signed by itself.
fn leads(chain: &[&str], authority: &str) -> TlsTrust {
    leads_as(&facts(false, &[]), chain, authority)
}

fn leads_as(facts: &CertificateFacts, chain: &[&str], authority: &str) -> TlsTrust {
    let authority = Authority {
        file: "ca.pem".to_owned(),
        certificates: vec![body(authority)],
    };
    let chain: Vec<_> = chain.iter().map(|pem| der(pem)).collect();
    trust(&chain, Some(facts), Some(&authority), time())
}

fn failed(detail: &str) -> TlsTrust {
    TlsTrust::Failed {
        detail: detail.to_owned(),
    }
}

#[test]
fn a_chain_leads_to_who_signed_it_and_to_nobody_else() {
    let leaf = pem!("leaf.pem");
    assert_eq!(leads(&[leaf], pem!("ca.pem")), TlsTrust::Verified);
    let nobody = failed("nobody who was declared issued it");
    assert_eq!(leads(&[leaf], pem!("ca-rsa.pem")), nobody);
    assert_eq!(leads(&[pem!("leaf-sha1.pem")], pem!("ca.pem")), nobody);
    assert_eq!(
        leads(&[], pem!("ca.pem")),
        failed("no certificate was shown")
    );
}

#[test]
fn what_cannot_be_checked_here_is_no_fault_of_the_chain() {
    let unchecked = TlsTrust::Unchecked {
        detail: "a signature of its chain is of a kind that cannot be checked here".to_owned(),
    };
    let of_p521 = leads(&[pem!("leaf-of-p521.pem")], pem!("ca-p521.pem"));
    assert_eq!(of_p521, unchecked);
}

#[test]
fn a_weak_signature_or_one_over_pss_is_followed_all_the_same() {
    let ca = pem!("ca-rsa.pem");
    for leaf in [pem!("leaf-sha1.pem"), pem!("leaf-pss.pem")] {
        assert_eq!(leads(&[leaf], ca), TlsTrust::Verified);
    }
}

#[test]
fn who_may_sign_others_is_followed_and_who_is_the_authority_is_believed() {
    let own = pem!("own.pem");
    let can_sign = leads(&[pem!("leaf-can-sign.pem")], pem!("ca.pem"));
    assert_eq!(can_sign, TlsTrust::Verified);
    for own in [own, pem!("ca-p521.pem")] {
        assert_eq!(leads(&[own], own), TlsTrust::Verified);
    }
    let itself = facts(true, &[]);
    for chain in [&[own][..], &[own, pem!("ca-rsa.pem")]] {
        let alone = leads_as(&itself, chain, pem!("ca.pem"));
        assert_eq!(alone, failed("nobody who was declared issued it"));
    }
    // The name of an authority is not its signature.
    let same_name = leads_as(&itself, &[pem!("ca.pem")], pem!("leaf-same-name.pem"));
    assert!(
        matches!(same_name, TlsTrust::Failed { .. }),
        "{same_name:?}"
    );
}

fn matches(pem: &str, facts: &CertificateFacts, declared: &[&str]) -> Vec<bool> {
    let declared: Vec<String> = declared.iter().map(|&name| name.to_owned()).collect();
    let address = IpAddr::from([127, 0, 0, 1]);
    let all = names(Some(&der(pem)), Some(facts), &declared, address);
    all.into_iter().map(|name| name.matches).collect()
}

#[test]
fn names_are_told_of_a_certificate_that_the_strict_reader_refuses() {
    let said = facts(false, &["DNS:hub.local", "IP:127.0.0.1", "DNS:*.hub.test"]);
    for pem in [pem!("leaf.pem"), pem!("leaf-critical.pem")] {
        assert_eq!(matches(pem, &said, &[]), [true]);
        assert_eq!(
            matches(pem, &said, &["hub.local", "other.local"]),
            [true, false]
        );
    }
    let critical = pem!("leaf-critical.pem");
    let wild = ["a.hub.test", "hub.test", "a.b.hub.test"];
    assert_eq!(matches(critical, &said, &wild), [true, false, false]);
}

#[test]
fn where_names_may_be_missing_nothing_is_said_of_those_that_are_not_there() {
    let many = vec!["DNS:x"; NAMES];
    let said = facts(false, &many);
    let critical = pem!("leaf-critical.pem");
    assert_eq!(matches(critical, &said, &["hub.local"]), [false; 0]);
    assert_eq!(matches(critical, &said, &["x"]), [true]);
}

fn time() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}
