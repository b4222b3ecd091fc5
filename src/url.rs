//! `https:` URLs, strictly read: what a document may be fetched from. No network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::text::shown;

/// The longest URL, in bytes: longer ones belong to no document that people are meant to find.
const LONGEST: usize = 2000;

/// An `https:` URL (RFC 3986, section 3; RFC 9110, section 4.2.2) without user and without fragment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpsUrl {
    host: Host,
    port: u16,
    /// The request target: path and query, beginning with `/`.
    target: String,
}

/// Whom a URL names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// Lower case.
    Name(String),
    Ip(IpAddr),
}

impl HttpsUrl {
    /// Whom it names.
    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, as a request sends them.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The path alone.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("/")
    }

    /// Host and port, as a request's `Host` field has them: the port where it is not the usual one.
    pub fn authority(&self) -> String {
        match self.port {
            443 => self.host.to_string(),
            port => format!("{}:{port}", self.host),
        }
    }

    /// Where a `Location` leads from here (RFC 9110, section 10.2.2).
    ///
    /// # Errors
    ///
    /// It leads to no `https:` URL, or by a relative path, which is followed nowhere here.
    pub fn join(&self, location: &str) -> Result<Self, String> {
        if location.starts_with("//") {
            return format!("https:{location}").parse();
        }
        if location.starts_with('/') {
            return format!("https://{}{location}", self.authority()).parse();
        }
        location.parse()
    }
}

impl FromStr for HttpsUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why: &str| format!("`{}` {why}", shown(text, 120));
        if text.len() > LONGEST {
            return Err(wrong("is too long for a URL"));
        }
        let rest = match text.get(..8) {
            Some(scheme) if scheme.eq_ignore_ascii_case("https://") => &text[8..],
            _ => return Err(wrong("is no `https:` URL")),
        };
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) || rest.contains(FORBIDDEN) {
            return Err(wrong("has a character that no URL has"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(wrong("names a user, and a public document has none"));
        }
        let (host, port) = split_port(authority).ok_or_else(|| wrong("has no legal port"))?;
        let host = Host::read(host).ok_or_else(|| wrong("names no host"))?;
        let target = match target.starts_with('/') {
            true => target.to_owned(),
            false => format!("/{target}"),
        };
        Ok(Self { host, port, target })
    }
}

/// Characters that stand in no URL (RFC 3986, appendix A), of those that can be seen.
const FORBIDDEN: [char; 8] = ['"', '<', '>', '\\', '^', '`', '{', '}'];

/// Host and port of an authority; 443 where it says none.
fn split_port(authority: &str) -> Option<(&str, u16)> {
    let after_ip = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[after_ip..].find(':') {
        None => Some((authority, 443)),
        Some(at) => {
            let (host, port) = authority.split_at(after_ip + at);
            let digits = &port[1..];
            let port = digits.parse().ok().filter(|port| *port > 0)?;
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some((host, port))
        }
    }
}

impl Host {
    fn read(text: &str) -> Option<Self> {
        if let Some(ip) = text.strip_prefix('[') {
            let ip: Ipv6Addr = ip.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Ip(ip.into()));
        }
        let labels: Vec<&str> = text.split('.').collect();
        let letters = |label: &&str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            !label.is_empty() && label.len() <= 63 && label.bytes().all(plain)
        };
        if text.len() > 253 || !labels.iter().all(letters) {
            return None;
        }
        // Whatever ends in a number is an address or nothing: `1.2` and `0x7f.1` are ways to hide one.
        let last = labels.last()?;
        if last.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(Self::Ip(text.parse::<Ipv4Addr>().ok()?.into()));
        }
        Some(Self::Name(text.to_ascii_lowercase()))
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(ip)) => write!(f, "{ip}"),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        }
    }
}

impl std::fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "https://{}{}", self.authority(), self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        text.parse::<HttpsUrl>().map(|url| url.to_string())
    }

    #[test]
    fn a_url_has_one_writing() {
        for (text, written) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://Example.COM:443/A?b#c", "https://example.com/A?b"),
            ("https://example.com:8443?x", "https://example.com:8443/?x"),
            ("https://192.0.2.1/", "https://192.0.2.1/"),
            (
                "https://[2001:db8::1]:8443/a",
                "https://[2001:db8::1]:8443/a",
            ),
        ] {
            assert_eq!(read(text).as_deref(), Ok(written));
        }
    }

    #[test]
    fn what_is_none_or_hides_something_is_refused() {
        for text in [
            "",
            "http://example.com/",
            "ftp://example.com/",
            "example.com",
            "https://",
            "https:///path",
            "https://user@example.com/",
            "https://user:pw@example.com/",
            "https://example.com@192.0.2.1/",
            "https://example.com:0/",
            "https://example.com:65536/",
            "https://example.com:+443/",
            "https://example.com:/",
            "https://a b/",
            "https://ex\u{e4}mple.com/",
            "https://example.com/\r\nHost: x",
            "https://example..com/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://[fe80::1%25eth0]/",
            "https://[::1/",
            "https://a\\b/",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&format!("https://example.com/{}", "x".repeat(2000))).is_err());
    }

    #[test]
    fn a_location_leads_on_within_https() {
        let from: HttpsUrl = "https://example.com:8443/a/b?c".parse().unwrap();
        for (location, to) in [
            ("/d", "https://example.com:8443/d"),
            ("//other.example/e", "https://other.example/e"),
            ("https://other.example", "https://other.example/"),
        ] {
            assert_eq!(
                from.join(location).map(|it| it.to_string()).as_deref(),
                Ok(to)
            );
        }
        for location in ["http://example.com/", "d", "../d", "", "javascript:x", "?q"] {
            assert!(from.join(location).is_err(), "{location}");
        }
    }
}
