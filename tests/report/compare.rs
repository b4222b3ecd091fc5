//! Comparisons, and what counts as a change.

use proofmark::certificate::{BlocklistReference, Certificate, ConformityOutcome};
use proofmark::compare::{Change, Compared, Sample, changes, comparable, sample};
use proofmark::report::{
    Look, changes_csv, changes_html, changes_terminal, matrix_csv, matrix_html, matrix_terminal,
};
use proofmark::verdict::{Reason, Verdict};

use crate::{golden, html, samples};

const PLAIN: Look = Look {
    width: 90,
    colour: false,
};

pub(crate) fn beside(certificates: &[Certificate]) -> Vec<Compared> {
    let all = certificates.iter().enumerate();
    all.map(|(index, certificate)| Compared {
        name: format!("run-{index}"),
        certificate: certificate.clone(),
        judged_again: index == 1,
    })
    .collect()
}

/// A camera before it went wrong: the default password was there already, the telnet was not.
fn earlier() -> Certificate {
    let mut earlier = samples::camera();
    earlier.requirements[0] = samples::hub().requirements[0].clone();
    earlier.requirements[2] = samples::hub().requirements[2].clone();
    earlier.device.firmware.as_mut().unwrap().value = "1.4.1".into();
    earlier.run.from = "2026-02-01T09:00:00Z".parse().unwrap();
    earlier
}

#[test]
fn matrices_are_as_expected() {
    let runs = beside(&[samples::hub(), samples::camera(), samples::swapped()]);
    golden::check("matrix.txt", &matrix_terminal(&runs, PLAIN));
    golden::check("matrix.csv", &matrix_csv(&runs));
    golden::check("matrix.html", html::body(&matrix_html(&runs).unwrap()));
}

#[test]
fn changes_are_as_expected() {
    let (before, after) = (earlier(), samples::camera());
    let runs = beside(&[before.clone(), after.clone()]);
    let changes = changes(&before, &after);
    golden::check("changes.txt", &changes_terminal(&changes, &runs, PLAIN));
    golden::check("changes.csv", &changes_csv(&changes));
    golden::check(
        "changes.html",
        html::body(&changes_html(&changes, &runs).unwrap()),
    );
}

#[test]
fn each_pair_of_verdicts_is_a_change_of_one_kind() {
    use Change::{Dropped, Fixed, New, Regressed, Unchanged, Unclear};
    use Verdict::{Fail, Inconclusive, NotApplicable, Pass};
    let verdicts = [Pass, Fail, Inconclusive, NotApplicable];
    let expected = [
        [Unchanged, Regressed, Regressed, Dropped],
        [Fixed, Unchanged, Unclear, Dropped],
        [New, New, Unchanged, Dropped],
        [New, Regressed, Regressed, Unchanged],
    ];
    for (before, row) in verdicts.into_iter().zip(expected) {
        for (after, expected) in verdicts.into_iter().zip(row) {
            let (mut one, mut other) = (samples::hub(), samples::hub());
            one.requirements[0].verdict = before;
            other.requirements[0].verdict = after;
            let changes = changes(&one, &other);
            assert_eq!(changes.requirements[0].change, expected, "{before} {after}");
            assert_eq!(changes.regressed(), expected == Regressed);
        }
    }
}

#[test]
fn one_more_violation_regresses_what_failed_already() {
    let mut before = samples::camera();
    let after = samples::camera();
    let telnet = before.requirements[0].findings.pop().unwrap();
    let kind = |before: &Certificate| changes(before, &after).requirements[0].change;
    assert_eq!(kind(&before), Change::Regressed);
    // Where something was missing before, it may have been there.
    before.requirements[0].gaps = samples::camera().requirements[2].gaps.clone();
    assert_eq!(kind(&before), Change::New);
    before.requirements[0].gaps.clear();
    before.requirements[0].findings.push(telnet);
    // A note breaks nothing, and another address is no other place.
    before.requirements[0].findings.remove(0);
    for finding in &mut before.requirements[0].findings {
        finding.subject.address = Some("192.0.2.99".into());
    }
    assert_eq!(kind(&before), Change::Unchanged);
    let changes = changes(&before, &after);
    assert_eq!(changes.requirements[0].came.len(), 1);
    assert!(changes.requirements[0].went.is_empty());
}

#[test]
fn what_nobody_looked_at_did_not_regress_and_is_not_fixed() {
    let mut after = samples::hub();
    after.requirements[0].verdict = Verdict::Inconclusive;
    after.requirements[0].reasons = vec![Reason::NotSelected];
    let before = samples::hub();
    let changes = changes(&before, &after);
    assert_eq!(changes.requirements[0].change, Change::Unclear);
    assert!(changes.open());
}

#[test]
fn an_outcome_that_is_lost_is_a_regression_though_no_requirement_is_worse() {
    let (before, mut after) = (samples::hub(), samples::hub());
    assert!(!changes(&before, &after).regressed());
    after.outcome = ConformityOutcome::NotCertifiable;
    assert!(changes(&before, &after).regressed());
    assert!(!changes(&after, &after).regressed());
}

