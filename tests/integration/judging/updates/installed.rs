//! What a device installed is charged to what was offered, whatever it answered.

use super::*;

#[test]
fn a_mutant_that_was_installed_fails_whatever_was_answered() {
    let codes = [
        (305, "2.6.0", "truncated-update-accepted"),
        (306, "2.6.0+1", "unsigned-update-accepted"),
        (307, "2.6.0+2", "stranger-signed-update-accepted"),
        (308, "2.6.0", "update-signature-not-checked"),
        (309, "2.6.0", "tampered-update-accepted"),
        (310, "2.6.0+3", "tampered-update-accepted"),
    ];
    for (id, firmware, code) in codes {
        for status in [Some(200), Some(422), None] {
            let certificate = ended(id, |attempt| {
                install(attempt, firmware);
                attempt.upload.status = status;
            });
            assert_eq!(
                said(&certificate, SIGNED),
                format!("FAIL {code}"),
                "{status:?}"
            );
            assert_eq!(said(&certificate, ROLLBACK), "INCONCLUSIVE update-stopped");
            let left = &certificate.coverage.changed;
            assert!(left[0].contains("had to refuse"), "{left:?}");
        }
    }
}

#[test]
fn a_mutant_that_ran_for_a_while_was_installed() {
    let certificate = ended(306, |attempt| {
        attempt.seen = vec![
            InstalledAt {
                seconds: 1.0,
                installed: installed("2.6.0+1"),
            },
            InstalledAt {
                seconds: 4.0,
                installed: installed("2.5.0"),
            },
        ];
    });
    assert_eq!(said(&certificate, SIGNED), "FAIL unsigned-update-accepted");
    let gone = ended(306, |attempt| {
        install(attempt, "2.6.0+1");
        attempt.after = None;
    });
    assert_eq!(said(&gone, SIGNED), "FAIL unsigned-update-accepted");
}

#[test]
fn bytes_that_nobody_vouches_for_fail_even_where_the_version_stays() {
    let certificate = ended(310, |attempt| {
        let mut other = installed("2.5.0");
        other.content = Some("something else".to_owned());
        attempt.after = Some(other);
    });
    assert_eq!(said(&certificate, SIGNED), "FAIL tampered-update-accepted");
}

/// What a device says: a version over the content of a release.
fn over(firmware: &str, content: &str) -> Installed {
    Installed {
        firmware: firmware.to_owned(),
        content: Some(content.to_owned()),
    }
}

/// This, and then what was there before or came of it.
fn passing(attempt: &mut UpdateAttempt, state: Installed) {
    attempt.seen.insert(
        0,
        InstalledAt {
            seconds: 0.5,
            installed: state,
        },
    );
    let last = attempt.after.clone().unwrap();
    attempt.seen.push(InstalledAt {
        seconds: 3.0,
        installed: last,
    });
}

/// Without a `content` in all that was said.
fn without_content(run: &mut Run) {
    for id in 304..=312 {
        let attempt = at(run, id);
        let states = attempt.seen.iter_mut().map(|it| &mut it.installed);
        let all = states
            .chain(&mut attempt.after)
            .chain([&mut attempt.before]);
        all.for_each(|it| it.content = None);
    }
}

#[test]
fn other_bytes_that_ran_for_a_while_were_installed_whatever_they_called_themselves() {
    for (id, code) in [
        (306, "unsigned-update-accepted"),
        (309, "tampered-update-accepted"),
    ] {
        let certificate =
            changed(|run| passing(at(run, id), over("0.0.0-unknown", "hash of a mutant")));
        assert_eq!(said(&certificate, SIGNED), format!("FAIL {code}"));
        assert_eq!(of(&certificate, ROLLBACK).verdict, Verdict::Inconclusive);
    }
    // The same content says that nothing was replaced, and the words say something else.
    let words = changed(|run| passing(at(run, 306), over("updating", "content of 2.5.0")));
    assert_eq!(said(&words, SIGNED), "INCONCLUSIVE update-state-unclear");
    // Nothing tells what is installed but words.
    let blind = changed(|run| {
        passing(at(run, 306), over("0.0.0-unknown", "x"));
        without_content(run);
    });
    assert_eq!(said(&blind, SIGNED), "INCONCLUSIVE update-state-unclear");
    let known = changed(|run| passing(at(run, 306), installed("2.4.1")));
    assert_eq!(said(&known, SIGNED), "INCONCLUSIVE update-state-unclear");
}

