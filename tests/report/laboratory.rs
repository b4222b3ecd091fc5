//! The laboratory's part: who and what, whose word it is, and that nothing is silently missing.

use proofmark::certificate::{Certificate, Speaker};
use proofmark::report::{Look, Signatures, csv, html, html_in, junit, markdown, terminal};

use proofmark::texts;

use crate::{html as page, samples};

/// What attacks each output that a job's words stand in.
const ATTACKS: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</style><style>*{display:none}",
    "\"; } @page { content: url(//evil.example)",
    "exe.\u{202e}gpj",
    "a\u{e0041}\u{200b}\u{feff}b",
    "=cmd|' /C calc'!A0",
    "\u{1b}[2J\u{0}\u{7}",
    "{{ c.id }}{% raw %}",
];

fn rows(certificate: &Certificate) -> Vec<(String, String, String)> {
    let page = html(certificate).unwrap();
    let part = &page[page.find("id=\"record\"").unwrap()..];
    let cell = |row: &str, from: &str| {
        let start = row.find(from).map(|at| at + from.len());
        let text = start.map_or("", |at| &row[at..]);
        text[..text.find("</t").unwrap_or(text.len())].to_owned()
    };
    part.split("<tr>")
        .filter(|row| row.contains("<td class=\"source\">"))
        .map(|row| {
            let label = cell(row, "<th scope=\"row\">");
            let label = label.split(" <span").next().unwrap().to_owned();
            let value = row.split("<td class=\"").nth(1).unwrap();
            let value = cell(value, ">");
            (label, value, cell(row, "<td class=\"source\">"))
        })
        .collect()
}

fn row(certificate: &Certificate, label: &str) -> (String, String) {
    let rows = rows(certificate);
    let row = rows.iter().find(|(it, _, _)| it == label);
    let (_, value, whose) = row.unwrap_or_else(|| panic!("no {label} in {rows:#?}"));
    (value.clone(), whose.clone())
}

#[test]
fn each_fact_says_whose_word_it_is() {
    let camera = samples::commissioned();
    for (label, value, whose) in [
        ("Report", "2026&#x2f;0417, issue 2", "the laboratory"),
        (
            "Replaces",
            "report 2026&#x2f;0417, issue 1",
            "the laboratory",
        ),
        ("Issued", "12 March 2026", "the laboratory"),
        (
            "Authorised by",
            "M. Lindqvist, head of the laboratory",
            "the laboratory",
        ),
        ("Received, unit a", "2 March 2026", "the laboratory"),
        (
            "Description, unit a",
            "Indoor camera, white, with mains adapter",
            "the customer",
        ),
        ("Manufacturer", "Acme Imaging", "the supplier"),
        ("Firmware", "1.4.2", "observed"),
        (
            "Authorisation to test",
            "given by Consumers Together, owner of the sample, order CT-77, on 1 March 2026<br>Every test that leaves the device as it was.",
            "the laboratory",
        ),
        (
            "Deviations from the method",
            "The test began without a factory reset.<br>One unit instead of two.",
            "the laboratory",
        ),
    ] {
        assert_eq!(
            row(&camera, label),
            (value.to_owned(), whose.to_owned()),
            "{label}"
        );
    }
    let mut other = samples::commissioned();
    let items = &mut other.job.as_mut().unwrap().items;
    items[0].received.as_mut().unwrap().source = Speaker::Customer;
    assert_eq!(row(&other, "Received, unit a").1, "the customer");
}

#[test]
fn what_nobody_recorded_is_said_to_be_missing() {
    let hub = samples::hub();
    for (label, value) in [
        (
            "Authorisation to test",
            "No authorisation to test is recorded.",
        ),
        ("Laboratory", "Not recorded."),
        ("Customer", "Not recorded."),
        ("Operator", "Not recorded."),
        ("Place of the test", "Not recorded."),
        ("Issued", "No day of issue is recorded."),
        (
            "Authorised by",
            "Nobody is recorded who answers for this report.",
        ),
        ("Report", "No number of the laboratory’s is recorded."),
        ("Deviations from the method", "None is recorded."),
        (
            "Condition and receipt",
            "Neither the condition of the item nor the day of its receipt is recorded.",
        ),
    ] {
        assert_eq!(
            row(&hub, label),
            (value.to_owned(), String::new()),
            "{label}"
        );
    }
    let mut camera = samples::commissioned();
    camera.job.as_mut().unwrap().authorisation = None;
    assert_eq!(
        row(&camera, "Authorisation to test").0,
        "No authorisation to test is recorded."
    );
    let look = Look {
        width: 90,
        colour: false,
    };
    for text in [terminal(&camera, look), markdown(&camera)] {
        assert!(
            text.contains("No authorisation to test is recorded."),
            "{text}"
        );
    }
    // However long the other names are.
    let job = camera.job.as_mut().unwrap();
    job.laboratory.as_mut().unwrap().name.value = "x ".repeat(150);
    job.customer.as_mut().unwrap().name.value = "y".repeat(300);
    job.report.as_mut().unwrap().number.value = "z".repeat(300);
    for text in [terminal(&camera, look), markdown(&camera)] {
        assert!(
            text.contains("No authorisation to test is recorded."),
            "{text}"
        );
    }
}

