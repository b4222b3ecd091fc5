//! `certificate.html`: whole, escaped, and self-contained.

use std::sync::Arc;

use proofmark::certificate::Certificate;
use proofmark::report::html;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::{golden, samples};

/// Elements of HTML that have no end tag.
const VOID: [&str; 2] = ["meta", "br"];

fn all() -> [Certificate; 7] {
    [
        samples::examined(),
        samples::commissioned(),
        samples::waived(),
        samples::hub(),
        samples::camera(),
        samples::swapped(),
        samples::hostile(),
    ]
}

/// The page from its body on, which is what changes from one certificate to the next.
pub(crate) fn body(page: &str) -> &str {
    &page[page.find("<body>").unwrap()..]
}

/// Every start tag of the page, after checking that each is closed in its turn.
pub(crate) fn tags(page: &str) -> Vec<BytesStart<'static>> {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = false;
    let mut open = Vec::new();
    let mut tags = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                if !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
                tags.push(tag.into_owned());
            }
            Event::Empty(tag) => tags.push(tag.into_owned()),
            Event::End(tag) => assert_eq!(open.pop().as_deref(), Some(tag.name().as_ref())),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    tags
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let value = tag
        .html_attributes()
        .map(Result::unwrap)
        .find(|one| one.key.as_ref() == name)?
        .value;
    Some(quick_xml::escape::unescape(&value).unwrap().into_owned())
}

#[test]
fn pages_are_as_expected() {
    golden::check("hub.html", body(&html(&samples::hub()).unwrap()));
    golden::check("camera.html", body(&html(&samples::camera()).unwrap()));
    golden::check("examined.html", body(&html(&samples::examined()).unwrap()));
    golden::check("waived.html", body(&html(&samples::waived()).unwrap()));
    golden::check(
        "commissioned.html",
        body(&html(&samples::commissioned()).unwrap()),
    );
    golden::check("swapped.html", body(&html(&samples::swapped()).unwrap()));
}

#[test]
fn every_tag_is_closed_and_nothing_runs_or_is_fetched() {
    for certificate in all() {
        check_page(&html(&certificate).unwrap());
    }
}

/// Every tag is closed, nothing runs, nothing is fetched.
pub(crate) fn check_page(page: &str) {
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"));
    for tag in tags(page) {
        let name = tag.name().as_ref().to_owned();
        assert!(
            !["script", "img", "link", "iframe", "object", "form"].contains(&name.as_str()),
            "{name}"
        );
        for one in tag.html_attributes().map(Result::unwrap) {
            assert!(!one.key.as_ref().starts_with("on"), "{tag:?}");
        }
        assert_eq!(attribute(&tag, "src"), None);
        if let Some(target) = attribute(&tag, "href") {
            let blob = target
                .strip_prefix("blobs/")
                .is_some_and(|name| name == samples::BLOB);
            assert!(blob || target.starts_with('#'), "{target}");
        }
    }
    let style = &page[..page.find("<body>").unwrap()];
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn hostile_strings_never_occur_as_they_are() {
    let page = html(&samples::hostile()).unwrap();
    for hostile in samples::HOSTILE
        .iter()
        .filter(|text| text.contains(['<', '\u{202e}', '\0']))
    {
        assert!(!page.contains(hostile), "{hostile:?}");
    }
    assert!(!page.contains(['\u{202e}', '\0', '\u{1b}', '\u{fffe}']));
    assert!(
        page.contains("&lt;script&gt;alert(1)")
            && page.contains("\\u{202e}")
            && page.contains("{{ c.id }}")
    );
    // An id of the device's choice must not reach the style sheet.
    assert!(!page.contains("@bottom-left"));
    let mut hub = samples::hub();
    hub.id = "pm-\"; } * { color: red".into();
    assert!(!html(&hub).unwrap().contains("@bottom-left"));
    assert!(
        html(&samples::hub())
            .unwrap()
            .contains("content: \"Certificate pm-4be1c0ffee5a17d2\"")
    );
}

#[test]
fn a_blob_that_is_no_digest_is_not_linked() {
    let mut camera = samples::camera();
    let cited = &mut camera.requirements[0].findings[0].evidence[0];
    Arc::make_mut(cited).blob = Some("../../etc/passwd".into());
    assert!(!html(&camera).unwrap().contains("passwd"));
}

#[test]
fn codes_evidence_and_locations_all_appear() {
    for certificate in all().iter().take(6).chain([&samples::hostile()]) {
        let page = html(certificate).unwrap();
        for finding in certificate
            .requirements
            .iter()
            .flat_map(|one| &one.findings)
        {
            let words: Vec<&str> = finding
                .code
                .split(' ')
                .take(1)
                .chain(finding.evidence.iter().map(|one| one.id.as_str()))
                .collect();
            assert!(
                words
                    .iter()
                    .all(|word| page.contains(&format!("<code>{word}"))),
                "{words:?}"
            );
        }
    }
}

#[test]
fn a_ledger_that_does_not_add_up_says_so() {
    let mut hub = samples::hub();
    assert!(!html(&hub).unwrap().contains("does not add up"));
    hub.coverage.ports[0].closed -= 1;
    assert!(html(&hub).unwrap().contains("does not add up"));
}

#[test]
fn headings_descend_one_level_at_a_time_and_ids_are_unique() {
    for certificate in all().iter().take(6) {
        check_headings(&html(certificate).unwrap());
    }
}

/// Headings descend one level at a time, and ids are unique.
pub(crate) fn check_headings(page: &str) {
    let mut level = 0;
    let mut ids = Vec::new();
    for tag in tags(page) {
        ids.extend(attribute(&tag, "id"));
        if let Some(next) = tag
            .name()
            .as_ref()
            .strip_prefix('h')
            .and_then(|rest| rest.parse::<u8>().ok())
        {
            assert!(next <= level + 1, "h{level} then h{next}");
            level = next;
        }
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn every_link_inside_the_page_leads_somewhere_and_every_requirement_has_one() {
    for certificate in all().iter().take(6) {
        let page = html(certificate).unwrap();
        let tags = tags(&page);
        let ids: Vec<String> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        let links: Vec<String> = tags
            .iter()
            .filter_map(|tag| Some(attribute(tag, "href")?.strip_prefix('#')?.to_owned()))
            .collect();
        for link in &links {
            assert!(ids.contains(link), "{link}");
        }
        for requirement in &certificate.requirements {
            let link = format!("r-{}", requirement.id);
            assert!(
                links.iter().filter(|it| **it == link).count() >= 2,
                "{link}"
            );
        }
        // The first link leads past everything that repeats.
        let first = tags.iter().find(|tag| tag.name().as_ref() == "a").unwrap();
        assert_eq!(attribute(first, "href").as_deref(), Some("#outcome"));
    }
}

#[test]
fn landmarks_are_there_once_and_have_names() {
    for certificate in all().iter().take(6) {
        let page = html(certificate).unwrap();
        let tags = tags(&page);
        let named = |name: &'static str| tags.iter().filter(move |tag| tag.name().as_ref() == name);
        for name in ["main", "header", "footer", "h1"] {
            assert_eq!(named(name).count(), 1, "{name}");
        }
        let name = |tag| attribute(tag, "aria-label").or(attribute(tag, "aria-labelledby"));
        for landmark in ["nav", "section", "article"] {
            let names: Vec<_> = named(landmark).map(name).collect();
            assert!(!names.contains(&None), "{landmark}");
            let all = names.len();
            let unique: std::collections::BTreeSet<_> = names.into_iter().collect();
            assert_eq!(unique.len(), all, "two of {landmark} have one name");
        }
    }
}
