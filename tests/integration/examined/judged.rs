//! What people say decides a requirement that asks them.

use proofmark::case::Basis;
use proofmark::certificate::{
    Certificate, ConformityOutcome, Judging, RequirementResult, assess, issue,
};
use proofmark::dut::{Unit, UnitState};
use proofmark::profile::{self, Waivers};
use proofmark::verdict::{Reason, Severity};

use super::*;
use crate::bench::of;

fn judge(run: &Run, records: &Records, profile: &str) -> Certificate {
    let profile = profile::parse(profile, "p").unwrap_or_else(|error| panic!("{error}"));
    issue(&Judging {
        run,
        profile: &profile,
        judged_at: later(3600),
        waivers: &Waivers::default(),
        records,
        job: None,
        lookups: None,
        assess,
    })
}

/// The requirement that asks a person, after these people said this.
fn said(all: &[(&str, What)]) -> RequirementResult {
    let run = observed();
    let certificate = judge(&run, &records(&run, all), &asking());
    of(&certificate, "no-debug-header").clone()
}

#[test]
fn nothing_passes_that_nobody_looked_at() {
    for said in [
        said(&[]),
        said(&[("J. Doe", step("looked at the board"))]),
        said(&[
            ("J. Doe", check(Verdict::Pass, "")),
            ("J. Doe", withdrawal(1)),
        ]),
    ] {
        assert_eq!(said.verdict, Verdict::Inconclusive);
        assert_eq!(said.reasons, [Reason::NotExamined]);
        assert!(
            said.rationale.contains("no-debug-header"),
            "{}",
            said.rationale
        );
        assert_eq!(said.basis, Basis::Examined);
    }
}

#[test]
fn a_person_who_looked_decides_and_is_named() {
    let pass = said(&[("J. Doe", check(Verdict::Pass, "two boards"))]);
    assert_eq!(pass.verdict, Verdict::Pass);
    assert_eq!(
        pass.rationale,
        "Examined by J. Doe on 2 January 2026, 03:05 UTC: “two boards”."
    );
    assert_eq!(pass.proofs[0].evidence[0].id, "record-1");
    let cited = pass.proofs[0].evidence[0].summary.clone().unwrap();
    assert!(cited.contains("examined by J. Doe"), "{cited}");
    let fail = said(&[("J. Doe", check(Verdict::Fail, "a header"))]);
    assert_eq!(fail.verdict, Verdict::Fail);
    assert_eq!(fail.findings[0].code, "examination-failed");
    assert_eq!(fail.findings[0].evidence[0].id, "record-1");
    let open = said(&[("J. Doe", check(Verdict::Inconclusive, "glued shut"))]);
    assert_eq!(open.reasons, [Reason::ExaminationUnclear]);
}

#[test]
fn of_several_the_worst_counts_and_all_are_named() {
    let fail = said(&[
        ("A. Roe", check(Verdict::Fail, "pads")),
        ("J. Doe", check(Verdict::Pass, "none")),
    ]);
    assert_eq!(fail.verdict, Verdict::Fail);
    for part in ["A. Roe", "J. Doe", "PASS", "the worst counts"] {
        assert!(fail.rationale.contains(part), "{part}: {}", fail.rationale);
    }
    assert_eq!(fail.findings[0].evidence.len(), 2);
    let doubt = said(&[
        ("A. Roe", check(Verdict::Inconclusive, "glued")),
        ("J. Doe", check(Verdict::Pass, "none")),
    ]);
    assert_eq!(doubt.verdict, Verdict::Inconclusive);
    let pass = said(&[
        ("A. Roe", check(Verdict::NotApplicable, "no board")),
        ("J. Doe", check(Verdict::Pass, "none")),
    ]);
    assert_eq!(pass.verdict, Verdict::Pass);
    assert!(pass.rationale.contains("A. Roe"), "{}", pass.rationale);
    let withdrawn = said(&[
        ("A. Roe", check(Verdict::Fail, "pads")),
        ("J. Doe", check(Verdict::Pass, "none")),
        ("A. Roe", withdrawal(1)),
    ]);
    assert_eq!(withdrawn.verdict, Verdict::Pass);
    // Who takes a word back, and which, stays to be seen: it may have been another's.
    assert!(
        withdrawn
            .rationale
            .contains("withdrawn by A. Roe (“the wrong board”): FAIL by A. Roe"),
        "{}",
        withdrawn.rationale
    );
}

#[test]
fn that_it_does_not_apply_is_the_examiners_word_and_the_profiles_decision() {
    let run = observed();
    let all = records(
        &run,
        &[("J. Doe", check(Verdict::NotApplicable, "no housing"))],
    );
    let allowed = judge(&run, &all, &asking());
    let result = of(&allowed, "no-debug-header");
    assert_eq!(result.verdict, Verdict::NotApplicable);
    assert_eq!(
        result.declared_by.as_deref(),
        Some("J. Doe, who examined it")
    );
    assert!(
        result.rationale.contains("no housing"),
        "{}",
        result.rationale
    );
    let text = asking();
    let (head, tail) = text.split_once("id = \"no-debug-header\"").unwrap();
    let tail = tail.replacen("\"not-applicable\"", "\"fail\"", 1);
    let strict = format!("{head}id = \"no-debug-header\"{tail}");
    let refused = judge(&run, &all, &strict);
    assert_eq!(of(&refused, "no-debug-header").verdict, Verdict::Fail);
    assert_eq!(refused.outcome, ConformityOutcome::NonConformant);
}

