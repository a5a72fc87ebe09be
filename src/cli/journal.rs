//! `flakehist journal`

use crate::error::{Error, Result};
use crate::git::{OnDisk, blob_id};
use crate::history::Flake;
use crate::restore::journal::{Ending, Entry, journal};
use crate::restore::{is_at_work, linked_worktree};
use crate::view;
use crate::view::restore::LockIs;

use super::args::{Global, Journal};
use super::notes::Notes;
use super::pager::Output;
use super::settings::{Settings, search};
use super::world::World;

/// Lists what was restored and undone.
///
/// # Errors
/// When the journal cannot be read, or the output cannot be written.
pub(super) fn run(args: &Journal, global: &Global, world: &World, notes: &mut Notes) -> Result<()> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let known = journal(&flake.repository)?;
    let entries = known.entries;
    for (name, error) in known.unreadable {
        notes.add(format!("entry {name} of the journal cannot be read: {error}"), "");
    }
    let lock_is = entries.first().map(|entry| lock_is(entry, &flake)).transpose()?.flatten();
    let at_work = is_at_work(&flake.repository);
    let mut output = Output::open(settings.pager.as_deref(), world);
    let written = if args.json {
        view::restore::journal_json(&entries, lock_is, output.writer()?)
    } else if entries.is_empty() {
        Ok(())
    } else {
        view::restore::journal_table(&entries, at_work, &settings.style, output.writer()?)
    };
    written.map_err(|e| Error::output(&e))?;
    output.close()?;
    if entries.is_empty() {
        notes.add("nothing was restored in this repository yet".to_owned(), "");
    }
    warn_of_interrupted(&entries, &flake, notes)
}

/// What the lock is by this entry; `None` for one of another worktree, whose lock is another file.
pub(super) fn lock_is(entry: &Entry, flake: &Flake) -> Result<Option<LockIs>> {
    if entry.worktree != linked_worktree(&flake.repository) {
        return Ok(None);
    }
    let disk = flake.repository.file_status(&entry.lock)?.map(|status| status.disk);
    let now = match disk {
        Some(OnDisk::File { bytes, .. }) => blob_id(&bytes),
        _ => None,
    };
    Ok(Some(match now {
        now if now == entry.after => LockIs::After,
        now if now == entry.before => LockIs::Before,
        _ => LockIs::Neither,
    }))
}

/// Says of a restore that was killed what the lock is now.
pub(super) fn warn_of_interrupted(entries: &[Entry], flake: &Flake, notes: &mut Notes) -> Result<()> {
    let Some(entry) = entries.first().filter(|entry| entry.ending == Ending::Begun) else { return Ok(()) };
    let number = entry.number;
    if is_at_work(&flake.repository) {
        notes.add(format!("the restore of entry {number} is still at work"), "");
        return Ok(());
    }
    let Some(lock_is) = lock_is(entry, flake)? else {
        notes.add(format!("the restore of entry {number}, in another worktree, never came to its end"), "");
        return Ok(());
    };
    let (what, hint) = match lock_is {
        LockIs::After if entry.before != entry.after => {
            ("the lock is the restored one", format!("`flakehist undo {number}` puts the one before back"))
        }
        LockIs::After | LockIs::Before => {
            ("the lock is the one before", "`flakehist restore` can be run again".to_owned())
        }
        LockIs::Neither => (
            "the lock is neither the one before nor the restored one",
            format!("`flakehist undo {number}` puts the one before back"),
        ),
    };
    notes.add(format!("the restore of entry {number} never came to its end; {what}"), &hint);
    Ok(())
}
