//! A lab that misuses its own key: what it signs is intact, and `verify`, `report` and `compare` say what is not so.

use std::path::PathBuf;

use serde_json::Value;

use super::commands::proofmark;
use super::*;
use crate::directories::{observed, port_23_open, shipped};

/// What `verify` prints of a run and of its JSON, with its exit status.
pub(super) fn verified(here: &Path, run: &str) -> (i32, String, Value) {
    let (status, text, error) = proofmark(here, &["verify", run, "--key", "lab.pub.pem"]);
    assert_eq!(error, "");
    let arguments = ["verify", run, "--key", "lab.pub.pem", "--json"];
    let (same, json, _) = proofmark(here, &arguments);
    assert_eq!(same, status);
    (status, text, serde_json::from_str(&json).unwrap())
}

/// A key in `lab.pub.pem`.
pub(super) fn lab(here: &Path) -> PrivateKey {
    proofmark(here, &["key", "new", "lab.pem"]);
    PrivateKey::from_pem(&fs::read_to_string(here.join("lab.pem")).unwrap(), None).unwrap()
}

/// The first shipped profile without all but one of its requirements.
fn weak() -> String {
    let parts: Vec<&str> = shipped().split("\n[[requirement]]\n").collect();
    let kept = |part: &&&str| part.starts_with("id = \"survives-testing\"");
    let kept = parts.iter().find(kept).unwrap();
    format!("{}\n[[requirement]]\n{kept}", parts[0])
}

/// A run of a device that fails, and the same judged by [`weak`] under another version of its name.
fn gutted(here: &Path, version: &str) -> PathBuf {
    observed(here, "run", port_23_open(), Some("1"), shipped());
    let named = shipped().lines().find(|line| line.starts_with("version ="));
    let text = weak().replacen(named.unwrap(), &format!("version = \"{version}\""), 1);
    fs::write(here.join("weak.toml"), text).unwrap();
    here.join("g")
}

#[test]
fn a_gutted_profile_under_a_shipped_name_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path();
    gutted(here, &shipped_version());
    for arguments in [
        &["evaluate", "run", "--profile", "weak.toml", "--out", "g"][..],
        &["compare", "run", "run", "--profile", "weak.toml"],
    ] {
        let (status, _, error) = proofmark(here, arguments);
        assert_eq!(status, 64, "{error}");
        assert!(
            error.contains("has the name of the shipped profile `iot-minimum`"),
            "{error}"
        );
        assert!(
            error.contains("an `id` and a `title` of its own"),
            "{error}"
        );
    }
    assert!(!here.join("g").exists());
    let own = weak().replacen("id = \"iot-minimum\"", "id = \"ours\"", 1);
    fs::write(here.join("weak.toml"), own).unwrap();
    let (status, out, _) = proofmark(
        here,
        &["evaluate", "run", "--profile", "weak.toml", "--out", "g"],
    );
    assert_eq!(status, 0, "{out}");
    assert!(
        out.contains("It was judged by the profile ours")
            && out.contains("observed with iot-minimum"),
        "{out}"
    );
}

fn shipped_version() -> String {
    profile::parse(shipped(), "shipped").unwrap().version
}

