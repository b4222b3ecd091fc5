//! HTTP Digest (RFC 7616) with SHA-256, from the server's side.

use sha2::{Digest as _, Sha256};

/// What a client says in its `Authorization`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    fields: Vec<(String, String)>,
}

impl Said {
    /// Reads the header; none where it is something else. Values of clients hold no comma and no escape here.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let field = |part: &str| {
            let (name, value) = part.trim().split_once('=')?;
            Some((name.to_owned(), value.trim_matches('"').to_owned()))
        };
        let fields = rest.split(',').map(field).collect::<Option<_>>()?;
        Some(Self { fields })
    }

    fn field(&self, name: &str) -> &str {
        let mut named = self.fields.iter().filter(|(known, _)| known == name);
        named.next().map_or("", |(_, value)| value)
    }

    pub(super) fn username(&self) -> &str {
        self.field("username")
    }

    /// Whether it answers the challenge of this realm, with this nonce, for this path.
    pub(super) fn is_about(&self, realm: &str, nonce: &str, path: &str) -> bool {
        self.field("realm") == realm
            && self.field("nonce") == nonce
            && self.field("uri") == path
            && self.field("qop") == "auth"
            && self.field("algorithm") == "SHA-256"
    }

    /// Whether its hash is the one of this password (RFC 7616, section 3.4.1).
    pub(super) fn knows(&self, method: &str, password: &str) -> bool {
        let secret = hash(&[self.username(), self.field("realm"), password]);
        let request = hash(&[method, self.field("uri")]);
        let middle = ["nonce", "nc", "cnonce", "qop"].map(|name| self.field(name));
        let [nonce, count, cnonce, qop] = middle;
        self.field("response") == hash(&[&secret, nonce, count, cnonce, qop, &request])
    }
}

fn hash(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join(":"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616, section 3.9.1.
    const HEADER: &str = concat!(
        "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", ",
        "algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, ",
        "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, ",
        "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\", ",
        "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
    );

    #[test]
    fn the_standard_s_example_holds() {
        let said = Said::parse(HEADER).unwrap();
        assert!(said.knows("GET", "Circle of Life"));
        assert!(!said.knows("GET", "Circle of life"));
        assert!(!said.knows("POST", "Circle of Life"));
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let realm = "http-auth@example.org";
        assert!(said.is_about(realm, nonce, "/dir/index.html"));
        assert!(!said.is_about("other", nonce, "/dir/index.html"));
        assert!(!said.is_about(realm, "other", "/dir/index.html"));
        assert!(!said.is_about(realm, nonce, "/"));
        assert_eq!(Said::parse("Basic eDp5"), None);
    }
}
