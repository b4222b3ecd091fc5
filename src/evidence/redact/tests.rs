use super::*;
use crate::dut::{AccessPolicy, DeclaredService, LoginLimits, Owner, Secret};
use crate::evidence::{Absence, Target};
use crate::observation::{Asked, Mechanism, Protocol, TlsCertificate, Transport};
use crate::text::shown;

fn device(password: &str) -> Device {
    Device {
        manufacturer: String::new(),
        model: String::new(),
        firmware: None,
        kind: None,
        support_until: None,
        support_published: None,
        vulnerability_policy: None,
        security_txt: None,
        model_designation: None,
        units: vec![],
        services: vec![DeclaredService {
            id: "web".to_owned(),
            transport: Transport::Tcp,
            port: 80,
            protocol: Protocol::Http,
            purpose: String::new(),
            access: AccessPolicy::Login,
            paths: vec![],
            discloses: vec![],
            login: LoginLimits::default(),
            owner: Some(Owner {
                mechanism: Mechanism::HttpBasic,
                username: "owner".to_owned(),
                password: Secret::new("owner-web", password),
                path: None,
                topic: None,
                allow_cleartext: true,
            }),
            tls: None,
        }],
        identity: None,
        connections: vec![],
        update: None,
    }
}

#[test]
fn every_encoding_is_replaced() {
    let secret = "p&ss \"w\u{f6}rd\"/+";
    let redactor = Redactor::new(&device(secret), |_| false, &[0; 64]);
    for encoded in [
        secret.to_owned(),
        STANDARD.encode(format!("owner:{secret}")),
        "p%26ss%20%22w%C3%B6rd%22%2F%2B".to_owned(),
        "p&amp;ss &quot;w\u{f6}rd&quot;/+".to_owned(),
    ] {
        let text = format!("before {encoded} after");
        let clean = String::from_utf8(redactor.bytes(text.as_bytes())).unwrap();
        assert_eq!(clean, "before {{secret:owner-web}} after", "{encoded}");
    }
}

#[test]
fn only_what_a_device_said_is_touched() {
    for secret in [
        "2026",
        "a",
        "tcp",
        "http",
        "observed",
        "127.77.1.1",
        "847",
        "secret",
    ] {
        let redactor = Redactor::new(&device(secret), |_| false, &[0; 64]);
        let mut evidence = Evidence {
            id: "e0847".to_owned(),
            probe: "tcp".to_owned(),
            unit: "a".to_owned(),
            target: Target {
                address: "127.77.1.1".to_owned(),
                transport: Some(Transport::Tcp),
                port: Some(847),
            },
            asked: Asked::Identify,
            started_at: "2026-01-02T03:04:05Z".parse().unwrap(),
            observed_at: "2026-01-02T03:04:05Z".parse().unwrap(),
            outcome: Outcome::Absent {
                reason: Absence::NoAnswer,
                detail: secret.to_owned(),
            },
            blobs: vec![],
        };
        let before = evidence.clone();
        redactor.evidence(&mut evidence);
        let clean = Outcome::Absent {
            reason: Absence::NoAnswer,
            detail: "{{secret:owner-web}}".to_owned(),
        };
        assert_eq!(evidence.outcome, clean, "{secret}");
        evidence.outcome = before.outcome.clone();
        assert_eq!(evidence, before, "{secret}");
    }
}

#[test]
fn the_beginning_of_a_secret_at_a_cut_is_replaced() {
    let redactor = Redactor::new(&device("Str0ng-Secret"), |_| false, &[0; 64]);
    assert_eq!(
        redactor.bytes(b"title: Str0ng-S"),
        b"title: {{secret:owner-web}}"
    );
    assert_eq!(redactor.bytes(b"title: St"), b"title: St");
    assert_eq!(redactor.bytes(b"Str0ng things"), b"Str0ng things");
    let mut text = "401, realm=Str0ng-S… and Str0ng-Secret more".to_owned();
    redactor.text(&mut text);
    assert_eq!(
        text,
        "401, realm={{secret:owner-web}}… and {{secret:owner-web}} more"
    );
}

