//! Redis (documentation, "Redis serialization protocol" and `INFO`): an inline command that reads.

use super::super::question::Question;
use super::read::{behind, product};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "redis-info",
    protocol: Protocol::Redis,
    usual: &[6379, 6380],
    inside: true,
    says: &[b"INFO server\r\n"],
    tell,
};

/// A bulk string with the section `Server`. That it wants a password is told by its error.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let text = bytes.strip_prefix(b"$")?;
    behind(text, b"# Server\r\n")?;
    let version = behind(text, b"\nredis_version:");
    Some(version.and_then(|text| product(text.split(|byte| *byte == b'\r').next()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_server_says_its_version() {
        // redis-server 7.0.15 of Debian 12.
        let answer = b"$580\r\n# Server\r\nredis_version:7.0.15\r\nredis_git_sha1:00000000\r\n";
        assert_eq!(tell(answer), Some(Some("7.0.15".to_owned())));
        assert_eq!(tell(b"$-1\r\n"), None);
        assert_eq!(tell(b"# Server\r\nredis_version:7\r\n"), None);
    }
}
