//! The repository, the lock in it, and whether a restore could write there.

use std::path::{Path, PathBuf};

use crate::cli::journal::warn_of_interrupted;
use crate::cli::notes::Notes;
use crate::cli::status::unseen;
use crate::cli::world::World;
use crate::error::{Error, Result};
use crate::history::{Flake, Target, Tracking};
use crate::restore::journal::journal;
use crate::restore::{
    Programs, Situation, as_owner, is_at_work, locked_index, may_write, obstacles, who_commits,
};
use crate::view;
use crate::view::doctor::{Check, Finding};

use super::minded;

/// Everything about the repository.
pub(super) fn checks(flake: &Flake, programs: &Programs, world: &World) -> Vec<Check> {
    let mut checks = vec![folder(flake)];
    checks.push(lock(flake, world).unwrap_or_else(|e| Check::of("lock", Finding::Mind, &e)));
    let situation = match Situation::look(flake) {
        Ok(situation) => situation,
        Err(error) => {
            checks.push(Check::of("restore", Finding::Missing, &error));
            return checks;
        }
    };
    checks.extend(writing(flake, &situation));
    checks.extend(kept(flake));
    if programs.find("git").is_some() {
        checks.push(match who_commits(programs, &situation) {
            Ok(who) => Check::fine("commit", format!("`--commit` commits as {who}")),
            Err(error) => Check::of("commit", Finding::Mind, &error),
        });
    }
    checks
}

fn folder(flake: &Flake) -> Check {
    let repository = &flake.repository;
    // Without the stroke at its end that libgit2 gives it.
    let shown = |folder: &Path| folder.components().collect::<PathBuf>().display().to_string();
    Check::fine("repository", shown(repository.workdir().unwrap_or(repository.git_dir())))
}

/// The lock as it lies there.
fn lock(flake: &Flake, world: &World) -> Result<Check> {
    let lock = &flake.lock;
    let tracking = flake.repository.file_status(lock)?.as_ref().and_then(Tracking::of);
    if let Some((text, hint)) = unseen(flake, tracking) {
        return Ok(Check::mind("lock", text).hint(hint));
    }
    let selected = flake.select(&Target::Worktree, world.now, &chrono::Utc)?;
    let found = selected.state.lock().ok_or_else(|| {
        Error::new(format!("{lock} cannot be read as a lock")).hint("`flakehist show` says why")
    })?;
    let count = found.inputs().len();
    let inputs = if count == 1 { "input" } else { "inputs" };
    let state = tracking.map_or("committed", view::tracking);
    Ok(Check::fine("lock", format!("{lock}: {state}, version {}, {count} {inputs}", found.version())))
}

/// Whether the lock could be written, and what lies there be kept before.
fn writing(flake: &Flake, situation: &Situation) -> Vec<Check> {
    let repository = &flake.repository;
    let owner = situation.owner.as_ref();
    let looked = as_owner(owner, || Ok((may_write(&situation.file), obstacles(repository))));
    let (written, in_the_way) = match looked {
        Ok(looked) => looked,
        Err(error) => return vec![Check::of("restore", Finding::Missing, &error)],
    };
    let mut checks: Vec<Check> =
        written.err().iter().map(|e| Check::of("restore", Finding::Missing, e)).collect();
    checks.extend(in_the_way.into_iter().map(|one| Check::missing("restore", one.what).hint(one.hint)));
    if is_at_work(repository) {
        checks.push(
            Check::mind("restore", "another one is at work in this repository")
                .hint("wait until it has ended"),
        );
    }
    checks.extend(locked_index(repository).map(|one| Check::mind("restore", one.what).hint(one.hint)));
    if checks.is_empty() {
        let whose = owner.map(|owner| format!(", as {}", owner.in_words())).unwrap_or_default();
        checks.push(Check::fine("restore", format!("{} can be written{whose}", situation.path)));
    }
    checks
}

/// The journal, and a restore that never came to its end.
fn kept(flake: &Flake) -> Vec<Check> {
    let known = match journal(&flake.repository) {
        Ok(known) => known,
        Err(error) => return vec![Check::of("journal", Finding::Missing, &error)],
    };
    let mut notes = Notes::default();
    for (name, error) in &known.unreadable {
        notes.add(format!("entry {name} of the journal cannot be read: {error}"), "");
    }
    if let Err(error) = warn_of_interrupted(&known.entries, flake, &mut notes) {
        notes.add(error.to_string(), "");
    }
    let count = known.entries.len();
    let entries = if count == 1 { "entry" } else { "entries" };
    let fine = Check::fine("journal", format!("{count} {entries}"));
    let mut checks: Vec<Check> = minded("journal", &notes).collect();
    if checks.is_empty() {
        checks.push(fine);
    }
    checks
}
