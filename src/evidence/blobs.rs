//! The raw bytes of a run, read in as few system calls as it takes: most files of a run are small blobs, and of many
//! runs nearly all the time would go by opening them.

use std::os::fd::OwnedFd;
use std::path::Path;

use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::read;

use crate::digest::{is_sha256_of, parse_sha256};

/// What is longer is read by somebody else.
const SMALL: usize = 16 << 10;

/// The folder of blobs.
#[derive(Debug)]
pub(super) struct Blobs {
    folder: Option<OwnedFd>,
    buffer: Vec<u8>,
}

impl Blobs {
    /// The folder in this run directory, if there is one that is no link.
    pub(super) fn open(dir: &Path) -> Self {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Self {
            folder: nix::fcntl::open(&dir.join("blobs"), flags, Mode::empty()).ok(),
            buffer: vec![0; SMALL],
        }
    }

    /// The bytes of a small blob that is what its name and `digest` say, and its SHA-256. None is no verdict: whoever
    /// asked reads the file in the slower way, and says what is wrong with it.
    pub(super) fn small(&mut self, name: &str, digest: &str) -> Option<([u8; 32], &[u8])> {
        let name = name.strip_prefix("blobs/").filter(|it| *it == digest)?;
        // A name that leads elsewhere would not be its own digest, but must not be opened either.
        let sha256 = parse_sha256(name)?;
        let folder = self.folder.as_ref()?;
        // Nothing is waited for, should it be a pipe.
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = openat(folder, name, flags, Mode::empty()).ok()?;
        let length = read(file, &mut self.buffer).ok()?;
        let bytes = self.buffer.get(..length)?;
        // What was read is what was closed, so that nobody need ask whether more follows.
        (length < SMALL && is_sha256_of(&sha256, bytes)).then_some((sha256, bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::digest::sha256_hex;

    fn blob(dir: &Path, bytes: &[u8]) -> (String, String) {
        let digest = sha256_hex(bytes);
        fs::write(dir.join("blobs").join(&digest), bytes).unwrap();
        (format!("blobs/{digest}"), digest)
    }

    #[test]
    fn a_small_blob_is_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        for length in [0, 7, SMALL - 1] {
            let bytes = vec![b'x'; length];
            let (name, digest) = blob(dir.path(), &bytes);
            let mut blobs = Blobs::open(dir.path());
            let (sha256, read) = blobs.small(&name, &digest).unwrap();
            assert_eq!((read, sha256), (&bytes[..], parse_sha256(&digest).unwrap()));
        }
    }

    #[test]
    fn whatever_is_not_what_was_closed_is_left_to_the_slower_way() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        let mut blobs = Blobs::open(dir.path());
        let (name, digest) = blob(dir.path(), b"some bytes");
        assert!(blobs.small(&name, &digest).is_some());
        let path = dir.path().join(&name);
        for wrong in [&b"some byteS"[..], b"some byte", b"some bytes more"] {
            fs::write(&path, wrong).unwrap();
            assert_eq!(blobs.small(&name, &digest), None);
        }
        let (large, large_digest) = blob(dir.path(), &[0; SMALL]);
        assert_eq!(blobs.small(&large, &large_digest), None);
        // The same bytes by another way.
        let elsewhere = dir.path().join("elsewhere");
        fs::write(&elsewhere, b"some bytes").unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert_eq!(blobs.small(&name, &digest), None);
        fs::remove_file(&path).unwrap();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(blobs.small(&name, &digest), None);
        assert_eq!(blobs.small("blobs/../elsewhere", "../elsewhere"), None);
        assert_eq!(blobs.small(&format!("inputs/{digest}"), &digest), None);
    }

    #[test]
    fn a_folder_that_is_a_link_is_not_entered() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        let (name, digest) = blob(dir.path(), b"some bytes");
        fs::rename(dir.path().join("blobs"), dir.path().join("other")).unwrap();
        symlink("other", dir.path().join("blobs")).unwrap();
        assert_eq!(Blobs::open(dir.path()).small(&name, &digest), None);
    }
}
