//! The laboratory's part of a report: what ISO/IEC 17025:2017, 7.8 has a report say, in rows. What nobody recorded is a row
//! that says so.
//!
//! The numbers of clauses and what they ask for are our paraphrase of secondary sources, not compared with the text.

use serde::Serialize;

use super::words::{self, moment};
use crate::certificate::{
    Certificate, Job, JobItem, JobOpinion, JobParty, JobPerson, Source, Sourced, Speaker, Stated,
};

/// Who signed the run, as far as whoever renders the page knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Signatures {
    /// Nobody looked, or there are none.
    #[default]
    Unknown,
    /// The run is intact; the ids of the keys.
    Intact(Vec<String>),
    /// There are signatures, and they cannot be relied on: why.
    Unconfirmed(String),
}

/// What the page shows of it.
#[derive(Serialize)]
pub(super) struct Laboratory<'a> {
    /// What identifies the report, where it is safe inside a style sheet, for the foot of each printed page.
    running: Option<String>,
    /// The laboratory's number of the report.
    report_name: Option<String>,
    /// The laboratory's name.
    name: Option<&'a str>,
    /// What stands before the results.
    blocks: Vec<Block>,
    job_sha256: Option<&'a str>,
    opinions: &'a [JobOpinion],
    /// What does not fit the run.
    remarks: &'a [String],
    signers: &'a [String],
    unconfirmed: Option<&'a str>,
}

/// A heading and what stands below it.
#[derive(Serialize)]
struct Block {
    title: &'static str,
    note: &'static str,
    rows: Vec<Row>,
}

/// A fact, or that it is missing.
#[derive(Serialize)]
struct Row {
    label: String,
    /// Of ISO/IEC 17025:2017.
    clause: &'static str,
    values: Vec<String>,
    /// Whose word it is; empty where nobody said anything.
    whose: &'static str,
    missing: bool,
    /// Whether the value is a digest or a name for machines.
    code: bool,
}

const LABORATORY: &str = "the laboratory";
const CUSTOMER: &str = "the customer";
const SUPPLIER: &str = "the supplier";
const TOOL: &str = "Proofmark";

/// Said wherever there is no authorisation: nobody may take it for granted.
pub(super) const NO_AUTHORISATION: &str = "No authorisation to test is recorded.";

/// The laboratory's part of a page.
pub(super) fn laboratory<'a>(
    certificate: &'a Certificate,
    signatures: &'a Signatures,
) -> Laboratory<'a> {
    let job = certificate.job.as_ref();
    let report_name = report_name(certificate);
    let party = job.and_then(|job| job.laboratory.as_ref());
    Laboratory {
        running: running(&certificate.id, report_name.as_deref()),
        report_name,
        name: party.map(|it| it.name.value.as_str()),
        blocks: before_results(certificate),
        job_sha256: job.map(|job| job.sha256.as_str()),
        opinions: job.map_or(&[], |job| &job.opinions),
        remarks: job.map_or(&[], |job| &job.remarks),
        signers: match signatures {
            Signatures::Intact(keys) => keys,
            Signatures::Unknown | Signatures::Unconfirmed(_) => &[],
        },
        unconfirmed: match signatures {
            Signatures::Unconfirmed(why) => Some(why),
            Signatures::Unknown | Signatures::Intact(_) => None,
        },
    }
}

/// The foot of each printed page. A style sheet has strings of its own, so that only plain words get there.
fn running(id: &str, report: Option<&str>) -> Option<String> {
    let plain = |text: &str| {
        let legal = |c: char| c.is_ascii_alphanumeric() || " ,.-/".contains(c);
        text.len() < 60 && text.chars().all(legal)
    };
    let certificate = format!("Certificate {id}");
    match report {
        _ if !plain(id) => None,
        // HTML escaping would spoil a slash, which a style sheet would not read back.
        Some(report) if plain(report) => {
            Some(format!("Report {report} · {certificate}").replace('/', "\\2f "))
        }
        _ => Some(certificate),
    }
}

