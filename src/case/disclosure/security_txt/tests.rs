use super::*;
use crate::evidence::{Evidence, Outcome, Target};
use crate::import::read_document;
use crate::observation::{Asked, Document, DocumentKind, Fetched, Observation};

const GOOD: &str = "Contact: mailto:psirt@harbour.example\nExpires: 2026-12-31T23:59:59Z\n";
const PLACE: &str = "https://harbour.example/.well-known/security.txt";

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// A file at a URL; `said` is its media type where it was fetched.
fn examined_at(text: &str, url: &str, said: Option<&str>) -> Examined {
    let fetched = said.map(|said| Fetched {
        status: 200,
        url: url.to_owned(),
        redirects: vec![],
        media_type: Some(said.to_owned()),
        address: "192.0.2.1:443".to_owned(),
        authority: None,
    });
    let document = Document {
        fetched,
        ..read_document(DocumentKind::SecurityTxt, text.as_bytes(), None, "")
    };
    let item = Evidence {
        id: "e0001".to_owned(),
        probe: "documents".to_owned(),
        unit: "a".to_owned(),
        target: Target {
            address: "127.0.0.1".to_owned(),
            transport: None,
            port: None,
        },
        asked: Asked::Document {
            document: DocumentKind::SecurityTxt,
            file: said.is_none().then(|| "security.txt".to_owned()),
            url: Some(url.to_owned()),
        },
        started_at: now(),
        observed_at: now(),
        outcome: Outcome::Observed {
            observations: vec![Observation::Document(document.clone())],
        },
        blobs: vec![],
    };
    let publication = match &document.fetched {
        Some(fetched) => Publication::Observed(fetched),
        None => Publication::Declared(url),
    };
    let txt = document.security_txt.clone().unwrap();
    let read = Read {
        item: &item,
        document: &document,
        publication,
    };
    examine(&read, &txt, now())
}

fn examined(text: &str) -> Examined {
    examined_at(text, PLACE, None)
}

#[test]
fn a_good_file_has_nothing_against_it() {
    let found = examined(GOOD);
    assert_eq!((found.breaches, found.advice), (vec![], vec![]));
    assert_eq!((found.expired, found.signed), (None, false));
    assert_eq!(found.contacts, ["mailto:psirt@harbour.example"]);
    let all = format!(
        "{GOOD}Canonical: https://other.example/x\nCanonical: {PLACE}\nEncryption: openpgp4fpr:5f2d\n\
         Preferred-Languages: en, de-AT\nPolicy: https://harbour.example/policy\nHiring: https://harbour.example/jobs\n\
         Acknowledgments: https://harbour.example/thanks\nX-New: anything\n"
    );
    let found = examined_at(&all, PLACE, Some("text/plain; charset=UTF-8"));
    assert_eq!((found.breaches, found.advice), (vec![], vec![]));
    assert_eq!(found.policies, ["https://harbour.example/policy"]);
}

