//! What `verify`, `sign`, `evaluate` and `report` tell: in both shapes of a bundle, of what nobody signed, of what a newer version made, of
//! times that cannot be.

use jiff::Timestamp;
use serde_json::Value;

use super::commands::proofmark;
use super::forged::{add, lab, one_line, verified};
use super::*;
use crate::directories::{observed, own, port_23_open, shipped};
use crate::waivers::{WAIVERS, old_tls};

/// A run by the first shipped profile, judged and signed, as `run` and as `hub.proofmark`.
fn both_shapes() -> (TempDir, PrivateKey) {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path();
    observed(here, "observed", conformant(), Some("1"), shipped());
    let (_, _, error) = proofmark(here, &["evaluate", "observed", "--out", "run"]);
    assert_eq!(error, "");
    let key = lab(here);
    sign(&here.join("run"), &key);
    pack(&here.join("run"), &here.join("hub.proofmark")).unwrap();
    (dir, key)
}

#[test]
fn every_command_takes_both_shapes_of_a_bundle() {
    let (dir, key) = both_shapes();
    let here = dir.path();
    for format in ["text", "json", "html", "junit", "csv", "markdown"] {
        let of = |bundle: &str| {
            let (status, out, error) = proofmark(here, &["report", bundle, "--format", format]);
            assert_eq!((status, error.as_str()), (0, ""), "{bundle}, {format}");
            out
        };
        assert!(of("hub.proofmark") == of("run"), "{format}");
        if format == "html" {
            assert!(of("run").contains(&key.id().to_string()));
        }
    }
    let page = [
        "report",
        "hub.proofmark",
        "--format",
        "html",
        "--out",
        "hub.html",
    ];
    assert_eq!(proofmark(here, &page).0, 0);
    assert!(here.join("hub.html").exists());
    let at = "2026-02-03T04:05:06Z";
    for (bundle, out) in [("run", "one"), ("hub.proofmark", "two")] {
        let arguments = ["evaluate", bundle, "--out", out, "--judged-at", at];
        assert_eq!(proofmark(here, &arguments).0, 0, "{bundle}");
    }
    for name in ["certificate.json", "run.json", "evidence.jsonl"] {
        let read = |out: &str| fs::read(here.join(out).join(name)).unwrap();
        assert!(read("one") == read("two"), "{name}");
    }
    let arguments = ["evaluate", "hub.proofmark", "one", "--out", "many"];
    assert_eq!(proofmark(here, &arguments).0, 0);
    assert!(here.join("many/hub/certificate.json").exists());
    let (status, out, error) = proofmark(here, &["compare", "hub.proofmark", "run"]);
    assert_eq!((status, error.as_str()), (0, ""), "{out}");
    assert!(out.contains("0 regressed"), "{out}");

    // What is neither is named as that.
    fs::write(here.join("text.proofmark"), "hello").unwrap();
    for command in [
        &["report", "text.proofmark"][..],
        &["evaluate", "text.proofmark"],
    ] {
        let (status, _, error) = proofmark(here, command);
        assert_eq!(status, 64);
        assert!(error.contains("no bundle of Proofmark"), "{error}");
    }
}

#[test]
fn what_nobody_signed_is_judged_again_and_called_that() {
    let dir = judged();
    let here = dir.path();
    lab(here);
    let (status, text, json) = verified(here, "run");
    assert_eq!(status, 2);
    assert!(
        text.starts_with("Not signed by anybody; judged again from its evidence: the same\n"),
        "{text}"
    );
    assert_eq!(
        (&json["state"], &json["rejudged"], &json["claimed"]),
        (&"unsigned".into(), &"same".into(), &Value::Null)
    );
    // What lies there besides is nobody's business until somebody signs.
    fs::write(here.join("run/notes of mine"), "").unwrap();
    assert_eq!(verified(here, "run").0, 2);
    let path = here.join("run/certificate.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"PASS\"", "\"N/A\"")).unwrap();
    let (status, text, _) = proofmark(here, &["verify", "run"]);
    assert!(status == 1 && text.starts_with("BROKEN."), "{text}");
}

