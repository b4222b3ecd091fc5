//! Fields of machine-readable texts, by their names: JSON, XML, and lines of `name = value`.
//!
//! Pages for people are not read so: a word beside a word is no field.

use std::net::IpAddr;

use serde_json::Value;

use super::address::is_internal;
use super::{Found, Known, find as position};
use crate::observation::Disclosed;

/// Fields of one text that are looked at.
const FIELDS: usize = 2000;
/// The longest value of a field.
const LONGEST: usize = 128;
/// The longest text before JSON in a script.
const LEAD: usize = 100;

/// A field, and whether the text is one of fields beyond doubt.
#[derive(Debug)]
struct Field {
    name: String,
    value: String,
    certain: bool,
}

/// What the fields of a text give away.
pub(super) fn find(text: &[u8], known: &Known) -> Vec<Found> {
    let fields = fields(text);
    let found = fields.iter().take(FIELDS).filter_map(|field| {
        let key = position(text, field.name.as_bytes()).unwrap_or_default();
        let name = plain(&field.name);
        let value = field.value.trim();
        let what = told(&name, value, known)?;
        if !field.certain && !stands_alone(what, value) {
            return None;
        }
        // Where it stands escaped, its name tells the place.
        let behind = position(&text[key..], value.as_bytes()).unwrap_or_default();
        let start = key + behind;
        let says = match what {
            Disclosed::Password | Disclosed::PasswordHash => {
                format!("`{name}`, {} characters", value.chars().count())
            }
            _ => format!("{name}: {value}"),
        };
        Some(Found {
            what,
            at: start..start + value.len(),
            says: Some(says),
        })
    });
    found.collect()
}

/// Whether a text that claims to be JSON or XML cannot be looked through as such: it is no text, or nothing
/// in it is a field.
pub(super) fn are_unreadable(content_type: &[u8], text: &[u8]) -> bool {
    let says = |word: &[u8]| position(content_type, word).is_some();
    let said = says(b"json") || (says(b"xml") && !says(b"html"));
    let trimmed = text.trim_ascii_start();
    let opens = trimmed.starts_with(b"{") || trimmed.starts_with(b"[");
    let claims = said || opens || trimmed.starts_with(b"<?xml");
    let foreign = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let lossy = String::from_utf8_lossy(trimmed);
    if !claims || (opens && json(&lossy).is_some()) {
        return false;
    }
    text.iter().any(foreign) || (said && opens && fields(text).is_empty())
}

/// In code a name beside a text may be anything. A password that is no word, a hash, a MAC address and a
/// serial number are what they are.
fn stands_alone(what: Disclosed, value: &str) -> bool {
    match what {
        Disclosed::Password => value.bytes().any(|byte| byte.is_ascii_digit()),
        Disclosed::PasswordHash | Disclosed::MacAddress | Disclosed::SerialNumber => true,
        _ => false,
    }
}

