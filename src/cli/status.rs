//! `flakehist status`

use crate::error::{Error, Result};
use crate::git::{Commit, Filter};
use crate::history::{Flake, State, Target, Tracking};
use crate::lock::Direction;
use crate::timeline::verdict::{Standing, Verdict, judge};
use crate::timeline::{Row, Timeline, gather};
use crate::view;

use super::args::{Global, Status};
use super::generations::{places, warn};
use super::notes::Notes;
use super::pager::Output;
use super::settings::{Settings, search};
use super::world::World;

/// The exit code of `--check` when a rebuild would take an input back.
const GOES_BACK: u8 = 1;
/// The exit code of `--check` when that cannot be told.
const CANNOT_TELL: u8 = 3;

/// Tells how things stand.
///
/// # Errors
/// When there is no flake, or the output cannot be written.
pub(super) fn run(args: &Status, global: &Global, world: &World, notes: &mut Notes) -> Result<u8> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let (tracking, last_change) = lock_state(&flake)?;
    let head = head_lock(&flake, world)?;
    let timeline = gather(&flake, &places(global, world, &flake))?;
    let verdict = timeline.as_ref().and_then(|timeline| verdict(timeline, &head));
    let status = view::status::Status {
        lock: &flake.lock,
        tracking,
        is_committed: !matches!(head, State::Absent),
        head,
        last_change,
        timeline: timeline.as_ref(),
        verdict,
    };
    let mut output = Output::open(None, world);
    let written = if args.json {
        status.json(&settings.style, output.writer()?)
    } else {
        status.text(&settings.style, output.writer()?)
    };
    written.map_err(|e| Error::output(&e))?;
    output.close()?;
    warn_of_lock(&flake, tracking, notes);
    match &timeline {
        Some(timeline) => {
            if timeline.beside().is_empty() && timeline.rows().next().is_some() {
                let path = timeline.profile().path.display();
                notes.add(format!("no generation of {path} is known to be built from this repository"), "");
            }
            warn(timeline, world, notes);
        }
        None => notes
            .add("no profile with generations was found, so nothing is said of the system".to_owned(), ""),
    }
    Ok(if args.check { exit_code(status.verdict.as_ref()) } else { 0 })
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

/// Judges the running generation, or where nothing is known to run, the default one.
fn verdict(timeline: &Timeline, head: &State) -> Option<Verdict> {
    let running = timeline.rows().find(|row| row.generation.running.is_some());
    let row: Row<'_> = running.or_else(|| timeline.rows().find(|row| row.generation.is_default))?;
    let lock = row.built.lock().and_then(|lock| timeline.universe().versions.get(lock));
    let certain = lock.filter(|_| row.built.confidence != crate::timeline::Confidence::ByDate);
    Some(judge(row, certain.map(|version| version.lock.as_ref()), head.lock()?, view::status::in_words))
}

fn warn_of_lock(flake: &Flake, tracking: Option<Tracking>, notes: &mut Notes) {
    let lock = &flake.lock;
    match tracking {
        Some(Tracking::Untracked) => notes.add(
            format!(
                "{lock} is not tracked by git: Nix does not see it, locks every input anew and writes over it"
            ),
            &format!("`git add {lock}`"),
        ),
        Some(Tracking::Ignored) => notes.add(
            format!("{lock} is ignored by git: Nix does not see it and locks every input anew at each build"),
            &format!("take it out of .gitignore, then `git add {lock}`"),
        ),
        Some(Tracking::Modified | Tracking::Staged | Tracking::Conflicted) | None => {}
    }
}
