//! An old run judged anew is a run of its own: it can be signed and checked, whichever profile judged it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};

use super::*;

/// The profile of these runs with another name.
fn other_profile() -> String {
    PROFILE.replace("id = \"one\"", "id = \"other\"")
}

/// A run that was observed with [`PROFILE`], and judged anew in `anew` by another one.
fn judged_anew() -> (TempDir, PathBuf) {
    let dir = judged();
    fs::write(dir.path().join("other.toml"), other_profile()).unwrap();
    let ended = evaluate(
        dir.path(),
        &["run", "--profile", "other.toml", "--out", "anew"],
    );
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let anew = dir.path().join("anew");
    (dir, anew)
}

fn evaluate(base: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .arg("evaluate")
        .args(arguments)
        .current_dir(base)
        .output()
        .unwrap()
}

/// Every file below a directory, by name.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            all.insert(path, bytes);
        }
    }
    all
}

#[test]
fn what_was_judged_anew_is_signed_and_verified_like_the_run() {
    let dir = judged();
    let before = contents(&dir.path().join("run"));
    fs::write(dir.path().join("other.toml"), other_profile()).unwrap();
    let key = PrivateKey::generate().unwrap();
    for (out, arguments, judged_by) in [
        ("same", &["run", "--out", "same"][..], None),
        (
            "other",
            &["run", "--profile", "other.toml", "--out", "other"],
            Some(other_profile()),
        ),
        // What was judged anew is judged anew again, by the same profile.
        ("again", &["other", "--out", "again"], Some(other_profile())),
        (
            "back",
            &["other", "--profile", "other/profile.toml", "--out", "back"],
            None,
        ),
    ] {
        let ended = evaluate(dir.path(), arguments);
        assert_eq!(ended.status.code(), Some(0), "{out}: {ended:?}");
        let anew = dir.path().join(out);
        let beside = fs::read_to_string(anew.join("judged-by.toml")).ok();
        assert_eq!(beside, judged_by, "{out}");
        for (path, bytes) in &before {
            let name = path.strip_prefix(dir.path().join("run")).unwrap();
            if !["certificate.json", "junit.xml"].contains(&name.to_str().unwrap()) {
                assert_eq!(&fs::read(anew.join(name)).unwrap(), bytes, "{name:?}");
            }
        }
        sign(&anew, &key);
        let file = dir.path().join(format!("{out}.proofmark"));
        pack(&anew, &file).unwrap();
        for path in [&anew, &file] {
            let checked = check(path, &[known("lab", &key)]).unwrap();
            assert!(checked.is_known());
            assert_eq!(checked.rejudged, Rejudged::Same, "{out}");
            let profile = if judged_by.is_some() { "other" } else { "one" };
            assert_eq!(
                checked.certificate.as_ref().unwrap().profile.id,
                profile,
                "{out}"
            );
        }
    }
    assert_eq!(contents(&dir.path().join("run")), before);
}

#[test]
fn the_profile_beside_a_certificate_is_the_one_that_it_names() {
    let (dir, anew) = judged_anew();
    let beside = anew.join("judged-by.toml");
    let key = PrivateKey::generate().unwrap();
    sign(&anew, &key);
    check(&anew, &[]).unwrap();
    // Another one, however well it is signed.
    fs::write(&beside, other_profile().replace("Binary.", "Binary!")).unwrap();
    assert!(flaw(&anew).contains("judged-by.toml"), "{}", flaw(&anew));
    forge(&anew, &key);
    assert!(flaw(&anew).contains("the profile"), "{}", flaw(&anew));
    // The run's own, a second time.
    fs::write(&beside, PROFILE).unwrap();
    forge(&anew, &key);
    assert!(flaw(&anew).contains("observed with"), "{}", flaw(&anew));
    // None.
    fs::remove_file(&beside).unwrap();
    assert!(flaw(&anew).contains("missing"), "{}", flaw(&anew));
    // And nobody judges by the older one in its place without being told to.
    for envelope in ["signed", "unsigned"] {
        let ended = evaluate(dir.path(), &["anew"]);
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(64), "{envelope}: {error}");
        assert!(error.contains("judged-by.toml: is gone"), "{error}");
        let ended = evaluate(dir.path(), &["anew", "--profile", "anew/profile.toml"]);
        assert_eq!(ended.status.code(), Some(0), "{envelope}: {ended:?}");
        if envelope == "signed" {
            fs::remove_file(anew.join(ENVELOPE)).unwrap();
        }
    }
    fs::write(&beside, other_profile().replace("Binary.", "Binary!")).unwrap();
    let ended = evaluate(dir.path(), &["anew"]);
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(64), "{error}");
    assert!(error.contains("is not the profile by which"), "{error}");
    fs::remove_file(&beside).unwrap();
    // A link.
    fs::write(dir.path().join("elsewhere.toml"), other_profile()).unwrap();
    std::os::unix::fs::symlink(dir.path().join("elsewhere.toml"), &beside).unwrap();
    let ended = evaluate(dir.path(), &["anew", "--out", "linked"]);
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(64));
    assert!(error.contains("is a link"), "{error}");
}

