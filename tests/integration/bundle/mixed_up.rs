//! What is genuine in another place: other keys, another document, another run; and what is too large or too deep.

use proofmark::digest::sha256_hex;

use super::*;

/// Another writing of the envelope of a run, in the canonical way.
fn rewrite(run: &Path, change: impl FnOnce(&mut Envelope)) {
    let path = run.join(ENVELOPE);
    let mut envelope: Envelope = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut envelope);
    fs::write(path, envelope.bytes()).unwrap();
}

#[test]
fn a_signature_counts_only_for_the_key_that_made_it() {
    let (dir, tester) = signed();
    let run = dir.path().join("run");
    let (reviewer, stranger) = (
        PrivateKey::generate().unwrap(),
        PrivateKey::generate().unwrap(),
    );
    sign(&run, &reviewer);
    let whole = fs::read(run.join(ENVELOPE)).unwrap();
    let keys = [known("tester", &tester), known("reviewer", &reviewer)];
    assert!(check(&run, &keys).unwrap().is_known());
    // A key that did not sign, beside one that did.
    let asked = check(
        &run,
        &[known("tester", &tester), known("stranger", &stranger)],
    )
    .unwrap();
    assert_eq!(
        (asked.is_known(), asked.missing),
        (false, vec!["stranger".to_owned()])
    );
    // Both signatures are genuine, each under the other's name.
    rewrite(&run, |envelope| {
        let [one, two] = &mut envelope.signatures[..] else {
            panic!("two signatures");
        };
        std::mem::swap(&mut one.sig, &mut two.sig);
    });
    assert!(flaw(&run).contains("is not genuine"), "{}", flaw(&run));
    // One under the name of somebody who never signed.
    fs::write(run.join(ENVELOPE), whole).unwrap();
    rewrite(&run, |envelope| {
        envelope.signatures.truncate(1);
        envelope.signatures[0].keyid = stranger.id().to_string();
    });
    assert!(flaw(&run).contains("is not genuine"), "{}", flaw(&run));
}

#[test]
fn what_else_a_key_signed_is_no_bundle() {
    let (dir, key) = signed();
    let run = dir.path().join("run");
    let certificate = rejudge(&run);
    // The test result that `sign` writes has the same envelope, signed by the same key.
    let result = test_result(&certificate, &"0".repeat(64)).to_string();
    let mut envelope = Envelope::new(result.as_bytes());
    envelope.sign(result.as_bytes(), &key);
    fs::write(run.join(ENVELOPE), envelope.bytes()).unwrap();
    assert!(
        flaw(&run).starts_with("the signed statement: "),
        "{}",
        flaw(&run)
    );
    // A payload of a type of its own, signed as such.
    let payload = b"{}";
    let mut other = Envelope::new(payload);
    other.payload_type = "application/json".to_owned();
    other.sign(payload, &key);
    fs::write(run.join(ENVELOPE), other.bytes()).unwrap();
    assert!(
        flaw(&run).contains("holds `application/json`"),
        "{}",
        flaw(&run)
    );
}

/// Whoever signs can put two runs together, each of them as it was; not so that one leads to the other's certificate.
#[test]
fn evidence_of_another_run_is_found_whoever_signed_it() {
    let (dir, key) = signed();
    let run = dir.path().join("run");
    let other = judged_as("another");
    for name in ["run.json", "device.json", "evidence.jsonl"] {
        fs::copy(other.path().join("run").join(name), run.join(name)).unwrap();
    }
    forge(&run, &key);
    assert!(flaw(&run).contains("differs"), "{}", flaw(&run));
    // Without its own `run.json` evidence belongs to no run.
    let (dir, key) = signed();
    let run = dir.path().join("run");
    fs::copy(
        other.path().join("run/device.json"),
        run.join("device.json"),
    )
    .unwrap();
    forge(&run, &key);
    assert!(
        flaw(&run).contains("is not the file that was closed"),
        "{}",
        flaw(&run)
    );
}