/// What comes before the results: report and parties, items, method, decision rule.
fn before_results(certificate: &Certificate) -> Vec<Block> {
    let job = certificate.job.as_ref();
    vec![
        Block {
            title: "Report",
            note: "",
            rows: report(certificate, job),
        },
        Block {
            title: "Who, for whom, and with whose permission",
            note: "",
            rows: parties(job),
        },
        Block {
            title: "What was tested",
            note: "The results relate only to these units, in the state in which they were tested (7.8.2.1 l).",
            rows: items(certificate, job),
        },
        Block {
            title: "Method",
            note: "",
            rows: method(certificate, job),
        },
        Block {
            title: "Decision rule",
            note: "",
            rows: decision(certificate),
        },
    ]
}

fn report(certificate: &Certificate, job: Option<&Job>) -> Vec<Row> {
    let report = job.and_then(|job| job.report.as_ref());
    let device = &certificate.device;
    let title = format!(
        "Test report: security of a connected device, {} {}",
        device.manufacturer.value, device.model.value
    );
    let mut rows = vec![Row::new("Title", "7.8.2.1 a", title, TOOL)];
    rows.push(match report {
        Some(report) => Row::of("Report", "7.8.2.1 d", &report.number)
            .with(issue(&report.number.value, report.issue)),
        None => Row::missing(
            "Report",
            "7.8.2.1 d",
            "No number of the laboratory’s is recorded.",
        ),
    });
    rows.push(Row::new("Certificate", "7.8.2.1 d", certificate.id.clone(), TOOL).code());
    if let Some(old) = report.and_then(|report| report.replaces.as_ref()) {
        let which = format!("report {}", issue(&old.number.value, old.issue));
        rows.push(Row::of("Replaces", "7.8.8", &old.number).with(which));
        rows.push(Row::of("What was changed, and why", "7.8.8", &old.because));
    }
    let judged = Row::new("Judged", "", moment(certificate.judged_at), TOOL);
    rows.push(match report.and_then(|report| report.date.as_ref()) {
        Some(date) => Row::of("Issued", "7.8.2.1 j", date).with(day(&date.value)),
        None => Row::missing("Issued", "7.8.2.1 j", "No day of issue is recorded."),
    });
    rows.push(judged);
    rows.push(
        match report.and_then(|report| report.authorised_by.as_ref()) {
            Some(it) => Row::of("Authorised by", "7.8.2.1 o", &it.name).with(person(it)),
            None => Row::missing(
                "Authorised by",
                "7.8.2.1 o",
                "Nobody is recorded who answers for this report.",
            ),
        },
    );
    rows
}

fn parties(job: Option<&Job>) -> Vec<Row> {
    let party = |label: &'static str, clause: &'static str, party: Option<&JobParty>| match party {
        None => Row::missing(label, clause, "Not recorded."),
        Some(it) => {
            let mut row = Row::of(label, clause, &it.name);
            row.values.push(it.address.value.clone());
            row.values
                .extend(it.contact.as_ref().map(|it| it.value.clone()));
            row
        }
    };
    let laboratory = job.and_then(|job| job.laboratory.as_ref());
    let mut rows = vec![party("Laboratory", "7.8.2.1 b", laboratory)];
    if let Some(accreditation) = laboratory.and_then(|it| it.accreditation.as_ref()) {
        rows.push(Row::of("Accreditation, as it states", "", accreditation));
    }
    rows.push(match job.and_then(|job| job.place.as_ref()) {
        Some(place) => Row::of("Place of the test", "7.8.2.1 c", place),
        None => Row::missing("Place of the test", "7.8.2.1 c", "Not recorded."),
    });
    let customer = job.and_then(|job| job.customer.as_ref());
    rows.push(party("Customer", "7.8.2.1 e", customer));
    rows.push(match job.and_then(|job| job.operator.as_ref()) {
        Some(it) => Row::of("Operator", "", &it.name).with(person(it)),
        None => Row::missing("Operator", "", "Not recorded."),
    });
    rows.push(match job.and_then(|job| job.authorisation.as_ref()) {
        None => Row::missing("Authorisation to test", "", NO_AUTHORISATION),
        Some(it) => {
            let given = format!(
                "given by {}, {}, on {}",
                it.given_by.value,
                it.reference.value,
                day(&it.date.value)
            );
            let mut row = Row::of("Authorisation to test", "", &it.given_by).with(given);
            row.values
                .extend(it.covers.as_ref().map(|it| it.value.clone()));
            row
        }
    });
    rows
}

