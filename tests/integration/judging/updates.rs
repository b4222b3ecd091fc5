//! Judging what a device installs.

use proofmark::certificate::{Certificate, IdentityState};
use proofmark::dut::{
    ChannelKind, HttpUpload, InstalledSource, Package, Update, UpdateChannel, UpdateMechanism,
    UploadMethod, VerifyKey, VersionPlace,
};
use proofmark::evidence::{Absence, Evidence, Outcome, Run};
use proofmark::observation::{
    Asked, Identity, Installed, InstalledAt, Moment, Observation, PackageFacts, UpdateAttempt,
    UpdateOffer, UpdateStep, Upload,
};
use proofmark::update::mcuboot::{Layer, Mutation};
use proofmark::update::{Inspection, PublicKey, inspect};
use proofmark::verdict::Verdict;

use crate::bench::*;
use crate::root;

const SIGNED: &str = "signed-updates";
const ROLLBACK: &str = "update-no-rollback";
const PACKAGES: &str = "package-signed";

/// Where the evidence about updates begins: e0301.
const FIRST: u32 = 301;

/// A release of the lab's hub: what stands in the manifest, and what is read from the file.
fn release(version: &str, key: &str) -> (Package, Inspection) {
    let file = format!("hub-{version}.bin");
    let path = |path: &str| root("lab/fixtures/mcuboot").join(path);
    let key = std::fs::read_to_string(path(&format!("keys/{key}.pub.pem"))).ok();
    let key = key.and_then(|pem| PublicKey::from_pem(&pem).ok());
    let bytes = std::fs::read(path(&file)).unwrap();
    let inspection = inspect(&bytes, key.as_ref()).unwrap();
    let package = Package {
        file,
        size: bytes.len() as u64,
        sha256: inspection.sha256.clone(),
        inspection: None,
        bytes: Default::default(),
    };
    (package, inspection)
}

const RELEASES: [&str; 3] = ["2.5.0", "2.6.0", "2.3.0"];

pub(crate) fn declared() -> Update {
    let [a, b, older] = RELEASES.map(|version| release(version, "hub").0);
    Update {
        mechanism: UpdateMechanism::Mcuboot,
        channel: UpdateChannel {
            kind: ChannelKind::HttpUpload,
            upload: Some(HttpUpload {
                service: "web".to_owned(),
                path: "/api/update".to_owned(),
                method: UploadMethod::Post,
                form_field: None,
                settle_seconds: 20,
            }),
        },
        installed: Some(InstalledSource {
            service: "web".to_owned(),
            path: "/api/version".to_owned(),
            firmware: VersionPlace::Json("/firmware".to_owned()),
            content: Some(VersionPlace::Json("/content".to_owned())),
        }),
        newer: vec![a, b],
        older: Some(older),
        verify_key: Some(VerifyKey {
            file: "hub.pub.pem".to_owned(),
            fingerprint: None,
        }),
    }
}

fn package(id: u32, version: &str, key: &str) -> Evidence {
    let (package, inspection) = release(version, key);
    let facts = PackageFacts {
        size: package.size,
        sha256: package.sha256,
        inspection: Some(Box::new(inspection)),
    };
    let asked = Asked::UpdatePackage { file: package.file };
    let observation = Observation::UpdatePackage(facts);
    evidence(id, "packages", None, asked, seen(observation))
}

fn installed(firmware: &str) -> Installed {
    Installed {
        firmware: firmware.to_owned(),
        content: Some(format!("content of {firmware}")),
    }
}

fn offer(
    sequence: u32,
    step: UpdateStep,
    version: &str,
    mutation: Option<Mutation>,
) -> UpdateOffer {
    let (package, _) = release(version, "hub");
    let build = match mutation {
        Some(Mutation::SignatureStripped) => 1,
        Some(Mutation::StrangerSigned) => 2,
        Some(Mutation::PayloadFlipped) => 3,
        _ => 0,
    };
    UpdateOffer {
        step,
        sequence,
        file: package.file,
        source_sha256: package.sha256.clone(),
        mutation,
        reaches: mutation.map(|_| Layer::SignatureValid),
        version: format!("{version}+{build}"),
        size: package.size,
        sha256: match mutation {
            Some(mutation) => mutation.as_str().to_owned(),
            None => package.sha256,
        },
        request: "POST /api/update".to_owned(),
    }
}

