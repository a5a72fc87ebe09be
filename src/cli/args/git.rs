//! The arguments of the commands by which git shows locks.

use std::path::PathBuf;

use clap::Args;

/// The arguments of `flakehist git-setup`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Examples:
  flakehist git-setup               in this repository
  flakehist git-setup --global      in all of yours
  flakehist git-setup --remove      as it was before
  git diff --no-textconv            the text itself, whatever is set up")]
pub struct GitSetup {
    /// In your own git configuration, not in the repository's
    #[arg(long)]
    pub global: bool,

    /// Take away what it wrote
    #[arg(long)]
    pub remove: bool,

    /// Do not ask
    #[arg(short = 'y', long)]
    pub yes: bool,

    /// Show what would be written, and do nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// The arguments of `flakehist textconv`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Examples:
  flakehist textconv flake.lock           as git is shown it
  flakehist textconv -- ./-odd.lock       a name that looks like an option")]
pub struct Textconv {
    /// The lock, under whatever name
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
