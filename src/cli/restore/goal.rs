//! The lock that a target led to, as the goal of a restore.

use crate::error::{Error, Result};
use crate::history::{Flake, Selected, State};
use crate::restore::Goal;
use crate::restore::journal::Kind;
use crate::shell;
use crate::view::Style;

/// The lock that was found, with its bytes.
pub(super) fn goal(word: &str, selected: &Selected, flake: &Flake, style: &Style) -> Result<Goal> {
    let lock = match &selected.state {
        State::Readable(lock) => lock,
        State::Broken(why) => {
            return Err(Error::new(format!("the lock of {word} cannot be read, so it is not restored"))
                .because(why)
                .hint("`flakehist log` shows the states that can"));
        }
        State::Absent => {
            return Err(Error::new(format!("there is no lock at {word}"))
                .because("it was deleted there, or is not there yet")
                .hint("`flakehist log` shows the states that can be restored"));
        }
    };
    let bytes = selected
        .bytes(Some(flake))
        .map_err(|e| e.hint("`git fetch --refetch` brings what a partial clone has left out"))?;
    let name = match (&selected.commit, &selected.remark) {
        (Some(commit), _) => {
            format!("{} ({})", commit.id.short(style.abbreviation), style.day(commit.committed.seconds))
        }
        (None, Some(remark)) => remark.clone(),
        (None, None) => format!("the lock of {word}"),
    };
    Ok(Goal {
        word: word.to_owned(),
        name,
        remark: selected.remark.clone().filter(|_| selected.commit.is_some()),
        commit: selected.commit.clone(),
        bytes: Some(bytes.to_vec()),
        lock: Some(std::sync::Arc::clone(lock)),
        part: None,
        kind: Kind::Restore,
        undoes: None,
    })
}

/// What to say of a generation of which only facts are known; `name` is what stood behind `gen:`.
pub(super) fn reconstruction(name: &str) -> Error {
    Error::new(format!("no lock is known of `gen:{name}`, so none can be restored"))
        .because("what is known of its inputs does not make a whole lock")
        .hint(format!("`flakehist show {}` shows what is known", shell::word(&format!("gen:{name}"))))
        .hint("the system alone is brought back by `nix-env --switch-generation` and its switch-to-configuration; the lock stays as it is then")
}