/// What a field is. `name` is [`plain`].
fn told(name: &str, value: &str, known: &Known) -> Option<Disclosed> {
    if value.is_empty() || value.len() > LONGEST || is_placeholder(value) {
        return None;
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    if ends(&[
        "password",
        "passwd",
        "passphrase",
        "psk",
        "presharedkey",
        "wpakey",
        "wepkey",
        "clientsecret",
        "secretkey",
        "accesstoken",
    ]) {
        return match value {
            _ if is_hash(value) => Some(Disclosed::PasswordHash),
            _ if is_secret(value) => Some(Disclosed::Password),
            _ => None,
        };
    }
    if ends(&["serial", "serialnumber", "serialno"]) {
        return (value.len() >= 4 && digit && is_name(value) && !is_uniform(value))
            .then_some(Disclosed::SerialNumber);
    }
    if ends(&["mac", "macaddress", "macaddr", "hwaddr", "ethaddr", "bssid"]) {
        return is_mac(value).then_some(Disclosed::MacAddress);
    }
    if ends(&["ssid"]) {
        let label = position(value.as_bytes(), b"ssid").is_some();
        return (value.len() <= 32 && !label).then_some(Disclosed::WifiName);
    }
    if ends(&[
        "firmware",
        "firmwareversion",
        "fwversion",
        "fwver",
        "firmwareversionnumber",
    ]) {
        return (digit && value.len() <= 40).then_some(Disclosed::FirmwareVersion);
    }
    if ends(&["version", "build", "release"]) {
        let is_it = known.firmware.as_deref() == Some(value);
        return is_it.then_some(Disclosed::FirmwareVersion);
    }
    if ends(&["user", "username", "login", "account", "owner"]) {
        let is_one = known.users.iter().any(|user| user == value);
        return is_one.then_some(Disclosed::UserName);
    }
    // Of whoever asks, it gives nothing away.
    let of_the_client = ["client", "remote", "your", "peer"]
        .iter()
        .any(|it| name.contains(it));
    if !of_the_client
        && ends(&[
            "ip",
            "ipaddr",
            "ipaddress",
            "address",
            "gateway",
            "dns",
            "host",
            "server",
            "broker",
        ])
    {
        let ip = value.parse::<IpAddr>().ok()?;
        return is_internal(ip, known).then_some(Disclosed::InternalAddress);
    }
    None
}

/// `wifi_PSK` and `wifiPsk` are `wifipsk`.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.take(40).collect::<String>().to_ascii_lowercase()
}

/// What stands where a value was left out or will be filled in.
fn is_placeholder(value: &str) -> bool {
    let word = value.to_ascii_lowercase();
    ["${", "{{", "<", "%"]
        .iter()
        .any(|open| value.starts_with(open) && !value.starts_with("{{secret:"))
        || [
            "none",
            "null",
            "true",
            "false",
            "unknown",
            "n/a",
            "undefined",
        ]
        .contains(&word.as_str())
        || is_uniform(value)
}

/// `********`, `xxxx`, `0000`.
fn is_uniform(value: &str) -> bool {
    let mut characters = value.chars();
    let first = characters.next();
    characters.all(|character| Some(character) == first)
}

/// No word of a language, as the label of a form would be (`WLAN-Passwort`): it has a digit, or a sign within
/// that joins no words.
fn is_secret(value: &str) -> bool {
    let joins = |byte: u8| b"-_./:'()".contains(&byte);
    let odd = |byte: u8| byte.is_ascii_digit() || (byte.is_ascii_punctuation() && !joins(byte));
    let inner = value.trim_end_matches(['.', ':', '!', '?', '*', '…']);
    (6..=LONGEST).contains(&inner.len())
        && !inner.contains(char::is_whitespace)
        && !inner.contains("://")
        && !inner.starts_with(['/', '.'])
        && inner.bytes().any(odd)
}

/// crypt(5).
fn is_hash(value: &str) -> bool {
    value.len() >= 20
        && ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$"]
            .iter()
            .any(|prefix| value.starts_with(prefix))
}

