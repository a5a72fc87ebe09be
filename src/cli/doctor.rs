//! `flakehist doctor`: what is missing on this machine, before it is needed. Only looks.

mod programs;
mod repository;
mod system;

use crate::error::{Error, Result};
use crate::history::Flake;
use crate::restore::Programs;
use crate::view::doctor::{self, Check, Finding};

use super::args::{Doctor, Global};
use super::notes::Notes;
use super::pager::{self, Output};
use super::progress::Progress;
use super::settings::{Settings, search};
use super::world::World;

/// The exit code when something that a restore needs is missing.
const MISSING: u8 = 1;

/// Looks at everything, says what it found, and gives the exit code.
///
/// # Errors
/// When a setting makes no sense, or the output cannot be written.
pub(super) fn run(args: &Doctor, global: &Global, world: &World) -> Result<u8> {
    let programs = Programs::on_path(world.variable("PATH").unwrap_or_default());
    let flake = Flake::find(&search(global, world));
    let settings = match &flake {
        Ok(flake) => Settings::of(global, world, flake)?,
        Err(_) => Settings::anywhere(global, world)?,
    };
    let progress = Progress::of("looking around", world);
    let mut checks = Vec::new();
    match &flake {
        Ok(flake) => {
            checks.extend(repository::checks(flake, &programs, world));
            checks.extend(system::checks(flake, &programs, global, world, &settings));
        }
        Err(error) => checks.push(Check::of("flake", Finding::Missing, error)),
    }
    checks.extend([programs::git(&programs), programs::nix(&programs)]);
    checks.push(terminal(&settings, &programs, world));
    let mut output = Output::open(None, world).after(progress);
    let written = if args.json {
        doctor::json(&checks, output.writer()?)
    } else {
        doctor::text(&checks, &settings.style, output.writer()?)
    };
    written.map_err(|e| Error::output(&e)).and_then(|()| output.close())?;
    Ok(if checks.iter().any(Check::is_missing) { MISSING } else { 0 })
}

/// How long output is shown.
fn terminal(settings: &Settings, programs: &Programs, world: &World) -> Check {
    let color = if settings.style.color { "colour" } else { "no colour" };
    if !world.is_terminal {
        return Check::fine("terminal", format!("standard output is none; {color}"));
    }
    let width = settings.style.width.unwrap_or_default();
    let Some(pager) = &settings.pager else {
        return Check::fine("terminal", format!("{width} columns, {color}, no pager"));
    };
    if pager::is_there(pager, programs) {
        return Check::fine("terminal", format!("{width} columns, {color}, pager `{pager}`"));
    }
    Check::mind("terminal", format!("there is no pager `{pager}`, so long output is not held"))
        .hint("`git config flakehist.pager cat` does without one")
}

/// Notes of other commands about the same matter, as what to mind.
fn minded(about: &'static str, notes: &Notes) -> impl Iterator<Item = Check> {
    notes.iter().map(move |(note, hint)| Check::mind(about, note).hint(hint.unwrap_or_default()))
}
