//! Pages in another language: of a language that nobody speaks, every text stands in ⟦brackets⟧.

use std::path::Path;

use proofmark::certificate::Certificate;
use proofmark::report::{Signatures, html, html_in};
use proofmark::texts::{FILES, Source, Texts, parse};

use crate::html::{check_headings, check_page};
use crate::samples;

fn english(file: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("texts/en")
        .join(file);
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every text of a file changed, but for its format and its language.
fn changed(table: toml::Table, change: fn(&str) -> String) -> toml::Table {
    let entries = table.into_iter().map(|(key, value)| {
        let value = match value {
            toml::Value::Table(inner) => toml::Value::Table(changed(inner, change)),
            toml::Value::String(_) if key == "language" => "xx".into(),
            toml::Value::String(text) if key != "format" => change(&text).into(),
            other => other,
        };
        (key, value)
    });
    entries.collect()
}

fn language(change: fn(&str) -> String) -> Texts {
    let sources = FILES.map(|file| Source {
        origin: file.to_owned(),
        text: toml::to_string(&changed(english(file), change)).unwrap(),
    });
    parse("xx", &sources).unwrap()
}

fn bracketed() -> Texts {
    language(|text| format!("⟦{text}⟧"))
}

/// Every text of the English files.
fn texts() -> Vec<String> {
    fn collect(value: &toml::Value, all: &mut Vec<String>) {
        match value {
            toml::Value::Table(inner) => inner.values().for_each(|it| collect(it, all)),
            value => all.extend(value.as_str().map(str::to_owned)),
        }
    }
    let mut all = Vec::new();
    for file in FILES {
        collect(&toml::Value::Table(english(file)), &mut all);
    }
    all
}

/// The lay reader's page.
fn lay(page: &str) -> &str {
    let from = page.find("<section class=\"lay\"").unwrap();
    &page[from..from + page[from..].find("</section>").unwrap()]
}

/// Without what stands between two marks, the marks themselves too.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        out.push_str(before);
        rest = after.split_once(to).expect(to).1;
    }
    out + rest
}

/// What is left of a page without its texts, what is marked as English, and its tags.
fn rest(page: &str) -> String {
    let page = without(page, "⟦", "⟧");
    let mut out = String::new();
    let mut rest = page.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        if tag.contains("lang=\"en\"") {
            let name = tag.split(' ').next().unwrap();
            rest = after.split_once(&format!("</{name}>")).unwrap().1;
        }
    }
    out + rest
}

#[test]
fn no_english_word_is_left_on_the_lay_readers_page() {
    let texts = bracketed();
    for certificate in [
        samples::hub(),
        samples::camera(),
        samples::waived(),
        samples::swapped(),
    ] {
        let page = html_in(&texts, &certificate, &Signatures::Unknown).unwrap();
        let lay = lay(&page);
        let left = rest(lay);
        let words: Vec<&str> = left
            .split(|c: char| !c.is_alphabetic())
            .filter(|it| it.len() > 1)
            .collect();
        assert_eq!(words, Vec::<&str>::new(), "{left}");
        for requirement in &certificate.requirements {
            let findings = requirement.findings.iter().map(|it| it.message.as_str());
            for text in [
                requirement.title.as_str(),
                &requirement.plain_words,
                &requirement.rationale,
            ]
            .into_iter()
            .chain(findings)
            {
                assert!(!lay.contains(text), "{text}");
            }
        }
    }
}

#[test]
fn no_text_of_ours_is_left_in_english_before_the_laboratorys_part() {
    let page = html_in(&bracketed(), &samples::camera(), &Signatures::Unknown).unwrap();
    let from = page.find("<body>").unwrap();
    let requirements = page.find("aria-labelledby=\"requirements\"").unwrap();
    let until = requirements + page[requirements..].find("</section>").unwrap();
    let ours = &page[from..until];
    let left = rest(ours);
    for text in texts().iter().filter(|text| text.len() > 8) {
        assert!(!left.contains(text.as_str()), "{text}");
    }
    assert!(ours.contains("⟦By hand⟧") && ours.contains("⟦To fix it:⟧"));
}

#[test]
fn a_translation_says_that_the_english_page_counts() {
    let page = html_in(&bracketed(), &samples::camera(), &Signatures::Unknown).unwrap();
    assert!(
        lay(&page)
            .contains("⟦This is a translation. The English certificate is the one that counts.")
    );
    assert!(page.contains("2026-03-09") && !lay(&page).contains("9 March 2026"));
    assert!(!html(&samples::camera()).unwrap().contains("translation"));
}

#[test]
fn a_translation_is_as_whole_and_as_harmless_as_the_page() {
    let texts = language(|text| format!("<b onclick=x>{text}\u{202e}</script>"));
    for certificate in [samples::camera(), samples::waived(), samples::hostile()] {
        let page = html_in(&texts, &certificate, &Signatures::Unknown).unwrap();
        check_page(&page);
        assert!(!page.contains('\u{202e}') && !page.contains("<b "));
    }
    check_headings(&html_in(&texts, &samples::camera(), &Signatures::Unknown).unwrap());
}

/// A test case of another version: its words are the certificate's, and are said to be English.
#[test]
fn what_has_no_texts_is_quoted_from_the_certificate() {
    let mut camera: Certificate = samples::camera();
    camera.requirements[0].test_case = "later/than-this".into();
    camera.requirements[0].findings[1].code = "later".into();
    for page in [
        html(&camera).unwrap(),
        html_in(&bracketed(), &camera, &Signatures::Unknown).unwrap(),
    ] {
        let requirement = &camera.requirements[0];
        assert!(lay(&page).contains(&format!("<span lang=\"en\">{}</span>", requirement.title)));
        assert!(lay(&page).contains(&*requirement.plain_words));
        assert!(page.contains(&*requirement.findings[1].remediation));
    }
}
