//! The layer rule: what is judged, and what is declared as policy, touches no network, clock or disk.
//!
//! Reads the sources, not the compiler's mind: comments, texts and test modules are blanked, `use` trees
//! are spelled out, and every path that is left is looked at.

use std::path::Path;

use crate::{files, root};

/// The floors that are pure. `text.rs` and `decode.rs` are what they stand on.
const PURE: &[&str] = &[
    "src/case",
    "src/certificate",
    "src/compare",
    "src/decode.rs",
    "src/disclosure",
    "src/disclosure.rs",
    "src/import",
    "src/job",
    "src/keys",
    "src/observation",
    "src/profile",
    "src/records",
    "src/report",
    "src/text.rs",
    "src/texts",
    "src/texts.rs",
    "src/tls",
    "src/update",
    "src/verdict.rs",
];

/// What no path in them starts with.
const FORBIDDEN: &[&str] = &[
    "tokio",
    "hyper",
    "nix",
    "socket2",
    "tempfile",
    "getrandom",
    "ring::rand::SystemRandom",
    "std::env",
    "std::fs",
    "std::os",
    "std::process",
    "std::thread",
    "std::net",
    "crate::front",
    "crate::input",
    "crate::network",
    "crate::probe",
    "crate::runner",
];

/// What is a value and no socket.
const ALLOWED: &[&str] = &[
    "std::net::AddrParseError",
    "std::net::IpAddr",
    "std::net::Ipv4Addr",
    "std::net::Ipv6Addr",
    "std::net::SocketAddr",
    "std::net::SocketAddrV4",
    "std::net::SocketAddrV6",
];

/// What no path in them ends with.
const FORBIDDEN_CALLS: &[&str] = &[
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
];

#[test]
fn the_pure_floors_touch_no_network_clock_or_disk() {
    let mut looked_at = 0;
    for place in PURE {
        let place = root(place);
        let sources = if place.is_file() {
            vec![place]
        } else {
            files(&place, "rs")
        };
        for path in sources {
            looked_at += 1;
            let source = std::fs::read_to_string(&path).unwrap();
            assert_eq!(
                violations(&source),
                Vec::<String>::new(),
                "{}",
                path.display()
            );
        }
    }
    assert!(
        looked_at > 15,
        "only {looked_at} files: has the house moved?"
    );
}

#[test]
fn a_planted_violation_is_caught() {
    for (source, caught) in [
        ("use tokio::net::TcpStream;", "tokio::net::TcpStream"),
        (
            "use std::{collections::BTreeMap, fs::{self, File}};",
            "std::fs::self",
        ),
        ("use std::fs as disk;", "std::fs"),
        (
            "use ring::rand::{SecureRandom, SystemRandom};",
            "ring::rand::SystemRandom",
        ),
        ("use std::net::{IpAddr, TcpStream};", "std::net::TcpStream"),
        ("use std::net::*;", "std::net::*"),
        ("use std::net;", "std::net"),
        (
            "pub(crate) use crate::{text::shown, probe};",
            "crate::probe",
        ),
        ("fn f() { std::fs::read(\"x\"); }", "std::fs::read"),
        (
            "fn f() { let t = jiff::Timestamp::now(); }",
            "jiff::Timestamp::now",
        ),
        ("fn f() { let t = Instant :: now(); }", "Instant::now"),
        ("fn f() { ::std::process::id(); }", "std::process::id"),
        (
            "#[cfg(test)]\nmod tests { fn g() {} }\nfn f() { crate::runner::run() }",
            "crate::runner::run",
        ),
        ("fn f() -> char { '\"' }\nuse std::fs;", "std::fs"),
        (
            "fn f<'a>(x: &'a str) { r#\"\"# ; std::env::var(x) }",
            "std::env::var",
        ),
    ] {
        assert_eq!(violations(source), [caught], "{source}");
    }
}

