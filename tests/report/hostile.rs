//! Strings of a device or a file that attack whoever reads them, in every text of a certificate and in every format.

use proofmark::certificate::Certificate;
use proofmark::compare::{Compared, changes};
use proofmark::report::*;
use proofmark::text::shown;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use crate::{html, samples};

/// What a device sends, in bytes.
const ATTACKS: &[(&str, &[u8])] = &[
    ("a script", b"<script>alert(1)</script>"),
    ("an end of an attribute", b"\"><svg/onload=alert(1)>' onmouseover='x"),
    ("an element of SVG", b"</text></svg><foreignObject><a href=\"javascript:alert(1)\">"),
    ("an end of a style", b"</style><style>*{display:none}/*"),
    ("an end of CDATA", b"]]><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;"),
    ("a template", b"{{ c.id }}{% raw %}{# x #}${7*7}"),
    ("a formula", b"=cmd|' /C calc'!A0"),
    ("a sum", b"+1+1"),
    ("a difference", b"-2+3"),
    ("a function", b"@SUM(1)"),
    ("a tab and a formula", b"\t=1"),
    ("a return and a formula", b"\r=1"),
    ("cells and lines", b"a\",\"=1\"\r\n=2,\"\n"),
    ("a link", b"[click](http://evil.example) <http://evil.example> www.evil.example"),
    ("a picture", b"![x](http://evil.example/x.png) <img src=x>"),
    ("a table and code", b"| a | b |\n|---|\n``` ` ``\n# heading\n- [x] done"),
    ("mentions", b"@team #12 org/repo#7 :tada: deadbeefdeadbeef"),
    ("terminal colours", b"\x1b[2J\x1b[31mred\x1b]8;;http://evil.example\x07link\x1b]8;;\x07"),
    ("C1 controls", b"\xc2\x9b2J\xc2\x9d0;title\xc2\x9c"),
    ("controls of XML", b"\x00\x01\x08\x0b\x0c\x0e\x1f\x7f"),
    ("backspaces", b"PASS\x08\x08\x08\x08FAIL\rPASS"),
    ("right to left", "exe.\u{202e}gpj \u{2066}x\u{2069} \u{61c}".as_bytes()),
    ("tag characters", "\u{e0049}\u{e0067}\u{e006e}\u{e006f}\u{e0072}\u{e0065}".as_bytes()),
    ("zero width", "PA\u{200b}SS\u{200d}\u{feff}\u{2060}\u{ad}".as_bytes()),
    ("variation selectors", "a\u{fe0f}\u{e0100}\u{e01ef}".as_bytes()),
    ("noncharacters", "\u{fffe}\u{ffff}\u{1fffe}\u{fdd0}\u{10ffff}".as_bytes()),
    ("lone surrogates", b"a\xed\xa0\x80b\xed\xbf\xbfc"),
    ("broken UTF-8", b"\xff\xfe\xc0\xaf\xf4\x90\x80\x80\xe2\x82"),
    ("line separators", "a\u{2028}b\u{2029}c\u{85}d".as_bytes()),
    ("a heap of marks", "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}".as_bytes()),
];

/// What none of them may be shown as.
const NEVER: [char; 22] = [
    '\u{0}',
    '\u{1}',
    '\u{7}',
    '\u{8}',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{9b}',
    '\u{ad}',
    '\u{61c}',
    '\u{200b}',
    '\u{200d}',
    '\u{2028}',
    '\u{202e}',
    '\u{2066}',
    '\u{feff}',
    '\u{fe0f}',
    '\u{fdd0}',
    '\u{ffff}',
    '\u{e0049}',
    '\u{e0100}',
    '\u{10ffff}',
];

/// The bytes as a probe writes them down, and as a file holds them that was changed by hand.
fn forms(bytes: &[u8]) -> Vec<String> {
    let long = bytes.repeat(1 + 4000 / bytes.len());
    let mut forms = vec![shown(bytes, 600), shown(&long, 600)];
    forms.extend(std::str::from_utf8(bytes).map(str::to_owned));
    forms
}

/// A certificate with a text in place of every text.
fn full_of(text: &str) -> Certificate {
    let certificate = serde_json::to_value(samples::waived()).unwrap();
    serde_json::from_value(samples::replaced(certificate, "", &|_| text.to_owned())).unwrap()
}

fn each(check: impl Fn(&Certificate)) {
    for (name, bytes) in ATTACKS {
        for text in forms(bytes) {
            let certificate = full_of(&text);
            let ended =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&certificate)));
            assert!(ended.is_ok(), "{name}: {}", shown(&text, 120));
        }
    }
}

