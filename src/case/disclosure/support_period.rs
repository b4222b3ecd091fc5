//! `disclosure/support-period`: everybody can find out how long the product gets security updates.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::published::{
    Known, Parameters, Read, Wanted, declared, document, no_statements, statements,
};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{DocumentKind, Topic};
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason, Severity, Subject};

const SUPPORT_PERIOD_MISSING: Code = Code {
    id: "support-period-missing",
    severity: Severity::Medium,
};

const SUPPORT_ENDED: Code = Code {
    id: "support-ended",
    severity: Severity::High,
};

const SUPPORT_PERIOD_NOT_PUBLIC: Code = Code {
    id: "support-period-not-public",
    severity: Severity::Medium,
};

/// The test case.
pub const SUPPORT_PERIOD: TestCase = TestCase {
    id: "disclosure/support-period",
    title: "The end of the support period is published, and still to come",
    page: include_str!("support_period.md"),
    codes: &[
        SUPPORT_PERIOD_MISSING,
        SUPPORT_ENDED,
        SUPPORT_PERIOD_NOT_PUBLIC,
    ],
    probes: &["documents"],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let wanted = parameters::read::<Parameters>(parameters).publication;
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, wanted, &mut assessment);
    }
    assessment
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, wanted: Wanted, assessment: &mut Assessment) {
    let Some((stated, statements)) = statements(facts, unit) else {
        assessment.gaps.push(no_statements(unit));
        return;
    };
    let subject = || Subject::unit(&unit.id);
    let evidence = || vec![stated.id.clone()];
    let Some(until) = &statements.support_until else {
        assessment.absent = Some(Absent {
            statement: "the manifest states no end of support".to_owned(),
            by: Declarant::Supplier,
            code: SUPPORT_PERIOD_MISSING,
            evidence: evidence(),
        });
        return;
    };
    let today = facts.judged_at.to_zoned(TimeZone::UTC).date();
    // The manifest was read strictly; a run may come from anybody.
    let ended = until.parse::<Date>().map(|day| day < today);
    let until = declared(until);
    match ended {
        Ok(false) => {}
        Ok(true) => {
            let message = format!("the supplier supports the product until {until}, which is over");
            assessment.found(SUPPORT_ENDED, subject(), message, evidence());
        }
        Err(_) => {
            let message = format!("`{until}` is no date");
            assessment.missing(Reason::DocumentUnclear, subject(), message, evidence());
        }
    }
    match document(facts, unit, DocumentKind::SupportPeriod) {
        Known::NotNamed => assessment.missing(
            Reason::PublicationNotShown,
            subject(),
            format!(
                "the manifest states {until}, and not where that is published (`support-published`)"
            ),
            evidence(),
        ),
        Known::Missing(gap) => assessment.gaps.push(gap),
        Known::Gone { item, why } => {
            let message = format!("the statement of the support period: {why}");
            let evidence = vec![item.id.clone()];
            assessment.found(SUPPORT_PERIOD_NOT_PUBLIC, subject(), message, evidence);
        }
        Known::Read(read) => said(unit, &until, &read, &stated.id, wanted, assessment),
    }
}

/// Whether the day stands in the document. That it stands there as the end of support is for a person to read.
fn said(
    unit: &Unit,
    until: &str,
    read: &Read<'_>,
    stated: &str,
    wanted: Wanted,
    assessment: &mut Assessment,
) {
    assessment.gaps.extend(read.publication_gap(unit, wanted));
    let evidence = vec![stated.to_owned(), read.item.id.clone()];
    let mut days = read.document.text.iter().flat_map(|text| &text.dates);
    let unclear = if !read.speaks_of(Topic::Support) {
        "nothing in it was recognised to speak of support or updates".to_owned()
    } else if !days.any(|day| day == until) {
        format!("{until} was not recognised in it")
    } else {
        let statement = format!(
            "the supplier supports the product until {until}, and {} has that day; that it speaks of this product's support is for a person to read",
            read.words()
        );
        assessment.proved(&unit.id, statement, evidence);
        return;
    };
    assessment.missing(
        Reason::DocumentUnclear,
        Subject::unit(&unit.id),
        format!("{}: {unclear}; a person must read it", read.words()),
        evidence,
    );
}