fn items(certificate: &Certificate, job: Option<&Job>) -> Vec<Row> {
    let device = &certificate.device;
    let mut rows = vec![
        sourced("Manufacturer", &device.manufacturer),
        sourced("Model", &device.model),
    ];
    rows.extend(device.kind.iter().map(|it| sourced("Type", it)));
    rows.extend(device.firmware.iter().map(|it| sourced("Firmware", it)));
    for unit in &device.units {
        let serial = unit.serial.as_ref();
        let serial = serial.map(|it| format!("serial number {it}"));
        let state = format!("state “{}”", unit.state);
        let known = serial.into_iter().chain([state, unit.addresses.join(", ")]);
        let known = known.collect::<Vec<_>>().join("; ");
        rows.push(Row::new(
            &format!("Unit {}", unit.id),
            "7.8.2.1 g",
            known,
            SUPPLIER,
        ));
    }
    let stated: &[JobItem] = job.map_or(&[], |job| &job.items);
    for item in stated {
        rows.extend(stated_item(item));
    }
    if stated.is_empty() {
        let label = "Condition and receipt";
        let nothing = "Neither the condition of the item nor the day of its receipt is recorded.";
        rows.push(Row::missing(label, "7.8.2.1 g, h", nothing));
    }
    rows
}

fn stated_item(item: &JobItem) -> Vec<Row> {
    let of = match &item.unit {
        Some(unit) => format!(", unit {unit}"),
        None => String::new(),
    };
    let label = |word: &str| format!("{word}{of}");
    let optional = |word: &str, clause, fact: &Option<Stated>| match fact {
        Some(fact) => Row::of(&label(word), clause, fact),
        None => Row::missing(&label(word), clause, "Not recorded."),
    };
    let mut rows = Vec::new();
    if item.description.is_some() {
        rows.push(optional("Description", "7.8.2.1 g", &item.description));
    }
    rows.push(optional("Identified by", "7.8.2.1 g", &item.identification));
    rows.push(optional("Condition", "7.8.2.1 g", &item.condition));
    rows.push(match &item.received {
        Some(fact) => Row::of(&label("Received"), "7.8.2.1 h", fact).with(day(&fact.value)),
        None => Row::missing(&label("Received"), "7.8.2.1 h", "Not recorded."),
    });
    if item.sampling.is_some() {
        rows.push(optional("Sampling", "7.8.2.1 h, k", &item.sampling));
    }
    rows
}

fn method(certificate: &Certificate, job: Option<&Job>) -> Vec<Row> {
    let (run, profile) = (&certificate.run, &certificate.profile);
    let named = format!(
        "{}: profile {} {}",
        profile.title, profile.id, profile.version
    );
    let observed = format!("observed with Proofmark {}", run.observed_with);
    let judged = format!(
        "judged with Proofmark {}, rules {}",
        certificate.tool.version, certificate.tool.rules
    );
    let (from, until) = (moment(run.from), run.until.map(moment));
    let until = until.unwrap_or("an end that is not recorded: the run was killed".to_owned());
    let mut rows = vec![
        Row::new("Method", "7.8.2.1 f", named, TOOL),
        Row::new(
            "SHA-256 of the profile",
            "7.11",
            profile.sha256.clone(),
            TOOL,
        )
        .code(),
        Row {
            values: vec![observed, judged],
            ..Row::new("Versions of the tool", "7.11", String::new(), TOOL)
        },
        Row::new(
            "SHA-256 of the list of published defaults",
            "7.11",
            run.candidates_sha256.clone(),
            TOOL,
        )
        .code(),
    ];
    if let Some(digest) = &run.shared_keys_sha256 {
        let label = "SHA-256 of the list of published shared keys";
        rows.push(Row::new(label, "7.11", digest.clone(), TOOL).code());
    }
    if let Some(list) = &run.blocklist {
        let label = "SHA-256 of the list of compromised keys";
        rows.push(Row::new(label, "7.11", list.sha256.clone(), TOOL).code());
    }
    if let Some(later) = &certificate.blocklist {
        let label = "SHA-256 of the list of compromised keys that the run was judged with";
        rows.push(Row::new(label, "7.11", later.list.sha256.clone(), TOOL).code());
    }
    rows.extend([
        Row::new(
            "Tested",
            "7.8.2.1 i",
            format!("from {from} until {until}"),
            TOOL,
        ),
        match job.and_then(|job| job.conditions.as_ref()) {
            Some(conditions) => Row::of("Conditions", "7.8.3.1 a", conditions),
            None => Row::missing("Conditions", "7.8.3.1 a", "Not recorded."),
        },
    ]);
    let of = |list: fn(&Job) -> &[Stated]| job.map_or(&[][..], list);
    if !run.remarks.is_empty() {
        let mut row = Row::new("Circumstances of the run", "7.8.3.1 a", String::new(), TOOL);
        row.values.clone_from(&run.remarks);
        rows.push(row);
    }
    for (label, clause, list) in [
        (
            "Deviations from the method",
            "7.8.2.1 n",
            of(|job| &job.deviations),
        ),
        ("Additions to it", "7.8.2.1 n", of(|job| &job.additions)),
        ("Exclusions from it", "7.8.2.1 n", of(|job| &job.exclusions)),
        (
            "Contributed by others",
            "7.8.2.1 p",
            of(|job| &job.external),
        ),
    ] {
        rows.push(match list {
            [] => Row::missing(label, clause, "None is recorded."),
            [first, rest @ ..] => {
                let mut row = Row::of(label, clause, first);
                row.values.extend(rest.iter().map(|it| it.value.clone()));
                row
            }
        });
    }
    rows
}

