//! Statements and documents of a supplier: whose word is what, and what is never taken for more than it is.

use proofmark::certificate::{Certificate, PublicationWord};
use proofmark::dut::{DeclaredDocument, DocumentBytes, IdentitySource, VersionPlace};
use proofmark::evidence::{Absence, Evidence, Outcome, Run};
use proofmark::import::read_document;
use proofmark::observation::{
    Asked, Document, DocumentKind, Fetched, Identity, Moment, Observation,
};
use proofmark::profile::{self, Waivers};
use proofmark::verdict::{Reason, Verdict};

use crate::bench::*;

const POLICY: &str =
    "<html>Vulnerabilities? Write to <a href=\"mailto:psirt@acme.example\">us</a>.";
const TXT: &str = "Contact: https://acme.example/report\nExpires: 2026-06-01T00:00:00Z\n";
const SUPPORT: &str = "Updates for the Hub: until 31 December 2030";

fn url(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::VulnerabilityPolicy => "https://acme.example/security",
        DocumentKind::SecurityTxt => "https://acme.example/.well-known/security.txt",
        DocumentKind::SupportPeriod => "https://acme.example/support",
    }
}

/// How a document comes into a run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// Handed in, with where it is published.
    File,
    /// Handed in, without.
    Unsaid,
    Public,
    /// From a server that only the tester's own authority vouches for.
    Private,
}

const KINDS: [DocumentKind; 3] = DocumentKind::ALL;

/// A run with these documents.
fn with_documents(documents: &[(DocumentKind, &str, Way)]) -> Run {
    let mut run = run(conformant());
    run.device.support_until = Some("2030-12-31".to_owned());
    for (kind, _, way) in documents {
        let declared = match way {
            Way::Public | Way::Private => DeclaredDocument::Url {
                url: url(*kind).to_owned(),
            },
            Way::File | Way::Unsaid => DeclaredDocument::File {
                file: "a.txt".to_owned(),
                published: (*way == Way::File).then(|| url(*kind).to_owned()),
                bytes: DocumentBytes::default(),
            },
        };
        let place = match kind {
            DocumentKind::VulnerabilityPolicy => &mut run.device.vulnerability_policy,
            DocumentKind::SecurityTxt => &mut run.device.security_txt,
            DocumentKind::SupportPeriod => &mut run.device.support_published,
        };
        *place = Some(declared);
    }
    let stated = seen(Observation::Statements(run.device.statements()));
    run.evidence
        .push(evidence(800, "documents", None, Asked::Statements, stated));
    for (id, (kind, text, way)) in (801..).zip(documents) {
        let outcome = seen(Observation::Document(read(*kind, text, *way)));
        run.evidence.push(document(id, &run, *kind, outcome));
    }
    run
}

fn document(id: u32, run: &Run, kind: DocumentKind, outcome: Outcome) -> Evidence {
    let declared = run.device.document(kind).unwrap();
    let asked = Asked::Document {
        document: kind,
        file: declared.file().map(str::to_owned),
        url: declared.url().map(str::to_owned),
    };
    evidence(id, "documents", None, asked, outcome)
}

fn read(kind: DocumentKind, text: &str, way: Way) -> Document {
    let fetched = Fetched {
        status: 200,
        url: url(kind).to_owned(),
        redirects: vec![],
        media_type: Some("text/plain; charset=utf-8".to_owned()),
        address: "192.0.2.1:443".to_owned(),
        authority: (way == Way::Private).then(|| "0a".repeat(32)),
    };
    Document {
        source: Some(format!("inputs/{}-a.txt", kind.as_str())),
        sha256: Some("0b".repeat(32)),
        fetched: matches!(way, Way::Public | Way::Private).then_some(fetched),
        ..read_document(kind, text.as_bytes(), None, "")
    }
}

fn all(way: Way) -> Vec<(DocumentKind, &'static str, Way)> {
    let texts = [POLICY, TXT, SUPPORT];
    let kinds = KINDS.into_iter().zip(texts);
    kinds.map(|(kind, text)| (kind, text, way)).collect()
}

