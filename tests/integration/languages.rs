//! `proofmark report --language`: a page in the words of a folder of texts, whole or not at all.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use proofmark::texts::FILES;

use crate::root;

/// The English texts as a language of their own in a folder, each file changed.
fn folder(language: &str, change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(language)).unwrap();
    for file in FILES {
        let text = fs::read_to_string(root("texts/en").join(file)).unwrap();
        let text = text.replace("language = \"en\"", &format!("language = \"{language}\""));
        fs::write(dir.path().join(language).join(file), change(&text)).unwrap();
    }
    dir
}

fn report(arguments: &[&str], texts: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofmark"));
    command
        .arg("report")
        .arg(root("tests/golden/camera.json"))
        .args(arguments);
    if let Some(texts) = texts {
        command.arg("--texts").arg(texts);
    }
    command.output().unwrap()
}

/// What a wrong command says.
fn refused(arguments: &[&str], texts: Option<&Path>) -> String {
    let output = report(arguments, texts);
    assert_eq!(output.status.code(), Some(64), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_folder_of_texts_makes_a_page_that_says_it_is_a_translation() {
    let dir = folder("xx", |text| text.replace("The reasons", "Die Gründe"));
    let output = report(&["--format", "html", "--language", "xx"], Some(dir.path()));
    let page = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(page.contains("<section class=\"lay\" lang=\"xx\"") && page.contains("Die Gründe"));
    assert!(
        page.contains("This is a translation. The English certificate is the one that counts.")
    );
    let english = report(&["--format", "html", "--language", "en"], None).stdout;
    assert_eq!(english, report(&["--format", "html"], None).stdout);
    assert!(
        !String::from_utf8(english)
            .unwrap()
            .contains("This is a translation")
    );
}

#[test]
fn texts_that_are_missing_are_listed_and_nothing_is_written() {
    let dir = folder("xx", |text| text.replace("\nheading = ", "\nheadline = "));
    let out = dir.path().join("page.html");
    let out = out.to_str().unwrap();
    let error = refused(
        &["--format", "html", "--language", "xx", "--out", out],
        Some(dir.path()),
    );
    for line in [
        "texts in `xx`: are not whole:",
        "  page.toml: `engineer.heading` is missing",
        "  page.toml: `more.heading` is missing",
        "  page.toml: `more.headline` is not known",
        "legal: every text that the English ones have, and no other",
    ] {
        assert!(error.contains(line), "{error}");
    }
    assert!(!Path::new(out).exists());
    fs::remove_file(dir.path().join("xx/reasons.toml")).unwrap();
    let error = refused(&["--format", "html", "--language", "xx"], Some(dir.path()));
    assert!(error.contains("reasons.toml: cannot read it"), "{error}");
}

#[test]
fn a_language_that_is_none_or_not_there_is_refused() {
    let html = |language| ["--format", "html", "--language", language];
    let error = refused(&html("xx"), None);
    assert!(
        error.contains("there are no texts in `xx`\n  legal: en; or --texts DIR"),
        "{error}"
    );
    for language in ["../en", "EN", "e", "en/", "\u{1b}[2J"] {
        let error = refused(&html(language), Some(&root("texts")));
        assert!(
            error.contains("names no language") && !error.contains('\u{1b}'),
            "{error}"
        );
    }
}

#[test]
fn only_the_page_for_people_is_translated() {
    for format in ["text", "json", "junit", "csv", "markdown"] {
        let error = refused(&["--format", format, "--language", "en"], None);
        assert!(
            error.contains("--language: is for HTML and PDF only"),
            "{error}"
        );
    }
    let dir = folder("xx", |text| text.replace("The reasons", "Die Gründe"));
    let arguments = ["--format", "page", "--language", "xx"];
    let page = report(&arguments, Some(dir.path())).stdout;
    let page: serde_json::Value = serde_json::from_slice(&page).unwrap();
    assert_eq!(
        (&page["lang"], &page["translated"]),
        (&"xx".into(), &true.into())
    );
    assert_eq!(page["t"]["lay"]["reasons"], "Die Gründe");
    assert!(refused(&["--format", "html"], Some(&root("texts"))).contains("--language"));
}
