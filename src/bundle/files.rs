//! The files of a bundle: which names are legal, and which files a directory has.

use std::fs;
use std::path::Path;

use super::Flaw;
use crate::digest::is_sha256_hex;
use crate::input::{BLOCKLIST_FILE, JUDGED_BY_FILE, WAIVERS_FILE, bounded};
use crate::record_book::{ATTACHMENTS, RECORDS_FILE};
use crate::text::{harmless, shown};

/// The one file that is not under the signature, because it holds it.
pub const ENVELOPE: &str = crate::input::STATEMENT_FILE;

/// No file of a bundle is larger, bytes.
pub(super) const LARGEST_FILE: usize = 256 << 20;
/// No bundle has more files. A run of days has some ten thousand blobs.
const MOST_FILES: usize = 100_000;
/// Folders that a bundle may have; there are none inside them.
const FOLDERS: [&str; 3] = [ATTACHMENTS, "blobs", "inputs"];
/// Files that a bundle may have beside them. Whatever a reader cannot check has no place in it.
const FILES: [&str; 13] = [
    BLOCKLIST_FILE,
    "certificate.html",
    "certificate.json",
    "device.json",
    "evidence.jsonl",
    "job.toml",
    JUDGED_BY_FILE,
    "junit.xml",
    "profile.toml",
    RECORDS_FILE,
    "run.json",
    ENVELOPE,
    WAIVERS_FILE,
];
/// As long as a name may be: what the oldest header of a tape archive holds.
const LONGEST_NAME: usize = 100;

/// Whether a name can stand in a bundle: a known file, or one in a known folder.
pub(super) fn is_legal(name: &str) -> bool {
    let inside = |(folder, file): (&str, &str)| match folder {
        ATTACHMENTS | "blobs" => is_sha256_hex(file),
        folder => FOLDERS.contains(&folder),
    };
    is_plain(name)
        && name
            .split_once('/')
            .map_or_else(|| FILES.contains(&name), inside)
}

/// Whether a name could stand in a bundle of any version: a file, or one in a folder, in letters that mean the same everywhere.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |part: &str| {
        let mut letters = part.bytes();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
            && letters.all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-'))
    };
    let (folder, file) = name.split_once('/').unwrap_or(("folder", name));
    name.len() <= LONGEST_NAME && plain(folder) && plain(file)
}

/// Whether somebody signed a directory, or something stands in the place of that.
pub(super) fn is_signed(dir: &Path) -> bool {
    fs::symlink_metadata(dir.join(ENVELOPE)).is_ok()
}

/// Every file of a directory but the envelope, in order of name.
///
/// # Errors
///
/// A link, a device, a folder or a name that no bundle has; too many files; a directory that cannot be read.
pub(super) fn list(dir: &Path) -> Result<Vec<String>, Flaw> {
    list_of(dir, is_legal)
}

/// The same with other names: [`is_legal`], or [`is_plain`] for what a newer version made.
pub(super) fn list_of(dir: &Path, legal: fn(&str) -> bool) -> Result<Vec<String>, Flaw> {
    let mut names = Vec::new();
    walk(dir, "", legal, &mut names)?;
    names.retain(|name| name != ENVELOPE);
    names.sort_unstable();
    Ok(names)
}

fn walk(
    dir: &Path,
    prefix: &str,
    legal: fn(&str) -> bool,
    names: &mut Vec<String>,
) -> Result<(), Flaw> {
    let cannot = |error: std::io::Error| Flaw::at(prefix, format!("cannot read it: {error}"));
    for entry in fs::read_dir(dir).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let file_name = entry.file_name();
        let name = format!("{prefix}{}", file_name.to_string_lossy());
        // Of the entry itself: what a link leads to is no part of the bundle.
        let kind = entry.file_type().map_err(cannot)?;
        let folder = format!("{name}/");
        // A folder is as legal as a file in it would be.
        let is_folder = kind.is_dir() && legal(&format!("{folder}{}", "0".repeat(64)));
        if prefix.is_empty() && is_folder {
            walk(&entry.path(), &folder, legal, names)?;
        } else if !kind.is_file() {
            return Err(Flaw::at(
                &name,
                "is no regular file, and a bundle has no others",
            ));
        } else if file_name.to_str().is_none() || !legal(&name) {
            return Err(Flaw::at(&name, "is no name of a file in a bundle"));
        } else if names.len() == MOST_FILES {
            return Err(Flaw::at(
                &name,
                format!("is one file more than {MOST_FILES}"),
            ));
        } else {
            names.push(name);
        }
    }
    Ok(())
}

/// The bytes of one file.
///
/// # Errors
///
/// The file is missing, no regular file, too large, or cannot be read.
pub(super) fn read(dir: &Path, name: &str) -> Result<Vec<u8>, Flaw> {
    let path = dir.join(name);
    let link = fs::symlink_metadata(&path).is_ok_and(|it| it.is_symlink());
    if link || !is_plain(name) {
        return Err(Flaw::at(name, "is no regular file of a bundle"));
    }
    match bounded(&path, LARGEST_FILE) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Flaw::at(
            name,
            format!("is larger than {LARGEST_FILE} bytes"),
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Flaw::at(name, "is missing"))
        }
        Err(error) => Err(Flaw::at(name, format!("cannot read it: {error}"))),
    }
}

impl Flaw {
    /// Something wrong with a file, by its name in the bundle.
    pub(super) fn at(name: &str, message: impl std::fmt::Display) -> Self {
        let name = match name {
            "" => "the bundle".to_owned(),
            name => shown(name, 120),
        };
        // What a parser says of a file holds words of the file.
        Self(format!("{name}: {}", harmless(&message.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_in_known_folders_are_legal() {
        let blob = format!("blobs/{}", "0a".repeat(32));
        for name in ["run.json", "certificate.html", "inputs/01-nmap.xml", &blob] {
            assert!(is_legal(name), "{name}");
        }
        let long = "a".repeat(101);
        for name in [
            "",
            "/run.json",
            "../run.json",
            "inputs/../run.json",
            "blobs/short",
            "inputs/a/b",
            "other/a",
            "inputs/",
            ".hidden",
            "a\\b",
            "a b",
            "a\u{202e}b",
            "inputs/-x",
            "README.exe",
            &long,
        ] {
            assert!(!is_legal(name), "{name}");
        }
    }

    #[test]
    fn a_link_or_a_stranger_is_no_part_of_a_bundle() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("run.json"), "{}").unwrap();
        fs::create_dir(dir.path().join("inputs")).unwrap();
        fs::write(dir.path().join("inputs/a.xml"), "").unwrap();
        fs::write(dir.path().join(ENVELOPE), "").unwrap();
        assert_eq!(list(dir.path()).unwrap(), ["inputs/a.xml", "run.json"]);
        let link = dir.path().join("link.json");
        std::os::unix::fs::symlink("/etc/hostname", &link).unwrap();
        assert!(list(dir.path()).is_err());
        assert!(read(dir.path(), "link.json").is_err());
        fs::remove_file(&link).unwrap();
        fs::create_dir(dir.path().join("other")).unwrap();
        let flaw = list(dir.path()).unwrap_err();
        assert!(flaw.to_string().starts_with("other: "), "{flaw}");
    }
}