/// Judged by a profile that wants to see documents published.
fn judge_strictly(run: &Run) -> Certificate {
    let (id, text) = profile::shipped()[0];
    let text = text.replace("publication = \"declared\"", "publication = \"observed\"");
    let profile = profile::parse(&text, id).unwrap();
    proofmark::certificate::issue(&proofmark::certificate::Judging {
        run,
        profile: &profile,
        judged_at: time(),
        waivers: &Waivers::default(),
        records: &proofmark::records::Records::default(),
        job: None,
        lookups: None,
        assess: proofmark::certificate::assess,
    })
}

fn outcome_of<'c>(certificate: &'c Certificate, id: &str) -> (Verdict, Vec<&'c str>, Vec<Reason>) {
    let result = of(certificate, id);
    let codes = result.findings.iter().map(|it| it.code.as_str()).collect();
    (result.verdict, codes, result.reasons.clone())
}

const PASS: (Verdict, Vec<&str>, Vec<Reason>) = (Verdict::Pass, vec![], vec![]);

fn inconclusive(reason: Reason) -> (Verdict, Vec<&'static str>, Vec<Reason>) {
    (Verdict::Inconclusive, vec![], vec![reason])
}

#[test]
fn whose_word_publication_is_decides_as_the_profile_wants() {
    for (way, word, lenient, strict) in [
        (Way::Public, PublicationWord::Observed, true, true),
        (Way::Private, PublicationWord::Declared, true, false),
        (Way::File, PublicationWord::Declared, true, false),
        (Way::Unsaid, PublicationWord::NotShown, false, false),
    ] {
        let run = with_documents(&all(way));
        for (certificate, passes) in [(judge(&run), lenient), (judge_strictly(&run), strict)] {
            for id in ["disclosure-policy", "support-period"] {
                let wanted = match passes {
                    true => PASS,
                    false => inconclusive(Reason::PublicationNotShown),
                };
                assert_eq!(outcome_of(&certificate, id), wanted, "{way:?} {id}");
            }
            let documents = certificate.documents.unwrap();
            assert_eq!(documents.documents.len(), 3);
            for document in documents.documents {
                assert_eq!(document.publication, word, "{way:?}");
                assert_eq!(document.sha256, Some("0b".repeat(32)));
            }
        }
    }
}

#[test]
fn a_run_that_looked_at_no_statement_decides_nothing() {
    let mut run = with_documents(&all(Way::Public));
    run.evidence.retain(|item| item.probe != "documents");
    let certificate = judge(&run);
    for id in ["disclosure-policy", "support-period"] {
        let wanted = inconclusive(Reason::NoEvidence);
        assert_eq!(outcome_of(&certificate, id), wanted);
    }
    assert_eq!(certificate.documents, None);
    let mut run = with_documents(&all(Way::Public));
    run.evidence
        .retain(|item| !matches!(item.asked, Asked::Document { .. }));
    let certificate = judge(&run);
    for id in ["disclosure-policy", "support-period"] {
        assert_eq!(of(&certificate, id).verdict, Verdict::Inconclusive);
    }
}

#[test]
fn what_is_not_stated_is_said_once_for_all_units() {
    let mut run = with_documents(&[]);
    let certificate = judge(&run);
    let wanted = (
        Verdict::Inconclusive,
        vec![],
        vec![Reason::PublicationNotShown],
    );
    assert_eq!(outcome_of(&certificate, "support-period"), wanted);
    let wanted = (Verdict::Fail, vec!["policy-missing"], vec![]);
    assert_eq!(outcome_of(&certificate, "disclosure-policy"), wanted);
    run.device.support_until = None;
    run.evidence.pop();
    let stated = seen(Observation::Statements(run.device.statements()));
    run.evidence
        .push(evidence(800, "documents", None, Asked::Statements, stated));
    let wanted = (Verdict::Fail, vec!["support-period-missing"], vec![]);
    assert_eq!(outcome_of(&judge(&run), "support-period"), wanted);
}

