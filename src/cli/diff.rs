//! `flakehist diff`

mod packages;
mod sides;

use std::io::{self, Write};

use crate::error::{Error, Result};
use crate::history::{Flake, Inputs, LastChanges, Selected, State};
use crate::lock::{Lock, compare, compare_as_nix};
use crate::near;
use crate::view;
use crate::view::Style;
use crate::view::diff::{Difference, What};

use super::args::{Diff, Global};
use super::notes::Notes;
use super::pager::Output;
use super::progress::Progress;
use super::settings::{Settings, search};
use super::world::World;

use sides::{Side, Sides};

/// The exit code of `--exit-code` when something changed.
const CHANGED: u8 = 1;

/// Shows what changed between two locks.
///
/// # Errors
/// When a target names nothing, one of the locks cannot be read, or the output cannot be written.
pub(super) fn run(args: &Diff, global: &Global, world: &World, notes: &mut Notes) -> Result<u8> {
    if args.packages {
        return packages::run(args, global, world, notes);
    }
    let inputs = Inputs::parse(&args.input)?;
    let search = search(global, world);
    let progress = Progress::of("looking for the locks", world);
    let (flake, settings, sides) = match Flake::find(&search) {
        Ok(flake) => {
            let settings = Settings::of(global, world, &flake)?;
            let sides = Sides::find(&args.targets, &flake, global, world, &settings.style)?;
            (Some(flake), settings, sides)
        }
        // Two files can be compared anywhere.
        Err(error) => match Sides::of_files(&args.targets, &search.folder)? {
            Some(sides) => (None, Settings::anywhere(global, world)?, sides),
            None => return Err(error),
        },
    };
    drop(progress);
    let flake = flake.as_ref();
    if (args.patch || args.nix)
        && let Some(name) = sides.reconstructed()
    {
        let form = if args.patch { "--patch" } else { "--nix" };
        return Err(Error::new(format!("{form} needs two locks, and that of `gen:{name}` is not known"))
            .hint("without it, what is known of its inputs is compared"));
    }
    let mut difference = difference(args, flake, &sides);
    if args.patch {
        return patch(args, flake, &sides, &difference, &settings, world);
    }
    if let Some(error) = unreadable(&sides) {
        if args.json {
            print(&settings, world, |style, out| view::json::diff(&difference, style, out))?;
        } else if form(args).is_none() {
            show_readable(&sides, flake, &settings, world)?;
        }
        return Err(error);
    }
    let locks = sides.locks();
    difference.changes = if args.nix { compare_as_nix(locks.0, locks.1) } else { compare(locks.0, locks.1) };
    if !inputs.is_empty() {
        difference.changes.retain(|change| inputs.have(&change.path));
        difference.unknown.retain(|path| inputs.have(path));
    }
    if !args.quiet {
        let form = form(args).unwrap_or(view::diff::summary);
        print(&settings, world, |style, out| form(&difference, style, out))?;
    }
    warn(args, &sides, notes);
    Ok(if (args.exit_code || args.quiet) && !difference.changes.is_empty() { CHANGED } else { 0 })
}

/// A way to write a difference.
type Form = fn(&Difference<'_>, &Style, &mut dyn Write) -> io::Result<()>;

/// The form that was asked for; `None` for the usual one.
fn form(args: &Diff) -> Option<Form> {
    let forms: [(bool, Form); 6] = [
        (args.nix, view::diff::nix),
        (args.stat, view::diff::stat),
        (args.name_only, view::diff::names),
        (args.markdown, view::diff::markdown),
        (args.json, view::json::diff),
        (args.quiet, |_, _, _| Ok(())),
    ];
    forms.into_iter().find(|(asked, _)| *asked).map(|(_, form)| form)
}

/// The two sides, nothing compared yet.
fn difference<'s>(args: &Diff, flake: Option<&'s Flake>, sides: &'s Sides) -> Difference<'s> {
    let (from, to) = sides.ends();
    let id = |what: &What<'_>| match what {
        What::Lock(selected) | What::Worktree(selected, _) => selected.lock_id,
        What::Nothing(_) | What::Reconstruction(..) => None,
    };
    let is_written_differently = id(&from.what) != id(&to.what);
    Difference {
        path: flake.map_or("flake.lock", |flake| &flake.lock),
        from,
        to,
        changes: Vec::new(),
        unknown: sides.unknown().to_vec(),
        is_written_differently,
        with_all: args.all_inputs,
        is_chosen: !args.input.is_empty(),
    }
}

