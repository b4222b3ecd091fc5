//! Product and version, where a service says them in text.

use crate::text::shown;

/// The first line, without what ends it.
pub(super) fn line_of(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\n').next();
    let text = String::from_utf8_lossy(line.unwrap_or_default());
    text.trim().to_owned()
}

/// A header field of a response in the form of HTTP.
pub(super) fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The software in a 220 greeting, without host names and dates, which change: a word that names a
/// server, and the version behind it.
pub(super) fn software(line: &str) -> Option<String> {
    let words: Vec<&str> = line
        .split([' ', '(', ')', '[', ']', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    let is = |word: &str, names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    let named = words.iter().skip(1).position(|word| {
        let lower = word.to_ascii_lowercase();
        lower.contains("ftp") && !is(word, &["ftp", "sftp", "ftps"]) && !word.contains('.')
    });
    let after_smtp = words
        .iter()
        .skip(1)
        .position(|word| is(word, &["smtp", "esmtp"]))
        .map(|index| index + 1);
    let index = named.or(after_smtp)? + 1;
    let name = words.get(index)?;
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let version = words.get(index + 1).filter(|word| {
        word.trim_start_matches('v')
            .starts_with(|c: char| c.is_ascii_digit())
    });
    let product = match version {
        Some(version) => format!("{name} {version}"),
        None => (*name).to_owned(),
    };
    Some(shown(product, 100))
}
