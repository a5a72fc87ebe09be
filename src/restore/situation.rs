//! How the lock lies there before anything is done, and what forbids touching it.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::{CommitId, FileAt, FileStatus, ObjectId, OnDisk, Repository};
use crate::history::{Flake, Tracking};

use super::command::CommandLine;
use super::owner::Owner;

/// The lock in the working tree, and what belongs to it.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The folder of the flake, absolute.
    pub folder: PathBuf,
    /// The root of the working tree, absolute.
    pub workdir: PathBuf,
    /// The repository's own folder, where git does not find it from the working tree: `GIT_DIR` named it.
    pub git_dir: Option<PathBuf>,
    /// The lock's path from the root of the repository.
    pub lock: String,
    /// The file to write, absolute: the lock itself, or where it leads when it is a link.
    pub file: PathBuf,
    /// That file's path from the root of the repository.
    pub path: String,
    /// That file as one would type it where one stands, quoted.
    pub typed: String,
    /// Its bytes; `None` when there is no such file.
    pub bytes: Option<Vec<u8>>,
    /// What git knows of it beyond HEAD.
    pub tracking: Option<Tracking>,
    /// Whether git ignores it, or would where it is not there.
    pub is_ignored: bool,
    /// Whether git was told of it without its contents (`git add --intent-to-add`).
    pub is_announced: bool,
    /// What the index has of it, when that is neither what HEAD has nor what lies on disk: it would be lost with the
    /// next `git add`.
    pub staged: Option<ObjectId>,
    /// What the index holds of it: mode and blob; [`FileAt::Absent`] when it is not tracked.
    pub index: FileAt,
    /// The blob HEAD has of it.
    pub in_head: Option<ObjectId>,
    /// The commit HEAD stands at.
    pub head: Option<CommitId>,
    /// The name of the linked worktree; `None` in the main one.
    pub worktree: Option<String>,
    /// Whose repository it is, where root works in somebody else's.
    pub owner: Option<Owner>,
}

impl Situation {
    /// Looks at the lock of a flake.
    ///
    /// # Errors
    /// When the lock must not be touched as things are: no working tree, a merge under way, a link that leads out.
    pub fn look(flake: &Flake) -> Result<Self> {
        let repository = &flake.repository;
        let workdir = repository.workdir().ok_or_else(|| {
            Error::new("this is a bare repository: it has no working tree to restore a lock to")
                .hint("go to a clone with files in it")
        })?;
        let canonical = |path: &Path| {
            path.canonicalize().map_err(|e| Error::new(format!("cannot open {}", path.display())).because(e))
        };
        let workdir = canonical(workdir)?;
        if let Some(what) = what_forbids(repository) {
            return Err(Error::new(format!("a {what} is under way in {}", workdir.display()))
                .because("a restore in the midst of it would be mixed up with it")
                .hint(format!("finish it or give it up first: `git status` tells how ({what})")));
        }
        let lies_at = workdir.join(&flake.lock);
        let (file, path) = follow_link(&lies_at, &workdir, &flake.lock)?;
        if let Some(folder) = file.parent().filter(|folder| !folder.is_dir()) {
            let below = folder.strip_prefix(&workdir).unwrap_or(folder);
            let hint =
                CommandLine::new("git", ["sparse-checkout", "add", &below.to_string_lossy()]).as_typed();
            return Err(Error::new(format!("there is no folder {} to restore a lock to", folder.display()))
                .hint(format!("`{hint}` brings it back where a sparse checkout leaves it out")));
        }
        let typed = flake.typed(&path);
        let status = repository.file_status(&path)?.unwrap_or_else(nothing);
        if status.in_conflict {
            return Err(Error::new(format!("{path} has merge conflicts"))
                .hint(format!("settle them first: `git checkout --ours {typed}`, then `git add {typed}`")));
        }
        let bytes = match &status.disk {
            OnDisk::File { bytes, .. } => Some(bytes.clone()),
            OnDisk::Missing => None,
            OnDisk::Unreadable(why) => {
                return Err(Error::new(format!("cannot read {}", file.display()))
                    .because(why)
                    .because("what cannot be kept is not written over"));
            }
            OnDisk::Link { .. } => return Err(leads_out(&lies_at, "it is a chain of links")),
        };
        let folder = lies_at.parent().map_or_else(|| workdir.clone(), Path::to_path_buf);
        let blob = |file: FileAt| match file {
            FileAt::Present { id, .. } => Some(id),
            FileAt::Absent | FileAt::Unknown { .. } => None,
        };
        Ok(Self {
            owner: Owner::of(repository.common_dir())?,
            worktree: linked_worktree(repository),
            head: repository.head()?,
            in_head: blob(status.head),
            staged: blob(status.index).filter(|_| status.index != status.head && !status.disk_is_index),
            index: status.index,
            is_ignored: status.ignored,
            is_announced: status.is_announced,
            tracking: Tracking::of(&status),
            git_dir: unless_found(repository, &workdir),
            lock: flake.lock.clone(),
            bytes,
            path,
            typed,
            file,
            folder,
            workdir,
        })
    }

