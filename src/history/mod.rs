//! The locks of a repository: every state a lock file ever had, readable or not.
//!
//! [`Flake`] finds the lock, [`Entries`] goes through its history, [`Selected`] is one state that a user named.

mod ahead;
mod collect;
mod file;
mod find;
mod inputs;
mod select;
mod texts;
mod universe;

use std::sync::Arc;

use crate::git::{Commit, FileAt, FileStatus, ObjectId, OnDisk};
use crate::lock::{Change, Lock, Unreadable};

pub use collect::{Entries, Query};
pub use file::bytes_of;
pub use find::{Flake, Search};
pub use inputs::Inputs;
pub use select::{LastChanges, Selected, Target};
pub use universe::{EveryLock, LockVersion, Universe};

/// Where a state of the lock stands.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Committed.
    Commit(Commit),
    /// Staged in git's index, not committed.
    Index {
        /// When, in seconds since 1970 UTC.
        modified: i64,
    },
    /// In the working tree, and different from HEAD.
    Worktree {
        /// When the file was written, in seconds since 1970 UTC; 0 when it is gone.
        modified: i64,
        /// What git knows of it.
        tracking: Tracking,
    },
}

/// What git knows of a file in the working tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// Tracked, and changed since it was staged or committed.
    Modified,
    /// Staged as it is.
    Staged,
    /// In the middle of a merge, with conflicts.
    Conflicted,
    /// Not tracked: Nix does not see it.
    Untracked,
    /// Ignored by `.gitignore`: Nix does not see it.
    Ignored,
}

impl Tracking {
    /// What git knows of the file in the working tree beyond HEAD; `None` when it is tracked and as in HEAD, or nowhere
    /// at all.
    #[must_use]
    pub fn of(status: &FileStatus) -> Option<Self> {
        let is_on_disk = status.disk != OnDisk::Missing;
        let is_nowhere = !is_on_disk && !status.is_tracked() && status.head == FileAt::Absent;
        match status {
            _ if is_nowhere => None,
            _ if status.in_conflict => Some(Self::Conflicted),
            // Also when HEAD has it still: Nix sees what git tracks now.
            _ if is_on_disk && !status.is_tracked() && status.ignored => Some(Self::Ignored),
            _ if is_on_disk && !status.is_tracked() => Some(Self::Untracked),
            _ if status.disk_is_head && status.index == status.head => None,
            _ if status.disk_is_index => Some(Self::Staged),
            _ => Some(Self::Modified),
        }
    }
}

/// What a lock is at one point.
#[derive(Clone, Debug)]
pub enum State {
    /// A lock that can be read.
    Readable(Arc<Lock>),
    /// Something is there that Nix would not read.
    Broken(Arc<Unreadable>),
    /// There is no lock.
    Absent,
}

impl State {
    /// The lock, when it can be read.
    #[must_use]
    pub fn lock(&self) -> Option<&Lock> {
        match self {
            Self::Readable(lock) => Some(lock),
            Self::Broken(_) | Self::Absent => None,
        }
    }
}

/// One state in the history of a lock, and what it changed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub origin: Origin,
    /// The lock's path at that point, from the root of the repository.
    pub path: Arc<str>,
    /// The blob that holds the lock; `None` when there is no lock, or one that git does not hold yet.
    pub lock_id: Option<ObjectId>,
    /// What the lock is.
    pub state: State,
    /// What is different from the first parent's lock; from the nearest readable one before, when that is broken.
    /// Empty when this state itself is broken, for then nobody can tell.
    pub changes: Vec<Change>,
    /// Whether the history of a shallow clone ends here, and this entry shows everything as added.
    pub at_shallow_end: bool,
}

impl Entry {
    /// The commit, unless it is not committed.
    #[must_use]
    pub fn commit(&self) -> Option<&Commit> {
        match &self.origin {
            Origin::Commit(commit) => Some(commit),
            Origin::Index { .. } | Origin::Worktree { .. } => None,
        }
    }
}