#[test]
fn what_is_allowed_is_not_caught() {
    for source in [
        "use std::net::{IpAddr, Ipv4Addr, SocketAddr};",
        "use std::collections::BTreeMap;",
        "// use std::fs;\n/* std::fs::read /* nested */ std::fs */",
        "const TEXT: &str = \"std::fs::read\"; const RAW: &str = r#\"tokio::spawn \" \"#;",
        "/// See [`crate::probe`].\nfn f() {}",
        "#[cfg(test)]\nmod tests { use std::fs; fn f() { let b = '}'; std::fs::read(\"}\"); } }",
        "use crate::probes::x; use tokio_like::y; fn std_fs() {}",
    ] {
        assert_eq!(violations(source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    for path in files(&root("src"), "rs") {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(
            lines <= 600,
            "{} has {lines} lines: one idea a file",
            path.display()
        );
    }
}

#[test]
fn mod_files_only_declare() {
    for path in files(&root("src"), "rs") {
        if path.file_name().is_some_and(|name| name == "mod.rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let short = path.strip_prefix(root("")).unwrap();
            assert_eq!(
                defined_functions(&source),
                Vec::<String>::new(),
                "{}",
                short.display()
            );
        }
    }
}

#[test]
fn a_function_in_a_mod_file_is_caught() {
    let source = "mod a;\npub use a::A;\n/// fn no\npub fn list() {}\nimpl A { fn b() {} }\ntype F = fn(u8);";
    assert_eq!(defined_functions(source), ["list", "b"]);
}

/// Functions that a source defines. Types of a module as a whole (its list, its trait object) may stand
/// in `mod.rs`, code may not.
fn defined_functions(source: &str) -> Vec<String> {
    let tokens = tokens(&blanked(source));
    tokens
        .windows(2)
        .filter(|pair| {
            pair[0] == "fn" && pair[1].starts_with(|c: char| c.is_alphabetic() || c == '_')
        })
        .map(|pair| pair[1].clone())
        .collect()
}

/// The forbidden paths of a source, each once a place.
fn violations(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for path in paths(&without_tests(&blanked(source))) {
        let starts = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let within = |list: &[&str]| list.iter().any(|prefix| starts(prefix));
        let calls = FORBIDDEN_CALLS
            .iter()
            .any(|call| path == *call || path.ends_with(&format!("::{call}")));
        if calls || (within(FORBIDDEN) && !within(ALLOWED)) {
            // `use a::{b, b::c}` names one thing twice; the first is enough for each `use`.
            found.push(path);
        }
    }
    found.dedup_by(|later, first| {
        later.rsplit_once("::").map(|it| it.0) == first.rsplit_once("::").map(|it| it.0)
    });
    found
}

/// Every path of a blanked source, with `use` trees spelled out.
fn paths(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at = use_tree(&tokens, at + 1, "", &mut found);
        } else if is_word(&tokens[at]) {
            let mut path = tokens[at].clone();
            while at + 2 < tokens.len() && tokens[at + 1] == "::" && is_word(&tokens[at + 2]) {
                path = format!("{path}::{}", tokens[at + 2]);
                at += 2;
            }
            if path.contains("::") {
                found.push(path);
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    found
}

/// Spells out one `use` tree and returns where it ends.
fn use_tree(tokens: &[String], mut at: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    let start = path.clone();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => {
                at += 1;
                while at < tokens.len() && tokens[at] != "}" {
                    at = use_tree(tokens, at, &path, found);
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "," | "}" | ";" => break,
            "as" => at += 2,
            "::" if path.is_empty() => at += 1,
            token => {
                path.push_str(token);
                at += 1;
            }
        }
    }
    if path != start {
        found.push(path);
    }
    at
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single characters.
fn tokens(source: &str) -> Vec<String> {
    let characters: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let c = characters[at];
        let word = |c: &char| c.is_alphanumeric() || *c == '_';
        if word(&c) {
            let length = characters[at..].iter().take_while(|c| word(c)).count();
            found.push(characters[at..at + length].iter().collect());
            at += length;
        } else if c == ':' && characters.get(at + 1) == Some(&':') {
            found.push("::".to_owned());
            at += 2;
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            at += 1;
        }
    }
    found
}

/// The source without what is compiled for tests alone: `#[cfg(test)] mod … { … }`.
fn without_tests(blanked: &str) -> String {
    let mut source = blanked.to_owned();
    while let Some(start) = source.find("#[cfg(test)]\nmod ") {
        let mut depth = 0;
        let end = source[start..].char_indices().find_map(|(place, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (c == '}' && depth == 0).then_some(start + place + 1)
        });
        source.replace_range(start..end.unwrap_or(source.len()), "");
    }
    source
}

/// The source without its comments, and with its texts and characters emptied.
fn blanked(source: &str) -> String {
    let mut out = String::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = raw_text(rest, out.chars().last()) {
            out.push_str("\"\"");
            length
        } else if first == '"' {
            out.push_str("\"\"");
            text(rest)
        } else if let Some(length) = character(rest) {
            out.push_str("' '");
            length
        } else {
            out.push(first);
            first.len_utf8()
        };
        rest = &rest[skip..];
    }
    out
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// `r"…"`, `r#"…"#`, `br"…"`.
fn raw_text(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    let body = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&close)? + close.len();
    Some(rest.len() - body.len() + length)
}

fn text(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'x'` or `'\…'`, and not a lifetime.
fn character(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    let first = body.chars().next()?;
    if first == '\\' {
        let escape = body.chars().nth(1)?.len_utf8() + 1;
        return Some(1 + escape + body[escape..].find('\'')? + 1);
    }
    let after = &body[first.len_utf8()..];
    after.starts_with('\'').then_some(first.len_utf8() + 2)
}

#[test]
fn the_places_that_exist_are_those_named_here() {
    for place in [
        "src/case",
        "src/certificate",
        "src/observation",
        "src/profile",
        "src/update",
        "src/verdict.rs",
    ] {
        assert!(
            PURE.contains(&place) && Path::new(&root(place)).exists(),
            "{place}"
        );
    }
}
