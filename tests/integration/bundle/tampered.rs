//! Whatever is changed, added, taken away or exchanged is found.

use std::os::unix::fs::FileExt;

use super::*;

/// The file of the next test holds the same bytes, so that a few of each are enough here, and all of the envelope.
#[test]
fn a_flipped_byte_of_a_directory_is_found() {
    let (dir, key) = signed();
    let run = dir.path().join("run");
    let keys = [known("lab", &key)];
    for name in names(&run) {
        let path = run.join(&name);
        let bytes = fs::read(&path).unwrap();
        let step = match name.as_str() {
            ENVELOPE => 1,
            _ => (bytes.len() / 8).max(1),
        };
        for index in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(check(&run, &keys).is_err(), "{name}, byte {index}");
        }
        fs::write(&path, bytes).unwrap();
    }
    assert!(check(&run, &keys).unwrap().is_known(), "as it was");
}

#[test]
fn every_flipped_byte_of_a_file_is_found() {
    let (dir, key) = signed();
    let file = dir.path().join("one.proofmark");
    pack(&dir.path().join("run"), &file).unwrap();
    let keys = [known("lab", &key)];
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.len() > 10_000);
    let target = fs::File::options().write(true).open(&file).unwrap();
    for (at, byte) in (0..).zip(&bytes) {
        target.write_all_at(&[byte ^ 1], at).unwrap();
        assert!(check(&file, &keys).is_err(), "byte {at}");
        target.write_all_at(&[*byte], at).unwrap();
    }
    assert!(check(&file, &keys).unwrap().is_known(), "as it was");
    for (what, changed) in [
        ("cut", bytes[..bytes.len() - 1].to_vec()),
        ("half", bytes[..bytes.len() / 2].to_vec()),
        ("longer", [&bytes[..], &[0]].concat()),
        ("a block longer", [&bytes[..], &[0; 512]].concat()),
        ("twice", [&bytes[..], &bytes[..]].concat()),
        ("empty", Vec::new()),
    ] {
        fs::write(&file, changed).unwrap();
        assert!(check(&file, &keys).is_err(), "{what}");
    }
}

