//! Judging: profile, device and evidence in, certificate out. No network, no clock, no disk.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::cautions::cautions;
use super::citations::Citations;
use super::coverage::coverage;
use super::documents::documents;
use super::id::certificate_id;
use super::identity::check_identity;
use super::job::job;
use super::model::*;
use super::outcome::{not_assessed, outcome, statement};
use super::protection::protection;
use super::recorded::recorded;
use super::timeline::timeline;
use super::waive::waive;
use crate::case::{Facts, Surfaces, TestCase};
use crate::dut::Unit;
use crate::evidence::{Evidence, Run, RunState};
use crate::job::JobFile;
use crate::observation::{Asked, Identity, Moment, Observation};
use crate::profile::{
    Checked, Profile, Provision, ProvisionEntry, Requirement, Waivers, WhenAbsent, catalogue,
};
use crate::records::Records;
use crate::text::{brief, shown};
use crate::texts;
use crate::verdict::{
    Absent, Assessment, Declarant, Gap, Reason, Severity, Subject, Verdict, worst,
};

/// What is judged, by what, when.
#[derive(Clone, Copy, Debug)]
pub struct Judging<'a> {
    pub run: &'a Run,
    pub profile: &'a Profile,
    pub judged_at: Timestamp,
    /// Known failures that somebody accepts; [`Waivers::default`] where there are none.
    pub waivers: &'a Waivers,
    /// What people did and saw; [`Records::default`] where nobody recorded anything.
    pub records: &'a Records,
    /// Who and what of the test, where the laboratory states it. It decides nothing.
    pub job: Option<&'a JobFile>,
    /// Decides a requirement; [`assess`] unless a test replaces it.
    pub assess: Assess,
}

/// How a test case is asked.
pub type Assess = fn(&TestCase, &Facts<'_>, &toml::Table) -> Assessment;

/// Asks the test case itself.
pub fn assess(case: &TestCase, facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    (case.assess)(facts, parameters)
}

/// Judges a run by a profile.
pub fn issue(judging: &Judging<'_>) -> Certificate {
    let Judging { run, profile, .. } = *judging;
    let surfaces = Surfaces::new(&run.device, &run.evidence);
    let cited = Citations::new(run, judging.records);
    let mut requirements: Vec<_> = profile
        .requirements
        .iter()
        .map(|requirement| judge(judging, &surfaces, &cited, requirement))
        .collect();
    let tested = tested_units(run, profile);
    let facts = Facts {
        device: &run.device,
        units: tested.clone(),
        evidence: &run.evidence,
        surfaces: &surfaces,
        run: &run.info,
        judged_at: judging.judged_at,
        records: judging.records,
    };
    let identity = check_identity(&facts);
    let Judging {
        waivers, judged_at, ..
    } = *judging;
    let waivers = waive(&mut requirements, waivers, profile, judged_at);
    let outcome = outcome(&requirements, &identity, profile.waivers);
    Certificate {
        format: CERTIFICATE_FORMAT.to_owned(),
        id: certificate_id(judging, RULES_VERSION),
        statement: statement(outcome, &requirements, &identity, profile.waivers),
        outcome,
        cautions: cautions(run, profile),
        judged_at: judging.judged_at,
        tool: Tool {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: RULES_VERSION.to_owned(),
        },
        run: run_reference(run),
        profile: ProfileReference {
            id: profile.id.clone(),
            version: profile.version.clone(),
            title: profile.title.clone(),
            summary: profile.summary.clone(),
            leaves_out: profile.leaves_out.clone(),
            sha256: profile.sha256.clone(),
        },
        decision_rule: profile.decision_rule.clone(),
        device: certified_device(run, &tested),
        identity,
        documents: documents(&facts),
        coverage: coverage(run, &facts, &requirements),
        timeline: timeline(run, &tested),
        protection: protection(&facts),
        not_assessed: not_assessed(profile),
        requirements,
        waivers,
        job: judging.job.map(|file| job(file, run, judged_at)),
        records: recorded(judging.records, profile),
    }
}

/// Units in a state that some requirement binds; nobody looked at the others.
fn tested_units<'r>(run: &'r Run, profile: &Profile) -> Vec<&'r Unit> {
    let bound = |unit: &&Unit| {
        profile
            .requirements
            .iter()
            .any(|requirement| requirement.states.contains(&unit.state))
    };
    run.device.units.iter().filter(bound).collect()
}

