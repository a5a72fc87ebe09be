//! The generations that belong beside each lock of a history, and those that stand by themselves.

use crate::generation::NixpkgsRevision;
use crate::git::{CommitId, Introduced, ObjectId};
use crate::spread::SpreadMap;

use super::{BuiltAt, Confidence, Row, Timeline};

/// A generation beside a lock.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'t> {
    /// The generation.
    pub row: Row<'t>,
    /// Whether this lock is the only answer, and not by its date alone.
    pub is_sure: bool,
}

/// Where the lock of a generation is that stands by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// No lock of the repository fits.
    Nowhere,
    /// This commit introduced it, and it is not in the history that is listed.
    Elsewhere(CommitId),
    /// A system keeps it, and it is in no commit.
    Kept,
}

/// A generation that stands by itself.
#[derive(Clone, Copy, Debug)]
pub struct Apart<'t> {
    /// The generation.
    pub row: Row<'t>,
    /// Where its lock is.
    pub lock: Whereabouts,
}

/// The generations of a profile, sorted to the locks of a repository.
#[derive(Default)]
pub struct Beside<'t> {
    by_lock: SpreadMap<ObjectId, Vec<Mark<'t>>>,
    /// Generations that have a lock, each with all that say the same.
    placed: Vec<Placed<'t>>,
    /// Generations that have none.
    apart: Vec<Row<'t>>,
}

/// A generation and its locks, the likeliest first.
struct Placed<'t> {
    row: Row<'t>,
    locks: Vec<(ObjectId, Option<Introduced>)>,
}

impl Timeline {
    /// Sorts the generations to the locks. Empty when none of them was built from this repository: then the profile
    /// belongs to another one.
    #[must_use]
    pub fn beside(&self) -> Beside<'_> {
        let mut beside = Beside::default();
        if !self.rows().any(|row| is_of_this_repository(row)) {
            return beside;
        }
        for row in self.rows() {
            let is_sure = row.built.locks.len() == 1 && row.built.confidence != Confidence::ByDate;
            // Of several that fit, the likeliest bears the number, with a question mark.
            let locks = row.built.locks.first().map(Vec::as_slice).unwrap_or_default();
            let versions: Vec<_> =
                locks.iter().filter_map(|&lock| self.universe.versions.get(lock)).collect();
            for version in &versions {
                beside.by_lock.entry(version.lock_id).or_default().push(Mark { row, is_sure });
            }
            if versions.is_empty() {
                beside.apart.push(row);
            } else {
                let locks = versions.iter().map(|version| (version.lock_id, version.introduced)).collect();
                beside.placed.push(Placed { row, locks });
            }
        }
        beside
    }
}

fn is_of_this_repository(row: Row<'_>) -> bool {
    let by_commit = matches!(row.built.at, BuiltAt::Commit(_) | BuiltAt::Dirty(_));
    by_commit || !matches!(row.built.confidence, Confidence::None | Confidence::ByDate)
}

impl<'t> Beside<'t> {
    /// The generations built from the lock in this blob, the highest number first.
    #[must_use]
    pub fn of(&self, lock_id: Option<ObjectId>) -> &[Mark<'t>] {
        lock_id.and_then(|id| self.by_lock.get(&id)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether there is any generation to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_lock.is_empty() && self.apart.is_empty()
    }

    /// The generations that have a place in some list together, in no particular order: those of one lock, and each of
    /// the others.
    pub fn groups(&self) -> impl Iterator<Item = Vec<Mark<'t>>> {
        let alone = self.apart.iter().map(|&row| vec![Mark { row, is_sure: true }]);
        self.by_lock.values().cloned().chain(alone)
    }

    /// Every generation as one that stands by itself, the newest first.
    #[must_use]
    pub fn all_apart(&self) -> Vec<Apart<'t>> {
        let elsewhere = self.placed.iter().map(|Placed { row, locks }| {
            let introduced = locks.iter().find_map(|(_, introduced)| *introduced);
            let lock =
                introduced.map_or(Whereabouts::Kept, |introduced| Whereabouts::Elsewhere(introduced.by));
            Apart { row: *row, lock }
        });
        let nowhere = self.apart.iter().map(|&row| Apart { row, lock: Whereabouts::Nowhere });
        let mut apart: Vec<Apart<'t>> = elsewhere.chain(nowhere).collect();
        apart.sort_by_key(|apart| {
            std::cmp::Reverse((apart.row.generation.created, apart.row.generation.number))
        });
        apart
    }

    /// All generations, as long as nothing is listed.
    #[must_use]
    pub fn unlisted(&self) -> Unlisted<'_, 't> {
        let left = self.placed.iter().map(|placed| (placed.row.generation.number, placed)).collect();
        Unlisted { beside: self, left }
    }
}

/// The generations without a place in a list, while that is gone through.
pub struct Unlisted<'b, 't> {
    beside: &'b Beside<'t>,
    /// Those that have a lock, by number.
    left: SpreadMap<u64, &'b Placed<'t>>,
}

impl Unlisted<'_, '_> {
    /// The list has this lock, so its generations stand beside it; says whether there are any.
    pub fn list(&mut self, lock_id: ObjectId) -> bool {
        let marks = self.beside.of(Some(lock_id));
        for mark in marks {
            self.left.remove(&mark.row.generation.number);
        }
        !marks.is_empty()
    }

    /// Whether a generation has no place in what was listed so far.
    #[must_use]
    pub fn has(&self, apart: &Apart<'_>) -> bool {
        apart.lock == Whereabouts::Nowhere || self.left.contains_key(&apart.row.generation.number)
    }

    /// When the first commit was made that has a lock of a generation without a place, in seconds since 1970 UTC. No
    /// commit before can have one. `None` when no commit has, or every generation has its place.
    #[must_use]
    pub fn earliest(&self) -> Option<i64> {
        let locks = self.left.values().flat_map(|placed| &placed.locks);
        locks.filter_map(|(_, introduced)| introduced.map(|introduced| introduced.seconds)).min()
    }
}

impl Row<'_> {
    /// The nixpkgs a generation was built with, as far as it tells: day (UTC, `2026-01-31`) and beginning of the
    /// revision.
    #[must_use]
    pub fn nixpkgs(&self) -> Option<(Option<String>, String)> {
        let facts = &self.generation.facts;
        let version = facts.version.as_ref().or(facts.label.as_ref());
        let of_version =
            version.and_then(|told| crate::generation::Version::parse(&told.value)).and_then(|v| v.day);
        let (day, digits) = match &facts.nixpkgs.as_ref()?.value {
            NixpkgsRevision::Full(rev) => (of_version, rev.as_str()),
            NixpkgsRevision::Beginning { digits, day } => (day.clone().or(of_version), digits.as_str()),
        };
        let dashed = |day: String| Some(format!("{}-{}-{}", day.get(..4)?, day.get(4..6)?, day.get(6..8)?));
        Some((day.and_then(dashed), digits.chars().take(7).collect()))
    }
}
