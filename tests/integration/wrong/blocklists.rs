//! Files that are no blocklist are refused before anything is sent.

use std::process::Command;

#[test]
fn what_is_no_blocklist_is_refused_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("hub.device.toml");
    // Nobody is there, and nobody is asked.
    let text = "format = \"proofmark-device/1\"\n[device]\nmanufacturer = \"M\"\nmodel = \"H\"\n\
                [[unit]]\nid = \"a\"\naddresses = [\"192.0.2.10\"]\nstate = \"initialised\"\n";
    std::fs::write(&manifest, text).unwrap();
    let good = [vec![1; 16], vec![2; 16]].concat();
    for (name, bytes, words) in [
        ("empty", vec![], "it is empty"),
        ("cut", good[..20].to_vec(), "no whole number of records"),
        (
            "unsorted",
            [&good[16..], &good[..16]].concat(),
            "record 2 is smaller",
        ),
        (
            "packed",
            b"\xfd7zXZ\0 and so on".to_vec(),
            "it is compressed",
        ),
        (
            "json",
            b"{\"bkformat\": 0, \"blocklists\": []}".to_vec(),
            "it is a text",
        ),
    ] {
        let list = dir.path().join(name);
        std::fs::write(&list, bytes).unwrap();
        refused(&manifest, &list, words);
    }
    refused(&manifest, dir.path(), "not a regular file");
    refused(&manifest, &dir.path().join("nothing"), "cannot read it");
}

fn refused(manifest: &std::path::Path, list: &std::path::Path, words: &str) {
    let out = list.with_extension("out");
    let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(["run", "--blocklist"])
        .args([list, manifest])
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{error}");
    assert!(error.contains(words), "{words}: {error}");
    assert!(error.contains("blocklist.dat"), "{error}");
    assert!(!out.exists());
}
