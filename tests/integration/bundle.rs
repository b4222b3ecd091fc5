//! Bundles: what is signed can be checked by anybody, and whatever was touched is found.

mod beside;
mod commands;
mod excerpts;
mod forged;
mod judged_anew;
mod mixed_up;
mod tampered;
mod told;

use std::fs;
use std::path::Path;

use proofmark::bundle::{
    Checked, ENVELOPE, Envelope, Flaw, KeyId, Opened, PrivateKey, PublicKeys, Rejudged, Statement,
    pack, seal, test_result, verify,
};
use proofmark::certificate::{Certificate, Judging, RULES_VERSION, assess, issue};
use proofmark::dut::Device;
use proofmark::evidence::{Exchange, Redactor, Run, RunState, RunWriter};
use proofmark::input::{Judged, recorded_job, recorded_waivers};
use proofmark::profile;
use proofmark::records::Records;
use proofmark::report;
use tempfile::TempDir;

use crate::bench::{conformant, device, run, time};
use crate::root;

/// One requirement, so that a bundle is small enough to flip every byte of it.
const PROFILE: &str = r#"format = "proofmark-profile/1"
id = "one"
version = "1.0.0"
title = "One requirement"
summary = "The device is still there."
decision_rule = "Binary."

[[requirement]]
id = "survives-testing"
title = "The device is still there after every test"
obligation = "mandatory"
test_case = "resilience/survives-testing"
states = ["initialised"]
when_absent = "fail"
"#;

/// A run directory that is closed and judged: its identity, one sweep and its heartbeats.
fn judged() -> TempDir {
    judged_as("Hub")
}

/// The same of a device of this model.
fn judged_as(model: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let device = Device {
        model: model.to_owned(),
        services: vec![],
        update: None,
        ..device()
    };
    let info = run(vec![]).info;
    let redactor = Redactor::new(&device, |_| false, &[7; 64]);
    let at = dir.path().join("run");
    let mut writer = RunWriter::create(&at, info, &device, PROFILE, redactor).unwrap();
    for item in conformant() {
        if ["reach", "identity", "ports", "heartbeat"].contains(&item.probe.as_str()) {
            let exchange = Exchange {
                started_at: item.started_at,
                observed_at: item.observed_at,
                outcome: item.outcome,
                sent: b"hello?".to_vec(),
                received: b"hello!".to_vec(),
                truncated: false,
            };
            let written = writer.record(&item.probe, &item.unit, item.target, item.asked, exchange);
            written.unwrap();
        }
    }
    writer.close(RunState::Complete, None, time()).unwrap();
    rejudge(&at);
    dir
}

/// Judges a run directory with the files that lie beside its evidence, and writes what a run leaves behind, but for the page,
/// which is large.
fn rejudge(dir: &Path) -> Certificate {
    let run = Run::read(dir).unwrap();
    let profile = profile::parse(&run.profile_text, "profile.toml").unwrap();
    // Whatever a certificate said before.
    let anew = Judged::read(Path::new("nowhere"));
    let waivers = recorded_waivers(dir, &anew).unwrap();
    let job = recorded_job(dir).unwrap();
    let certificate = issue(&Judging {
        run: &run,
        profile: &profile,
        judged_at: time(),
        waivers: &waivers,
        records: &Records::default(),
        job: job.as_ref(),
        lookups: None,
        assess,
    });
    fs::write(
        dir.join("certificate.json"),
        report::json(&certificate).unwrap(),
    )
    .unwrap();
    fs::write(dir.join("junit.xml"), report::junit(&certificate).unwrap()).unwrap();
    certificate
}

/// Signs a directory.
fn sign(dir: &Path, key: &PrivateKey) {
    let sealed = seal(dir, key, judged_at(dir)).unwrap();
    fs::write(dir.join(ENVELOPE), sealed.envelope).unwrap();
}

/// When a directory was judged, as its certificate says.
fn judged_at(dir: &Path) -> jiff::Timestamp {
    let text = fs::read(dir.join("certificate.json")).unwrap();
    let certificate: Certificate = serde_json::from_slice(&text).unwrap();
    certificate.judged_at
}

/// A signed bundle, and who signed it.
fn signed() -> (TempDir, PrivateKey) {
    let dir = judged();
    let key = PrivateKey::generate().unwrap();
    sign(&dir.path().join("run"), &key);
    (dir, key)
}

