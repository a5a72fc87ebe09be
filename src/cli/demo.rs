//! `flakehist demo`

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::{NewCommit, Repository};
use crate::sample;
use crate::view;

use super::args::{Demo, Global, Log};
use super::notes::Notes;
use super::world::World;

mod machine;

/// Writes the sample and shows its history.
///
/// # Errors
/// When the folder is in use or cannot be written.
pub(super) fn run(args: &Demo, global: &Global, world: &World, notes: &mut Notes) -> Result<()> {
    let folder = match &args.folder {
        Some(folder) => {
            let folder = world.folder.join(folder);
            must_be_free(&folder)?;
            folder
        }
        None => temporary(world)?,
    };
    write(&folder)?;
    let shown = view::plain(&folder.display().to_string()).into_owned();
    notes.add(format!("a sample configuration lies in {shown}; this was its `flakehist log`"), "");
    for (command, what) in [
        ("log -n 5 -p", "the last five changes as Nix prints them"),
        ("log --input nixpkgs", "only where nixpkgs moved"),
        ("show lock~1", "the lock before the last change"),
        ("show date:2025-12-31", "the lock as the year ended"),
        ("status", "how the machine stands to the lock"),
        ("generations", "what each generation was built from, and how sure that is"),
        ("generations --explain 41", "the evidence for one of them"),
    ] {
        notes.add(format!("try `flakehist -C {shown} {command}`: {what}"), "");
    }
    let global = Global { directory: vec![folder], flake: None, lock: None, ..global.clone() };
    super::log::run(&Log::default(), &global, world, notes)
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

fn write(folder: &Path) -> Result<()> {
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
    machine::build(&repository, &commits, &ids)
}
