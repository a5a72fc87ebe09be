//! The arguments of the command that writes a sample.

use std::path::PathBuf;

use clap::Args;

use super::restore::Action;

/// The arguments of `flakehist demo`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Examples:
  flakehist demo                  in a new temporary folder
  flakehist demo sample           in ./sample")]
pub struct Demo {
    /// Where to write it; a new temporary folder when not given. Must not exist, or be empty
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,

    /// Rebuild the machine of the sample in DIR from its lock; the sample's `flakehist.rebuild`
    #[arg(long, value_name = "ACTION", value_enum, requires = "folder")]
    pub rebuild: Option<Action>,
}