fn print(
    settings: &Settings,
    world: &World,
    write: impl FnOnce(&Style, &mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let mut output = Output::open(settings.pager.as_deref(), world);
    let written = write(&settings.style, output.writer()?);
    let closed = output.close();
    written.map_err(|e| Error::output(&e))?;
    closed
}

/// The texts need not be locks that can be read.
fn patch(
    args: &Diff,
    flake: Option<&Flake>,
    sides: &Sides,
    difference: &Difference<'_>,
    settings: &Settings,
    world: &World,
) -> Result<u8> {
    let bytes = |side: &Side| side.selected().map(|selected| selected.bytes(flake)).transpose();
    let (old, new) = (bytes(&sides.from)?.unwrap_or_default(), bytes(&sides.to)?.unwrap_or_default());
    print(settings, world, |style, out| view::diff::patch(difference, &old, &new, style, out))?;
    Ok(if args.exit_code && old != new { CHANGED } else { 0 })
}

/// Which side cannot be read and why.
fn unreadable(sides: &Sides) -> Option<Error> {
    let reason = |side: &Side| match side.selected().map(|selected| &selected.state) {
        Some(State::Broken(unreadable)) => Some(unreadable.reason().to_owned()),
        _ => None,
    };
    let named = |side: &Side| format!("`{}`", view::plain(&side.word));
    let error = match (reason(&sides.from), reason(&sides.to)) {
        (None, None) => return None,
        (Some(reason), None) => {
            Error::new(format!("the lock of {} cannot be read", named(&sides.from))).because(reason)
        }
        (None, Some(reason)) => {
            Error::new(format!("the lock of {} cannot be read", named(&sides.to))).because(reason)
        }
        (Some(from), Some(to)) => Error::new("neither lock can be read")
            .because(format!("{}: {from}", named(&sides.from)))
            .because(format!("{}: {to}", named(&sides.to))),
    };
    Some(error.hint("`--patch` compares the texts of the two files"))
}

/// When only one side can be read it is shown as `flakehist show` shows it.
fn show_readable(sides: &Sides, flake: Option<&Flake>, settings: &Settings, world: &World) -> Result<()> {
    let readable = |side: &&Selected| side.state.lock().is_some();
    let Some(selected) = [&sides.from, &sides.to].into_iter().filter_map(Side::selected).find(readable)
    else {
        return Ok(());
    };
    let last = flake.map(|flake| LastChanges::find(flake, selected)).transpose()?.unwrap_or_default();
    print(settings, world, |style, out| view::show::tree(selected, &last, style, out))
}

/// What may explain a difference that is not as expected.
fn warn(args: &Diff, sides: &Sides, notes: &mut Notes) {
    let locks = sides.locks();
    for (side, lock) in [(&sides.from, locks.0), (&sides.to, locks.1)] {
        for notice in lock.map(Lock::notices).unwrap_or_default() {
            notes.add(format!("the lock of `{}`: {notice}", side.word), "");
        }
    }
    let paths = |lock: Option<&Lock>| -> Vec<String> {
        lock.map(Lock::inputs).unwrap_or_default().iter().map(|(path, _)| path.to_string()).collect()
    };
    if !args.input.is_empty() {
        let known = [paths(locks.0), paths(locks.1)].concat();
        let is_name = |word: &&String| !word.contains(['*', '?', '[']);
        for word in args.input.iter().filter(is_name).filter(|word| !known.contains(word)) {
            let near = near::matches(word, known.iter().map(String::as_str));
            let hint = near.first().map(|name| format!("did you mean `{name}`?")).unwrap_or_default();
            notes.add(format!("neither lock has an input `{word}`"), &hint);
        }
        return;
    }
    if let (Some(from), Some(to)) = locks {
        let (from, to) = (from.root(), to.root());
        let is_shared = from.inputs().iter().any(|(name, _)| to.input(name).is_some());
        if !is_shared && !from.inputs().is_empty() && !to.inputs().is_empty() {
            notes.add("the two locks have no input in common; are they of one flake?".to_owned(), "");
        }
    }
}