#[test]
fn formats_of_the_future_are_named() {
    for (name, format) in [
        ("run.json", "proofmark-run/1"),
        ("certificate.json", "proofmark-certificate/1"),
        ("profile.toml", "proofmark-profile/1"),
    ] {
        let (dir, key) = signed();
        let run = dir.path().join("run");
        let text = fs::read_to_string(run.join(name)).unwrap();
        let future = format.replace("/1", "/9");
        let changed = text.replacen(format, &future, 1);
        assert_ne!(changed, text, "{name}");
        fs::write(run.join(name), &changed).unwrap();
        if name == "profile.toml" {
            // As the run would have been closed with it, and judged by it.
            let (was, is) = (sha256_hex(&text), sha256_hex(&changed));
            for names_it in ["run.json", "certificate.json"] {
                let other = fs::read_to_string(run.join(names_it)).unwrap();
                fs::write(run.join(names_it), other.replace(&was, &is)).unwrap();
            }
        }
        forge(&run, &key);
        if name == "profile.toml" {
            let told = flaw(&run);
            assert!(told.contains("format"), "{told}");
            continue;
        }
        let checked = check(&run, &[]).unwrap();
        let Rejudged::NewerVersion { why } = &checked.rejudged else {
            panic!("{name}: {:?}", checked.rejudged);
        };
        assert!(
            why.contains("format") && !checked.is_confirmed(),
            "{name}: {why}"
        );
    }
}

/// Nothing of it is read into memory: the files have no bytes.
#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let (dir, _) = signed();
    let file = dir.path().join("bomb.proofmark");
    let bomb = fs::File::create(&file).unwrap();
    bomb.set_len(3 << 30).unwrap();
    assert!(flaw(&file).contains("is larger than"), "{}", flaw(&file));
    let run = dir.path().join("run");
    for name in ["evidence.jsonl", ENVELOPE] {
        let path = run.join(name);
        let before = fs::read(&path).unwrap();
        fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(
            flaw(&run).contains("is larger than"),
            "{name}: {}",
            flaw(&run)
        );
        fs::write(&path, before).unwrap();
    }
    check(&run, &[]).unwrap();
}

#[test]
fn what_is_too_deep_is_refused() {
    for name in ["certificate.json", "run.json", "device.json", ENVELOPE] {
        let (dir, _) = signed();
        let run = dir.path().join("run");
        fs::write(run.join(name), "[".repeat(1 << 20)).unwrap();
        assert!(flaw(&run).starts_with(name), "{name}: {}", flaw(&run));
    }
    let (dir, key) = signed();
    let run = dir.path().join("run");
    let payload = "[".repeat(1 << 20).into_bytes();
    let mut envelope = Envelope::new(&payload);
    envelope.sign(&payload, &key);
    fs::write(run.join(ENVELOPE), envelope.bytes()).unwrap();
    assert!(
        flaw(&run).starts_with("the signed statement: "),
        "{}",
        flaw(&run)
    );
}

/// What a parser says of a file repeats words of the file.
#[test]
fn what_is_said_of_a_hostile_file_is_harmless() {
    for name in [
        "certificate.json",
        "run.json",
        "device.json",
        "evidence.jsonl",
        "profile.toml",
        ENVELOPE,
    ] {
        let (dir, key) = signed();
        let run = dir.path().join("run");
        let hostile = match name {
            "profile.toml" => "\"\\u001b[2J\\u202e\" = 1\nformat = \"proofmark-profile/1\"\n",
            _ => "{\"\\u001b[2J\\u202e\": 1}\n",
        };
        let text = fs::read_to_string(run.join(name)).unwrap();
        fs::write(run.join(name), hostile).unwrap();
        let info = fs::read_to_string(run.join("run.json")).unwrap();
        fs::write(
            run.join("run.json"),
            info.replace(&sha256_hex(&text), &sha256_hex(hostile)),
        )
        .unwrap();
        if !["certificate.json", ENVELOPE].contains(&name) {
            forge(&run, &key);
        }
        let told = [
            flaw(&run),
            Run::read(&run)
                .err()
                .map_or_else(String::new, |it| it.to_string()),
        ];
        for told in told {
            assert!(!told.contains(['\u{1b}', '\u{202e}']), "{name}: {told:?}");
        }
        assert!(!flaw(&run).is_empty());
    }
}
