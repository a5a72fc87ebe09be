//! `flakehist demo`

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::{NewCommit, Repository};
use crate::history::Tracking;
use crate::lock::Decoder;
use crate::restore::{CommandLine, Programs};
use crate::sample;
use crate::shell;
use crate::view;

use super::args::{Action, Demo, Global, Log};
use super::notes::{Notes, say};
use super::world::World;

mod machine;

/// Writes the sample and shows its history.
///
/// # Errors
/// When the folder is in use or cannot be written.
pub(super) fn run(args: &Demo, global: &Global, world: &World, notes: &mut Notes) -> Result<()> {
    if let (Some(action), Some(folder)) = (args.rebuild, &args.folder) {
        return rebuild(&world.folder.join(folder), action, world);
    }
    let folder = match &args.folder {
        Some(folder) => {
            let folder = world.folder.join(folder);
            must_be_free(&folder)?;
            folder
        }
        None => temporary(world)?,
    };
    write(&folder, &own_name(world))?;
    let shown = view::plain(&shell::word(&folder.display().to_string())).into_owned();
    notes.add(format!("a sample configuration lies in {shown}; this was its `flakehist log`"), "");
    for (command, what) in [
        ("log -n 5 -p", "the last five changes as Nix prints them"),
        ("log --input nixpkgs", "only where nixpkgs moved"),
        ("show lock~1", "the lock before the last change"),
        ("show date:2025-12-31", "the lock as the year ended"),
        ("status", "how the machine stands to the lock"),
        ("generations", "what each generation was built from, and how sure that is"),
        ("generations --explain 41", "the evidence for one of them"),
        ("restore lock~1", "the way back, with a rebuild that harms nothing"),
    ] {
        notes.add(format!("try `flakehist -C {shown} {command}`: {what}"), "");
    }
    let global = Global { directory: vec![folder], flake: None, lock: None, ..global.clone() };
    super::log::run(&Log::default(), &global, world, notes)
}

/// Rebuilds the sample's machine from the lock that lies there, as a real rebuild would take it.
fn rebuild(folder: &Path, action: Action, world: &World) -> Result<()> {
    let repository = Repository::discover(folder)?
        .ok_or_else(|| Error::new(format!("{} is not in a git repository", folder.display())))?;
    let path = folder.join("flake.lock");
    let bytes =
        std::fs::read(&path).map_err(|e| Error::new(format!("cannot read {}", path.display())).because(e))?;
    let lock = Decoder::new()
        .decode(&bytes)
        .map_err(|why| Error::new(format!("cannot read {}", path.display())).because(why))?;
    let head = repository.head()?.map(|head| head.to_string()).unwrap_or_default();
    let is_clean = repository.file_status("flake.lock")?.is_none_or(|status| Tracking::of(&status).is_none());
    let configuration = if is_clean { head } else { format!("{head}-dirty") };
    match machine::rebuild(&repository, &lock, &configuration, action, world.now)? {
        Some(generation) => {
            say(&format!("the sample builds nothing; this is generation {generation} of its machine"));
        }
        None => say("the sample builds nothing"),
    }
    Ok(())
}

/// How to call this program: by its name, where PATH leads to this very file, else by its path.
fn own_name(world: &World) -> String {
    let own = std::env::current_exe().and_then(|path| path.canonicalize()).ok();
    let on_path = Programs::on_path(world.variable("PATH").unwrap_or_default()).find("flakehist");
    let on_path = on_path.and_then(|path| path.canonicalize().ok());
    match own.filter(|own| on_path.as_ref() != Some(own)) {
        Some(own) => CommandLine::new(own, [""; 0]).as_typed(),
        None => "flakehist".to_owned(),
    }
}

fn must_be_free(folder: &Path) -> Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::new(format!("cannot use {}", folder.display())).because(e)),
    };
    if entries.count() > 0 {
        return Err(Error::new(format!("{} is not empty", folder.display()))
            .hint("name a folder that does not exist yet"));
    }
    Ok(())
}

/// A new folder that nobody else can have made before.
fn temporary(world: &World) -> Result<PathBuf> {
    let parent = PathBuf::from(world.variable("TMPDIR").unwrap_or("/tmp"));
    for number in 0..1000 {
        let folder = parent.join(format!("flakehist-demo-{}-{number}", std::process::id()));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => {
                return Err(Error::new(format!("cannot make a folder in {}", parent.display())).because(e));
            }
        }
    }
    Err(Error::new(format!("{} is full of demo folders", parent.display()))
        .hint("name one: `flakehist demo DIR`"))
}

fn write(folder: &Path, program: &str) -> Result<()> {
    let repository = Repository::create(folder)?;
    let commits = sample::commits();
    let mut ids = Vec::new();
    for commit in &commits {
        let parents = commit.parents.iter().filter_map(|&parent| ids.get(parent).copied()).collect();
        ids.push(repository.commit_tree(&NewCommit {
            parents,
            author: commit.author,
            email: commit.email,
            seconds: commit.seconds,
            offset_minutes: commit.offset_minutes,
            message: &commit.message,
            files: &commit.tree,
        })?);
    }
    for (branch, tip) in sample::branches() {
        if let Some(id) = ids.get(tip) {
            repository.set_branch(branch, *id)?;
        }
    }
    repository.check_out("main")?;
    machine::build(&repository, &commits, &ids, program)
}
