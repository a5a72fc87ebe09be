//! What a restore needs, what it tells on the way, and how it ended.

use crate::error::Error;
use crate::git::{CommitId, ObjectId};

use super::command::{CommandLine, Programs};
use super::fit::Misfit;
use super::journal::Ending;
use super::machine::{Machine, Standing};
use super::plan::Plan;
use super::situation::Situation;

/// What a restore works with.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'s> {
    /// The programs on PATH.
    pub programs: &'s Programs,
    /// The machine whose system is rebuilt.
    pub machine: &'s Machine,
    /// The present, in seconds since 1970 UTC.
    pub now: i64,
    /// Whether a failure leaves the restored lock in place.
    pub keep_on_failure: bool,
}

/// What happens, told as it happens.
#[derive(Clone, Debug)]
pub enum Event<'e> {
    /// What would be lost is safe, as this entry of the journal.
    Kept(u64),
    /// The lock is written.
    Written,
    /// The lock is removed, for there was none before.
    Removed,
    /// git knows of the file now.
    Tracked,
    /// Nix is being asked.
    Checking,
    /// Nix takes the lock as it is.
    Fits,
    /// Nix could not say; why.
    Unchecked(&'e str),
    /// Nix changed the lock.
    Relocked,
    /// The lock was committed.
    Committed(CommitId),
    /// A command is about to run.
    Running(&'e CommandLine),
    /// Something failed, and the lock of before is about to be put back.
    PuttingBack,
}

/// How it ended.
#[derive(Debug)]
pub struct Report {
    /// The entry of the journal; 0 when nothing had to be done.
    pub entry: u64,
    /// How it ended.
    pub ending: Ending,
    /// What failed, unless all went well.
    pub failure: Option<Error>,
    /// Exit code of the last command, when it complained.
    pub code: Option<i32>,
    /// The machine before and after.
    pub before: Standing,
    /// The machine after.
    pub after: Standing,
    /// Where the lock was changed by the rebuild itself: the blob it is now.
    pub changed_by_rebuild: Option<ObjectId>,
    /// Whether Nix changed the lock that was restored (`--relock`).
    pub relocked: bool,
    /// The commit that was made and was not taken back.
    pub commit_stays: Option<CommitId>,
}

/// How a command ended, as the failure of a rebuild.
pub(super) fn ended(line: &CommandLine, code: Option<i32>) -> Error {
    let words = line.as_typed();
    match code {
        Some(code) => Error::new(format!("`{words}` ended with {code}")),
        None => Error::new(format!("`{words}` was ended by a signal")),
    }
}

/// That the lock of before could not be put back, although it had to be, and where it is safe. `entry` is that of the
/// journal.
pub(super) fn cannot_put_back(situation: &Situation, entry: u64, error: &Error, first: &Error) -> Error {
    let error = Error::new(format!("cannot put {} back", situation.path)).because(error);
    let error = error.because(format!("and that had to be because: {first}"));
    let typed = &situation.typed;
    match situation.bytes {
        Some(_) => error.hint(format!(
            "the lock of before is safe: `git cat-file blob refs/flakehist/journal/{entry:06}:before > {typed}`"
        )),
        None => error.hint(format!("there was no lock before: `rm {typed}`")),
    }
}

/// The failure of a check, with what does not fit and what can be done.
#[must_use]
pub fn does_not_fit(misfits: &[Misfit], plan: &Plan) -> Error {
    let error = Error::new("this lock does not fit today's flake.nix: Nix would change it");
    let error = misfits.iter().fold(error, Error::because);
    let error = match &plan.goal.commit {
        Some(commit) => {
            let folder = plan.situation.lock.strip_suffix("flake.lock").unwrap_or_default();
            let line = CommandLine::new("git", ["show", &format!("{}:{folder}flake.nix", commit.id)]);
            error.hint(format!("`{}` is the flake.nix it was made for", line.as_typed()))
        }
        None => error,
    };
    let error = error.hint("`--relock` lets Nix add what is missing; what is there stays as it is");
    match plan.goal.undoes {
        Some(number) => error.hint(format!(
            "`flakehist undo {number} --no-rebuild` puts it back all the same, and leaves the system alone"
        )),
        None => error,
    }
}