#[test]
fn a_file_that_is_no_bundle_is_called_that() {
    let (dir, _) = both_shapes();
    let here = dir.path();
    let whole = fs::read(here.join("hub.proofmark")).unwrap();
    for (bytes, why) in [
        (&b""[..], "this is no bundle of Proofmark: it is empty"),
        (
            b"hello",
            "this is no bundle of Proofmark: it is something else",
        ),
        (
            &[7; 4096],
            "this is no bundle of Proofmark: it is something else",
        ),
        (&whole[..whole.len() / 2], ": is cut"),
    ] {
        fs::write(here.join("x"), bytes).unwrap();
        let (status, text, _) = proofmark(here, &["verify", "x"]);
        assert_eq!(status, 1);
        assert!(text.contains(why), "{text}");
    }
}

/// What is done to a signed run.
type Change<'a> = Box<dyn Fn(&Path, &PrivateKey) + 'a>;

/// Changes a file of a signed run and signs that.
fn signed_with(change: impl Fn(&Path, &PrivateKey)) -> (TempDir, (i32, String, Value)) {
    let dir = judged();
    let here = dir.path();
    let key = lab(here);
    let run = here.join("run");
    sign(&run, &key);
    change(&run, &key);
    let told = verified(here, "run");
    (dir, told)
}

fn replace(path: &Path, right: &str, wrong: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(right), "{right}: {text}");
    fs::write(path, text.replacen(right, wrong, 1)).unwrap();
}

/// Signs a payload as it is, which may be none of ours.
fn envelop(run: &Path, key: &PrivateKey, change: impl Fn(&mut Value)) {
    let (_, payload, _) = Envelope::open(&fs::read(run.join(ENVELOPE)).unwrap()).unwrap();
    let mut statement: Value = serde_json::from_slice(&payload).unwrap();
    for file in statement["subject"].as_array_mut().unwrap() {
        let bytes = fs::read(run.join(file["name"].as_str().unwrap())).unwrap();
        file["digest"]["sha256"] = proofmark::digest::sha256_hex(bytes).into();
    }
    change(&mut statement);
    let payload = statement.to_string().into_bytes();
    let mut envelope = Envelope::new(&payload);
    envelope.sign(&payload, key);
    fs::write(run.join(ENVELOPE), envelope.bytes()).unwrap();
}

const TOOL: &str = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");

#[test]
fn what_a_newer_version_made_is_intact_and_not_judged_again() {
    let newer = "made by a newer version of Proofmark";
    let field = |run: &Path| {
        replace(
            &run.join("certificate.json"),
            "\"outcome\"",
            "\"news\": 1,\n  \"outcome\"",
        );
    };
    let version = |run: &Path| {
        replace(
            &run.join("certificate.json"),
            TOOL,
            "\"version\": \"9.0.0\"",
        )
    };
    // A certificate that this version cannot read is signed by its predicate.
    let predicate = |statement: &mut Value| {
        statement["predicate"]["tool"]["version"] = "9.0.0".into();
    };
    let canonical = |run: &Path, key: &PrivateKey| {
        let (_, payload, _) = Envelope::open(&fs::read(run.join(ENVELOPE)).unwrap()).unwrap();
        let mut statement = Statement::read(&payload).unwrap();
        statement.predicate.tool.version = "9.0.0".to_owned();
        for file in &mut statement.subject {
            let bytes = fs::read(run.join(&file.name)).unwrap();
            file.digest.sha256 = proofmark::digest::sha256_hex(bytes);
        }
        let payload = statement.bytes();
        let mut envelope = Envelope::new(&payload);
        envelope.sign(&payload, key);
        fs::write(run.join(ENVELOPE), envelope.bytes()).unwrap();
    };
    let cases: [(&str, Change<'_>); 4] = [
        (
            "a field of a certificate",
            Box::new(|run, key| {
                field(run);
                version(run);
                canonical(run, key);
            }),
        ),
        (
            "a format of certificates",
            Box::new(|run, key| {
                let format = "proofmark-certificate/";
                let ours = format!("{format}1");
                replace(&run.join("certificate.json"), &ours, &format!("{format}99"));
                canonical(run, key);
            }),
        ),
        (
            "a kind of evidence",
            Box::new(|run, key| {
                let evidence = fs::read_to_string(run.join("evidence.jsonl")).unwrap();
                replace(&run.join("evidence.jsonl"), "\"alive\"", "\"telepathy\"");
                let now = fs::read_to_string(run.join("evidence.jsonl")).unwrap();
                let digest = |text: &str| proofmark::digest::sha256_hex(text);
                replace(&run.join("run.json"), &digest(&evidence), &digest(&now));
                version(run);
                canonical(run, key);
            }),
        ),
        (
            "a format of bundles",
            Box::new(|run, key| {
                add(run, "junit.xml2", "news", key);
                envelop(run, key, |statement| {
                    predicate(statement);
                    statement["predicate"]["format"] = "proofmark-bundle/2".into();
                    statement["predicate"]["news"] = 1.into();
                });
            }),
        ),
    ];
    for (what, change) in cases {
        let (dir, (status, text, json)) = signed_with(change);
        assert_eq!(status, 2, "{what}: {text}");
        assert!(
            text.starts_with("Intact, signed by lab.pub.pem") && text.contains(newer),
            "{what}: {text}"
        );
        assert_eq!(
            (&json["rejudged"], &json["confirmed"]),
            (&"newer-version".into(), &false.into()),
            "{what}"
        );
        let (status, _, error) = proofmark(dir.path(), &["report", "run"]);
        assert!(status == 64 && error.contains("newer version"), "{error}");
        // Its files are those that were signed, all the same.
        fs::write(dir.path().join("run/device.json"), "{}").unwrap();
        let (status, text, _) = proofmark(dir.path(), &["verify", "run"]);
        assert!(
            status == 1 && text.contains("device.json: is not the file that was signed"),
            "{what}: {text}"
        );
    }
    // A field that no version has is none of a newer one, unless it claims to be.
    let (_, (status, text, _)) = signed_with(|run, key| {
        field(run);
        let certificate = fs::read(run.join("certificate.json")).unwrap();
        assert!(serde_json::from_slice::<Certificate>(&certificate).is_err());
        envelop(run, key, |_| {});
    });
    assert!(status == 1 && text.starts_with("BROKEN."), "{text}");
}

#[test]
fn the_newer_bundle_in_one_file_is_opened_as_its_directory_is() {
    let (dir, _) = signed_with(|run, key| {
        envelop(run, key, |statement| {
            statement["predicateType"] = "urn:proofmark:predicate:certificate:2".into();
        });
    });
    let here = dir.path();
    pack(&here.join("run"), &here.join("hub.proofmark")).unwrap();
    let (status, text, _) = verified(here, "hub.proofmark");
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("made by a newer version"), "{text}");
}

