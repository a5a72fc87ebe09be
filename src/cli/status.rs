//! `flakehist status`

use crate::error::{Error, Kind, Result};
use crate::git::{Commit, Filter};
use crate::history::{Flake, State, Target, Tracking, Universe};
use crate::lock::{Direction, Lock};
use crate::restore::journal::journal;
use crate::timeline::verdict::{Standing, Verdict, judge};
use crate::timeline::{Confidence, Row, Timeline, gather};
use crate::view;
use crate::view::status::Now;

use super::args::{Global, Status};
use super::generations::{places, warn};
use super::journal::warn_of_interrupted;
use super::notes::Notes;
use super::pager::Output;
use super::progress::Progress;
use super::settings::{Settings, search};
use super::world::World;

/// The exit code of `--check` when a rebuild would take an input back.
const GOES_BACK: u8 = 1;
/// The exit code of `--check` when that cannot be told.
const CANNOT_TELL: u8 = 3;

/// The exit code of a failure: that of `--check` is none of its answers.
pub(super) fn failure(args: &Status) -> u8 {
    if args.check { CANNOT_TELL } else { 1 }
}

/// Tells how things stand.
///
/// # Errors
/// When there is no flake, or the output cannot be written. With `--check` a reader that closes the pipe is no
/// failure here: the exit code answers all the same.
pub(super) fn run(args: &Status, global: &Global, world: &World, notes: &mut Notes) -> Result<u8> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let (tracking, last_change) = lock_state(&flake)?;
    let head = head_lock(&flake, world)?;
    let now = now(&flake, tracking, &head, world);
    let progress = Progress::of("reading the generations", world);
    // A profile that cannot be read is no reason to say nothing of the lock.
    let gathered = gather(&flake, &places(global, world, &flake));
    let timeline = gathered.as_ref().ok().and_then(Option::as_ref);
    let judged = timeline.and_then(judged);
    let against = |state: &State| Some(verdict(judged?, timeline?.universe(), state.lock()?));
    let (from_head, from_now) = match &now {
        Now::Head => (against(&head), against(&head)),
        Now::Worktree(state) => (against(&head), against(state)),
        Now::Anew => (against(&head), None),
    };
    let code = exit_code(from_head.as_ref());
    let status = view::status::Status {
        lock: &flake.lock,
        tracking,
        is_committed: !matches!(head, State::Absent),
        head,
        now,
        last_change,
        timeline,
        judged,
        from_head,
        from_now,
    };
    let mut output = Output::open(None, world).after(progress);
    let written = if args.json {
        status.json(&settings.style, output.writer()?)
    } else {
        status.text(&settings.style, output.writer()?)
    };
    match written.map_err(|e| Error::output(&e)).and_then(|()| output.close()) {
        Err(error) if args.check && error.kind() == Kind::ClosedPipe => return Ok(code),
        written => written?,
    }
    warn_of_lock(&status, &flake, notes);
    warn_of_interrupted(&journal(&flake.repository)?.entries, &flake, notes)?;
    match &gathered {
        Ok(Some(timeline)) => {
            if timeline.beside().is_empty() && timeline.rows().next().is_some() {
                let path = timeline.profile().path.display();
                notes.add(format!("no generation of {path} is known to be built from this repository"), "");
            }
            warn(timeline, world, notes);
        }
        Err(error) => notes.add(format!("nothing is said of the system: {error}"), ""),
        Ok(None) => notes
            .add("no profile with generations was found, so nothing is said of the system".to_owned(), ""),
    }
    if args.check && exit_code(status.from_now.as_ref()) != code && matches!(status.now, Now::Worktree(_)) {
        notes.add(
            format!(
                "the exit code is about HEAD's lock; a rebuild now takes the {} of the working tree",
                flake.lock
            ),
            "",
        );
    }
    Ok(if args.check { code } else { 0 })
}

