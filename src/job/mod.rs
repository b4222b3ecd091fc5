//! A job as the laboratory states it: for whom, by whom, with whose permission and on what a test was done, and who
//! answers for the report. None of it decides a verdict.

mod parse;
mod sheet;
mod words;

pub use parse::{JobFile, job, recorded_job};
pub use sheet::{
    Authorisation, Customer, Item, ItemFact, JobSheet, Laboratory, Opinion, Person, Replaced,
    Report, Test,
};
pub use words::{Day, Line, Prose};

/// The format that this version reads.
///
/// - `proofmark-job/1`: the first.
pub const JOB_FORMAT: &str = "proofmark-job/1";

/// A job file to fill in. It is refused as it is: whatever a laboratory did not write itself has no place in a report.
pub const TEMPLATE: &str = include_str!("../../examples/job.toml");