/// Each is one step away from the good file, and breaks the rule of one section.
#[test]
fn each_rule_has_its_section() {
    for (from, to, section) in [
        ("Contact: mailto:psirt@harbour.example\n", "", "2.5.3"),
        ("mailto:psirt@", "psirt@", "2.5.3"),
        (
            "mailto:psirt@harbour.example",
            "http://harbour.example/report",
            "2.5.3",
        ),
        (
            "mailto:psirt@harbour.example",
            "HTTP://harbour.example/report",
            "2.5.3",
        ),
        ("mailto:psirt@harbour.example", "https://", "2.5.3"),
        (
            "mailto:psirt@harbour.example",
            "mailto:a b@harbour.example",
            "2.5.3",
        ),
        (
            "mailto:psirt@harbour.example",
            "mailto:%zz@harbour.example",
            "2.5.3",
        ),
        ("Expires: 2026-12-31T23:59:59Z\n", "", "2.5.5"),
        (
            "Expires: 2026-12-31T23:59:59Z\n",
            "Expires: 2026-12-31T23:59:59Z\nexpires: 2026-12-31T23:59:59Z\n",
            "2.5.5",
        ),
        ("2026-12-31T23:59:59Z", "2026-12-31", "2.5.5"),
        ("2026-12-31T23:59:59Z", "2026-12-31T23:59:59", "2.5.5"),
        ("2026-12-31T23:59:59Z", "2026-12-31 23:59:59Z", "2.5.5"),
        ("2026-12-31T23:59:59Z", "2026-13-31T23:59:59Z", "2.5.5"),
        (
            "2026-12-31T23:59:59Z",
            "Thu, 31 Dec 2026 18:37:07 -0800",
            "2.5.5",
        ),
        ("2026-12-31T23:59:59Z", "2026-12-31T23:59:59.Z", "2.5.5"),
        ("2026-12-31T23:59:59Z", "2026-12-31T23:59:59+1", "2.5.5"),
        (
            "Contact",
            "Preferred-Languages: en\nPreferred-Languages: de\nContact",
            "2.5.8",
        ),
        ("Contact", "Preferred-Languages: en,, de\nContact", "2.5.8"),
        ("Contact", "Preferred-Languages: e n\nContact", "2.5.8"),
        (
            "Contact",
            "Canonical: https://other.example/\nContact",
            "2.5.2",
        ),
        (
            "Contact",
            "Canonical: http://harbour.example/.well-known/security.txt\nContact",
            "2.5.2",
        ),
        ("Contact", "Policy: our policy\nContact", "2.5.7"),
        (
            "Contact",
            "Hiring: http://harbour.example/\nContact",
            "2.5.6",
        ),
        ("Contact", "Encryption: -----BEGIN\nContact", "2.5.4"),
        ("Contact", "Acknowledgments: x\nContact", "2.5.1"),
        ("Contact", "Hello\nContact", "section 4"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        let found = examined(&text);
        assert!(!found.breaches.is_empty(), "{text}");
        assert!(
            found.breaches.iter().any(|it| it.contains(section)),
            "{text} {found:?}"
        );
    }
    let broken = examined("-----BEGIN PGP SIGNED MESSAGE-----\n\nContact: mailto:a@b.de\n");
    assert!(broken.breaches.iter().any(|it| it.contains("2.3")));
}

#[test]
fn a_time_may_be_written_as_the_rfc_does() {
    for time in [
        "2026-12-31t23:59:59z",
        "2026-12-31T23:59:59.123Z",
        "2026-12-31T23:59:59+02:00",
        "2026-12-31T23:59:59-02:00",
    ] {
        let found = examined(&GOOD.replace("2026-12-31T23:59:59Z", time));
        assert_eq!(found.breaches, Vec::<String>::new(), "{time}");
    }
}

#[test]
fn a_day_is_over_when_it_is_judged_and_not_too_far_ahead() {
    let at = |time: &str| examined(&GOOD.replace("2026-12-31T23:59:59Z", time));
    assert!(at("2026-06-01T00:00:00Z").expired.is_some());
    assert!(at("2026-06-01T00:00:01Z").expired.is_none());
    assert!(at("2027-06-01T00:00:00Z").advice.is_empty());
    let far = at("2027-06-03T00:00:00Z");
    assert!(far.breaches.is_empty() && far.advice[0].contains("2.5.5"));
}

#[test]
fn what_is_only_advised_breaks_nothing() {
    let found = examined(GOOD.trim_end());
    assert!(found.breaches.is_empty() && found.advice[0].contains("2.2"));
    let found = examined(&GOOD.replace("Contact: ", "Contact:"));
    assert!(found.breaches.is_empty() && found.advice[0].contains("line 1"));
    let found = examined_at(GOOD, "https://harbour.example/security.txt", None);
    assert!(found.breaches.is_empty() && found.advice[0].contains("section 3"));
}

#[test]
fn a_place_and_a_kind_are_those_of_the_rfc() {
    let broken = |url: &str, said: Option<&str>| examined_at(GOOD, url, said).breaches;
    assert!(broken("https://harbour.example/about", None)[0].contains("section 3"));
    assert_eq!(
        broken(PLACE, Some("text/plain;charset=\"utf-8\"")),
        Vec::<String>::new()
    );
    for said in [
        "text/html; charset=utf-8",
        "text/plain",
        "text/plain; charset=latin1",
        "",
    ] {
        assert!(
            broken(PLACE, Some(said))[0].contains("Content-Type"),
            "{said}"
        );
    }
}
