//! From the word a user wrote to a lock, generations included.

use chrono::{Local, Utc};

use crate::error::{Error, Result};
use crate::history::{Flake, Selected, Target};
use crate::timeline::{Row, Timeline, gather};
use crate::view::{Style, Zone, plain};

use super::args::Global;
use super::generations::{no_generation, no_profile, places};
use super::settings::search;
use super::world::World;

/// What a word led to.
pub(super) enum Found {
    /// A lock.
    Lock(Box<Selected>),
    /// A generation that no lock fits, of which only facts are known.
    Facts(Box<Timeline>, u64),
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
    Ok(Found::Lock(Box::new(selected)))
}

fn generation(name: &str, flake: &Flake, global: &Global, world: &World, style: &Style) -> Result<Found> {
    let places = places(global, world, flake);
    let timeline = gather(flake, &places)?.ok_or_else(|| no_profile(&places))?;
    let number = number(name, &timeline)?;
    let row = timeline.row(number).ok_or_else(|| no_generation(number, &timeline))?;
    if row.built.locks.len() > 1 {
        return Err(ambiguous(row, &timeline, style));
    }
    if let Some(version) = row.built.lock().and_then(|lock| timeline.universe().versions.get(lock)) {
        let remark = format!("the lock of generation {number} ({})", row.built.confidence);
        return Ok(Found::Lock(Box::new(Selected::of_version(flake, version, remark)?)));
    }
    Ok(Found::Facts(Box::new(timeline), number))
}

/// `41`, `current`, `running`, `booted`, `-1` (the one before the current).
pub(super) fn number(name: &str, timeline: &Timeline) -> Result<u64> {
    let of = |what: &str, found: Option<Row<'_>>| {
        found
            .map(|row| row.generation.number)
            .ok_or_else(|| Error::new(format!("no generation is the {what} one")))
    };
    match name {
        "current" | "default" => of("current", timeline.rows().find(|row| row.generation.is_default)),
        "running" => of("running", timeline.rows().find(|row| row.generation.running.is_some())),
        "booted" => of("booted", timeline.rows().find(|row| row.generation.booted.is_some())),
        _ => match name.parse::<i64>() {
            Ok(back) if back < 0 => before_current(back.unsigned_abs(), timeline),
            Ok(number) => Ok(number.unsigned_abs()),
            Err(_) => Err(Error::usage(format!("`gen:{name}` names no generation"))
                .hint("write `gen:41`, `gen:current`, `gen:running`, `gen:booted` or `gen:-1`")),
        },
    }
}

fn before_current(back: u64, timeline: &Timeline) -> Result<u64> {
    let current = number("current", timeline)?;
    let steps = usize::try_from(back).unwrap_or(usize::MAX);
    let mut older = timeline.rows().map(|row| row.generation.number).filter(|&number| number < current);
    older.nth(steps - 1).ok_or_else(|| {
        Error::new(format!("there is no generation {back} before the current one, {current}"))
            .hint("`flakehist generations` lists them")
    })
}

fn ambiguous(row: Row<'_>, timeline: &Timeline, style: &Style) -> Error {
    let number = row.generation.number;
    let count = row.built.locks.len();
    let mut error = Error::new(format!("generation {number} may have been built from any of {count} locks"))
        .because("what it tells of its inputs fits them all");
    for group in row.built.locks.iter().take(5) {
        let version = group.first().and_then(|&lock| timeline.universe().versions.get(lock));
        if let Some(introduced) = version.and_then(|version| version.introduced) {
            let (id, day) = (introduced.by.short(style.abbreviation), style.day(introduced.seconds));
            error = error.hint(format!("name one instead: `{id}` of {day}"));
        }
    }
    error.hint(plain(&format!("`flakehist generations --explain {number}` shows the evidence")).into_owned())
}