#[test]
fn only_what_belongs_to_a_run_is_copied_and_only_as_it_was() {
    let dir = judged();
    let run = dir.path().join("run");
    fs::write(run.join("notes of mine"), "").unwrap();
    fs::write(run.join("blobs/stray"), "").unwrap();
    let read = Run::read(&run).unwrap();
    let target = dir.path().join("copy");
    fs::create_dir(&target).unwrap();
    read.copy(&run, &target).unwrap();
    assert!(!target.join("notes of mine").exists() && !target.join("blobs/stray").exists());
    assert_eq!(Run::read(&target).unwrap().sha256, read.sha256);

    // Since it was read, somebody changed a file, or made it lead elsewhere.
    let blob = fs::read_dir(target.join("blobs")).unwrap().next();
    let blob = blob.unwrap().unwrap().file_name();
    let blob = Path::new("blobs").join(blob);
    let bytes = fs::read(run.join(&blob)).unwrap();
    let refused = |name: &str| {
        let target = dir.path().join(name);
        fs::create_dir(&target).unwrap();
        let error = read.copy(&run, &target).unwrap_err().to_string();
        assert!(!target.join("run.json").exists(), "a broken copy is no run");
        error
    };
    fs::write(run.join(&blob), "other").unwrap();
    assert!(refused("changed").contains("SHA-256 differs"));
    fs::remove_file(run.join(&blob)).unwrap();
    fs::write(dir.path().join("outside"), &bytes).unwrap();
    std::os::unix::fs::symlink(dir.path().join("outside"), run.join(&blob)).unwrap();
    assert!(refused("linked").contains("is a link"));
    fs::remove_file(run.join(&blob)).unwrap();
    fs::write(run.join(&blob), &bytes).unwrap();
    // Nothing is overwritten.
    assert!(read.copy(&run, &target).is_err());
}

#[test]
fn a_run_that_was_killed_is_copied_as_far_as_it_goes() {
    let dir = judged();
    let run = dir.path().join("run");
    let info = fs::read_to_string(run.join("run.json")).unwrap();
    let (head, _) = info.split_once("\"digests\"").unwrap();
    let killed = head.replace("\"complete\"", "\"running\"");
    let killed = format!("{}}}", killed.trim_end().trim_end_matches(','));
    fs::write(run.join("run.json"), killed).unwrap();
    fs::write(run.join("blobs/half-writt"), "ab").unwrap();
    let ended = evaluate(dir.path(), &["run", "--out", "anew"]);
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    let anew = dir.path().join("anew");
    let mut blobs = contents(&run.join("blobs"));
    blobs.remove(&run.join("blobs/half-writt")).unwrap();
    let bytes = |all: BTreeMap<_, Vec<u8>>| all.into_values().collect::<Vec<_>>();
    assert_eq!(bytes(contents(&anew.join("blobs"))), bytes(blobs));
    sign(&anew, &PrivateKey::generate().unwrap());
    assert_eq!(check(&anew, &[]).unwrap().rejudged, Rejudged::Same);
}
