//! What can be told before anything is done: whether `git` and Nix will do their part of a plan.

use crate::error::{Error, Result};
use crate::git::Repository;

use super::command::Programs;
use super::git::Git;
use super::obstacles::{Obstacle, locked_index, obstacle_to_commit, obstacles};
use super::owner::as_owner;
use super::plan::{Plan, Step};
use super::situation::Situation;

/// Whom git names as committer here: `Ada Example <ada@example.org>`.
///
/// # Errors
/// When there is no git, or it does not know.
pub fn who_commits(programs: &Programs, situation: &Situation) -> Result<String> {
    Git::find(programs, situation)?.who_commits()
}

/// Makes sure that what the plan keeps in the repository, and what it leaves to `git` and Nix, can be done, as far as that
/// can be told. A hook or a signature may still refuse.
///
/// # Errors
/// When something there cannot be written, there is no such program, git's index is locked, or it could not commit.
pub fn ready(plan: &Plan, repository: &Repository, programs: &Programs) -> Result<()> {
    let in_the_way = |look: &dyn Fn() -> Option<Obstacle>| {
        let found = as_owner(plan.situation.owner.as_ref(), || Ok(look()))?;
        found.map_or(Ok(()), |one| Err(Error::new(one.what).hint(one.hint)))
    };
    if !plan.steps.is_empty() {
        in_the_way(&|| obstacles(repository).into_iter().next())?;
    }
    if plan.steps.contains(&Step::Relock) && programs.find("nix").is_none() {
        return Err(no_nix_to_relock().hint("without `--relock` none is needed"));
    }
    let message = plan.steps.iter().find_map(|step| match step {
        Step::Commit(message) => Some(message),
        _ => None,
    });
    let is_told = plan.steps.iter().any(|step| matches!(step, Step::Track { .. }));
    if message.is_none() && !is_told {
        return Ok(());
    }
    let git = Git::find(programs, &plan.situation)
        .map_err(|e| if is_told { e } else { e.hint("without `--commit` none is needed") })?;
    in_the_way(&|| locked_index(repository).or_else(|| obstacle_to_commit(repository)))?;
    let Some(message) = message else { return Ok(()) };
    if message.trim().is_empty() {
        return Err(Error::new("the message of the commit is empty")
            .because("git makes no commit without one")
            .hint("without `-m` the commit says what moved"));
    }
    git.who_commits().map(drop)
}

/// That there is no Nix to add what a lock lacks.
pub(super) fn no_nix_to_relock() -> Error {
    Error::new("there is no `nix` on PATH").because("`--relock` lets Nix add what the lock lacks")
}
