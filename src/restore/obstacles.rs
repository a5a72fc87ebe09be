//! What in a repository keeps git and us from writing there, and how to clear it away.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, Uid, User, faccessat};

use crate::error::Error;
use crate::git::Repository;
use crate::shell;

use super::exclusive;
use super::journal;

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What it is, as a sentence without a full stop.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// What keeps us from keeping anything in a repository: refs of somebody else's in the place of ours, and files that
/// whoever asks (see [`super::as_owner`]) may not write, such as those that root has left.
#[must_use]
pub fn obstacles(repository: &Repository) -> Vec<Obstacle> {
    // Without the stroke at its end that libgit2 gives it.
    let folder: PathBuf = repository.common_dir().components().collect();
    let refs = repository.foreign_refs(journal::FOLDER).into_iter().map(|name| Obstacle {
        what: format!("{name} is a ref of somebody else's, and nothing can be kept below it"),
        hint: format!(
            "`git -C {} update-ref -d {name}` removes it, if nobody needs it",
            shell::word(&folder.to_string_lossy())
        ),
    });
    refs.chain(not_writable(&folder, &places_to_keep(&folder))).collect()
}

/// What keeps git from staging or committing.
#[must_use]
pub(super) fn obstacle_to_commit(repository: &Repository) -> Option<Obstacle> {
    let common: PathBuf = repository.common_dir().components().collect();
    let own: PathBuf = repository.git_dir().components().collect();
    let mut places = vec![own.clone(), own.join("logs"), own.join("logs/HEAD"), common.join("logs")];
    places.extend(["refs", "logs/refs"].map(|refs| common.join(refs)));
    // A branch `a/b` lies in a folder of that name; its own file is replaced, not written.
    let branch = repository.branch().unwrap_or_default();
    for refs in ["refs/heads", "logs/refs/heads"] {
        let folders = branch.match_indices('/').filter_map(|(end, _)| branch.get(..end));
        places.push(common.join(refs));
        places.extend(folders.map(|folder| common.join(refs).join(folder)));
    }
    places.push(common.join("logs/refs/heads").join(&branch));
    not_writable(&common, &places)
}

/// What another git is at work on, or one that was killed has left.
#[must_use]
pub fn locked_index(repository: &Repository) -> Option<Obstacle> {
    let lock = repository.git_dir().join("index.lock");
    std::fs::symlink_metadata(&lock).is_ok().then(|| Obstacle {
        what: format!("git's index is locked: {} is there", lock.display()),
        hint: format!(
            "wait for the git that is at work; where there is none, `rm {}` removes what it left",
            shell::word(&lock.to_string_lossy())
        ),
    })
}

/// The error with what stands in the way as its cause, and how to clear it away.
pub(super) fn explained(error: Error, repository: &Repository) -> Error {
    let found = obstacles(repository);
    if found.is_empty() {
        let folder = repository.common_dir().display();
        return error.hint(format!("see that {folder} can be written and that the disk is not full"));
    }
    found.into_iter().fold(error, |error, one| error.because(one.what).hint(one.hint))
}

/// The folders and files that keeping something writes to.
fn places_to_keep(git: &Path) -> Vec<PathBuf> {
    let below = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let objects = git.join("objects");
    let refs = git.join("refs");
    let own = refs.join("flakehist");
    let mut places = vec![git.to_owned(), objects.clone(), refs, own.clone(), own.join(journal::FOLDER)];
    places.extend(below(&objects).into_iter().filter(|path| path.is_dir() && !path.ends_with("pack")));
    places.push(git.join(exclusive::NAME));
    places
}

/// The first of these folders and files of git's that is there and cannot be written, and whose it is.
fn not_writable(git: &Path, places: &[PathBuf]) -> Option<Obstacle> {
    let closed = places.iter().find(|place| place.exists() && !can_write(place))?;
    let about = std::fs::metadata(closed).ok()?;
    let owner_of_all = std::fs::metadata(git).ok()?;
    let whose = name_of(about.uid());
    let what = format!("{} cannot be written; it belongs to {whose}", closed.display());
    let hint = if about.uid() == owner_of_all.uid() {
        format!("run flakehist as {whose}, or see that the folder can be written")
    } else {
        let (owner, git) = (name_of(owner_of_all.uid()), shell::word(&git.to_string_lossy()));
        format!("`sudo chown -R {owner} {git}` gives all of it to its owner")
    };
    Some(Obstacle { what, hint })
}

/// Whether whoever we act as may write there.
fn can_write(path: &Path) -> bool {
    faccessat(AT_FDCWD, path, AccessFlags::W_OK, AtFlags::AT_EACCESS).is_ok()
}

/// A user by name, where there is one, else by number; `chown` takes both.
fn name_of(uid: u32) -> String {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_in_the_way_of_a_new_repository() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::create(folder.path()).unwrap();
        assert_eq!(obstacles(&repository), []);
        assert_eq!(locked_index(&repository), None);
        std::fs::write(folder.path().join(".git/index.lock"), "").unwrap();
        let locked = locked_index(&repository).unwrap();
        assert!(locked.what.ends_with(".git/index.lock is there"), "{locked:?}");
    }

    #[test]
    fn a_ref_in_the_place_of_ours_is_named() {
        for (file, name) in [("flakehist", "refs/flakehist"), ("flakehist/journal", "refs/flakehist/journal")]
        {
            let folder = tempfile::tempdir().unwrap();
            let repository = Repository::create(folder.path()).unwrap();
            let path = folder.path().join(".git/refs").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, format!("{}\n", "1".repeat(40))).unwrap();
            let found = obstacles(&repository);
            let hints: Vec<&str> = found.iter().map(|one| one.hint.as_str()).collect();
            let git =
                shell::word(&repository.common_dir().components().collect::<PathBuf>().to_string_lossy());
            assert_eq!(
                hints,
                [format!("`git -C {git} update-ref -d {name}` removes it, if nobody needs it")]
            );
        }
    }
}
