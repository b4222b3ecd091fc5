//! What was received stands with its first bytes in the certificate where it counts against the device.

use proofmark::case::{Facts, TestCase};
use proofmark::certificate::{Excerpt, ExcerptForm};
use proofmark::profile::Waivers;
use proofmark::verdict::{Assessment, Reason, Subject};

use super::*;

/// Finds, misses and proves something in everything that was seen.
fn everything(case: &TestCase, facts: &Facts<'_>, _: &toml::Table) -> Assessment {
    let ids = || {
        facts
            .evidence
            .iter()
            .map(|it| it.id.clone())
            .collect::<Vec<_>>()
    };
    let unit = || Subject::unit("a");
    let mut assessment = Assessment::default();
    assessment.found(case.codes[0], unit(), "found".to_owned(), ids());
    assessment.missing(Reason::NoAnswer, unit(), "missing".to_owned(), ids());
    assessment.proved("a", "proved".to_owned(), ids());
    assessment
}

fn certificate(dir: &Path) -> Certificate {
    let run = Run::read(dir).unwrap();
    let profile = profile::parse(&run.profile_text, "profile.toml").unwrap();
    issue(&Judging {
        run: &run,
        profile: &profile,
        judged_at: time(),
        waivers: &Waivers::default(),
        records: &Records::default(),
        job: None,
        lookups: None,
        assess: everything,
    })
}

#[test]
fn findings_and_gaps_show_the_first_bytes_of_their_first_evidence() {
    let dir = judged();
    let certificate = certificate(&dir.path().join("run"));
    let requirement = &certificate.requirements[0];
    let hello = Excerpt {
        form: ExcerptForm::Text,
        bytes: 6,
        content: "hello!".to_owned(),
    };
    for (evidence, wanted) in [
        (&requirement.findings[0].evidence, 4),
        (&requirement.gaps[0].evidence, 4),
        (&requirement.proofs[0].evidence, 0),
    ] {
        assert!(evidence.len() > 4);
        for (index, reference) in evidence.iter().enumerate() {
            let shown = (index < wanted).then_some(&hello);
            assert_eq!(reference.excerpt.as_ref(), shown, "{index}");
        }
    }
}

#[test]
fn a_blob_that_was_changed_is_no_excerpt() {
    let dir = judged();
    let run = dir.path().join("run");
    let blob = fs::read_dir(run.join("blobs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::write(blob, "<script>").unwrap();
    assert!(
        Run::read(&run)
            .unwrap_err()
            .to_string()
            .contains("SHA-256 differs")
    );
}