#[test]
fn samples_are_told_by_serial_number_then_by_link_address() {
    let one = samples::hub();
    let mut other = samples::hub();
    assert_eq!(
        sample(&one, &other),
        Sample::Same("serial number HC2-000417".into())
    );
    other.device.units[0].serial = Some("X".into());
    assert!(matches!(sample(&one, &other), Sample::Other(_)));
    other.device.units[0].serial = None;
    assert_eq!(sample(&one, &other), Sample::Unknown);
    let mac = |certificate: &mut Certificate, mac: &str| {
        certificate.device.units[0]
            .fingerprints
            .insert("mac".into(), mac.into());
    };
    let mut one = one;
    mac(&mut one, "02:00:00:00:00:01");
    mac(&mut other, "02:00:00:00:00:02");
    assert!(matches!(sample(&one, &other), Sample::Other(_)));
    mac(&mut other, "02:00:00:00:00:01");
    assert!(matches!(sample(&one, &other), Sample::Same(_)));
    assert_eq!(sample(&one, &samples::camera()), Sample::OtherModel);
}

#[test]
fn two_laboratories_are_named() {
    let (before, mut after) = (samples::commissioned(), samples::commissioned());
    let said = |after: &Certificate| {
        let runs = beside(&[before.clone(), after.clone()]);
        let text = changes_terminal(&changes(&before, after), &runs, PLAIN);
        text.contains("two laboratories: Nordic Test Laboratory, then Other")
    };
    assert!(!said(&after) && !said(&samples::camera()));
    let job = after.job.as_mut().unwrap();
    job.laboratory.as_mut().unwrap().name.value = "Other".into();
    assert!(said(&after));
}

#[test]
fn keys_that_were_looked_up_in_other_lists_are_told() {
    let (before, mut after) = (samples::hub(), samples::hub());
    let said = |after: &Certificate| {
        let runs = beside(&[before.clone(), after.clone()]);
        let text = changes_terminal(&changes(&before, after), &runs, PLAIN);
        text.contains("not looked up in the same lists")
    };
    assert!(!said(&after));
    after.run.blocklist = Some(BlocklistReference {
        sha256: "0a".repeat(32),
        keys: 3,
    });
    assert!(said(&after));
}

#[test]
fn only_what_was_judged_alike_is_comparable() {
    let hub = samples::hub();
    assert_eq!(
        comparable(&[&hub, &samples::camera(), &samples::swapped()]),
        Ok(())
    );
    let mut profile = samples::hub();
    profile.profile.sha256 = "0".repeat(64);
    let mut rules = samples::hub();
    rules.tool.rules = "1".into();
    let mut fewer = samples::hub();
    fewer.requirements.pop();
    for other in [profile, rules, fewer] {
        assert!(comparable(&[&hub, &other]).is_err());
    }
}

#[test]
fn hostile_certificates_stay_text_beside_each_other() {
    let hostile = samples::hostile();
    let runs = beside(&[hostile.clone(), hostile.clone()]);
    let calm = samples::camera();
    let changes = changes(&calm, &hostile);
    for page in [
        matrix_html(&runs).unwrap(),
        changes_html(&changes, &runs).unwrap(),
    ] {
        html::check_page(&page);
        assert!(!page.contains(['\u{202e}', '\0', '\u{1b}', '\u{fffe}']));
        assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("{{ c.id }}"));
    }
    for text in [
        matrix_terminal(&runs, PLAIN),
        changes_terminal(&changes, &runs, PLAIN),
    ] {
        assert!(!text.contains(['\u{202e}', '\0', '\u{1b}', '\u{fffe}']));
        assert!(
            text.lines().all(|line| line.chars().count() <= 90),
            "{text}"
        );
    }
    for table in [matrix_csv(&runs), changes_csv(&changes)] {
        let mut reader = ::csv::Reader::from_reader(table.as_bytes());
        assert!(reader.records().all(|record| record.is_ok()));
        assert!(!table.contains(['\u{202e}', '\0', '\u{1b}', '\t']));
    }
    let mut formula = samples::hub();
    formula.device.model.value = "=cmd|' /C calc'!A0".into();
    formula.device.manufacturer.value = "+1".into();
    let table = matrix_csv(&beside(&[formula]));
    assert!(table.contains("\"'+1\",\"'=cmd|"), "{table}");
}

#[test]
fn pages_are_whole_and_their_headings_descend() {
    let runs = beside(&[samples::hub(), samples::camera()]);
    let (before, after) = (earlier(), samples::camera());
    let both = beside(&[before.clone(), after.clone()]);
    for page in [
        matrix_html(&runs).unwrap(),
        changes_html(&changes(&before, &after), &both).unwrap(),
    ] {
        html::check_page(&page);
        html::check_headings(&page);
    }
}
