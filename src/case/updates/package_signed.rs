//! `updates/package-signed`: what the manufacturer hands out is signed, by a key of its own.

use super::absent::{NO_UPDATE_MECHANISM, absent};
use super::packages::{ReadPackage, packages};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::{Unit, Update};
use crate::text::brief;
use crate::update::{Conclusion, Inspection, ProblemCode, known_development_key};
use crate::verdict::{Assessment, Code, Reason, Severity, Subject};

const UNSIGNED: Code = Code {
    id: "package-unsigned",
    severity: Severity::High,
};

const DEVELOPMENT_KEY: Code = Code {
    id: "package-development-key",
    severity: Severity::Critical,
};

const OTHER_KEY: Code = Code {
    id: "package-other-key",
    severity: Severity::High,
};

const BROKEN: Code = Code {
    id: "package-broken",
    severity: Severity::High,
};

/// The test case.
pub const PACKAGE_SIGNED: TestCase = TestCase {
    id: "updates/package-signed",
    title: "Update packages are signed by the declared key",
    page: include_str!("package_signed.md"),
    codes: &[
        NO_UPDATE_MECHANISM,
        BROKEN,
        DEVELOPMENT_KEY,
        OTHER_KEY,
        UNSIGNED,
    ],
    probes: &["reach", "packages"],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _parameters: &toml::Table) -> Assessment {
    let Some(update) = &facts.device.update else {
        return absent(facts);
    };
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        weigh(facts, unit, update, &mut assessment);
    }
    assessment
}

fn weigh(facts: &Facts<'_>, unit: &Unit, update: &Update, assessment: &mut Assessment) {
    let packages = packages(facts, &unit.id, update);
    let mut missing = |reason, message: String| {
        assessment.missing(reason, Subject::unit(&unit.id), message, vec![]);
    };
    if packages.is_empty() {
        let message = "the manifest names no update package: name some in `newer` and `older`";
        return missing(Reason::NoPackages, message.to_owned());
    }
    for package in &packages {
        weigh_one(unit, update, package, assessment);
    }
}

fn weigh_one(unit: &Unit, update: &Update, package: &ReadPackage<'_>, assessment: &mut Assessment) {
    let subject = Subject::unit(&unit.id);
    let name = package.name();
    let Some((item, facts)) = package.read else {
        let message = format!("the run does not hold what {name} says");
        return assessment.missing(Reason::NoEvidence, subject, message, vec![]);
    };
    let evidence = vec![item.id.clone()];
    let Some(inspection) = &facts.inspection else {
        let format = update.mechanism.as_str();
        let message =
            format!("package {name}: this version does not look into `{format}` packages");
        let reason = Reason::UpdateFormatNotTestable;
        return assessment.missing(reason, subject, message, evidence);
    };
    if let Some((code, message)) = fault(inspection) {
        let message = format!("package {name}: {message}");
        return assessment.found(code, subject, message, evidence);
    }
    match inspection.conclusion {
        Conclusion::Intact => {
            let version = brief(inspection.version.as_deref().unwrap_or_default(), 40);
            let statement =
                format!("package {name} ({version}) is signed by the declared key, and intact");
            assessment.proved(&unit.id, statement, evidence);
        }
        Conclusion::NotVerified => {
            let message = format!(
                "package {name}: whose signature it has is not known: name the key in `verify_key`"
            );
            assessment.missing(Reason::VerifyKeyNotDeclared, subject, message, evidence);
        }
        conclusion => {
            let message = format!("package {name}: {}", conclusion.words());
            let reason = Reason::UpdateFormatNotTestable;
            assessment.missing(reason, subject, message, evidence);
        }
    }
}

/// What is wrong with a package, the worst first.
fn fault(inspection: &Inspection) -> Option<(Code, String)> {
    let told = |code| {
        let mut problems = inspection.problems.iter();
        let problem = problems.find(|problem| problem.code == code)?;
        Some(brief(&problem.message, 200))
    };
    let mut known = [
        (ProblemCode::Unsigned, UNSIGNED),
        (ProblemCode::OtherKey, OTHER_KEY),
        (ProblemCode::PublicKey, DEVELOPMENT_KEY),
    ];
    let named = inspection.key.as_ref();
    if named.is_some_and(|key| known_development_key(&key.fingerprint).is_some()) {
        // Worse than that it is another than the declared one.
        known.swap(1, 2);
    }
    let known = known
        .into_iter()
        .find_map(|(problem, code)| Some((code, told(problem)?)));
    known.or_else(|| match inspection.conclusion {
        Conclusion::Broken => {
            let first = inspection.problems.first()?;
            Some((BROKEN, brief(&first.message, 200)))
        }
        _ => None,
    })
}
