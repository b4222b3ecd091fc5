//! Waivers: how they are read, what they mark, and what they never change.

use jiff::Timestamp;
use proofmark::certificate::*;
use proofmark::error::InputError;
use proofmark::evidence::{Evidence, Run};
use proofmark::observation::{OfferAnswer, TlsVersion};
use proofmark::profile::{self, Profile, WaiverPolicy, Waivers, recorded_waivers};
use proofmark::records::Records;
use proofmark::verdict::Verdict;

use crate::bench::*;
use crate::directories::{observed, own, proofmark, shipped, stderr, stdout};
use crate::judging::transport;
use crate::root;

pub(crate) const WAIVERS: &str = r#"format = "proofmark-waivers/1"
[[waiver]]
requirement = "tls-versions"
code = "old-tls-version"
subject = { unit = "a", transport = "tcp", port = 80 }
reason = "Fixed in 1.1"
by = "J. Doe"
until = 2026-06-30
"#;

/// The device takes TLS 1.0, and nothing else is wrong.
pub(crate) fn old_tls() -> Vec<Evidence> {
    let mut tls = transport::good();
    tls.offers[0].answer = OfferAnswer::Accepted {
        selected: TlsVersion::Tls10,
        suite: "0xc02b".to_owned(),
    };
    with(13, transport::tls(13, tls))
}

/// The same, and one version more of which nothing is known.
fn old_and_unclear_tls() -> Vec<Evidence> {
    let mut all = old_tls();
    let mut tls = transport::good();
    tls.offers[0].answer = OfferAnswer::Accepted {
        selected: TlsVersion::Tls10,
        suite: "0xc02b".to_owned(),
    };
    tls.offers[1].answer = OfferAnswer::Unclear {
        detail: "alert 47".to_owned(),
    };
    all[12] = transport::tls(13, tls);
    without_audits(all)
}

fn changed(from: &str, to: &str) -> String {
    assert_eq!(WAIVERS.matches(from).count(), 1, "{from}");
    WAIVERS.replace(from, to)
}

fn profile(policy: WaiverPolicy) -> Profile {
    let (id, text) = profile::shipped()[0];
    let mut profile = profile::parse(text, id).unwrap();
    profile.waivers = policy;
    profile
}

fn judged_at(run: &Run, waivers: &str, policy: WaiverPolicy, at: Timestamp) -> Certificate {
    let waivers = match waivers {
        "" => Waivers::default(),
        text => recorded_waivers(text, "w.toml").unwrap_or_else(|error| panic!("{error}")),
    };
    issue(&Judging {
        run,
        profile: &profile(policy),
        judged_at: at,
        waivers: &waivers,
        records: &Records::default(),
        job: None,
        lookups: None,
        assess,
    })
}

fn judged(evidence: Vec<Evidence>, waivers: &str, policy: WaiverPolicy) -> Certificate {
    judged_at(&run(evidence), waivers, policy, time())
}

fn only(certificate: &Certificate) -> &WaiverResult {
    let [only] = certificate.waivers.as_ref().unwrap().list.as_slice() else {
        panic!("{:?}", certificate.waivers);
    };
    only
}

#[test]
fn a_waived_failure_still_fails_and_says_who_accepts_it_until_when_and_why() {
    let certificate = judged(old_tls(), WAIVERS, WaiverPolicy::Shown);
    let result = of(&certificate, "tls-versions");
    let plain = judged(old_tls(), "", WaiverPolicy::Shown);
    assert_eq!(result.verdict, Verdict::Fail);
    assert_eq!(result.units, of(&plain, "tls-versions").units);
    let waiver = result.waiver.as_ref().unwrap();
    assert_eq!(
        (waiver.by.as_str(), waiver.reason.as_str()),
        ("J. Doe", "Fixed in 1.1")
    );
    assert_eq!(waiver.until.to_string(), "2026-06-30");
    assert_eq!(result.findings[0].waiver.as_ref(), Some(waiver));
    assert_eq!(certificate.outcome, ConformityOutcome::NonConformant);
    assert!(
        certificate.statement.contains("does not excuse"),
        "{}",
        certificate.statement
    );
    assert_eq!(only(&certificate).state, WaiverState::Active);
    assert_eq!(only(&certificate).findings, 1);
    assert_eq!(
        certificate.outcome_but_for_waivers(),
        ConformityOutcome::Conformant
    );
    assert_ne!(
        certificate.id, plain.id,
        "what is judged with waivers is another certificate"
    );
    assert_eq!(plain.waivers, None);
}

