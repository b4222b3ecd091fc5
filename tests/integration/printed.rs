//! `proofmark report --format pdf`: how `proofmark-pdf` is found and spoken to. A script stands in for it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::root;

const SCRIPT: &str = "#!/bin/sh\necho \"set $*\"\nexec /bin/cat\n";

/// A directory with `proofmark` in it, and nothing beside it. It is no copy, which would be large.
fn alone() -> TempDir {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = env!("CARGO_BIN_EXE_proofmark");
    std::fs::hard_link(program, directory.path().join("proofmark")).unwrap();
    directory
}

fn script(directory: &Path) {
    let path = directory.join("proofmark-pdf");
    std::fs::write(&path, SCRIPT).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
}

fn report(directory: &Path, path: &str, arguments: &[&str]) -> Output {
    Command::new(directory.join("proofmark"))
        .args(["report", "--format", "pdf"])
        .args(arguments)
        .arg(root("tests/golden/camera.json"))
        .current_dir(directory)
        .env("PATH", path)
        .output()
        .unwrap()
}

/// What `--format page` says of the certificate.
fn page(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(["report", "--format", "page"])
        .args(arguments)
        .arg(root("tests/golden/camera.json"))
        .output()
        .unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(
        page.starts_with("{\"format\":\"proofmark-page/1\""),
        "{page}"
    );
    page
}

#[test]
fn without_the_program_it_says_how_to_get_it() {
    let directory = alone();
    // What lies in the working directory is nobody's program.
    std::fs::create_dir(directory.path().join("here")).unwrap();
    script(&directory.path().join("here"));
    for path in ["", "here", ":/nonexistent"] {
        let output = report(directory.path(), path, &[]);
        assert_eq!(output.status.code(), Some(64));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            message.contains("cargo build --release -p proofmark-pdf"),
            "{message}"
        );
    }
}

#[test]
fn the_program_is_found_beside_or_on_the_path_and_gets_the_page() {
    let beside = alone();
    script(beside.path());
    let output = report(
        beside.path(),
        "",
        &["--template", "a b;c.typ", "--fonts", "d"],
    );
    let expected = format!("set - --template a b;c.typ --fonts d\n{}", page(&[]));
    assert!(String::from_utf8(output.stdout).unwrap() == expected);

    let directory = alone();
    let out = directory.path().join("report.pdf");
    let output = report(
        directory.path(),
        beside.path().to_str().unwrap(),
        &["--out", out.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    assert!(std::fs::read_to_string(out).unwrap() == format!("set -\n{}", page(&[])));

    // The words of a language are the page's.
    let output = report(beside.path(), "", &["--language", "en"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said == format!("set -\n{}", page(&["--language", "en"])));
}

#[test]
fn a_template_is_for_pdf_only() {
    let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(["report", "--format", "html", "--template", "x"])
        .arg(root("tests/golden/camera.json"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
}
