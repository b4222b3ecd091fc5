//! The `proofmark` command.

use std::process::ExitCode;

/// Judging many runs is making and dropping a great many small things; see `lab/benchmarks/evaluate`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    proofmark::cli::main().into()
}
