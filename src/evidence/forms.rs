//! The forms in which a secret may stand in bytes: as probes send it, and as devices and files write it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::text::shown;

/// A secret of fewer bytes is looked for only in its plainest forms: in the others chance would find it.
const SHORT: usize = 3;

/// The forms of a text that stands for itself: plain, shown, Base64, percent-encoded, as references, wide, and
/// together with a user as HTTP Basic sends it.
pub(crate) fn encodings(value: &str, users: &[String]) -> Vec<Vec<u8>> {
    let mut all = vec![
        value.as_bytes().to_vec(),
        shown(value, usize::MAX).into_bytes(),
        STANDARD.encode(value).into_bytes(),
        URL_SAFE_NO_PAD.encode(value).into_bytes(),
        percent(value, "%", false, is_unreserved).into_bytes(),
        html_escaped(value).into_bytes(),
    ];
    all.extend(escaped(value));
    all.extend([
        value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ]);
    for user in users {
        all.push(STANDARD.encode(format!("{user}:{value}")).into_bytes());
    }
    all.retain(|encoding| !encoding.is_empty());
    all
}

/// Those, and every other form that is known: Base64 of something longer that holds the secret, hex, JSON and
/// HTML as various writers escape them, quoted-printable, Latin-1.
pub(super) fn traces(value: &str, users: &[String]) -> Vec<Vec<u8>> {
    let mut all = encodings(value, users);
    if value.len() < SHORT {
        return all;
    }
    for user in users {
        let pair = format!("{user}:{value}");
        all.push(URL_SAFE.encode(&pair).into_bytes());
    }
    all.push(URL_SAFE.encode(value).into_bytes());
    all.extend((0..3).flat_map(|before| inside_base64(value, before)));
    all.extend(hexadecimal(value));
    for lower in [false, true] {
        let parts = [is_unreserved, is_kept_by_scripts, |_: u8| false];
        all.extend(parts.map(|kept| percent(value, "%", lower, kept).into_bytes()));
    }
    let form = percent(value, "%", false, |byte| {
        is_unreserved(byte) || byte == b' '
    });
    all.push(form.replace(' ', "+").into_bytes());
    let printable = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'=';
    all.push(percent(value, "=", false, printable).into_bytes());
    all.extend(json(value));
    all.extend(html(value));
    let latin: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
    all.extend(latin);
    all
}

/// What Base64 of a longer row of bytes always has of the secret in its middle, with so many bytes before it
/// modulo three: the signs that no neighbour changes.
fn inside_base64(value: &str, before: usize) -> [Vec<u8>; 2] {
    let bytes = [&b"\0\0\0"[..before], value.as_bytes()].concat();
    // Of three bytes come four signs; of a sign that also has bits of a neighbour nothing is known.
    let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    [STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)]
        .map(|text| text.as_bytes()[first..last].to_vec())
}

/// In digits of either case, joined and apart.
fn hexadecimal(value: &str) -> impl Iterator<Item = Vec<u8>> + '_ {
    let joints = [("", ""), ("", ":"), ("", " "), ("\\x", "")];
    joints.into_iter().flat_map(move |(prefix, joint)| {
        [false, true].map(|lower| {
            let digits: Vec<String> = value
                .bytes()
                .map(|byte| format!("{prefix}{}", digits(byte, lower)))
                .collect();
            digits.join(joint).into_bytes()
        })
    })
}

fn digits(byte: u8, lower: bool) -> String {
    match lower {
        true => format!("{byte:02x}"),
        false => format!("{byte:02X}"),
    }
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What `encodeURIComponent` leaves.
fn is_kept_by_scripts(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'!' | b'\'' | b'(' | b')' | b'*')
}

/// Every byte but those that are kept as a sign and two digits.
fn percent(value: &str, sign: &str, lower: bool, kept: impl Fn(u8) -> bool) -> String {
    let piece = |byte: u8| match kept(byte) {
        true => char::from(byte).to_string(),
        false => format!("{sign}{}", digits(byte, lower)),
    };
    value.bytes().map(piece).collect()
}

/// As character references and as `\u0044`: every character, or those that are no letter or digit.
fn escaped(value: &str) -> impl Iterator<Item = Vec<u8>> + '_ {
    let forms: [fn(u32) -> String; 5] = [
        |code| format!("&#{code};"),
        |code| format!("&#x{code:x};"),
        |code| format!("&#x{code:X};"),
        |code| format!("\\u{code:04x}"),
        |code| format!("\\u{code:04X}"),
    ];
    forms.into_iter().flat_map(move |form| {
        [true, false].map(|all| {
            let piece = |c: char| match all || !c.is_ascii_alphanumeric() {
                true => form(u32::from(c)),
                false => c.to_string(),
            };
            value.chars().map(piece).collect::<String>().into_bytes()
        })
    })
}

/// In a JSON string: with and without an escaped slash, and in ASCII only.
fn json(value: &str) -> Vec<Vec<u8>> {
    let plain = value.replace('\\', "\\\\").replace('"', "\\\"");
    let plain = plain.replace('\n', "\\n").replace('\t', "\\t");
    let ascii = |c: char| {
        let mut units = [0; 2];
        match c.is_ascii() {
            true => c.to_string(),
            false => c
                .encode_utf16(&mut units)
                .iter()
                .map(|unit| format!("\\u{unit:04x}"))
                .collect(),
        }
    };
    let ascii: String = plain.chars().map(ascii).collect();
    [
        plain.replace('/', "\\/"),
        ascii.replace('/', "\\/"),
        plain,
        ascii,
    ]
    .map(String::into_bytes)
    .into()
}

/// As writers of HTML escape it who also escape apostrophes, or slashes too.
fn html(value: &str) -> Vec<Vec<u8>> {
    let escaped = html_escaped(value);
    let forms = ["&#39;", "&#x27;", "&apos;", "'"].map(|it| escaped.replace('\'', it));
    let slashed = forms.clone().map(|it| it.replace('/', "&#x2f;"));
    forms
        .into_iter()
        .chain(slashed)
        .map(String::into_bytes)
        .collect()
}

fn html_escaped(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_something_longer_holds_one_of_the_forms() {
        for value in ["abc", "hunter2", "p\u{fc}?>~\u{3ff}"] {
            let forms = traces(value, &[]);
            for (before, after) in [
                ("", "x"),
                ("u", ""),
                ("us", "yz"),
                ("user:", "\r\n"),
                ("\u{ff}", "~"),
            ] {
                let text = format!("{before}{value}{after}");
                for coded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                    let holds =
                        |form: &Vec<u8>| coded.as_bytes().windows(form.len()).any(|it| it == form);
                    assert!(forms.iter().any(holds), "{before} {value}: {coded}");
                }
            }
        }
    }

    #[test]
    fn no_form_is_so_short_that_chance_writes_it() {
        for value in ["abc", "h\u{fc}h", "1234"] {
            for form in traces(value, &[]) {
                assert!(form.len() >= 3, "{value}: {}", shown(&form, 40));
            }
        }
    }
}