#[test]
fn nobody_judges_before_the_run_or_after_now() {
    let dir = judged();
    let here = dir.path();
    for (at, why) in [
        (
            "2025-12-31T00:00:00Z",
            "is before the run ended, at 2026-01-02T03:04:05Z",
        ),
        ("2999-01-01T00:00:00Z", "has not come yet"),
    ] {
        let arguments = ["evaluate", "run", "--out", "anew", "--judged-at", at];
        let (status, _, error) = proofmark(here, &arguments);
        assert_eq!(status, 64, "{error}");
        assert!(error.contains(why), "{error}");
        assert!(
            error.contains("a time from the end of the run, 2026-01-02T03:04:05Z, until now"),
            "{error}"
        );
        assert!(!here.join("anew").exists());
    }
}

#[test]
fn times_that_cannot_be_are_told() {
    for (sealed_at, why) in [
        ("2026-01-01T00:00:00Z", "before it was judged"),
        ("2999-01-01T00:00:00Z", "by the clock of this machine"),
    ] {
        let (_, (status, text, json)) = signed_with(|run, key| {
            let (_, payload, _) = Envelope::open(&fs::read(run.join(ENVELOPE)).unwrap()).unwrap();
            let mut statement = Statement::read(&payload).unwrap();
            statement.predicate.sealed_at = sealed_at.parse().unwrap();
            let payload = statement.bytes();
            let mut envelope = Envelope::new(&payload);
            envelope.sign(&payload, key);
            fs::write(run.join(ENVELOPE), envelope.bytes()).unwrap();
        });
        assert_eq!(status, 2, "{text}");
        assert!(text.lines().next().unwrap().contains(why), "{text}");
        assert_eq!(json["confirmed"], false);
    }
    let dir = judged();
    let key = PrivateKey::generate().unwrap();
    let early: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let refused = seal(&dir.path().join("run"), &key, early).unwrap_err();
    assert!(refused.to_string().contains("later than now"), "{refused}");
}

