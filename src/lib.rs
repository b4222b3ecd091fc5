//! Proofmark tests connected devices against a profile of minimum security requirements and writes
//! a certificate that a third party can check.
//!
//! Three floors: what is **declared** ([`dut`], [`profile`], [`job`]), what is **observed** ([`probe`],
//! [`observation`], [`evidence`]), what is **judged** ([`case`], [`verdict`], [`certificate`]).
//! ARCHITECTURE.md tells the whole story.

pub mod bundle;
pub mod case;
pub mod certificate;
pub mod cli;
pub mod compare;
mod decode;
pub mod digest;
mod disclosure;
pub mod dut;
pub mod error;
pub mod evidence;
pub mod exit;
pub mod front;
pub mod import;
pub mod input;
pub mod job;
pub mod keys;
pub mod observation;
pub mod output;
pub mod probe;
pub mod profile;
pub mod record_book;
pub mod records;
pub mod report;
pub mod runner;
pub mod schema;
pub mod text;
pub mod texts;
pub mod tls;
pub mod update;
pub mod url;
pub mod verdict;