/// What a server answers shows only so much.
#[test]
fn an_answer_is_not_taken_for_more_than_it_is() {
    let support = DocumentKind::SupportPeriod;
    let answered = |status| {
        let mut run = with_documents(&[(support, SUPPORT, Way::Public)]);
        run.evidence.pop();
        let mut gone = read(support, "", Way::Public);
        gone.fetched.as_mut().unwrap().status = status;
        (gone.source, gone.sha256, gone.text) = (None, None, None);
        let item = document(801, &run, support, seen(Observation::Document(gone)));
        run.evidence.push(item);
        judge(&run)
    };
    for status in [401, 404, 410] {
        let wanted = (Verdict::Fail, vec!["support-period-not-public"], vec![]);
        assert_eq!(
            outcome_of(&answered(status), "support-period"),
            wanted,
            "{status}"
        );
    }
    for status in [204, 301, 403, 429, 500, 503] {
        let wanted = inconclusive(Reason::DocumentNotRead);
        assert_eq!(
            outcome_of(&answered(status), "support-period"),
            wanted,
            "{status}"
        );
    }
    for (absence, reason) in [
        (Absence::NotFetched, Reason::DocumentNotFetched),
        (Absence::NotPermitted, Reason::DocumentNotRead),
        (Absence::Untrusted, Reason::DocumentNotRead),
        (Absence::NoAnswer, Reason::DocumentNotRead),
        (Absence::Refused, Reason::DocumentNotRead),
        (Absence::Aborted, Reason::Aborted),
    ] {
        let mut run = with_documents(&[(support, SUPPORT, Way::Public)]);
        run.evidence.pop();
        let item = document(801, &run, support, gone(absence));
        run.evidence.push(item);
        let wanted = inconclusive(reason);
        assert_eq!(
            outcome_of(&judge(&run), "support-period"),
            wanted,
            "{absence:?}"
        );
    }
}

#[test]
fn a_day_is_over_the_day_after() {
    let support = |until: &str| {
        let text = format!("updates until {until}");
        let mut run = with_documents(&[(DocumentKind::SupportPeriod, &text, Way::Public)]);
        run.device.support_until = Some(until.to_owned());
        let stated = Observation::Statements(run.device.statements());
        let item = run.evidence.iter_mut().find(|it| it.id == "e0800").unwrap();
        item.outcome = seen(stated);
        let certificate = judge(&run);
        let (verdict, codes, _) = outcome_of(&certificate, "support-period");
        (verdict, codes.first().map(|it| (*it).to_owned()))
    };
    let offer = [(
        DocumentKind::SupportPeriod,
        "Offer ends 31 December 2030",
        Way::Public,
    )];
    let offer = judge(&with_documents(&offer));
    assert_eq!(
        outcome_of(&offer, "support-period"),
        inconclusive(Reason::DocumentUnclear)
    );
    // It is judged on 2026-01-02.
    assert_eq!(support("2026-01-02"), (Verdict::Pass, None));
    let ended = Some("support-ended".to_owned());
    assert_eq!(support("2026-01-01"), (Verdict::Fail, ended));
    assert_eq!(support("soon").0, Verdict::Inconclusive);
}

/// Verdict and reasons of the policy.
fn judged(documents: &[(DocumentKind, &str, Way)]) -> (Verdict, Vec<Reason>) {
    let certificate = judge(&with_documents(documents));
    let (verdict, _, reasons) = outcome_of(&certificate, "disclosure-policy");
    (verdict, reasons)
}

fn policy(text: &str) -> (DocumentKind, &str, Way) {
    (DocumentKind::VulnerabilityPolicy, text, Way::Public)
}

fn txt(text: &str) -> (DocumentKind, &str, Way) {
    (DocumentKind::SecurityTxt, text, Way::Public)
}

