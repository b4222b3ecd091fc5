//! Statements of a manifest, and flags, that are wrong: what a user reads, and that nothing was sent.

use std::path::Path;
use std::process::Command;

use proofmark::dut::{Device, parse};

const MANIFEST: &str = r#"
format = "proofmark-device/1"

[device]
manufacturer = "Acme"
model = "Hub"
#here

[[unit]]
id = "a"
addresses = ["127.0.0.1"]
state = "initialised"
"#;

fn load(base: &Path, line: &str) -> Result<Device, String> {
    let text = MANIFEST.replace("#here", line);
    parse(&text, "d.toml", base, &|_| None, false).map_err(|error| error.to_string())
}

#[test]
fn a_wrong_statement_says_what_is_legal() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("policy.txt"), "write to us").unwrap();
    // Sparse: no disk is filled.
    let large = std::fs::File::create(dir.path().join("large.txt")).unwrap();
    large.set_len((4 << 20) + 1).unwrap();
    for (line, says) in [
        (
            "vulnerability-policy = \"http://acme.example/\"",
            "is no `https:` URL",
        ),
        (
            "vulnerability-policy = \"acme.example/security\"",
            "as in `https://example.com/security`",
        ),
        (
            "vulnerability-policy = { url = \"https://u:p@acme.example/\" }",
            "names a user",
        ),
        (
            "vulnerability-policy = { url = \"https://a/\", file = \"policy.txt\" }",
            "a document has one place",
        ),
        (
            "vulnerability-policy = { published = \"https://a/\" }",
            "a document has one place",
        ),
        ("vulnerability-policy = {}", "a document has one place"),
        ("vulnerability-policy = 1", "wrong type: a whole number"),
        (
            "vulnerability-policy = { file = \"absent.txt\" }",
            "cannot read it",
        ),
        (
            "vulnerability-policy = { file = \".\" }",
            "not a regular file",
        ),
        (
            "security-txt = { file = \"large.txt\" }",
            "more than 4194304 bytes",
        ),
        (
            "security-txt = { file = \"policy.txt\", published = \"ftp://a/\" }",
            "is no `https:` URL",
        ),
        (
            "security-txt = { path = \"policy.txt\" }",
            "unknown key `path`",
        ),
        (
            "support-published = \"https://acme.example/\"",
            "there is none",
        ),
        ("support-until = \"2030\"", "is no date"),
        ("model-designation = \" \"", "the text is empty"),
        (
            "security_txt = \"https://acme.example/\"",
            "did you mean `security-txt`?",
        ),
    ] {
        let error = load(dir.path(), line).unwrap_err();
        assert!(error.contains(says), "{line}: {error}");
        assert!(error.contains("d.toml:7:"), "{line}: {error}");
    }
}

#[test]
fn a_document_is_read_from_beside_the_manifest() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("policy.txt"), "write to us").unwrap();
    let line =
        "vulnerability-policy = { file = \"policy.txt\", published = \"https://Acme.example\" }";
    let device = load(dir.path(), line).unwrap();
    let policy = device.vulnerability_policy.unwrap();
    assert_eq!(policy.file(), Some("policy.txt"));
    assert_eq!(policy.url(), Some("https://acme.example/"));
    let device = load(dir.path(), "").unwrap();
    assert_eq!(device.documents().count(), 0);
    assert_eq!(device.designation(), "Hub");
}

/// Flags that do not go together, and a file of authorities that is none.
#[test]
fn a_wrong_flag_is_a_usage_error() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("d.device.toml");
    std::fs::write(&manifest, MANIFEST).unwrap();
    std::fs::write(dir.path().join("none.pem"), "nothing").unwrap();
    let none = dir.path().join("none.pem").display().to_string();
    let absent = dir.path().join("absent.pem").display().to_string();
    for (flags, says) in [
        (vec!["--documents-authority", &none], "--fetch-documents"),
        (
            vec!["--fetch-documents", "--documents-authority", &none],
            "no certificate in it",
        ),
        (
            vec!["--fetch-documents", "--documents-authority", &absent],
            "cannot read it",
        ),
    ] {
        for command in ["plan", "run", "observe"] {
            let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
                .arg(command)
                .arg(&manifest)
                .args(&flags)
                .current_dir(dir.path())
                .output()
                .unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(64),
                "{command} {flags:?}: {error}"
            );
            assert!(error.contains(says), "{command} {flags:?}: {error}");
        }
    }
    assert!(!dir.path().join("proofmark-runs").exists());
}

#[test]
fn a_plan_says_what_is_fetched_and_what_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("d.device.toml");
    let text = MANIFEST.replace(
        "#here",
        "vulnerability-policy = \"https://acme.example/security\"",
    );
    std::fs::write(&manifest, text).unwrap();
    for (flags, says) in [
        (
            &[][..],
            "https://acme.example/security is not fetched: that takes --fetch-documents",
        ),
        (
            &["--fetch-documents"][..],
            "fetched from https://acme.example/security",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
            .arg("plan")
            .arg(&manifest)
            .args(flags)
            .output()
            .unwrap();
        let plan = String::from_utf8_lossy(&output.stdout);
        assert!(plan.contains(says), "{plan}");
    }
}
