//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(flakehist::cli::run(std::env::args_os()))
}
