//! Runs whose evidence somebody wrote anew, digests and all: what our writer never writes is refused, with the line.

use std::path::Path;

use proofmark::digest::sha256_hex;
use proofmark::evidence::Run;

use crate::bench::*;
use crate::directories::{observed, shipped};

/// What a reader says of a run with this evidence in the place of its own.
fn read(dir: &Path, evidence: &str) -> Result<usize, String> {
    let path = dir.join("evidence.jsonl");
    let own = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, evidence).unwrap();
    let info = std::fs::read_to_string(dir.join("run.json")).unwrap();
    let (was, is) = (sha256_hex(&own), sha256_hex(evidence));
    assert!(info.contains(&was));
    std::fs::write(dir.join("run.json"), info.replace(&was, &is)).unwrap();
    let run = Run::read(dir).map_err(|error| error.to_string())?;
    Ok(run.evidence.len())
}

/// A run that is right, and its evidence.
fn sound() -> (tempfile::TempDir, std::path::PathBuf, String) {
    let base = tempfile::tempdir().unwrap();
    let dir = observed(base.path(), "run", conformant(), None, shipped());
    let text = std::fs::read_to_string(dir.join("evidence.jsonl")).unwrap();
    assert_eq!(read(&dir, &text), Ok(text.lines().count()));
    (base, dir, text)
}

#[test]
fn nothing_stands_around_a_line() {
    let (_base, dir, text) = sound();
    let lines: Vec<&str> = text.lines().collect();
    for around in [
        format!("{}\r", lines[1]),
        format!("{} ", lines[1]),
        format!("\t{}", lines[1]),
        String::new(),
    ] {
        let mut forged = lines.clone();
        forged[1] = &around;
        let error = read(&dir, &(forged.join("\n") + "\n")).unwrap_err();
        assert!(error.contains("evidence.jsonl:2:1"), "{error}");
        assert!(error.contains("nothing stands around it"), "{error}");
    }
}

#[test]
fn raw_bytes_are_as_long_as_the_evidence_says() {
    let (_base, dir, text) = sound();
    let bytes = b"what came back";
    let sha256 = sha256_hex(bytes);
    std::fs::create_dir(dir.join("blobs")).unwrap();
    std::fs::write(dir.join("blobs").join(&sha256), bytes).unwrap();
    let info = std::fs::read_to_string(dir.join("run.json")).unwrap();
    let with = format!(r#""digests":{{"blobs/{sha256}":"{sha256}","#);
    std::fs::write(dir.join("run.json"), info.replace(r#""digests":{"#, &with)).unwrap();
    let citing = |length: usize| {
        let blob =
            format!(r#""blobs":[{{"role":"received","sha256":"{sha256}","length":{length}}}]}}"#);
        let (first, rest) = text.split_once("}\n").unwrap();
        assert!(!first.contains("blobs"));
        format!("{first},{blob}\n{rest}")
    };
    assert!(read(&dir, &citing(bytes.len())).is_ok());
    for length in [0, bytes.len() - 1, bytes.len() + 1] {
        let error = read(&dir, &citing(length)).unwrap_err();
        assert!(error.contains("evidence.jsonl:1:1"), "{error}");
        assert!(
            error.contains(&format!("{length} long that are {}", bytes.len())),
            "{error}"
        );
    }
}

#[test]
fn an_audit_that_leaves_versions_out_is_refused() {
    let (_base, dir, text) = sound();
    let old = r#"{"version":"TLS 1.0","state":"refused","because":"it","suites":[]},"#;
    assert!(text.contains(old));
    let error = read(&dir, &text.replacen(old, "", 1)).unwrap_err();
    assert!(error.contains("says nothing of TLS 1.0"), "{error}");
}