fn run_reference(run: &Run) -> RunReference {
    RunReference {
        sha256: run.sha256.clone(),
        from: run.info.started_at,
        until: run.info.ended_at,
        state: run.info.state.into(),
        aborted_because: run.info.aborted_because.as_ref().map(|why| brief(why, 200)),
        observed_with: shown(&run.info.tool.version, 40),
        max_rate: run.info.settings.max_rate,
        candidates_sha256: brief(&run.info.settings.candidates_sha256, 64),
        shared_keys_sha256: (run.info.settings.shared_keys_sha256.as_ref())
            .map(|digest| brief(digest, 64)),
        blocklist: run.info.settings.blocklist.as_ref().map(Into::into),
        remarks: run
            .info
            .settings
            .remarks
            .iter()
            .chain(&run.remarks)
            .map(|remark| brief(remark, 400))
            .collect(),
    }
}

fn certified_device(run: &Run, tested: &[&Unit]) -> CertifiedDevice {
    let device = &run.device;
    let declared = |value: &str| Sourced {
        value: shown(value, 120),
        source: Source::Declared,
    };
    let observed = run
        .evidence
        .iter()
        .flat_map(Evidence::observations)
        .find_map(|fact| match fact {
            Observation::Identity(identity) => identity.firmware.clone(),
            _ => None,
        });
    CertifiedDevice {
        manufacturer: declared(&device.manufacturer),
        model: declared(&device.model),
        firmware: match observed {
            Some(value) => Some(Sourced {
                value: brief(&value, 120),
                source: Source::Observed,
            }),
            None => device.firmware.as_deref().map(declared),
        },
        kind: device.kind.as_deref().map(declared),
        units: tested
            .iter()
            .map(|unit| certified_unit(run, unit))
            .collect(),
    }
}

fn certified_unit(run: &Run, unit: &Unit) -> CertifiedUnit {
    let first = run
        .evidence
        .iter()
        .filter(|item| item.unit == unit.id)
        .filter(|item| {
            matches!(
                item.asked,
                Asked::Identity {
                    moment: Moment::Start
                }
            )
        })
        .flat_map(Evidence::observations)
        .find_map(|fact| match fact {
            Observation::Identity(identity) => Some(identity),
            _ => None,
        });
    CertifiedUnit {
        id: unit.id.clone(),
        serial: unit.serial.as_ref().map(|serial| shown(serial, 80)),
        state: unit.state.as_str().to_owned(),
        addresses: unit.addresses.iter().map(ToString::to_string).collect(),
        found_on_link: run
            .evidence
            .iter()
            .filter(|item| item.unit == unit.id)
            .flat_map(Evidence::observations)
            .filter_map(|fact| match fact {
                Observation::OnLink(search) => Some(&search.found),
                _ => None,
            })
            .flatten()
            .map(|address| brief(address, 60))
            .collect(),
        fingerprints: first.map(fingerprints).unwrap_or_default(),
    }
}

fn fingerprints(identity: &Identity) -> BTreeMap<String, String> {
    let mac = identity
        .mac
        .iter()
        .map(|mac| ("mac".to_owned(), mac.clone()));
    let traits = identity.fingerprints.clone().into_iter();
    traits
        .chain(mac)
        .map(|(name, value)| (brief(&name, 80), brief(&value, 160)))
        .collect()
}

fn judge(
    judging: &Judging<'_>,
    surfaces: &Surfaces<'_>,
    cited: &Citations<'_>,
    requirement: &Requirement,
) -> RequirementResult {
    let Judging { run, .. } = *judging;
    let facts = Facts {
        device: &run.device,
        units: run
            .device
            .units
            .iter()
            .filter(|unit| requirement.states.contains(&unit.state))
            .collect(),
        evidence: &run.evidence,
        surfaces,
        run: &run.info,
        judged_at: judging.judged_at,
        records: judging.records,
    };
    let selected = &run.info.settings.selected;
    let mut assessment = if selected.is_empty() || selected.contains(&requirement.id) {
        (judging.assess)(requirement.test_case, &facts, &requirement.parameters)
    } else {
        Assessment::default()
    };
    let mut gaps = general_gaps(&facts, requirement);
    gaps.append(&mut assessment.gaps);
    assessment.gaps = gaps;
    let declared_by = apply_absence(&facts, requirement, &mut assessment);
    let units: Vec<String> = facts.units.iter().map(|unit| unit.id.clone()).collect();
    let verdicts = if declared_by.is_some() {
        units
            .iter()
            .map(|unit| UnitResult {
                id: unit.clone(),
                verdict: Verdict::NotApplicable,
            })
            .collect()
    } else {
        assessment
            .judge(&units, |code| requirement.severity_of(code))
            .into_iter()
            .map(|unit| UnitResult {
                id: unit.unit,
                verdict: unit.verdict,
            })
            .collect::<Vec<_>>()
    };
    let verdict = worst(verdicts.iter().map(|unit| unit.verdict));
    result(
        cited,
        requirement,
        &assessment,
        verdicts,
        verdict,
        declared_by,
    )
}

