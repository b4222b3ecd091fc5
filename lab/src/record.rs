//! What a person says of a device after a run, as the command line of the harness takes it.

use serde::Deserialize;

/// One record: exactly one of `step`, `check` and `withdraw`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub by: String,
    /// Something that was done.
    pub step: Option<String>,
    pub check: Option<Check>,
    pub withdraw: Option<Withdrawal>,
}

/// A manual check, as somebody decided it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub id: String,
    pub verdict: String,
    #[serde(default)]
    pub note: String,
}

/// An earlier record that was a mistake.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// From 1.
    pub record: u32,
    pub reason: String,
}

impl Record {
    /// What is wrong with it.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let said = [
            self.step.is_some(),
            self.check.is_some(),
            self.withdraw.is_some(),
        ];
        match said.into_iter().filter(|it| *it).count() {
            1 => Ok(()),
            _ => Err("a record is one of `step`, `check` and `withdraw`".to_owned()),
        }
    }

    /// The arguments after `record`, for records of this run in this directory.
    pub fn arguments(&self, run: &str, records: &str) -> Vec<String> {
        let mut arguments: Vec<&str> = Vec::new();
        let number;
        if let Some(did) = &self.step {
            arguments.extend(["step", run, did]);
        }
        if let Some(Check { id, verdict, note }) = &self.check {
            arguments.extend(["check", run, id, "--verdict", verdict, "--note", note]);
        }
        if let Some(Withdrawal { record, reason }) = &self.withdraw {
            number = record.to_string();
            arguments.extend(["withdraw", run, &number, "--reason", reason]);
        }
        arguments.extend(["--by", &self.by, "--records", records]);
        arguments.into_iter().map(str::to_owned).collect()
    }
}
