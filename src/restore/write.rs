//! Putting a file in the place of another, wholly or not at all.

use std::fs::{File, Metadata, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, faccessat};

use crate::error::{Error, Result};

/// What the names of our temporary files end with, so that what a killed run left can be told and cleared.
const SUFFIX: &str = ".flakehist-new";

/// Writes `bytes` where `file` is or is to be: beside it first, with its mode and owner, flushed to the disk, then
/// renamed over it. Whoever looks sees the old file or the new one, and never a part.
///
/// # Errors
/// When that cannot be done; then the old file stands as it stood.
pub fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = folder_of(file)?;
    let old = std::fs::symlink_metadata(file).ok();
    let new = temporary(file);
    // `create_new` follows no link that somebody may have laid there.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&new);
    let made = made.map_err(|e| cannot_write(file, &e))?;
    let written = fill(made, &new, bytes, old.as_ref()).and_then(|()| std::fs::rename(&new, file));
    if let Err(e) = written {
        // The first failure is the one to tell of.
        drop(std::fs::remove_file(&new));
        return Err(cannot_write(file, &e));
    }
    flush(folder).map_err(|e| {
        Error::new(format!("{} is written, but may not have reached the disk", file.display())).because(e)
    })
}

/// Takes a file away. One that is not there is no failure.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::new(format!("cannot remove {}", file.display())).because(e)),
    }
    flush(folder_of(file)?).map_err(|e| Error::new(format!("cannot remove {}", file.display())).because(e))
}

/// Clears what a run that was killed left beside `file`. To be called by one run at a time.
pub fn clear_leftovers(file: &Path) {
    let left = temporary(file);
    if std::fs::symlink_metadata(&left).is_ok_and(|metadata| metadata.is_file()) {
        // When it cannot be removed, writing says so.
        drop(std::fs::remove_file(left));
    }
}

/// Whether the folder of a file can be written, found out by trying.
///
/// # Errors
/// When it cannot, with the reason.
pub(super) fn try_folder(file: &Path) -> Result<()> {
    let new = temporary(file);
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new);
    made.and_then(|_| std::fs::remove_file(&new)).map_err(|e| cannot_write(file, &e))
}

/// Whether the folder of a file may be written, without trying.
///
/// # Errors
/// When it may not, with the reason.
pub fn may_write(file: &Path) -> Result<()> {
    let flags = AccessFlags::W_OK | AccessFlags::X_OK;
    faccessat(AT_FDCWD, folder_of(file)?, flags, AtFlags::AT_EACCESS)
        .map_err(|errno| cannot_write(file, &std::io::Error::from(errno)))
}

/// One name a file: only one restore is at work at a time, and a leftover is found by its name.
fn temporary(file: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(SUFFIX);
    file.with_file_name(name)
}

fn fill(mut file: File, new: &Path, bytes: &[u8], old: Option<&Metadata>) -> std::io::Result<()> {
    file.write_all(bytes)?;
    if let Some(old) = old.filter(|old| old.is_file()) {
        keep_owner(&file, new, old)?;
        file.set_permissions(std::fs::Permissions::from_mode(old.mode() & 0o7777))?;
    }
    file.sync_all()
}

/// The old file's owner and group, as far as we may give them. Who may not is the new owner, as with any editor.
fn keep_owner(file: &File, new: &Path, old: &Metadata) -> std::io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    match std::os::unix::fs::chown(new, Some(old.uid()), Some(old.gid())) {
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

fn flush(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

fn folder_of(file: &Path) -> Result<&Path> {
    file.parent().ok_or_else(|| Error::new(format!("{} is no file", file.display())))
}

fn cannot_write(file: &Path, e: &std::io::Error) -> Error {
    let error = Error::new(format!("cannot write {}", file.display())).because(e);
    match e.kind() {
        std::io::ErrorKind::PermissionDenied => {
            error.hint("run flakehist as the owner of the configuration, or with sudo")
        }
        std::io::ErrorKind::ReadOnlyFilesystem => error.hint("the file system is mounted read-only"),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_file_has_the_mode_of_the_old_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flake.lock");
        replace(&file, b"first").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        replace(&file, b"second").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"second");
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_run_left_stands_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flake.lock");
        std::fs::write(temporary(&file), "half").unwrap();
        assert!(replace(&file, b"x").is_err(), "it may be another run's");
        clear_leftovers(&file);
        replace(&file, b"x").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_said_and_nothing_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("none/flake.lock");
        assert!(replace(&file, b"x").is_err());
        assert!(try_folder(&file).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        remove(&file).unwrap();
    }
}
