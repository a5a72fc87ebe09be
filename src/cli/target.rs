//! From the word a user wrote to a lock, generations included.

use chrono::{Local, Utc};

use crate::error::{Error, Result};
use crate::git::ObjectId;
use crate::history::{Flake, Selected, Target};
use crate::timeline::{Confidence, Row, Timeline, gather};
use crate::view::{self, Style, Zone, plain};

use super::args::Global;
use super::generations::{no_generation, no_profile, places};
use super::settings::search;
use super::world::World;

/// So many locks are named of which one has to be chosen.
const MOST_NAMED: usize = 5;

/// What a word led to.
pub(super) enum Found {
    /// A lock; of a generation, how sure it is.
    Lock(Box<Selected>, Option<Confidence>),
    /// A generation that no lock fits, of which only facts are known, and the word that named it.
    Facts(Box<Timeline>, String),
}

/// Finds what a word names.
///
/// # Errors
/// When it names nothing, or a generation of which several locks may be the one.
pub(super) fn find(
    word: &str,
    flake: &Flake,
    global: &Global,
    world: &World,
    style: &Style,
) -> Result<Found> {
    let target = Target::parse(word, &search(global, world).folder)?;
    if let Target::Generation(name) = &target {
        return generation(name, flake, global, world, style);
    }
    let selected = match style.zone {
        Zone::Local => flake.select(&target, world.now, &Local)?,
        Zone::Utc => flake.select(&target, world.now, &Utc)?,
    };
    Ok(Found::Lock(Box::new(selected), None))
}

fn generation(name: &str, flake: &Flake, global: &Global, world: &World, style: &Style) -> Result<Found> {
    let places = places(global, world, flake);
    let timeline = gather(flake, &places)?.ok_or_else(|| no_profile(&places))?;
    let row = named(name, &timeline)?;
    if row.built.locks.len() > 1 {
        return Err(ambiguous(name, row, &timeline, flake, style));
    }
    if let Some(version) = row.built.lock().and_then(|lock| timeline.universe().versions.get(lock)) {
        let remark = format!("the lock of {} ({})", view::generations::name(row), row.built.confidence);
        let selected = Selected::of_version(flake, version, remark)?;
        return Ok(Found::Lock(Box::new(selected), Some(row.built.confidence)));
    }
    Ok(Found::Facts(Box::new(timeline), name.to_owned()))
}

/// The system that a word behind `gen:` names: `41`, `current`, `running` (which need be no generation), `booted`,
/// `-1` (the one before the current), `+1` (the one after it).
///
/// # Errors
/// When there is none, or the word is none of these.
pub(super) fn named<'t>(name: &str, timeline: &'t Timeline) -> Result<Row<'t>> {
    let of = |what: &str, found: Option<Row<'t>>| {
        found.ok_or_else(|| Error::new(format!("no generation is the {what} one")))
    };
    let current = || of("current", timeline.rows().find(|row| row.generation.is_default));
    match name {
        "current" | "default" => return current(),
        "running" => return of("running", timeline.running()),
        "booted" => return of("booted", timeline.rows().find(|row| row.generation.booted.is_some())),
        _ => {}
    }
    let steps = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).checked_sub(1);
    let beside = |number: u64, what: &str, found: Option<Row<'t>>, current: Row<'_>| {
        let current = current.generation.number;
        found.ok_or_else(|| {
            Error::new(format!("there is no generation {number} {what} the current one, {current}"))
                .hint("`flakehist generations` lists them")
        })
    };
    let digits = name.trim_start_matches(['-', '+']);
    let number = digits.parse::<u64>().ok().filter(|_| name.len() <= digits.len() + 1);
    match (name.get(..1), number) {
        (Some("-"), Some(number)) => {
            let current = current()?;
            let mut older = timeline.rows().filter(|row| row.generation.number < current.generation.number);
            beside(number, "before", steps(number).and_then(|steps| older.nth(steps)), current)
        }
        (Some("+"), Some(number)) => {
            let current = current()?;
            let newer: Vec<Row<'t>> =
                timeline.rows().filter(|row| row.generation.number > current.generation.number).collect();
            beside(
                number,
                "after",
                steps(number).and_then(|steps| newer.into_iter().rev().nth(steps)),
                current,
            )
        }
        (_, Some(number)) => timeline.row(number).ok_or_else(|| no_generation(number, timeline)),
        (_, None) => Err(Error::usage(format!("`gen:{name}` names no generation"))
            .hint("write `gen:41`, `gen:current`, `gen:running`, `gen:booted`, `gen:-1` or `gen:+1`")),
    }
}

/// Names the locks of which one has to be chosen.
fn ambiguous(name: &str, row: Row<'_>, timeline: &Timeline, flake: &Flake, style: &Style) -> Error {
    let what = view::generations::name(row);
    let count = row.built.locks.len();
    let mut error = Error::new(format!("{what} may have been built from any of {count} locks"))
        .because("what it tells of its inputs fits them all");
    let mut unnamed = count;
    for group in row.built.locks.iter().take(MOST_NAMED) {
        let mut versions = group.iter().filter_map(|&lock| timeline.universe().versions.get(lock));
        let Some(version) = versions.clone().next() else { continue };
        let word = match version.introduced {
            Some(introduced) => {
                let (id, day) = (introduced.by.short(style.abbreviation), style.day(introduced.seconds));
                format!("`{id}` of {day}")
            }
            None => match versions.find_map(|version| uncommitted(flake, version.lock_id)) {
                Some(word) => format!("`{word}`"),
                None => continue,
            },
        };
        unnamed -= 1;
        error = error.hint(format!("name one instead: {word}"));
    }
    let more = if unnamed > 0 { format!(", and {unnamed} more") } else { String::new() };
    error.hint(
        plain(&format!("`flakehist generations --explain {name}` shows the evidence{more}")).into_owned(),
    )
}

/// What a lock that is in no commit is called.
fn uncommitted(flake: &Flake, lock_id: ObjectId) -> Option<&'static str> {
    let is_this = |target: &Target| {
        flake.look_up(target, 0, &Utc).is_ok_and(|selected| selected.lock_id == Some(lock_id))
    };
    [("worktree", Target::Worktree), ("index", Target::Index)]
        .into_iter()
        .find_map(|(word, target)| is_this(&target).then_some(word))
}
