//! What can be typed: clap types and nothing else.

mod completions;
mod demo;
mod diff;
mod doctor;
mod git;
mod restore;

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use completions::{Completions, Shell};
pub use demo::Demo;
pub use diff::{Diff, Differ};
pub use doctor::Doctor;
pub use git::{GitSetup, Textconv};
pub use restore::{Action, Journal, OnFailure, Restore, Restoring, Undo};

/// See every state your flake.lock ever had
///
/// flakehist reads the history of a flake.lock from git: which input moved when, and where each input
/// stands today. Beside it, it shows the generations of NixOS that were built from each state, and says
/// how sure that is. Without a command it tells how lock and system stand, as `flakehist status` does.
#[derive(Debug, Parser)]
#[command(name = "flakehist", version, max_term_width = 100, infer_subcommands = false, verbatim_doc_comment)]
#[command(
    disable_help_flag = true,
    after_help = "Examples:
  flakehist                     how lock and system stand
  flakehist log                 every state of the lock, beside the generations
  flakehist diff gen:running    what a rebuild now would bring
  flakehist restore lock~1      back to the lock before the last update
  flakehist help restore        all there is to know of a command"
)]
pub struct Flakehist {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; the status when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Run as if started in DIR
    // As in git it may be empty, which changes nothing.
    #[arg(short = 'C', value_name = "DIR", global = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub directory: Vec<PathBuf>,

    /// The flake: a folder, `path#host` or `git+file://…?dir=…`
    ///
    /// Without it $FLAKEHIST_FLAKE names the flake. When that is not set either, it is found as Nix
    /// finds it, from the current folder upwards to the first flake.nix; where there is none, by
    /// flakehist.flake in your git configuration, $NH_OS_FLAKE, $NH_FLAKE, or in /etc/nixos.
    #[arg(long, value_name = "REF", global = true, verbatim_doc_comment)]
    pub flake: Option<String>,

    /// Another lock file than the flake's own, on disk or only in history
    #[arg(long, value_name = "FILE", global = true)]
    pub lock: Option<String>,

    /// When to colour
    #[arg(long, value_name = "WHEN", value_enum, global = true)]
    pub color: Option<When>,

    /// Do not pipe output through a pager
    #[arg(long, global = true)]
    pub no_pager: bool,

    /// Show dates in UTC, not in local time
    #[arg(long, global = true)]
    pub utc: bool,

    /// The profile whose generations to look at: a path, or a name such as `home-manager`
    ///
    /// A name is one of `system`, `home-manager`, `system-manager`, or that of a profile made with
    /// `nixos-rebuild --profile-name`; a path has a `/` in it. Without it $FLAKEHIST_PROFILE names the
    /// profile, then flakehist.profile in git's configuration. The default is
    /// /nix/var/nix/profiles/system.
    #[arg(long, value_name = "PROFILE", global = true, verbatim_doc_comment)]
    pub profile: Option<String>,

    /// Print this; `flakehist help COMMAND` says more
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
}