/// Signs whatever lies there, as a signer of bad faith would.
fn forge(run: &Path, key: &PrivateKey) {
    let (_, payload, _) = Envelope::open(&fs::read(run.join(ENVELOPE)).unwrap()).unwrap();
    let mut statement = Statement::read(&payload).unwrap();
    let certificate: Certificate =
        serde_json::from_slice(&fs::read(run.join("certificate.json")).unwrap()).unwrap();
    let sealed_at = certificate.judged_at;
    statement.predicate = proofmark::bundle::Predicate::of(&certificate, sealed_at);
    for file in &mut statement.subject {
        let bytes = fs::read(run.join(&file.name)).unwrap();
        file.digest.sha256 = proofmark::digest::sha256_hex(bytes);
    }
    let payload = statement.bytes();
    let mut envelope = Envelope::new(&payload);
    envelope.sign(&payload, key);
    fs::write(run.join(ENVELOPE), envelope.bytes()).unwrap();
}

fn known(name: &str, key: &PrivateKey) -> PublicKeys {
    PublicKeys {
        name: name.to_owned(),
        keys: vec![key.id()],
    }
}

/// Opens and checks a bundle of either shape.
fn check(path: &Path, keys: &[PublicKeys]) -> Result<Checked, Flaw> {
    Opened::open(path)
        .unwrap()
        .and_then(|opened| verify(opened.dir(), keys))
}

/// What is wrong with a bundle; panics where it is intact.
fn flaw(path: &Path) -> String {
    check(path, &[]).expect_err("it is broken").to_string()
}

#[test]
fn a_signed_run_is_intact_in_both_shapes_and_known_by_its_key() {
    let (dir, key) = signed();
    let (run, file) = (dir.path().join("run"), dir.path().join("one.proofmark"));
    pack(&run, &file).unwrap();
    for path in [&run, &file] {
        let checked = check(path, &[known("lab", &key)]).unwrap();
        assert!(checked.is_known());
        assert_eq!(checked.rejudged, Rejudged::Same);
        assert_eq!(checked.doubts, [""; 0]);
        assert!(checked.is_confirmed());
        let signers: Vec<_> = checked
            .signers
            .iter()
            .map(|it| (it.key, it.known_as.as_deref()))
            .collect();
        assert_eq!(signers, [(key.id(), Some("lab"))]);
        let statement = checked.statement.unwrap();
        let names: Vec<_> = statement
            .subject
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        assert!(
            names.contains(&"evidence.jsonl") && !names.contains(&ENVELOPE),
            "{names:?}"
        );
        let stranger = PrivateKey::generate().unwrap();
        assert!(!check(path, &[]).unwrap().is_known());
        let other = check(path, &[known("lab", &key), known("other", &stranger)]).unwrap();
        assert!(!other.is_known());
        assert_eq!(other.missing, ["other"]);
    }
    // Packing is canonical: from the unpacked file comes the same file.
    let again = dir.path().join("again.proofmark");
    let opened = Opened::open(&file).unwrap().unwrap();
    pack(opened.dir(), &again).unwrap();
    assert_eq!(fs::read(&file).unwrap(), fs::read(&again).unwrap());
}

#[test]
fn a_reviewer_signs_what_the_tester_signed() {
    let (dir, tester) = signed();
    let run = dir.path().join("run");
    let statement = |path: &Path| {
        Envelope::open(&fs::read(path.join(ENVELOPE)).unwrap())
            .unwrap()
            .1
    };
    let before = statement(&run);
    let reviewer = PrivateKey::generate().unwrap();
    sign(&run, &reviewer);
    // The same key once more changes nothing.
    let two = fs::read(run.join(ENVELOPE)).unwrap();
    sign(&run, &tester);
    assert_eq!(fs::read(run.join(ENVELOPE)).unwrap(), two);
    assert_eq!(statement(&run), before);
    let checked = check(
        &run,
        &[known("tester", &tester), known("reviewer", &reviewer)],
    )
    .unwrap();
    assert!(checked.is_known());
    assert_eq!(checked.signers.len(), 2);
}

#[test]
fn nothing_is_signed_that_nobody_could_verify() {
    let dir = judged();
    let run = dir.path().join("run");
    let key = PrivateKey::generate().unwrap();
    let refused = || seal(&run, &key, time()).unwrap_err().to_string();
    let certificate = fs::read_to_string(run.join("certificate.json")).unwrap();
    fs::write(
        run.join("certificate.json"),
        certificate.replace("\"conformant\"", "\"non-conformant\""),
    )
    .unwrap();
    assert!(refused().contains("differs"), "{}", refused());
    fs::remove_file(run.join("certificate.json")).unwrap();
    assert!(
        refused().contains("certificate.json: is missing"),
        "{}",
        refused()
    );
    fs::write(run.join("certificate.json"), certificate).unwrap();
    fs::write(run.join("notes of mine"), "").unwrap();
    assert!(refused().contains("no name"), "{}", refused());
    fs::remove_file(run.join("notes of mine")).unwrap();
    seal(&run, &key, time()).unwrap();
}

