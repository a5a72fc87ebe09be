//! History beside generations: which commit a generation was built at, which lock it was built from, and how sure
//! that is.
//!
//! These are two questions. A dirty tree names its base commit, whose lock is in general not the one that was used;
//! and even a clean commit does not prove its own lock, because Nix may have re-locked during the build. So each fact
//! a generation tells of its inputs is held against every lock the repository knows (`evidence`), and only then an
//! answer is chosen (`correlate`). What is a guess is called one.

mod beside;
mod correlate;
mod evidence;
mod gather;
mod index;
mod nodes;
mod own;
mod set;
#[cfg(test)]
mod tests;
pub mod verdict;

use crate::generation::{Generation, Profile};
use crate::git::CommitId;
use crate::history::Universe;

pub use beside::{Apart, Beside, Mark, Unlisted, Whereabouts};
pub use evidence::{Evidence, Stated, Verdict};
pub use gather::{Timeline, gather, gather_from};

/// The commit a generation was built at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuiltAt {
    /// The generation names it, and the tree was clean.
    Commit(CommitId),
    /// The generation names it as the base of a tree with uncommitted changes.
    Dirty(CommitId),
    /// The generation names a revision that is not in this repository.
    Foreign(String),
    /// HEAD stood there when the generation was made; a guess.
    ByDate(CommitId),
    /// Nothing tells.
    Unknown,
}

/// How sure the lock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// The generation names a clean commit, and that commit's lock agrees with every fact.
    Exact,
    /// Every input of the lock is accounted for, or the source the system keeps holds this very lock.
    LockExact,
    /// One lock fits: what is known agrees, the rest is silent.
    LockLikely,
    /// So many different locks fit.
    Ambiguous(usize),
    /// Only the time speaks for it.
    ByDate,
    /// The commit the generation names has another lock than the one its facts tell of.
    Contradiction,
    /// No lock of this repository fits, or nothing is known.
    None,
}

impl std::fmt::Display for Confidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::LockExact => f.write_str("lock exact"),
            Self::LockLikely => f.write_str("lock likely"),
            Self::Ambiguous(count) => write!(f, "ambiguous ({count})"),
            Self::ByDate => f.write_str("by date"),
            Self::Contradiction => f.write_str("contradiction"),
            Self::None => f.write_str("none"),
        }
    }
}

/// What a generation was built from, as far as that can be told.
#[derive(Clone, Debug)]
pub struct Built {
    /// The commit.
    pub at: BuiltAt,
    /// The locks that fit, as places in the [`Universe`]: groups of locks that say the same, the best group first, in
    /// each the one committed first in front. With [`Extent::Origin`](crate::generation::Extent::Origin) no more than two
    /// groups.
    pub locks: Vec<Vec<usize>>,
    /// How sure the lock is.
    pub confidence: Confidence,
    /// Every fact, and what it says about the lock that was chosen; nothing with
    /// [`Extent::Origin`](crate::generation::Extent::Origin).
    pub evidence: Vec<Evidence>,
}

impl Built {
    /// The lock, when there is only one answer.
    #[must_use]
    pub fn lock(&self) -> Option<usize> {
        match self.locks.as_slice() {
            [only] => only.first().copied(),
            _ => None,
        }
    }
}

/// A generation with what it was built from.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t> {
    /// The generation.
    pub generation: &'t Generation,
    /// What it was built from.
    pub built: &'t Built,
}

impl Timeline {
    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Every lock the repository knows.
    #[must_use]
    pub fn universe(&self) -> &Universe {
        &self.universe
    }

    /// The generations with what they were built from, the highest number first.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.profile.generations.iter().zip(&self.built).map(|(generation, built)| Row { generation, built })
    }

    /// The system that runs: a generation, or one that is none.
    #[must_use]
    pub fn running(&self) -> Option<Row<'_>> {
        let unlinked = self.profile.unlinked.as_ref().zip(self.built_unlinked.as_ref());
        self.rows()
            .find(|row| row.generation.running.is_some())
            .or_else(|| unlinked.map(|(generation, built)| Row { generation, built }))
    }

    /// The generation with this number.
    #[must_use]
    pub fn row(&self, number: u64) -> Option<Row<'_>> {
        self.rows().find(|row| row.generation.number == number)
    }
}