/// When to do something that suits a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// When the output is a terminal that can
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands. Their texts stand here, because of the types of the arguments clap shows none.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the commits that changed the lock, and what moved in each
    ///
    /// The commits and their order are those of `git log -- flake.lock` with the same options. A lock
    /// that is not committed yet comes first. In the table, `·` is an input that did not move, `↓` one
    /// that went back in time, `+` one that was added, `-` removed, `~` one that comes from elsewhere than
    /// before, `→` one that follows another, `=` one that is only referred to differently, `!` one whose
    /// contents changed while its revision did not. GEN names the generations that were built from the
    /// lock: `●` marks the one the next boot takes, `▸` the one that runs, `▴` the one that was booted; `?`
    /// says that this lock is only the likeliest. A generation whose lock is in no commit of this history
    /// has its own row.
    #[command(verbatim_doc_comment)]
    #[command(args_override_self = true)]
    Log(Box<Log>),
    /// Show one lock whole, as a tree of inputs
    ///
    /// For each input: the date and revision it is locked to, the commit that last changed it, and where
    /// it comes from or what it follows. Of a generation that no lock fits, it shows what is known of its
    /// inputs, and calls that a reconstruction.
    #[command(verbatim_doc_comment)]
    Show(Show),
    /// Show what changed from one lock to another
    ///
    /// Without a target it compares HEAD with the working tree, with one that target with the working
    /// tree. For each input: day and revision before and after, and how far it moved. `!` marks an input
    /// whose contents changed while its revision did not, `↓` one that went back in time, `~` one that
    /// comes from elsewhere, `+` an added one, `-` a removed one, `→` one that follows another, `=` one
    /// that only flake.nix refers to differently. What moved with the input it belongs to is counted there.
    #[command(verbatim_doc_comment)]
    #[command(args_override_self = true)]
    Diff(Diff),
    /// Tell how lock and system stand, and what a rebuild would do
    ///
    /// Names the lock and whether it is committed, the inputs that have waited longest, the generations
    /// that run, were booted and will boot next, with the locks they were built from, and whether a
    /// rebuild would take any input back in time: one now, which takes the lock in the working tree where
    /// git tracks it, and one from HEAD. Plain `flakehist` does the same.
    #[command(verbatim_doc_comment)]
    Status(Status),
    /// List the generations of the system, and the lock each was built from
    ///
    /// `●` marks the generation the next boot takes, `▸` the one that runs, `▴` the one the machine was
    /// booted from. COMMIT is the commit a generation names; LOCK the commit that introduced the lock it
    /// was built from. SURE says how far that can be told: `exact`, `lock exact`, `lock likely`,
    /// `ambiguous (n)`, `by date`, `contradiction`, `none`.
    #[command(visible_alias = "gens", verbatim_doc_comment)]
    Generations(Generations),
    /// Put an earlier lock back and rebuild, losing nothing
    ///
    /// Shows what will move and what will be done, and asks. The lock that lies there is kept in git first; then the
    /// earlier one is written, Nix is asked whether it takes it for today's flake.nix, and the system is rebuilt from
    /// exactly that lock. Where anything fails, everything is put back. `flakehist undo` takes a restore back.
    #[command(verbatim_doc_comment)]
    Restore(Box<Restore>),
    /// Take the last restore back, or an earlier one
    ///
    /// Puts the lock back that was there before a restore, by the same road: it is kept, written, checked and rebuilt
    /// from. An undo can be undone by its number.
    #[command(verbatim_doc_comment)]
    Undo(Box<Undo>),
    /// List what was restored and undone
    ///
    /// Each entry is kept in git under refs/flakehist/journal, with the lock before and after.
    #[command(verbatim_doc_comment)]
    Journal(Journal),
    /// Tell what is missing on this machine
    ///
    /// Looks at what a restore needs before it is needed, and changes nothing: git and Nix, the repository and the
    /// lock in it, whether they can be written, the command that would rebuild, the generations. Each line begins with
    /// `ok`, `mind` (something goes less far than it could) or `missing`, and says what to do.
    #[command(verbatim_doc_comment)]
    Doctor(Doctor),
    /// Make git show the changes of a lock by its inputs
    ///
    /// Sets up how git shows a flake.lock: as a line for each input, with its date, revision, source and
    /// hash, so that `git diff`, `git log -p` and `git show` tell in a few lines what moved. It shows what
    /// it will write into git's configuration and attributes, and asks. What is committed stays as it is,
    /// and nobody else's git is changed.
    #[command(verbatim_doc_comment)]
    GitSetup(GitSetup),
    /// Write a lock as a line for each input
    ///
    /// What git runs once `flakehist git-setup` told it to. A file that is no lock, or cannot be read as
    /// one, is written as it is.
    #[command(verbatim_doc_comment)]
    Textconv(Textconv),
    /// Write a sample repository and show its history
    ///
    /// The sample is the configuration of two machines over eighteen months, with real revisions: updates,
    /// one that broke a machine and was reverted, merges, inputs that came and went, and one lock that
    /// cannot be read. In its .git/flakehist-demo lie the generations of one of the machines, so that they
    /// can be seen without NixOS.
    #[command(verbatim_doc_comment)]
    Demo(Demo),
    /// Print what makes a shell complete flakehist's words
    ///
    /// Commands, options and their values are completed, and with them what is there: the inputs of the
    /// lock, the generations of the profile, the commits that changed the lock last, branches and tags.
    #[command(verbatim_doc_comment)]
    Completions(Completions),
}