/// An attempt that took two seconds where something changed, and was watched for longer than an installation takes.
fn attempt(status: u16, before: &str, after: &str) -> UpdateAttempt {
    let changed = InstalledAt {
        seconds: 2.0,
        installed: installed(after),
    };
    UpdateAttempt {
        upload: Upload {
            status: Some(status),
            detail: status.to_string(),
            sent: 3256,
            of: 3256,
        },
        before: installed(before),
        seen: (before != after).then_some(changed).into_iter().collect(),
        after: Some(installed(after)),
        watched: 20.5,
    }
}

fn offered(id: u32, offer: UpdateOffer, mut attempt: UpdateAttempt) -> Evidence {
    (attempt.upload.sent, attempt.upload.of) = (offer.size, offer.size);
    let observation = Observation::Update(attempt);
    evidence(
        id,
        "update",
        Some(80),
        Asked::Update(offer),
        seen(observation),
    )
}

/// A device that installs 2.5.0, refuses every mutant of 2.6.0, installs 2.6.0, and refuses 2.3.0: e0301 to e0303
/// are the packages, e0304 and e0311 the controls, e0305 to e0310 the mutants, e0312 the older one.
pub(crate) fn good() -> Vec<Evidence> {
    use UpdateStep::*;
    let mut all = vec![
        package(FIRST, "2.5.0", "hub"),
        package(302, "2.6.0", "hub"),
        package(303, "2.3.0", "hub"),
        offered(
            304,
            offer(1, ControlFirst, "2.5.0", None),
            attempt(200, "2.4.1", "2.5.0"),
        ),
    ];
    for (mutation, n) in Mutation::ALL.into_iter().zip(2..) {
        let offer = offer(n, Mutant, "2.6.0", Some(mutation));
        all.push(offered(303 + n, offer, attempt(422, "2.5.0", "2.5.0")));
    }
    all.extend([
        offered(
            311,
            offer(8, ControlLast, "2.6.0", None),
            attempt(200, "2.5.0", "2.6.0"),
        ),
        offered(
            312,
            offer(9, Older, "2.3.0", None),
            attempt(422, "2.6.0", "2.6.0"),
        ),
    ]);
    all
}

/// The conformant run after one change to its evidence about updates, and to the run.
fn changed(change: impl FnOnce(&mut Run)) -> Certificate {
    let mut run = run(conformant());
    change(&mut run);
    judge(&run)
}

