//! `flakehist undo`

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::git::blob_id;
use crate::history::Flake;
use crate::lock::Decoder;
use crate::restore::journal::{Ending, Entry, Kind, contents, journal, to_undo};
use crate::restore::{Goal, Hazard, Situation};
use crate::timeline::gather;

use super::args::{Global, Restoring, Undo};
use super::generations::places;
use super::notes::Notes;
use super::progress::Progress;
use super::restore::Job;
use super::settings::{Settings, search};
use super::world::World;

/// Puts the lock back that was there before an entry of the journal, and gives the exit code.
///
/// # Errors
/// When nothing was changed.
pub(super) fn run(args: &Undo, global: &Global, world: &World, notes: &mut Notes) -> Result<u8> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let situation = Situation::look(&flake)?;
    let known = journal(&flake.repository)?.entries;
    let entry = chosen(args.entry, &known, &situation, &flake)?;
    let kept = contents(&flake.repository, entry.number)?;
    if kept.before.is_none() && entry.before.is_some() {
        return Err(Error::new(format!("the lock before entry {} is gone", entry.number))
            .because("git has lost the object")
            .hint("`git fsck` tells what else is missing"));
    }
    let lock = kept.before.as_deref().and_then(|bytes| Decoder::new().decode(bytes).ok()).map(Arc::new);
    let number = entry.number;
    let goal = Goal {
        word: format!("undo {number}"),
        name: if kept.before.is_some() {
            format!("the lock before entry {number}")
        } else {
            format!("before entry {number} there was none")
        },
        commit: None,
        remark: None,
        bytes: kept.before,
        lock,
        part: None,
        kind: Kind::Undo,
        undoes: Some(number),
    };
    let now = situation.bytes.as_deref().and_then(blob_id);
    let hazards = if now == entry.after { Vec::new() } else { vec![Hazard::ChangedSince(number)] };
    let progress = Progress::of("making the plan", world);
    let timeline = gather(&flake, &places(global, world, &flake))?;
    drop(progress);
    // A restore that left the system alone is undone by leaving it alone.
    let no_rebuild = args.how.no_rebuild || leaves_system_alone(&args.how, entry, &known);
    let how = Restoring { no_rebuild, ..args.how.clone() };
    let job =
        Job { how: &how, global, world, flake: &flake, settings: &settings, timeline: timeline.as_ref() };
    job.run(situation, goal, None, &hazards, notes)
}

/// Whether neither this entry nor one after it that left the lock as it wrote it has touched the system, and nobody
/// asks for more now.
fn leaves_system_alone(how: &Restoring, entry: &Entry, known: &[Entry]) -> bool {
    let is_after = |other: &&Entry| {
        other.number >= entry.number && (&other.lock, &other.worktree) == (&entry.lock, &entry.worktree)
    };
    let has_touched = |other: &Entry| other.command.is_some() && other.ending != Ending::PutBack;
    let asks_for_more = how.reactivate
        || how.host.is_some()
        || !how.arguments.is_empty()
        || how.action != super::args::Action::default();
    !asks_for_more && !known.iter().filter(is_after).any(has_touched)
}

fn chosen<'e>(
    number: Option<u64>,
    known: &'e [Entry],
    situation: &Situation,
    flake: &Flake,
) -> Result<&'e Entry> {
    let lock = situation.path.as_str();
    let Some(number) = number else {
        let now = situation.bytes.as_deref().and_then(blob_id);
        return to_undo(known, lock, situation.worktree.as_deref(), now).ok_or_else(|| {
            Error::new("there is nothing to undo")
                .hint("`flakehist journal` lists what was restored and undone")
        });
    };
    let entry = known.iter().find(|entry| entry.number == number).ok_or_else(|| {
        Error::new(format!("the journal has no entry {number}")).hint("`flakehist journal` lists them")
    })?;
    if entry.lock != lock {
        return Err(Error::new(format!("entry {number} is of {}, not of {lock}", entry.lock))
            .hint(format!("`flakehist --lock {} undo {number}`", flake.typed(&entry.lock))));
    }
    if entry.worktree != situation.worktree {
        let of = |worktree: &Option<String>| {
            worktree
                .as_ref()
                .map_or_else(|| "the main worktree".to_owned(), |name| format!("worktree {name}"))
        };
        let (of, here) = (of(&entry.worktree), of(&situation.worktree));
        return Err(Error::new(format!("entry {number} is of {of}, not of {here}"))
            .hint("go there to undo it: `git worktree list` tells where")
            .hint(format!(
                "its lock of before is `git cat-file blob refs/flakehist/journal/{number:06}:before`"
            )));
    }
    Ok(entry)
}
