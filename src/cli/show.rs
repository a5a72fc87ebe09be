//! `flakehist show`

use crate::error::{Error, Result};
use crate::history::{Flake, LastChanges, State};
use crate::timeline::Timeline;
use crate::view;
use crate::view::reconstruction::Reconstruction;

use super::args::{Global, Show};
use super::pager::Output;
use super::progress::Progress;
use super::settings::{Settings, search};
use super::target::{self, Found};
use super::world::World;

/// Shows one lock.
///
/// # Errors
/// When there is no such lock, nothing of it can be read, or the output cannot be written.
pub(super) fn run(args: &Show, global: &Global, world: &World) -> Result<()> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let style = &settings.style;
    let progress = Progress::of("looking for the lock", world);
    let selected = match target::find(&args.target, &flake, global, world, style)? {
        Found::Lock(selected, _) => selected,
        Found::Facts(timeline, name) => {
            drop(progress);
            return facts(args, &timeline, &name, &settings, world);
        }
    };
    let last = LastChanges::find(&flake, &selected)?;
    if let (State::Broken(unreadable), false) = (&selected.state, args.json)
        && unreadable.readable().is_none()
    {
        return Err(Error::new(format!(
            "{} ({}) cannot be read",
            view::plain(&selected.path),
            view::plain(&args.target)
        ))
        .because(view::plain(unreadable.reason()))
        .hint("`flakehist log` shows the states before and after"));
    }
    let mut output = Output::open(settings.pager.as_deref(), world).after(progress);
    let writer = output.writer()?;
    let written = if args.json {
        view::json::show(&selected, &last, style, writer)
    } else {
        view::show::tree(&selected, &last, style, writer)
    };
    let closed = output.close();
    written.map_err(|e| Error::output(&e))?;
    closed
}

/// A generation that no lock fits: what it tells of its inputs, marked as a reconstruction.
fn facts(args: &Show, timeline: &Timeline, name: &str, settings: &Settings, world: &World) -> Result<()> {
    let row = target::named(name, timeline)?;
    let mut output = Output::open(settings.pager.as_deref(), world);
    let writer = output.writer()?;
    let known = Reconstruction::of(row, timeline);
    let written =
        if args.json { known.json(&settings.style, writer) } else { known.text(&settings.style, writer) };
    let closed = output.close();
    written.map_err(|e| Error::output(&e))?;
    closed
}
