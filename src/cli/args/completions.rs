//! The arguments of the command that helps shells.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

/// The arguments of `flakehist completions`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Where a package did not install them:
  bash     eval \"$(flakehist completions bash)\"            in ~/.bashrc
  zsh      eval \"$(flakehist completions zsh)\"             in ~/.zshrc, below compinit
  fish     flakehist completions fish | source             in ~/.config/fish/config.fish
  nushell  flakehist completions nushell | save flakehist.nu, and `use flakehist.nu *` in config.nu

Examples:
  flakehist completions bash
  flakehist completions fish -- show gen:    what could stand there, as the shell asks for it")]
pub struct Completions {
    /// For which shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,

    /// The words typed so far, the last of which is to be completed; prints a line for each word that it may become
    #[arg(last = true, value_name = "WORD")]
    pub words: Vec<OsString>,
}

/// A shell that completes words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash, 3.2 and newer
    Bash,
    /// The Z shell
    Zsh,
    /// fish, 3.0 and newer
    Fish,
    /// Nushell
    Nushell,
}
