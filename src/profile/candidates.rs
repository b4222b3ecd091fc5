//! The published default credentials that are tried, each with its source.
//!
//! Pure: judging reads the same list to say what was tried.

use std::sync::LazyLock;

use crate::digest::sha256_hex;
use crate::error::InputError;

/// The list as shipped.
pub const TEXT: &str = include_str!("../../profiles/data/default-credentials.tsv");

const ORIGIN: &str = "profiles/data/default-credentials.tsv";
const HEADER: &str = "username\tpassword\tproducts\torigin\tretrieved";
const LEGAL: &str =
    "username, password, products (from 1), origin, retrieved (YYYY-MM-DD), with tabs between";

/// One published default credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub username: String,
    pub password: String,
    /// In how many rows of the sources it occurs.
    pub products: u32,
    /// The sources, with commit and licence.
    pub origin: String,
    /// `YYYY-MM-DD`.
    pub retrieved: jiff::civil::Date,
}

/// The shipped list, likeliest first.
pub fn candidates() -> &'static [Candidate] {
    static SHIPPED: LazyLock<Vec<Candidate>> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "a test parses this constant text")]
        parse(TEXT, ORIGIN).expect("the shipped list is well-formed")
    });
    &SHIPPED
}

/// Whether anybody may read a password in the list: it is a finding, and no secret.
pub fn is_published(password: &str) -> bool {
    candidates().iter().any(|one| one.password == password)
        || super::shared_keys::is_published_key(password)
}

/// SHA-256 of the shipped file, hex: which list was tried.
pub fn candidates_sha256() -> &'static str {
    static SHIPPED: LazyLock<String> = LazyLock::new(|| sha256_hex(TEXT));
    &SHIPPED
}

/// Parses a list: comments (`#`), the header line, then one credential a line.
///
/// # Errors
///
/// The first line that is not legal, by number; a pair that stands there twice; an empty list.
pub fn parse(text: &str, origin: &str) -> Result<Vec<Candidate>, InputError> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut header_seen = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let bad = |what: &str| InputError::at(origin, text, start, what).legal(LEGAL);
        // Only the line end is cut: a blank password leaves a field empty, and a space may be one.
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.starts_with('#') {
            continue;
        }
        if !header_seen {
            if line != HEADER {
                return Err(bad("the header line is missing"));
            }
            header_seen = true;
            continue;
        }
        let candidate = parse_line(line).map_err(bad)?;
        if found.iter().any(|other| same_pair(other, &candidate)) {
            return Err(bad("this pair stands in the list twice"));
        }
        found.push(candidate);
    }
    if found.is_empty() {
        return Err(InputError::new(origin, "the list is empty").legal(LEGAL));
    }
    Ok(found)
}

fn same_pair(a: &Candidate, b: &Candidate) -> bool {
    (&a.username, &a.password) == (&b.username, &b.password)
}

fn parse_line(line: &str) -> Result<Candidate, &'static str> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [username, password, products, origin, retrieved] = fields[..] else {
        return Err("a credential has five fields");
    };
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err("a control character");
    }
    if username.contains(':') {
        return Err("HTTP Basic cannot carry a colon in a user name");
    }
    let products = match products.parse() {
        Ok(count) if count > 0 => count,
        _ => return Err("products is no count"),
    };
    if origin.is_empty() {
        return Err("a credential without a source");
    }
    let retrieved = retrieved.parse().map_err(|_| "retrieved is no date")?;
    Ok(Candidate {
        username: username.to_owned(),
        password: password.to_owned(),
        products,
        origin: origin.to_owned(),
        retrieved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_is_whole_and_likeliest_first() {
        let list = parse(TEXT, ORIGIN).unwrap();
        assert_eq!(list.len(), 24);
        assert!(list.is_sorted_by(|a, b| a.products >= b.products));
        assert_eq!(
            (list[0].username.as_str(), list[0].password.as_str()),
            ("admin", "admin")
        );
        assert!(list.iter().any(|one| one.password.is_empty()));
        assert_eq!(candidates_sha256().len(), 64);
    }

    #[test]
    fn every_source_of_the_list_has_its_notice() {
        let notice = include_str!("../../profiles/data/NOTICE");
        for (name, full) in [
            ("DefaultCreds", "ihebski/DefaultCreds-cheat-sheet"),
            ("RouterSploit", "threat9/routersploit"),
        ] {
            assert!(notice.contains(&format!("=== {full}")), "{full}");
            assert!(candidates().iter().any(|one| one.origin.contains(name)));
        }
        for one in candidates() {
            for source in one.origin.split("; ") {
                assert!(
                    source.starts_with("DefaultCreds ") || source.starts_with("RouterSploit "),
                    "{source}"
                );
            }
        }
    }

    fn error(lines: &str) -> InputError {
        parse(&format!("# why\n{HEADER}\n{lines}"), "list").unwrap_err()
    }

    #[test]
    fn a_bad_line_is_an_error_that_names_it() {
        let good = "admin\tadmin\t3\tsource\t2026-01-31\n";
        for bad in [
            "admin\tadmin\t3\tsource",
            "admin\tadmin\t0\tsource\t2026-01-31",
            "admin\tadmin\tmany\tsource\t2026-01-31",
            "root\troot\t3\t\t2026-01-31",
            "root\troot\t3\tsource\t2026-02-31",
            "ro:ot\troot\t3\tsource\t2026-01-31",
            "ro\u{1}ot\troot\t3\tsource\t2026-01-31",
            "root\troot\t3\tsource\t2026-01-31\tmore",
            "",
        ] {
            let place = error(&format!("{good}{bad}\n")).place;
            assert_eq!(place, Some((4, 1)), "{bad:?}");
        }
        assert_eq!(error(&format!("{good}{good}")).place, Some((4, 1)));
    }

    #[test]
    fn no_header_or_no_line_is_an_error() {
        let headless = parse("admin\tadmin\t3\tsource\t2026-01-31\n", "list");
        assert_eq!(headless.unwrap_err().place, Some((1, 1)));
        assert!(parse(&format!("{HEADER}\n"), "list").is_err());
        assert!(parse("", "list").is_err());
    }
}
