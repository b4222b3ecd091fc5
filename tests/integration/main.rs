//! Tests of the project as a whole: its inputs, its schemas, its layers, its pages.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that panics has failed"
)]

mod bench;
mod bundle;
mod compare;
mod directories;
mod docs;
mod documents;
mod evaluate;
mod evaluate_blocklist;
mod examined;
mod imported;
mod inputs;
mod inspect;
mod job;
mod judging;
mod kept_texts;
mod languages;
mod layers;
mod mcuboot;
mod mud;
mod printed;
mod profiles;
mod schemas;
mod waivers;
mod wrong;

use std::path::{Path, PathBuf};

/// A path in the repository.
fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every file below a directory with this extension, sorted; none where there is no such directory.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
