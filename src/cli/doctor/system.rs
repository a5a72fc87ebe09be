//! The system: what would rebuild it, and its generations.

use crate::cli::args::{Global, Restoring};
use crate::cli::generations::{no_profile, places, warn};
use crate::cli::notes::Notes;
use crate::cli::restore::Job;
use crate::cli::settings::Settings;
use crate::cli::world::World;
use crate::history::Flake;
use crate::restore::{Programs, Then, is_root};
use crate::timeline::gather;
use crate::view::doctor::{Check, Finding};

use super::minded;

/// Everything about the system.
pub(super) fn checks(
    flake: &Flake,
    programs: &Programs,
    global: &Global,
    world: &World,
    settings: &Settings,
) -> Vec<Check> {
    let mut checks = rebuild(flake, programs, global, world, settings);
    checks.extend(profile(flake, global, world));
    checks
}

/// The command that a restore would run.
fn rebuild(
    flake: &Flake,
    programs: &Programs,
    global: &Global,
    world: &World,
    settings: &Settings,
) -> Vec<Check> {
    // Where there is no working tree, that has been said.
    let Some(workdir) = flake.repository.workdir() else { return Vec::new() };
    let lies_at = workdir.join(&flake.lock);
    let folder = lies_at.parent().unwrap_or(workdir);
    let how = Restoring::default();
    let job = Job { how: &how, global, world, flake, settings, timeline: None };
    let line = match job.then(folder, None, programs) {
        Ok((Then::Rebuild(_, line), _)) => line,
        Ok(_) => return Vec::new(),
        Err(error) => return vec![Check::of("rebuild", Finding::Missing, &error)],
    };
    let mut checks = vec![Check::fine("rebuild", format!("`{}`", line.as_typed()))];
    if !is_root() && programs.elevation().is_none() {
        checks.push(Check::mind(
            "rebuild",
            "neither `sudo` nor `doas` is on PATH, so only root can switch a system",
        ));
    }
    checks
}

/// The profile and its generations.
fn profile(flake: &Flake, global: &Global, world: &World) -> Vec<Check> {
    let places = places(global, world, flake);
    let timeline = match gather(flake, &places) {
        Ok(Some(timeline)) => timeline,
        Ok(None) => return vec![Check::of("profile", Finding::Mind, &no_profile(&places))],
        Err(error) => return vec![Check::of("profile", Finding::Mind, &error)],
    };
    let path = timeline.profile().path.display();
    let mut notes = Notes::default();
    if timeline.beside().is_empty() && timeline.rows().next().is_some() {
        notes.add(format!("no generation of {path} is known to be built from this repository"), "");
    }
    warn(&timeline, world, &mut notes);
    let count = timeline.profile().generations.len();
    let default = timeline.rows().find(|row| row.generation.is_default);
    let default =
        default.map(|row| format!(", {} is the default", row.generation.number)).unwrap_or_default();
    let fine = Check::fine("profile", format!("{path}: {count} generations{default}"));
    std::iter::once(fine).chain(minded("profile", &notes)).collect()
}
