//! Exit statuses, which scripts rely on.

use std::io::ErrorKind;
use std::process::ExitCode;

use crate::certificate::ConformityOutcome;
use crate::error::Error;

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
    /// 101: a trial of `test` failed, as libtest says it.
    TrialFailed,
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

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            Error::Input(_) => Self::Usage,
            Error::File { source, .. } if source.kind() == ErrorKind::NotFound => Self::Usage,
            Error::File { .. } | Error::Harness(_) => Self::Harness,
        }
    }
}

impl Exit {
    /// The status that a shell sees.
    pub fn status(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::NonConformant => 1,
            Self::NotCertifiable => 2,
            Self::Usage => 64,
            Self::Harness => 70,
            Self::TrialFailed => 101,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}