/// The arguments of `flakehist log`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Examples:
  flakehist log                          the whole history
  flakehist log -n 5 -p                  the last five changes as Nix prints them
  flakehist log --input nixpkgs          only where nixpkgs moved
  flakehist log --since '2 weeks ago'    what happened lately
  flakehist log main..update --json      what a branch brings, for a script")]
pub struct Log {
    /// Commits or ranges to start from, as in git: `HEAD~20..`, `main...update`, `^v1 main`
    #[arg(value_name = "REVISION")]
    pub revisions: Vec<String>,

    /// At most N commits; `-N` for short. A negative number means all, as in git
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true)]
    pub max_count: Option<i64>,

    /// Only commits after DATE: `2026-01-31`, `yesterday`, `2 weeks ago`
    #[arg(long, visible_alias = "after", value_name = "DATE")]
    pub since: Option<String>,

    /// Only commits before DATE
    #[arg(long, visible_alias = "before", value_name = "DATE")]
    pub until: Option<String>,

    /// Only commits whose author, as `Name <email>`, matches a regular expression; several: any of them
    #[arg(long, value_name = "PATTERN")]
    pub author: Vec<String>,

    /// Of merges follow only the first parent
    #[arg(long)]
    pub first_parent: bool,

    /// Start from every ref and every worktree's HEAD
    #[arg(long)]
    pub all: bool,

    /// The oldest first
    #[arg(long, action = ArgAction::Count)]
    pub reverse: u8,

    /// Go on with the lock's old path where it was moved
    #[arg(long)]
    pub follow: bool,

    /// Only where an input changed: `nixpkgs`, `home-manager/nixpkgs`, or a shell pattern such as `*/nixpkgs`
    #[arg(long, value_name = "INPUT")]
    pub input: Vec<String>,

    /// The inputs to give a column, in this order
    #[arg(long, value_name = "INPUT,…", value_delimiter = ',')]
    pub columns: Vec<String>,

    /// One short line a commit
    #[arg(long, conflicts_with_all = ["patch", "columns"])]
    pub oneline: bool,

    /// Add the changes of each commit as Nix prints them
    #[arg(short = 'p', long, conflicts_with = "columns")]
    pub patch: bool,

    /// One JSON document
    #[arg(long, conflicts_with_all = ["oneline", "patch", "columns"])]
    pub json: bool,
}

impl Log {
    /// Whether the oldest comes first. Each `--reverse` turns the order around, as in git.
    #[must_use]
    pub const fn is_reversed(&self) -> bool {
        self.reverse % 2 == 1
    }
}

/// The arguments of `flakehist show`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Targets:
  worktree, index          the lock as it lies there, committed or not
  HEAD~3, @{yesterday}, …  what git resolves to a commit
  date:2026-01-31          as committed by the end of that day
  lock~2                   two lock changes ago
  ./old.lock, file:FILE    a file
  gen:41                   the lock that generation 41 was built from
  gen:current, gen:-1      that of the default generation, of the one before it (+1: after it)
  gen:running, gen:booted  that of the generation that runs, that was booted

Examples:
  flakehist show                     the lock as it is now
  flakehist show lock~1              as it was before the last update
  flakehist show gen:booted          what the machine was booted from
  flakehist show date:yesterday --json")]
pub struct Show {
    /// Which lock
    #[arg(value_name = "TARGET", default_value = "worktree")]
    pub target: String,

    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `flakehist status`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Exit codes with --check:
  0  a rebuild from HEAD takes no input back, as far as is known
  1  it would take an input back
  2  the command line or a setting makes no sense
  3  that cannot be told, or there was an error

Examples:
  flakehist status
  flakehist status --check && sudo nixos-rebuild switch")]
pub struct Status {
    /// Say by the exit code whether a rebuild from HEAD would take any input back
    #[arg(long)]
    pub check: bool,

    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `flakehist generations`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Examples:
  flakehist generations                       what was built from what
  flakehist generations --explain 41          why that is thought of generation 41
  flakehist generations --explain running     why that is thought of the system that runs
  flakehist gens --profile home-manager       the same for home-manager")]
pub struct Generations {
    /// Show every fact of one generation, where it was read and what it says: `41`, `current`, `running`, `booted`, `-1`
    #[arg(long, value_name = "N", conflicts_with = "json", allow_negative_numbers = true)]
    pub explain: Option<String>,

    /// A JSON array, with the keys of `nixos-rebuild list-generations --json` and more
    #[arg(long)]
    pub json: bool,
}
