//! Arguments in, exit code out.

use std::process::ExitCode;

/// Much is allocated on one thread and freed on another, for which the C library takes a lock every time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(flakehist::cli::run(std::env::args_os()))
}
