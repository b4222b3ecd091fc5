//! What a reader finds on the pages.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::poppler::{info, pages, pictures};
use crate::program::set;
use crate::{Test, samples};

pub const TESTS: &[Test] = &[
    ("golden_hub", || golden("hub")),
    ("golden_camera", || golden("camera")),
    ("golden_swapped", || golden("swapped")),
    ("it_uses_the_words_of_the_html_report", same_words),
    (
        "every_page_is_identified_numbered_and_not_blank",
        identified,
    ),
    (
        "title_language_and_time_are_those_of_the_certificate",
        metadata,
    ),
    ("hostile_texts_are_shown_and_do_nothing", hostile),
    ("five_hundred_findings_are_set_in_time", many),
    ("a_certificate_without_optional_fields_is_set", bare),
];

const NAMES: [&str; 3] = ["hub", "camera", "swapped"];

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

/// Sentences that stand in the template and in the other renderers, who must not tell a reader different things.
fn same_words() {
    for (name, outcome, meaning) in [
        ("hub", "Conformant", "was shown to hold on the units tested"),
        (
            "camera",
            "Not conformant",
            "breaks at least one mandatory requirement",
        ),
        (
            "swapped",
            "Could not be certified",
            "It is not certain that what was tested",
        ),
    ] {
        let html =
            std::fs::read_to_string(samples::repository(&format!("tests/golden/{name}.html")))
                .unwrap();
        let paragraph = html
            .lines()
            .find(|line| line.contains(meaning))
            .expect("the HTML report says it");
        let sentence = paragraph
            .trim()
            .trim_start_matches("<p>")
            .trim_end_matches("</p>");
        let (_directory, pdf) = set(&samples::golden(name));
        let first = words(&pages(&pdf)[0]);
        assert!(
            html.contains(&format!("<strong>{outcome}</strong>")),
            "{name}"
        );
        assert!(first.contains(outcome), "{first}");
        assert!(first.contains(sentence), "{name}: {sentence}\n{first}");
    }
}

fn identified() {
    for name in NAMES {
        let certificate = samples::golden(name);
        let (_directory, pdf) = set(&certificate);
        let pages = pages(&pdf);
        let id = certificate["id"].as_str().unwrap();
        for (index, page) in pages.iter().enumerate() {
            assert!(page.contains(&format!("report {id}")), "{page}");
            let number = format!("Page {} of {}", index + 1, pages.len());
            assert!(page.contains(&number), "{number}\n{page}");
            assert_eq!(
                page.contains(&format!("End of report {id}")),
                index + 1 == pages.len()
            );
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
        "Test report pm-4be1c0ffee5a17d2: Acme Imaging HomeCam 2"
    );
    assert_eq!(line("CreationDate:"), "2026-03-09T10:31:07Z");
    assert_eq!(line("Tagged:"), "yes");
    assert_eq!(line("JavaScript:"), "no");
    let bytes = std::fs::read(&pdf).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("en-GB"));
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
