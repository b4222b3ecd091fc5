//! `key`, `sign` and `verify` as a user has them.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::*;

/// Runs the binary in a directory; exit status, stdout, stderr.
pub(super) fn proofmark(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(arguments)
        .current_dir(dir)
        .env_remove("PROOFMARK_PASSPHRASE")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        ended.status.code().unwrap(),
        text(ended.stdout),
        text(ended.stderr),
    )
}

#[test]
fn a_lab_signs_and_a_reader_verifies() {
    let dir = judged();
    let here = dir.path();
    let ok = |arguments: &[&str]| {
        let (status, out, error) = proofmark(here, arguments);
        assert_eq!(status, 0, "{arguments:?}: {out}{error}");
        out
    };
    ok(&["key", "new", "lab.pem"]);
    let mode = fs::metadata(here.join("lab.pem"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        ok(&["key", "show", "lab.pem"]),
        ok(&["key", "show", "lab.pub.pem"])
    );
    let (status, _, error) = proofmark(here, &["key", "new", "lab.pem"]);
    assert!(
        status == 64 && error.contains("ever overwritten"),
        "{error}"
    );
    fs::write(here.join("words"), "four long good words\nanother line\n").unwrap();
    ok(&["key", "new", "reviewer.pem", "--passphrase-file", "words"]);

    let signed = ok(&[
        "sign",
        "run",
        "--key",
        "lab.pem",
        "--pack",
        "hub.proofmark",
        "--test-result",
        "result.json",
    ]);
    assert!(signed.contains("1 signature"), "{signed}");
    let result = Envelope::open(&fs::read(here.join("result.json")).unwrap())
        .unwrap()
        .1;
    assert!(
        String::from_utf8(result)
            .unwrap()
            .contains("test-result/v0.1")
    );
    for bundle in ["run", "hub.proofmark"] {
        let line = ok(&["verify", bundle, "--key", "lab.pub.pem"]);
        assert!(
            line.starts_with(
                "Intact, signed by lab.pub.pem; judged again from its evidence: the same\n"
            ),
            "{line}"
        );
        let (status, line, _) = proofmark(here, &["verify", bundle]);
        assert!(
            status == 2 && line.contains("the signer is not known"),
            "{line}"
        );
        let (status, line, _) = proofmark(here, &["verify", bundle, "--key", "reviewer.pub.pem"]);
        assert!(
            status == 2 && line.contains("NOT signed by reviewer.pub.pem"),
            "{line}"
        );
    }
    let (status, _, error) = proofmark(here, &["sign", "hub.proofmark", "--key", "reviewer.pem"]);
    assert!(status == 64 && error.contains("passphrase"), "{error}");
    ok(&[
        "sign",
        "hub.proofmark",
        "--key",
        "reviewer.pem",
        "--passphrase-file",
        "words",
    ]);
    let json = ok(&[
        "verify",
        "hub.proofmark",
        "--key",
        "lab.pub.pem",
        "--key",
        "reviewer.pub.pem",
        "--json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["state"], &json["rejudged"], &json["exit"]),
        (&"intact".into(), &"same".into(), &0.into())
    );
    assert_eq!(json["signers"].as_array().unwrap().len(), 2);

    fs::write(here.join("run/junit.xml"), "<testsuites/>").unwrap();
    let (status, line, _) = proofmark(here, &["verify", "run", "--key", "lab.pub.pem"]);
    assert_eq!(
        (status, line.as_str()),
        (
            1,
            "BROKEN. Believe nothing of it: junit.xml: is not the file that was signed\n"
        )
    );
    let (status, json, _) = proofmark(here, &["verify", "run", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((status, &json["state"]), (1, &"broken".into()));
}

#[test]
fn wrong_files_are_named() {
    let dir = judged();
    let here = dir.path();
    assert_eq!(proofmark(here, &["key", "new", "lab.pem"]).0, 0);
    fs::write(here.join("no.pem"), "no key").unwrap();
    for (arguments, why) in [
        (
            &["sign", "run", "--key", "lab.pub.pem"][..],
            "is no private key",
        ),
        (&["sign", "run", "--key", "no.pem"], "is no private key"),
        (
            &["sign", "absent", "--key", "lab.pem"],
            "absent: cannot read it",
        ),
        (
            &["sign", "run", "--key", "lab.pem", "--pack", "lab.pem"],
            "ever overwritten",
        ),
        (
            &["sign", "run", "--key", "lab.pem", "--pack", "run/a"],
            "lies inside the run",
        ),
        (
            &[
                "sign",
                "run",
                "--key",
                "lab.pem",
                "--pack",
                "a",
                "--test-result",
                "a",
            ],
            "is the file of --pack",
        ),
        (&["verify", "run", "--key", "lab.pem"], "is a private key"),
        (&["verify", "run", "--key", "no.pem"], "holds no public key"),
        (&["verify", "absent"], "absent: cannot read it"),
    ] {
        let (status, _, error) = proofmark(here, arguments);
        assert!(
            status == 64 && error.contains(why),
            "{arguments:?}: {status} {error}"
        );
    }
    let (status, line, _) = proofmark(here, &["verify", "run"]);
    assert!(
        status == 2 && line.starts_with("Not signed by anybody; judged again"),
        "{line}"
    );
    fs::remove_file(here.join("run/certificate.json")).unwrap();
    let (status, _, error) = proofmark(here, &["sign", "run", "--key", "lab.pem"]);
    assert!(
        status == 64 && error.contains("nothing was signed"),
        "{error}"
    );
}