#[test]
fn a_contact_may_stand_in_either_document_and_in_none_it_is_unclear() {
    let form = "<html>Report a vulnerability <form></form>";
    assert_eq!(judged(&[policy(POLICY)]), (Verdict::Pass, vec![]));
    assert_eq!(judged(&[policy(form), txt(TXT)]), (Verdict::Pass, vec![]));
    let unclear = (Verdict::Inconclusive, vec![Reason::DocumentUnclear]);
    assert_eq!(judged(&[policy(form)]), unclear);
    let pdf = (Verdict::Inconclusive, vec![Reason::DocumentNotRead]);
    assert_eq!(judged(&[policy("%PDF-1.7")]), pdf);
    // A security.txt alone says whom to write to, and nothing of what then happens.
    assert_eq!(judged(&[txt(TXT)]).0, Verdict::Fail);
    let named = format!("{TXT}Policy: https://acme.example/security\n");
    assert_eq!(judged(&[txt(&named)]), pdf);
    // Whoever sells something, or leads nowhere, is nobody to write to about a vulnerability.
    assert_eq!(judged(&[policy("Order at sales@acme.example")]), unclear);
    let script = TXT.replace("https://acme.example/report", "javascript:alert(1)");
    assert_eq!(judged(&[policy(form), txt(&script)]), unclear);
    // An expired one, and one that breaks the RFC, fail beside whatever policy.
    for bad in ["Expires: 2025-06-01T00:00:00Z\n", "Contact: x\n"] {
        let bad = format!("Contact: mailto:a@acme.example\n{bad}");
        assert_eq!(
            judged(&[policy(POLICY), txt(&bad)]).0,
            Verdict::Fail,
            "{bad}"
        );
    }
}

#[test]
fn hostile_text_of_a_document_is_shown_and_does_not_act() {
    let policy = "x\u{202e}y\u{1b}[2J<script> a@b.example =1+1@c.example";
    let txt =
        "Contact: mailto:<script>alert(1)</script>\u{202e}\nExpires: \u{e0041}\nX\u{200b}: y\n";
    let run = with_documents(&[
        (DocumentKind::VulnerabilityPolicy, policy, Way::Public),
        (DocumentKind::SecurityTxt, txt, Way::Public),
    ]);
    let certificate = judge(&run);
    assert_eq!(of(&certificate, "disclosure-policy").verdict, Verdict::Fail);
    let json = serde_json::to_string(&certificate).unwrap();
    let html = proofmark::report::html(&certificate).unwrap();
    for text in [&json, &html] {
        let acts = |c: char| {
            (c.is_control() && c != '\n' && c != '\t') || "\u{202e}\u{200b}\u{e0041}".contains(c)
        };
        assert!(!text.chars().any(acts));
    }
    assert!(!html.contains("<script>alert"));
}

fn model(
    reported: Option<&str>,
    declared: &str,
    place: bool,
) -> (Verdict, Vec<String>, Vec<Reason>) {
    let mut run = run(conformant());
    run.device.model_designation = Some(declared.to_owned());
    if place {
        let version = || VersionPlace::Json("/x".to_owned());
        run.device.identity = Some(IdentitySource {
            service: "web".to_owned(),
            path: "/".to_owned(),
            firmware: version(),
            model: Some(version()),
        });
    }
    for (id, moment) in [(2, Moment::Start), (11, Moment::End)] {
        run.evidence[id - 1].outcome = seen(Observation::Identity(Identity {
            firmware: Some("1.0".to_owned()),
            model: reported.map(str::to_owned),
            mac: None,
            fingerprints: [("tcp/80/title".to_owned(), "Acme Hub X1".to_owned())].into(),
        }));
        assert_eq!(run.evidence[id - 1].asked, Asked::Identity { moment });
    }
    let certificate = judge(&run);
    let (verdict, codes, reasons) = outcome_of(&certificate, "model-designation");
    let codes = codes.into_iter().map(str::to_owned).collect();
    (verdict, codes, reasons)
}

#[test]
fn a_model_is_what_the_device_says_where_it_should_and_else_wherever_it_says_it() {
    let pass = (Verdict::Pass, vec![], vec![]);
    let not_seen = (Verdict::Inconclusive, vec![], vec![Reason::ModelNotSeen]);
    assert_eq!(model(Some("hub x1"), "Hub X1", true), pass);
    assert_eq!(model(Some("ACME HubX1"), "Hub X1", true), pass);
    assert_eq!(model(None, "Hub X1", false), pass);
    assert_eq!(model(None, "Hub X2", false), not_seen);
    // A title with the name in it does not help where the manifest's place says nothing, or another.
    assert_eq!(model(None, "Hub X1", true), not_seen);
    let differs = vec!["model-differs".to_owned()];
    assert_eq!(
        model(Some("Hub X2"), "Hub X1", true),
        (Verdict::Fail, differs, vec![])
    );
}
