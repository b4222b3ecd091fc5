//! `record`, and what `evaluate`, `sign` and `verify` make of it.

use std::fs;
use std::path::{Path, PathBuf};

use proofmark::bundle::{ENVELOPE, PrivateKey, PublicKeys, Rejudged, pack, seal, verify};
use proofmark::digest::sha256_hex;
use tempfile::TempDir;

use super::asking;
use crate::bench::conformant;
use crate::directories::{observed, proofmark, stderr, stdout};

/// A run of a device that somebody has to look into, and the files that they attach.
fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path().to_owned();
    observed(&here, "run", conformant(), None, &asking());
    fs::write(here.join("board.jpg"), b"\xff\xd8 not really a picture").unwrap();
    (dir, here)
}

/// The exit status, and what was printed.
fn tool(here: &Path, arguments: &[&str]) -> (i32, String) {
    let output = proofmark(here, arguments);
    let text = stdout(&output) + &stderr(&output);
    (output.status.code().unwrap(), text)
}

fn ok(here: &Path, arguments: &[&str]) -> String {
    let (exit, text) = tool(here, arguments);
    assert_eq!(exit, 0, "{arguments:?}: {text}");
    text
}

const CHECK: [&str; 10] = [
    "record",
    "check",
    "run",
    "no-debug-header",
    "--verdict",
    "pass",
    "--by",
    "J. Doe",
    "--records",
    "notes",
];

/// A pass with an attachment and a step before it, in `notes`; judged with in `examined`.
fn examined(here: &Path) {
    ok(
        here,
        &[
            "record",
            "step",
            "run",
            "pressed reset",
            "--by",
            "J. Doe",
            "--records",
            "notes",
        ],
    );
    ok(here, &[&CHECK[..], &["--attach", "board.jpg"]].concat());
    ok(
        here,
        &["evaluate", "run", "--records", "notes", "--out", "examined"],
    );
}

