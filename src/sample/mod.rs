//! The history that `flakehist demo` shows: one person's configuration of two machines, from February 2025
//! to August 2026.
//!
//! The person and the machines are made up; what the locks pin is real (`pins`). The story is told as
//! data (`story`): who declared which input when, and which revisions Nix locked. From that, `replay`
//! makes the files of every commit, with the help of one writer for each format.
//!
//! ```text
//! story ──► replay ──► commits()
//!             ├─ resolve    declared inputs and their pins → the tree of inputs (pins, upstream)
//!             ├─ lock       that tree → flake.lock, byte for byte as Nix writes it
//!             ├─ flake      the declared inputs → flake.nix
//!             ├─ message    two trees → the commit message that Nix writes
//!             └─ merge      three texts → one with conflict markers, as git leaves it
//! ```
//!
//! No file, clock or git in here: the same values come out everywhere, and so do the commit ids.

use std::collections::BTreeMap;

mod flake;
pub mod generations;
mod lock;
mod merge;
mod message;
mod moment;
mod pins;
mod replay;
mod resolve;
mod story;
#[cfg(test)]
mod tests;
mod texts;
mod upstream;

/// One commit of the sample. Author and committer are the same person at the same moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The parents, as indices into the list of commits: none for the first, two for a merge.
    pub parents: Vec<usize>,
    /// The name of the author.
    pub author: &'static str,
    /// The mail address of the author.
    pub email: &'static str,
    /// When it was committed, in Unix seconds.
    pub seconds: i64,
    /// The author's offset from UTC, in minutes.
    pub offset_minutes: i32,
    /// The whole message, with the newline at its end.
    pub message: String,
    /// The whole content of every file at this commit, by path.
    pub tree: BTreeMap<String, String>,
}

/// All commits of the sample, oldest first: parents come before their children, `main` is the last.
pub fn commits() -> Vec<Commit> {
    replay::replay(&story::story()).commits
}

/// The place of the last commit whose date, by its author's clock, begins like this.
pub fn on_day(commits: &[Commit], day: &str) -> Option<usize> {
    let date = |commit: &Commit| {
        let offset = chrono::FixedOffset::east_opt(commit.offset_minutes * 60)?;
        let moment = chrono::DateTime::from_timestamp(commit.seconds, 0)?.with_timezone(&offset);
        Some(moment.format("%Y-%m-%dT%H:%M").to_string())
    };
    commits.iter().rposition(|commit| date(commit).is_some_and(|date| date.starts_with(day)))
}

/// The branches of the sample and the index of the commit each points at, `main` first.
///
/// The others were merged and never deleted.
pub fn branches() -> Vec<(&'static str, usize)> {
    replay::replay(&story::story()).branches
}