#[test]
fn what_does_not_fit_the_run_is_said() {
    let mut camera = samples::commissioned();
    let said = "received on 2026-03-02, after the test began";
    assert!(!html(&camera).unwrap().contains("does not fit"));
    camera.job = Some(samples::job());
    let page = html(&camera).unwrap();
    assert!(page.contains("What is stated does not fit what was run:") && page.contains(said));
    let summary = markdown(&camera);
    assert!(summary.contains("It does not fit the run"), "{summary}");
}

#[test]
fn every_printed_page_names_the_report_and_only_plain_words_reach_the_style_sheet() {
    let foot = |certificate: &Certificate| {
        let page = html(certificate).unwrap();
        let style = page[..page.find("<body>").unwrap()].to_owned();
        let (_, rest) = style.split_once("@bottom-left { content: \"")?;
        Some(rest.split('"').next().unwrap().to_owned())
    };
    let mut camera = samples::commissioned();
    assert_eq!(
        foot(&camera).unwrap(),
        "Report 2026\\2f 0417, issue 2 · Certificate pm-4be1c0ffee5a17d2"
    );
    assert!(
        html(&camera)
            .unwrap()
            .contains("counter(page) \" of \" counter(pages)")
    );
    assert!(
        html(&camera)
            .unwrap()
            .contains("End of report 2026&#x2f;0417, issue 2, certificate <code>")
    );
    for hostile in ATTACKS.iter().chain(&["2026\\22", "2026\"", "2026}", "é"]) {
        let report = camera.job.as_mut().unwrap().report.as_mut().unwrap();
        report.number.value = (*hostile).into();
        assert_eq!(
            foot(&camera).unwrap(),
            "Certificate pm-4be1c0ffee5a17d2",
            "{hostile}"
        );
    }
}

#[test]
fn hostile_words_of_a_job_stay_words_in_every_output() {
    for attack in ATTACKS {
        let mut camera = samples::camera();
        let mut misfit = samples::camera();
        misfit.job = Some(samples::job());
        let plain = (
            page::tags(&html(&misfit).unwrap()).len(),
            csv(&camera).lines().count(),
        );
        camera.job = Some(samples::job_saying(attack));
        let rendered = html(&camera).unwrap();
        page::check_page(&rendered);
        assert_eq!(page::tags(&rendered).len(), plain.0, "{attack}");
        let look = Look {
            width: 90,
            colour: false,
        };
        let texts = [
            rendered,
            terminal(&camera, look),
            markdown(&camera),
            csv(&camera),
            junit(&camera).unwrap(),
        ];
        for text in &texts {
            assert!(
                !text.contains(|c: char| {
                    matches!(
                        c,
                        '\u{202e}'
                            | '\u{e0041}'
                            | '\u{200b}'
                            | '\u{feff}'
                            | '\0'
                            | '\u{1b}'
                            | '\u{7}'
                    )
                }),
                "{attack:?}: {text}"
            );
        }
        assert_eq!(texts[3].lines().count(), plain.1, "{attack}");
        assert!(
            !texts[3].contains("cmd|"),
            "the clause table says nothing of a job"
        );
    }
}

#[test]
fn signers_stand_on_a_page_only_where_somebody_found_them() {
    let camera = samples::commissioned();
    let silent = html(&camera).unwrap();
    assert_eq!(
        silent,
        html_in(texts::english(), &camera, &Signatures::Unknown).unwrap()
    );
    assert!(silent.contains("This page does not hold them."));
    let signed = html_in(
        texts::english(),
        &camera,
        &Signatures::Intact(vec!["ed25519:AAAA".into()]),
    )
    .unwrap();
    assert!(signed.contains("<li><code>ed25519:AAAA</code></li>"));
    let why = Signatures::Unconfirmed("junit.xml: <is not> the file".into());
    let broken = html_in(texts::english(), &camera, &why).unwrap();
    assert!(
        broken.contains("Do not rely on the signatures") && broken.contains("&lt;is not&gt;"),
        "{broken}"
    );
    page::check_page(&signed);
    page::check_page(&broken);
}