    /// Whether git holds of the lock what it held when it was looked at: the question may have stood there for long.
    ///
    /// # Errors
    /// When git's files cannot be read.
    pub(super) fn is_so_in(&self, repository: &Repository) -> Result<bool> {
        let now = repository.file_status(&self.path)?.unwrap_or_else(nothing);
        let staged = (now.index, now.is_announced, now.in_conflict);
        Ok(staged == (self.index, self.is_announced, false) && what_forbids(repository).is_none())
    }

    /// Whether Nix would not see the lock, because git does not track it.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        self.index == FileAt::Absent && !self.is_announced
    }
}

/// What git is in the midst of that a restore would be mixed up with.
fn what_forbids(repository: &Repository) -> Option<&'static str> {
    repository.under_way().filter(|what| *what != "bisect")
}

/// The repository's own folder, unless that is what git finds from the working tree.
fn unless_found(repository: &Repository, workdir: &Path) -> Option<PathBuf> {
    let own = repository.git_dir().canonicalize().ok()?;
    let found = Repository::discover(workdir).ok().flatten();
    let found = found.and_then(|found| found.git_dir().canonicalize().ok());
    (found.as_ref() != Some(&own)).then_some(own)
}

/// The name of the linked worktree that this is; `None` in the main one.
#[must_use]
pub fn linked_worktree(repository: &Repository) -> Option<String> {
    let git_dir = repository.git_dir().canonicalize().ok()?;
    let common_dir = repository.common_dir().canonicalize().ok()?;
    // Its own folder is `worktrees/<name>` in the one that all share.
    let name = git_dir.strip_prefix(common_dir.join("worktrees")).ok()?;
    name.to_str().map(str::to_owned)
}

/// No working tree, no status: there is none such here, for that was refused before.
fn nothing() -> FileStatus {
    FileStatus {
        head: FileAt::Absent,
        index: FileAt::Absent,
        disk: OnDisk::Missing,
        in_conflict: false,
        is_announced: false,
        disk_is_head: false,
        disk_is_index: false,
        ignored: false,
        staged_at: 0,
    }
}

/// Where the lock's bytes lie: behind a link inside the working tree its end, absolute and from the root.
fn follow_link(lies_at: &Path, workdir: &Path, lock: &str) -> Result<(PathBuf, String)> {
    // The folder itself may be reached through a link, which must not lead out either.
    let folder = lies_at.parent().and_then(|folder| folder.canonicalize().ok());
    if folder.as_ref().is_some_and(|folder| !folder.starts_with(workdir)) {
        return Err(leads_out(lies_at, "its folder is a link that leads out of the repository"));
    }
    if !lies_at.is_symlink() {
        return Ok((lies_at.to_path_buf(), lock.to_owned()));
    }
    let end = lies_at.canonicalize().map_err(|e| leads_out(lies_at, "its link leads nowhere").because(e))?;
    let inside = end.strip_prefix(workdir).ok().and_then(Path::to_str).map(str::to_owned);
    match inside {
        Some(path) if !path.is_empty() && !path.starts_with(".git/") => Ok((end, path)),
        _ => Err(leads_out(lies_at, &format!("it is a link to {}", end.display()))),
    }
}

fn leads_out(lock: &Path, why: &str) -> Error {
    Error::new(format!("{} is not restored", lock.display()))
        .because(why)
        .because("only files inside the repository are written")
        .hint("put a regular file in the place of the link, commit it, and restore then")
}