/// What a rebuild takes that is started now. Nix takes a file as it lies in the working tree, if git tracks it.
fn now(flake: &Flake, tracking: Option<Tracking>, head: &State, world: &World) -> Now {
    match tracking {
        Some(Tracking::Untracked | Tracking::Ignored) => Now::Anew,
        None if flake.repository.workdir().is_some() && matches!(head, State::Absent) => Now::Anew,
        None => Now::Head,
        // The file may be gone; then Nix locks all inputs anew.
        Some(Tracking::Modified | Tracking::Staged | Tracking::Conflicted) => {
            let selected = flake.select(&Target::Worktree, world.now, &chrono::Utc);
            selected.map_or(Now::Anew, |selected| Now::Worktree(selected.state))
        }
    }
}

fn exit_code(verdict: Option<&Verdict>) -> u8 {
    match verdict {
        Some(verdict) if verdict.going_back().next().is_some() => GOES_BACK,
        // A move of which nobody knows the direction may go back.
        Some(verdict)
            if verdict.moves.iter().any(|one| one.direction == Direction::Unknown && one.is_replaced()) =>
        {
            CANNOT_TELL
        }
        Some(verdict) if verdict.standing != Standing::Unknown => 0,
        Some(_) | None => CANNOT_TELL,
    }
}

/// What git knows of the lock beyond HEAD, and the last commit that changed it.
fn lock_state(flake: &Flake) -> Result<(Option<Tracking>, Option<Commit>)> {
    let tracking = flake.repository.file_status(&flake.lock)?.as_ref().and_then(Tracking::of);
    let tips = flake.repository.tips(&[], false)?;
    let filter = Filter { count: Some(1), ..Filter::default() };
    let last = flake.repository.walk(&flake.lock, &tips, filter)?.next().transpose()?;
    let last_change = last.map(|version| flake.repository.reader()?.commit(version.commit)).transpose()?;
    Ok((tracking, last_change))
}

/// HEAD's lock; absent when there is none or no commit yet.
fn head_lock(flake: &Flake, world: &World) -> Result<State> {
    if flake.repository.head()?.is_none() {
        return Ok(State::Absent);
    }
    let head = Target::Revision("HEAD".to_owned());
    Ok(flake.select(&head, world.now, &chrono::Utc).map_or(State::Absent, |selected| selected.state))
}

/// The system to judge: the one that runs, or where nothing is known to run, the default generation.
fn judged(timeline: &Timeline) -> Option<Row<'_>> {
    timeline.running().or_else(|| timeline.rows().find(|row| row.generation.is_default))
}

/// How the system stands to a lock.
fn verdict(row: Row<'_>, universe: &Universe, lock: &Lock) -> Verdict {
    let own = row.built.lock().and_then(|lock| universe.versions.get(lock));
    let certain = own.filter(|_| row.built.confidence != Confidence::ByDate);
    judge(row, certain.map(|version| version.lock.as_ref()), lock, view::status::in_words)
}

fn warn_of_lock(status: &view::status::Status<'_>, flake: &Flake, notes: &mut Notes) {
    let lock = status.lock;
    let typed = flake.typed(lock);
    match status.tracking {
        Some(Tracking::Modified | Tracking::Staged | Tracking::Conflicted)
            if matches!(status.now, Now::Anew) =>
        {
            let hint = format!("`git checkout HEAD -- {typed}` brings HEAD's back");
            notes.add(
                format!("{lock} is gone from the working tree: Nix locks every input anew"),
                if status.is_committed { &hint } else { "" },
            );
        }
        tracking => {
            if let Some((note, hint)) = unseen(flake, tracking) {
                notes.add(note, &hint);
            }
        }
    }
}

/// What to say of a lock that Nix does not see, and what to do about it.
pub(super) fn unseen(flake: &Flake, tracking: Option<Tracking>) -> Option<(String, String)> {
    let (lock, typed) = (&flake.lock, flake.typed(&flake.lock));
    match tracking? {
        Tracking::Untracked => Some((
            format!(
                "{lock} is not tracked by git: Nix does not see it, locks every input anew and writes over it"
            ),
            format!("`git add {typed}`"),
        )),
        Tracking::Ignored => Some((
            format!("{lock} is ignored by git: Nix does not see it and locks every input anew at each build"),
            format!("take it out of .gitignore, then `git add {typed}`"),
        )),
        Tracking::Modified | Tracking::Staged | Tracking::Conflicted => None,
    }
}