fn decision(certificate: &Certificate) -> Vec<Row> {
    let results = "to each requirement in “Requirements in detail”, which says what was asked for and what was met or not; and to the outcome on the first page";
    vec![
        Row::new("Rule", "7.8.6", certificate.decision_rule.clone(), TOOL),
        Row::new("Applied", "7.8.6", results.to_owned(), TOOL),
        Row::new(
            "Outcome by this rule",
            "7.8.6",
            words::outcome(certificate).to_owned(),
            TOOL,
        ),
    ]
}

fn sourced(label: &str, fact: &Sourced) -> Row {
    let whose = match fact.source {
        Source::Declared => SUPPLIER,
        Source::Observed => "observed",
    };
    Row::new(label, "7.8.2.1 g", fact.value.clone(), whose)
}

/// The laboratory's number of the report, with its issue.
pub(super) fn report_name(certificate: &Certificate) -> Option<String> {
    let report = certificate.job.as_ref()?.report.as_ref()?;
    Some(issue(&report.number.value, report.issue))
}

fn issue(number: &str, issue: Option<u32>) -> String {
    match issue {
        Some(issue) => format!("{number}, issue {issue}"),
        None => number.to_owned(),
    }
}

fn person(person: &JobPerson) -> String {
    match &person.function {
        Some(function) => format!("{}, {}", person.name.value, function.value),
        None => person.name.value.clone(),
    }
}

/// `2026-03-09` as `9 March 2026`; what is no day stays.
fn day(text: &str) -> String {
    text.parse::<jiff::civil::Date>().map_or_else(
        |_| text.to_owned(),
        |day| day.strftime("%-d %B %Y").to_string(),
    )
}

impl Row {
    fn new(label: &str, clause: &'static str, value: String, whose: &'static str) -> Self {
        Self {
            label: label.to_owned(),
            clause,
            values: vec![value],
            whose,
            missing: false,
            code: false,
        }
    }

    /// A fact of the job.
    fn of(label: &str, clause: &'static str, fact: &Stated) -> Self {
        let whose = match fact.source {
            Speaker::Laboratory => LABORATORY,
            Speaker::Customer => CUSTOMER,
        };
        Self::new(label, clause, fact.value.clone(), whose)
    }

    fn missing(label: &str, clause: &'static str, nothing: &str) -> Self {
        Self {
            missing: true,
            ..Self::new(label, clause, nothing.to_owned(), "")
        }
    }

    /// The same fact in other words.
    fn with(mut self, value: String) -> Self {
        self.values = vec![value];
        self
    }

    fn code(mut self) -> Self {
        self.code = true;
        self
    }
}