#[test]
fn a_check_is_recorded_judged_signed_and_verified() {
    let (_dir, here) = place();
    let run = fs::read(here.join("run/run.json")).unwrap();
    let plan = ok(&here, &["list", "--profile", "run/profile.toml"]);
    assert!(plan.contains("no-debug-header: Are both sides"), "{plan}");
    let (exit, text) = tool(&here, &["evaluate", "run", "--out", "before"]);
    assert!(exit == 2 && text.contains("Nobody has recorded"), "{text}");

    examined(&here);
    let shown = ok(&here, &["record", "show", "run", "--records", "notes"]);
    let digest = sha256_hex(fs::read(here.join("board.jpg")).unwrap());
    for part in [
        "record-1: step on unit a by J. Doe",
        "record-2: no-debug-header",
        &digest,
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let kept = here.join("examined/attachments").join(&digest);
    assert_eq!(
        fs::read(kept).unwrap(),
        fs::read(here.join("board.jpg")).unwrap()
    );
    let page = fs::read_to_string(here.join("examined/certificate.html")).unwrap();
    assert!(page.contains("Examined by J. Doe on ") && page.contains("board.jpg"));
    assert!(
        !page.contains("href=\"attachments"),
        "nothing of it is opened by a click"
    );

    // What was judged with records is judged with them again, and more can be added elsewhere.
    ok(&here, &["evaluate", "examined", "--out", "again"]);
    let read = |name: &str| fs::read_to_string(here.join(name)).unwrap();
    assert_eq!(read("again/records.jsonl"), read("notes/records.jsonl"));
    let more = |arguments: &[&str]| {
        ok(
            &here,
            &[
                &["record"],
                arguments,
                &["--by", "A. Roe", "--records", "more"],
            ]
            .concat(),
        )
    };
    more(&[
        "check",
        "examined",
        "no-debug-header",
        "--verdict",
        "fail",
        "--note",
        "pads",
    ]);
    assert!(read("more/records.jsonl").starts_with(&read("notes/records.jsonl")));
    let (exit, text) = tool(
        &here,
        &[
            "evaluate",
            "examined",
            "--records",
            "more",
            "--out",
            "worse",
        ],
    );
    assert_eq!(exit, 1, "{text}");
    assert!(read("worse/certificate.json").contains("the worst counts"));
    let open = more(&["withdraw", "examined", "3", "--reason", "another board"]);
    assert!(
        open.contains("record-4: record-3 withdrawn by A. Roe"),
        "{open}"
    );
    ok(
        &here,
        &[
            "evaluate",
            "examined",
            "--records",
            "more",
            "--out",
            "better",
        ],
    );

    ok(&here, &["key", "new", "lab.pem"]);
    for dir in ["examined", "again", "better"] {
        let file = format!("{dir}.proofmark");
        ok(&here, &["sign", dir, "--key", "lab.pem", "--pack", &file]);
        for bundle in [dir, &file] {
            let said = ok(&here, &["verify", bundle, "--key", "lab.pub.pem"]);
            assert!(
                said.contains("judged again from its evidence: the same"),
                "{said}"
            );
        }
    }
    assert_eq!(fs::read(here.join("run/run.json")).unwrap(), run);
    assert!(
        !here.join("run/records.jsonl").exists(),
        "a closed run stays closed"
    );
}

#[test]
fn a_record_that_was_touched_breaks_the_bundle() {
    let (_dir, here) = place();
    examined(&here);
    let dir = here.join("examined");
    fs::remove_file(dir.join("certificate.html")).unwrap();
    let key = PrivateKey::generate().unwrap();
    let sign = || {
        let sealed = seal(&dir, &key, jiff::Timestamp::now());
        sealed.map(|it| fs::write(dir.join(ENVELOPE), it.envelope).unwrap())
    };
    sign().unwrap();
    let known = [PublicKeys {
        name: "lab".to_owned(),
        keys: vec![key.id()],
    }];
    assert_eq!(verify(&dir, &known).unwrap().rejudged, Rejudged::Same);
    let attachments: Vec<_> = fs::read_dir(dir.join("attachments")).unwrap().collect();
    let attachment = attachments[0].as_ref().unwrap().path();
    for path in [dir.join("records.jsonl"), attachment.clone()] {
        let bytes = fs::read(&path).unwrap();
        for index in (0..bytes.len()).step_by(23) {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(verify(&dir, &known).is_err(), "{path:?}, byte {index}");
        }
        fs::write(&path, bytes).unwrap();
    }
    verify(&dir, &known).unwrap();
    pack(&dir, &here.join("one.proofmark")).unwrap();

    // Nobody is asked to sign what does not fit together.
    fs::remove_file(dir.join(ENVELOPE)).unwrap();
    let text = fs::read_to_string(dir.join("records.jsonl")).unwrap();
    let (first, _) = text.split_once('\n').unwrap();
    let refused = |what: &str| {
        let flaw = sign().expect_err(what).to_string();
        assert!(flaw.contains(what), "{flaw}");
    };
    fs::write(dir.join("records.jsonl"), format!("{first}\n")).unwrap();
    refused("is attached to no record");
    let bytes = fs::read(&attachment).unwrap();
    fs::remove_file(&attachment).unwrap();
    refused("differs");
    fs::remove_file(dir.join("records.jsonl")).unwrap();
    refused("differs");
    fs::write(dir.join("records.jsonl"), &text).unwrap();
    refused("cannot read it");
    fs::write(&attachment, &bytes).unwrap();
    let stray = dir.join("attachments").join("0".repeat(64));
    fs::write(&stray, "").unwrap();
    refused("is attached to no record");
    fs::remove_file(&stray).unwrap();
    fs::write(dir.join("attachments/page.html"), "").unwrap();
    refused("no name of a file");
    fs::remove_file(dir.join("attachments/page.html")).unwrap();
    let certificate = fs::read_to_string(dir.join("certificate.json")).unwrap();
    let judged = certificate.find("\"judged_at\": \"").unwrap() + 14;
    let mut earlier = certificate.clone();
    earlier.replace_range(judged..judged + 4, "2026");
    earlier.replace_range(judged + 4..judged + 10, "-01-03");
    fs::write(dir.join("certificate.json"), earlier).unwrap();
    refused("judged before what people recorded");
    fs::write(dir.join("certificate.json"), certificate).unwrap();
    sign().unwrap();
}

#[test]
fn wrong_records_are_refused_and_nothing_is_written() {
    let (_dir, here) = place();
    std::os::unix::fs::symlink("board.jpg", here.join("link.jpg")).unwrap();
    fs::write(here.join("empty"), "").unwrap();
    fs::File::create(here.join("large"))
        .unwrap()
        .set_len((32 << 20) + 1)
        .unwrap();
    let check = |extra: &[&str]| tool(&here, &[&CHECK[..], extra].concat());
    for (extra, message) in [
        (&["--attach", "link.jpg"][..], "is a link"),
        (&["--attach", "/dev/zero"], "not a regular file"),
        (&["--attach", "."], "not a regular file"),
        (&["--attach", "nothing"], "cannot read it"),
        (&["--attach", "empty"], "is empty"),
        (&["--attach", "large"], "is larger than 33554432 bytes"),
        (&["--at", "2026-01-01T00:00:00Z"], "before the run began"),
        (&["--at", "2999-01-01T00:00:00Z"], "has not come yet"),
        (&["--unit", "b"], "`b` is no such unit"),
        (&["--profile", "iot-minimum"], "asks for no check"),
    ] {
        let (exit, text) = check(extra);
        assert!(exit == 64 && text.contains(message), "{extra:?}: {text}");
        let notes = here.join("notes/records.jsonl");
        assert_eq!(fs::read(&notes).unwrap_or_default(), b"", "{extra:?}");
    }
    let with = |at: usize, word: &'static str| {
        let mut arguments = CHECK;
        arguments[at] = word;
        tool(&here, &arguments)
    };
    for (at, word, message) in [
        (2, "nowhere", "cannot read it"),
        (3, "no-debug-heder", "did you mean"),
        (5, "fail", "the note"),
        (5, "perhaps", "invalid value"),
        (7, " ", "the name is empty"),
        (9, "run", "is a run"),
        (9, "run/notes", "lies inside the run"),
        (9, "board.jpg", "is a file"),
        (9, ".", "is not empty"),
    ] {
        let (exit, text) = with(at, word);
        assert!(exit == 64 && text.contains(message), "{word}: {text}");
    }
    let nobody: Vec<&str> = CHECK
        .iter()
        .copied()
        .filter(|it| !["--by", "J. Doe"].contains(it))
        .collect();
    assert_eq!(tool(&here, &nobody).0, 64);
    let (exit, text) = tool(
        &here,
        &[
            "record",
            "withdraw",
            "run",
            "1",
            "--reason",
            "x",
            "--by",
            "J. Doe",
            "--records",
            "notes",
        ],
    );
    assert!(exit == 64 && text.contains("not before it"), "{text}");
    let (exit, text) = tool(
        &here,
        &["evaluate", "run", "--records", "board.jpg", "--out", "x"],
    );
    assert!(exit == 64, "{text}");
    fs::create_dir(here.join("none")).unwrap();
    let (exit, text) = tool(
        &here,
        &["evaluate", "run", "--records", "none", "--out", "x"],
    );
    assert!(exit == 64 && text.contains("no records in it"), "{text}");

    // Records of another run, and records that are judged before they were made.
    examined(&here);
    let more: Vec<_> = conformant().into_iter().skip(1).collect();
    observed(&here, "other", more, None, &asking());
    let (exit, text) = tool(
        &here,
        &["evaluate", "other", "--records", "notes", "--out", "x"],
    );
    assert!(exit == 64 && text.contains("of another run"), "{text}");
    let (exit, text) = tool(
        &here,
        &[
            "evaluate",
            "run",
            "--records",
            "notes",
            "--judged-at",
            "2026-02-01T00:00:00Z",
            "--out",
            "x",
        ],
    );
    assert!(
        exit == 64 && text.contains("after the time of judging"),
        "{text}"
    );
    assert!(!here.join("x").exists());
    // An attachment that was exchanged since, or leads elsewhere.
    let attachment = fs::read_dir(here.join("notes/attachments")).unwrap().next();
    let attachment = attachment.unwrap().unwrap().path();
    fs::remove_file(&attachment).unwrap();
    std::os::unix::fs::symlink(here.join("board.jpg"), &attachment).unwrap();
    let (exit, text) = tool(
        &here,
        &["evaluate", "run", "--records", "notes", "--out", "x"],
    );
    assert!(exit == 64 && text.contains("is a link"), "{text}");
    fs::remove_file(&attachment).unwrap();
    fs::write(&attachment, "another").unwrap();
    let (exit, text) = check(&[]);
    assert!(exit == 0, "a further record needs it not: {text}");
    let (exit, text) = tool(
        &here,
        &["evaluate", "run", "--records", "notes", "--out", "x"],
    );
    assert!(
        exit == 64 && text.contains("not the file that was attached"),
        "{text}"
    );
}

