//! `proofmark evaluate` of many runs.

use std::path::Path;

use crate::bench::conformant;
use crate::directories::{observed, port_23_open, proofmark, shipped, stderr, stdout};

const AT: &str = "2026-02-01T00:00:00Z";

/// A good run and a bad one.
fn runs() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    observed(dir.path(), "good", conformant(), Some("1"), shipped());
    observed(dir.path(), "bad", port_23_open(), Some("2"), shipped());
    dir
}

fn evaluate(base: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let all = [&["evaluate", "--judged-at", AT], arguments].concat();
    let ended = proofmark(base, &all);
    (ended.status.code(), stdout(&ended), stderr(&ended))
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn each_run_has_a_line_and_reports_of_its_own() {
    let dir = runs();
    let (exit, told, _) = evaluate(dir.path(), &["good", "./bad", "--out", "all"]);
    assert_eq!(exit, Some(1));
    let lines: Vec<&str> = told.lines().collect();
    let [good, bad, last] = lines[..] else {
        panic!("{told}");
    };
    assert!(good.starts_with("conformant        good  "), "{good}");
    assert!(
        bad.starts_with("non-conformant    ./bad  1 FAIL, "),
        "{bad}"
    );
    assert_eq!(
        last,
        "2 judged: 1 conformant, 1 non-conformant, 0 not certifiable"
    );
    assert_eq!(names(&dir.path().join("all")), ["bad", "good"]);
    for name in ["good", "bad"] {
        let (_, _, said) = evaluate(dir.path(), &[name, "--out", &format!("{name}-alone")]);
        assert_eq!(said, "");
        let (many, alone) = (
            dir.path().join("all").join(name),
            dir.path().join(format!("{name}-alone")),
        );
        assert_eq!(names(&many), names(&alone));
        for report in ["certificate.json", "certificate.html", "junit.xml"] {
            let read = |dir: &Path| std::fs::read(dir.join(report)).unwrap();
            assert!(read(&many) == read(&alone), "{name}: {report}");
        }
    }
}

#[test]
fn runs_by_different_profiles_are_each_judged_by_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let other = shipped().replace("id = \"iot-minimum\"", "id = \"another\"");
    assert_ne!(other, shipped());
    for (name, profile) in [("a", shipped()), ("b", &other), ("c", shipped())] {
        observed(dir.path(), name, conformant(), None, profile);
    }
    let (exit, _, _) = evaluate(dir.path(), &["a", "b", "c", "--out", "all"]);
    assert_eq!(exit, Some(0));
    for (name, profile) in [("a", "iot-minimum"), ("b", "another"), ("c", "iot-minimum")] {
        let path = dir.path().join("all").join(name).join("certificate.json");
        let text = std::fs::read_to_string(path).unwrap();
        let certificate: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(certificate["profile"]["id"], profile, "{name}");
    }
}

#[test]
fn without_a_directory_nothing_is_written() {
    let dir = runs();
    let before = names(dir.path());
    let (exit, told, _) = evaluate(dir.path(), &["good"]);
    assert_eq!(exit, Some(0));
    assert!(told.contains(", pm-"), "{told}");
    assert!(!told.contains("certificate.html"), "{told}");
    let (exit, _, _) = evaluate(dir.path(), &["good", "bad"]);
    assert_eq!(exit, Some(1));
    assert_eq!(names(dir.path()), before);
    assert!(!dir.path().join("good/certificate.json").exists());
}

#[test]
fn a_run_that_cannot_be_judged_does_not_stop_the_others() {
    let dir = runs();
    std::fs::write(dir.path().join("good/device.json"), "{}").unwrap();
    let (exit, told, said) = evaluate(dir.path(), &["good", "absent", "bad", "--out", "all"]);
    assert_eq!(exit, Some(64));
    assert!(
        said.contains("good/device.json: is not the file that was closed"),
        "{said}"
    );
    assert!(said.contains("absent: cannot read it"), "{said}");
    let last = told.lines().last().unwrap();
    assert_eq!(
        last,
        "1 judged: 0 conformant, 1 non-conformant, 0 not certifiable; 2 could not be judged"
    );
    assert_eq!(names(&dir.path().join("all")), ["bad"]);
}

#[test]
fn two_runs_of_one_name_or_a_directory_in_use_are_refused_before_anything_is_written() {
    let dir = runs();
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    observed(&other, "good", conformant(), None, shipped());
    for (arguments, message) in [
        (
            ["good", "other/good", "--out", "all"],
            "two runs are called `good`",
        ),
        (
            ["good", "bad/../good", "--out", "all"],
            "two runs are called `good`",
        ),
        (
            ["good", "bad", "--out", "other"],
            "the output directory is not empty",
        ),
    ] {
        let (exit, told, said) = evaluate(dir.path(), &arguments);
        assert_eq!((exit, told.as_str()), (Some(64), ""), "{said}");
        assert!(said.contains(message), "{said}");
    }
    assert!(!dir.path().join("all").exists());
    let (exit, _, said) = evaluate(dir.path(), &["good", "bad", "--out", "bad/again"]);
    assert_eq!(exit, Some(64));
    assert!(said.contains("lies inside the run"), "{said}");
    assert!(!dir.path().join("bad/again").exists());
}
