//! `proofmark compare` on run directories made by hand.

use std::path::Path;

use crate::bench::conformant;
use crate::directories::{observed, port_23_open, proofmark, shipped, stderr, stdout};

fn compare(base: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = proofmark(base, &[&["compare"], arguments].concat());
    (output.status.code(), stdout(&output), stderr(&output))
}

/// Judges a run in place, as `run` would have done.
fn judged(base: &Path, run: &str) {
    let out = format!("{run}-judged");
    proofmark(
        base,
        &[
            "evaluate",
            run,
            "--out",
            &out,
            "--judged-at",
            "2026-02-03T04:05:06Z",
        ],
    );
    let from = base.join(out).join("certificate.json");
    std::fs::copy(from, base.join(run).join("certificate.json")).unwrap();
}

fn base() -> tempfile::TempDir {
    let base = tempfile::tempdir().unwrap();
    observed(base.path(), "good", conformant(), Some("1"), shipped());
    observed(base.path(), "bad", port_23_open(), Some("1"), shipped());
    observed(base.path(), "other", port_23_open(), Some("2"), shipped());
    base
}

#[test]
fn a_regression_of_one_device_ends_with_1_and_its_repair_with_0() {
    let base = base();
    let (exit, out, err) = compare(base.path(), &["good", "bad"]);
    assert_eq!(exit, Some(1), "{out}{err}");
    assert!(out.contains("one sample: serial number 1"), "{out}");
    assert!(out.contains("closed-ports: PASS to FAIL"), "{out}");
    assert!(
        out.contains("+ undeclared-port (unit a, 127.77.1.10, TCP port 23"),
        "{out}"
    );
    assert!(out.contains("The outcome regressed"), "{out}");
    let (exit, out, _) = compare(base.path(), &["bad", "good"]);
    assert_eq!(exit, Some(0), "{out}");
    assert!(out.contains("closed-ports: FAIL to PASS"), "{out}");
    let (exit, out, _) = compare(base.path(), &["good", "good"]);
    assert_eq!(exit, Some(0));
    assert!(out.contains("0 regressed"), "{out}");
}

#[test]
fn another_sample_and_a_third_run_make_a_matrix() {
    let base = base();
    for arguments in [vec!["good", "other"], vec!["good", "bad", "good"]] {
        let (exit, out, err) = compare(base.path(), &arguments);
        assert_eq!(exit, Some(0), "{err}");
        assert!(out.contains("[2]") && !out.contains("regressed"), "{out}");
    }
    let (exit, out, _) = compare(base.path(), &["good", "other", "--changes"]);
    assert_eq!(exit, Some(1));
    assert!(out.contains("two samples of one model"), "{out}");
    let (exit, _, err) = compare(base.path(), &["good", "other", "bad", "--changes"]);
    assert_eq!(exit, Some(64), "{err}");
}

#[test]
fn csv_and_html_are_whole() {
    let base = base();
    let (_, out, _) = compare(base.path(), &["good", "other", "--format", "csv"]);
    assert_eq!(out.lines().count(), 3, "{out}");
    let (exit, out, _) = compare(base.path(), &["good", "bad", "--format", "csv"]);
    assert_eq!(exit, Some(1));
    assert!(
        out.contains("\"closed-ports\",") && out.contains("\"regressed\",\"PASS\",\"FAIL\""),
        "{out}"
    );
    for arguments in [
        ["good", "other", "--format", "html"],
        ["good", "bad", "--format", "html"],
    ] {
        let (_, out, _) = compare(base.path(), &arguments);
        assert!(out.starts_with("<!doctype html>") && out.ends_with("</html>\n"));
    }
}

#[test]
fn runs_by_different_versions_are_judged_again_by_the_newest() {
    let base = base();
    let version = shipped()
        .lines()
        .find(|line| line.starts_with("version = "))
        .unwrap();
    let older = shipped()
        .replacen(version, "version = \"0.0.1\"", 1)
        .replace("states = [\"initialised\"]", "states = [\"factory\"]");
    observed(base.path(), "old", conformant(), Some("1"), &older);
    judged(base.path(), "old");
    judged(base.path(), "bad");
    for arguments in [["old", "bad"], ["bad", "old"]] {
        let (_, out, err) = compare(base.path(), &arguments);
        assert!(out.contains("1 of them again"), "{out}{err}");
        assert!(!out.contains("judged by iot-minimum 0.0.1"), "{out}");
        // By the old profile nothing was decided: no unit is in its state.
        assert!(
            out.contains("closed-ports: PASS to FAIL")
                || out.contains("closed-ports: FAIL to PASS"),
            "{out}"
        );
    }
    // Two of one version are nobody's newest.
    let twin = format!("{}\n# Another.\n", shipped());
    observed(base.path(), "twin", conformant(), Some("1"), &twin);
    let (exit, _, err) = compare(base.path(), &["good", "twin"]);
    assert_eq!(exit, Some(64), "{err}");
    assert!(
        err.contains("are not the same") && err.contains("--profile"),
        "{err}"
    );
    let (exit, out, err) = compare(base.path(), &["good", "twin", "--profile", "iot-minimum"]);
    assert_eq!(exit, Some(0), "{out}{err}");
}

#[test]
fn a_certificate_without_its_evidence_is_compared_as_it_is_or_refused() {
    let base = base();
    judged(base.path(), "good");
    judged(base.path(), "bad");
    let bare = ["good/certificate.json", "bad-judged"];
    let (exit, out, err) = compare(base.path(), &bare);
    assert_eq!(exit, Some(1), "{out}{err}");
    assert!(!out.contains("again"), "{out}");
    let (exit, _, err) = compare(
        base.path(),
        &[&bare[..], &["--profile", "iot-minimum-hands-off"]].concat(),
    );
    assert_eq!(exit, Some(64), "{err}");
    assert!(err.contains("its evidence is not there"), "{err}");
    let path = base.path().join("good/certificate.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        base.path().join("older-rules.json"),
        text.replacen("\"rules\": \"", "\"rules\": \"0", 1),
    )
    .unwrap();
    let (exit, _, err) = compare(base.path(), &["older-rules.json", "bad"]);
    assert_eq!(exit, Some(64), "{err}");
    assert!(err.contains("different rules"), "{err}");
}

#[test]
fn the_certificate_of_another_run_is_not_taken() {
    let base = base();
    judged(base.path(), "good");
    std::fs::copy(
        base.path().join("good/certificate.json"),
        base.path().join("bad/certificate.json"),
    )
    .unwrap();
    let (exit, _, err) = compare(base.path(), &["good", "bad"]);
    assert_eq!(exit, Some(64), "{err}");
    assert!(err.contains("the run is one thing"), "{err}");
    let (exit, _, _) = compare(base.path(), &["good"]);
    assert_eq!(exit, Some(64));
    let (exit, _, _) = compare(base.path(), &["good", "nowhere"]);
    assert_eq!(exit, Some(64));
}
