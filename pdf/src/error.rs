//! What may go wrong, and the exit status that says so, as with `proofmark` itself.

use std::path::Path;

/// Anything that keeps a PDF from being made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The page, the template or another file is wrong: exit status 64.
    #[error("{0}")]
    Input(String),
    /// This program failed: exit status 70.
    #[error("harness trouble: {0}")]
    Harness(String),
}

impl Error {
    /// A file that cannot be used.
    pub fn file(path: &Path, problem: impl std::fmt::Display) -> Self {
        Self::Input(format!("{}: {problem}", path.display()))
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Self::Input(_) => 64,
            Self::Harness(_) => 70,
        }
    }
}