/// A run that is conformant because its profile allows what somebody waived.
#[test]
fn what_is_waived_is_never_just_passed() {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path();
    let lenient = own().replacen("\nsummary =", "\nwaivers = \"allowed\"\nsummary =", 1);
    observed(here, "observed", old_tls(), Some("1"), &lenient);
    let spent = WAIVERS.replace("2026-06-30", "2026-02-03");
    fs::write(here.join("w.toml"), spent).unwrap();
    let at = "2026-02-03T04:05:06Z";
    let (status, out, error) = proofmark(
        here,
        &[
            "evaluate",
            "observed",
            "--out",
            "run",
            "--waivers",
            "w.toml",
            "--judged-at",
            at,
        ],
    );
    assert_eq!(status, 0, "{out}{error}");
    assert!(
        error.contains("ended on 2026-02-03, and counts because of"),
        "{error}"
    );
    lab(here);
    let arguments = [
        "sign",
        "run",
        "--key",
        "lab.pem",
        "--test-result",
        "result.json",
    ];
    let (status, _, error) = proofmark(here, &arguments);
    assert_eq!(status, 0, "{error}");
    let result = Envelope::open(&fs::read(here.join("result.json")).unwrap()).unwrap();
    let result: Value = serde_json::from_slice(&result.1).unwrap();
    assert_eq!(result["predicate"]["result"], "WARNED");
    assert!(
        !result["predicate"]["failedTests"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let (status, text, json) = verified(here, "run");
    assert_eq!(status, 0, "{text}");
    assert!(text.contains(": Conformant with waivers.\n"), "{text}");
    assert!(text.contains("note: the waiver of "), "{text}");
    assert_eq!(json["notes"].as_array().unwrap().len(), 1);
}

#[test]
fn the_statement_is_told_whole() {
    let (dir, _) = both_shapes();
    let here = dir.path();
    let end = "This is a test report, not a certification by a body.";
    let certificate = rejudged_statement(here);
    assert!(
        certificate.len() > 300 && certificate.ends_with(end),
        "{certificate}"
    );
    let (_, text, _) = verified(here, "run");
    assert!(one_line(&text).contains(&certificate), "{text}");
    assert!(text.lines().skip(1).all(|line| line.len() <= 130), "{text}");
    fs::remove_file(here.join("run").join(ENVELOPE)).unwrap();
    let (status, text, error) = proofmark(here, &["sign", "run", "--key", "lab.pem"]);
    assert_eq!(status, 0, "{error}");
    assert!(one_line(&text).contains(&certificate), "{text}");
}

fn rejudged_statement(here: &Path) -> String {
    let text = fs::read(here.join("run/certificate.json")).unwrap();
    let certificate: Certificate = serde_json::from_slice(&text).unwrap();
    certificate.statement
}

#[test]
fn what_lies_beside_a_bundle_stays() {
    let dir = judged();
    let here = dir.path();
    lab(here);
    for name in ["a.proofmark.new", "result.json.new"] {
        fs::write(here.join(name), "mine").unwrap();
    }
    let (status, _, error) = proofmark(
        here,
        &[
            "sign",
            "run",
            "--key",
            "lab.pem",
            "--pack",
            "a.proofmark",
            "--test-result",
            "result.json",
        ],
    );
    assert_eq!(status, 0, "{error}");
    for name in ["a.proofmark.new", "result.json.new"] {
        assert_eq!(fs::read_to_string(here.join(name)).unwrap(), "mine");
    }
    // As any other file of whoever runs it.
    use std::os::unix::fs::PermissionsExt;
    let mode = |name: &str| fs::metadata(here.join(name)).unwrap().permissions().mode();
    assert_eq!(mode("a.proofmark"), mode("a.proofmark.new"));
    let left = fs::read_dir(here)
        .unwrap()
        .map(|it| it.unwrap().file_name());
    assert_eq!(
        left.filter(|it| it.as_encoded_bytes().starts_with(b"."))
            .count(),
        0
    );
}

/// One that fails stays what it is.
#[test]
fn a_failure_is_told_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path();
    observed(here, "observed", port_23_open(), Some("1"), shipped());
    proofmark(here, &["evaluate", "observed", "--out", "run"]);
    sign(&here.join("run"), &lab(here));
    let (status, text, json) = verified(here, "run");
    assert_eq!(
        (status, &json["found"]["outcome"]),
        (0, &"non-conformant".into())
    );
    assert!(
        text.contains(": Not conformant.\n") || text.contains(": Non-conformant.\n"),
        "{text}"
    );
}
