//! The journal's entry of a plan.

use crate::error::Result;
use crate::git::Repository;
use crate::restore::command::CommandLine;
use crate::restore::journal::{Contents, Ending, Entry};
use crate::restore::plan::{Plan, Step};

/// What is to be done, as the journal has it before the first step.
pub(super) fn entry(plan: &Plan, now: i64) -> Entry {
    let goal = &plan.goal;
    let line = |step: &Step| match step {
        Step::Rebuild(_, line) => Some(line.words()),
        Step::Reactivate(_, lines) => lines.last().map(CommandLine::words),
        _ => None,
    };
    Entry {
        number: 0,
        time: now,
        kind: goal.kind,
        target: goal.word.clone(),
        commit: goal.commit.as_ref().map(|commit| commit.id),
        lock: plan.situation.path.clone(),
        before: None,
        after: None,
        command: plan.steps.iter().find_map(line),
        ending: Ending::Begun,
        made: None,
        taken_back: false,
        undoes: goal.undoes,
        worktree: plan.situation.worktree.clone(),
    }
}

/// The bytes to keep: what lies there, what is to lie there, and what is staged besides.
///
/// # Errors
/// When git cannot give what is staged.
pub(super) fn contents(plan: &Plan, repository: &Repository) -> Result<Contents> {
    let staged = plan.situation.staged.map(|id| repository.reader()?.blob(id)).transpose()?.flatten();
    Ok(Contents {
        before: plan.situation.bytes.clone(),
        after: plan.goal.bytes.clone(),
        staged,
        ..Contents::default()
    })
}
