//! How a server asks for credentials: `WWW-Authenticate` taken apart (RFC 9110, section 11.6.1).

/// Authentication schemes that are noted.
pub(super) const SCHEMES: usize = 8;
/// Parameters of one challenge that are kept.
const PARAMETERS: usize = 16;

/// One challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// Lower case.
    pub scheme: String,
    /// Names lower case, values without their quotes.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The value of a parameter; the first one counts.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }
}

/// All challenges, in order. One header may hold several, and commas separate challenges as well as their
/// parameters. What is neither is left out.
pub(super) fn challenges(values: &[&[u8]]) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    for value in values {
        // A parameter belongs to a challenge of the same header.
        let mut current = None;
        for part in split(value) {
            let part = part.trim_ascii();
            let end = part
                .bytes()
                .position(|byte| byte.is_ascii_whitespace() || byte == b'=');
            let (head, rest) = part.split_at(end.unwrap_or(part.len()));
            let rest = rest.trim_ascii_start();
            let parameter = if let Some(value) = rest.strip_prefix('=') {
                Some((head, value))
            } else if is_scheme(head) && found.len() < SCHEMES {
                found.push(Challenge {
                    scheme: head.to_ascii_lowercase(),
                    parameters: Vec::new(),
                });
                current = Some(found.len() - 1);
                rest.split_once('=')
            } else {
                current = None;
                None
            };
            if let Some((name, value)) = parameter
                && let Some(challenge) = current.and_then(|at| found.get_mut(at))
                && challenge.parameters.len() < PARAMETERS
            {
                let name = name.trim_ascii().to_ascii_lowercase();
                challenge
                    .parameters
                    .push((name, unquoted(value.trim_ascii())));
            }
        }
    }
    found
}

/// The schemes of all challenges, each once.
pub(super) fn schemes(values: &[&[u8]]) -> Vec<String> {
    let mut schemes = Vec::new();
    for challenge in challenges(values) {
        if !schemes.contains(&challenge.scheme) {
            schemes.push(challenge.scheme);
        }
    }
    schemes
}

fn is_scheme(word: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !word.is_empty() && word.len() <= 32 && word.bytes().all(plain)
}

/// Splits at commas outside quoted strings. Bytes that are no UTF-8 become a character that is no value's.
fn split(value: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(value);
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for character in text.chars() {
        if character == ',' && !quoted {
            parts.push(String::new());
            continue;
        }
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

/// The content of a quoted string (RFC 9110, section 5.6.4), or a token as it stands.
fn unquoted(value: &str) -> String {
    let Some(inside) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let mut content = String::new();
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => content.extend(characters.next()),
            plain => content.push(plain),
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_go_to_their_challenge() {
        let header = br#"Basic realm="a, \"b\"", Digest realm = x ,nonce="n,=" , qop="auth,auth-int", Negotiate"#;
        let found = challenges(&[header, b"nonce=stray", b"digest NONCE=y"]);
        let schemes: Vec<_> = found.iter().map(|one| one.scheme.as_str()).collect();
        assert_eq!(schemes, ["basic", "digest", "negotiate", "digest"]);
        assert_eq!(found[0].parameter("realm"), Some("a, \"b\""));
        assert_eq!(found[1].parameter("realm"), Some("x"));
        assert_eq!(found[1].parameter("nonce"), Some("n,="));
        assert_eq!(found[1].parameter("qop"), Some("auth,auth-int"));
        assert_eq!(found[2].parameter("nonce"), None);
        assert_eq!(found[3].parameter("nonce"), Some("y"));
    }

    #[test]
    fn nothing_grows_without_end() {
        let many = "a, ".repeat(1000);
        assert_eq!(challenges(&[many.as_bytes()]).len(), SCHEMES);
        let many = format!("Digest {}", "a=b, ".repeat(1000));
        assert_eq!(
            challenges(&[many.as_bytes()])[0].parameters.len(),
            PARAMETERS
        );
    }
}
