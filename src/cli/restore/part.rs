//! Restoring some inputs of a lock, and leaving the rest as it is.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::history::{self, Entries, Flake, Query, Target};
use crate::lock::{Decoder, InputPath, Lock, Options as GraftOptions, Overrides, Refusal, Which, graft};
use crate::restore::journal::Kind;
use crate::restore::{Goal, Owner, Programs, asked};
use crate::shell;
use crate::view::Style;

use crate::cli::args::{Global, Restore};
use crate::cli::settings::search;
use crate::cli::world::World;

/// Whether only some inputs are to be restored.
pub(super) fn is_wanted(args: &Restore) -> bool {
    !args.input.is_empty() || !args.except.is_empty()
}

/// What flake.nix says of the inputs of its inputs, where there is a Nix to tell.
pub(super) fn overrides(programs: &Programs, folder: &Path, owner: Option<&Owner>) -> Overrides {
    let nix = programs.find("nix");
    let asked = nix.and_then(|nix| asked(&nix, folder, owner).ok().flatten());
    asked.map_or(Overrides::Unknown, |asked| Overrides::of_inputs(asked.declared()))
}

/// The lock with some inputs of the goal's put into the one that lies there, and what to know about it.
///
/// # Errors
/// When there is no lock to put them into, or an input cannot be restored. `flake` is where to look for a lock from
/// which it can.
pub(super) fn part(
    args: &Restore,
    goal: Goal,
    current: Option<&[u8]>,
    overrides: &Overrides,
    flake: Option<(&Flake, &Style)>,
) -> Result<(Goal, Vec<String>)> {
    let bytes = current.ok_or_else(|| {
        Error::new("there is no lock to put single inputs into").hint(format!(
            "without `--input` and `--except` the whole lock is restored: `flakehist restore {}`",
            shell::word(&goal.word)
        ))
    })?;
    let now = Decoder::new().decode(bytes).map_err(|why| {
        Error::new("the lock that lies there cannot be read, so no input can be put into it")
            .because(why)
            .hint(format!(
                "without `--input` and `--except` the whole lock is restored: `flakehist restore {}`",
                shell::word(&goal.word)
            ))
    })?;
    let then = goal.lock.as_deref().ok_or_else(|| Error::new("there is no lock to take inputs from"))?;
    let paths = |words: &[String]| {
        let paths: BTreeSet<_> = words.iter().map(|word| path(word)).collect();
        paths.into_iter().collect::<Vec<_>>()
    };
    let which = if args.except.is_empty() {
        Which::Only(paths(&args.input))
    } else {
        Which::Except(paths(&args.except))
    };
    let options = GraftOptions { overrides, keep_original: args.keep_original, current_bytes: Some(bytes) };
    let grafted = graft(&now, then, &which, &options).map_err(|refusal| {
        let mut error = Error::new(refusal.to_string());
        if let Refusal::NothingToRestore { stays } = refusal.as_ref() {
            error = stays.iter().fold(error, Error::because);
        }
        let error = refusal.hints(&which).into_iter().fold(error, Error::hint);
        match (refusal.as_ref(), flake) {
            (Refusal::OriginalChanged { input, .. }, Some((flake, style))) => {
                with_nearest(error, input, &now, flake, style)
            }
            _ => error,
        }
    })?;
    let notes = grafted.notes.iter().map(ToString::to_string).collect();
    let names = |paths: &[InputPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (part, option, paths) = match &which {
        Which::Only(_) => (names(&grafted.restored), "--input", &grafted.restored),
        Which::Except(kept) => (format!("all but {}", names(kept)), "--except", kept),
    };
    let word: String = paths.iter().map(|path| format!(" {option} {path}")).collect();
    Ok((
        Goal {
            word: goal.word + &word,
            bytes: Some(grafted.lock.to_bytes()),
            lock: Some(Arc::new(grafted.lock)),
            part: Some(part),
            ..goal
        },
        notes,
    ))
}

/// `--print` with two files, which need be in no repository: the lock that `--lock` names, and the target. `None` where
/// something else is asked for.
///
/// # Errors
/// When a file cannot be read, or an input not be restored.
pub(super) fn of_files(
    args: &Restore,
    global: &Global,
    world: &World,
) -> Result<Option<(Goal, Vec<String>)>> {
    let search = search(global, world);
    let Some(lock) = search.lock.as_ref().filter(|_| args.print && is_wanted(args)) else { return Ok(None) };
    let target = match Target::parse(&args.target, &search.folder)? {
        Target::File(path) => path,
        Target::Revision(word) if search.folder.join(&word).is_file() => search.folder.join(word),
        _ => return Ok(None),
    };
    let path = search.folder.join(lock);
    let here = Path::new("");
    let (current, old) = (history::bytes_of(here, &path)?, history::bytes_of(here, &target)?);
    let then = Decoder::new()
        .decode(&old)
        .map_err(|why| Error::new(format!("{} cannot be read as a lock", target.display())).because(why))?;
    let goal = Goal {
        word: args.target.clone(),
        name: target.display().to_string(),
        commit: None,
        remark: None,
        bytes: Some(old),
        lock: Some(Arc::new(then)),
        part: None,
        kind: Kind::Restore,
        undoes: None,
    };
    let folder = path.parent().unwrap_or(&search.folder);
    let programs = Programs::on_path(world.variable("PATH").unwrap_or_default());
    let overrides = if folder.join("flake.nix").is_file() {
        overrides(&programs, folder, None)
    } else {
        Overrides::Unknown
    };
    part(args, goal, Some(&current), &overrides, None).map(Some)
}

/// `home-manager/nixpkgs`; empty names between slashes do not count, as in `follows`.
fn path(word: &str) -> InputPath {
    InputPath::new(word.split('/').filter(|name| !name.is_empty()))
}

/// Adds the earliest state since which flake.nix asks for the input from where it does today: the nearest one to what
/// was wanted from which it can be restored.
fn with_nearest(error: Error, input: &InputPath, now: &Lock, flake: &Flake, style: &Style) -> Error {
    let original = |lock: &Lock| lock.own_node(input).and_then(|node| node.original().cloned());
    let state = |lock: &Lock| lock.own_node(input).and_then(|node| node.locked().cloned());
    let wanted = original(now);
    let query = flake.repository.tips(&[], false).map(|tips| Query { tips, ..Query::default() });
    let Ok(entries) = query.and_then(|query| Entries::new(&flake.repository, &flake.lock, query)) else {
        return error;
    };
    let mut nearest = None;
    for entry in entries.flatten() {
        let Some(lock) = entry.state.lock() else { continue };
        if !original(lock).zip(wanted.as_ref()).is_some_and(|(then, now)| then.means(now)) {
            break;
        }
        if state(lock) != state(now) {
            nearest = entry.commit().cloned().or(nearest);
        }
    }
    match nearest {
        Some(commit) => {
            let day = style.day(commit.committed.seconds);
            error.hint(format!(
                "the earliest lock that asks for it as today is `{}` of {day}",
                commit.id.short(style.abbreviation)
            ))
        }
        None => error,
    }
}