/// A run holds no secret, so that only the manifest itself tells what one is.
#[test]
fn a_secret_of_the_manifest_is_refused_where_the_manifest_is_there() {
    let (_dir, here) = place();
    let manifest = include_str!("../../../lab/scenarios/web-hub.toml");
    let (_, manifest) = manifest.split_once("manifest = '''").unwrap();
    let (manifest, _) = manifest.split_once("'''").unwrap();
    let manifest = manifest
        .replace("{address}", "127.77.1.10")
        .replace("ca = \"{ca}\"", "");
    let kept = |line: &&str| !line.contains("{documents}");
    let lines: Vec<&str> = manifest.lines().filter(kept).collect();
    let manifest = lines.join("\n");
    let (_, secret) = manifest.split_once("password = \"").unwrap();
    let (secret, _) = secret.split_once('"').unwrap();
    fs::write(here.join("dut.device.toml"), &manifest).unwrap();
    let note = format!("logged in with {secret}");
    fs::write(here.join("log.txt"), &note).unwrap();
    for told in [["--note", &note], ["--attach", "log.txt"]] {
        let (exit, text) = tool(
            &here,
            &[&CHECK[..], &["--device", "dut.device.toml"], &told].concat(),
        );
        assert!(
            exit == 64 && text.contains("the manifest's secret"),
            "{text}"
        );
        assert!(!text.contains(secret), "{text}");
        assert!(!here.join("notes").exists());
    }
    ok(
        &here,
        &[
            &CHECK[..],
            &["--device", "dut.device.toml", "--note", "logged in"],
        ]
        .concat(),
    );
}