/// Gaps that bind every requirement, so that no test case can forget them. They come first: whatever
/// else is missing follows from them.
fn general_gaps(facts: &Facts<'_>, requirement: &Requirement) -> Vec<Gap> {
    let mut general = Assessment::default();
    let selected = &facts.run.settings.selected;
    for unit in &facts.units {
        let whole = Subject::unit(&unit.id);
        if !selected.is_empty() && !selected.contains(&requirement.id) {
            let message = "the requirement was left out on the command line".to_owned();
            general.missing(Reason::NotSelected, whole, message, vec![]);
            continue;
        }
        if facts.run.state != RunState::Complete {
            let because = facts.run.aborted_because.as_deref();
            let message = format!(
                "the run was stopped before its end: {}",
                brief(because.unwrap_or("it was killed"), 120)
            );
            general.missing(Reason::Aborted, whole, message, vec![]);
        }
        for (item, alive) in facts.heartbeats(&unit.id) {
            if let (Asked::Heartbeat { during, .. }, None) = (&item.asked, alive) {
                let message = format!(
                    "the unit stopped answering; in flight was: {}",
                    brief(during, 200)
                );
                let subject = Subject {
                    address: Some(item.target.address.clone()),
                    ..Subject::unit(&unit.id)
                };
                general.missing(Reason::DeviceLost, subject, message, vec![item.id.clone()]);
            }
        }
    }
    general.gaps
}

/// Applies the profile's `when_absent`. Returns whose statement makes the requirement N/A.
fn apply_absence(
    facts: &Facts<'_>,
    requirement: &Requirement,
    assessment: &mut Assessment,
) -> Option<String> {
    let Absent {
        statement,
        by,
        code,
        evidence,
    } = assessment.absent.clone()?;
    if !assessment.gaps.is_empty() || !assessment.findings.is_empty() {
        return None;
    }
    match requirement.when_absent {
        WhenAbsent::NotApplicable => Some(match by {
            Declarant::Examiner(name) => format!("{name}, who examined it"),
            Declarant::Supplier => format!(
                "{}, in the manifest",
                shown(&facts.device.manufacturer, 120)
            ),
            Declarant::Tester => "whoever ran the test, on the command line".to_owned(),
        }),
        WhenAbsent::Fail => {
            for unit in &facts.units {
                let subject = Subject::unit(&unit.id);
                assessment.found(code, subject, statement.clone(), evidence.clone());
            }
            None
        }
    }
}