fn at(run: &mut Run, id: u32) -> &mut UpdateAttempt {
    match &mut item(run, id).outcome {
        Outcome::Observed { observations } => match &mut observations[0] {
            Observation::Update(attempt) => attempt,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn item(run: &mut Run, id: u32) -> &mut Evidence {
    let id = format!("e{id:04}");
    let mut all = run.evidence.iter_mut();
    all.find(|item| item.id == id).unwrap()
}

/// What is said of a requirement: verdict, codes, reasons.
fn said(certificate: &Certificate, requirement: &str) -> String {
    let result = of(certificate, requirement);
    let codes = result.findings.iter().map(|it| it.code.clone());
    let reasons = result.reasons.iter().map(|it| it.as_str().to_owned());
    let words: Vec<String> = std::iter::once(result.verdict.to_string())
        .chain(codes)
        .chain(reasons)
        .collect();
    words.join(" ")
}

/// The same after a change to one attempt, with everything after it left out, as the stage does.
fn ended(id: u32, change: impl FnOnce(&mut UpdateAttempt)) -> Certificate {
    changed(|run| {
        change(at(run, id));
        let last = format!("e{id:04}");
        let first = format!("e{FIRST:04}");
        run.evidence
            .retain(|item| item.id <= last || item.id < first);
    })
}

fn install(attempt: &mut UpdateAttempt, firmware: &str) {
    attempt.after = Some(installed(firmware));
    attempt.seen = vec![InstalledAt {
        seconds: 2.0,
        installed: installed(firmware),
    }];
}

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

#[test]
fn packages_are_judged_by_what_they_say() {
    let with = |evidence: Evidence| {
        changed(|run| {
            let sha256 = match evidence.observations() {
                [Observation::UpdatePackage(facts)] => facts.sha256.clone(),
                other => panic!("{other:?}"),
            };
            run.device.update.as_mut().unwrap().newer[0].sha256 = sha256;
            *item(run, FIRST) = evidence;
        })
    };
    let unsigned = with(package(FIRST, "unsigned-2.5.0", "hub"));
    assert_eq!(said(&unsigned, PACKAGES), "FAIL package-unsigned");
    let other = with(package(FIRST, "2.5.0", "stranger"));
    assert_eq!(said(&other, PACKAGES), "FAIL package-other-key");
    assert_eq!(said(&other, SIGNED), "INCONCLUSIVE package-not-genuine");
    let why = &of(&other, SIGNED).rationale;
    assert!(why.contains("another key than the declared"), "{why}");
    let broken = with(package(FIRST, "broken-2.5.0", "hub"));
    assert_eq!(said(&broken, PACKAGES), "FAIL package-broken");
    let nobody_checked = with(package(FIRST, "2.5.0", "no-key"));
    assert_eq!(
        said(&nobody_checked, PACKAGES),
        "INCONCLUSIVE verify-key-not-declared"
    );
    assert_eq!(said(&nobody_checked, SIGNED), "PASS");
    let missing = changed(|run| run.evidence.retain(|item| item.id != "e0301"));
    assert_eq!(said(&missing, PACKAGES), "INCONCLUSIVE no-evidence");
}

#[test]
fn a_release_that_nobody_signed_and_that_was_installed_fails() {
    let certificate = changed(|run| {
        let unsigned = package(FIRST, "unsigned-2.5.0", "hub");
        let (file, _) = release("unsigned-2.5.0", "hub");
        if let Asked::Update(offer) = &mut item(run, 304).asked {
            offer.sha256.clone_from(&file.sha256);
            offer.source_sha256.clone_from(&file.sha256);
        }
        run.device.update.as_mut().unwrap().newer[0] = file;
        *item(run, FIRST) = unsigned;
    });
    assert_eq!(said(&certificate, SIGNED), "FAIL unsigned-update-accepted");
}

#[test]
fn every_attempt_is_needed_in_its_place() {
    for id in 304..=311 {
        let without = changed(|run| {
            let id = format!("e{id:04}");
            run.evidence.retain(|item| item.id != id);
        });
        assert_eq!(
            of(&without, SIGNED).verdict,
            Verdict::Inconclusive,
            "e{id:04}"
        );
    }
    let reordered = changed(|run| {
        if let Asked::Update(offer) = &mut item(run, 311).asked {
            offer.sequence = 1;
        }
    });
    assert_eq!(said(&reordered, SIGNED), "INCONCLUSIVE no-evidence");
    let twice = changed(|run| {
        if let Asked::Update(offer) = &mut item(run, 306).asked {
            offer.sequence = 2;
        }
    });
    assert_eq!(said(&twice, SIGNED), "INCONCLUSIVE no-evidence");
    let of_another = changed(|run| {
        if let Asked::Update(offer) = &mut item(run, 306).asked {
            offer.source_sha256 = "0".repeat(64);
        }
    });
    assert_eq!(of(&of_another, SIGNED).verdict, Verdict::Inconclusive);
}

fn identity_of(id: u32, moment: Moment, firmware: &str, server: &str) -> Evidence {
    let observation = Observation::Identity(Identity {
        firmware: Some(firmware.to_owned()),
        mac: None,
        fingerprints: [("tcp/80/server".to_owned(), server.to_owned())].into(),
    });
    let asked = Asked::Identity { moment };
    evidence(id, "identity", None, asked, seen(observation))
}

/// Whether the identity agrees, with this at the start and that at the end.
fn agrees(start: (&str, &str), end: (&str, &str), change: impl FnOnce(&mut Run)) -> bool {
    let certificate = changed(|run| {
        run.device.firmware = Some(start.0.to_owned());
        *item(run, 2) = identity_of(2, Moment::Start, start.0, start.1);
        *item(run, 11) = identity_of(11, Moment::End, end.0, end.1);
        change(run);
    });
    certificate.identity.state == IdentityState::Agrees
}

#[test]
fn another_firmware_is_right_where_this_run_installed_it_and_nowhere_else() {
    let (old, new) = (("2.4.1", "httpd/2.4.1"), ("2.6.0", "httpd/2.6.0"));
    let as_it_is = |_: &mut Run| {};
    assert!(agrees(old, new, as_it_is));
    assert!(agrees(old, ("2.6.0", "httpd/2.4.1"), as_it_is));
    // Another trait, another firmware, or none of the change that was seen.
    assert!(!agrees(old, ("2.6.0", "other"), as_it_is));
    assert!(!agrees(old, ("2.7.0", "httpd/2.7.0"), as_it_is));
    assert!(!agrees(old, old, as_it_is));
    assert!(!agrees(old, new, |run| run
        .evidence
        .retain(|it| it.probe != "update")));
    // What it wrongly took explains nothing.
    assert!(!agrees(old, ("2.6.0+1", "httpd/2.4.1"), |run| {
        install(at(run, 306), "2.6.0+1");
        run.evidence.retain(|it| it.id.as_str() <= "e0306");
    }));
}

#[test]
fn what_stays_changed_is_written_down() {
    let certificate = judge(&run(conformant()));
    let [left] = &certificate.coverage.changed[..] else {
        panic!("{:?}", certificate.coverage.changed)
    };
    for word in ["`2.4.1`", "`2.6.0`", "hub-2.6.0.bin"] {
        assert!(left.contains(word), "{left}");
    }
    let stopped = ended(306, |attempt| install(attempt, "2.6.0+1"));
    let not_tried = stopped.coverage.not_tried.join("\n");
    assert!(
        not_tried.contains("no update package was offered after"),
        "{not_tried}"
    );
}

fn offer_of(run: &mut Run, id: u32) -> &mut UpdateOffer {
    match &mut item(run, id).asked {
        Asked::Update(offer) => offer,
        other => panic!("{other:?}"),
    }
}

/// What was wrong with the offers, and which requirements rest on it.
type Forgery = (&'static str, fn(&mut Run));

#[test]
fn offers_that_contradict_the_manifest_or_each_other_prove_nothing() {
    let forgeries: [Forgery; 13] = [
        ("another request", |run| {
            offer_of(run, 306).request = "GET /nothing".to_owned();
        }),
        ("first control is the older package", |run| {
            let (older, _) = release("2.3.0", "hub");
            let offer = offer_of(run, 304);
            (offer.sha256, offer.source_sha256) = (older.sha256.clone(), older.sha256);
        }),
        ("first control is the last", |run| {
            let (last, _) = release("2.6.0", "hub");
            let offer = offer_of(run, 304);
            (offer.sha256, offer.source_sha256) = (last.sha256.clone(), last.sha256);
        }),
        ("a mutant that is the package", |run| {
            let offer = offer_of(run, 306);
            offer.sha256.clone_from(&offer.source_sha256);
        }),
        ("two mutants alike", |run| {
            offer_of(run, 306).sha256 = "flipped".to_owned();
            offer_of(run, 307).sha256 = "flipped".to_owned();
        }),
        ("nothing to send", |run| {
            let upload = &mut at(run, 306).upload;
            (upload.sent, upload.of) = (0, 0);
        }),
        ("a control of another version", |run| {
            offer_of(run, 304).version = "7.7.7+0".to_owned();
            let attempt = at(run, 304);
            attempt.seen[0].installed.firmware = "7.7.7".to_owned();
        }),
        ("a mutant of another version", |run| {
            offer_of(run, 306).version = "9.9.9+1".to_owned();
        }),
        ("out of order in time", |run| {
            item(run, 306).started_at = "2020-01-01T00:00:00Z".parse().unwrap();
        }),
        ("never watched", |run| {
            at(run, 304).seen[0].seconds = 0.0;
            at(run, 304).watched = 0.0;
        }),
        ("seen after the end", |run| {
            at(run, 304).seen[0].seconds = 900.0;
            at(run, 304).watched = 0.5;
        }),
        ("not even a number", |run| {
            at(run, 306).watched = f64::INFINITY
        }),
        ("an end that was never seen", |run| {
            at(run, 304).seen.clear()
        }),
    ];
    for (what, forge) in forgeries {
        let certificate = changed(forge);
        for requirement in [SIGNED, ROLLBACK] {
            let said = said(&certificate, requirement);
            assert!(
                said.starts_with("INCONCLUSIVE"),
                "{requirement}: {what}: {said}"
            );
        }
    }
    let older = changed(|run| offer_of(run, 312).version = "9.9.9+0".to_owned());
    assert_eq!(said(&older, ROLLBACK), "INCONCLUSIVE no-evidence");
}