#[test]
fn a_secret_in_plain_bytes_of_an_attachment_that_is_no_text_is_found_too() {
    let (_dir, here) = place();
    let manifest = "format = \"proofmark-device/1\"\n[device]\nmanufacturer = \"A\"\nmodel = \"B\"\n\
        [[unit]]\nid = \"a\"\naddresses = [\"127.77.1.10\"]\nstate = \"initialised\"\n\
        label = { username = \"x\", password = \"quay-lantern\" }\n";
    fs::write(here.join("d.device.toml"), manifest).unwrap();
    fs::write(here.join("photo.gif"), b"GIF89a\xff\xfe quay-lantern\x00").unwrap();
    let with = ["--device", "d.device.toml", "--attach", "photo.gif"];
    let (exit, text) = tool(&here, &[&CHECK[..], &with].concat());
    assert!(
        exit == 64 && text.contains("the manifest's secret"),
        "{text}"
    );
    // Without a manifest nobody can look, and that is said.
    let (exit, text) = tool(&here, &[&CHECK[..], &["--attach", "photo.gif"]].concat());
    assert!(
        exit == 0 && text.contains("nobody looked for secrets"),
        "{text}"
    );
    // The run may be judged with it only where nobody looks, either.
    let judge = ["evaluate", "run", "--records", "notes", "--out", "examined"];
    fs::write(here.join("w.toml"), "# quay-lantern\n").unwrap();
    let waived = ["--waivers", "w.toml", "--device", "d.device.toml"];
    let (exit, text) = tool(&here, &[&judge[..], &waived].concat());
    assert!(
        exit == 64 && text.contains("w.toml:1:3: the manifest's secret"),
        "{text}"
    );
    assert!(!here.join("examined").exists());
}

#[test]
fn records_that_do_not_begin_with_those_of_the_run_are_refused() {
    let (_dir, here) = place();
    let failed = CHECK.map(|it| if it == "pass" { "fail" } else { it });
    ok(&here, &[&failed[..], &["--note", "pads"]].concat());
    let judge = ["evaluate", "run", "--records", "notes", "--out", "failed"];
    assert_eq!(tool(&here, &judge).0, 1);
    // Others that know nothing of it.
    let others = CHECK.map(|it| if it == "notes" { "others" } else { it });
    ok(&here, &others);
    let judge = [
        "evaluate",
        "failed",
        "--records",
        "others",
        "--out",
        "passed",
    ];
    let (exit, text) = tool(&here, &judge);
    assert!(
        exit == 64 && text.contains("do not begin with them"),
        "{text}"
    );
    assert!(!here.join("passed").exists());
}

#[test]
fn a_report_is_never_written_over_a_file() {
    let (_dir, here) = place();
    ok(&here, &["key", "new", "lab.pem"]);
    let key = fs::read(here.join("lab.pem")).unwrap();
    let judge = ["evaluate", "run", "--out", "judged"];
    tool(&here, &judge);
    let report = ["report", "judged", "--format", "csv", "--out", "lab.pem"];
    let (exit, text) = tool(&here, &report);
    assert!(
        exit == 64 && text.contains("nothing is ever overwritten"),
        "{text}"
    );
    assert_eq!(fs::read(here.join("lab.pem")).unwrap(), key);
}

#[test]
fn only_one_writes_at_a_time() {
    let (_dir, here) = place();
    ok(&here, &CHECK);
    let file = fs::File::open(here.join("notes/records.jsonl")).unwrap();
    file.lock().unwrap();
    let (exit, text) = tool(&here, &CHECK);
    assert!(exit == 64 && text.contains("somebody else"), "{text}");
    drop(file);
    ok(&here, &CHECK);
}
