//! `flakehist show`

use chrono::{Local, Utc};

use crate::error::{Error, Result};
use crate::history::{Flake, LastChanges, State, Target};
use crate::view::{self, Zone};

use super::args::{Global, Show};
use super::pager::Output;
use super::settings::{Settings, search};
use super::world::World;

/// Shows one lock.
///
/// # Errors
/// When there is no such lock, nothing of it can be read, or the output cannot be written.
pub(super) fn run(args: &Show, global: &Global, world: &World) -> Result<()> {
    let search = search(global, world);
    let flake = Flake::find(&search)?;
    let settings = Settings::of(global, world, &flake)?;
    let style = &settings.style;
    let target = Target::parse(&args.target, &search.folder)?;
    let selected = match style.zone {
        Zone::Local => flake.select(&target, world.now, &Local)?,
        Zone::Utc => flake.select(&target, world.now, &Utc)?,
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
    let mut output = Output::open(settings.pager.as_deref(), world);
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
