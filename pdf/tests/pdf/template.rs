//! Templates of a laboratory's own, and what they cannot do.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{command, told};
use crate::{Test, samples};

pub const TESTS: &[Test] = &[
    ("what_shows_a_port_s_state_is_said_as_in_html", proofs),
    (
        "every_field_of_a_page_is_read_and_told_of_in_the_readme",
        whole,
    ),
    ("the_samples_hold_every_field_of_the_schema", covered),
    ("errors_name_the_file_line_and_column", places),
    ("files_of_the_template_s_folder_can_be_used", own_files),
    ("nothing_outside_can_be_read", outside),
    ("packages_are_not_fetched", packages),
    ("an_endless_template_ends", endless),
    ("pdf_a_and_pdf_ua_say_what_they_miss", demands),
];

/// Fields of a page that the built-in template does without, and why.
const NOT_READ: [(&str, &str); 6] = [
    ("crowded", "the first page is measured"),
    ("format", "the program has looked at it"),
    ("running", "for style sheets"),
    (
        "left_out",
        "where bytes do not stand on the page, that is said in any case",
    ),
    ("open", "paper has nothing to unfold"),
    ("unit", "of a timeline, whose name says it"),
];

/// Names of the fields of a page, without what is quoted from the certificate and from the texts.
fn fields(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                names.insert(name.clone());
                if !["c", "t", "r", "provisions", "opinions", "waived"].contains(&name.as_str()) {
                    fields(value, names);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, names)),
        _ => {}
    }
}

/// A fact that pages gain is shown on paper, or left out on purpose, and authors of templates are told of it.
fn whole() {
    let mut names = BTreeSet::new();
    for name in samples::NAMES {
        fields(&samples::page(&samples::golden(name)), &mut names);
    }
    assert!(names.len() > 90, "{names:?}");
    let folder = samples::repository("pdf/template/proofmark");
    let template: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|part| std::fs::read_to_string(part.unwrap().path()).unwrap())
        .collect();
    let readme = std::fs::read_to_string(samples::repository("pdf/README.md")).unwrap();
    let said = |text: &str, forms: [String; 2]| forms.iter().any(|form| text.contains(form));
    for name in &names {
        let read = said(&template, [format!(".{name}"), format!("\"{name}\"")]);
        let excused = NOT_READ.iter().any(|(known, _)| known == name);
        assert!(read || excused, "no part reads `{name}`");
        assert!(
            said(&readme, [format!("`{name}`"), format!(".{name}`")]),
            "README.md does not tell of `{name}`"
        );
    }
}

/// What the tests of pages look for on paper is all that a certificate can hold.
fn covered() {
    let schema = std::fs::read(samples::repository("schemas/certificate.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let types = schema["$defs"].as_object().unwrap().values();
    let properties = types
        .chain([&schema])
        .filter_map(|it| it["properties"].as_object());
    let known: BTreeSet<&String> = properties.flat_map(|it| it.keys()).collect();
    assert!(known.len() > 80, "{known:?}");
    let mut held = BTreeSet::new();
    for name in samples::NAMES {
        every_name(&samples::golden(name), &mut held);
    }
    let missing: Vec<_> = known
        .into_iter()
        .filter(|name| !held.contains(*name))
        .collect();
    assert_eq!(missing, NOT_IN_SAMPLES);
}

/// Fields that no golden certificate has. Of cautions the golden pages hold one that is made when a certificate comes alone.
const NOT_IN_SAMPLES: [&str; 3] = ["cautions", "ledger_blocks", "left_out"];

fn every_name(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                names.insert(name.clone());
                every_name(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| every_name(item, names)),
        _ => {}
    }
}

/// An unknown proof would be told as none at all.
fn proofs() {
    let template = include_str!("../../template/proofmark/data.typ");
    let html = std::fs::read_to_string(samples::repository("src/report/html.rs")).unwrap();
    let (_, words) = html.split_once("fn shown_by").unwrap();
    let (words, _) = words.split_once("_ =>").unwrap();
    let arms: Vec<(&str, &str)> = words
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(" => "))
        .collect();
    assert!(arms.len() > 8, "{arms:?}");
    for (proof, said) in arms {
        assert!(template.contains(&format!("{proof}: {said},")), "{proof}");
    }
}

