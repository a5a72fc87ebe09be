//! `flakehist diff --packages`

mod differ;
mod store;

use std::collections::HashMap;
use std::path::PathBuf;

use crate::cli::args::{Diff, Global};
use crate::cli::generations::{no_profile, places};
use crate::cli::notes::Notes;
use crate::cli::progress::Progress;
use crate::cli::settings::{Settings, search};
use crate::cli::target;
use crate::cli::world::World;
use crate::closure;
use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::history::Flake;
use crate::restore::Programs;
use crate::timeline::{Row, Timeline, gather};
use crate::view;
use crate::view::packages::{Packages, System};

use super::CHANGED;
use super::sides::range;

use store::Store;

/// Compares the packages of two systems.
///
/// # Errors
/// When a word names no generation, a system is gone, nobody can tell what belongs to it, or the output cannot be
/// written.
pub(super) fn run(args: &Diff, global: &Global, world: &World, notes: &mut Notes) -> Result<u8> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let [from, to] = words(&args.targets)?;
    let places = places(global, world, &flake);
    let progress = Progress::of("reading the generations", world);
    let timeline = gather(&flake, &places)?.ok_or_else(|| no_profile(&places))?;
    let ends = (End::find(&from, &timeline)?, End::find(&to, &timeline)?);
    let (from, to) = paths(&ends)?;
    let programs = Programs::on_path(world.variable("PATH").unwrap_or_default());
    let must_be_own = args.json || args.quiet || args.exit_code;
    let differ = differ::choose(args.differ, must_be_own, &flake, world, &programs)?;
    let mut packages = Packages { from: ends.0.system(&from), to: ends.1.system(&to), changes: &[] };
    if args.targets.is_empty() && from == to {
        notes.add(
            "what runs is what the next boot takes".to_owned(),
            "`flakehist diff --packages gen:-1 gen:current` tells what the last switch changed",
        );
    }
    // Where nobody has named a program, one that can only fail is not asked.
    let can =
        |is_named: bool| is_named || Store::find(&programs).map_or(true, |store| store.knows([&from, &to]));
    drop(progress);
    if let Some((differ, _)) = differ.filter(|(_, is_named)| from != to && can(*is_named)) {
        differ.run(&packages, &programs, &settings.style)?;
        return Ok(0);
    }
    let (old, new, sizes);
    let progress = Progress::of("asking Nix what belongs to the two systems", world);
    if from != to {
        let store = Store::find(&programs)?;
        (old, new) = (store.closure(&from)?, store.closure(&to)?);
        let (only_old, only_new) = closure::apart(&old, &new);
        let apart: Vec<&str> = only_old.into_iter().chain(only_new).collect();
        sizes = store.sizes(&apart).unwrap_or_else(|error| {
            notes.add(format!("sizes are not known: {error}"), "");
            HashMap::new()
        });
    } else {
        (old, new, sizes) = (Vec::new(), Vec::new(), HashMap::new());
    }
    drop(progress);
    let changes = closure::compare(&old, &new, &sizes);
    packages.changes = &changes;
    if !args.quiet {
        let form = if args.json { view::json::packages } else { view::packages::summary };
        super::print(&settings, world, |style, out| form(&packages, style, out))?;
    }
    Ok(if (args.exit_code || args.quiet) && !changes.is_empty() { CHANGED } else { 0 })
}

/// The two generations that the words on the command line stand for. As elsewhere one word alone is held against what
/// is there now; without any it is as with rpm-ostree: what runs against what the next boot takes.
fn words(targets: &[String]) -> Result<[String; 2]> {
    let running = || "gen:running".to_owned();
    let or_running = |word: &str| if word.is_empty() { running() } else { word.to_owned() };
    Ok(match targets {
        [from, to, ..] => [from.clone(), to.clone()],
        [] => [running(), "gen:current".to_owned()],
        [word] => match range(word) {
            None => [word.clone(), running()],
            Some((from, "..", to)) => [or_running(from), or_running(to)],
            Some((from, _, to)) => {
                return Err(Error::usage(format!("`{word}`: generations have no history to part from"))
                    .hint(format!("two dots compare the two: `{from}..{to}`")));
            }
        },
    })
}

/// One side: a word and the system it names.
struct End<'t> {
    word: &'t str,
    row: Row<'t>,
}

impl<'t> End<'t> {
    fn find(word: &'t str, timeline: &'t Timeline) -> Result<Self> {
        let name = word.strip_prefix("gen:").ok_or_else(|| {
            Error::usage(format!("`{word}` is no generation, and only of those are packages compared"))
                .hint("write `gen:41`, `gen:current`, `gen:running`, `gen:booted`, `gen:-1` or `gen:+1`")
        })?;
        Ok(Self { word, row: target::named(name, timeline)? })
    }

    fn system<'s>(&'s self, path: &'s str) -> System<'s> {
        let generation = self.row.generation;
        System {
            target: self.word,
            name: view::generations::name(self.row),
            // A system that is no generation has no number.
            generation: Some(generation.number).filter(|&number| number > 0),
            created: generation.created,
            path,
        }
    }

    fn gone(&self) -> String {
        format!("the system of {} is gone from the store", view::generations::name(self.row))
    }
}

/// Where the two systems are.
///
/// # Errors
/// When one of them is gone.
fn paths(ends: &(End<'_>, End<'_>)) -> Result<(String, String)> {
    let path = |generation: &Generation| -> Option<String> {
        let path = generation.toplevel.as_ref().and_then(|path: &PathBuf| path.to_str());
        path.filter(|path| path.starts_with('/')).map(str::to_owned)
    };
    let (from, to) = ends;
    let error = match (path(from.row.generation), path(to.row.generation)) {
        (Some(from), Some(to)) => return Ok((from, to)),
        (None, Some(_)) => Error::new(from.gone()),
        (Some(_), None) => Error::new(to.gone()),
        (None, None) => {
            Error::new("neither system is in the store any more").because(from.gone()).because(to.gone())
        }
    };
    Err(error.hint("without `--packages` the locks they were built from are compared"))
}
