//! The ends of a range of commits, as a walk takes them.

use super::CommitId;

/// Where a walk starts, or what it leaves out: one word of git's `A B ^C`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tip {
    /// This commit and its ancestors.
    Include(CommitId),
    /// Neither this commit nor any of its ancestors.
    Exclude(CommitId),
    /// Both commits, but not what they have in common (`A...B`).
    Either(CommitId, CommitId),
    /// Neither included nor excluded, but read before the walk begins, as git reads `A` to find `A~3`: exclusion spreads
    /// at once through what has been read, which can be told from the result where clocks were wrong.
    Read(CommitId),
}

impl Tip {
    /// The opposite: `^A` of `A`.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Include(commit) => Self::Exclude(commit),
            Self::Exclude(commit) => Self::Include(commit),
            Self::Either(..) | Self::Read(_) => self,
        }
    }
}