/// A bundle that a newer version signed is intact, and cannot be judged again.
#[test]
fn newer_rules_are_named_and_not_guessed() {
    let dir = judged();
    let run = dir.path().join("run");
    let text = fs::read_to_string(run.join("certificate.json")).unwrap();
    let rules = format!("\"rules\": \"{}\"", RULES_VERSION);
    assert!(text.contains(&rules));
    let key = PrivateKey::generate().unwrap();
    sign(&run, &key);
    let by = |other: &str| {
        let changed = text.replace(&rules, &format!("\"rules\": \"{other}\""));
        fs::write(run.join("certificate.json"), changed).unwrap();
        forge(&run, &key);
        let refused = seal(&run, &key, time()).unwrap_err().to_string();
        assert!(refused.contains("version"), "{refused}");
        check(&run, &[]).unwrap().rejudged
    };
    let rules = "9999".to_owned();
    assert_eq!(by("9999"), Rejudged::NewerRules { rules });
    let Rejudged::OlderRules {
        rules, differences, ..
    } = by("1")
    else {
        panic!("older rules");
    };
    assert_eq!((rules.as_str(), differences.len()), ("1", 0));
}

#[test]
fn the_down_converted_result_never_passes_what_was_not_shown() {
    let dir = judged();
    let mut certificate = rejudge(&dir.path().join("run"));
    let result =
        |certificate: &Certificate| test_result(certificate, &"0".repeat(64))["predicate"].clone();
    let good = result(&certificate);
    assert_eq!(good["result"], "PASSED");
    assert_eq!(good["passedTests"][0], "survives-testing");
    certificate.outcome = proofmark::certificate::ConformityOutcome::NotCertifiable;
    certificate.requirements[0].verdict = proofmark::verdict::Verdict::Inconclusive;
    let open = result(&certificate);
    assert_eq!(
        (
            &open["result"],
            open["passedTests"].as_array().unwrap().len()
        ),
        (&"WARNED".into(), 0)
    );
    assert_eq!(open["warnedTests"][0], "survives-testing");
}

/// What was signed with an older version of Proofmark must verify with every later one. Blessing adds a bundle of
/// today's rules where there is none yet, and leaves the old ones alone.
#[test]
fn old_bundles_keep_verifying() {
    let folder = root("tests/bundles");
    let todays = folder.join(format!("rules-{RULES_VERSION}.proofmark"));
    if std::env::var_os("PROOFMARK_BLESS").is_some() && !todays.exists() {
        let key = fs::read_to_string(folder.join("test-only.pem")).unwrap();
        let dir = judged();
        let run = dir.path().join("run");
        sign(&run, &PrivateKey::from_pem(&key, None).unwrap());
        pack(&run, &todays).unwrap();
    }
    assert!(todays.exists(), "run the test with PROOFMARK_BLESS=1");
    let keys = PublicKeys::from_pem(
        "old",
        &fs::read_to_string(folder.join("test-only.pub.pem")).unwrap(),
    )
    .unwrap();
    let bundles = crate::files(&folder, "proofmark");
    assert!(!bundles.is_empty());
    for path in bundles {
        let checked = check(&path, std::slice::from_ref(&keys));
        let checked = checked.unwrap_or_else(|flaw| panic!("{}: {flaw}", path.display()));
        assert!(checked.is_known(), "{}", path.display());
        let older = matches!(checked.rejudged, Rejudged::OlderRules { ref differences, .. } if differences.is_empty());
        let todays = matches!(checked.rejudged, Rejudged::Same | Rejudged::Reworded { .. });
        assert!(
            older || todays,
            "{}: {:?}",
            path.display(),
            checked.rejudged
        );
    }
}

#[test]
fn a_statement_reads_back_only_as_it_was_written() {
    let (dir, _) = signed();
    let envelope = fs::read(dir.path().join("run").join(ENVELOPE)).unwrap();
    let (_, payload, _): (_, _, Vec<KeyId>) = Envelope::open(&envelope).unwrap();
    let text = String::from_utf8(payload).unwrap();
    Statement::read(text.as_bytes()).unwrap();
    for (right, wrong) in [
        ("{\"_type\"", "{ \"_type\""),
        ("Statement/v1", "Statement/v0.1"),
        ("certificate:1", "certificate:2"),
        ("proofmark-bundle/1", "proofmark-bundle/2"),
        ("\"predicate\":{", "\"predicate\":{\"more\":1,"),
        (
            "\"subject\":[",
            "\"subject\":[{\"name\":\"zzz\",\"digest\":{\"sha256\":\"00\"}},",
        ),
    ] {
        let changed = text.replacen(right, wrong, 1);
        assert_ne!(changed, text, "{right}");
        assert!(Statement::read(changed.as_bytes()).is_err(), "{wrong}");
    }
}