/// Each unit is examined for itself.
#[test]
fn a_second_unit_needs_a_record_of_its_own() {
    let mut run = observed();
    let mut second: Unit = run.device.units[0].clone();
    second.id = "b".to_owned();
    run.device.units.push(second);
    let of_b = |verdict| What::Check {
        unit: "b".to_owned(),
        check: "no-debug-header".to_owned(),
        verdict,
        note: "x".to_owned(),
    };
    let result = |all: &[(&str, What)]| {
        let certificate = judge(&run, &records(&run, all), &asking());
        of(&certificate, "no-debug-header").clone()
    };
    let one = result(&[("J. Doe", check(Verdict::Pass, ""))]);
    assert_eq!(one.reasons, [Reason::NotExamined]);
    let both = [
        ("J. Doe", check(Verdict::Pass, "")),
        ("J. Doe", of_b(Verdict::Pass)),
    ];
    assert_eq!(result(&both).verdict, Verdict::Pass);
    // It does not apply to a device, or it does.
    let mixed = [
        ("J. Doe", check(Verdict::Pass, "")),
        ("J. Doe", of_b(Verdict::NotApplicable)),
    ];
    assert_eq!(result(&mixed).reasons, [Reason::ExaminationUnclear]);
    let neither = [
        ("J. Doe", check(Verdict::NotApplicable, "x")),
        ("J. Doe", of_b(Verdict::NotApplicable)),
    ];
    assert_eq!(result(&neither).verdict, Verdict::NotApplicable);
    // A unit in a state that the requirement does not bind is none of its business.
    run.device.units[1].state = UnitState::Factory;
    let certificate = judge(
        &run,
        &records(&run, &[("J. Doe", check(Verdict::Pass, ""))]),
        &asking(),
    );
    assert_eq!(of(&certificate, "no-debug-header").verdict, Verdict::Pass);
}

#[test]
fn the_profile_says_how_bad_it_is() {
    let run = observed();
    let all = records(&run, &[("J. Doe", check(Verdict::Fail, "x"))]);
    for (word, severity, verdict) in [
        ("low", Severity::Low, Verdict::Fail),
        ("note", Severity::Note, Verdict::Inconclusive),
    ] {
        let text = format!(
            "{}\n[requirement.severity]\n\"examination-failed\" = \"{word}\"\n",
            asking()
        );
        let certificate = judge(&run, &all, &text);
        let result = of(&certificate, "no-debug-header");
        assert_eq!(
            (result.findings[0].severity, result.verdict),
            (severity, verdict)
        );
    }
}

#[test]
fn the_certificate_lists_everything_and_stays_the_same_without() {
    let run = observed();
    let all = records(
        &run,
        &[
            ("J.\u{202e} Doe", step("pressed \u{1b}[2J reset")),
            ("J. Doe", check(Verdict::Fail, "a header")),
            ("A. Roe", withdrawal(2)),
            ("A. Roe", check(Verdict::Pass, "")),
        ],
    );
    let certificate = judge(&run, &all, &asking());
    let part = certificate.records.as_ref().unwrap();
    assert_eq!(part.sha256, all.sha256());
    let [reset, header, withdrawn, pass] = part.list.as_slice() else {
        panic!("{part:?}");
    };
    assert_eq!(reset.by, "J.\\u{202e} Doe");
    assert_eq!(reset.text, "pressed \\u{1b}[2J reset");
    assert_eq!(header.withdrawn_by.as_deref(), Some("record-3"));
    assert_eq!(withdrawn.withdraws.as_deref(), Some("record-2"));
    let examined = pass.check.as_ref().unwrap();
    assert_eq!(examined.requirements, ["no-debug-header"]);
    assert!(
        examined
            .question
            .as_ref()
            .unwrap()
            .starts_with("Are both sides")
    );
    let nobody = judge(&run, &Records::default(), &asking());
    assert_eq!(nobody.records, None);
    assert_ne!(nobody.id, certificate.id);
    let json = serde_json::to_string(&nobody).unwrap();
    assert_eq!(
        json.matches("\"basis\":\"examined\"").count(),
        1,
        "only what is examined is marked"
    );
    // A provision that a person examined is not one of a network test.
    let served = format!(
        "{}\nprovisions = [{{ standard = \"ETSI EN 303 645\", version = \"3.1.3\", id = \"5.6-4B\", coverage = \"partial\" }}]\n",
        MORE.split_once("# [requirement.severity]").unwrap().0
    );
    let (head, parameters) = served.split_once("[requirement.parameters]").unwrap();
    let (parameters, provisions) = parameters.split_once("provisions = ").unwrap();
    let (_, shipped) = profile::shipped()[0];
    let text =
        format!("{shipped}\n{head}provisions = {provisions}\n[requirement.parameters]{parameters}");
    let statement = judge(&run, &all, &text).statement;
    assert!(
        statement.contains(" A person looked at 1 of 78 provisions of ETSI EN 303 645 3.1.3"),
        "{statement}"
    );
}

#[test]
fn a_profile_that_asks_nothing_is_an_error() {
    for (right, wrong, message) in [
        ("check = \"no-debug-header\"", "", "missing field `check`"),
        (
            "check = \"no-debug-header\"",
            "check = \"No Header\"",
            "`check` is no id",
        ),
        (
            "question = \"Are both",
            "question = \" \"\n# \"Are both",
            "`question` is empty",
        ),
        (
            "instructions = ",
            "instruction = ",
            "unknown field `instruction`",
        ),
    ] {
        let text = asking().replacen(right, wrong, 1);
        assert_ne!(text, asking(), "{right}");
        let error = profile::parse(&text, "p").unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
