//! Documents of the lab's suppliers, which manifests name and sites serve.

use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

/// The directory beside a manifest that holds them.
pub const DOCUMENTS: &str = "lab-documents";

/// What becomes a time ahead.
const EXPIRES: &str = "{expires}";
/// In seconds.
const DAY: i64 = 86_400;

/// How far ahead: less than a year, which RFC 9116 advises.
const AHEAD: SignedDuration = SignedDuration::from_hours(180 * 24);

macro_rules! document {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../fixtures/documents/", $name)),
        )
    };
}

const FILES: [(&str, &str); 7] = [
    document!("policy.html"),
    document!("policy-form.html"),
    document!("security.txt"),
    document!("security-expired.txt"),
    document!("security-invalid.txt"),
    document!("security-signed.txt"),
    document!("support.html"),
];

/// The document of that name as of now, where there is one.
pub fn document(name: &str) -> Option<String> {
    let (_, text) = FILES.iter().find(|(known, _)| *known == name)?;
    // Whole days, so that runs of one day say the same.
    let days = (Timestamp::now().as_second() + AHEAD.as_secs()) / DAY;
    let seconds = days * DAY;
    let expires = Timestamp::from_second(seconds).ok()?;
    Some(text.replace(EXPIRES, &expires.to_string()))
}

/// Writes every document into the directory of a manifest.
pub(crate) fn lay(directory: &Path) -> io::Result<()> {
    let documents = directory.join(DOCUMENTS);
    std::fs::create_dir_all(&documents)?;
    for (name, _) in FILES {
        std::fs::write(documents.join(name), document(name).unwrap_or_default())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_expires_ahead_and_nothing_is_left_open() {
        for (name, _) in FILES {
            assert!(!document(name).unwrap().contains('{'), "{name}");
        }
        let text = document("security.txt").unwrap();
        let (_, rest) = text.split_once("Expires: ").unwrap();
        let time: Timestamp = rest.lines().next().unwrap().parse().unwrap();
        assert!(time > Timestamp::now());
        assert_eq!(document("other.txt"), None);
    }
}