#[test]
fn escaped_and_wide_secrets_are_replaced() {
    let redactor = Redactor::new(&device("p&s-J"), |_| false, &[0; 64]);
    for encoded in [
        b"p&#38;s&#45;J".to_vec(),
        b"&#x70;&#x26;&#x73;&#x2D;&#x4A;".to_vec(),
        b"p\\u0026s\\u002dJ".to_vec(),
        b"p\0&\0s\0-\0J\0".to_vec(),
        b"\0p\0&\0s\0-\0J".to_vec(),
    ] {
        let clean = redactor.bytes(&encoded);
        assert_eq!(clean, b"{{secret:owner-web}}", "{}", shown(&encoded, 99));
    }
}

#[test]
fn a_coded_body_is_not_kept() {
    let redactor = Redactor::new(&device("hunter2"), |_| false, &[0; 64]);
    for (kept, cut) in [
        (
            &b"HTTP/1.1 200 OK\r\ncontent-Encoding: br\r\nX: y\r\n\r\n"[..],
            &b"xyz"[..],
        ),
        (b"HTTP/1.1 200 OK\nContent-Encoding:gzip\n\n", b"xyz"),
        (b"HTTP/1.1 200 OK\r\n\r\n3\r\n", b"\x1f\x8b\x08x"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\nxyz",
            b"",
        ),
        (b"220 x\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08", b""),
    ] {
        let stored = redactor.received(&[kept, cut].concat());
        assert_eq!(
            stored,
            (kept.to_vec(), !cut.is_empty()),
            "{}",
            shown(kept, 99)
        );
    }
}

#[test]
fn a_published_password_stays_readable() {
    let redactor = Redactor::new(&device("admin"), |value| value == "admin", &[0; 64]);
    assert_eq!(redactor.bytes(b"admin"), b"admin");
}

#[test]
fn digests_tell_equality_only_within_a_run() {
    let one = Redactor::new(&device("hunter2"), |_| false, &[1; 64]);
    let same = Redactor::new(&device("hunter2"), |_| false, &[1; 64]);
    let other_run = Redactor::new(&device("hunter2"), |_| false, &[2; 64]);
    assert_eq!(one.digests(), same.digests());
    assert_ne!(one.digests(), other_run.digests());
}

