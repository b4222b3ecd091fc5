//! Without controls, leave and an answer that was waited out, nothing is decided.

use super::*;

#[test]
fn a_control_that_was_not_installed_decides_nothing() {
    for id in [304, 311] {
        let certificate = ended(id, |attempt| {
            attempt.after = Some(attempt.before.clone());
            attempt.seen.clear();
        });
        for requirement in [SIGNED, ROLLBACK] {
            let expected = "INCONCLUSIVE update-control-failed";
            assert_eq!(said(&certificate, requirement), expected, "e{id:04}");
        }
    }
    // The version of the package over the bytes of before: nothing was installed.
    let certificate = ended(304, |attempt| {
        let content = attempt.before.content.clone();
        attempt.after = Some(Installed {
            firmware: "2.5.0".to_owned(),
            content,
        });
    });
    assert_eq!(
        said(&certificate, SIGNED),
        "INCONCLUSIVE update-control-failed"
    );
    let said = &of(&certificate, SIGNED).rationale;
    assert!(said.contains("`content` did not change"), "{said}");
}

#[test]
fn what_is_installed_must_be_readable_and_explained() {
    let unreadable = ended(306, |attempt| attempt.after = None);
    assert_eq!(
        said(&unreadable, SIGNED),
        "INCONCLUSIVE installed-not-readable"
    );
    assert!(unreadable.coverage.changed[0].contains("nobody could read"));
    let reverted = ended(306, |attempt| install(attempt, "2.4.1"));
    assert_eq!(said(&reverted, SIGNED), "INCONCLUSIVE update-state-unclear");
    let between = changed(|run| at(run, 307).before = installed("2.4.1"));
    assert_eq!(said(&between, SIGNED), "INCONCLUSIVE update-state-unclear");
    let between = changed(|run| {
        let attempt = at(run, 307);
        attempt.before = installed("2.9.0");
        attempt.after = Some(installed("2.9.0"));
    });
    assert_eq!(said(&between, SIGNED), "FAIL unsigned-update-accepted");
    let unread = changed(|run| {
        item(run, 304).outcome = gone(Absence::Malformed);
        run.evidence.retain(|item| item.id.as_str() <= "e0304");
    });
    assert_eq!(said(&unread, SIGNED), "INCONCLUSIVE installed-not-readable");
    let in_clear = changed(|run| {
        item(run, 304).outcome = gone(Absence::CleartextNotAllowed);
        run.evidence.retain(|item| item.id.as_str() <= "e0304");
    });
    assert_eq!(
        said(&in_clear, SIGNED),
        "INCONCLUSIVE cleartext-not-allowed"
    );
}

#[test]
fn a_package_that_was_not_looked_at_was_not_refused() {
    for status in [
        302, 401, 403, 404, 409, 413, 423, 425, 429, 502, 503, 504, 507,
    ] {
        let certificate = changed(|run| at(run, 308).upload.status = Some(status));
        assert_eq!(
            said(&certificate, SIGNED),
            "INCONCLUSIVE update-not-delivered"
        );
        let certificate = changed(|run| at(run, 312).upload.status = Some(status));
        assert_eq!(
            said(&certificate, ROLLBACK),
            "INCONCLUSIVE update-not-delivered"
        );
    }
    let cut = |status| {
        changed(|run| {
            let upload = &mut at(run, 308).upload;
            (upload.status, upload.sent) = (status, 1000);
        })
    };
    assert_eq!(
        said(&cut(None), SIGNED),
        "INCONCLUSIVE update-not-delivered"
    );
    for status in [200, 422] {
        assert_eq!(
            said(&cut(Some(status)), SIGNED),
            "INCONCLUSIVE update-not-delivered"
        );
    }
}

#[test]
fn silence_counts_only_where_it_was_waited_out() {
    let unclear = "INCONCLUSIVE update-state-unclear";
    let watched = |id, seconds| changed(|run| at(run, id).watched = seconds);
    assert_eq!(said(&watched(308, 1.5), SIGNED), unclear);
    // Where another one follows that would show it, twice the time of an installation will do.
    assert_eq!(said(&watched(308, 4.0), SIGNED), "PASS");
    assert_eq!(said(&watched(310, 4.0), SIGNED), unclear);
    assert_eq!(said(&watched(312, 4.0), ROLLBACK), unclear);
}

#[test]
fn an_older_release_that_was_installed_fails_and_signatures_stay_proved() {
    let certificate = changed(|run| install(at(run, 312), "2.3.0"));
    assert_eq!(said(&certificate, ROLLBACK), "FAIL rollback-accepted");
    assert_eq!(said(&certificate, SIGNED), "PASS");
    let odd = changed(|run| install(at(run, 312), "recovery"));
    assert_eq!(said(&odd, ROLLBACK), "INCONCLUSIVE update-state-unclear");
}

#[test]
fn nothing_is_decided_without_leave() {
    let both = |certificate: &Certificate, expected: &str| {
        for requirement in [SIGNED, ROLLBACK] {
            assert_eq!(said(certificate, requirement), expected);
        }
        assert_eq!(said(certificate, PACKAGES), "PASS");
    };
    let not_allowed = changed(|run| run.info.settings.disruptive = false);
    both(&not_allowed, "INCONCLUSIVE disruptive-not-allowed");
    let not_disposable = changed(|run| run.device.units[0].disposable = false);
    both(&not_disposable, "INCONCLUSIVE unit-not-disposable");
}

#[test]
fn what_cannot_be_tried_is_named() {
    let with =
        |change: &dyn Fn(&mut Update)| changed(|run| change(run.device.update.as_mut().unwrap()));
    let format = with(&|update| update.mechanism = UpdateMechanism::Swupdate);
    assert_eq!(
        said(&format, SIGNED),
        "INCONCLUSIVE update-format-not-testable"
    );
    let channel = with(&|update| update.channel.kind = ChannelKind::Usb);
    assert_eq!(
        said(&channel, SIGNED),
        "INCONCLUSIVE update-channel-not-testable"
    );
    let none = with(&|update| update.newer.clear());
    assert_eq!(said(&none, SIGNED), "INCONCLUSIVE no-packages");
    let no_older = with(&|update| update.older = None);
    assert_eq!(said(&no_older, ROLLBACK), "INCONCLUSIVE no-packages");
    assert_eq!(said(&no_older, SIGNED), "PASS");
    let nowhere = with(&|update| update.installed = None);
    assert_eq!(
        said(&nowhere, SIGNED),
        "INCONCLUSIVE installed-not-readable"
    );
}

#[test]
fn no_update_mechanism_fails_once_and_only_of_a_device_that_was_there() {
    let certificate = changed(|run| run.device.update = None);
    assert_eq!(said(&certificate, SIGNED), "FAIL no-update-mechanism");
    assert!(!of(&certificate, SIGNED).findings[0].evidence.is_empty());
    for requirement in [ROLLBACK, PACKAGES] {
        assert_eq!(
            of(&certificate, requirement).verdict,
            Verdict::NotApplicable
        );
    }
    let silent = changed(|run| {
        run.device.update = None;
        item(run, 1).outcome = gone(Absence::NoAnswer);
    });
    assert_eq!(said(&silent, SIGNED), "INCONCLUSIVE no-evidence");
    let nobody = changed(|run| {
        run.device.update = None;
        run.evidence.clear();
    });
    assert_eq!(said(&nobody, SIGNED), "INCONCLUSIVE no-evidence");
}
