//! What is wrong with a `security.txt`, rule by rule of RFC 9116.

use jiff::{Span, Timestamp};

use super::published::{Publication, Read};
use crate::observation::{Armour, SecurityTxt};
use crate::text::brief;
use crate::url::HttpsUrl;

/// The path that a file has (section 3), and the one that older files have.
const PATH: &str = "/.well-known/security.txt";
const OLD_PATH: &str = "/security.txt";

/// Ways to reach somebody (section 2.5.3).
const CONTACTS: [&str; 3] = ["mailto:", "tel:", "https:"];

/// Fields whose values are URIs (sections 2.5.1 to 2.5.4, 2.5.6, 2.5.7).
const URIS: [(&str, &str); 6] = [
    ("Acknowledgments", "2.5.1"),
    ("Canonical", "2.5.2"),
    ("Contact", "2.5.3"),
    ("Encryption", "2.5.4"),
    ("Hiring", "2.5.6"),
    ("Policy", "2.5.7"),
];

/// What was made of a file.
#[derive(Debug, Default)]
pub struct Examined {
    /// What it must not be, each with its section.
    pub breaches: Vec<String>,
    /// That its day is over.
    pub expired: Option<String>,
    /// What is advised against.
    pub advice: Vec<String>,
    /// Legal values of `Contact`.
    pub contacts: Vec<String>,
    /// Legal values of `Policy`.
    pub policies: Vec<String>,
    /// Of `Expires`, where there is one that is a time.
    pub expires: Option<Timestamp>,
    pub signed: bool,
}

/// Examines a file, as of a time.
pub fn examine(read: &Read<'_>, txt: &SecurityTxt, judged_at: Timestamp) -> Examined {
    let mut found = Examined {
        signed: txt.armour == Armour::Signed,
        ..Examined::default()
    };
    found.form(txt);
    found.uris(txt);
    found.expires(txt, judged_at);
    found.languages(txt);
    found.place(read, txt);
    found
}

impl Examined {
    fn breach(&mut self, section: &str, what: impl std::fmt::Display) {
        self.breaches.push(format!("{what} (section {section})"));
    }

    fn advise(&mut self, section: &str, what: impl std::fmt::Display) {
        self.advice.push(format!("{what} (section {section})"));
    }

    /// Sections 2.2, 2.3, 3 and 4: characters, lines, signature.
    fn form(&mut self, txt: &SecurityTxt) {
        if !txt.utf8 {
            self.breach("3", "it is not UTF-8");
        }
        if !txt.stray.is_empty() {
            let lines: Vec<String> = txt.stray.iter().map(u32::to_string).collect();
            let more = match txt.more_stray {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let lines = lines.join(", ");
            self.breach(
                "4",
                format!("no field and no comment in line {lines}{more}"),
            );
        }
        if txt.armour == Armour::Broken {
            self.breach("2.3", "its signature is cut off, or not around all of it");
        }
        if !txt.terminated {
            self.advise("2.2", "its last line does not end");
        }
        if let Some(field) = txt.fields.iter().find(|field| field.no_space) {
            let line = field.line;
            self.advise("4", format!("no space follows the colon in line {line}"));
        }
    }

    /// Section 2.5.3: at least one `Contact`; and URIs, which are secure where they are of the web.
    fn uris(&mut self, txt: &SecurityTxt) {
        for (name, section) in URIS {
            for value in txt.values(name) {
                let web = value.to_ascii_lowercase();
                let shown = brief(value, 120);
                if web.starts_with("http:") {
                    self.breach(
                        section,
                        format!("`{name}` leads to the web without TLS: {shown}"),
                    );
                } else if !is_uri(value) {
                    self.breach(section, format!("`{name}` is no URI: {shown}"));
                } else if name == "Contact" && !CONTACTS.iter().any(|it| web.starts_with(it)) {
                    self.advise(
                        section,
                        format!("`{name}` is no `mailto:`, `tel:` or `https:`, and counts as nobody to write to: {shown}"),
                    );
                } else if name == "Contact" {
                    self.contacts.push(shown);
                } else if name == "Policy" {
                    self.policies.push(shown);
                }
            }
        }
        if txt.values("Contact").next().is_none() {
            self.breach("2.5.3", "it has no `Contact`");
        }
    }

    /// Section 2.5.5: exactly one, a time of RFC 3339, not over; advised less than a year ahead.
    fn expires(&mut self, txt: &SecurityTxt, judged_at: Timestamp) {
        let values: Vec<&str> = txt.values("Expires").collect();
        let value = match values[..] {
            [] => return self.breach("2.5.5", "it has no `Expires`"),
            [value] => value,
            _ => return self.breach("2.5.5", format!("it has `Expires` {} times", values.len())),
        };
        let Some(expires) = internet_time(value) else {
            let value = brief(value, 60);
            return self.breach(
                "2.5.5",
                format!("`Expires` is no time of RFC 3339: {value}"),
            );
        };
        self.expires = Some(expires);
        if expires <= judged_at {
            self.expired = Some(format!("it expired at {expires} (section 2.5.5)"));
        }
        let year = judged_at.checked_add(Span::new().hours(366 * 24));
        if year.is_ok_and(|year| expires > year) {
            self.advise(
                "2.5.5",
                format!("it expires at {expires}, more than a year ahead"),
            );
        }
    }

    /// Section 2.5.8: at most one, with tags of RFC 5646.
    fn languages(&mut self, txt: &SecurityTxt) {
        let values: Vec<&str> = txt.values("Preferred-Languages").collect();
        if values.len() > 1 {
            let times = values.len();
            self.breach(
                "2.5.8",
                format!("it has `Preferred-Languages` {times} times"),
            );
        }
        let tag = |tag: &str| {
            let subtag = |part: &str| {
                (1..=8).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_alphanumeric())
            };
            tag.starts_with(|c: char| c.is_ascii_alphabetic()) && tag.split('-').all(subtag)
        };
        for value in values {
            if !value.split(',').map(str::trim).all(tag) {
                let value = brief(value, 80);
                self.breach(
                    "2.5.8",
                    format!("`Preferred-Languages` is no list of languages: {value}"),
                );
            }
        }
    }