#[test]
fn only_the_profile_makes_a_waived_failure_count_for_nothing() {
    let certificate = judged(old_tls(), WAIVERS, WaiverPolicy::Allowed);
    assert_eq!(of(&certificate, "tls-versions").verdict, Verdict::Fail);
    assert_eq!(certificate.outcome, ConformityOutcome::Conformant);
    let said = &certificate.statement;
    assert!(
        said.starts_with(
            "1 mandatory requirement failed and is waived, as this profile allows. No other"
        ),
        "{said}"
    );
    let unwaived = judged(old_tls(), "", WaiverPolicy::Allowed);
    assert_eq!(unwaived.outcome, ConformityOutcome::NonConformant);
}

#[test]
fn what_is_missing_beside_a_waived_failure_is_not_waived() {
    let certificate = judged(old_and_unclear_tls(), WAIVERS, WaiverPolicy::Allowed);
    let result = of(&certificate, "tls-versions");
    assert!(result.waiver.is_some() && !result.gaps.is_empty());
    assert_eq!(certificate.outcome, ConformityOutcome::NotCertifiable);
    assert!(
        certificate.statement.contains("but what is waived"),
        "{}",
        certificate.statement
    );
}

#[test]
fn a_waiver_covers_one_code_in_one_place() {
    for (from, to) in [
        ("\"tls-versions\"", "\"tls-only\""),
        ("\"old-tls-version\"", "\"undeclared-port\""),
        ("unit = \"a\"", "unit = \"b\""),
        ("port = 80", "port = 81"),
        ("transport = \"tcp\"", "transport = \"udp\""),
        (", transport = \"tcp\", port = 80", ""),
        ("port = 80", "port = 80, address = \"127.0.0.1\""),
        ("port = 80", "port = 80, service = \"other\""),
    ] {
        let certificate = judged(old_tls(), &changed(from, to), WaiverPolicy::Allowed);
        assert_eq!(of(&certificate, "tls-versions").waiver, None, "{to}");
        assert_eq!(
            certificate.outcome,
            ConformityOutcome::NonConformant,
            "{to}"
        );
        assert_eq!(only(&certificate).state, WaiverState::Unmatched, "{to}");
    }
    let narrow = changed(
        "port = 80",
        "port = 80, address = \"127.77.1.10\", service = \"web\"",
    );
    let certificate = judged(old_tls(), &narrow, WaiverPolicy::Allowed);
    assert_eq!(only(&certificate).state, WaiverState::Active);
}

#[test]
fn a_failure_is_waived_only_as_a_whole() {
    let mut unit_b = run(old_tls());
    let mut second = unit_b.device.units[0].clone();
    second.id = "b".to_owned();
    unit_b.device.units.push(second);
    let other: Vec<Evidence> = old_tls()
        .into_iter()
        .map(|mut item| {
            item.id = format!("b{}", item.id);
            item.unit = "b".to_owned();
            item
        })
        .collect();
    unit_b.evidence.extend(other);
    let certificate = judged_at(&unit_b, WAIVERS, WaiverPolicy::Allowed, time());
    let result = of(&certificate, "tls-versions");
    let waived = result
        .findings
        .iter()
        .filter(|finding| finding.waiver.is_some());
    assert_eq!((waived.count(), result.findings.len()), (1, 2));
    assert_eq!(result.waiver, None);
    assert_eq!(certificate.outcome, ConformityOutcome::NonConformant);
}

#[test]
fn the_day_of_judging_decides_and_the_last_day_counts() {
    let state = |at: &str| {
        let at = at.parse().unwrap();
        let certificate = judged_at(&run(old_tls()), WAIVERS, WaiverPolicy::Allowed, at);
        let waived = of(&certificate, "tls-versions").waiver.is_some();
        (only(&certificate).state, waived, certificate.outcome)
    };
    let (active, expired) = (WaiverState::Active, WaiverState::Expired);
    let conformant = ConformityOutcome::Conformant;
    assert_eq!(state("2026-06-30T23:59:59Z"), (active, true, conformant));
    let over = (expired, false, ConformityOutcome::NonConformant);
    assert_eq!(state("2026-07-01T00:00:00Z"), over);
}

