//! The command line.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Test, samples};

pub const TESTS: &[Test] = &[
    (
        "a_run_directory_a_file_and_stdin_give_the_same_bytes",
        sources,
    ),
    (
        "nothing_but_the_certificate_decides_the_bytes",
        deterministic,
    ),
    ("wrong_certificates_are_refused_in_words", wrong),
    (
        "the_template_that_is_printed_is_the_one_that_is_used",
        printed,
    ),
    (
        "it_promises_pdf_a_and_pdf_ua_unless_told_otherwise",
        promises,
    ),
];

/// The program with arguments.
pub fn command<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofmark-pdf"));
    command.args(arguments);
    command
}

/// Its exit status and what it says on stderr.
pub fn told(output: &Output) -> (i32, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}

/// A certificate as PDF in a directory of its own, with no word on stderr.
pub fn set(certificate: &Value) -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let json = directory.path().join("certificate.json");
    std::fs::write(&json, certificate.to_string()).unwrap();
    let pdf = directory.path().join("report.pdf");
    let output = command(["--out"]).arg(&pdf).arg(&json).output().unwrap();
    assert_eq!(told(&output), (0, String::new()));
    (directory, pdf)
}

fn piped(mut command: Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn sources() {
    let (run, pdf) = set(&samples::golden("hub"));
    let file = std::fs::read(pdf).unwrap();
    assert!(file.starts_with(b"%PDF-1.7"));
    let from_run = command([]).arg(run.path()).output().unwrap();
    assert_eq!(told(&from_run), (0, String::new()));
    assert!(from_run.stdout == file);
    let certificate = std::fs::read(run.path().join("certificate.json")).unwrap();
    assert!(piped(command(["-"]), &certificate).stdout == file);
}

fn deterministic() {
    let camera = samples::golden("camera").to_string();
    let first = piped(command(["-"]), camera.as_bytes()).stdout;
    let mut elsewhere = command(["-"]);
    elsewhere
        .env("TZ", "Asia/Tokyo")
        .env("SOURCE_DATE_EPOCH", "1")
        .current_dir("/");
    assert!(piped(elsewhere, camera.as_bytes()).stdout == first);
    let other = camera.replace("2026-03-09T10:31:07Z", "2026-03-09T10:31:08Z");
    assert!(piped(command(["-"]), other.as_bytes()).stdout != first);
}

fn wrong() {
    let refused = |certificate: &[u8]| {
        let output = piped(command(["-"]), certificate);
        assert!(output.stdout.is_empty());
        let (status, message) = told(&output);
        assert_eq!(status, 64, "{message}");
        message
    };
    assert!(refused(b"{").contains("no JSON"));
    assert!(refused(b"{}").contains("not in format `proofmark-certificate/1`"));
    let mut odd = samples::golden("hub");
    odd["coverage"]["ports"] = "none".into();
    let message = refused(odd.to_string().as_bytes());
    assert!(
        message.contains("was it edited?") && message.contains("certificate.typ:"),
        "{message}"
    );

    let (status, message) = told(&command(["no/such/run"]).output().unwrap());
    assert_eq!(
        (status, message.contains("no/such/run: cannot read it")),
        (64, true),
        "{message}"
    );
    assert_eq!(told(&command(["/dev/zero"]).output().unwrap()).0, 64);
    assert_eq!(told(&command([]).output().unwrap()).0, 64);
}

fn printed() {
    let output = command(["--print-template"]).output().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("template/certificate.typ");
    assert!(output.stdout == std::fs::read(source).unwrap());

    let (directory, pdf) = set(&samples::golden("camera"));
    let copy = directory.path().join("copy.typ");
    std::fs::write(&copy, output.stdout).unwrap();
    let output = command(["--template"])
        .arg(copy)
        .arg(directory.path())
        .output()
        .unwrap();
    assert_eq!(told(&output), (0, String::new()));
    assert!(output.stdout == std::fs::read(pdf).unwrap());
}

fn promises() {
    let (run, pdf) = set(&samples::golden("hub"));
    let claims = |pdf: &[u8]| {
        let text = String::from_utf8_lossy(pdf).into_owned();
        ["pdfaid:part", "pdfuaid:part"].map(|claim| text.contains(claim))
    };
    assert_eq!(claims(&std::fs::read(pdf).unwrap()), [true, true]);
    let plain = command(["--plain"]).arg(run.path()).output().unwrap();
    assert_eq!(claims(&plain.stdout), [false, false]);
}
