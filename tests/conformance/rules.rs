//! What the scenarios must cover between them, held without running any.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use proofmark::case::TEST_CASES;
use proofmark_lab::expect::Verdict;
use proofmark_lab::library::Entry;
use proofmark_lab::scenario::Dut;

use super::stage::profile_text;

type Rule = fn(&[Entry]) -> Vec<String>;

const RULES: [(&str, Rule); 3] = [
    ("every-code-is-found-and-not-found", codes),
    ("every-test-case-has-every-verdict", verdicts),
    ("pass-and-fail-differ-by-one-switch", pairs),
];

/// A trial a rule.
pub fn trials(scenarios: &Arc<Vec<Entry>>) -> Vec<Trial> {
    RULES
        .into_iter()
        .map(|(name, rule)| {
            let scenarios = Arc::clone(scenarios);
            Trial::test(format!("rule::{name}"), move || {
                let broken = rule(&scenarios);
                if broken.is_empty() {
                    Ok(())
                } else {
                    Err(Failed::from(broken.join("\n")))
                }
            })
        })
        .collect()
}

/// Every finding code appears in a scenario and is absent from one, and no scenario expects another.
fn codes(scenarios: &[Entry]) -> Vec<String> {
    let cases = TEST_CASES.iter();
    let known: BTreeSet<&str> = cases
        .flat_map(|case| case.codes)
        .map(|code| code.id)
        .collect();
    let mut broken = Vec::new();
    for code in &known {
        let (with, without): (Vec<_>, Vec<_>) = scenarios
            .iter()
            .partition(|entry| entry.scenario.codes().contains(code));
        if with.is_empty() {
            broken.push(format!("`{code}` is found in no scenario"));
        }
        if without.is_empty() {
            broken.push(format!("`{code}` is found in every scenario"));
        }
    }
    for entry in scenarios {
        for code in entry.scenario.codes().difference(&known) {
            broken.push(format!(
                "{} expects `{code}`, which no test case finds",
                entry.name
            ));
        }
    }
    broken
}

/// Every test case passes, fails, and is inconclusive with the device alive.
fn verdicts(scenarios: &[Entry]) -> Vec<String> {
    let case_of = case_of_requirement(scenarios);
    let mut seen: BTreeSet<(&str, Verdict)> = BTreeSet::new();
    let mut broken = Vec::new();
    for entry in scenarios {
        for (id, expected) in &entry.scenario.expect.requirement {
            let Some(case) = case_of.get(id) else {
                broken.push(format!(
                    "{} expects `{id}`, which no profile has",
                    entry.name
                ));
                continue;
            };
            if expected.verdict != Verdict::Inconclusive || entry.scenario.device_stays_alive() {
                seen.insert((case, expected.verdict));
            }
        }
    }
    for case in TEST_CASES {
        for verdict in [Verdict::Pass, Verdict::Inconclusive, Verdict::Fail] {
            if !seen.contains(&(case.id, verdict)) {
                let verdict = verdict.as_str();
                broken.push(format!(
                    "{} is {verdict} in no scenario with a living device",
                    case.id
                ));
            }
        }
    }
    broken
}

/// Every test case has a stand-in that fails where the one it is like passes, one switch apart; and
/// wherever a verdict turns so, it is by one switch.
fn pairs(scenarios: &[Entry]) -> Vec<String> {
    let by_name: BTreeMap<&str, &Entry> = scenarios
        .iter()
        .map(|entry| (entry.name.as_str(), entry))
        .collect();
    let case_of = case_of_requirement(scenarios);
    let mut paired: BTreeSet<&str> = BTreeSet::new();
    let mut broken = Vec::new();
    for entry in scenarios {
        let Some(base) = entry.like.as_deref().and_then(|like| by_name.get(like)) else {
            continue;
        };
        if !matches!(entry.scenario.dut, Some(Dut::StandIn(_))) {
            continue;
        }
        let turned: Vec<_> = turned(base, entry)
            .filter_map(|id| case_of.get(id))
            .collect();
        let switches = entry.distance(base);
        if !turned.is_empty() && switches != 1 {
            broken.push(format!(
                "{} is {switches} switches from {}",
                entry.name, base.name
            ));
        }
        paired.extend(turned);
    }
    for case in TEST_CASES.iter().filter(|case| !paired.contains(&case.id)) {
        broken.push(format!(
            "{} has no stand-in that fails by one switch",
            case.id
        ));
    }
    broken
}

/// The requirements that pass at `base` and fail at `entry`.
fn turned<'a>(base: &'a Entry, entry: &'a Entry) -> impl Iterator<Item = &'a String> {
    let passes = |id: &&String| {
        let expected = base.scenario.expect.requirement.get(*id);
        expected.is_some_and(|expected| expected.verdict == Verdict::Pass)
    };
    let expected = entry.scenario.expect.requirement.iter();
    expected
        .filter(|(_, expected)| expected.verdict == Verdict::Fail)
        .map(|(id, _)| id)
        .filter(passes)
}

/// The test case of every requirement that is shipped, or that a scenario adds to a profile.
fn case_of_requirement(scenarios: &[Entry]) -> BTreeMap<String, &'static str> {
    let shipped = proofmark::profile::shipped().iter();
    let shipped = shipped.map(|(_, text)| (*text).to_owned());
    let adding = scenarios
        .iter()
        .filter(|entry| entry.scenario.profile_adds.is_some());
    let added = adding.map(|entry| profile_text(&entry.scenario).expect("a profile is there"));
    let mut cases = BTreeMap::new();
    for text in shipped.chain(added) {
        let profile = proofmark::profile::parse(&text, "profile").expect("a profile is legal");
        let requirements = profile.requirements.into_iter();
        cases.extend(requirements.map(|it| (it.id, it.test_case.id)));
    }
    cases
}