#[test]
fn a_stale_waiver_is_reported_with_what_came_of_its_requirement() {
    let remark = |evidence, text: &str| {
        let certificate = judged(evidence, text, WaiverPolicy::Shown);
        assert_eq!(only(&certificate).state, WaiverState::Unmatched);
        only(&certificate).remark.clone()
    };
    assert!(remark(conformant(), WAIVERS).contains("passed, take it out"));
    assert!(remark(vec![], WAIVERS).contains("could not be decided"));
    let other = changed("\"tls-versions\"", "\"no-such-thing\"");
    assert!(remark(conformant(), &other).contains("no such requirement"));
    let certificate = judged(conformant(), WAIVERS, WaiverPolicy::Shown);
    assert_eq!(certificate.outcome, ConformityOutcome::Conformant);
    assert_eq!(certificate.statement, judge(&run(conformant())).statement);
}

#[test]
fn wrong_waivers_say_where_what_and_what_is_legal() {
    let error = |text: &str| -> InputError {
        let profile = profile(WaiverPolicy::Shown);
        profile::waivers(text, "w.toml", &profile).unwrap_err()
    };
    for (from, to, line, message) in [
        (
            "\"tls-versions\"",
            "\"tls-version\"",
            3,
            "is no requirement of iot-minimum",
        ),
        (
            "\"old-tls-version\"",
            "\"undeclared-port\"",
            4,
            "is no code of `transport/versions`",
        ),
        ("unit = \"a\", ", "", 5, "missing"),
        ("unit = \"a\"", "unit = \" \"", 5, "empty"),
        ("port = 80", "port = 0", 5, "port 0"),
        (", port = 80", "", 5, "a port has a transport"),
        (
            "port = 80",
            "port = 80, path = \"/\"",
            5,
            "unknown key `path`",
        ),
        ("reason = \"Fixed in 1.1\"\n", "", 2, "reason"),
        ("\"Fixed in 1.1\"", "\"\"", 6, "empty"),
        (
            "by = \"J. Doe\"",
            "who = \"J. Doe\"",
            7,
            "unknown key `who`",
        ),
        ("2026-06-30", "2026-06-31", 0, ""),
        ("2026-06-30", "\"soon\"", 8, "is no date"),
        ("2026-06-30", "2026-06-30T00:00:00Z", 8, "is no date"),
        ("until = 2026-06-30\n", "", 2, "until"),
        ("waivers/1", "waivers/2", 1, "format"),
    ] {
        let error = error(&changed(from, to));
        let shown = error.to_string();
        assert!(shown.contains(message), "{to}: {shown}");
        if line > 0 {
            assert_eq!(
                error.place.map(|(line, _)| line),
                Some(line),
                "{to}: {shown}"
            );
        }
    }
    let (_, waiver) = WAIVERS.split_once('\n').unwrap();
    assert!(
        error(&format!("{WAIVERS}{waiver}"))
            .to_string()
            .contains("twice")
    );
}

#[test]
fn the_example_is_right() {
    let text = std::fs::read_to_string(root("examples/waivers.toml")).unwrap();
    let profile = profile(WaiverPolicy::Shown);
    let waivers =
        profile::waivers(&text, "w.toml", &profile).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(waivers.list.len(), 1);
    assert!(
        recorded_waivers("format = \"proofmark-waivers/1\"\n", "w")
            .unwrap()
            .list
            .is_empty()
    );
}

