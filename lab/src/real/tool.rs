//! Finding a program, and saying which package has it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory tree into which packages were unpacked that could not be installed.
const TOOLS_VARIABLE: &str = "PROOFMARK_LAB_TOOLS";
const TOOLS_DIRECTORY: &str = "target/lab-tools";

/// A program of a Debian package.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    pub program: &'static str,
    pub package: &'static str,
}

/// A program that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{program} is missing; Debian has it in the package {package}")]
pub struct Missing {
    pub program: String,
    pub package: String,
}

impl Tool {
    /// A command that runs it.
    ///
    /// # Errors
    ///
    /// [`Missing`] where it is nowhere to be found.
    pub fn command(&self) -> Result<Command, Missing> {
        Ok(Command::new(self.find(|_| true)?))
    }

    /// The first place where it stands and is good enough.
    ///
    /// # Errors
    ///
    /// [`Missing`].
    pub fn find(&self, good: impl Fn(&Path) -> bool) -> Result<PathBuf, Missing> {
        directories()
            .map(|directory| directory.join(self.program))
            .find(|path| path.is_file() && good(path))
            .ok_or_else(|| self.missing(self.program))
    }

    /// That this program, or a part of it, is not there.
    pub fn missing(&self, what: &str) -> Missing {
        Missing {
            program: what.to_owned(),
            package: self.package.to_owned(),
        }
    }
}

/// The search path; the system's own directories, which are not on every user's; unpacked packages.
fn directories() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    let tools = std::env::var_os(TOOLS_VARIABLE)
        .map_or_else(|| PathBuf::from(TOOLS_DIRECTORY), PathBuf::from);
    // A server is started in a directory of its own.
    let tools = std::path::absolute(&tools).unwrap_or(tools);
    let unpacked = ["usr/sbin", "usr/bin", "sbin", "bin"].map(|directory| tools.join(directory));
    path.into_iter().chain(system).chain(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_names_its_package() {
        let tool = Tool {
            program: "no-such-program-anywhere",
            package: "no-such-package",
        };
        let error = tool.command().unwrap_err().to_string();
        assert!(error.contains("the package no-such-package"), "{error}");
    }
}