#[test]
fn what_is_installed_late_is_charged_to_what_was_offered_before() {
    let flipped = || over("2.6.0+3", "content of the mutant");
    // While the next mutant, the control or the older package is offered.
    for id in [308, 311, 312] {
        let state = match id {
            308 => over("2.6.0+1", "content of the mutant"),
            _ => flipped(),
        };
        let code = match id {
            308 => "unsigned-update-accepted",
            _ => "tampered-update-accepted",
        };
        let certificate = changed(|run| passing(at(run, id), state));
        assert_eq!(said(&certificate, SIGNED), format!("FAIL {code}"), "{id}");
        assert_eq!(of(&certificate, ROLLBACK).verdict, Verdict::Inconclusive);
    }
    // Instead of the control, and without a content.
    let instead = ended(311, |attempt| install(attempt, "2.6.0+3"));
    assert_eq!(said(&instead, SIGNED), "FAIL tampered-update-accepted");
    let blind = changed(|run| {
        passing(at(run, 311), flipped());
        without_content(run);
    });
    assert_eq!(said(&blind, SIGNED), "FAIL tampered-update-accepted");
    // Between two offers.
    let between = ended(311, |attempt| {
        attempt.before = flipped();
        attempt.seen.clear();
    });
    assert_eq!(said(&between, SIGNED), "FAIL tampered-update-accepted");
}

#[test]
fn a_genuine_update_may_have_words_of_its_own_and_no_third_content() {
    let with = |state: Installed| changed(|run| passing(at(run, 311), state));
    let words = with(over("updating", "content of 2.5.0"));
    assert_eq!(said(&words, SIGNED), "PASS");
    let third = "INCONCLUSIVE update-control-failed";
    assert_eq!(said(&with(over("updating", "something")), SIGNED), third);
    assert_eq!(said(&with(over("2.6.0", "something")), SIGNED), third);
    let words = with(over("2.6.0+3", "content of 2.5.0"));
    assert_eq!(said(&words, SIGNED), third);
}

#[test]
fn the_same_content_shows_that_nothing_was_replaced() {
    for id in [305, 310, 312] {
        for firmware in ["2.5.0 (last update failed)", "2.6.0+3", "2.3.0"] {
            let certificate = changed(|run| {
                let attempt = at(run, id);
                let content = attempt.before.content.clone().unwrap();
                attempt.after = Some(over(firmware, &content));
                attempt.seen = vec![InstalledAt {
                    seconds: 1.0,
                    installed: over(firmware, &content),
                }];
                run.evidence.retain(|it| it.id <= format!("e0{id}"));
            });
            let unclear = "INCONCLUSIVE update-state-unclear";
            assert_eq!(said(&certificate, ROLLBACK), unclear, "{id} {firmware}");
            let signed = if id == 312 { "PASS" } else { unclear };
            assert_eq!(said(&certificate, SIGNED), signed, "{id} {firmware}");
        }
    }
}

#[test]
fn a_content_that_changes_by_itself_measures_nothing() {
    let clock = |attempt: &mut UpdateAttempt, from: u32| {
        let firmware = attempt.before.firmware.clone();
        attempt.seen = (from..from + 3)
            .map(|n| InstalledAt {
                seconds: f64::from(n),
                installed: over(&firmware, &n.to_string()),
            })
            .collect();
        attempt.after = attempt.seen.last().map(|it| it.installed.clone());
    };
    let mutant = ended(306, |attempt| clock(attempt, 1));
    assert_eq!(said(&mutant, SIGNED), "INCONCLUSIVE update-state-unclear");
    // After a control that failed, a change is charged to nobody.
    let after_control = changed(|run| {
        clock(at(run, 304), 1);
        let left = at(run, 304).after.clone().unwrap();
        let mutant = at(run, 305);
        mutant.before = left;
        install(mutant, "2.5.0");
    });
    assert_eq!(
        said(&after_control, SIGNED),
        "INCONCLUSIVE update-control-failed"
    );
}

#[test]
fn a_device_that_says_yes_to_everything_is_judged_by_what_it_does() {
    let certificate = changed(|run| {
        for id in 304..=312 {
            at(run, id).upload.status = Some(200);
        }
    });
    assert_eq!(said(&certificate, SIGNED), "PASS");
    assert_eq!(said(&certificate, ROLLBACK), "PASS");
}
