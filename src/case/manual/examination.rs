//! `manual/examination`: a person has looked, and says so by name.

use serde::Deserialize;

use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::profile::Requirement;
use crate::records::{Record, What, is_check_id};
use crate::text::shown;
use crate::verdict::{
    Absent, Assessment, Code, Declarant, Reason, Severity, Subject, Verdict, worst,
};

const EXAMINATION_FAILED: Code = Code {
    id: "examination-failed",
    severity: Severity::High,
};

/// The test case.
pub const EXAMINATION: TestCase = TestCase {
    id: "manual/examination",
    title: "A person has examined the device",
    page: include_str!("examination.md"),
    codes: &[EXAMINATION_FAILED],
    probes: &[],
    check_parameters,
    assess,
};

/// What a person is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The id of the check, which records name.
    pub check: String,
    /// What is to be found out: yes is a pass.
    pub question: String,
    /// How.
    #[serde(default)]
    pub instructions: String,
}

/// What a requirement asks a person; none: it asks nobody.
pub fn question(requirement: &Requirement) -> Option<Question> {
    (requirement.test_case.id == EXAMINATION.id)
        .then(|| Question::deserialize(requirement.parameters.clone()).ok())?
}

fn check_parameters(table: &toml::Table) -> Result<(), String> {
    parameters::check::<Question>(table)?;
    let Question {
        check, question, ..
    } = parameters::read(table);
    if !is_check_id(&check) {
        return Err("`check` is no id: lower-case letters and digits in words joined by `-`, at most 40 characters".to_owned());
    }
    if question.trim().is_empty() {
        return Err("`question` is empty".to_owned());
    }
    Ok(())
}

/// A record of this check, as somebody decided it.
#[derive(Debug)]
struct Examined<'a> {
    record: &'a Record,
    verdict: Verdict,
    note: &'a str,
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let question: Question = parameters::read(parameters);
    let mut assessment = Assessment::default();
    let mut absent = Vec::new();
    for unit in &facts.units {
        let said = said(facts, unit, &question.check);
        match worst_of(&said.standing) {
            None => {
                let message = format!(
                    "nobody has recorded the check `{}` ({}){}",
                    question.check,
                    shown(question.question.trim(), 300),
                    said.withdrawn
                );
                let subject = Subject::unit(&unit.id);
                assessment.missing(Reason::NotExamined, subject, message, vec![]);
            }
            Some(Verdict::NotApplicable) => absent.push((unit, said)),
            Some(verdict) => weigh(unit, verdict, &said, &mut assessment),
        }
    }
    does_not_apply(facts, absent, &mut assessment);
    assessment
}

/// What was recorded of a check on a unit.
#[derive(Debug, Default)]
struct Said<'a> {
    /// What nobody has withdrawn.
    standing: Vec<Examined<'a>>,
    /// What was, by whom and why: `; withdrawn by … (“…”): FAIL by …`. Whoever withdraws another's word is seen to do it.
    withdrawn: String,
}

fn said<'a>(facts: &Facts<'a>, unit: &Unit, wanted: &str) -> Said<'a> {
    let of_check = facts
        .records
        .all()
        .iter()
        .filter_map(|record| match &record.what {
            What::Check {
                unit: on,
                check,
                verdict,
                note,
            } if *on == unit.id && check == wanted => Some(Examined {
                record,
                verdict: *verdict,
                note,
            }),
            _ => None,
        });
    let mut said = Said::default();
    for examined in of_check {
        match facts.records.withdrawal(examined.record.number) {
            None => said.standing.push(examined),
            Some(withdrawal) => {
                let by = shown(&withdrawal.by, 120);
                let why = shown(withdrawal.what.text().trim(), 300);
                let (verdict, told) = (examined.verdict, told(&examined));
                let words = format!("; withdrawn by {by} (“{why}”): {verdict} by {told}");
                said.withdrawn.push_str(&words);
            }
        }
    }
    said
}