#[test]
fn the_same_waivers_are_found_beside_a_run_and_judge_it_alike() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    std::fs::write(base.join("w.toml"), WAIVERS).unwrap();
    observed(base, "run", old_tls(), None, shipped());
    let at = ["--judged-at", "2026-02-03T04:05:06Z"];
    let evaluate = |arguments: &[&str]| {
        let output = proofmark(base, &[&["evaluate"], arguments, &at].concat());
        (output.status.code(), stdout(&output), stderr(&output))
    };
    let read = |dir: &str, name: &str| std::fs::read_to_string(base.join(dir).join(name)).unwrap();
    let (exit, out, err) = evaluate(&["run", "--out", "one", "--waivers", "w.toml"]);
    assert_eq!(exit, Some(1), "{err}");
    assert!(
        out.contains("FAIL (waived)")
            && out.contains("Waived by J. Doe until 2026-06-30: Fixed in 1.1"),
        "{out}"
    );
    assert_eq!(read("one", "waivers.toml"), WAIVERS);
    // As `run` leaves it: the waivers beside the evidence.
    std::fs::copy(base.join("w.toml"), base.join("run/waivers.toml")).unwrap();
    let (exit, _, err) = evaluate(&["run", "--out", "two"]);
    assert_eq!(exit, Some(1), "{err}");
    assert_eq!(
        read("one", "certificate.json"),
        read("two", "certificate.json")
    );
    assert_eq!(read("two", "waivers.toml"), WAIVERS);
    let (_, out, _) = evaluate(&["run", "--out", "three", "--no-waivers"]);
    assert!(
        !out.contains("waived") && !base.join("three/waivers.toml").exists(),
        "{out}"
    );
    let (exit, _, err) = evaluate(&[
        "run",
        "--out",
        "four",
        "--no-waivers",
        "--waivers",
        "w.toml",
    ]);
    assert_eq!(exit, Some(64), "{err}");
    assert!(read("two", "certificate.html").contains("FAIL (waived)"));
    let junit = read("two", "junit.xml");
    assert!(junit.contains("failures=\"0\" errors=\"0\""), "{junit}");
    assert!(junit.contains("FAIL (waived). Waived by J. Doe"), "{junit}");
    // A typo is an error before anything is judged, and a profile that allows them is obeyed.
    std::fs::write(
        base.join("typo.toml"),
        changed("\"tls-versions\"", "\"tls-version\""),
    )
    .unwrap();
    let (exit, _, err) = evaluate(&["run", "--out", "five", "--waivers", "typo.toml"]);
    assert_eq!(exit, Some(64));
    assert!(
        err.contains("typo.toml:3:") && !base.join("five").exists(),
        "{err}"
    );
    let lenient = own().replacen("[[requirement]]", "# Here.\n[[requirement]]", 1);
    let lenient = lenient.replacen("\nsummary =", "\nwaivers = \"allowed\"\nsummary =", 1);
    std::fs::write(base.join("lenient.toml"), lenient).unwrap();
    let (exit, out, err) = evaluate(&["run", "--out", "six", "--profile", "lenient.toml"]);
    assert_eq!(exit, Some(0), "{out}{err}");
    assert!(out.contains("CONFORMANT WITH WAIVERS"), "{out}");
}

#[test]
fn waivers_are_those_of_the_certificate_beside_them() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    std::fs::write(base.join("w.toml"), WAIVERS).unwrap();
    observed(base, "run", old_tls(), None, shipped());
    let evaluate = |arguments: &[&str]| {
        let output = proofmark(base, &[&["evaluate"], arguments].concat());
        (output.status.code(), stderr(&output))
    };
    let at = ["--judged-at", "2026-02-03T04:05:06Z"];
    evaluate(&[&["run", "--out", "with", "--waivers", "w.toml"][..], &at].concat());
    evaluate(&[&["run", "--out", "without"][..], &at].concat());
    let refused = |dir: &str, why: &str| {
        let (exit, error) = evaluate(&[dir]);
        assert_eq!(exit, Some(64), "{error}");
        assert!(
            error.contains("waivers.toml") && error.contains(why),
            "{error}"
        );
        // Who says so may.
        assert_eq!(evaluate(&[dir, "--no-waivers"]).0, Some(1));
        assert_eq!(evaluate(&[dir, "--waivers", "w.toml"]).0, Some(1));
    };
    std::fs::copy(base.join("w.toml"), base.join("without/waivers.toml")).unwrap();
    refused("without", "without waivers");
    let beside = base.join("with/waivers.toml");
    std::fs::write(&beside, changed("J. Doe", "J. Poe")).unwrap();
    refused("with", "is not what");
    std::fs::remove_file(&beside).unwrap();
    refused("with", "is gone");
    std::fs::write(&beside, WAIVERS).unwrap();
    assert_eq!(evaluate(&["with"]).0, Some(1));
}
