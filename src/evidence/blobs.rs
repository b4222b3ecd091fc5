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
