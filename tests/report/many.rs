//! A page of 500 findings with their bytes, and bytes that a device made up.

use std::sync::Arc;

use proofmark::certificate::{Certificate, EvidenceReference, Excerpt, ExcerptForm};
use proofmark::report::{html, json};

use crate::{html as pages, samples};

fn hex(seed: usize) -> Excerpt {
    Excerpt {
        form: ExcerptForm::Hex,
        bytes: 256,
        content: (0..256)
            .map(|at| format!("{:02x}", (at * 7 + seed) % 256))
            .collect(),
    }
}

/// Five hundred ports, each with two pieces of evidence of its own, and long texts.
fn many() -> Certificate {
    let mut camera = samples::camera();
    let ports = &mut camera.requirements[0];
    let mut model = ports.findings[1].clone();
    model.message = format!("It answered “{}”.", "login: ".repeat(60));
    ports.findings = (0..500)
        .map(|index| {
            let mut finding = model.clone();
            finding.subject.port = u16::try_from(index + 1).ok();
            let mut one = EvidenceReference::clone(&finding.evidence[0]);
            one.summary = Some("x".repeat(300));
            one.blob = Some(format!("{index:064x}"));
            one.id = format!("e{index}");
            one.excerpt = Some(hex(index));
            let mut other = one.clone();
            other.blob = Some(format!("{:064x}", 1000 + index));
            other.id = format!("e{}", 1000 + index);
            finding.evidence = vec![one.into(), other.into()];
            finding
        })
        .collect();
    camera
}

#[test]
fn five_hundred_findings_are_at_most_two_megabytes() {
    let certificate = many();
    let page = html(&certificate).unwrap();
    assert!(page.len() <= 2 << 20, "{} bytes", page.len());
    for port in [1, 250, 500] {
        assert!(page.contains(&format!("TCP port {port} (")), "{port}");
    }
    let fix = &certificate.requirements[0].findings[0].remediation;
    assert_eq!(
        page.matches(fix.as_ref()).count(),
        1,
        "what is said of all stands once"
    );
    // What has no room on the page says where it is.
    assert!(page.contains("bytes: in the file"));
    assert!(page.matches("<pre class=\"bytes\"").count() > 400);
}

#[test]
fn many_findings_are_folded_and_few_are_not() {
    let unfolded = "<details open>\n        <summary>Places: ";
    let folded = "<details>\n        <summary>Places: 500<";
    let page = html(&many()).unwrap();
    assert!(page.contains(folded) && !page.contains(unfolded));
    let mut few = many();
    few.requirements[0].findings.truncate(5);
    let page = html(&few).unwrap();
    assert!(page.contains(unfolded) && !page.contains(folded));
}

#[test]
fn bytes_stand_once_and_are_pointed_to_after_that() {
    let mut certificate = many();
    for finding in &mut certificate.requirements[0].findings {
        for one in &mut finding.evidence {
            Arc::make_mut(one).blob = Some(samples::BLOB.into());
        }
    }
    let page = html(&certificate).unwrap();
    assert_eq!(page.matches("<pre class=\"bytes\"").count(), 1);
    assert_eq!(page.matches("<a href=\"#bytes-1\">").count(), 999);
    assert!(page.contains("<details id=\"bytes-1\">"));
}

#[test]
fn bytes_of_a_device_are_text_on_the_page_and_nothing_else() {
    for (form, content) in [
        (
            ExcerptForm::Text,
            "</pre><script>alert(1)</script>\u{202e}\u{0}{{ c.id }}",
        ),
        (ExcerptForm::Hex, "</pre><script>"),
        (ExcerptForm::Hex, "é\u{202e}"),
    ] {
        let mut certificate = samples::camera();
        Arc::make_mut(&mut certificate.requirements[1].findings[0].evidence[0]).excerpt =
            Some(Excerpt {
                form,
                bytes: 9,
                content: content.into(),
            });
        let page = html(&certificate).unwrap();
        pages::check_page(&page);
        assert!(!page.contains("<script") && !page.contains(['\u{202e}', '\0']));
        assert!(page.contains("<pre class=\"bytes\""));
    }
}

#[test]
fn an_excerpt_survives_the_certificate() {
    let mut certificate = samples::camera();
    Arc::make_mut(&mut certificate.requirements[0].findings[0].evidence[0]).excerpt = Some(hex(1));
    let text = json(&certificate).unwrap();
    assert_eq!(
        serde_json::from_str::<Certificate>(&text).unwrap(),
        certificate
    );
    assert!(text.contains("\"form\": \"hex\""));
    assert!(!json(&samples::camera()).unwrap().contains("excerpt"));
}

#[test]
fn commands_are_filled_in_for_the_places_and_for_nothing_else() {
    let page = html(&samples::camera()).unwrap();
    for command in [
        "<code>nmap -n -Pn -sT -p- --max-rate 500 192.0.2.10</code>",
        "<code>curl -i -u admin:admin http:&#x2f;&#x2f;192.0.2.10:80&#x2f;",
    ] {
        assert!(page.contains(command), "{command}");
    }
    let mut evil = samples::camera();
    for requirement in &mut evil.requirements {
        for finding in &mut requirement.findings {
            finding.subject.address = Some("192.0.2.10;reboot".into());
        }
        for gap in &mut requirement.gaps {
            gap.subject.address = Some("$(reboot)".into());
        }
    }
    for unit in &mut evil.device.units {
        unit.addresses = vec!["`reboot`".into()];
    }
    for service in &mut evil.coverage.services {
        service.address = "-oProxyCommand=reboot".into();
    }
    assert!(!html(&evil).unwrap().contains("<pre class=\"command\""));
}
