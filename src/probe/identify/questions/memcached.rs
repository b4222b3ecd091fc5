//! memcached's text protocol (its `protocol.txt`): `version`.

use super::super::question::Question;
use super::read::product;
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "memcached-version",
    protocol: Protocol::Memcached,
    usual: &[11211],
    inside: true,
    says: &[b"version\r\n"],
    tell,
};

fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let version = bytes.strip_prefix(b"VERSION ")?;
    let line = version.strip_suffix(b"\r\n")?;
    Some(product(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_its_version() {
        assert_eq!(tell(b"VERSION 1.6.18\r\n"), Some(Some("1.6.18".to_owned())));
        assert_eq!(tell(b"ERROR\r\n"), None);
        assert_eq!(tell(b"version\r\n"), None);
    }
}
