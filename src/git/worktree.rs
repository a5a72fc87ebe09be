//! The file outside history: on disk and in the index.

use std::path::{Path, PathBuf};

use git2::Status;

use super::objects::FileAt;
use super::{ObjectId, Repository, blob_id};
use crate::error::{Error, Result};

/// The bit of an index entry's extended flags for `--skip-worktree`, set by sparse checkouts
/// (gitformat-index, "16-bit 'flags'" version 3).
const SKIP_WORKTREE: u16 = 1 << 14;
/// The bit for `git add --intent-to-add`: git knows of the file, but nothing of it is staged.
const INTENT_TO_ADD: u16 = 1 << 13;

/// What is bigger than this many bytes is no text that git would compare (`core.bigFileThreshold`); it may have holes,
/// and not fit into any memory.
const BIGGEST: u64 = 512 << 20;

/// A file as it lies on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// Not there.
    Missing,
    /// A regular file.
    File {
        /// Its bytes.
        bytes: Vec<u8>,
        /// When it was last written, in seconds since 1970 UTC.
        modified: i64,
    },
    /// A symbolic link, not followed.
    Link {
        /// Where it leads, as written.
        target: PathBuf,
    },
    /// There but not readable; why.
    Unreadable(String),
}

/// Where a file stands between HEAD, index and disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// In HEAD's tree.
    pub head: FileAt,
    /// In the index; [`FileAt::Absent`] when not tracked or in conflict.
    pub index: FileAt,
    /// In the working tree.
    pub disk: OnDisk,
    /// Whether the index holds a merge conflict for it.
    pub in_conflict: bool,
    /// Whether git was only told of it (`git add --intent-to-add`): tracked, with nothing staged.
    pub is_announced: bool,
    /// Whether the file on disk counts as what HEAD has, line-end conversion and the like considered.
    pub disk_is_head: bool,
    /// Whether the file on disk counts as what the index has.
    pub disk_is_index: bool,
    /// Whether git ignores it (`.gitignore`), which only matters when it is not tracked.
    pub ignored: bool,
    /// When the index entry's file was last written, in seconds since 1970 UTC.
    pub staged_at: i64,
}

impl FileStatus {
    /// Whether git knows the file, and Nix therefore sees it.
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        self.index != FileAt::Absent || self.in_conflict || self.is_announced
    }
}

impl Repository {
    /// Where the file at `path` (from the root of the repository) stands. `None` in a bare repository.
    ///
    /// # Errors
    /// When HEAD or the index cannot be read.
    pub fn file_status(&self, path: &str) -> Result<Option<FileStatus>> {
        let Some(workdir) = self.workdir() else { return Ok(None) };
        let head = match self.head()? {
            Some(commit) => self.reader()?.file_at(commit, path)?,
            None => FileAt::Absent,
        };
        // libgit2 holds on to what it has read once, and somebody may have staged something since.
        let index = self.inner.index().and_then(|mut index| index.read(false).map(|()| index));
        let index = index.map_err(|e| Error::new("cannot read git's index").because(e.message()))?;
        let entry = index.get_path(Path::new(path), 0);
        let in_conflict = (1..=3).any(|stage| index.get_path(Path::new(path), stage).is_some());
        let has = |entry: &git2::IndexEntry, flag| entry.flags_extended & flag != 0;
        let is_announced = entry.as_ref().is_some_and(|entry| has(entry, INTENT_TO_ADD));
        let staged = entry
            .as_ref()
            .filter(|_| !is_announced)
            .map_or(FileAt::Absent, |entry| FileAt::Present { mode: entry.mode, id: ObjectId(entry.id) });
        let skipped = entry.as_ref().is_some_and(|entry| has(entry, SKIP_WORKTREE));
        let disk = on_disk(&workdir.join(path));
        let as_disk = if skipped && disk == OnDisk::Missing { staged } else { disk_entry(&disk, staged) };
        // What changes below a folder or submodule is no lock, so it is not looked at.
        let is_folder = matches!(head, FileAt::Present { mode: 0o040_000 | 0o160_000, .. })
            && workdir.join(path).is_dir();
        let staged = if is_folder { head } else { staged };
        let may_be_unchanged = !in_conflict && !is_announced;
        let unchanged =
            is_folder || as_disk == staged || (may_be_unchanged && self.git_sees_no_change(path, &disk));
        Ok(Some(FileStatus {
            disk_is_head: as_disk == head || (unchanged && staged == head),
            disk_is_index: unchanged,
            head,
            index: staged,
            in_conflict,
            is_announced,
            ignored: self.inner.is_path_ignored(path).unwrap_or(false),
            staged_at: entry.map_or(0, |entry| i64::from(entry.mtime.seconds())),
            disk,
        }))
    }

    /// The first tracked files with this name, wherever they lie; none when the index cannot be read.
    #[must_use]
    pub fn files_named(&self, name: &str, most: usize) -> Vec<String> {
        let Ok(index) = self.inner.index() else { return Vec::new() };
        let path = |entry: git2::IndexEntry| String::from_utf8(entry.path).ok();
        let has_name = |path: &String| path.rsplit('/').next() == Some(name);
        index.iter().filter_map(path).filter(has_name).take(most).collect()
    }

    /// Asks libgit2, which knows of line-end conversion and filters; slower, so only when the bytes differ.
    fn git_sees_no_change(&self, path: &str, disk: &OnDisk) -> bool {
        let changed = Status::WT_MODIFIED
            | Status::WT_NEW
            | Status::WT_TYPECHANGE
            | Status::WT_DELETED
            | Status::IGNORED;
        matches!(disk, OnDisk::File { .. })
            && self.inner.status_file(Path::new(path)).is_ok_and(|status| !status.intersects(changed))
    }
}

fn on_disk(path: &Path) -> OnDisk {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return OnDisk::Missing;
        }
        Err(e) => return OnDisk::Unreadable(e.to_string()),
    };
    if metadata.is_symlink() {
        return match std::fs::read_link(path) {
            Ok(target) => OnDisk::Link { target },
            Err(e) => OnDisk::Unreadable(e.to_string()),
        };
    }
    if !metadata.is_file() {
        return OnDisk::Unreadable("not a regular file".to_owned());
    }
    if metadata.len() > BIGGEST {
        return OnDisk::Unreadable(format!("bigger than {} MiB", BIGGEST >> 20));
    }
    match std::fs::read(path) {
        Ok(bytes) => OnDisk::File { bytes, modified: modified(&metadata) },
        Err(e) => OnDisk::Unreadable(e.to_string()),
    }
}

fn modified(metadata: &std::fs::Metadata) -> i64 {
    let since_1970 =
        metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since_1970.and_then(|time| i64::try_from(time.as_secs()).ok()).unwrap_or(0)
}

/// The file on disk as git would enter it, with the mode it has in the index: the executable bit says nothing of a
/// lock's contents.
fn disk_entry(disk: &OnDisk, staged: FileAt) -> FileAt {
    let regular = match staged {
        FileAt::Present { mode: mode @ (0o100_644 | 0o100_755), .. } => mode,
        _ => 0o100_644,
    };
    let entry = match disk {
        OnDisk::File { bytes, .. } => blob_id(bytes).map(|id| (regular, id)),
        OnDisk::Link { target } => blob_id(target.as_os_str().as_encoded_bytes()).map(|id| (0o120_000, id)),
        OnDisk::Missing | OnDisk::Unreadable(_) => None,
    };
    entry.map_or(FileAt::Absent, |(mode, id)| FileAt::Present { mode, id })
}