#[track_caller]
fn is_visible(text: &str) {
    let found = text.chars().find(|c| NEVER.contains(c));
    assert_eq!(found, None, "U+{:04X}", found.map_or(0, u32::from));
    let marks = |c: &char| ('\u{300}'..='\u{30f}').contains(c);
    let heaps = text.split(|c| !marks(&c)).map(|run| run.chars().count());
    assert!(heaps.max().unwrap_or_default() <= 4, "a heap of marks");
}

fn side_by_side(certificate: &Certificate) -> Vec<Compared> {
    crate::compare::beside(&[certificate.clone(), certificate.clone()])
}

#[test]
fn html_stays_text() {
    each(|certificate| {
        let runs = side_by_side(certificate);
        let calm = samples::camera();
        let changed = changes(&calm, certificate);
        for page in [
            proofmark::report::html(certificate).unwrap(),
            matrix_html(&runs).unwrap(),
            changes_html(&changed, &runs).unwrap(),
        ] {
            html::check_page(&page);
            is_visible(&page);
            let body = html::body(&page);
            for part in [
                "<script",
                "onload=alert(1)>",
                "<foreignObject",
                "<img",
                "<style",
            ] {
                assert!(!body.contains(part), "{part}");
            }
        }
    });
}

#[test]
fn junit_stays_xml() {
    each(|certificate| {
        let text = junit(certificate).unwrap();
        is_visible(&text);
        let cases = crate::junit::endings(&text);
        assert_eq!(cases, crate::junit::endings(&junit(&full_of("x")).unwrap()));
        let read = junit_parser::from_reader(text.as_bytes());
        assert!(read.is_ok(), "{read:?}");
    });
}

#[test]
fn tables_keep_their_cells_and_have_no_formulas() {
    let rows = |text: &str| -> Vec<usize> {
        let mut reader = ::csv::ReaderBuilder::new();
        let mut reader = reader.has_headers(false).from_reader(text.as_bytes());
        let records = reader.records().map(Result::unwrap);
        let cells = records.map(|record| {
            for cell in record.iter() {
                let begins = cell.trim_start();
                assert!(!begins.starts_with(['=', '+', '-', '@']), "{cell:?}");
            }
            record.len()
        });
        cells.collect()
    };
    each(|certificate| {
        let calm = full_of("x");
        let table = |it: &Certificate| csv(it);
        let matrix = |it: &Certificate| matrix_csv(&side_by_side(it));
        let changed = |it: &Certificate| changes_csv(&changes(it, it));
        for made in [&table as &dyn Fn(&Certificate) -> String, &matrix, &changed] {
            let text = made(certificate);
            is_visible(&text);
            assert!(!text.contains('\t'));
            assert_eq!(rows(&text), rows(&made(&calm)));
        }
    });
}

#[test]
fn markdown_has_no_link_picture_or_element() {
    let blocks = |text: &str| -> usize {
        let mut blocks = 0;
        for event in Parser::new_ext(text, Options::all()) {
            match event {
                Event::Html(_)
                | Event::InlineHtml(_)
                | Event::InlineMath(_)
                | Event::DisplayMath(_) => {
                    panic!("{event:?}")
                }
                Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => {
                    panic!("{event:?}")
                }
                Event::Start(Tag::TableCell | Tag::Heading { .. } | Tag::Item) => blocks += 1,
                _ => {}
            }
        }
        blocks
    };
    each(|certificate| {
        let text = markdown(certificate);
        is_visible(&text);
        assert_eq!(blocks(&text), blocks(&markdown(&full_of("x"))));
    });
}

#[test]
fn terminals_show_lines_and_nothing_else() {
    let look = Look {
        width: 90,
        colour: false,
    };
    each(|certificate| {
        let runs = side_by_side(certificate);
        let calm = samples::camera();
        let changed = changes(&calm, certificate);
        for text in [
            terminal(certificate, look),
            matrix_terminal(&runs, look),
            changes_terminal(&changed, &runs, look),
        ] {
            is_visible(&text);
            assert!(!text.contains(['\r', '\t']));
            assert!(
                text.lines().all(|line| line.chars().count() <= 90),
                "{text}"
            );
        }
        // Where colours are ours, nobody else's are among them.
        let coloured = terminal(
            certificate,
            Look {
                colour: true,
                ..look
            },
        );
        let stripped = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(stripped, terminal(certificate, look));
    });
}

#[test]
fn what_probes_write_down_is_visible_in_json_too() {
    for (name, bytes) in ATTACKS {
        let text = shown(bytes, 600);
        let certificate = full_of(&text);
        let written = json(&certificate).unwrap();
        is_visible(&written);
        let back: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(back["statement"], text, "{name}");
    }
}
