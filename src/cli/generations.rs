//! `flakehist generations`

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::generation::{Kind, Places};
use crate::history::Flake;
use crate::shell;
use crate::timeline::{Timeline, gather};
use crate::view;

use super::args::{Generations, Global};
use super::notes::Notes;
use super::pager::Output;
use super::progress::Progress;
use super::settings::{Settings, search};
use super::target;
use super::world::World;

/// Where comin remembers its deployments.
const COMIN: &str = "/var/lib/comin/store.json";

/// Lists or explains generations.
///
/// # Errors
/// When there is no profile or no such generation, or the output cannot be written.
pub(super) fn run(args: &Generations, global: &Global, world: &World, notes: &mut Notes) -> Result<()> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let style = &settings.style;
    let places = places(global, world, &flake);
    let progress = Progress::of("reading the generations", world);
    let timeline = gather(&flake, &places)?.ok_or_else(|| no_profile(&places))?;
    let explained = args.explain.as_deref().map(|word| word.strip_prefix("gen:").unwrap_or(word));
    let explained = explained.map(|name| target::named(name, &timeline)).transpose()?;
    let mut output = Output::open(settings.pager.as_deref(), world).after(progress);
    let writer = output.writer()?;
    let written = match explained {
        Some(row) => view::generations::explain(row, &timeline, style, writer),
        None if args.json => view::generations::json(&timeline, style, writer),
        None => view::generations::table(&timeline, style, writer).and_then(|()| {
            let is_seen = style.width.is_some() && style.color;
            if is_seen {
                let legend = view::generations::legend(timeline.profile().kind);
                writeln!(writer, "{}", style.paint(view::Role::Dim, legend))
            } else {
                Ok(())
            }
        }),
    };
    let closed = output.close();
    written.map_err(|e| Error::output(&e))?;
    closed?;
    warn(&timeline, world, notes);
    Ok(())
}

/// What every command that reads a profile warns of.
pub(super) fn warn(timeline: &Timeline, world: &World, notes: &mut Notes) {
    let profile = timeline.profile();
    if profile.generations.is_empty() {
        notes.add(format!("the profile {} has no generations", profile.path.display()), "");
    }
    if let (true, Some(generation)) = (profile.has_absolute_link, profile.default_generation()) {
        let profiles = profiles(world);
        let of_users = profiles.join("per-user");
        let is_a_users =
            profile.path.starts_with(&of_users) && !profile.path.starts_with(of_users.join("root"));
        let sudo = if profile.path.starts_with(profiles) && !is_a_users { "sudo " } else { "" };
        let path = profile.path.display();
        notes.add(
            format!(
                "the link {path} is absolute, so Nix takes no generation for the current one: a garbage collection of \
                 old generations would delete them all"
            ),
            &format!(
                "`{sudo}nix-env -p {} --switch-generation {}` mends it",
                shell::word(&path.to_string()),
                generation.number
            ),
        );
    }
}

pub(super) fn no_profile(places: &Places) -> Error {
    Error::new(format!("there is no profile at {}", places.profile.display()))
        .hint("name another one: `--profile PATH`, or `--profile home-manager`")
}

pub(super) fn no_generation(number: u64, timeline: &Timeline) -> Error {
    let error =
        Error::new(format!("there is no generation {number} in {}", timeline.profile().path.display()));
    match (timeline.rows().last(), timeline.rows().next()) {
        (Some(first), Some(last)) => {
            error.hint(format!("they go from {} to {}", first.generation.number, last.generation.number))
        }
        _ => error,
    }
}

/// Where the profile, the running system and comin's memory are looked for: `--profile`, `FLAKEHIST_PROFILE`,
/// `flakehist.profile` and so on.
pub(super) fn places(global: &Global, world: &World, flake: &Flake) -> Places {
    let profiles = profiles(world);
    let setting = |name: &str, key: &str| {
        world.variable(name).map(str::to_owned).or_else(|| flake.repository.setting(key))
    };
    let named = global.profile.clone().or_else(|| setting("FLAKEHIST_PROFILE", "flakehist.profile"));
    let profile = match named.as_deref() {
        None | Some("system") => profiles.join("system"),
        Some("home-manager") => home_manager(&profiles, world),
        Some("system-manager") => profiles.join("system-manager-profiles/system-manager"),
        // Without the slash that a shell's completion puts behind it: with one it is no link.
        Some(path) if path.contains('/') => search(global, world).folder.join(path).components().collect(),
        Some(name) => profiles.join("system-profiles").join(name),
    };
    let run = setting("FLAKEHIST_RUN", "flakehist.run").unwrap_or_else(|| "/run".to_owned());
    let run = PathBuf::from(run);
    let is_home = profile.file_name().is_some_and(|name| name == "home-manager");
    let (kind, running, booted) = if is_home {
        (Kind::Home, home_manager_running(world), None)
    } else {
        (Kind::System, run.join("current-system"), Some(run.join("booted-system")))
    };
    let comin = setting("FLAKEHIST_COMIN", "flakehist.comin").unwrap_or_else(|| COMIN.to_owned());
    Places { profile, kind, running, booted, comin: PathBuf::from(comin) }
}

/// The folder of the system's profiles.
fn profiles(world: &World) -> PathBuf {
    Path::new(world.variable("NIX_STATE_DIR").unwrap_or("/nix/var/nix")).join("profiles")
}

/// Whether the user named a profile, in whatever way.
pub(super) fn is_profile_named(global: &Global, world: &World, flake: &Flake) -> bool {
    global.profile.is_some()
        || world.variable("FLAKEHIST_PROFILE").is_some()
        || flake.repository.setting("flakehist.profile").is_some()
}

/// home-manager's profile, where nothing else is said.
pub(super) fn home_manager_profile(world: &World) -> PathBuf {
    home_manager(
        &Path::new(world.variable("NIX_STATE_DIR").unwrap_or("/nix/var/nix")).join("profiles"),
        world,
    )
}

/// The link to the generation that home-manager has activated.
pub(super) fn home_manager_running(world: &World) -> PathBuf {
    state_folder(world).join("home-manager/gcroots/current-home")
}

/// home-manager's profile: in the user's state folder, and where that has none, where it was before.
fn home_manager(profiles: &Path, world: &World) -> PathBuf {
    let new = state_folder(world).join("nix/profiles/home-manager");
    let user = world.variable("USER").unwrap_or("root");
    let old = profiles.join("per-user").join(user).join("home-manager");
    if std::fs::symlink_metadata(&new).is_ok() || std::fs::symlink_metadata(&old).is_err() {
        new
    } else {
        old
    }
}

/// Where a user's programs keep their state.
fn state_folder(world: &World) -> PathBuf {
    let home = world.variable("HOME").unwrap_or("/root");
    world.variable("XDG_STATE_HOME").map_or_else(|| Path::new(home).join(".local/state"), PathBuf::from)
}
