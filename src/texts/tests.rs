use std::collections::BTreeSet;

use super::*;
use crate::case::TEST_CASES;

fn sources(change: impl Fn(&str, &str) -> String) -> [Source; 4] {
    let (_, texts) = EMBEDDED[0];
    [0, 1, 2, 3].map(|index| Source {
        origin: FILES[index].to_owned(),
        text: change(FILES[index], texts[index]),
    })
}

fn german(change: impl Fn(&str, &str) -> String) -> Result<Texts, String> {
    let sources =
        sources(|file, text| change(file, text).replace("language = \"en\"", "language = \"de\""));
    parse("de", &sources).map_err(|error| error.to_string())
}

#[test]
fn every_language_in_the_binary_is_whole() {
    for language in languages() {
        let texts = embedded(language)
            .unwrap()
            .map_err(|error| error.to_string());
        assert_eq!(texts.map(|it| it.language), Ok(language.to_owned()));
    }
}

#[test]
fn every_test_case_code_and_reason_has_its_texts_and_no_text_is_left_over() {
    let texts = english();
    let cases: BTreeSet<_> = TEST_CASES.iter().map(|case| case.id).collect();
    let codes: BTreeSet<_> = TEST_CASES
        .iter()
        .flat_map(|it| it.codes)
        .map(|it| it.id)
        .collect();
    let reasons: BTreeSet<_> = Reason::ALL.iter().map(|it| it.as_str()).collect();
    let keys = |keys: Vec<&String>| {
        keys.into_iter()
            .map(|it| it.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(texts.cases.keys().collect()), Vec::from_iter(cases));
    assert_eq!(keys(texts.findings.keys().collect()), Vec::from_iter(codes));
    assert_eq!(
        keys(texts.reasons.keys().collect()),
        Vec::from_iter(reasons)
    );
    for case in texts.cases.values() {
        let verdicts = crate::verdict::Verdict::ALL.map(|it| case.sentence(it));
        assert_eq!(BTreeSet::from(verdicts).len(), 4, "{verdicts:?}");
    }
    let labels: BTreeSet<_> = texts.cases.values().map(|it| &it.label).collect();
    assert_eq!(
        labels.len(),
        texts.cases.len(),
        "two test cases have one label"
    );
}

/// Each text is a sentence that ends, and none claims what no test shows.
#[test]
fn no_text_claims_more_than_a_test_can_show() {
    let all = english().cases.values().flat_map(|it| {
        let verdicts = crate::verdict::Verdict::ALL.map(|verdict| it.sentence(verdict));
        verdicts
            .into_iter()
            .chain([&*it.why, &it.plain, &it.expected, &it.by_hand, &it.fix])
    });
    let findings = english().findings.values();
    let all = all.chain(findings.flat_map(|it| [&*it.means, &it.fix]));
    for text in all.chain(english().reasons.values().map(String::as_str)) {
        assert!(text.ends_with(['.', '?']), "{text}");
        let words = text.to_lowercase();
        for claim in [
            "secure ",
            "is safe",
            "conforms",
            "compliant",
            "certified",
            "hacker",
        ] {
            assert!(!words.contains(claim), "{text}");
        }
    }
}

#[test]
fn a_translation_is_whole_or_refused_with_a_list_of_what_is_missing() {
    assert_eq!(
        german(|_, text| text.to_owned()).map(|it| it.language),
        Ok("de".to_owned())
    );
    let without = |line: &'static str| {
        move |_: &str, text: &str| {
            let lines = text.lines().filter(|it| !it.starts_with(line));
            lines.collect::<Vec<_>>().join("\n")
        }
    };
    let error = german(without("fail = ")).unwrap_err();
    for missing in [
        "page.toml: `verdict.fail` is missing",
        "page.toml: `lay.fail` is missing",
        "test-cases.toml: `services/closed-ports.fail` is missing",
        "test-cases.toml: `updates/signed.fail` is missing",
    ] {
        assert!(error.contains(missing), "{error}");
    }
    assert_eq!(error.matches("is missing").count(), TEST_CASES.len() + 2);
    let error = german(without("no-answer")).unwrap_err();
    assert!(
        error.contains("reasons.toml: `no-answer` is missing"),
        "{error}"
    );
}