/// However it came into the run: nobody takes it for what is shipped.
#[test]
fn a_gutted_profile_under_a_shipped_name_is_told_wherever_a_report_begins() {
    let known = shipped_version();
    for (version, caution, word) in [
        (known.as_str(), "This is not the iot-minimum", "changed"),
        (
            "0.0.1",
            "does not know the profile iot-minimum 0.0.1",
            "other-version",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let here = dir.path();
        let g = gutted(here, version);
        fs::rename(here.join("run"), &g).unwrap();
        fs::rename(here.join("weak.toml"), g.join("judged-by.toml")).unwrap();
        // As `evaluate` leaves it, which takes the profile that lies there.
        let (status, out, error) = proofmark(here, &["evaluate", "g", "--out", "judged"]);
        assert_eq!(status, 0, "{error}");
        assert!(one_line(&out).contains(caution), "{out}");
        assert!(
            one_line(&out).contains("and observed with iot-minimum"),
            "{out}"
        );
        sign(&here.join("judged"), &lab(here));
        let (status, text, json) = verified(here, "judged");
        assert_eq!(status, 2, "{text}");
        let first = text.lines().next().unwrap();
        assert!(first.contains(caution), "{first}");
        assert_eq!(
            (&json["profile"], &json["confirmed"], &json["exit"]),
            (&word.into(), &false.into(), &2.into())
        );
        assert!(
            json["doubts"][0].as_str().unwrap().contains(caution),
            "{json}"
        );
        let page = fs::read_to_string(here.join("judged/certificate.html")).unwrap();
        let (first_page, _) = page.split_once("id=\"reasons\"").unwrap();
        assert!(first_page.contains(caution));
        for format in ["text", "json", "html", "junit", "csv", "markdown"] {
            let (status, out, error) = proofmark(here, &["report", "judged", "--format", format]);
            assert_eq!(status, 0, "{format}: {error}");
            let plain = one_line(&out).replace('`', "");
            assert!(plain.contains(caution), "{format}: {out}");
        }
    }
}

/// Without the line breaks of a terminal.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A certificate that claims older rules, or another version, has no words that go unquestioned.
#[test]
fn words_that_this_version_would_not_write_are_told_whatever_version_they_claim() {
    let tool = format!(
        "\"version\": \"{}\",\n    \"rules\": \"{RULES_VERSION}\"",
        env!("CARGO_PKG_VERSION")
    );
    for claimed in [
        "\"version\": \"0.1.0\",\n    \"rules\": \"2\"".to_owned(),
        tool.replace("0.1.0", "0.0.9"),
    ] {
        for (right, wrong, part) in [
            (
                "\"statement\": \"No nonconformity was observed",
                "\"statement\": \"Everything passed, of everything",
                "statement",
            ),
            ("\"decided", "\"decided", "certificate.html"),
            (
                "\"not_tried\": [",
                "\"not_tried\": [ \"nothing\",",
                "coverage",
            ),
        ] {
            let dir = judged();
            let here = dir.path();
            let key = lab(here);
            let run = here.join("run");
            sign(&run, &key);
            let path = run.join("certificate.json");
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(&tool), "{text}");
            let text = text.replacen(&tool, &claimed, 1).replacen(right, wrong, 1);
            fs::write(&path, text).unwrap();
            if part == "certificate.html" {
                add(
                    &run,
                    "certificate.html",
                    "<h1>CONFORMANT, best camera ever</h1>",
                    &key,
                );
            } else {
                forge(&run, &key);
            }
            let (status, text, json) = verified(here, "run");
            assert_eq!(status, 2, "{part}: {text}");
            let first = text.lines().next().unwrap();
            assert!(
                first.contains("do NOT trust its words") && first.contains(part),
                "{part}: {first}"
            );
            assert!(!text.contains("Everything passed"), "{text}");
            assert_eq!(json["confirmed"], false);
            let found = json["found"]["statement"].as_str().unwrap();
            assert!(found.starts_with("No nonconformity"), "{found}");
            assert_eq!(json.get("statement"), None);
            let (status, page, _) = proofmark(here, &["report", "run", "--format", "markdown"]);
            assert_eq!(status, 0);
            assert!(page.contains("version of Proofmark"), "{page}");
        }
    }
}

