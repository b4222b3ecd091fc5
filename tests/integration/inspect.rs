//! `proofmark inspect`: its exit status and its words.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::root;

/// Exit status, stdout and stderr.
fn inspect(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .arg("inspect")
        .args(arguments)
        .current_dir(root("lab/fixtures/mcuboot"))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

const KEY: &str = "keys/ecdsa-p256.pub.pem";

#[test]
fn signed_and_intact_is_0_and_anything_less_is_not() {
    let (status, text, _) = inspect(&["ecdsa-p256-1.2.3.bin", "--key", KEY]);
    assert_eq!(status, Some(0));
    for line in [
        "MCUboot image",
        "  conclusion     signed by the given key, and intact",
        "  version        1.2.3+4",
        "  hash           SHA-256, intact (anybody can repair it)",
        "  signature      ECDSA P-256, valid by the given key",
        "  published      none of the published development keys",
        "  anti-rollback  security counter 7",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    let (status, text, _) = inspect(&["ecdsa-p256-1.2.3.bin"]);
    assert_eq!(status, Some(0));
    assert!(
        text.contains("whose signature it is was not checked"),
        "{text}"
    );
    for (file, key, expected, words) in [
        ("unsigned.bin", None, 1, "conclusion     not signed"),
        ("ed25519.bin", Some(KEY), 1, "conclusion     broken"),
        (
            "ecdsa-p256-encrypted.bin",
            Some(KEY),
            2,
            "conclusion     could not be decided",
        ),
    ] {
        let mut arguments = vec![file];
        arguments.extend(key.iter().flat_map(|key| ["--key", key]));
        let (status, text, _) = inspect(&arguments);
        assert_eq!(status, Some(expected), "{file}");
        assert!(text.contains(words), "{file}: {text}");
    }
}

#[test]
fn a_damaged_package_is_1_and_names_the_damage() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(root("lab/fixtures/mcuboot/ecdsa-p256-1.2.3.bin")).unwrap();
    let inspect_bytes = |bytes: &[u8]| {
        let path = directory.path().join("package.bin");
        std::fs::write(&path, bytes).unwrap();
        inspect(&[path.to_str().unwrap()])
    };
    let (status, text, _) = inspect_bytes(&bytes[..900]);
    assert_eq!(status, Some(1));
    let problem = "problem        the body should reach to byte 1088, and the file ends at 900";
    assert!(text.contains(problem), "{text}");
    let mut flipped = bytes.clone();
    flipped[500] ^= 1;
    let (status, text, _) = inspect_bytes(&flipped);
    assert_eq!(status, Some(1));
    assert!(
        text.contains("hash           SHA-256, not that of the content"),
        "{text}"
    );
}

#[test]
fn the_json_is_the_inspection() {
    let (status, text, _) = inspect(&["ecdsa-p256-1.2.3.bin", "--key", KEY, "--json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, Some(0));
    assert_eq!(json["format"], "proofmark-inspection/1");
    assert_eq!(json["package"], "mcuboot-image");
    assert_eq!(json["conclusion"], "intact");
    assert_eq!(json["version"], "1.2.3+4");
    assert_eq!(json["signature"]["algorithm"], "ecdsa-p256");
    assert_eq!(json["signature"]["check"], "valid");
    assert_eq!(json["key"]["naming"], "keyhash");
    assert_eq!(json["key"]["fingerprint"], json["checked_with"]);
    assert_eq!(json["anti_rollback"]["security_counter"], 7);
    let (_, text, _) = inspect(&["rsa-2048.bin", "--json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["signature"]["algorithm"], "rsa-2048");
    assert_eq!(json["checked_with"], Value::Null);
}

#[test]
fn what_is_no_package_is_64_and_says_what_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let sparse = directory.path().join("huge.bin");
    std::fs::File::create(&sparse)
        .unwrap()
        .set_len((64 << 20) + 1)
        .unwrap();
    let empty = directory.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    for (file, words) in [
        (path(&empty), "not an MCUboot image"),
        ("make".to_owned(), "not an MCUboot image"),
        ("keys".to_owned(), "a directory"),
        ("absent.bin".to_owned(), "cannot read it"),
        (path(&sparse), "at most 67108864 bytes"),
    ] {
        let (status, text, error) = inspect(&[&file]);
        assert_eq!(status, Some(64), "{file}: {error}");
        assert!(error.contains(words), "{error}");
        assert_eq!(text, "");
    }
    for (key, words) in [
        ("keys/test-only-ecdsa-p256.pem", "a private key"),
        ("make", "no public key in PEM"),
        ("absent.pem", "cannot read it"),
    ] {
        let (status, _, error) = inspect(&["ecdsa-p256-1.2.3.bin", "--key", key]);
        assert_eq!(status, Some(64), "{key}");
        assert!(error.contains(words), "{error}");
    }
}
