//! The arguments of `flakehist doctor`.

use clap::Args;

/// The arguments of `flakehist doctor`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Exit codes:
  0  nothing that a restore needs is missing
  1  something is
  2  the command line or a setting makes no sense

Examples:
  flakehist doctor
  flakehist doctor --json        for a script")]
pub struct Doctor {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
