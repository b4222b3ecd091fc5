//! Exit statuses, which scripts rely on.

use std::process::ExitCode;

use crate::certificate::ConformityOutcome;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: the device is conformant, or the command did what was asked.
    Ok,
    /// 1: the device is non-conformant.
    NonConformant,
    /// 2: the outcome is not certifiable.
    NotCertifiable,
    /// 64: the command line or an input file is wrong; no packet was sent.
    Usage,
    /// 70: the harness itself failed.
    Harness,
}

impl From<ConformityOutcome> for Exit {
    fn from(outcome: ConformityOutcome) -> Self {
        match outcome {
            ConformityOutcome::Conformant => Self::Ok,
            ConformityOutcome::NonConformant => Self::NonConformant,
            ConformityOutcome::NotCertifiable => Self::NotCertifiable,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::NonConformant => 1,
            Exit::NotCertifiable => 2,
            Exit::Usage => 64,
            Exit::Harness => 70,
        })
    }
}