#[test]
fn a_text_that_is_empty_unknown_or_lost_its_placeholder_is_refused() {
    let changed = |from: &'static str, to: &'static str| {
        let changed = move |_: &str, text: &str| text.replacen(from, to, 1);
        assert!(
            EMBEDDED[0].1.iter().any(|text| text.contains(from)),
            "{from}"
        );
        german(changed).unwrap_err()
    };
    for (from, to, fault) in [
        (
            "skip = \"Skip to the outcome\"",
            "skip = \" \"",
            "`page.skip` is no text or empty",
        ),
        (
            "skip = \"Skip to the outcome\"",
            "skip = 1",
            "`page.skip` is no text or empty",
        ),
        (
            "skip = ",
            "skipp = \"x\"\nskip = ",
            "`page.skipp` is not known",
        ),
        (
            "Firmware {value}.",
            "Firmware.",
            "`lay.firmware` must have these placeholders",
        ),
        (
            "Firmware {value}.",
            "Firmware {wert}.",
            "and no other: {value}",
        ),
        (
            "aborted = ",
            "\"a\u{202e}b\" = \"x\"\naborted = ",
            "`a\\u{202e}b` is not known",
        ),
        ("proofmark-texts/1", "proofmark-texts/2", "unknown format"),
        (
            "language = \"en\"",
            "language = \"fr\"",
            "they say that they are in `fr`",
        ),
        (
            "label = \"Well-known passwords\"",
            "label = \"a\\u001bb\"",
            "control character",
        ),
    ] {
        let error = changed(from, to);
        assert!(error.contains(fault), "{error}");
    }
}

#[test]
fn only_a_language_names_a_folder() {
    for name in ["de", "deu", "pt-BR", "zh-Hant-TW"] {
        assert!(is_language(name), "{name}");
    }
    for name in [
        "",
        "d",
        "DE",
        "german",
        "..",
        "de/..",
        "de-",
        "../de",
        "de\u{202e}",
        "d\0e",
    ] {
        assert!(!is_language(name), "{name:?}");
    }
}

/// What templates and renderers ask for is there, and nothing is there that nobody asks for.
#[test]
fn every_word_of_the_page_is_used() {
    let templates = [
        include_str!("../report/html/head.html"),
        include_str!("../report/html/opening.html"),
        include_str!("../report/html/summary.html"),
        include_str!("../report/html/documents.html"),
        include_str!("../report/html/requirements.html"),
    ];
    let name = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'))
            .collect()
    };
    let mut used: BTreeSet<String> = templates
        .iter()
        .flat_map(|text| text.split("t.").skip(1).zip(text.split("t.")))
        .filter(|(_, before)| before.ends_with(['{', ' ', '[', '(']))
        .map(|(after, _)| name(after))
        .filter(|name| name.matches('.').count() == 1)
        .collect();
    for (source, section) in [
        (include_str!("../report/words.rs"), "outcome meaning"),
        (include_str!("../report/page/lay.rs"), "lay verdict"),
        (include_str!("../report/page/detail.rs"), "engineer"),
        (include_str!("read.rs"), "page"),
    ] {
        for section in section.split(' ') {
            let words = english().page[section].as_table().unwrap().keys();
            used.extend(
                words
                    .filter(|it| source.contains(&format!("\"{it}\"")))
                    .map(|it| format!("{section}.{it}")),
            );
        }
    }
    let there: BTreeSet<String> = english()
        .page
        .iter()
        .flat_map(|(section, words)| {
            words
                .as_table()
                .unwrap()
                .keys()
                .map(move |word| format!("{section}.{word}"))
        })
        .collect();
    assert_eq!(
        used.symmetric_difference(&there).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}
