//! The guides name what exists, and the pages of the test cases say what the code says.

use std::collections::BTreeSet;

use proofmark::case::{TEST_CASES, TestCase};
use proofmark::verdict::{Code, Severity};

use crate::{files, root};

const GUIDES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
];

/// A path in backticks that starts like this is one of ours.
const PLACES: &[&str] = &[
    "examples/",
    "lab/",
    "pdf/",
    "profiles/",
    "schemas/",
    "src/",
    "tests/",
    "texts/",
];

const HEADINGS: &[&str] = &[
    "Objective",
    "Provisions",
    "Inputs",
    "Observations needed",
    "Procedure",
    "Codes",
    "Verdict assignment",
    "Limits",
];

#[test]
fn every_path_that_a_guide_names_exists() {
    for guide in GUIDES {
        let text =
            std::fs::read_to_string(root(guide)).unwrap_or_else(|error| panic!("{guide}: {error}"));
        let missing: Vec<&str> = named_paths(&text)
            .into_iter()
            .filter(|path| !root(path).exists())
            .collect();
        assert_eq!(
            missing,
            Vec::<&str>::new(),
            "{guide} names what does not exist"
        );
    }
}

#[test]
fn paths_are_found_in_backticks_and_nowhere_else() {
    let text = "See `src/text.rs`, `src/case/` and `tests/integration/main.rs:12`, not src/no.rs, \
        `use src/of`, `lab/<name>.toml`, `profiles/*.toml` or `srcs/x`.";
    assert_eq!(
        named_paths(text),
        ["src/text.rs", "src/case/", "tests/integration/main.rs"]
    );
}

#[test]
fn every_test_case_has_a_whole_page() {
    for case in TEST_CASES {
        assert_eq!(
            page_faults(case.page, case.codes),
            Vec::<String>::new(),
            "{}",
            case.id
        );
    }
}

#[test]
fn every_page_belongs_to_a_test_case() {
    let embedded: BTreeSet<&str> = TEST_CASES
        .iter()
        .map(|case: &&TestCase| case.page)
        .collect();
    for path in files(&root("src/case"), "md") {
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(
            embedded.contains(page.as_str()),
            "{}: no test case embeds it",
            path.display()
        );
    }
}

#[test]
fn a_page_that_drifted_is_caught() {
    let codes = [
        code("door-open", Severity::High),
        code("door-ajar", Severity::Note),
    ];
    let sections: Vec<String> = HEADINGS
        .iter()
        .map(|it| format!("## {it}\n\nText.\n"))
        .collect();
    let table = "| code | default severity | meaning |\n|---|---|---|\n\
        | `door-open` | high | Open. |\n| `door-ajar` | note | Ajar. |\n";
    let good = sections
        .join("\n")
        .replace("## Codes\n\nText.\n", &format!("## Codes\n\n{table}"));
    assert_eq!(page_faults(&good, &codes), Vec::<String>::new());
    for (right, wrong) in [
        ("## Limits\n", "## Limit\n"),
        ("## Limits\n\nText.\n", "## Limits\n\n"),
        ("## Limits", "## More\n\nText.\n\n## Limits"),
        ("## Limits\n\n", "## Limits\n\nBy hand: `nmap`.\n\n"),
        ("| high |", "| low |"),
        ("`door-ajar`", "`door-shut`"),
        ("| `door-ajar` | note | Ajar. |\n", ""),
        (
            "| `door-ajar` | note | Ajar. |\n",
            "| `door-ajar` | note | Ajar. |\n| `door-ajar` | note | . |\n",
        ),
    ] {
        let bad = good.replacen(right, wrong, 1);
        assert_ne!(bad, good);
        assert!(!page_faults(&bad, &codes).is_empty(), "{wrong}");
    }
}

fn code(id: &'static str, severity: Severity) -> Code {
    Code { id, severity }
}

/// Our paths in backticks: plain ones, without a placeholder or a pattern in them, the line cut off.
fn named_paths(text: &str) -> Vec<&str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|quoted| PLACES.iter().any(|place| quoted.starts_with(place)))
        .map(|quoted| quoted.split(':').next().unwrap_or(quoted))
        .filter(|path| !path.contains(|c: char| c.is_whitespace() || "<>*{}…".contains(c)))
        .collect()
}

/// What is wrong with a page.
fn page_faults(page: &str, codes: &[Code]) -> Vec<String> {
    let mut faults = Vec::new();
    if page.contains("\nBy hand:") {
        faults.push("how to look oneself stands in texts/, not here".to_owned());
    }
    let sections: Vec<(&str, &str)> = page
        .split("\n## ")
        .enumerate()
        .filter_map(|(index, section)| match index {
            0 => section.strip_prefix("## "),
            _ => Some(section),
        })
        .map(|section| section.split_once('\n').unwrap_or((section, "")))
        .collect();
    let headings: Vec<&str> = sections.iter().map(|(heading, _)| heading.trim()).collect();
    if headings != HEADINGS {
        faults.push(format!("headings are {headings:?}"));
    }
    for (heading, body) in &sections {
        if body.trim().is_empty() {
            faults.push(format!("`{heading}` is empty"));
        }
    }
    let table = sections
        .iter()
        .find(|(heading, _)| heading.trim() == "Codes");
    let mut listed: Vec<(String, String)> = table
        .map(|(_, body)| body.lines().filter_map(code_row).collect())
        .unwrap_or_default();
    let mut defined: Vec<(String, String)> = codes
        .iter()
        .map(|code| (code.id.to_owned(), code.severity.as_str().to_owned()))
        .collect();
    listed.sort();
    defined.sort();
    if listed != defined {
        faults.push(format!(
            "the page lists {listed:?}, the code has {defined:?}"
        ));
    }
    faults
}

/// ``| `code` | severity | meaning |``
fn code_row(line: &str) -> Option<(String, String)> {
    let mut cells = line.trim().strip_prefix('|')?.split('|').map(str::trim);
    let code = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
    Some((code.to_owned(), cells.next()?.to_owned()))
}

#[test]
fn a_page_names_the_provisions_that_profiles_claim_for_it() {
    for (id, text) in proofmark::profile::shipped() {
        let profile = proofmark::profile::parse(text, id).unwrap();
        for requirement in &profile.requirements {
            let section = requirement.test_case.section("Provisions");
            for provision in &requirement.provisions {
                assert!(
                    section.contains(&provision.standard) && section.contains(&provision.id),
                    "the page of {} does not name {} {}",
                    requirement.test_case.id,
                    provision.standard,
                    provision.id
                );
            }
        }
    }
}
