//! The arguments of `flakehist diff`.

use clap::{Args, ValueEnum};

/// The arguments of `flakehist diff`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Targets:
  those of `flakehist show`: commits, `gen:41`, `date:2026-01-31`, `lock~2`, files, …

Exit codes with --exit-code and --quiet:
  0  no input (with --packages: nothing that belongs to the system) changed
  1  some did, or there was an error

Examples:
  flakehist diff                        what is not committed yet
  flakehist diff HEAD~5                 from there to the working tree
  flakehist diff gen:booted..HEAD       what a rebuild and reboot would bring
  flakehist diff main...update --markdown
                                        what a branch brings, for a pull request
  flakehist diff lock~1 lock~0 --patch  the text that the last change changed
  flakehist diff gen:-1 gen:current --packages
                                        the packages that the last switch changed")]
pub struct Diff {
    /// From which lock to which: `A`, `A B`, `A..B`; `A...B` from where B's history left A's
    #[arg(value_name = "TARGET", num_args = 0..=2)]
    pub targets: Vec<String>,

    /// Only these inputs: `nixpkgs`, `home-manager/nixpkgs`, or a shell pattern such as `*/nixpkgs`
    #[arg(long, value_name = "INPUT", conflicts_with = "patch")]
    pub input: Vec<String>,

    /// Show inputs that moved with the one they belong to by themselves
    #[arg(long)]
    pub all_inputs: bool,

    /// Exactly what Nix (2.20 and newer) prints when it changes the lock
    #[arg(long, group = "form")]
    pub nix: bool,

    /// The text of the two files as a unified diff; in colour with the changed words marked
    #[arg(short = 'p', long, group = "form")]
    pub patch: bool,

    /// A short line for each input
    #[arg(long, group = "form")]
    pub stat: bool,

    /// Only the inputs' paths
    #[arg(long, group = "form")]
    pub name_only: bool,

    /// A table with links, for pull requests
    #[arg(long, group = "form")]
    pub markdown: bool,

    /// One JSON document
    #[arg(long, group = "form")]
    pub json: bool,

    /// Compare the packages of two generations' systems, not their locks
    ///
    /// With one generation it is compared with the system that runs; with none, what runs is compared with
    /// what the next boot takes. Both systems must still be in the store.
    #[arg(long, verbatim_doc_comment, conflicts_with_all = [
        "input", "all_inputs", "nix", "patch", "stat", "name_only", "markdown"
    ])]
    pub packages: bool,

    /// What compares the packages
    ///
    /// Without it $FLAKEHIST_DIFFER says so, then flakehist.differ in git's configuration. The default is
    /// `auto`. --json, --exit-code and --quiet are always about our own comparison.
    #[arg(long, value_name = "NAME", value_enum, requires = "packages", verbatim_doc_comment)]
    pub differ: Option<Differ>,

    /// Exit with 1 when something changed
    #[arg(long)]
    pub exit_code: bool,

    /// Print nothing; implies --exit-code
    #[arg(short, long, group = "form")]
    pub quiet: bool,
}

/// What compares the packages of two systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Differ {
    /// dix, nvd or Nix: the first of them that is on PATH; else our own
    Auto,
    /// Our own comparison of what `nix-store` lists
    Own,
    /// `nix store diff-closures`
    Nix,
    /// `dix`
    Dix,
    /// `nvd diff`
    Nvd,
}
