//! What a reader finds on the pages.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::poppler::{info, pages, pictures};
use crate::program::{set, set_page};
use crate::{Test, samples};

pub const TESTS: &[Test] = &[
    ("golden_hub", || golden("hub")),
    ("golden_camera", || golden("camera")),
    ("golden_swapped", || golden("swapped")),
    ("golden_commissioned", || golden("commissioned")),
    ("golden_waived", || golden("waived")),
    ("golden_examined", || golden("examined")),
    ("golden_full", || golden("full")),
    ("the_first_page_is_whole_and_for_anybody", first_page),
    ("many_requirements_still_have_one_first_page", crowded),
    (
        "every_page_is_identified_numbered_and_not_blank",
        identified,
    ),
    (
        "title_language_and_time_are_those_of_the_certificate",
        metadata,
    ),
    ("no_text_of_a_certificate_is_left_out_unawares", everything),
    ("each_fact_of_the_job_says_whose_word_it_is", job),
    ("pictures_are_drawn_and_can_be_read", drawn),
    ("a_translation_says_that_it_is_one", translated),
    (
        "what_is_written_from_the_right_begins_at_the_right",
        from_the_right,
    ),
    ("hostile_texts_are_shown_and_do_nothing", hostile),
    ("five_hundred_findings_are_set_in_time", many),
    ("a_certificate_without_optional_fields_is_set", bare),
];

/// Compares with `tests/golden/<name>.txt`; `PROOFMARK_BLESS=1` writes the file instead.
fn golden(name: &str) {
    let (_directory, pdf) = set(&samples::golden(name));
    let actual = pages(&pdf).join("\n\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.txt"));
    if std::env::var_os("PROOFMARK_BLESS").is_some() {
        return std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = expected
        .lines()
        .zip(actual.lines())
        .find(|(old, new)| old != new);
    assert!(
        expected == actual,
        "{name}.txt is not as expected (PROOFMARK_BLESS=1 rewrites it).\n first difference: {differs:#?}"
    );
}

/// All words in a row, so that it does not matter where a line ends.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything that the lay reader's part of the page says.
fn lay_texts(page: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut all = vec![
        text(&page["outcome"]),
        text(&page["meaning"]),
        text(&page["t"]["lay"]["speaks_only_of"]),
    ];
    for group in page["lay"]["groups"].as_array().unwrap() {
        all.push(text(&group["title"]));
        for item in group["items"].as_array().unwrap() {
            all.extend(["label", "sentence", "quoted", "stated_by"].map(|it| text(&item[it])));
            all.extend(item["told"].as_array().unwrap().iter().map(text));
            all.push(text(&item["waived"]["reason"]));
        }
    }
    all.into_iter().flatten().collect()
}

/// One sheet with all that the HTML report's first part says, and the next one begins with the contents.
fn first_page() {
    for name in samples::NAMES {
        let page = samples::page(&samples::golden(name));
        let (_directory, pdf) = set_page(&page);
        let pages = pages(&pdf);
        let first = words(&pages[0]);
        let said = lay_texts(&page);
        assert!(said.len() > 8, "{said:?}");
        for text in said {
            assert!(first.contains(&words(&text)), "{name}: {text}\n{first}");
        }
        let contents = words(&pages[1]);
        assert!(contents.contains("1 More about the test 2"), "{contents}");
        assert!(contents.contains("Record of the test"), "{contents}");
    }
}

/// Where there are very many, what decides nothing has only its name, and what is not met still says why.
fn crowded() {
    let mut page = samples::page(&samples::golden("camera"));
    let groups = page["lay"]["groups"].as_array_mut().unwrap();
    for group in groups.iter_mut() {
        let times = if group["title"] == "Not met" { 7 } else { 14 };
        let items = group["items"].as_array_mut().unwrap();
        *items = (0..times).flat_map(|_| items.clone()).collect();
    }
    let (_directory, pdf) = set_page(&page);
    let pages = pages(&pdf);
    let first = words(&pages[0]);
    let count = |text: &str| first.matches(text).count();
    assert_eq!(
        count("A password that anyone can look up opens a login."),
        7
    );
    assert_eq!(count("Still working after the test"), 14, "{first}");
    assert!(words(&pages[1]).contains("1 More about the test 2"));
}

fn identified() {
    for name in samples::NAMES {
        let certificate = samples::golden(name);
        let (_directory, pdf) = set(&certificate);
        let pages = pages(&pdf);
        let id = certificate["id"].as_str().unwrap();
        let (named, end) = match name {
            "commissioned" | "full" => (
                format!("Report 2026/0417, issue 2 · Certificate {id}"),
                format!("End of report 2026/0417, issue 2, certificate {id}"),
            ),
            _ => (
                format!("Certificate {id}"),
                format!("End of certificate {id}"),
            ),
        };
        for (index, page) in pages.iter().enumerate() {
            assert!(page.contains(&named), "{page}");
            let number = format!("Page {} of {}", index + 1, pages.len());
            assert!(page.contains(&number), "{number}\n{page}");
            assert_eq!(words(page).contains(&end), index + 1 == pages.len());
        }
        let pictures = pictures(&pdf);
        assert_eq!(pictures.len(), pages.len());
        for (index, picture) in pictures.iter().enumerate() {
            // Between head and foot.
            let ink = picture.ink(0.0..1.0, 0.08..0.92);
            assert!(ink > 300, "{name}, page {index}: {ink} points");
        }
    }
}

