//! The first page, for whoever knows nothing of tests: the reasons in plain words.

use serde::Serialize;

use crate::case::{self, Basis};
use crate::certificate::{AppliedWaiver, Certificate, RequirementResult, WaiverState};
use crate::report::words::{WORST_FIRST, decides, mark};
use crate::texts::Texts;
use crate::verdict::Verdict;

/// So many characters of requirements stand on one printed page with everything that is told of each.
const CROWDED: usize = 2_600;
/// So many kinds of findings or reasons are told of one requirement.
const TOLD: usize = 4;

/// What stands on the first page beside the outcome.
#[derive(Serialize)]
pub(super) struct Lay<'a> {
    tally: Vec<Count<'a>>,
    groups: Vec<Group<'a>>,
    /// Nobody stated that anything does not apply, nor accepted a failure.
    all_apply: bool,
    /// Waivers that cover nothing.
    stale: usize,
    /// More than a printed page holds, unless what else is told of each requirement is left to the engineer's part.
    crowded: bool,
}

/// How many mandatory requirements ended so.
#[derive(Serialize)]
struct Count<'a> {
    word: &'a str,
    count: usize,
}

/// Requirements that ended in the same way.
#[derive(Serialize)]
struct Group<'a> {
    title: &'a str,
    items: Vec<Item<'a>>,
}

/// A requirement in plain words.
#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    mark: &'static str,
    label: String,
    sentence: &'a str,
    basis: Basis,
    /// Whether label and sentence are texts of ours, and not words of the certificate.
    known: bool,
    /// What was seen, and why it matters.
    told: Vec<String>,
    /// Words of the certificate about a requirement that we have no texts for.
    quoted: Option<&'a str>,
    stated_by: Option<&'a str>,
    waived: Option<&'a AppliedWaiver>,
}

/// How a requirement ended, as the page has it: the name of its word, and the heading that it stands under.
const ENDINGS: [(&str, &str); 5] = [
    ("fail", "fail"),
    ("waived", "waived_group"),
    ("inconclusive", "inconclusive"),
    ("pass", "pass"),
    ("not_applicable", "not_applicable"),
];

pub(super) fn lay<'a>(certificate: &'a Certificate, texts: &'a Texts) -> Lay<'a> {
    let all = || certificate.requirements.iter();
    let mandatory = |word: &'static str| all().filter(move |it| decides(it) && ending(it) == word);
    let tally = ENDINGS.map(|(word, _)| Count {
        word: texts.word("verdict", word),
        count: mandatory(word).count(),
    });
    let item = |it: &'a RequirementResult| item(certificate, it, texts);
    let group = |title: &str, items: Vec<Item<'a>>| Group {
        title: texts.word("lay", title),
        items,
    };
    let absent = |it: &&RequirementResult| it.verdict == Verdict::NotApplicable;
    let mut groups: Vec<_> = ENDINGS[..4]
        .iter()
        .map(|(word, title)| group(title, mandatory(word).map(item).collect()))
        .collect();
    let others = WORST_FIRST
        .into_iter()
        .filter(|it| *it != Verdict::NotApplicable);
    let others =
        others.flat_map(|verdict| all().filter(move |it| !decides(it) && it.verdict == verdict));
    groups.push(group("other", others.map(item).collect()));
    groups.push(group(
        "not_applicable",
        all().filter(absent).map(item).collect(),
    ));
    groups.retain(|group| !group.items.is_empty());
    let crowded = groups.iter().map(Group::characters).sum::<usize>() > CROWDED;
    let waivers = certificate.waivers.as_ref();
    Lay {
        tally: tally.into_iter().filter(|it| it.count > 0).collect(),
        groups,
        all_apply: waivers.is_none() && !all().any(|it| absent(&it)),
        stale: waivers.map_or(0, |it| {
            it.list
                .iter()
                .filter(|it| it.state != WaiverState::Active)
                .count()
        }),
        crowded,
    }
}

impl Group<'_> {
    /// About as much as its requirements take on a page.
    fn characters(&self) -> usize {
        let of = |item: &Item<'_>| {
            let told: usize = item.told.iter().map(String::len).sum();
            let waived = item.waived.map_or(0, |it| it.reason.len() + it.by.len());
            let quoted = item.quoted.map_or(0, str::len);
            item.label.len() + item.sentence.len() + told + waived + quoted
        };
        self.items.iter().map(of).sum()
    }
}