/// None: nobody has looked, which is not the same as somebody who could not tell.
fn worst_of(examined: &[Examined<'_>]) -> Option<Verdict> {
    (!examined.is_empty()).then(|| worst(examined.iter().map(|it| it.verdict)))
}

fn weigh(unit: &Unit, verdict: Verdict, said: &Said<'_>, assessment: &mut Assessment) {
    let statement = statement(verdict, &said.standing) + &said.withdrawn;
    let evidence = evidence(&said.standing);
    let subject = Subject::unit(&unit.id);
    match verdict {
        Verdict::Fail => assessment.found(EXAMINATION_FAILED, subject, statement, evidence),
        Verdict::Pass => assessment.proved(&unit.id, statement, evidence),
        _ => assessment.missing(Reason::ExaminationUnclear, subject, statement, evidence),
    }
}

/// A person's N/A makes a requirement N/A only where it is said of every unit: it does not apply to a device, or it does.
fn does_not_apply(facts: &Facts<'_>, absent: Vec<(&&Unit, Said<'_>)>, assessment: &mut Assessment) {
    if absent.len() < facts.units.len() {
        for (unit, said) in absent {
            let examined = &said.standing;
            let statement = format!(
                "{}; of another unit that was not said{}",
                statement(Verdict::NotApplicable, examined),
                said.withdrawn
            );
            let subject = Subject::unit(&unit.id);
            let reason = Reason::ExaminationUnclear;
            assessment.missing(reason, subject, statement, evidence(examined));
        }
        return;
    }
    let withdrawn: String = absent.iter().map(|(_, it)| it.withdrawn.as_str()).collect();
    let all: Vec<Examined<'_>> = absent.into_iter().flat_map(|(_, it)| it.standing).collect();
    let Some(first) = all.first() else { return };
    assessment.absent = Some(Absent {
        statement: statement(Verdict::NotApplicable, &all) + &withdrawn,
        by: Declarant::Examiner(shown(&first.record.by, 120)),
        code: EXAMINATION_FAILED,
        evidence: evidence(&all),
    });
}

/// `examined by J. Doe on 2 January 2026, 03:04 UTC: “no header is fitted” (attached: board.jpg, SHA-256 0a1b…)`, and
/// who says otherwise.
fn statement(verdict: Verdict, examined: &[Examined<'_>]) -> String {
    let (decisive, others): (Vec<_>, Vec<_>) =
        examined.iter().partition(|it| it.verdict == verdict);
    let says = match verdict {
        Verdict::Pass => "examined by",
        Verdict::Fail => "examined and failed by",
        Verdict::Inconclusive => "examined and not decided by",
        Verdict::NotApplicable => "examined and found not to apply by",
    };
    let words: Vec<String> = decisive.into_iter().map(told).collect();
    let mut statement = format!("{says} {}", words.join(", and by "));
    for other in &others {
        let other = format!("; against that {} by {}", other.verdict, told(other));
        statement.push_str(&other);
    }
    if !others.is_empty() {
        statement.push_str("; the worst counts");
    }
    statement
}

/// Who, when, what, and what is attached.
fn told(examined: &Examined<'_>) -> String {
    let record = examined.record;
    let by = shown(&record.by, 120);
    let mut words = format!("{by} on {}", record.at.strftime("%-d %B %Y, %H:%M UTC"));
    if !examined.note.trim().is_empty() {
        words.push_str(&format!(": “{}”", shown(examined.note.trim(), 600)));
    }
    if !record.attachments.is_empty() {
        let names = record.attachments.iter().map(|it| {
            let start: String = it.sha256.chars().take(16).collect();
            format!("{}, SHA-256 {start}…", shown(&it.name, 120))
        });
        let names: Vec<String> = names.collect();
        words.push_str(&format!(" (attached: {})", names.join("; ")));
    }
    words
}

fn evidence(examined: &[Examined<'_>]) -> Vec<String> {
    examined.iter().map(|it| it.record.id()).collect()
}