    /// Sections 2.5.2 and 3: where it is, and what its server says that it is.
    fn place(&mut self, read: &Read<'_>, txt: &SecurityTxt) {
        let urls: Vec<HttpsUrl> = read
            .urls()
            .iter()
            .filter_map(|it| it.parse().ok())
            .collect();
        if let Some(asked) = urls.first() {
            match asked.path() {
                PATH => {}
                OLD_PATH => self.advise("3", format!("it is at {OLD_PATH}, and not at {PATH}")),
                path => self.breach(
                    "3",
                    format!("it is at {}, and not at {PATH}", brief(path, 80)),
                ),
            }
            let canonical: Vec<&str> = txt.values("Canonical").collect();
            let same = |value: &&str| {
                let value = value.parse::<HttpsUrl>();
                value.is_ok_and(|value| urls.contains(&value))
            };
            if !canonical.is_empty() && !canonical.iter().any(same) {
                let what = format!("`Canonical` does not name {asked}: it should not be trusted");
                self.breach("2.5.2", what);
            }
        }
        let fetched = match read.publication {
            Publication::Observed(fetched) | Publication::Private(fetched) => fetched,
            Publication::Declared(_) | Publication::Unsaid => return,
        };
        let said = fetched.media_type.as_deref().unwrap_or_default();
        if !is_plain_text(said) {
            let said = brief(said, 60);
            self.breach(
                "3",
                format!("its `Content-Type` is `{said}`, and not `text/plain` in UTF-8"),
            );
        }
    }
}

/// RFC 3986, section 3: a scheme, a colon, something, all of it of the characters of a URI.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let letters = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let legal = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    let escapes = rest.split('%').skip(1).all(|part| {
        let code = part.as_bytes().get(..2);
        code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    });
    // `//` alone names nobody.
    let says = !rest.trim_start_matches('/').is_empty();
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(letters)
        && rest.chars().all(legal)
        && escapes
        && says
}

/// RFC 3339, section 5.6, and no other way to write a time.
fn internet_time(text: &str) -> Option<Timestamp> {
    let upper = text.to_ascii_uppercase();
    let (date, time) = upper.split_once('T')?;
    let clock = time.trim_end_matches('Z');
    let clock = clock.rfind(['+', '-']).map_or(clock, |at| &clock[..at]);
    let offset = &time[clock.len()..];
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let shape = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(byte, wanted)| match wanted {
                    b'0' => byte.is_ascii_digit(),
                    wanted => byte == wanted,
                })
    };
    let legal = shape(date, "0000-00-00")
        && shape(seconds, "00:00:00")
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && (offset == "Z" || shape(offset, "+00:00") || shape(offset, "-00:00"));
    legal.then(|| upper.parse().ok()).flatten()
}

/// Section 3: `text/plain`, in UTF-8.
fn is_plain_text(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("charset")
            .then(|| value.trim_matches('"'))
    });
    kind.eq_ignore_ascii_case("text/plain")
        && charset.is_some_and(|charset| charset.eq_ignore_ascii_case("utf-8"))
}

#[cfg(test)]
mod tests;
