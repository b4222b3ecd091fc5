//! The job in the certificate: what the laboratory states, made safe to show, and where it does not fit the run.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::model::*;
use crate::evidence::Run;
use crate::job::{
    Authorisation, Day, Item, ItemFact, JobFile, JobSheet, Line, Person, Prose, Report,
};
use crate::text::shown;

/// What the file says; texts are as long as its reader lets them be.
pub(super) fn job(file: &JobFile, run: &Run, judged_at: Timestamp) -> Job {
    let JobSheet {
        report,
        laboratory,
        customer,
        operator,
        authorisation,
        test,
        item,
        opinion,
        ..
    } = &file.sheet;
    let list = |texts: fn(&crate::job::Test) -> &Vec<Prose>| -> Vec<Stated> {
        let texts = test.as_ref().map(texts).into_iter().flatten();
        texts.map(prose).collect()
    };
    Job {
        sha256: file.sha256.clone(),
        report: report.as_ref().map(job_report),
        laboratory: laboratory.as_ref().map(|it| JobParty {
            name: line(&it.name),
            address: line(&it.address),
            accreditation: it.accreditation.as_ref().map(line),
            contact: None,
        }),
        customer: customer.as_ref().map(|it| JobParty {
            name: line(&it.name),
            address: line(&it.address),
            accreditation: None,
            contact: it.contact.as_ref().map(line),
        }),
        operator: operator.as_ref().map(person),
        authorisation: authorisation.as_ref().map(|it| TestAuthorisation {
            given_by: line(&it.given_by),
            reference: line(&it.reference),
            date: day(&it.date),
            covers: it.covers.as_ref().map(prose),
        }),
        place: test.as_ref().and_then(|it| it.place.as_ref()).map(line),
        conditions: test
            .as_ref()
            .and_then(|it| it.conditions.as_ref())
            .map(prose),
        deviations: list(|it| &it.deviations),
        additions: list(|it| &it.additions),
        exclusions: list(|it| &it.exclusions),
        external: list(|it| &it.external),
        items: item.iter().map(job_item).collect(),
        opinions: opinion
            .iter()
            .map(|it| JobOpinion {
                text: prose(&it.text),
                person: line(&it.by),
            })
            .collect(),
        remarks: remarks(&file.sheet, run, judged_at),
    }
}

fn job_report(report: &Report) -> JobReport {
    JobReport {
        number: line(&report.number),
        issue: report.issue,
        date: report.date.as_ref().map(day),
        replaces: report.replaces.as_ref().map(|it| ReplacedReport {
            number: line(&it.number),
            issue: it.issue,
            because: prose(&it.because),
        }),
        authorised_by: report.authorised_by.as_ref().map(person),
    }
}

fn job_item(item: &Item) -> JobItem {
    let by = |fact: ItemFact| match item.from_customer.contains(&fact) {
        true => Speaker::Customer,
        false => Speaker::Laboratory,
    };
    let of = |fact: ItemFact, text: &Option<Prose>| {
        let stated = text.as_ref().map(prose);
        stated.map(|it| Stated {
            source: by(fact),
            ..it
        })
    };
    JobItem {
        unit: item.unit.as_ref().map(|unit| shown(unit.as_str(), 60)),
        description: of(ItemFact::Description, &item.description),
        identification: of(ItemFact::Identification, &item.identification),
        condition: of(ItemFact::Condition, &item.condition),
        received: item.received.as_ref().map(|it| Stated {
            source: by(ItemFact::Received),
            ..day(it)
        }),
        sampling: of(ItemFact::Sampling, &item.sampling),
    }
}

fn person(person: &Person) -> JobPerson {
    JobPerson {
        name: line(&person.name),
        function: person.function.as_ref().map(line),
    }
}

fn line(text: &Line) -> Stated {
    stated(text.as_str())
}

fn prose(text: &Prose) -> Stated {
    stated(text.as_str())
}

fn day(day: &Day) -> Stated {
    stated(&day.0.to_string())
}

/// The reader of the file bounds the text; a cut here would take words out of a report.
fn stated(text: &str) -> Stated {
    Stated {
        value: shown(text, usize::MAX),
        source: Speaker::Laboratory,
    }
}

/// What does not fit together. Days are those of an unknown place: only what is wrong in every time zone is said.
fn remarks(sheet: &JobSheet, run: &Run, judged_at: Timestamp) -> Vec<String> {
    let started = run.info.started_at;
    let mut remarks = Vec::new();
    if let Some(Authorisation { date, .. }) = &sheet.authorisation
        && after(date.0, started)
    {
        remarks.push(format!(
            "the authorisation to test is dated {}, after the test began",
            date.0
        ));
    }
    for item in &sheet.item {
        let unit = item.unit.as_ref().map(|unit| shown(unit.as_str(), 60));
        let name = unit.as_ref().map_or("the item".to_owned(), |unit| {
            format!("the item of unit {unit}")
        });
        let known = |id: &Line| run.device.units.iter().any(|unit| unit.id == id.as_str());
        if item.unit.as_ref().is_some_and(|unit| !known(unit)) {
            remarks.push(format!("{name}: the manifest of the run has no such unit"));
        }
        if let Some(received) = item.received
            && after(received.0, started)
        {
            remarks.push(format!(
                "{name} was received on {}, after the test began",
                received.0
            ));
        }
    }
    if let Some(date) = sheet.report.as_ref().and_then(|it| it.date)
        && before(date.0, judged_at)
    {
        remarks.push(format!(
            "the report is dated {}, before the run was judged",
            date.0
        ));
    }
    remarks
}

/// Whether a day begins after a moment even where days begin first, 14 hours before UTC.
fn after(day: Date, moment: Timestamp) -> bool {
    utc_day(moment, 14).is_some_and(|last| day > last)
}

/// Whether a day is over before a moment even where days end last, 12 hours after UTC.
fn before(day: Date, moment: Timestamp) -> bool {
    utc_day(moment, -12).is_some_and(|first| day < first)
}

fn utc_day(moment: Timestamp, hours: i64) -> Option<Date> {
    let moved = moment.checked_add(SignedDuration::from_hours(hours)).ok()?;
    Some(TimeZone::UTC.to_datetime(moved).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_in_every_time_zone_is_wrong() {
        let moment = "2026-03-09T10:30:00Z".parse().unwrap();
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert!(
            !after(day("2026-03-10"), moment),
            "it may be that day in Kiribati"
        );
        assert!(after(day("2026-03-11"), moment));
        assert!(
            !before(day("2026-03-08"), moment),
            "it may be that day in the Pacific"
        );
        assert!(before(day("2026-03-07"), moment));
        let moment = "2026-03-09T09:59:00Z".parse().unwrap();
        assert!(after(day("2026-03-10"), moment));
        assert!(!before(
            day("2026-03-09"),
            "2026-03-10T11:59:00Z".parse().unwrap()
        ));
        assert!(before(
            day("2026-03-09"),
            "2026-03-10T12:00:00Z".parse().unwrap()
        ));
    }
}
