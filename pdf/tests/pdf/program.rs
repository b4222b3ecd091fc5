//! The command line.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Test, samples};

pub const TESTS: &[Test] = &[
    (
        "a_run_a_page_in_a_file_and_one_from_stdin_give_the_same_bytes",
        sources,
    ),
    ("nothing_but_the_page_decides_the_bytes", deterministic),
    ("wrong_pages_are_refused_in_words", wrong),
    (
        "the_template_that_is_printed_is_the_one_that_is_used",
        printed,
    ),
    (
        "a_folder_of_parts_is_the_template_and_can_be_changed",
        written,
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
    set_page(&samples::page(certificate))
}

/// A page as PDF in a directory of its own, with no word on stderr but of characters that no font has.
pub fn set_page(page: &Value) -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let json = directory.path().join("page.json");
    std::fs::write(&json, page.to_string()).unwrap();
    let pdf = directory.path().join("report.pdf");
    let output = command(["--out"]).arg(&pdf).arg(&json).output().unwrap();
    let (status, said) = told(&output);
    let foreign = page.to_string().contains('摄');
    let warning = said.starts_with("warning: characters that no font has are spelled out");
    assert_eq!(
        (status, warning, said.lines().count()),
        (0, foreign, foreign.into()),
        "{said}"
    );
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
    let page = std::fs::read(run.path().join("page.json")).unwrap();
    assert!(piped(command(["-"]), &page).stdout == file);
    // As a user does it: `proofmark` finds the program beside itself.
    let from_run = samples::reported(&samples::golden("hub"), &["--format", "pdf"]);
    assert!(from_run == file);
}

fn deterministic() {
    let camera = samples::page(&samples::golden("camera")).to_string();
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
    assert!(refused(b"{}").contains("not in format `proofmark-page/1`"));
    let certificate = samples::golden("hub").to_string();
    assert!(refused(certificate.as_bytes()).contains("proofmark report RUN --format pdf"));
    let mut odd = samples::page(&samples::golden("hub"));
    odd["c"]["coverage"]["ports"] = "none".into();
    let message = refused(odd.to_string().as_bytes());
    assert!(
        message.contains("was it edited") && message.contains("proofmark/record.typ:"),
        "{message}"
    );

    for (path, said) in [
        ("no/such/page", "no/such/page: cannot read it"),
        (
            env!("CARGO_MANIFEST_DIR"),
            "proofmark report RUN --format pdf",
        ),
    ] {
        let (status, message) = told(&command([path]).output().unwrap());
        assert_eq!((status, message.contains(said)), (64, true), "{message}");
    }
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
        .arg(directory.path().join("page.json"))
        .output()
        .unwrap();
    assert_eq!(told(&output), (0, String::new()));
    assert!(output.stdout == std::fs::read(pdf).unwrap());
}

/// A folder with all parts gives the same; a part of one's own takes the place of ours, and the others stay.
fn written() {
    let (directory, pdf) = set(&samples::golden("camera"));
    let folder = directory.path().join("ours");
    let write = || told(&command(["--write-template"]).arg(&folder).output().unwrap());
    assert_eq!(write(), (0, String::new()));
    let with_folder = || {
        let output = command(["--template"])
            .arg(folder.join("certificate.typ"))
            .arg(directory.path().join("page.json"))
            .output()
            .unwrap();
        assert_eq!(told(&output), (0, String::new()));
        output.stdout
    };
    let file = std::fs::read(&pdf).unwrap();
    assert!(with_folder() == file);
    std::fs::remove_file(folder.join("proofmark/record.typ")).unwrap();
    assert!(with_folder() == file);
    let own = "#let documents = [Our own words]\n";
    std::fs::write(folder.join("proofmark/documents.typ"), own).unwrap();
    assert!(with_folder() != file);
    // What is there is nobody's to overwrite.
    let (status, message) = write();
    assert_eq!(status, 64);
    assert!(message.contains("cannot write it"), "{message}");
    assert_eq!(
        std::fs::read_to_string(folder.join("proofmark/documents.typ")).unwrap(),
        own
    );
}

fn promises() {
    let (run, pdf) = set(&samples::golden("hub"));
    let claims = |pdf: &[u8]| {
        let text = String::from_utf8_lossy(pdf).into_owned();
        ["pdfaid:part", "pdfuaid:part"].map(|claim| text.contains(claim))
    };
    assert_eq!(claims(&std::fs::read(pdf).unwrap()), [true, true]);
    let page = run.path().join("page.json");
    let plain = command(["--plain"]).arg(page).output().unwrap();
    assert_eq!(claims(&plain.stdout), [false, false]);
}
