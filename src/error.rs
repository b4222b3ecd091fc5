//! Errors of the two kinds that a user meets: an input that is wrong, and a harness that failed.

use std::path::{Path, PathBuf};

/// Anything that ends a command early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An input file or argument is wrong. Nothing was sent.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The file system refused.
    #[error("{}: {doing}: {source}", path.display())]
    File {
        path: PathBuf,
        /// What was tried, as a fragment: `cannot read it`.
        doing: &'static str,
        source: std::io::Error,
    },
    /// The harness failed.
    #[error("harness trouble: {0}")]
    Harness(String),
}

impl Error {
    /// A file that could not be used.
    pub fn file(path: &Path, doing: &'static str, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            doing,
            source,
        }
    }
}

/// A wrong input: where, what, and what would be legal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The file's path as the user gave it, or the argument's name.
    pub origin: String,
    /// Line and column, from 1.
    pub place: Option<(usize, usize)>,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// What is legal instead.
    pub legal: Option<String>,
    /// The offending line.
    pub excerpt: Option<String>,
}

impl InputError {
    /// An error without a place in a file.
    pub fn new(origin: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            place: None,
            message: message.into(),
            legal: None,
            excerpt: None,
        }
    }

    /// An error at a byte offset of a text.
    pub fn at(
        origin: impl Into<String>,
        text: &str,
        offset: usize,
        message: impl Into<String>,
    ) -> Self {
        let before = &text.as_bytes()[..offset.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count();
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let column = String::from_utf8_lossy(&before[line_start..])
            .chars()
            .count();
        Self {
            origin: origin.into(),
            place: Some((line + 1, column + 1)),
            message: message.into(),
            legal: None,
            excerpt: text.lines().nth(line).map(str::to_owned),
        }
    }

    /// Adds what is legal.
    #[must_use]
    pub fn legal(mut self, legal: impl Into<String>) -> Self {
        self.legal = Some(legal.into());
        self
    }
}

impl std::error::Error for InputError {}

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.origin)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        // What a parser says of a file holds words of the file.
        write!(f, ": {}", crate::text::harmless(&self.message))?;
        if let (Some((line, column)), Some(excerpt)) = (self.place, &self.excerpt) {
            let number = line.to_string();
            let margin = " ".repeat(number.len());
            // The file may be hostile too: the caret stands where the escaped text before it ends.
            let before: String = excerpt.chars().take(column - 1).collect();
            let before = crate::text::shown(before, 160).chars().count();
            let excerpt = crate::text::shown(excerpt, 160);
            write!(f, "\n {margin} |\n {number} | {excerpt}")?;
            write!(f, "\n {margin} | {}^", " ".repeat(before))?;
        }
        if let Some(legal) = &self.legal {
            write!(f, "\n  legal: {legal}")?;
        }
        Ok(())
    }
}
