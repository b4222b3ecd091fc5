//! `junit.xml`, read back.

use std::collections::BTreeMap;

use proofmark::certificate::{Certificate, ConformityOutcome, IdentityState};
use proofmark::report::junit;
use proofmark::verdict::{Obligation, Verdict};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::{golden, samples};

/// What a CI reads: the suite's counts, and how each test case ended.
#[derive(Debug, Default)]
struct Suite {
    counts: BTreeMap<String, String>,
    endings: Vec<(String, String)>,
}

impl Suite {
    fn red(&self) -> bool {
        self.endings
            .iter()
            .any(|(_, ending)| ending == "failure" || ending == "error")
    }

    fn ending(&self, name: &str) -> &str {
        &self
            .endings
            .iter()
            .find(|(case, _)| case == name)
            .unwrap()
            .1
    }

    fn counted(&self, ending: &str) -> String {
        self.endings
            .iter()
            .filter(|(_, other)| other == ending)
            .count()
            .to_string()
    }
}

fn attributes(element: &BytesStart<'_>) -> BTreeMap<String, String> {
    element
        .attributes()
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let value = quick_xml::escape::unescape(&attribute.value)
                .unwrap()
                .into_owned();
            (attribute.key.as_ref().to_owned(), value)
        })
        .collect()
}

/// How each test case of a file ended.
pub(crate) fn endings(text: &str) -> Vec<String> {
    let endings = parsed(text).endings.into_iter();
    endings.map(|(_, ending)| ending).collect()
}

fn read(certificate: &Certificate) -> Suite {
    parsed(&junit(certificate).unwrap())
}

