//! The arguments of the commands that change the lock, and of the journal they write.

use clap::{Args, ValueEnum};

/// The arguments of `flakehist restore`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Exit codes:
  0  done
  1  refused, or failed before anything was changed
  2  the command line makes no sense
  3  the rebuild (or the check, or the commit) failed and everything was put back
  4  the system was switched, with complaints
  5  the rebuild failed and the lock was kept
  6  the rebuild failed and the lock was put back, but the system had moved already

Targets are those of flakehist show:
  3f2a91c, HEAD~3      what git resolves to a commit
  gen:41, gen:-1       the lock that a generation was built from
  lock~1               one lock change ago
  date:2026-01-31      as committed by the end of that day
  ./old.lock           a file

Examples:
  flakehist restore lock~1                   back to the lock before the last update
  flakehist restore gen:41 --reactivate      lock and system of generation 41, nothing built
  flakehist restore HEAD~3 --dry-run         what would be done
  flakehist restore HEAD --no-rebuild        throw an update away that is not committed
  flakehist restore 3f2a91c --commit -- --show-trace
  flakehist restore lock~1 --input nixpkgs   only nixpkgs goes back, the rest stays
  flakehist restore lock~1 --except disko    all goes back but disko")]
pub struct Restore {
    /// Which lock
    #[arg(value_name = "TARGET")]
    pub target: String,

    /// Restore only this input with all that belongs to it: `nixpkgs`, `home-manager/nixpkgs`; may be repeated
    #[arg(long, value_name = "INPUT", group = "part")]
    pub input: Vec<String>,

    /// Restore every input but this one; may be repeated
    #[arg(long, value_name = "INPUT", group = "part")]
    pub except: Vec<String>,

    /// Restore an input although flake.nix asks for it from elsewhere since: its old state stands in for that
    #[arg(long, requires = "part")]
    pub keep_original: bool,

    /// Write the lock that would be restored to standard output, and do nothing else
    #[arg(long, conflicts_with_all = ["dry_run", "yes", "commit", "relock", "reactivate"])]
    pub print: bool,

    /// How.
    #[command(flatten)]
    pub how: Restoring,
}

/// The arguments of `flakehist undo`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Exit codes:
  those of flakehist restore

Examples:
  flakehist undo                  the lock that was there before the last restore
  flakehist undo 3                before entry 3 of the journal
  flakehist undo --no-rebuild     only the lock")]
pub struct Undo {
    /// Which entry of the journal; the last restore that was not undone yet when not given
    #[arg(value_name = "N")]
    pub entry: Option<u64>,

    /// How.
    #[command(flatten)]
    pub how: Restoring,
}

/// How to restore.
#[derive(Debug, Clone, Default, Args)]
pub struct Restoring {
    /// What to do with the system that is built
    #[arg(long, value_name = "ACTION", value_enum, default_value_t)]
    pub action: Action,

    /// Restore the lock, and leave the system alone
    #[arg(long, conflicts_with_all = ["reactivate", "action", "host", "arguments"])]
    pub no_rebuild: bool,

    /// Build nothing: switch to a generation that was built from the lock
    #[arg(long, conflicts_with_all = ["host", "arguments", "relock"])]
    pub reactivate: bool,

    /// The configuration to build, when it is not named like the machine
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,

    /// Commit the lock, and nothing else, before the rebuild
    #[arg(long)]
    pub commit: bool,

    /// The message of that commit
    #[arg(short = 'm', long, value_name = "MSG", requires = "commit")]
    pub message: Option<String>,

    /// Let Nix add what the lock lacks for today's flake.nix
    #[arg(long)]
    pub relock: bool,

    /// What becomes of the lock when the rebuild fails
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub on_failure: OnFailure,

    /// Do not ask
    #[arg(short = 'y', long)]
    pub yes: bool,

    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,

    /// What to add to the command that rebuilds
    #[arg(last = true, value_name = "ARGUMENT")]
    pub arguments: Vec<String>,
}

/// What to do with a system that is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Run it now and at the next boot
    #[default]
    Switch,
    /// Run it at the next boot
    Boot,
    /// Run it now, but not at the next boot
    Test,
    /// Only build it
    Build,
    /// Build it, and say what activating it would do
    DryActivate,
}

/// What becomes of the lock when the rebuild fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// The lock of before is put back
    #[default]
    Revert,
    /// The restored lock stays
    Keep,
}

/// The arguments of `flakehist journal`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Examples:
  flakehist journal               the last one first
  flakehist journal --json        for a script")]
pub struct Journal {
    /// A JSON array
    #[arg(long)]
    pub json: bool,
}