/// Signs a directory with one file more, as nobody would who checks before.
pub(super) fn add(run: &Path, name: &str, text: &str, key: &PrivateKey) {
    fs::write(run.join(name), text).unwrap();
    let (_, payload, _) = Envelope::open(&fs::read(run.join(ENVELOPE)).unwrap()).unwrap();
    let mut statement: Value = serde_json::from_slice(&payload).unwrap();
    let subject = statement["subject"].as_array_mut().unwrap();
    let mut more = subject[0].clone();
    more["name"] = name.into();
    subject.push(more);
    subject.sort_by_key(|file| file["name"].as_str().unwrap().to_owned());
    let subject: Vec<_> = serde_json::from_value(statement["subject"].clone()).unwrap();
    let predicate = Statement::read(&payload).unwrap().predicate;
    let payload = Statement::new(subject, predicate).bytes();
    let mut envelope = Envelope::new(&payload);
    envelope.sign(&payload, key);
    fs::write(run.join(ENVELOPE), envelope.bytes()).unwrap();
    forge(run, key);
}

/// What a later version of the tool writes in the same words is as good as our own.
#[test]
fn the_same_words_of_another_version_are_confirmed() {
    let dir = judged();
    let run = dir.path().join("run");
    let key = lab(dir.path());
    sign(&run, &key);
    let mut certificate = rejudge(&run);
    certificate.tool.version = "0.0.9".to_owned();
    fs::write(
        run.join("certificate.json"),
        report::json(&certificate).unwrap(),
    )
    .unwrap();
    fs::write(run.join("junit.xml"), report::junit(&certificate).unwrap()).unwrap();
    forge(&run, &key);
    let (status, text, _) = verified(dir.path(), "run");
    assert_eq!(status, 0, "{text}");
    // A version is a number and nothing that could be read as a word.
    certificate.tool.version = "0.0.9-CONFORMANT-best-ever".to_owned();
    fs::write(
        run.join("certificate.json"),
        report::json(&certificate).unwrap(),
    )
    .unwrap();
    fs::write(run.join("junit.xml"), report::junit(&certificate).unwrap()).unwrap();
    forge(&run, &key);
    let (status, text, _) = verified(dir.path(), "run");
    assert!(
        status == 2 && text.contains("certificate.json (tool)"),
        "{text}"
    );
}

/// An edited certificate beside its evidence is refused, signed or not; one without evidence is called unchecked.
#[test]
fn an_edited_certificate_is_neither_rendered_nor_compared() {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path();
    observed(here, "run", port_23_open(), Some("1"), shipped());
    for name in ["edited", "signed"] {
        proofmark(here, &["evaluate", "run", "--out", name]);
    }
    sign(&here.join("signed"), &lab(here));
    let all = ["text", "json", "html", "junit", "csv", "markdown"];
    for name in ["edited", "signed"] {
        let path = here.join(name).join("certificate.json");
        let text = fs::read_to_string(&path).unwrap();
        let edited = text
            .replace(
                "\"outcome\": \"non-conformant\"",
                "\"outcome\": \"conformant\"",
            )
            .replace("\"verdict\": \"FAIL\"", "\"verdict\": \"PASS\"");
        assert_ne!(edited, text);
        fs::write(&path, edited).unwrap();
        for format in all {
            let (status, out, error) = proofmark(here, &["report", name, "--format", format]);
            assert_eq!((status, out.as_str()), (64, ""), "{format}");
            assert!(error.contains("is not to be believed"), "{error}");
        }
        for runs in [[name, "run"], ["run", name]] {
            let (status, out, error) = proofmark(here, &["compare", runs[0], runs[1]]);
            assert_eq!((status, out.as_str()), (64, ""));
            assert!(error.contains("is not to be believed"), "{error}");
        }
    }
    for format in all {
        let (status, out, error) = proofmark(
            here,
            &["report", "edited/certificate.json", "--format", format],
        );
        assert_eq!(status, 0, "{format}: {error}");
        assert!(
            one_line(&out).contains("from a certificate alone"),
            "{format}: {out}"
        );
    }
    let alone = [
        "compare",
        "edited/certificate.json",
        "edited/certificate.json",
    ];
    let (_, out, _) = proofmark(here, &alone);
    assert!(one_line(&out).contains("from a certificate alone"), "{out}");
}
