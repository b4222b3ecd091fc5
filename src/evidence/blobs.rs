//! The raw bytes of a run, read in as few system calls as it takes: most files of a run are small blobs, and of many
//! runs nearly all the time would go by opening them.

use std::os::fd::OwnedFd;
use std::path::Path;

use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::read;

use super::HEAD;
use crate::digest::sha256_hex;

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

    /// The first bytes, at most [`HEAD`], of a small blob that is what its name and `digest` say. None is no verdict:
    /// whoever asked reads the file in the slower way, and says what is wrong with it.
    pub(super) fn head(&mut self, name: &str, digest: &str) -> Option<Vec<u8>> {
        let sha256 = name.strip_prefix("blobs/").filter(|it| *it == digest)?;
        // A name that leads elsewhere would not be its own digest, but must not be opened either.
        let plain = sha256.len() == 64 && sha256.bytes().all(|it| it.is_ascii_hexdigit());
        let folder = self.folder.as_ref().filter(|_| plain)?;
        // Nothing is waited for, should it be a pipe.
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = openat(folder, sha256, flags, Mode::empty()).ok()?;
        let length = read(file, &mut self.buffer).ok()?;
        let bytes = self.buffer.get(..length)?;
        // What was read is what was closed, so that nobody need ask whether more follows.
        (length < SMALL && sha256_hex(bytes) == digest)
            .then(|| bytes.get(..HEAD).unwrap_or(bytes).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn blob(dir: &Path, bytes: &[u8]) -> (String, String) {
        let digest = sha256_hex(bytes);
        fs::write(dir.join("blobs").join(&digest), bytes).unwrap();
        (format!("blobs/{digest}"), digest)
    }

    #[test]
    fn a_small_blob_is_read_and_only_its_beginning_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        for (length, kept) in [(0, 0), (7, 7), (HEAD, HEAD), (SMALL - 1, HEAD)] {
            let (name, digest) = blob(dir.path(), &vec![b'x'; length]);
            let head = Blobs::open(dir.path()).head(&name, &digest);
            assert_eq!(head, Some(vec![b'x'; kept]), "{length}");
        }
    }

    #[test]
    fn whatever_is_not_what_was_closed_is_left_to_the_slower_way() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        let mut blobs = Blobs::open(dir.path());
        let (name, digest) = blob(dir.path(), b"some bytes");
        assert!(blobs.head(&name, &digest).is_some());
        let path = dir.path().join(&name);
        for wrong in [&b"some byteS"[..], b"some byte", b"some bytes more"] {
            fs::write(&path, wrong).unwrap();
            assert_eq!(blobs.head(&name, &digest), None);
        }
        let (large, large_digest) = blob(dir.path(), &[0; SMALL]);
        assert_eq!(blobs.head(&large, &large_digest), None);
        // The same bytes by another way.
        let elsewhere = dir.path().join("elsewhere");
        fs::write(&elsewhere, b"some bytes").unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert_eq!(blobs.head(&name, &digest), None);
        fs::remove_file(&path).unwrap();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(blobs.head(&name, &digest), None);
        assert_eq!(blobs.head("blobs/../elsewhere", "../elsewhere"), None);
        assert_eq!(blobs.head(&format!("inputs/{digest}"), &digest), None);
    }

    #[test]
    fn a_folder_that_is_a_link_is_not_entered() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        let (name, digest) = blob(dir.path(), b"some bytes");
        fs::rename(dir.path().join("blobs"), dir.path().join("other")).unwrap();
        symlink("other", dir.path().join("blobs")).unwrap();
        assert_eq!(Blobs::open(dir.path()).head(&name, &digest), None);
    }
}
