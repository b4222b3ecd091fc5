//! `proofmark evaluate --blocklist`: a run is judged with a list that nobody had when it was done.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proofmark::digest::{hex, sha256_hex};
use proofmark::keys::PublicKey;
use serde_json::Value;

use crate::bench::conformant;
use crate::directories::{observed, proofmark, shipped, stderr, stdout};
use crate::judging::transport::lab_certificate;

const AT: &str = "2026-02-01T00:00:00Z";

/// The identity of the key that the run shows.
fn key() -> [u8; 32] {
    let der = STANDARD.decode(lab_certificate()).unwrap();
    PublicKey::of_certificate(&der).unwrap().identity()
}

/// A run, a list that holds its key, and one that holds another.
fn run() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    observed(dir.path(), "run", conformant(), Some("1"), shipped());
    for (name, key) in [("theirs.dat", key()), ("others.dat", [9; 32])] {
        let record = [&key[..15], &[3]].concat();
        std::fs::write(dir.path().join(name), record).unwrap();
    }
    dir
}

/// How the judging of `run` into `out` ended, and its certificate.
fn evaluate(base: &Path, run: &str, out: &str, arguments: &[&str]) -> (Option<i32>, Value) {
    let start = ["evaluate", "--judged-at", AT, run, "--out", out];
    let ended = proofmark(base, &[&start[..], arguments].concat());
    let text = std::fs::read_to_string(base.join(out).join("certificate.json"));
    let text = text.unwrap_or_else(|_| panic!("{}", stderr(&ended)));
    (ended.status.code(), serde_json::from_str(&text).unwrap())
}

/// What a requirement found.
fn findings<'c>(certificate: &'c Value, requirement: &str) -> &'c [Value] {
    let all = certificate["requirements"].as_array().unwrap();
    let one = all.iter().find(|it| it["id"] == requirement).unwrap();
    one["findings"].as_array().unwrap()
}

/// The codes of that.
fn found(certificate: &Value, requirement: &str) -> Vec<String> {
    let findings = findings(certificate, requirement).iter();
    findings
        .map(|it| it["code"].as_str().unwrap().to_owned())
        .collect()
}

/// What the first of them says.
fn message<'c>(certificate: &'c Value, requirement: &str) -> &'c str {
    let first = &findings(certificate, requirement)[0];
    first["message"].as_str().unwrap()
}

#[test]
fn a_key_on_a_list_that_is_handed_in_later_fails_and_the_certificate_names_the_list() {
    let dir = run();
    let (exit, bare) = evaluate(dir.path(), "run", "bare", &[]);
    assert_eq!(exit, Some(0));
    assert_eq!(bare["blocklist"], Value::Null);
    let (exit, listed) = evaluate(dir.path(), "run", "listed", &["--blocklist", "theirs.dat"]);
    assert_eq!(exit, Some(1));
    assert_eq!(found(&listed, "sound-keys"), ["key-published"]);
    assert_eq!(found(&listed, "tls-only"), ["protected-by-nothing"]);
    for requirement in ["sound-keys", "tls-only"] {
        let told = message(&listed, requirement);
        let by = "published, by the list that the run was judged with (collection 3)";
        assert!(told.contains(by), "{requirement}: {told}");
    }
    let list = std::fs::read(dir.path().join("theirs.dat")).unwrap();
    let said = &listed["blocklist"];
    assert_eq!(said["list"]["sha256"], sha256_hex(list));
    assert_eq!(
        (&said["looked_up"], &said["listed"]),
        (&1.into(), &1.into())
    );
    let kept = std::fs::read_to_string(dir.path().join("listed/blocklist.json")).unwrap();
    assert_eq!(said["sha256"], sha256_hex(&kept));
    assert!(kept.contains(&hex(&key())), "{kept}");
    let (exit, others) = evaluate(dir.path(), "run", "others", &["--blocklist", "others.dat"]);
    assert_eq!(exit, Some(0));
    assert_eq!(others["blocklist"]["listed"], 0);
    assert_ne!(others["id"], bare["id"]);
}

#[test]
fn what_a_list_said_stays_with_the_run_until_it_is_left_out() {
    let dir = run();
    let (_, first) = evaluate(dir.path(), "run", "first", &["--blocklist", "theirs.dat"]);
    let (exit, again) = evaluate(dir.path(), "first", "again", &[]);
    assert_eq!(exit, Some(1));
    assert_eq!(again, first);
    let (exit, without) = evaluate(dir.path(), "first", "without", &["--no-blocklist"]);
    assert_eq!(exit, Some(0));
    assert_eq!(without["blocklist"], Value::Null);
    assert!(!dir.path().join("without/blocklist.json").exists());
}

#[test]
fn verify_judges_with_what_the_list_said_and_finds_what_was_changed() {
    let dir = run();
    evaluate(dir.path(), "run", "judged", &["--blocklist", "theirs.dat"]);
    let verify = || {
        let ended = proofmark(dir.path(), &["verify", "judged"]);
        (ended.status.code(), stdout(&ended) + &stderr(&ended))
    };
    // Intact, and nobody signed it.
    let (exit, told) = verify();
    assert_eq!(exit, Some(2), "{told}");
    let file = dir.path().join("judged/blocklist.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let nothing_found = text.replace(",\n      \"collections\": [\n        3\n      ]", "");
    assert_ne!(text, nothing_found);
    for changed in [nothing_found, text.replace("      ", "    ")] {
        std::fs::write(&file, changed).unwrap();
        let (exit, told) = verify();
        assert_eq!(exit, Some(1), "{told}");
    }
    // What a list said of another run, or another list of this one.
    evaluate(dir.path(), "run", "others", &["--blocklist", "others.dat"]);
    std::fs::copy(dir.path().join("others/blocklist.json"), &file).unwrap();
    let ended = proofmark(dir.path(), &["evaluate", "judged"]);
    assert_eq!(ended.status.code(), Some(64), "{}", stdout(&ended));
    assert!(stderr(&ended).contains("is not what the certificate beside it was judged with"));
    std::fs::remove_file(&file).unwrap();
    let (exit, told) = verify();
    assert_eq!(exit, Some(1), "{told}");
    // Judged again without a word of it the key would be no finding.
    let ended = proofmark(dir.path(), &["evaluate", "judged"]);
    assert_eq!(ended.status.code(), Some(64), "{}", stdout(&ended));
    assert!(
        stderr(&ended).contains("judged/blocklist.json: is gone"),
        "{}",
        stderr(&ended)
    );
    for other in [&["--no-blocklist"][..], &["--blocklist", "others.dat"]] {
        let ended = proofmark(dir.path(), &[&["evaluate", "judged"], other].concat());
        assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
    }
}

#[test]
fn what_is_no_blocklist_is_refused_and_nothing_is_written() {
    let dir = run();
    std::fs::write(dir.path().join("empty.dat"), "").unwrap();
    for list in ["empty.dat", "nothing.dat", "run"] {
        let ended = proofmark(
            dir.path(),
            &["evaluate", "run", "--out", "out", "--blocklist", list],
        );
        assert_eq!(ended.status.code(), Some(64), "{list}");
        assert!(
            stderr(&ended).contains("blocklist.dat"),
            "{}",
            stderr(&ended)
        );
        assert!(!dir.path().join("out").exists());
    }
}