fn ending(requirement: &RequirementResult) -> &'static str {
    match requirement.verdict {
        Verdict::Fail if requirement.waiver.is_some() => "waived",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Pass => "pass",
        Verdict::NotApplicable => "not_applicable",
    }
}

fn item<'a>(
    certificate: &Certificate,
    requirement: &'a RequirementResult,
    texts: &'a Texts,
) -> Item<'a> {
    let case = texts.case(&requirement.test_case);
    let examined = requirement.basis == Basis::Examined;
    let (label, sentence) = match case {
        // What a person was asked says more than that a person was.
        Some(case) if examined => (
            requirement.title.as_str(),
            case.sentence(requirement.verdict),
        ),
        Some(case) => (case.label.as_str(), case.sentence(requirement.verdict)),
        None => (requirement.title.as_str(), requirement.rationale.as_str()),
    };
    // Two requirements of one test case would read alike.
    let alone = certificate
        .requirements
        .iter()
        .all(|it| it.test_case != requirement.test_case || it.id == requirement.id);
    Item {
        id: &requirement.id,
        mark: mark(&requirement.verdict.to_string()),
        label: match alone || examined {
            true => label.to_owned(),
            false => format!("{label} ({})", requirement.id),
        },
        sentence,
        basis: requirement.basis,
        known: case.is_some(),
        told: told(requirement, texts),
        quoted: match case {
            None => Some(&requirement.plain_words),
            Some(_) => examined.then_some(&requirement.rationale),
        },
        stated_by: match requirement.verdict {
            Verdict::NotApplicable => {
                Some(requirement.declared_by.as_deref().unwrap_or("not recorded"))
            }
            _ => None,
        },
        waived: requirement.waiver.as_ref(),
    }
}

/// What was seen or is missing, each kind once; and of what is not met why that matters.
fn told(requirement: &RequirementResult, texts: &Texts) -> Vec<String> {
    match requirement.verdict {
        Verdict::Fail => {
            let violations = requirement
                .findings
                .iter()
                .filter(|it| it.severity.violates());
            let seen = kinds(violations.map(|it| it.code.as_str()));
            let mut told = seen
                .into_iter()
                .filter(|_| !says_it_all(&requirement.test_case))
                .filter_map(|(code, count)| Some((&texts.finding(code)?.means, count)))
                .map(|(means, count)| match count {
                    1 => means.clone(),
                    count => format!("{means} {}", places(texts, count)),
                })
                .take(TOLD)
                .collect::<Vec<_>>();
            let case = texts.case(&requirement.test_case);
            told.extend(
                case.filter(|_| decides(requirement))
                    .map(|it| it.why.clone()),
            );
            told
        }
        Verdict::Inconclusive => {
            let reasons = kinds(requirement.gaps.iter().map(|gap| gap.reason));
            let reasons = reasons.into_iter().map(|(reason, _)| texts.reason(reason));
            let mut told: Vec<String> = reasons.take(TOLD).map(str::to_owned).collect();
            if !told.is_empty() {
                told.insert(0, texts.word("lay", "because").to_owned());
            }
            told
        }
        Verdict::Pass | Verdict::NotApplicable => vec![],
    }
}

/// Whether a test case can fail for one thing only, so that the verdict's sentence says what was seen.
fn says_it_all(test_case: &str) -> bool {
    let codes = case::find(test_case).map_or(&[][..], |it| it.codes);
    codes.iter().filter(|it| it.severity.violates()).count() == 1
}

fn places(texts: &Texts, count: usize) -> String {
    texts
        .word("lay", "places")
        .replace("{count}", &count.to_string())
}

/// Each once, in the order of the first, and how often it is there.
fn kinds<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut kinds: Vec<(T, usize)> = Vec::new();
    for one in all {
        match kinds.iter_mut().find(|(kind, _)| *kind == one) {
            Some((_, count)) => *count += 1,
            None => kinds.push((one, 1)),
        }
    }
    kinds
}
