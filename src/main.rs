//! Arguments in, exit code out.

use std::io::Write as _;

/// Much is allocated on one thread and freed on another, for which the C library takes a lock every time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let code = flakehist::cli::run(std::env::args_os());
    // Errors were told where they happened; what is not written by now cannot be.
    drop(std::io::stdout().flush());
    // Without the allocator's tidying up, which gives back to the machine piece by piece what it gets at once in a moment:
    // behind a long `log` that takes some milliseconds.
    signal_hook::low_level::exit(code.into())
}