fn result(
    cited: &Citations<'_>,
    requirement: &Requirement,
    assessment: &Assessment,
    units: Vec<UnitResult>,
    verdict: Verdict,
    declared_by: Option<String>,
) -> RequirementResult {
    let texts = texts::english();
    let mut findings: Vec<_> = assessment
        .findings
        .iter()
        .map(|finding| FindingResult {
            code: finding.code.id.to_owned(),
            severity: requirement.severity_of(&finding.code),
            subject: finding.subject.clone(),
            message: finding.message.clone(),
            remediation: texts
                .finding(finding.code.id)
                .map_or_else(Cow::default, |it| it.fix.as_str().into()),
            waiver: None,
            evidence: cited.with_bytes(&finding.evidence),
        })
        .collect();
    findings
        .sort_by(|a, b| (b.severity, &a.subject, &a.code).cmp(&(a.severity, &b.subject, &b.code)));
    let mut gaps: Vec<_> = assessment
        .gaps
        .iter()
        .map(|gap| GapResult {
            reason: gap.reason,
            subject: gap.subject.clone(),
            message: gap.message.clone(),
            evidence: cited.with_bytes(&gap.evidence),
        })
        .collect();
    if units.is_empty() {
        gaps.push(no_unit(requirement));
    } else if verdict == Verdict::Inconclusive && gaps.is_empty() {
        gaps.push(nothing_shown(&units));
    }
    let proofs: Vec<_> = assessment
        .proofs
        .iter()
        .map(|proof| ProofResult {
            unit: proof.unit.clone(),
            statement: proof.statement.clone(),
            evidence: cited.of(&proof.evidence),
        })
        .collect();
    let reasons: BTreeSet<Reason> = gaps.iter().map(|gap| gap.reason).collect();
    RequirementResult {
        id: requirement.id.clone(),
        title: requirement.title.clone(),
        obligation: requirement.obligation,
        test_case: requirement.test_case.id.into(),
        basis: requirement.test_case.basis(),
        verdict,
        rationale: rationale(
            verdict,
            &findings,
            &gaps,
            &proofs,
            assessment
                .absent
                .as_ref()
                .map(|absent| absent.statement.as_str()),
        ),
        plain_words: texts
            .case(requirement.test_case.id)
            .map_or_else(Cow::default, |it| it.plain.as_str().into()),
        reasons: reasons.into_iter().collect(),
        declared_by,
        units,
        waiver: None,
        provisions: requirement.provisions.iter().map(served).collect(),
        findings,
        gaps,
        proofs,
    }
}

/// A provision with what the catalogue says of it. Binding has checked that it is there.
fn served(provision: &Provision) -> ServedProvision {
    let entry = catalogue().find(&provision.standard, &provision.version, &provision.id);
    let known = |known: fn(&'static ProvisionEntry) -> &'static str, own: &str| match entry {
        Some(entry) => Cow::from(known(entry)),
        None => own.to_owned().into(),
    };
    ServedProvision {
        standard: known(|it| &it.standard, &provision.standard),
        version: known(|it| &it.version, &provision.version),
        id: known(|it| &it.id, &provision.id),
        coverage: provision.coverage,
        about: known(|it| &it.about, ""),
        checked: entry.map_or(Checked::Recalled, |entry| entry.checked),
    }
}

fn no_unit(requirement: &Requirement) -> GapResult {
    let states: Vec<_> = requirement
        .states
        .iter()
        .map(|state| state.as_str())
        .collect();
    GapResult {
        reason: Reason::NoUnitInState,
        subject: Subject::default(),
        message: format!(
            "no unit of the manifest is in state {}",
            states.join(" or ")
        ),
        evidence: vec![],
    }
}

fn nothing_shown(units: &[UnitResult]) -> GapResult {
    let unit = units
        .iter()
        .find(|unit| unit.verdict == Verdict::Inconclusive)
        .map(|unit| unit.id.as_str())
        .unwrap_or_default();
    GapResult {
        reason: Reason::NothingShown,
        subject: Subject::unit(unit),
        message: format!(
            "nothing was shown for unit {unit}, neither for the requirement nor against it"
        ),
        evidence: vec![],
    }
}

fn rationale(
    verdict: Verdict,
    findings: &[FindingResult],
    gaps: &[GapResult],
    proofs: &[ProofResult],
    statement: Option<&str>,
) -> String {
    let first_and_count = |first: Option<&str>, count: usize| match (first, count) {
        (Some(first), 0 | 1) => first.to_owned(),
        (Some(first), more) => format!("{first} (and {} more)", more - 1),
        (None, _) => String::new(),
    };
    let text = match verdict {
        Verdict::Fail => {
            let violations: Vec<_> = findings
                .iter()
                .filter(|finding| Severity::violates(finding.severity))
                .collect();
            first_and_count(
                violations.first().map(|finding| finding.message.as_str()),
                violations.len(),
            )
        }
        Verdict::Inconclusive => {
            first_and_count(gaps.first().map(|gap| gap.message.as_str()), gaps.len())
        }
        Verdict::Pass => proofs
            .iter()
            .map(|proof| proof.statement.as_str())
            .collect::<Vec<_>>()
            .join("; "),
        Verdict::NotApplicable => format!(
            "does not apply: {}",
            statement.unwrap_or("by the supplier's statement")
        ),
    };
    capitalised(&text)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let mut sentence = first + chars.as_str();
    if !sentence.is_empty() && !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}