#[test]
fn what_a_tester_writes_may_hold_no_secret() {
    let refused = |password: &str, text: &str| refuse_secrets(&device(password), "w.toml", text);
    for (password, text, place) in [
        ("quay7", "a\nthe password is quay7, for now", (2, 17)),
        ("quay-lantern", "(quay-lantern)", (1, 2)),
        ("p\u{f6}rt", "p\u{f6}rt", (1, 1)),
        // Apart from what joins it: a sign at the end of a secret is no letter.
        ("quay!", "quay!s", (1, 1)),
        ("quay-lantern", "b3duZXI6cXVheS1sYW50ZXJuIQ==", (1, 1)),
        ("quay-lantern", "it is 717561792D6C616E7465726E.", (1, 7)),
        ("quay\"lantern", r#"reason = "quay\"lantern""#, (1, 11)),
    ] {
        let error = refused(password, text).unwrap_err();
        assert_eq!(error.place, Some(place), "{password} {text}: {error}");
        assert!(!error.to_string().contains(password), "{error}");
        assert!(error.to_string().contains("`owner-web`"), "{error}");
    }
    for (password, text) in [
        ("quay", "quayside, quays"),
        ("tcp", "tcp"),
        ("admin", "admin"),
        ("quay-lantern", "quay lantern"),
        ("Harbour", "Harbour"),
    ] {
        let mut device = device(password);
        device.manufacturer = "Harbour Ltd".to_owned();
        let told = refuse_secrets(&device, "w.toml", text);
        assert!(told.is_ok(), "{password}: {}", told.unwrap_err());
    }
}

#[test]
fn an_error_about_a_file_shows_no_secret() {
    let redactor = Redactor::for_display(&device("quay-lantern"));
    let text = "reason = quay-lantern";
    let error = InputError::at("w.toml", text, 9, "wrong: `quay-lantern`");
    let clean = redactor.input_error(error).to_string();
    assert!(!clean.contains("quay-lantern"), "{clean}");
    assert_eq!(clean.matches("{{secret:owner-web}}").count(), 2, "{clean}");
}

#[test]
fn a_certificate_that_names_a_secret_is_not_kept_whole() {
    let redactor = Redactor::for_display(&device("quay-lantern"));
    let chain = |der: &[u8]| TlsCertificate {
        sha256: "ab".repeat(32),
        der: STANDARD.encode(der),
        facts: None,
    };
    let mut tls = Tls {
        offers: Vec::new(),
        session: TlsSession::Failed {
            detail: "quay-lantern".to_owned(),
        },
        chain: vec![chain(b"0\x82 CN quay-lantern"), chain(b"0\x82 CN quay.")],
        key_shown: false,
        trust: TlsTrust::Failed {
            detail: "not for quay-lantern".to_owned(),
        },
        names: Vec::new(),
    };
    let untouched = tls.chain[1].clone();
    redactor.tls(&mut tls);
    let told = format!("{tls:?}");
    assert!(!told.contains("quay-lantern"), "{told}");
    let der = STANDARD.decode(&tls.chain[0].der).unwrap();
    assert_eq!(der, b"0\x82 CN {{secret:owner-web}}");
    assert_eq!(tls.chain[1], untouched);
}

#[test]
fn a_refusal_to_turn_to_tls_that_names_a_secret_is_not_kept_whole() {
    let redactor = Redactor::for_display(&device("quay-lantern"));
    let mut audit = TlsAudit {
        versions: Vec::new(),
        certificates: Vec::new(),
        connections: 1,
        max_concurrent: 1,
        seconds: 0.1,
        interrupted: Some("it did not turn to TLS: quay-lantern".to_owned()),
        stays_in_clear: Some("530 log in by owner and quay-lantern".to_owned()),
        name_refused: None,
        name_unanswered: None,
    };
    redactor.audit(&mut audit);
    let told = format!("{audit:?}");
    assert!(!told.contains("quay-lantern"), "{told}");
    assert_eq!(told.matches("{{secret:owner-web}}").count(), 2, "{told}");
}

#[test]
fn only_as_much_of_a_long_form_is_hidden_as_tells_something() {
    let redactor = Redactor::for_display(&device("seven-lanterns"));
    // The beginning of the secret in hex, at the end of what is kept.
    assert_eq!(redactor.bytes(b"version 1.736"), b"version 1.736");
    assert_eq!(redactor.bytes(b"x 736576"), b"x {{secret:owner-web}}");
}

#[test]
fn a_path_that_the_device_named_holds_no_secret_and_a_declared_one_stays() {
    let mut device = device("quay-lantern");
    device.services[0].paths = vec!["/quay-lantern/door".to_owned()];
    let redactor = Redactor::for_display(&device);
    let asked = |path: &str| {
        let text = format!(
            r#"{{"id":"e0001","probe":"coap","unit":"a","target":{{"address":"127.0.0.1"}},
            "asked":{{"kind":"access","mechanism":"coap","path":"{path}","step":"anonymous","sequence":1,
            "encrypted":false}},"started_at":"2026-01-02T03:04:05Z","observed_at":"2026-01-02T03:04:05Z",
            "outcome":{{"kind":"absent","reason":"no-answer","detail":""}}}}"#
        );
        let mut evidence: Evidence = serde_json::from_str(&text).unwrap();
        redactor.evidence(&mut evidence);
        let Asked::Access { path, .. } = evidence.asked else {
            unreachable!("it was parsed as one");
        };
        path.unwrap()
    };
    assert_eq!(asked("/quay-lantern"), "/{{secret:owner-web}}");
    assert_eq!(asked("/quay-lantern/door"), "/quay-lantern/door");
}
