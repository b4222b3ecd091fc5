//! `certificate.html`: one file without scripts or outside resources, for three readers.
//!
//! The pages of `html/` are one template. Each value of the certificate goes through
//! [`crate::text::harmless`] and HTML escaping on its way out; there is no way around it in a template,
//! because [`write_value`] escapes text that is marked as safe as well. Only a [`Picture`] is written as it is: its
//! writer has escaped every text in it.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde};
use minijinja::{
    AutoEscape, Environment, Output, State, UndefinedBehavior, Value, escape_formatter,
};
use serde::Serialize;

use super::laboratory::Signatures;
use super::page::{is_record, page};
use super::picture::Picture;
use super::words::{self, grouped, mark};
use crate::certificate::Certificate;
use crate::digest::is_sha256_hex;
use crate::error::Error;
use crate::text::harmless;
use crate::texts::{self, Texts};

const TEMPLATE: &str = concat!(
    include_str!("html/head.html"),
    "<style>\n",
    include_str!("html/style.css"),
    include_str!("html/examined.css"),
    include_str!("html/laboratory.css"),
    include_str!("html/pictures.css"),
    include_str!("picture/drawing.css"),
    "</style>\n",
    include_str!("html/opening.html"),
    include_str!("html/masthead.html"),
    include_str!("html/summary.html"),
    include_str!("html/documents.html"),
    include_str!("html/requirements.html"),
    include_str!("html/examined.html"),
    include_str!("html/pictures_open.html"),
    include_str!("picture/patterns.svg"),
    include_str!("html/pictures_lead.html"),
    include_str!("html/pictures_ports.html"),
    include_str!("html/pictures_tls.html"),
    include_str!("html/pictures_timeline.html"),
    include_str!("html/record.html"),
);

/// The whole page, in English.
///
/// # Errors
/// [`Error::Harness`] where the template fails, which no certificate causes.
pub fn html(certificate: &Certificate) -> Result<String, Error> {
    html_in(texts::english(), certificate, &Signatures::Unknown)
}

/// The whole page in the words of a language, with the signatures that were found beside the certificate. What is quoted from
/// the certificate stays English, as pictures and the laboratory's part do. A page that lists signatures is never part of what is signed.
///
/// # Errors
/// [`Error::Harness`] where the template fails, which no certificate causes.
pub fn html_in(
    texts: &Texts,
    certificate: &Certificate,
    signatures: &Signatures,
) -> Result<String, Error> {
    let page = page(certificate, texts, signatures);
    render("certificate.html", TEMPLATE, page)
}

/// Renders a template with what it sees. Whatever is no text of the template itself is escaped.
///
/// # Errors
/// [`Error::Harness`] where the template fails.
pub(super) fn render(name: &str, template: &str, page: impl Serialize) -> Result<String, Error> {
    try_render(name, template, page).map_err(|error| Error::Harness(format!("{name}: {error:#}")))
}

fn try_render(
    name: &str,
    template: &str,
    page: impl Serialize,
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_formatter(write_value);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.add_filter("mark", mark);
    environment.add_filter("fill", fill);
    environment.add_filter("grouped", grouped);
    environment.add_filter("counted", words::counted);
    environment.add_filter("shown_by", shown_by);
    environment.add_filter("ticks", ticks);
    environment.add_test("digest", is_digest);
    environment.add_test("record", is_record);
    environment.render_named_str(name, template, Serde(page))
}

fn write_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if let Some(picture) = value.downcast_object_ref::<Picture>() {
        return out.write_str(picture.as_str()).map_err(Into::into);
    }
    match value.as_str() {
        Some(text) => escape_formatter(out, state, &Value::from(harmless(text))),
        None => escape_formatter(out, state, value),
    }
}

/// What stands outside and inside backticks, in turn.
fn ticks(text: &str) -> Vec<String> {
    text.split('`').map(str::to_owned).collect()
}

/// Puts values in the place of `{name}` in a text of ours. A value that looks like a placeholder stays what it is.
fn fill(text: &str, values: Kwargs) -> Result<String, minijinja::Error> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        out.push_str(before);
        out.push_str(&values.get::<Value>(name)?.to_string());
        rest = after;
    }
    out.push_str(rest);
    values.assert_all_used()?;
    Ok(out)
}

/// What shows the state of a port, by the word of the certificate.
fn shown_by(proof: &str) -> &'static str {
    match proof {
        "accepted" => "the connection was accepted",
        "answered" => "a datagram came back",
        "refused" => "the device refused",
        "rejected" => "the device said by ICMP that nobody gets there",
        "no-answer" => "no answer came",
        "unreachable" => "somebody said that it is unreachable, which shows nothing",
        "local-fault" => "nothing: the tester's machine failed",
        "imported" => "another tool says so, in a file that was handed in",
        "foreign" => "held by another program of the tester's machine",
        _ => "nothing: it was not asked to the end",
    }
}

/// Whether a value is a SHA-256 in lower-case hex, and so a file name in `blobs/` and nothing worse.
fn is_digest(value: &Value) -> bool {
    value.as_str().is_some_and(is_sha256_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_digest_names_a_blob() {
        assert!(is_digest(&Value::from("0a".repeat(32))));
        assert!(!is_digest(&Value::from("0A".repeat(32))));
        assert!(!is_digest(&Value::from("0a".repeat(31))));
        assert!(!is_digest(&Value::from("..".repeat(32))));
        assert!(
            !is_digest(&Value::UNDEFINED),
            "an attempt without an answer has no bytes"
        );
    }
}
