//! `flakehist git-setup`

mod place;
mod steps;

use std::io::Write as _;

use crate::error::{Error, Result};
use crate::history::Flake;
use crate::restore::Programs;
use crate::view::plain;

use super::args::{GitSetup, Global};
use super::notes::{Notes, say};
use super::restore::ask;
use super::settings::search;
use super::world::World;

use place::Place;
use steps::{DRIVER, Step, steps};

/// Makes git show locks by their inputs, or as it did before.
///
/// # Errors
/// When there is no git, something else is set there already, nobody says yes, or something cannot be written.
pub(super) fn run(args: &GitSetup, global: &Global, world: &World, notes: &mut Notes) -> Result<()> {
    let programs = Programs::on_path(world.variable("PATH").unwrap_or_default());
    let flake = if args.global { None } else { Some(Flake::find(&search(global, world))?) };
    let place = match &flake {
        Some(flake) => Place::of(flake, &programs)?,
        None => Place::global(world, &programs)?,
    };
    let steps = steps(args.remove, &place.values()?, &place.attributes()?).map_err(|value| {
        let scope = if args.global { "--global" } else { "--local" };
        Error::new(format!("git shows a {DRIVER} in another way already"))
            .because(format!("`diff.{DRIVER}.textconv` is `{value}`"))
            .hint(format!("`git config {scope} --unset-all diff.{DRIVER}.textconv` makes room"))
    })?;
    if steps.is_empty() {
        say(if args.remove { "nothing is set up here" } else { "this is set up already" });
    } else {
        show(&steps, &place)?;
        if args.dry_run {
            return Ok(());
        }
        consent(args, world)?;
        for step in &steps {
            place.take(step)?;
        }
        say(if args.remove {
            "git shows locks as text again"
        } else {
            "`git diff`, `git log -p` and `git show` show locks by their inputs now; \
             `flakehist git-setup --remove` undoes it"
        });
    }
    if !args.remove && programs.find("flakehist").is_none() {
        notes.add(
            "there is no `flakehist` on PATH, so git shows locks as text".to_owned(),
            "once it is there, git runs it; nothing else has to be done",
        );
    }
    if let (Some(flake), false) = (&flake, args.remove)
        && let Some(other) = place.overridden(&flake.lock)?
    {
        notes.add(
            format!("it does not hold for {}: its attribute `diff` is `{other}`", flake.lock),
            &format!("`git check-attr -a {}` tells what counts", flake.lock),
        );
    }
    Ok(())
}

/// Shows what will be written where.
fn show(steps: &[Step], place: &Place<'_>) -> Result<()> {
    let mut text = String::new();
    let mut heading = String::new();
    for step in steps {
        let (file, line) = match step {
            Step::Set(key, value) => (&place.config_name, format!("+ {key} = {value}")),
            Step::Unset(key, value) => (&place.config_name, format!("- {key} = {value}")),
            Step::AddLine(line) => (&place.attributes_name, format!("+ {line}")),
            Step::RemoveLine(line) => (&place.attributes_name, format!("- {line}")),
        };
        if *file != heading {
            text.push_str(&format!("{}\n", plain(file)));
            heading.clone_from(file);
        }
        text.push_str(&format!("  {line}\n"));
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Error::output(&e))
}

/// Asks whether to go on.
fn consent(args: &GitSetup, world: &World) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    if !world.can_ask {
        return Err(Error::new("there is no terminal to ask on, so nothing was done")
            .hint("`--yes` does it without asking, `--dry-run` only shows it"));
    }
    if ask("Go on? [y/N] ") { Ok(()) } else { Err(Error::new("nothing was done")) }
}