#[test]
fn files_that_come_go_or_change_places_are_found() {
    let (dir, _) = signed();
    let run = dir.path().join("run");
    let blob = fs::read_dir(run.join("blobs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let extra = run.join("blobs").join("0".repeat(64));
    fs::write(&extra, "").unwrap();
    assert!(flaw(&run).contains("not among the files"), "{}", flaw(&run));
    fs::remove_file(&extra).unwrap();
    let bytes = fs::read(&blob).unwrap();
    fs::remove_file(&blob).unwrap();
    assert!(flaw(&run).contains("is missing"), "{}", flaw(&run));
    std::os::unix::fs::symlink("/etc/hostname", &blob).unwrap();
    assert!(flaw(&run).contains("no regular file"), "{}", flaw(&run));
    fs::remove_file(&blob).unwrap();
    fs::write(&blob, bytes).unwrap();
    fs::rename(run.join("blobs"), run.join("inputs")).unwrap();
    assert!(check(&run, &[]).is_err());
    fs::rename(run.join("inputs"), run.join("blobs")).unwrap();
    check(&run, &[]).unwrap();
    // The evidence of another run, under the statement of this one.
    let other = judged_as("another");
    let other = other.path().join("run");
    fs::copy(run.join(ENVELOPE), other.join(ENVELOPE)).unwrap();
    assert!(flaw(&other).contains("is not the file that was signed"));
    // Without signatures it is a run that nobody signed, and no more is said of it.
    fs::remove_file(run.join(ENVELOPE)).unwrap();
    let checked = check(&run, &[]).unwrap();
    assert!(checked.statement.is_none() && !checked.is_known());
}

/// A signer can sign what he likes; evidence that leads elsewhere is found all the same.
#[test]
fn a_certificate_that_does_not_follow_is_found_whoever_signed_it() {
    let (dir, key) = signed();
    let run = dir.path().join("run");
    let text = fs::read_to_string(run.join("certificate.json")).unwrap();
    for (right, wrong) in [
        (
            "\"outcome\": \"conformant\"",
            "\"outcome\": \"non-conformant\"",
        ),
        ("\"verdict\": \"PASS\"", "\"verdict\": \"N/A\""),
        ("\"value\": \"Hub\"", "\"value\": \"Hub 2\""),
        ("\"id\": \"survives-testing\"", "\"id\": \"closed-ports\""),
        ("\"state\": \"agrees\"", "\"state\": \"differs\""),
        ("\"judged_at\": \"2026", "\"judged_at\": \"2027"),
    ] {
        let changed = text.replacen(right, wrong, 1);
        assert_ne!(changed, text, "{right}");
        fs::write(run.join("certificate.json"), &changed).unwrap();
        forge(&run, &key);
        assert!(flaw(&run).contains("differs"), "{wrong}: {}", flaw(&run));
    }
    // Words alone are told: this version, whose they claim to be, would not write them.
    let rationale = "\"rationale\": \"";
    let reworded = text.replacen(rationale, "\"rationale\": \"Not so. ", 1);
    fs::write(run.join("certificate.json"), &reworded).unwrap();
    forge(&run, &key);
    let Rejudged::Reworded { what } = check(&run, &[]).unwrap().rejudged else {
        panic!("it is reworded");
    };
    assert_eq!(what[0], "certificate.json (requirements)");
    // Nobody is asked to sign that.
    fs::remove_file(run.join(ENVELOPE)).unwrap();
    assert!(seal(&run, &key, time()).is_err());
}

/// Other rules may lead to other verdicts. They change neither what was tested nor what was asked for.
#[test]
fn older_rules_are_no_excuse() {
    let (dir, key) = signed();
    let run = dir.path().join("run");
    let rules = format!("\"rules\": \"{RULES_VERSION}\"");
    let text = fs::read_to_string(run.join("certificate.json")).unwrap();
    let text = text.replace(&rules, "\"rules\": \"1\"");
    for (right, wrong) in [
        ("\"value\": \"Hub\"", "\"value\": \"Hub 2\""),
        ("\"id\": \"survives-testing\"", "\"id\": \"closed-ports\""),
        (
            "\"obligation\": \"mandatory\"",
            "\"obligation\": \"recommended\"",
        ),
        ("\"version\": \"1.0.0\"", "\"version\": \"1.0.1\""),
    ] {
        let changed = text.replacen(right, wrong, 1);
        assert_ne!(changed, text, "{right}");
        fs::write(run.join("certificate.json"), &changed).unwrap();
        forge(&run, &key);
        assert!(flaw(&run).contains("differs"), "{wrong}: {}", flaw(&run));
    }
    let changed = text.replacen("\"verdict\": \"PASS\"", "\"verdict\": \"FAIL\"", 1);
    fs::write(run.join("certificate.json"), &changed).unwrap();
    forge(&run, &key);
    let Rejudged::OlderRules { differences, .. } = check(&run, &[]).unwrap().rejudged else {
        panic!("older rules");
    };
    assert_eq!(differences.len(), 1, "{differences:?}");
}

/// A file that the run does not know is no part of the bundle, however well it is signed.
#[test]
fn nothing_rides_along() {
    let (dir, key) = signed();
    let run = dir.path().join("run");
    fs::write(run.join("blobs").join("0".repeat(64)), "x").unwrap();
    fs::remove_file(run.join(ENVELOPE)).unwrap();
    let refused = seal(&run, &key, time()).unwrap_err().to_string();
    assert!(refused.contains("is no part of the run"), "{refused}");
    fs::remove_file(run.join("blobs").join("0".repeat(64))).unwrap();
    fs::write(run.join("README.exe"), "x").unwrap();
    let refused = seal(&run, &key, time()).unwrap_err().to_string();
    assert!(refused.starts_with("README.exe: "), "{refused}");
}

#[test]
fn archives_that_are_no_bundle_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.proofmark");
    let (bundle, _) = signed();
    let run = bundle.path().join("run");
    let whole = dir.path().join("whole");
    pack(&run, &whole).unwrap();
    let archive = |entries: &[(&str, tar::EntryType, u64)]| {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, kind, size) in entries {
            let mut header = tar::Header::new_ustar();
            header.set_size(*size);
            header.set_mode(0o644);
            header.set_mtime(0);
            header.set_uid(0);
            header.set_gid(0);
            header.set_entry_type(*kind);
            // By hand, because the library refuses to write what it should refuse to read.
            header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            let bytes = vec![b'x'; usize::try_from((*size).min(4096)).unwrap()];
            builder.append(&header, &bytes[..]).unwrap();
        }
        builder.into_inner().unwrap()
    };
    use tar::EntryType::{Directory, GNUSparse, Link, Regular, Symlink, XHeader};
    for (why, entries) in [
        ("no file", &[("../evil", Regular, 1)][..]),
        ("no file", &[("/etc/evil", Regular, 1)]),
        ("no file", &[("blobs/../../evil", Regular, 1)]),
        ("no file", &[("run.json", Symlink, 0)]),
        ("no file", &[("run.json", Link, 0)]),
        ("no file", &[("run.json", XHeader, 1)]),
        ("no file", &[("run.json", GNUSparse, 1)]),
        ("no file", &[("blobs", Directory, 0)]),
        (
            "twice",
            &[("run.json", Regular, 1), ("run.json", Regular, 1)],
        ),
        (
            "out of order",
            &[("run.json", Regular, 1), ("device.json", Regular, 1)],
        ),
        ("nobody signed", &[("run.json", Regular, 1)]),
        ("larger than", &[("run.json", Regular, 1 << 40)]),
    ] {
        fs::write(&file, archive(entries)).unwrap();
        let flaw = flaw(&file);
        assert!(flaw.contains(why), "{entries:?}: {flaw}");
    }
    assert!(!dir.path().parent().unwrap().join("evil").exists());
    // What is printed of a hostile header is harmless.
    let mut header = archive(&[("run.json", Regular, 1)]);
    header[..8].copy_from_slice(b"\x1b[2Jrun.");
    header[124..136].copy_from_slice(b"\x1b[31mIntact\n");
    fs::write(&file, &header).unwrap();
    let told = flaw(&file);
    assert!(told.chars().all(|it| !it.is_control()), "{told:?}");
    for bytes in [&b"PK\x03\x04"[..], b"{}", &[0; 4096], &[0xff; 4096]] {
        fs::write(&file, bytes).unwrap();
        assert!(check(&file, &[]).is_err());
    }
}

/// Every file of a bundle directory.
fn names(run: &Path) -> Vec<String> {
    let list = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(run.join(folder))
            .unwrap()
            .map(|it| it.unwrap());
        let files = entries.filter(|it| it.path().is_file());
        files
            .map(|it| format!("{folder}{}", it.file_name().into_string().unwrap()))
            .collect()
    };
    [list(""), list("blobs/")].concat()
}