fn parsed(text: &str) -> Suite {
    let legal =
        |c: char| c == '\n' || c == '\t' || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    assert!(text.chars().all(legal), "{text:?}");
    let mut reader = Reader::from_str(text);
    let mut suite = Suite::default();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => match element.name().as_ref() {
                "testsuite" => suite.counts = attributes(&element),
                "testcase" => {
                    let name = attributes(&element)["name"].clone();
                    suite.endings.push((name, "passed".to_owned()));
                }
                ending @ ("failure" | "error" | "skipped") => {
                    assert!(attributes(&element).contains_key("message"));
                    suite.endings.last_mut().unwrap().1 = ending.to_owned();
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    for (count, ending) in [
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ] {
        assert_eq!(suite.counts[count], suite.counted(ending), "{count}");
    }
    assert_eq!(suite.counts["tests"], suite.endings.len().to_string());
    suite
}

#[test]
fn files_are_as_expected() {
    golden::check("camera.junit.xml", &junit(&samples::camera()).unwrap());
}

#[test]
fn each_verdict_and_obligation_has_its_ending() {
    use Obligation::{Informational, Mandatory, Recommended};
    use Verdict::{Fail, Inconclusive, NotApplicable, Pass};
    let expected = [
        (Mandatory, Pass, "passed"),
        (Mandatory, Fail, "failure"),
        (Mandatory, Inconclusive, "error"),
        (Mandatory, NotApplicable, "skipped"),
        (Recommended, Pass, "passed"),
        (Recommended, Fail, "skipped"),
        (Recommended, Inconclusive, "skipped"),
        (Informational, Fail, "skipped"),
        (Informational, NotApplicable, "skipped"),
    ];
    for (obligation, verdict, ending) in expected {
        let mut hub = samples::hub();
        hub.requirements[0].obligation = obligation;
        hub.requirements[0].verdict = verdict;
        assert_eq!(
            read(&hub).ending("closed-ports"),
            ending,
            "{obligation:?} {verdict}"
        );
    }
}

#[test]
fn it_is_red_exactly_where_the_outcome_is_not_conformant() {
    assert!(!read(&samples::hub()).red());
    assert!(read(&samples::camera()).red());
    assert_eq!(read(&samples::swapped()).ending("identity"), "error");
    let mut empty = samples::hub();
    empty.requirements.clear();
    empty.outcome = ConformityOutcome::NotCertifiable;
    assert_eq!(read(&empty).ending("outcome"), "error");
    let mut unread = samples::swapped();
    unread.identity.state = IdentityState::Unobserved;
    assert_eq!(read(&unread).ending("identity"), "skipped");
    assert_eq!(read(&unread).ending("outcome"), "error");
}

#[test]
fn a_waived_failure_is_skipped_but_for_what_is_missing_beside_it() {
    let mut waived = samples::waived();
    // Two failures, one of them waived: the other one is red.
    assert_eq!(read(&waived).ending("closed-ports"), "skipped");
    assert_eq!(read(&waived).ending("no-default-credentials"), "failure");
    assert_eq!(read(&waived).ending("waivers"), "skipped");
    assert!(
        junit(&waived)
            .unwrap()
            .contains("do not apply: no-default-credentials")
    );
    // The other one repaired: nothing is red, although the outcome stays.
    waived.requirements[1].verdict = Verdict::Pass;
    assert!(!read(&waived).red());
    assert_eq!(waived.outcome, ConformityOutcome::NonConformant);
    // What the failure hid is red: an identity that was not read, or nothing that passes.
    let mut unread = waived.clone();
    unread.identity.state = IdentityState::Unobserved;
    assert_eq!(read(&unread).ending("outcome"), "failure");
    let mut alone = waived.clone();
    alone.requirements[1].verdict = Verdict::NotApplicable;
    assert_eq!(read(&alone).ending("outcome"), "failure");
    waived.requirements[0].gaps = waived.requirements[2].gaps.clone();
    assert_eq!(read(&waived).ending("closed-ports"), "error");
}

#[test]
fn a_hostile_certificate_stays_xml() {
    assert!(read(&samples::hostile()).red());
}

/// The elements and attributes that `junit-10.xsd` of Jenkins's xUnit plugin permits, of those that we use.
const PERMITTED: [(&str, &[&str]); 9] = [
    (
        "testsuites",
        &["name", "time", "tests", "failures", "errors"],
    ),
    (
        "testsuite",
        &[
            "name",
            "tests",
            "failures",
            "errors",
            "time",
            "skipped",
            "timestamp",
        ],
    ),
    ("properties", &[]),
    ("property", &["name", "value"]),
    ("testcase", &["name", "time", "classname"]),
    ("failure", &["type", "message"]),
    ("error", &["type", "message"]),
    ("skipped", &["type", "message"]),
    ("system-out", &[]),
];

#[test]
fn jenkins_permits_every_element_and_attribute() {
    for certificate in [samples::camera(), samples::swapped()] {
        let text = junit(&certificate).unwrap();
        let mut reader = Reader::from_str(&text);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(element) | Event::Empty(element) => {
                    let name = element.name().as_ref().to_owned();
                    let permitted = PERMITTED.iter().find(|(known, _)| *known == name);
                    let (_, permitted) = permitted.unwrap_or_else(|| panic!("{name}"));
                    for attribute in attributes(&element).keys() {
                        assert!(
                            permitted.contains(&attribute.as_str()),
                            "{name} {attribute}"
                        );
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
    }
}

/// The same file in the words of a reader that others wrote.
fn read_by_others(certificate: &Certificate) -> junit_parser::TestSuite {
    let text = junit(certificate).unwrap();
    let mut suites = junit_parser::from_reader(text.as_bytes()).unwrap().suites;
    assert_eq!(suites.len(), 1);
    suites.pop().unwrap()
}

#[test]
fn somebody_elses_reader_reads_the_same() {
    use junit_parser::TestStatus;
    for certificate in [
        samples::hub(),
        samples::camera(),
        samples::swapped(),
        samples::hostile(),
    ] {
        let (ours, theirs) = (read(&certificate), read_by_others(&certificate));
        let endings = theirs.cases.iter().map(|case| match &case.status {
            TestStatus::Success => "passed",
            TestStatus::Error(_) => "error",
            TestStatus::Failure(_) => "failure",
            TestStatus::Skipped(_) => "skipped",
        });
        let expected = ours.endings.iter().map(|(_, ending)| ending.as_str());
        assert!(endings.eq(expected));
        let counts = [theirs.tests, theirs.failures, theirs.errors, theirs.skipped];
        let expected = ["tests", "failures", "errors", "skipped"]
            .map(|name| ours.counts[name].parse::<u64>().unwrap());
        assert_eq!(counts, expected);
    }
    let camera = read_by_others(&samples::camera());
    assert_eq!(camera.properties.hashmap["outcome"], "non-conformant");
    let case = &camera.cases[0];
    assert_eq!(case.classname.as_deref(), Some("iot-minimum"));
    assert_eq!(case.status.failure_as_ref().failure_type, "undeclared-port");
}