fn metadata() {
    let (_directory, pdf) = set(&samples::golden("camera"));
    let info = info(&pdf);
    let line = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    assert_eq!(
        line("Title:"),
        "Test report Certificate pm-4be1c0ffee5a17d2: Acme Imaging HomeCam 2"
    );
    assert_eq!(line("CreationDate:"), "2026-03-09T10:31:07Z");
    assert_eq!(line("Tagged:"), "yes");
    assert_eq!(line("JavaScript:"), "no");
    let bytes = std::fs::read(&pdf).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("en-GB"));
}

/// Texts that stand only in the files of the run, and why.
const NOT_ON_PAPER: [(&str, &str); 4] = [
    (
        "blocklist.sha256",
        "a digest of the file beside the certificate; the list's own is said",
    ),
    (
        "documents.documents.authority",
        "a digest; that the authority is the tester's own is said",
    ),
    (
        "protection.tls.evidence",
        "what a picture rests on, as for all pictures",
    ),
    ("protection.tls.session", "HTML does not show it either"),
];

/// Each text of a certificate is a word of its own, and each of these words is found on the pages.
fn everything() {
    for name in samples::NAMES {
        let mut words = Vec::new();
        let certificate = samples::replaced(samples::golden(name), "", &mut |path, _| {
            let word = format!("w{}q", words.len());
            words.push((path.to_owned(), word.clone()));
            word
        });
        assert!(words.len() > 100, "{words:?}");
        let (_directory, pdf) = set(&certificate);
        let text: String = pages(&pdf).join("").split_whitespace().collect();
        let missing: Vec<_> = words
            .iter()
            .filter(|(path, _)| !NOT_ON_PAPER.iter().any(|(known, _)| known == path))
            .filter(|(_, word)| !text.contains(word))
            .collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
}

/// What the laboratory and the customer state stands in rows of three: the fact, its value, whose word.
fn job() {
    let text = |name| {
        let (_directory, pdf) = set(&samples::golden(name));
        words(&pages(&pdf).join(" "))
    };
    let commissioned = text("commissioned");
    for row in [
        "Report 7.8.2.1 d 2026/0417, issue 2 the laboratory",
        "Authorised by 7.8.2.1 o M. Lindqvist, head of the laboratory the laboratory",
        "Description, unit a 7.8.2.1 g Indoor camera, white, with mains adapter the customer",
        "Accreditation, as it states Example Accreditation Body, no. 1234 the laboratory",
        "They are no results, and no verdict rests on them (7.8.7). The open Telnet port looks like a leftover",
    ] {
        assert!(commissioned.contains(row), "{row}\n{commissioned}");
    }
    let camera = text("camera");
    assert!(camera.contains("Authorisation to test No authorisation to test is recorded."));
    assert!(camera.contains("Nobody handed in a job sheet"));
}

/// The words in a picture are text, and its areas are ink.
fn drawn() {
    let (_directory, pdf) = set(&samples::golden("camera"));
    let pages = pages(&pdf);
    let index = pages
        .iter()
        .rposition(|page| page.contains("Which ports answer"))
        .unwrap();
    for label in ["60,000", "+250", "23 telnet", "9000–9002 silent"] {
        assert!(pages[index].lines().any(|line| line == label), "{label}");
    }
    // The map's closed ports are a pale area, a fifth of the page high, and nothing of it is beside the page.
    let picture = &pictures(&pdf)[index];
    let tint = |columns: Range<f64>, percent: i32| {
        let top = f64::from(percent) / 100.0;
        picture.tint(columns, top..top + 0.01)
    };
    let filled = (8..92).filter(|it| tint(0.4..0.7, *it) > 0.99).count();
    assert!(filled >= 20, "{filled} %");
    assert!((8..92).all(|it| tint(0.93..1.0, it) == 0.0));
}

/// A certificate's page in the words of a language in which each text of ours is followed by another word.
fn page_in(language: &str, word: &str) -> Value {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join(language);
    std::fs::create_dir(&folder).unwrap();
    for file in std::fs::read_dir(samples::repository("texts/en")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| match line.split_once(" = ") {
            Some(("language", _)) => format!("language = \"{language}\""),
            Some((name, text)) if name != "format" && text.ends_with('"') => {
                format!("{name} = {} {word}\"", text.strip_suffix('"').unwrap())
            }
            _ => line.to_owned(),
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        std::fs::write(folder.join(path.file_name().unwrap()), text).unwrap();
    }
    let arguments = ["--format", "page", "--language", language, "--texts"];
    let texts = directory.path().to_str().unwrap();
    let page = samples::reported(
        &samples::golden("camera"),
        &[&arguments[..], &[texts]].concat(),
    );
    serde_json::from_slice(&page).unwrap()
}

fn translated() {
    let page = page_in("xx", "Wort");
    let (_directory, pdf) = set_page(&page);
    let pages = pages(&pdf);
    let first = words(&pages[0]);
    assert!(
        first.contains("This is a translation. The English certificate is the one that counts.")
    );
    for text in lay_texts(&page) {
        assert!(first.contains(&words(&text)), "{text}\n{first}");
    }
    let all = words(&pages.join(" "));
    for said in [
        "How to fix it Wort",
        "Requirements in detail Wort",
        "Close the port in the firmware, or declare the service with its purpose and have it tested as what it is. Wort",
    ] {
        assert!(all.contains(said), "{said}");
    }
    let (_directory, english) = set(&samples::golden("camera"));
    assert!(!words(&crate::poppler::pages(&english)[0]).contains("translation"));
}

/// The mark of the outcome and the thick line beside it change their side.
fn from_the_right() {
    let (_directory, english) = set(&samples::golden("camera"));
    let (_directory_too, hebrew) = set_page(&page_in("he", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}"));
    let dark = |pdf: &Path| {
        let first = pictures(pdf).remove(0);
        let (left, right) = (0.095..0.115, 0.885..0.905);
        [left, right].map(|side| first.ink(side, 0.15..0.35))
    };
    let ([left, right], [left_too, right_too]) = (dark(&english), dark(&hebrew));
    assert!(left > 2 * right, "{left} {right}");
    assert!(right_too > 2 * left_too, "{left_too} {right_too}");
    let text = pages(&hebrew).join(" ");
    assert!(text.contains("\u{5e9}\u{5dc}\u{5d5}\u{5dd}"));
}

fn hostile() {
    let (_directory, pdf) = set(&samples::hostile());
    let pages = pages(&pdf);
    let text = pages.join("\n");
    let hidden = text
        .chars()
        .find(|c| matches!(c, '\u{202e}' | '\u{200b}' | '\u{1b}' | '\0' | '\u{fffe}'));
    assert_eq!(hidden, None);
    let text = text.split_whitespace().collect::<String>();
    for shown in [
        "<script>alert(1)</script>",
        "exe.\\u{202e}gpj",
        "]]>&amp;<!--\\u{0}\\u{1b}[2J\\u{fffe}",
        "#panic(\"x\")#read(\"/etc/passwd\")#",
        "*b*_i_`r`$x^2$@ref<label>//c/*d*/\\\"",
        "=heading-item+item/term:x",
        "\\u{6444}\\u{50cf}\\u{5934}\\u{1f4f7}\\u{e0041}",
    ] {
        assert!(text.contains(shown), "{shown}");
    }
    // 3,000 letters without a blank, twenty times, and not one of them beside the page.
    assert!(text.matches('x').count() > 60_000);
    for (index, picture) in pictures(&pdf).iter().enumerate() {
        assert_eq!(picture.ink(0.93..1.0, 0.0..1.0), 0, "page {index}");
        assert_eq!(picture.ink(0.0..0.07, 0.0..1.0), 0, "page {index}");
    }
}

fn many() {
    let certificate = samples::findings(500, |index| format!("Finding number {index} of many."));
    let start = Instant::now();
    let (_directory, pdf) = set(&certificate);
    let took = start.elapsed();
    let size = std::fs::metadata(&pdf).unwrap().len();
    // A machine with nothing else to do takes a twentieth of it.
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert!(size < 2 << 20, "{size} bytes");
    let text = words(&pages(&pdf).join(" "));
    for index in 0..500 {
        assert!(text.contains(&format!("Finding number {index} of many.")));
    }
}

/// What older certificates do not have.
fn bare() {
    let mut hub = samples::golden("hub");
    let without = |value: &mut serde_json::Value, fields: &[&str]| {
        for field in fields {
            value.as_object_mut().unwrap().remove(*field);
        }
    };
    without(&mut hub["device"], &["firmware", "type"]);
    without(&mut hub["device"]["units"][0], &["serial", "fingerprints"]);
    without(
        &mut hub["coverage"]["ports"][0],
        &["ledger", "engine", "ledger_left_out"],
    );
    hub["run"]["until"] = serde_json::Value::Null;
    hub["requirements"] = serde_json::json!([]);
    hub["not_assessed"] = serde_json::json!([]);
    hub["coverage"]["services"] = serde_json::json!([]);
    hub["coverage"]["ports"] = serde_json::json!([]);
    let (_directory, pdf) = set(&hub);
    let text = words(&pages(&pdf).join(" "));
    for said in [
        "The profile has no requirements.",
        "No service was found.",
        "No port was asked.",
        "the run was killed",
    ] {
        assert!(text.contains(said), "{said}");
    }
}