/// A run and a folder `letter` with a template.
fn folder(template: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write(
        "page.json",
        &samples::page(&samples::golden("hub")).to_string(),
    );
    write("secret.txt", "outside");
    std::fs::create_dir(directory.path().join("letter")).unwrap();
    write("letter/letter.typ", template);
    directory
}

fn set(directory: &Path) -> Output {
    command(["--plain", "--template"])
        .arg(directory.join("letter/letter.typ"))
        .arg(directory.join("page.json"))
        .output()
        .unwrap()
}

fn refused(template: &str) -> String {
    let directory = folder(template);
    std::os::unix::fs::symlink(
        directory.path().join("secret.txt"),
        directory.path().join("letter/link.txt"),
    )
    .unwrap();
    let output = set(directory.path());
    let (status, message) = told(&output);
    assert_eq!((status, output.stdout.len()), (64, 0), "{message}");
    message
}

fn places() {
    let unknown = refused("#let c = json(\"certificate.json\")\n\nfür #c.nonsense\n");
    assert!(
        unknown.contains("letter.typ:3:8: dictionary does not contain key \"nonsense\""),
        "{unknown}"
    );
    let called = refused("#let f(x) = {\n  x.missing()\n}\n#f((:))\n");
    assert!(called.contains("letter.typ:2:"), "{called}");
    assert!(called.contains("letter.typ:4:"), "what called it: {called}");
    let unclosed = refused("#let x = (\n");
    assert!(
        unclosed.contains("letter.typ:1:10: unclosed delimiter"),
        "{unclosed}"
    );
    // What the certificate says is shown without what it hides.
    let quoted = refused("#panic(\"a\\u{202e}b\")");
    assert!(!quoted.contains('\u{202e}'), "{quoted}");
    let directory = folder("");
    std::fs::remove_file(directory.path().join("letter/letter.typ")).unwrap();
    let (status, absent) = told(&set(directory.path()));
    assert_eq!(status, 64);
    assert!(absent.contains("letter.typ: cannot read it"), "{absent}");
}

fn own_files() {
    let directory = folder(
        "#import \"parts/head.typ\": head\n#head\n#image(\"logo.svg\", width: 10mm)\n#read(\"/parts/note.txt\")\n",
    );
    let write = |name: &str, text: &str| {
        std::fs::write(directory.path().join("letter").join(name), text).unwrap()
    };
    std::fs::create_dir(directory.path().join("letter/parts")).unwrap();
    write(
        "parts/head.typ",
        "#let head = json(\"/certificate.json\").id\n",
    );
    write("parts/note.txt", "inside");
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>"#;
    write("logo.svg", svg);
    let output = set(directory.path());
    assert_eq!(told(&output), (0, String::new()));
    assert!(output.stdout.starts_with(b"%PDF"));
}

fn outside() {
    let above = refused("#read(\"../secret.txt\")");
    assert!(
        above.contains("letter.typ:1:7") && !above.contains("outside\""),
        "{above}"
    );
    let absolute = refused("#read(\"/../secret.txt\")");
    assert!(absolute.contains("letter.typ:1:7"), "{absolute}");
    let system = refused("#read(\"/etc/hostname\")");
    assert!(system.contains("not found"), "{system}");
    let link = refused("#read(\"link.txt\")");
    assert!(link.contains("outside the template's folder"), "{link}");
    let itself = refused("#read(\".\")");
    assert!(itself.contains("letter.typ:1:7"), "{itself}");
}

fn packages() {
    let message = refused("#import \"@preview/cetz:0.3.0\": canvas\n");
    assert!(
        message.contains("letter.typ:1:9") && message.contains("packages are not fetched"),
        "{message}"
    );
}

fn endless() {
    let message = refused("#let f(x) = f(x + 1)\n#f(0)\n");
    assert!(message.contains("call depth exceeded"), "{message}");
    let message = refused("#let x = 0\n#while x >= 0 { x += 1 }\n");
    assert!(message.contains("infinite"), "{message}");
}

fn demands() {
    let directory = folder(
        "#set document(title: \"x\")\n#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>\"))\n",
    );
    let template = directory.path().join("letter/letter.typ");
    let output = command(["--template"])
        .arg(template)
        .arg(directory.path().join("page.json"))
        .output()
        .unwrap();
    let (status, message) = told(&output);
    assert_eq!(status, 64);
    assert!(
        message.contains("letter.typ:2:2") && message.contains("PDF/UA-1"),
        "{message}"
    );
}
