//! `proofmark-pdf`: a page of `proofmark report` as PDF, laid out by a template that a laboratory can replace.
//!
//! A program of its own, so that whoever wants no PDF builds no typesetter. What it takes from the rest of
//! Proofmark is the page's format and the one function that makes hostile text harmless.

mod cli;
mod error;
mod fonts;
mod page;
mod render;
mod template;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "this program needs two of its three ways to show a text"
    )
)]
#[path = "../../src/text.rs"]
mod text;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
