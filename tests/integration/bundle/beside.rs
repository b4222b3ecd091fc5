//! Files beside the certificate, which the run does not know: waivers and the job sheet. The certificate holds their
//! digests, and judging again reads them again.

use super::*;
use crate::job::JOB;

const WAIVERS: &str = r#"format = "proofmark-waivers/1"
[[waiver]]
requirement = "survives-testing"
code = "stopped-answering"
subject = { unit = "a" }
reason = "Fixed in 1.1"
by = "J. Doe"
until = 2026-06-30
"#;

/// The same of other words, as somebody might wish that he had written them.
const EDITED: [(&str, &str, &str); 2] = [
    (
        "job.toml",
        "Consumers Together\"\nreference",
        "Somebody else\"\nreference",
    ),
    ("waivers.toml", "until = 2026-06-30", "until = 2027-06-30"),
];

fn signed_with_both() -> (TempDir, PrivateKey) {
    let dir = judged();
    let run = dir.path().join("run");
    fs::write(run.join("job.toml"), JOB).unwrap();
    fs::write(run.join("waivers.toml"), WAIVERS).unwrap();
    let certificate = rejudge(&run);
    assert!(certificate.job.is_some() && certificate.waivers.is_some());
    let page = report::html(&certificate).unwrap();
    fs::write(run.join("certificate.html"), page).unwrap();
    let key = PrivateKey::generate().unwrap();
    sign(&run, &key);
    (dir, key)
}

/// An edited file, and what it was.
fn edit(run: &Path, name: &str, from: &str, to: &str) {
    let text = fs::read_to_string(run.join(name)).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    fs::write(run.join(name), text.replace(from, to)).unwrap();
}

#[test]
fn they_are_part_of_a_bundle_in_both_shapes() {
    let (dir, key) = signed_with_both();
    let (run, file) = (dir.path().join("run"), dir.path().join("one.proofmark"));
    pack(&run, &file).unwrap();
    for path in [&run, &file] {
        let checked = check(path, &[known("lab", &key)]).unwrap();
        assert!(checked.is_known());
        assert_eq!(
            (checked.rejudged, checked.doubts.len()),
            (Rejudged::Same, 0)
        );
        let again = checked.again.unwrap();
        assert_eq!(again.job, checked.certificate.unwrap().job);
        let statement = checked.statement.unwrap();
        let names: Vec<_> = statement
            .subject
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        assert!(
            names.contains(&"job.toml") && names.contains(&"waivers.toml"),
            "{names:?}"
        );
    }
    fs::write(run.join("job2.toml"), JOB).unwrap();
    assert!(
        flaw(&run).contains("job2.toml: is no name"),
        "{}",
        flaw(&run)
    );
}

#[test]
fn one_that_was_edited_exchanged_or_taken_away_is_found() {
    for (name, from, to) in EDITED {
        let (dir, _) = signed_with_both();
        let run = dir.path().join("run");
        edit(&run, name, from, to);
        assert_eq!(
            flaw(&run),
            format!("{name}: is not the file that was signed")
        );
        fs::remove_file(run.join(name)).unwrap();
        assert_eq!(flaw(&run), format!("{name}: is missing"));
    }
    let (dir, _) = signed();
    let run = dir.path().join("run");
    fs::write(run.join("job.toml"), JOB).unwrap();
    assert!(flaw(&run).contains("not among the files"), "{}", flaw(&run));
}

/// Whoever signs anew what he edited has a certificate that says something else.
#[test]
fn one_that_was_edited_and_signed_anew_is_found() {
    for (name, from, to) in EDITED {
        let (dir, key) = signed_with_both();
        let run = dir.path().join("run");
        edit(&run, name, from, to);
        forge(&run, &key);
        let said = ["differs", "is not what"]
            .iter()
            .any(|it| flaw(&run).contains(it));
        assert!(said, "{name}: {}", flaw(&run));
        fs::remove_file(run.join(ENVELOPE)).unwrap();
        assert!(seal(&run, &key, time()).is_err(), "{name}");
    }
}

/// The words of a job are the laboratory's and no rule's: a certificate that has others is broken, whatever rules it claims.
#[test]
fn what_a_certificate_says_of_a_job_is_what_the_sheet_says() {
    let (dir, key) = signed_with_both();
    let run = dir.path().join("run");
    let text = fs::read_to_string(run.join("certificate.json")).unwrap();
    let older = text.replace(
        &format!("\"rules\": \"{RULES_VERSION}\""),
        "\"rules\": \"1\"",
    );
    for text in [&text, &older] {
        for (right, wrong) in [
            (
                "\"value\": \"Nordic Test Laboratory\"",
                "\"value\": \"Another Laboratory\"",
            ),
            ("\"value\": \"order CT-77\"", "\"value\": \"order CT-78\""),
            ("\"source\": \"customer\"", "\"source\": \"laboratory\""),
        ] {
            let changed = text.replacen(right, wrong, 1);
            assert_ne!(&changed, text, "{right}");
            fs::write(run.join("certificate.json"), &changed).unwrap();
            forge(&run, &key);
            assert!(
                flaw(&run).contains("the job is one thing"),
                "{}",
                flaw(&run)
            );
        }
    }
}

/// Who signed stands on the page that `report` renders, and not on the one that is signed.
#[test]
fn report_lists_who_signed_and_leaves_the_bundle_as_it_is() {
    let (dir, key) = signed_with_both();
    let here = dir.path();
    let page = || {
        let (status, page, error) =
            super::commands::proofmark(here, &["report", "run", "--format", "html"]);
        assert_eq!(status, 0, "{error}");
        page
    };
    let signer = format!("<li><code>{}</code></li>", key.id());
    assert!(page().contains(&signer));
    let signed = fs::read_to_string(here.join("run/certificate.html")).unwrap();
    assert!(!signed.contains(&signer) && signed.contains("This page does not hold them."));
    assert!(
        check(&here.join("run"), &[known("lab", &key)])
            .unwrap()
            .is_known()
    );
    fs::write(here.join("run/junit.xml"), "<testsuites/>").unwrap();
    let (status, page, error) =
        super::commands::proofmark(here, &["report", "run", "--format", "html"]);
    assert_eq!((status, page.as_str()), (64, ""));
    assert!(error.contains("junit.xml: is not the file"), "{error}");
}
