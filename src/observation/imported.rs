//! What another tool saw, from a file that the user handed in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::brief;

/// A complete port scan of one address by another tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedPorts {
    /// The file, by its path in the run directory.
    pub source: String,
    /// Name and version: `nmap 7.93`.
    pub tool: String,
    /// How it scanned, in its own word: `connect`, `syn`.
    pub scan: String,
    /// Its command line, safe to show.
    pub args: String,
    /// When it began, by its own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned_at: Option<Timestamp>,
    /// The TCP ports that it covers. Every one of them that is not `open` was seen closed or filtered.
    pub first: u16,
    pub last: u16,
    /// In port order, each once.
    pub open: Vec<ImportedPort>,
}

impl ImportedPorts {
    /// What it is: `nmap 7.93, connect scan of 2026-01-02T03:04:05Z`.
    pub fn words(&self) -> String {
        let when = match self.scanned_at {
            Some(time) => format!(" of {time}"),
            None => String::new(),
        };
        format!(
            "{}, {} scan{when}",
            brief(&self.tool, 60),
            brief(&self.scan, 40)
        )
    }

    /// The open port of this number.
    pub fn port(&self, port: u16) -> Option<&ImportedPort> {
        self.open.iter().find(|open| open.port == port)
    }
}

/// A TCP port that the other tool saw open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedPort {
    pub port: u16,
    /// What it speaks in the tool's word, where the tool asked it; never a guess from the number. Safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaks: Option<String>,
    /// Product and version in the tool's words, where the tool asked. Safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}