fn is_name(value: &str) -> bool {
    value.len() <= 64
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

/// Six bytes that one device has: no group address, and none from a manual.
fn is_mac(value: &str) -> bool {
    let digits: String = value
        .chars()
        .filter(|it| !matches!(it, ':' | '-' | '.'))
        .collect();
    let Ok(number) = u64::from_str_radix(&digits, 16) else {
        return false;
    };
    let documented = number >> 8 == 0x0000_005e_0053;
    let example = [0x0011_2233_4455, 0x1234_5678_9abc, 0xaabb_ccdd_eeff].contains(&number);
    digits.len() == 12
        && value.len() >= 12
        && number != 0
        && number >> 40 & 1 == 0
        && !documented
        && !example
}

/// The fields of a text; none where it is a page for people. What is no UTF-8 in it hides only itself.
fn fields(text: &[u8]) -> Vec<Field> {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start_matches('\u{feff}').trim();
    let named = |certain| {
        move |(name, value)| Field {
            name,
            value,
            certain,
        }
    };
    if let Some(value) = json(text) {
        let mut fields = Vec::new();
        of_json("", &value, &mut fields);
        return fields.into_iter().map(named(true)).collect();
    }
    if !text.starts_with('<') {
        let lines = text.lines().filter_map(of_line).map(named(true));
        return lines
            .take(FIELDS / 2)
            .chain(of_code(text).map(named(false)))
            .collect();
    }
    let page = ["<html", "<!doctype html", "<body"];
    if page
        .iter()
        .any(|tag| position(text.as_bytes(), tag.as_bytes()).is_some())
    {
        return Vec::new();
    }
    of_xml(text).into_iter().map(named(true)).collect()
}

/// JSON, also as scripts have it: `var cfg = {…};`, `callback({…})`, behind `)]}'` or `while(1);`, and with a
/// comma behind the last member.
fn json(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let start = text.find(['{', '['])?;
    let end = text.rfind(['}', ']'])? + 1;
    let behind = text.get(end..)?.bytes();
    let wrapped = start <= LEAD
        && !text.starts_with('<')
        && behind
            .into_iter()
            .all(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b')'));
    let inner = text.get(start..end).filter(|_| wrapped)?;
    serde_json::from_str(&without_last_commas(inner)).ok()
}

/// Without commas before `}` and `]`, but for those in strings.
fn without_last_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // A comma whose follower is not known yet, with the blanks behind it.
    let mut held = String::new();
    let (mut in_string, mut escaped) = (false, false);
    for character in text.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            out.push(character);
            continue;
        }
        if character == ',' || (character.is_whitespace() && !held.is_empty()) {
            held.push(character);
            continue;
        }
        match character {
            '}' | ']' if held.matches(',').count() == 1 => {}
            _ => out.push_str(&held),
        }
        held.clear();
        in_string = character == '"';
        out.push(character);
    }
    out + &held
}

/// `name: "value"` and `name = 'value'` wherever they stand in a script.
fn of_code(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let signs = text.match_indices([':', '=']);
    signs.filter_map(|(at, _)| {
        let before = text[..at].trim_end().trim_end_matches(['"', '\'']);
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let name = before.rsplit(|c| !legal(c)).next()?;
        let behind = text[at + 1..].trim_start();
        let quote = behind
            .chars()
            .next()
            .filter(|it| matches!(it, '"' | '\''))?;
        // What is longer is no value that is looked at.
        let near: String = behind.chars().skip(1).take(LONGEST + 1).collect();
        let (value, _) = near.split_once(quote)?;
        (1..=40)
            .contains(&name.len())
            .then(|| (name.to_owned(), value.to_owned()))
    })
}

fn of_json(name: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    if fields.len() >= FIELDS {
        return;
    }
    match value {
        Value::String(text) => fields.push((name.to_owned(), text.clone())),
        Value::Number(number) => fields.push((name.to_owned(), number.to_string())),
        Value::Array(values) => values.iter().for_each(|value| of_json(name, value, fields)),
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| of_json(name, value, fields)),
        Value::Bool(_) | Value::Null => {}
    }
}

/// `name = value`, `name: "value"`, `export NAME=value`; no sentence, and no code.
fn of_line(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let at = line.find(['=', ':'])?;
    let (name, value) = (line[..at].trim(), line[at + 1..].trim());
    let legal =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' ');
    let is_name =
        (1..=40).contains(&name.len()) && name.bytes().all(legal) && name.split(' ').count() <= 3;
    let value = value.trim_end_matches([';', ',']).trim_matches(['"', '\'']);
    is_name.then(|| (name.to_owned(), value.to_owned()))
}

/// `<name>value</`, as of a UPnP description.
fn of_xml(text: &str) -> Vec<(String, String)> {
    let elements = text.split('<').skip(1).filter_map(|piece| {
        let (tag, value) = piece.split_once('>')?;
        let name = tag.split([' ', '/']).next()?;
        (!name.is_empty() && !value.trim().is_empty()).then(|| (name.to_owned(), value.to_owned()))
    });
    elements.take(FIELDS).collect()
}
